"""The JSON Schema of ``provision.yaml``, and a commented file to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.settings.table import SETTINGS

if TYPE_CHECKING:
    from provision.settings.schema import Kind, SettingRow


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``provision.yaml`` (draft 2020-12)."""
    properties: dict[str, Any] = {}
    for row in (row for row in SETTINGS if not row.trusted_only):
        kinds: dict[Kind, dict[str, Any]] = {
            "string": {"type": "string"},
            "boolean": {"type": "boolean"},
            "number": {"type": "number"},
            "numbers": {"type": "array", "items": {"type": "number"}},
            "integer": {"type": "integer"},
            "list": {"type": "array", "items": {"type": "string"}},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
            "array": {"type": "array", "items": _record_schema(row)},
        }
        schema = kinds[row.kind] | {"description": row.help}
        if row.pattern:
            (schema["items"] if row.kind == "list" else schema)["pattern"] = f"^({row.pattern})$"
        if row.minimum is not None:
            schema["minimum"] = row.minimum
        if row.default not in ("", {}, ()):
            schema["default"] = list(row.default) if isinstance(row.default, tuple) else row.default
        section, _, name = row.key.rpartition(".")
        home = (
            properties
            if not section
            else properties.setdefault(section, {"type": "object", "additionalProperties": False, "properties": {}})[
                "properties"
            ]
        )
        home[name] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "provision.yaml",
        "description": "The desired state of one Google Cloud project.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _record_schema(row: SettingRow) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [each.name for each in row.fields],
        "properties": {
            each.name: {"type": "string", "description": each.help, "pattern": f"^({each.pattern})$"}
            for each in row.fields
        },
    }


def template(values: dict[str, str]) -> str:
    """Return a commented ``provision.yaml``; settings in ``values`` (by key) are set, the others shown."""
    lines = [
        "# What this project should be. What is left out keeps its default; the lines behind a # are examples.",
        "# Every setting: docs/reference/settings.md",
        "",
    ]
    section = ""
    for row in (row for row in SETTINGS if not row.trusted_only):
        head, _, name = row.key.rpartition(".")
        inner = [each for each in SETTINGS if each.key.startswith(f"{head}.")] if head else []
        if head != section:
            lines.append("")
            if head:
                is_set = any(each.key in values for each in inner)
                lines.append(f"{head}:" if is_set else f"# {head}:")
            section = head
        indent = "  " if head else ""
        lines.append(f"{indent}# {row.help}")
        if row.key in values:
            lines.append(f"{indent}{name}: {values[row.key]}")
        elif row.fields:
            lines.append(f"{indent}# {name}:")
            for number, each in enumerate(row.fields):
                lines.append(f"{indent}#   {'  ' if number else '- '}{each.name}: {each.example}")
        else:
            lines.append(f"{indent}# {name}: {row.example}")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"
