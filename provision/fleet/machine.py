"""A fleet's run for machines: one JSON object, or a row of CSV or a line of JSON for each project."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provision.fleet.store import Store
    from provision.fleet.summary import Summary

SCHEMA_VERSION: Final = 1
COLUMNS: Final = (
    *("project_id", "project_number", "parent", "display_name", "verdict", "basis", "finding", "diagnosis", "summary"),
    *("fix_owner", "fix", "state", "billing_account", "billing_enabled", "services", "listed_at", "billing_at"),
    *("services_at", "direct_at", "inventory_said"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


def as_json(summary: Summary) -> str:
    """Return the figures."""
    body = {"schema_version": SCHEMA_VERSION, "command": "fleet check", "exit_code": summary.exit_code}
    return redact(json.dumps({**body, **asdict(summary)}, indent=2, ensure_ascii=False)) + "\n"


def as_json_lines(stores: Sequence[Store]) -> Iterator[str]:
    """Yield a line for each project."""
    for row in _rows(stores):
        yield redact(json.dumps(row, ensure_ascii=False)) + "\n"


def as_csv(stores: Sequence[Store]) -> Iterator[str]:
    """Yield the heading, then a line for each project."""
    yield _line(COLUMNS)
    for row in _rows(stores):
        yield redact(_line([_cell(row[name]) for name in COLUMNS]))


def _rows(stores: Sequence[Store]) -> Iterator[dict[str, Any]]:
    for store in stores:
        for facts, assessment in store.assessments():
            row = {**asdict(facts), **asdict(assessment)}
            yield {name: row[name] for name in COLUMNS}


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
