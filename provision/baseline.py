"""What changed since an earlier JSON report.

Of what was wrong then and is wrong now, nothing is said again. What cannot be seen is never "as before": no one knows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, get_args

from provision.errors import UsageError
from provision.plan import SCHEMA_VERSION, Comparison, Difference, Status, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from provision.plan import Check, Run

_FIX: Final = "write one with `provision check --format json=FILE`, and keep it"
_WRONG: Final = frozenset({"fail", "unknown", "warn", "blocked"})


def read(path: Path, *, project_id: str, target: str) -> dict[str, Any]:
    """Read a JSON report.

    Args:
        project_id: the project that will be looked at; a report about another one cannot be compared.
        target: likewise, where the calls go.

    Raises:
        UsageError: it is not there, is no report of this schema, or speaks of another project or target.
    """
    try:
        report = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist", cause="it was named with --baseline", fix=_FIX) from error
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as a JSON report", cause=str(error), fix=_FIX) from error
    wrong = _wrong(report)
    if wrong:
        raise UsageError(f"{path} cannot be the baseline", cause=wrong, fix=_FIX)
    if report["project_id"] != project_id:
        raise UsageError(
            f"{path} cannot be the baseline",
            cause=f"it is about project {report['project_id'][:100]}, not {project_id}",
            fix="name a report about the same project",
        )
    if report["target"] != target:
        raise UsageError(
            f"{path} cannot be the baseline",
            cause=f"{report['target'][:100]} answered then, and {target} will answer now",
            fix="name a report about the same target",
        )
    checked: dict[str, Any] = report
    return checked


def _wrong(report: Any) -> str:
    if not isinstance(report, dict) or "schema_version" not in report:
        return "it is no report of provision"
    if report["schema_version"] != SCHEMA_VERSION:
        version = str(report["schema_version"])[:40]
        return f"it has schema_version {version}, and this version of provision reads {SCHEMA_VERSION}"
    if report.get("redacted"):
        return "it was written with --redact, so no one can tell which project it is about"
    if report.get("command") != "check":
        return f"it was written by `provision {str(report.get('command'))[:40]}`, which looks at other things"
    checks = report.get("checks")
    if (
        not isinstance(report.get("project_id"), str)
        or not isinstance(report.get("target"), str)
        or report.get("verdict") not in get_args(Verdict)
        or not isinstance(checks, list)
        or not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in checks)
        or not all(each.get("status") in get_args(Status) for each in checks)
    ):
        return "fields that every report has are missing or broken"
    return ""


def compare(run: Run, report: dict[str, Any]) -> Comparison:
    """Return what changed between the report and the run."""
    before: dict[str, dict[str, Any]] = {each["id"]: each for each in report["checks"]}
    standing = {check.id for check in run.standing}
    found = [_difference(check, before.get(check.id), standing=check.id in standing) for check in run.checks]
    now = {check.id for check in run.checks}
    deleted = [
        Difference(check=name, kind="removed", status_before=each["status"], status_after="")
        for name, each in before.items()
        if name not in now and each["status"] in _WRONG
    ]
    return Comparison(
        started=str(report.get("started", "")),
        verdict=report["verdict"],
        differences=(*(each for each in found if each is not None), *deleted),
    )


def _difference(check: Check, before: dict[str, Any] | None, *, standing: bool) -> Difference | None:
    was: Status | None = before["status"] if before else None
    same = was == check.status and (check.status not in _WRONG or _cause(before) == (check.diagnosis, check.blocked_by))
    if same or (was is None and check.status not in _WRONG):
        return None
    if check.status in _WRONG:
        kind = "changed" if was in _WRONG else "new"
    else:
        kind = "fixed" if was in _WRONG and check.status == "pass" else "changed"
    # Another cause of the same symptom is told, and is worse only where the cause itself is.
    worse = standing and not (check.status == "blocked" and was in {"blocked", "fail"})
    return Difference(check=check.id, kind=kind, status_before=was or "", status_after=check.status, worse=worse)  # type: ignore[arg-type] # kind is one of its words


def _cause(before: dict[str, Any] | None) -> tuple[str, str]:
    return (str((before or {}).get("diagnosis", "")), str((before or {}).get("blocked_by", "")))
