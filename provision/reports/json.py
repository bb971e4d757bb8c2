"""The run as JSON, for machines; ``schema_version`` grows when a field changes its meaning."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from provision.plan import Check, reported
from provision.redaction import redact

if TYPE_CHECKING:
    from provision.plan import Run

_OF_A_CHECK: Final = reported(Check)


def as_dict(run: Run) -> dict[str, Any]:
    """Return the run and what follows from it, ready for ``json.dumps``."""
    cause = run.root_cause
    return {
        "schema_version": run.schema_version,
        "command": run.command,
        "target": run.target,
        "target_address": run.target_address,
        "project_id": run.project_id,
        "verdict": run.verdict,
        "exit_code": run.exit_code,
        "partial": run.partial,
        "redacted": run.redacted,
        "blocking_check": run.blocking_check,
        "blockers": list(run.blockers),
        "root_cause": cause.id if cause else "",
        "started": run.started,
        "duration_s": run.duration_s,
        "settings": [asdict(each) for each in run.settings],
        "checks": [
            {name: message for name, message in asdict(each).items() if name in _OF_A_CHECK} for each in run.checks
        ],
        "requires": {name: list(needed) for name, needed in run.requires.items()},
        "changes": [asdict(each) for each in run.changes],
        "applied": [asdict(each) for each in run.applied],
        "calls": [asdict(each) for each in run.calls],
        "waits": [asdict(each) for each in run.waits],
        "comparison": asdict(run.comparison) if run.comparison else None,
    }


def render(run: Run) -> str:
    """Return the run as indented JSON."""
    return redact(json.dumps(as_dict(run), indent=2, ensure_ascii=False)) + "\n"
