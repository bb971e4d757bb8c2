"""Hold a request against its message in one walk: names, types, enums, nulls and oneofs, in Google's front end's words.

What passes is written as a gRPC request reads (names in camel case, int64 as text, int32 as a number, enums by name,
one value of a list as a list), so a handler never meets a value of another type, and whatever it stores can be told
over gRPC. What a message holds is in the data file of its API (`api.load`), which the generator writes: `int64`,
`[]string`, `{}string` (a map), `.package.Message`, `%package.Enum`, `string|group` (one of a group, of which only one
may be set).
What is taken: https://protobuf.dev/programming-guides/json/, and with Google's front end one value for a list of one,
and `true` as text.
The words, seen in public reports: `Invalid JSON payload received. Unknown name "x" at 'y': Cannot find field.`;
`Invalid value at 'aggregate_by[0]' (data_type_name), Starting an object on a scalar field`; `Proto field is not
repeating, cannot start list.`; `(oneof), oneof field 'ttl' is already set. Cannot set …`.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.api import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gcp_emulator.call import Json
    from gcp_emulator.rpc import Method

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
LENIENT: Final = ("aiplatform.",)
"""APIs whose enums may be written in small letters: Google's own pages write `"type": "object"` in schemas.

https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling
"""
MOST: Final = 20  # problems told of one request
SHOWN: Final = 100  # characters of a value


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message.

    Args:
        name: in camel case, as JSON writes it.
        snake: as errors write it.
        repeated: `[]`, `{}` or neither.
        kind: the type of one value; empty for a message or an enum.
        message: the name of a message.
        enum: the name of an enum.
        group: the oneof that it is of, empty for none.
    """

    name: str
    snake: str
    repeated: str
    kind: str
    message: str
    enum: str
    group: str

    @classmethod
    def parse(cls, name: str, text: str) -> Field:
        """Read a field as the data file writes it."""
        kind, _, group = text.partition("|")
        repeated = kind[:2] if kind[:2] in {"[]", "{}"} else ""
        kind = kind.removeprefix(repeated)
        message, enum = (kind[1:] if kind[0] == sign else "" for sign in ".%")
        return cls(name, _snake(name), repeated, "" if message or enum else kind, message, enum, group)


@functools.cache
def fields(document: str, message: str) -> Mapping[str, Field]:
    """Return the fields of a message by their names in camel case and in snake case."""
    found = [Field.parse(name, text) for name, text in load(document)["messages"][message].items()]
    return {field.snake: field for field in found} | {field.name: field for field in found}


@functools.cache
def _names(document: str, enum: str) -> Mapping[int, str]:
    """The names of an enum by their numbers, the first where several have one."""
    values: dict[str, int | None] = load(document)["enums"][enum]
    return {number: name for name, number in reversed(values.items()) if number is not None}


def settle(request: Json, method: Method) -> list[Problem]:
    """Write a request as gRPC would, in place, and return what is wrong with what has no such form.

    Args:
        request: the request message.
        method: its method; one whose request is not described takes anything, and one whose body is a form takes
            names that are not known.
    """
    if not method.takes or not request:
        return []
    settling = _Settling(method.document, lenient=method.form)
    settling.message(request, method.takes, "")
    return settling.problems[:MOST]


def with_numbers(answer: Any, method: Method) -> Any:
    """Return an answer with its enums as numbers (`$alt=json;enum-encoding=int`)."""
    return _numbered(answer, method.document, method.gives) if method.gives else answer


def _numbered(message: Any, document: str, name: str) -> Any:
    found = _leading_to_enums(document, name)
    if not found or not isinstance(message, dict):
        return message
    held = {spelled: field for spelled, field in found.items() if spelled in message}
    return message | {spelled: _field_numbered(message[spelled], document, field) for spelled, field in held.items()}


@functools.cache
def _leading_to_enums(document: str, message: str) -> Mapping[str, Field]:
    """The fields of a message that are enums or hold some, so that a long answer is not walked for the others."""
    found = {field.name: field for field in fields(document, message).values()}
    return {name: field for name, field in found.items() if field.enum or _holds_enums(document, field.message)}


@functools.cache
def _holds_enums(document: str, message: str) -> bool:
    """Tell whether a message holds an enum at any depth; messages may hold themselves."""
    seen: set[str] = set()
    left = [message] if message else []
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        for field in fields(document, name).values():
            if field.enum:
                return True
            if field.message:
                left.append(field.message)
    return False


def _field_numbered(value: Any, document: str, field: Field) -> Any:
    def one(item: Any) -> Any:
        if field.message:
            return _numbered(item, document, field.message)
        number = load(document)["enums"][field.enum].get(item) if isinstance(item, str) else None
        return item if number is None else number

    if field.repeated == "[]" and isinstance(value, list):
        return [one(item) for item in value]
    if field.repeated == "{}" and isinstance(value, dict):
        return {key: one(item) for key, item in value.items()}
    return one(value)


