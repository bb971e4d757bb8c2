"""Describe messages: from the protos that Google's clients ship, and from the schemas of discovery documents.

Where both have a message, it holds the fields and values of both: a document is newer than an installed client, and
does not tell oneofs. The grammar of a field is explained in `gcp_emulator/messages.py`, which reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf.descriptor import FieldDescriptor

from emulator.generate import documents

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, EnumDescriptor

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


class Messages:
    """The messages and enums of one file."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, str]] = {}
        self.enums: dict[str, dict[str, int | None]] = {}
        self._merged: set[tuple[str, str, str]] = set()

    def proto(self, described: Descriptor) -> str:
        """Add a proto's message and those it holds; return its name."""
        name: str = described.full_name
        if name in self.messages:
            return name
        fields = self.messages[name] = {}
        for field in described.fields:
            text, value = "", field
            if field.message_type and field.message_type.GetOptions().map_entry:
                key, value = field.message_type.fields
                assert key.type == FieldDescriptor.TYPE_STRING, field.full_name
                text = "{}"
            elif field.is_repeated:
                text = "[]"
            of = field.containing_oneof
            fields[field.json_name] = text + self._value(value) + (f"|{of.name}" if of and len(of.fields) > 1 else "")
        return name

    def _value(self, field: FieldDescriptor) -> str:
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.message_type is None:
            return SCALARS[field.type]
        name = field.message_type.full_name
        if name in KNOWN:
            return KNOWN[name]
        return f".{self.proto(field.message_type)}"

    def _enum(self, described: EnumDescriptor) -> str:
        self.enums.setdefault(described.full_name, {value.name: value.number for value in described.values})
        return f"%{described.full_name}"

    def schema(self, document: str, name: str) -> str:
        """Add a document's message and those it holds; return its name."""
        message = f"{document}.{name}"
        if message not in self.messages:
            self.messages[message] = {}
            self._properties(message, document, documents.document(document)["schemas"][name].get("properties", {}))
        return message

    def merge(self, message: str, document: str, schema: str) -> None:
        """Add to a message what a document says of it and of those that it holds."""
        if (message, document, schema) not in self._merged:
            self._merged.add((message, document, schema))
            self._properties(message, document, documents.document(document)["schemas"][schema].get("properties", {}))

    def _properties(self, message: str, document: str, properties: dict[str, Any]) -> None:
        for name, schema in properties.items():
            self.field(message, name, document, schema)

    def field(self, message: str, name: str, document: str, schema: Any) -> None:
        """Add a field, or what a document says of one that is there."""
        fields = self.messages[message]
        if name not in fields:
            fields[name] = self._kind(document, schema, f"{message}.{name}")
            return
        kind = fields[name].partition("|")[0].removeprefix("[]").removeprefix("{}")
        inner = schema
        while inner.get("type") in {"array", "object"}:
            inner = inner.get("items") or inner.get("additionalProperties") or {}
        if kind.startswith(".") and "$ref" in inner:
            self.merge(kind[1:], document, inner["$ref"])
        elif kind.startswith("%") and "enum" in inner:
            for value in inner["enum"]:
                self.enums[kind[1:]].setdefault(value, None)

    def parameter(self, message: str, name: str, document: str, schema: Any) -> None:
        """Add a parameter of a query; dots in its name lead into messages."""
        path, _, last = name.rpartition(".")
        for part in path.split(".") if path else ():
            inner = f"{message}.{part}"
            kind = self.messages[message].setdefault(part, f".{inner}")
            if not kind.startswith("."):
                return
            message = kind[1:].partition("|")[0]
            self.messages.setdefault(message, {})
        self.field(message, last, document, schema)

    def _object(self, document: str, schema: Any, name: str) -> str:
        """A map, or a message that has no name of its own."""
        if "properties" in schema:
            self.messages.setdefault(name, {})
            self._properties(name, document, schema["properties"])
            return f".{name}"
        inner = self._kind(document, schema["additionalProperties"], name)
        return "struct" if inner == "any" else "{}" + inner

    def _kind(self, document: str, schema: Any, name: str) -> str:
        if schema.get("repeated"):
            return "[]" + self._kind(document, {**schema, "repeated": False}, name)
        if "$ref" in schema:
            return f".{self.schema(document, schema['$ref'])}"
        kind = schema["type"]
        if kind == "array":
            return "[]" + self._kind(document, schema["items"], name)
        if kind == "object":
            return self._object(document, schema, name)
        if "enum" in schema:  # counted as the document lists them: it has no numbers
            self.enums.setdefault(name, {value: number for number, value in enumerate(schema["enum"])})
            return f"%{name}"
        shape = schema.get("format", "")
        return FORMATS.get(shape, shape) or PLAIN[kind]
