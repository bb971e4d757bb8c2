"""The run as SARIF 2.1.0, for code scanning: the findings, and none of what is well.

What could not be seen is an error like a failure, because readers hide weaker levels and unknown is never green; its
``properties.status`` tells the two apart. A waived finding is a suppressed result with the waiver as justification.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from provision import __version__
from provision.reports.view import FIX_OWNERS, note_of, place_of, waiver_text

if TYPE_CHECKING:
    from provision.plan import Check, Run

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SHOWN: Final = ("fail", "unknown", "warn", "blocked", "waived")


def render(run: Run) -> str:
    """Return the run as a SARIF log."""
    found = [check for check in run.checks if check.status in _SHOWN]
    rules = list(dict.fromkeys(check.id for check in found))
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "provision",
                        "semanticVersion": __version__,
                        "rules": [_rule(name, found) for name in rules],
                    }
                },
                "automationDetails": {"id": f"provision/{run.command}/{run.project_id}/"},
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "exitCode": run.exit_code,
                        "exitCodeDescription": run.verdict,
                        "startTimeUtc": run.started.replace("+00:00", "Z"),
                    }
                ],
                "properties": {
                    "target": run.target,
                    "project_id": run.project_id,
                    "verdict": run.verdict,
                    "partial": run.partial,
                },
                "results": [_result(run, check, rules.index(check.id)) for check in found],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(name: str, found: list[Check]) -> dict[str, Any]:
    first = next(check for check in found if check.id == name)
    step, _, what = name.partition(".")
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in f"{step} {what}".replace("_", " ").split()),
        "shortDescription": {"text": f"{step}: {what or step}"},
        "defaultConfiguration": {"level": _level(first)},
        "properties": {"tags": [step]},
    }


def _level(check: Check) -> str:
    if check.status in {"fail", "unknown"}:
        return "error" if check.required else "warning"
    return "note" if check.status == "blocked" else "warning"


def _result(run: Run, check: Check, index: int) -> dict[str, Any]:
    file, line = place_of(run) or ("provision.yaml", 1)
    lines = [
        f"{check.summary}{f' ({note})' if (note := note_of(check)) else ''}",
        check.cause and f"Why: {check.cause}",
        check.fix and f"Fix: {check.fix}",
        check.fix_owner and f"Who can fix it: {FIX_OWNERS[check.fix_owner]}",
    ]
    result: dict[str, Any] = {
        "ruleId": check.id,
        "ruleIndex": index,
        "level": _level(check),
        "message": {"text": "\n".join(each for each in lines if each)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": file.replace("\\", "/")},
                    "region": {"startLine": line},
                },
                "logicalLocations": [{"fullyQualifiedName": f"projects/{run.project_id}", "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"checkOfProject/v1": _fingerprint(run, check)},
        "properties": {"status": check.status, "required": check.required, "diagnosis": check.diagnosis},
    }
    if check.waiver is not None and check.status == "waived":
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": waiver_text(check.waiver)}
        ]
    if run.comparison is not None:
        kinds = {each.check: each.kind for each in run.comparison.differences}
        result["baselineState"] = {"new": "new", "changed": "updated"}.get(kinds.get(check.id, ""), "unchanged")
    return result


def _fingerprint(run: Run, check: Check) -> str:
    return hashlib.sha256(f"{run.project_id}\n{check.id}".encode()).hexdigest()[:32]