class _WrongError(Exception):
    """A value that is not of its type; the message says more than the value, if it says anything."""


class _Settling:
    """One pass over a request."""

    def __init__(self, document: str, *, lenient: bool) -> None:
        self.document = document
        self.lenient = lenient
        self.problems: list[Problem] = []

    def message(self, value: Json, name: str, where: str) -> None:
        """Settle the fields of a message."""
        known = fields(self.document, name)
        taken: set[str] = set()
        for written in list(value):
            field = known.get(written) or known.get(_camel(written))
            if field is None:
                if not self.lenient:
                    self.unknown(written, where, "Cannot find field.")
                continue
            item = value.pop(written)
            if item is None and field.kind != "any":
                continue
            group = field.group
            if group and item is False and (group in taken or _has_other(value, known, group)):
                continue  # the other half of a switch, as the pair of allowAll and denyAll is sent
            if group and group in taken:
                self.invalid(where, "oneof", f"oneof field '{group}' is already set. Cannot set '{field.name}'")
                continue
            taken |= {group} if group else set()
            value[field.name] = self.field(item, field, where)

    def field(self, value: Any, field: Field, where: str) -> Any:
        """Settle one field, which may be a list or a map."""
        name = field.snake
        at = f"{where}.{name}" if where else name
        if field.repeated == "[]":
            items = value if isinstance(value, list) else [value]
            given = [item for item in items if item is not None or field.kind == "any"]
            return [self.one(item, field, where, name, f"{at}[{index}]") for index, item in enumerate(given)]
        if field.repeated == "{}":
            if isinstance(value, list):
                self.invalid(at, "Map", f"Cannot bind a list to map for field '{name}'.")
            elif not isinstance(value, dict):
                self.invalid(at, "Map", _shown(value))
            else:
                given_map = {key: item for key, item in value.items() if item is not None or field.kind == "any"}
                return {
                    key: self.one(item, field, at, key, f"{at}[{json.dumps(key)}]") for key, item in given_map.items()
                }
            return value
        return self.one(value, field, where, name, at)

    def one(self, value: Any, field: Field, where: str, name: str, at: str) -> Any:
        """Settle one value that is no list and no map."""
        if isinstance(value, list) and field.kind not in {"any", "list"}:
            self.unknown(name, where, "Proto field is not repeating, cannot start list.")
        elif field.message:
            if isinstance(value, dict):
                self.message(value, field.message, at)
            else:
                self.invalid(at, f"type.googleapis.com/{field.message}", _shown(value))
        elif isinstance(value, dict) and field.kind not in {"any", "struct"}:
            self.invalid(where, name, "Starting an object on a scalar field")
        else:
            try:
                return self.enum(value, field.enum) if field.enum else SCALARS[field.kind](value)
            except _WrongError as wrong:
                kind = NAMES.get(field.kind, f"TYPE_{field.kind.upper()}")
                kind = f"type.googleapis.com/{field.enum}" if field.enum.startswith("google.") else kind
                self.invalid(at, kind, str(wrong) or _shown(value))
        return value

    def enum(self, value: Any, enum: str) -> str | int:
        """Settle an enum: by name; a number that no one knows is let pass, as protos do."""
        if isinstance(value, str) and not WHOLE.fullmatch(value):
            names = load(self.document)["enums"][enum]
            written = value if value in names or not self.document.startswith(LENIENT) else value.upper()
            if written not in names:
                raise _WrongError
            return written
        number = _integer(value, "enum")
        return _names(self.document, enum).get(number, number)

    def unknown(self, name: str, where: str, why: str) -> None:
        """Note a name that cannot be taken."""
        place = f" at '{where}'" if where else ""
        self.problems.append((where, f'Invalid JSON payload received. Unknown name "{name}"{place}: {why}'))

    def invalid(self, where: str, what: str, why: str) -> None:
        """Note a value that is refused."""
        place = f" at '{where}'" if where else ""
        self.problems.append((where, f"Invalid value{place} ({what}), {why}"))


def _has_other(message: Json, known: Mapping[str, Field], group: str) -> bool:
    """Tell whether a message still holds a member of a group that says something."""
    others = ((known.get(name) or known.get(_camel(name)), item) for name, item in message.items())
    return any(field and field.group == group and item is not None and item is not False for field, item in others)


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
    "date": _text,
    "date-time": _timestamp,
    "double": lambda value: _float(value, "double"),
    "duration": _duration,
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
"""What an error calls a type that is no scalar's."""


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f'{text[:SHOWN]}"' if isinstance(value, str) else text[:SHOWN]


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", name)
