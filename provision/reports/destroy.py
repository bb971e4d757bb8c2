"""What `destroy` would do, did, and left alone: for a person, and for a machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from provision.redaction import redact
from provision.reports.changes import danger_of
from provision.reports.cleaning import without_commands
from provision.undo.record import SCHEMA_VERSION, Outcome, Undoing, Undone

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADS: dict[Outcome, str] = {
    "planned": "to undo, in this order:",
    "undone": "undone:",
    "failed": "FAILED:",
    "retained": "left alone:",
    "unknown": "not seen, so left alone:",
    "deleted": "gone already:",
}


def render(undone: Undone) -> str:
    """Return the report as text."""
    where = f"{undone.target} ({undone.target_address})" if undone.target_address else undone.target
    blocks = [[f"target: {where}   project: {undone.project_id}"]]
    blocks.append([f"note: {note.summary}" for note in undone.notes])
    blocks += [
        _block(head, [item for item in undone.items if item.outcome == outcome]) for outcome, head in _HEADS.items()
    ]
    if not undone.items:
        blocks.append(["nothing to undo for this project"])
    counts = [
        f"{count} {outcome}" for outcome in _HEADS if (count := sum(item.outcome == outcome for item in undone.items))
    ]
    if counts:
        blocks.append([", ".join(counts)])
    return without_commands("\n\n".join("\n".join(lines) for lines in blocks if lines)) + "\n"


def _block(head: str, items: list[Undoing]) -> list[str]:
    return [head, *(line for item in items for line in _lines(item))] if items else []


def _lines(item: Undoing) -> Iterable[str]:
    change = item.change
    what = f"  {change}"
    value = change.before
    if isinstance(value, dict):
        what += " (" + ", ".join(f"{key} {part}" for key, part in value.items() if part) + ")"
    danger = danger_of(change) if item.outcome == "planned" else ""
    yield f"{what}   {danger}" if danger else what
    if item.reason:
        yield f"    why: {item.reason}"
    elif item.outcome == "planned":
        yield f"    why: {change.why}"


def render_json(undone: Undone) -> str:
    """Return the report as indented JSON."""
    body = {
        "schema_version": SCHEMA_VERSION,
        "command": "destroy",
        "target": undone.target,
        "target_address": undone.target_address,
        "project_id": undone.project_id,
        "exit_code": undone.exit_code,
        "notes": [note.summary for note in undone.notes],
        "items": [
            {
                "action": item.change.action,
                "resource": item.change.resource,
                "kind": item.owned.resource.kind,
                "name": item.owned.resource.name,
                "value": item.owned.resource.value,
                "confirmed": item.owned.confirmed,
                "began": item.owned.mutation.time,
                "run": item.owned.mutation.run,
                "outcome": item.outcome,
                "reason": item.reason,
            }
            for item in undone.items
        ],
    }
    return redact(json.dumps(body, indent=2, ensure_ascii=False)) + "\n"
