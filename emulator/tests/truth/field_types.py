"""Write `emulator/gcp_emulator/fieldtypes.json`: `python -m emulator.tests.truth.field_types`.

The types of all fields of the requests of the served methods, read from the protos that Google's clients ship; of
methods that exist only on REST from the discovery documents, which do not tell oneofs nor whole names of messages.
The grammar of a type is explained in `emulator/gcp_emulator/fieldtypes.py`, which reads the file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.grpc_types import protobuf_class
from gcp_emulator.services import registry
from google.protobuf.descriptor import FieldDescriptor

from emulator.tests.truth import discovery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.rpc import Method
    from google.protobuf.descriptor import Descriptor

Types = dict[str, dict[str, str]]

FILE: Final = Path(__file__).parents[2] / "gcp_emulator" / "fieldtypes.json"
KNOWN: Final = {  # messages that JSON writes in a way of their own
    "google.api.HttpBody": "any",
    "google.protobuf.Any": "struct",
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.DoubleValue": "double",
    "google.protobuf.Duration": "duration",
    "google.protobuf.FieldMask": "mask",
    "google.protobuf.FloatValue": "float",
    "google.protobuf.Int32Value": "int32",
    "google.protobuf.Int64Value": "int64",
    "google.protobuf.ListValue": "list",
    "google.protobuf.StringValue": "string",
    "google.protobuf.Struct": "struct",
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.Value": "any",
}
SCALARS: Final = {
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_ENUM: "enum",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_UINT64: "uint64",
}
FORMATS: Final = {"byte": "bytes", "google-datetime": "timestamp", "google-duration": "duration"} | {
    "google-fieldmask": "mask"
}
PLAIN: Final = {"boolean": "bool", "integer": "int32", "number": "double", "string": "string", "any": "any"}


def served() -> list[Method]:
    """Return the methods that have a rule and a REST face."""
    return [method for method in registry().methods if method.handle is not None and method.http]


def types() -> dict[str, Any]:
    """Return what the file holds."""
    methods: dict[str, str] = {}
    messages: Types = {}
    for method in served():
        request = method.request
        if method.name.endswith(".streamGenerateContent"):  # the same on gRPC has a name of its own
            version = method.name.split(".")[1]
            request = f"google.cloud.aiplatform_{version}.types:GenerateContentRequest"
        if request:
            described: Any = protobuf_class(request).DESCRIPTOR
            _message(described, messages)
            methods[method.name] = described.full_name
        elif any(_documented(method, messages)):
            methods[method.name] = method.name
    return {"methods": methods, "messages": messages}


def _message(described: Descriptor, messages: Types) -> None:
    if described.full_name in messages:
        return
    fields = messages[described.full_name] = {}
    for field in described.fields:
        text, value = "", field
        if field.message_type and field.message_type.GetOptions().map_entry:
            key, value = field.message_type.fields
            assert key.type == FieldDescriptor.TYPE_STRING, field.full_name
            text = "{}"
        elif field.is_repeated:
            text = "[]"
        if value.message_type is None:
            text += SCALARS[value.type]
        else:
            name = value.message_type.full_name
            text += KNOWN.get(name, f".{name}")
            if name not in KNOWN:
                _message(value.message_type, messages)
        of = field.containing_oneof
        fields[field.json_name] = text + (f"|{of.name}" if of and len(of.fields) > 1 else "")


def _documented(method: Method, messages: Types) -> Iterator[bool]:
    """Describe the request of a method that a discovery document has: its parameters, and its body's fields."""
    for sample in method.samples():
        verb, _, path = sample.partition(" ")
        known = discovery.method_for(method.service, verb, path)
        if known is None:
            continue
        document = discovery.document(known.document)
        found = next(each for each in discovery.walk(document) if each["id"] == known.id)
        fields = messages.setdefault(method.name, {})
        for name, parameter in found.get("parameters", {}).items():
            if "." not in name:
                fields[name] = _schema(document, parameter, known.document, messages)
        if "request" in found:
            body = _schema(document, found["request"], known.document, messages)
            if method.body == "*":
                fields.update(messages[body[1:]])
            else:
                fields[method.body] = body
        yield True


def _schema(document: Any, schema: Any, name: str, messages: Types) -> str:
    if schema.get("repeated"):
        return "[]" + _schema(document, {**schema, "repeated": False}, name, messages)
    if "$ref" in schema:
        message = f"{name}.{schema['$ref']}"
        if message not in messages:
            fields = messages[message] = {}
            for field, inner in document["schemas"][schema["$ref"]].get("properties", {}).items():
                fields[field] = _schema(document, inner, name, messages)
        return f".{message}"
    kind = schema["type"]
    if kind == "array":
        return "[]" + _schema(document, schema["items"], name, messages)
    if kind == "object":
        inner = _schema(document, schema["additionalProperties"], name, messages)
        return "struct" if inner == "any" else "{}" + inner
    if "enum" in schema:
        return "enum"
    shape = schema.get("format", "")
    return FORMATS.get(shape, shape) or PLAIN[kind]


def text() -> str:
    """Return the file's text: one message a line."""
    parts = [f' "{name}": {{\n{_lines(held)}\n }}' for name, held in types().items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(held: dict[str, Any]) -> str:
    return ",\n".join(f'  "{name}": {_line(held[name])}' for name in sorted(held))


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
