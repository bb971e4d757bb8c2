"""Turn what is in the environment or in the file into the kind of its setting."""

from __future__ import annotations

from datetime import date
from typing import Any

from provision.settings.schema import FieldRow, InvalidValue, SettingRow


def read_text(row: SettingRow, text: str) -> Any:
    """Turn an environment variable's text into the row's kind; raises `InvalidValue`."""
    if row.kind == "boolean":
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off"}:
            return False
        raise InvalidValue("it must be true or false", "use `true` or `false`")
    if row.kind == "list":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def read_numbers(row: SettingRow, value: Any) -> tuple[float, ...]:
    """Return the numbers of a list; raises `InvalidValue`."""
    if isinstance(value, list | tuple) and value and all(type(part) in {int, float} for part in value):
        return tuple(map(float, value))
    raise InvalidValue("it must be a list of numbers with at least one entry", f"write it as {row.example}")


def read_records(row: SettingRow, value: Any) -> tuple[dict[str, Any], ...]:
    """Return the records, each field in its final form; raises every `InvalidValue` at once, as a group."""
    if not isinstance(value, list | tuple) or not all(isinstance(record, dict) for record in value):
        raise InvalidValue("it must be a list of records", f"write it as {row.example}")
    wrong: list[InvalidValue] = []
    records: list[dict[str, Any]] = []
    for number, record in enumerate(value, 1):
        read: dict[str, Any] = {}
        for field in row.fields:
            given = record.get(field.name)
            try:
                read[field.name] = _field(field, given)
            except InvalidValue as invalid:
                where = f"[{number}].{field.name}"
                wrong.append(InvalidValue(invalid.cause, invalid.fix, where=where, value=given))
        names = [field.name for field in row.fields]
        wrong.extend(
            InvalidValue(
                "there is no such field", f"use {', '.join(names)}", where=f"[{number}].{name}", value=record[name]
            )
            for name in record
            if name not in names
        )
        records.append(read)
    if wrong:
        raise ExceptionGroup(row.key, wrong)
    return tuple(records)


def _field(field: FieldRow, given: Any) -> Any:
    if given is None:
        raise InvalidValue("it is missing, and every field is needed", f"add `{field.name}: {field.example}`")
    if type(given) is date:  # as YAML reads 2027-03-31
        given = given.isoformat()
    if not isinstance(given, str):
        raise InvalidValue("it is text", f'write it in quotes, such as "{field.example}"')
    return field.check(given)
