"""Hold a request's values against the types of its fields, in the words of Google's front end.

What passes is written as a gRPC request reads (int64 as text, int32 as a number, one value of a list as a list), so a
rule never meets a value of another type, and whatever it stores can be told over gRPC.
Types come from `fieldtypes.json`, which `emulator/tests/truth/field_types.py` writes: `int64`, `[]string`, `{}string`
(a map), `.package.Message`, `string|group` (one of a group, of which only one may be set).
What is taken: https://protobuf.dev/programming-guides/json/, and with Google's front end one value for a list of one,
and `true` as text.
The words, seen in public reports: `Invalid value at 'aggregate_by[0]' (data_type_name), Starting an object on a scalar
field`; `Proto field is not repeating, cannot start list.`; `(oneof), oneof field 'ttl' is already set. Cannot set …`.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import math
import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Json

Problem = tuple[str, str]
"""The field and what is wrong with it."""

INTEGERS: Final = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "enum": (-(2**31), 2**31 - 1),
}
LARGEST: Final = {"float": 3.4028234663852886e38, "double": 1.7976931348623157e308}
NOT_FINITE: Final = ("NaN", "Infinity", "-Infinity")
LONGEST_DURATION: Final = 315_576_000_000  # seconds: ten thousand years
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
WHOLE: Final = re.compile(r"-?[0-9]{1,20}")
DURATION: Final = re.compile(r"(-?\d{1,12})(\.\d{1,9})?s", re.ASCII)
TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
MOST: Final = 20  # problems told of one request
SHOWN: Final = 100  # characters of a value


@functools.cache
def _types() -> Any:
    return json.loads(files("gcp_emulator").joinpath("fieldtypes.json").read_text("utf-8"))


def settle_types(request: Json, method: str) -> list[Problem]:
    """Write a request's values as gRPC would, in place, and return what is wrong with those that have no such form.

    Names of fields are written in camel case and nulls dropped on the way; names that are not known are let be.

    Args:
        request: the request message.
        method: the name of its method; one whose request is not described takes anything.
    """
    message = _types()["methods"].get(method)
    if message is None or not request:
        return []
    settling = _Settling(_types()["messages"])
    settling.message(request, message, "")
    return settling.problems[:MOST]


class _WrongError(Exception):
    """A value that is not of its type; the message says more than the value, if it says anything."""


class _Settling:
    """One pass over a request."""

    def __init__(self, messages: dict[str, dict[str, str]]) -> None:
        self.messages = messages
        self.problems: list[Problem] = []

    def message(self, value: Json, name: str, where: str) -> None:
        """Settle the fields of a message."""
        fields = self.messages[name]
        taken: set[str] = set()
        for written in list(value):
            spelled = written if written in fields else _camel(written)
            if spelled not in fields:
                continue
            kind, _, group = fields[spelled].partition("|")
            item = value.pop(written)
            if item is None and kind != "any":
                continue
            if group and item is False and (group in taken or _has_other(value, fields, group)):
                continue  # the other half of a switch, as the pair of allowAll and denyAll is sent
            if group and group in taken:
                self.invalid(where, "oneof", f"oneof field '{group}' is already set. Cannot set '{spelled}'")
                continue
            taken |= {group} if group else set()
            value[spelled] = self.field(item, kind, where, _snake(spelled))

    def field(self, value: Any, kind: str, where: str, name: str) -> Any:
        """Settle one field, which may be a list or a map."""
        at = f"{where}.{name}" if where else name
        if kind.startswith("[]"):
            items = value if isinstance(value, list) else [value]
            kind = kind[2:]
            given = [item for item in items if item is not None or kind == "any"]
            return [self.one(item, kind, where, name, f"{at}[{index}]") for index, item in enumerate(given)]
        if kind.startswith("{}"):
            if isinstance(value, list):
                self.invalid(at, "Map", f"Cannot bind a list to map for field '{name}'.")
            elif not isinstance(value, dict):
                self.invalid(at, "Map", _shown(value))
            else:
                kind = kind[2:]
                given_map = {key: item for key, item in value.items() if item is not None or kind == "any"}
                return {
                    key: self.one(item, kind, at, key, f"{at}[{json.dumps(key)}]") for key, item in given_map.items()
                }
            return value
        return self.one(value, kind, where, name, at)

    def one(self, value: Any, kind: str, where: str, name: str, at: str) -> Any:
        """Settle one value that is no list and no map."""
        if isinstance(value, list) and kind not in {"any", "list"}:
            place = f" at '{where}'" if where else ""
            why = "Proto field is not repeating, cannot start list."
            self.problems.append((where, f'Invalid JSON payload received. Unknown name "{name}"{place}: {why}'))
        elif kind.startswith("."):
            if isinstance(value, dict):
                self.message(value, kind[1:], at)
            else:
                self.invalid(at, f"type.googleapis.com/{kind[1:]}", _shown(value))
        elif isinstance(value, dict) and kind not in {"any", "struct"}:
            self.invalid(where, name, "Starting an object on a scalar field")
        else:
            try:
                return SCALARS[kind](value)
            except _WrongError as wrong:
                self.invalid(at, NAMES.get(kind, f"TYPE_{kind.upper()}"), str(wrong) or _shown(value))
        return value

    def invalid(self, where: str, what: str, why: str) -> None:
        """Note a value that is refused."""
        place = f" at '{where}'" if where else ""
        self.problems.append((where, f"Invalid value{place} ({what}), {why}"))


def _has_other(message: Json, fields: dict[str, str], group: str) -> bool:
    """Tell whether a message still holds a member of a group that says something."""
    return any(
        item is not None and item is not False and fields.get(_camel(name), "").endswith(f"|{group}")
        for name, item in message.items()
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongError
    return value


def _bytes(value: Any) -> str:
    text = _text(value)
    try:
        base64.urlsafe_b64decode(text + "=" * (4 - len(text) % 4))
    except (binascii.Error, ValueError):
        raise _WrongError("Base64 decoding failed.") from None
    return text


def _bool(value: Any) -> bool:
    if isinstance(value, str) and value.lower() in {"true", "false"}:  # a query's; gcloud writes a capital letter
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise _WrongError
    return value


def _integer(value: Any, kind: str) -> int:
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    low, high = INTEGERS[kind]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _WrongError
    return value


def _long(value: Any, kind: str) -> str:
    return str(_integer(value, kind))


def _enum(value: Any) -> str | int:
    named = isinstance(value, str) and not WHOLE.fullmatch(value)
    return _text(value) if named else _integer(value, "enum")


def _float(value: Any, kind: str) -> Any:
    if value in NOT_FINITE and isinstance(value, str):
        return value
    if isinstance(value, str) and NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST[kind]:
        raise _WrongError
    return value


def _struct(value: Any) -> Any:
    if not isinstance(value, dict):
        raise _WrongError
    return _any(value)


def _list(value: Any) -> Any:
    if not isinstance(value, list):
        raise _WrongError
    return _any(value)


def _any(value: Any) -> Any:
    """Any JSON value whose numbers a double can hold."""
    level = [value]
    while level:
        item = level.pop()
        if isinstance(item, dict):
            level.extend(item.values())
        elif isinstance(item, list):
            level.extend(item)
        elif isinstance(item, int | float) and not abs(item) <= LARGEST["double"]:
            raise _WrongError
    return value


def _duration(value: Any) -> str:
    found = DURATION.fullmatch(_text(value))
    if found is None or abs(int(found[1])) > LONGEST_DURATION:
        raise _WrongError
    return found[0]


def _timestamp(value: Any) -> str:
    found = TIMESTAMP.fullmatch(_text(value))
    if found is None:
        raise _WrongError
    try:
        datetime.fromisoformat(found[1] + found[2]).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _WrongError from None
    return found[0]


SCALARS: Final[dict[str, Callable[[Any], Any]]] = {
    "any": _any,
    "bool": _bool,
    "bytes": _bytes,
    "double": lambda value: _float(value, "double"),
    "duration": _duration,
    "enum": _enum,
    "float": lambda value: _float(value, "float"),
    "int32": lambda value: _integer(value, "int32"),
    "int64": lambda value: _long(value, "int64"),
    "list": _list,
    "mask": _text,
    "string": _text,
    "struct": _struct,
    "timestamp": _timestamp,
    "uint32": lambda value: _integer(value, "uint32"),
    "uint64": lambda value: _long(value, "uint64"),
}
"""How a value of each type is settled."""

NAMES: Final = {
    "any": "type.googleapis.com/google.protobuf.Value",
    "duration": "type.googleapis.com/google.protobuf.Duration",
    "list": "type.googleapis.com/google.protobuf.ListValue",
    "mask": "type.googleapis.com/google.protobuf.FieldMask",
    "struct": "type.googleapis.com/google.protobuf.Struct",
    "timestamp": "type.googleapis.com/google.protobuf.Timestamp",
}
"""What a refusal calls a type that is no scalar's."""


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f'{text[:SHOWN]}"' if isinstance(value, str) else text[:SHOWN]


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)
