"""JSON held against Google's discovery documents."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.grpc_types import import_types
from google.protobuf import json_format

from emulator.generate.documents import document

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

ELSEWHERE: Final = {"google.cloud.resourcemanager.v2.": "cloudresourcemanager.v2"}  # types -> the document with them
PROTOS: Final = {"google.cloud.aiplatform.v1beta1": "google.cloud.aiplatform_v1beta1.types.model_garden_service"}

INTEGERS: Final = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
TEXTS: Final = {  # formats of strings in JSON
    "int64": r"-?\d{1,19}",
    "uint64": r"\d{1,20}",
    "google-datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6}|\.\d{9})?Z",
    "google-duration": r"-?\d+(\.\d{1,9})?s",
    "google-fieldmask": r"[\w.,*-]*",
}


def violations(name: str, schema: str, value: Any, at: str = "") -> list[str]:
    """Return what is wrong with JSON that should be of a schema."""
    return list(_check(document(name), document(name)["schemas"][schema], value, at or schema))


def _check(doc: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = doc["schemas"][schema["$ref"]]
    kind = schema.get("type", "any")
    if value is None and kind != "any":
        yield f"{at} is null: unset fields are absent"
    elif kind == "object":
        yield from _object(doc, schema, value, at)
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{at} is no list: {value!r}"
            return
        for index, each in enumerate(value):
            yield from _check(doc, schema["items"], each, f"{at}[{index}]")
    elif kind != "any":
        yield from _scalar(schema, kind, value, at)


def _object(doc: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is no object: {value!r}"
        return
    typed = value.get("@type")
    if typed is not None and "properties" not in schema:
        yield from _any(doc, value, at)
        return
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, each in value.items():
        inner = properties.get(name, others)
        if inner is None:
            yield f"{at}.{name} is not in the schema"
        else:
            yield from _check(doc, inner, each, f"{at}.{name}")


def _any(doc: Json, value: Json, at: str) -> Iterator[str]:
    """Check a message that names its own type.

    The name of its schema is the last part of the type's, that with the version, or all of it in one word. Where no
    document has it, its proto is asked.
    """
    name = value["@type"].removeprefix("type.googleapis.com/")
    rest = {key: each for key, each in value.items() if key != "@type"}
    words = "".join(part[:1].upper() + part[1:] for part in name.split("."))
    short = "".join(part[:1].upper() + part[1:] for part in name.split(".")[-2:])  # `V2Key`
    for held in (doc, *(document(other) for prefix, other in ELSEWHERE.items() if name.startswith(prefix))):
        schemas = held["schemas"]
        found = schemas.get(words) or schemas.get(short) or schemas.get(name.rpartition(".")[2])
        if found:
            yield from _check(held, found, rest, f"{at}<{name}>")
            return
    package, _, message = name.rpartition(".")
    kind = getattr(import_types(PROTOS[package]), message, None) if package in PROTOS else None
    if kind is None:
        yield f"{at} is a {name}, which neither a document nor a proto describes"
        return
    try:
        json_format.ParseDict(rest, kind.pb(kind()))
    except json_format.ParseError as error:
        yield f"{at}<{name}>: {error}"


def names_left(name: str, schema: str, value: Any) -> list[str]:
    """Return where an answer that was asked for enums as numbers holds a name."""
    return list(_names(document(name), document(name)["schemas"][schema], value, schema))


def _names(doc: Json, schema: Json, value: Any, at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = doc["schemas"][schema["$ref"]]
    if isinstance(value, dict):
        for field, each in value.items():
            inner = schema.get("properties", {}).get(field) or schema.get("additionalProperties", {})
            yield from _names(doc, inner, each, f"{at}.{field}")
    elif isinstance(value, list):
        for each in value:
            yield from _names(doc, schema.get("items", {}), each, f"{at}[]")
    elif "enum" in schema and not isinstance(value, int):
        yield f"{at} is {value!r}, where enums were asked for as numbers"


def _scalar(schema: Json, kind: str, value: Any, at: str) -> Iterator[str]:
    shape, good = schema.get("format", ""), True
    if kind == "boolean":
        good = isinstance(value, bool)
    elif kind == "number":
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif kind == "integer":
        low, high = INTEGERS[shape]
        good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    elif not isinstance(value, str):
        good = False
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value!r}, not one of {schema['enum']}"
    elif shape == "byte":
        good = is_base64(value)
    elif shape in TEXTS:
        good = re.fullmatch(TEXTS[shape], value) is not None
    if not good:
        yield f"{at} is no {shape or kind}: {value!r}"


def is_base64(value: str) -> bool:
    """Tell whether a text is standard base64, as proto-JSON writes bytes."""
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
