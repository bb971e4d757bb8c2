"""The JSON Schema of the JSON report, made from the records themselves, so that it cannot say anything else."""

from __future__ import annotations

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Final

from provision import plan
from provision.errors import ErrorStatus

_NAMES: Final = {"Mapping": Mapping, "ErrorStatus": ErrorStatus}
_ANY_JSON: Final = {"description": "any JSON value"}
# What follows from the run and is in the report beside its fields.
_DERIVED: Final[dict[str, dict[str, Any]]] = {
    "verdict": {"enum": list(typing.get_args(plan.Verdict)), "description": "what may be claimed"},
    "exit_code": {"type": "integer", "enum": [0, 1, 3], "description": "0 ready, 1 not ready, 3 unknown"},
    "blocking_check": {"type": "string", "description": "the first of the blockers; empty where there is none"},
    "root_cause": {"type": "string", "description": "the id of the finding to fix first; empty where there is none"},
}


def json_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12). Readers must accept fields they do not know: a later version may add some."""
    records: dict[str, dict[str, Any]] = {}
    run = _record(plan.Run, records)
    run["properties"] = dict(sorted((run["properties"] | _DERIVED).items()))
    run["properties"]["schema_version"] = {
        "const": plan.SCHEMA_VERSION,
        "description": "grows when a field changes its meaning",
    }
    run["required"] = sorted(run["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "provision report",
        **run,
        "$defs": dict(sorted(records.items())),
    }


def _record(kind: type, records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, globalns=vars(inspect.getmodule(kind)), localns=_NAMES)
    message = _message(inspect.getdoc(kind) or "")
    properties = {}
    for name in plan.reported(kind):
        properties[name] = _schema(hints[name], records)
        if name in message:
            properties[name] = properties[name] | {"description": message[name]}
    return {
        "type": "object",
        "description": " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split()),
        "required": list(properties),
        "properties": properties,
    }


def _schema(hint: Any, records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if hint.__name__ not in records:
            records[hint.__name__] = {}
            records[hint.__name__] = _record(hint, records)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if typing.get_origin(hint) is None:
        simple = {str: "string", bool: "boolean", int: "integer", float: "number", types.NoneType: "null"}
        return {"type": simple[hint]}
    return _composed(typing.get_origin(hint), typing.get_args(hint), records)


def _composed(origin: Any, parts: tuple[Any, ...], records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if origin is typing.Literal:
        return {"enum": list(parts)}
    if origin in {typing.Union, types.UnionType}:
        if {list, dict} <= {typing.get_origin(each) for each in parts}:  # plan.JsonValue
            return dict(_ANY_JSON)
        return {"anyOf": [_schema(each, records) for each in parts]}
    if origin is tuple and parts[-1] is ...:
        return {"type": "array", "items": _schema(parts[0], records)}
    if origin is tuple:
        items = [_schema(each, records) for each in parts]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    return {"type": "object", "additionalProperties": _schema(parts[1], records)}  # a mapping


def _message(doc: str) -> dict[str, str]:
    """Return what the docstring's ``Attributes:`` say of each field."""
    _, _, section = doc.partition("Attributes:\n")
    described: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        begins = re.match(r"    ([a-z_]+(?:, [a-z_]+)*): (.*)", line)
        if begins:
            names = begins[1].split(", ")
            described |= dict.fromkeys(names, begins[2])
        elif line.startswith("        "):
            described |= {name: f"{described[name]} {line.strip()}" for name in names}
        else:
            break
    return described
