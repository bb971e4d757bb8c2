from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from gcp_emulator.services.aiplatform.instances import UnwritableError, instance

NODE = {
    "type": "object",
    "properties": {
        "value": {"type": "integer"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
    },
    "required": ["value", "children"],
    "additionalProperties": False,
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "everything": {},
    "text": {"type": "string"},
    "long text": {"type": "string", "minLength": 50, "maxLength": 60},
    "short text": {"type": "string", "maxLength": 3},
    "date": {"type": "string", "format": "date"},
    "whole number": {"type": "integer", "minimum": 7, "multipleOf": 5},
    "negative": {"type": "integer", "exclusiveMaximum": 0},
    "between": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "negative fraction": {"type": "number", "minimum": -0.5, "maximum": -0.25},
    "choice": {"enum": ["red", "green"]},
    "constant": {"const": {"a": 1}},
    "nullable": {"type": ["null", "string"]},
    "only null": {"type": "null"},
    "either": {"anyOf": [{"not": {}}, {"type": "boolean"}]},
    "all": {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"required": ["b"]}]},
    "object": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
        "required": ["city", "days"],
        "additionalProperties": False,
    },
    "free members": {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
    "few members": {"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "maxProperties": 1},
    "list": {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
    "unique objects": {
        "type": "array",
        "items": {"properties": {"n": {"type": "integer"}}},
        "minItems": 2,
        "uniqueItems": True,
    },
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "boolean"}], "items": False},
    "empty list": {"type": "array", "maxItems": 0},
    "reference": {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}},
    "itself": {
        "type": "object",
        "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
        "required": ["next"],
    },
    "pattern": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]},
    "escaped": {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "integer"}}},
}  # fmt: skip
HOPELESS: dict[str, Any] = {
    "nothing": False,
    "no schema": 7,
    "no type": {"type": "color"},
    "not": {"not": {"type": "string"}},
    "pattern": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "empty range": {"type": "integer", "minimum": 3, "maximum": 2},
    "elsewhere": {"$ref": "https://example.com/schema"},
    "nowhere": {"$ref": "#/$defs/missing"},
    "circle": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
    "endless": {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]},
    "three booleans": {"type": "array", "items": {"type": "boolean"}, "minItems": 3, "uniqueItems": True},
    "too many": {"type": "array", "minItems": 10**9},
    "too long": {"type": "string", "minLength": 10**9},
    "properties of the wrong kind": {"type": "object", "properties": [1]},
    "numbers of the wrong kind": {"type": "integer", "minimum": "three"},
    "no choices": {"anyOf": []},
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_instance_is_valid(name: str) -> None:
    jsonschema.validate(instance(SCHEMAS[name]), SCHEMAS[name])


@pytest.mark.parametrize("name", HOPELESS)
def test_what_cannot_be_promised_is_refused(name: str) -> None:
    with pytest.raises(UnwritableError):
        instance(HOPELESS[name])


def test_a_small_schema_cannot_ask_for_a_huge_instance() -> None:
    layers: dict[str, Any] = {"l0": {"type": "string"}}
    for depth in range(1, 30):
        below = {"$ref": f"#/$defs/l{depth - 1}"}
        layers[f"l{depth}"] = {
            "type": "object",
            "properties": {"a": below, "b": below},
            "required": ["a", "b"],
        }
    with pytest.raises(UnwritableError, match="too large"):
        instance({"$ref": "#/$defs/l29", "$defs": layers})


def test_a_deep_schema_is_refused_and_nothing_breaks() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(2_000):
        schema = {"type": "array", "items": schema, "minItems": 1}
    with pytest.raises(UnwritableError):
        instance(schema)
