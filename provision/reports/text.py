"""The run for a person: one screen when all is well, the cause first when not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from provision.redaction import redact

if TYPE_CHECKING:
    from provision.plan import AppliedChange, Change, Check, Run, Status

_MARKS: Final[dict[Status, str]] = {
    "pass": "ok",
    "fail": "FAIL",
    "warn": "warn",
    "blocked": "blocked",
    "unknown": "unknown",
    "waived": "waived",
    "skipped": "skipped",
}
_COLOURS: Final[dict[Status, str]] = {
    "pass": "32",
    "fail": "1;31",
    "warn": "33",
    "blocked": "2",
    "unknown": "35",
    "waived": "36",
    "skipped": "2",
}
_WHO: Final = {"you": "you", "admin": "an administrator", "google": "Google (wait)"}


def render(run: Run, *, colour: bool = False) -> str:
    """Return the report; ``colour`` adds terminal colours."""
    blocks = [[_head(run)]]
    if run.command == "plan":
        blocks.append(render_changes(run.changes, colour=colour) or ([] if run.obstacle else ["nothing to change"]))
    if run.command == "apply" and not run.obstacle:
        blocks.append([_applied(each, colour=colour) for each in run.applied] or ["nothing to change"])
    if run.command != "plan" or run.obstacle:
        blocks.append(_findings(run, colour=colour))
        blocks.append(_answer(run))
        blocks.extend(_causes(run, colour=colour))
    blocks.append([_tail(run, colour=colour)])
    return redact("\n\n".join("\n".join(lines) for lines in blocks if lines)) + "\n"


def _findings(run: Run, *, colour: bool) -> list[str]:
    lines = []
    width = max((len(check.id) for check in run.checks), default=0)
    for check in run.checks:
        mark = _paint(f"{_MARKS[check.status]:8}", _COLOURS[check.status], colour=colour)
        note = f" (by {check.blocked_by})" if check.status == "blocked" else ""
        lines.append(f"{mark} {check.id:{width}}  {check.summary}{note}")
        if run.command == "endpoints":
            lines.extend(f"{'':8} {line}" for line in _listed(check))
    return lines


def _answer(run: Run) -> list[str]:
    for check in run.checks:
        if check.id == "chat.answers" and check.status == "pass":
            return [f"the answer: {check.evidence.get('text')}"]
    return []


def _causes(run: Run, *, colour: bool) -> list[list[str]]:
    """Return one block for each finding that something can be done about, the first cause first."""
    if run.verdict == "ready":
        return [
            _explanation("note", check, colour=colour) for check in run.checks if check.status == "warn" and check.fix
        ]
    cause = next((check for check in run.checks if check.id == run.obstacle), run.root_cause)
    blocks = [_explanation("cause to cure first", cause, colour=colour)] if cause else []
    open_findings = [check for check in run.checks if check.fix and check.status in {"fail", "unknown", "warn"}]
    return blocks + [_explanation("also", check, colour=colour) for check in open_findings if check is not cause]


def _listed(check: Check) -> list[str]:
    rows = check.evidence.get("endpoints")
    return [
        f"{row['name']}  {row['display_name'] or '-'}  {_plain(row['deployed_models']) or 'no model deployed'}  "
        f"{row['dedicated_dns'] or 'shared host'}"
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]


def render_changes(changes: tuple[Change, ...], *, colour: bool = False) -> list[str]:
    """Return a plan, line by line, with its reasons."""
    lines = []
    for change in changes:
        lines.append(_paint(f"will {change}", "1", colour=colour) + ("   DANGEROUS" if change.dangerous else ""))
        if change.before is not None:
            lines.append(f"  now:    {change.before}")
        if change.after:
            lines.append(f"  then:   {_plain(change.after)}")
        lines.append(f"  why:    {change.why}")
    return lines


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(part)}" for key, part in value.items() if part)
    return str(value)


def _head(run: Run) -> str:
    where = f"{run.target} ({run.target_address})" if run.target_address else run.target
    source = next((each.source for each in run.settings if each.name == "project.id"), "")
    return f"target: {where}   project: {run.project_id}" + (f" (from {source})" if source else "")


def _applied(applied: AppliedChange, *, colour: bool) -> str:
    done = applied.outcome == "done"
    mark = _paint("did     " if done else "FAILED  ", "32" if done else "1;31", colour=colour)
    detail = f": {applied.detail}" if applied.detail else ""
    return f"{mark} {applied.change}  {applied.duration_s:.1f} s{detail}"


def _explanation(title: str, check: Check, *, colour: bool) -> list[str]:
    lines = [_paint(f"{title}: {check.id}", "1", colour=colour)]
    if check.cause:
        lines.append(f"  why: {check.cause}")
    if check.fix:
        lines.append(f"  fix: {check.fix}")
    if check.who:
        lines.append(f"  who: {_WHO[check.who]}")
    if check.request:
        lines += ["  a request, ready to send:", *(f"    {line}" for line in check.request.splitlines())]
    return lines


def _tail(run: Run, *, colour: bool) -> str:
    counts = Counter(check.status for check in run.checks)
    counted = ", ".join(f"{counts[status]} {_MARKS[status]}" for status in _MARKS if counts[status])
    parts = [counted, f"{run.duration_s:.1f} s", f"{len(run.calls)} calls"]
    if run.command == "plan" and not run.obstacle:
        verdict = f"{len(run.changes)} changes, and nothing stands in their way" if run.changes else "nothing to do"
        parts = parts[1:]
    else:
        colours = {"ready": "1;32", "not ready": "1;31", "cannot tell": "1;35"}
        verdict = _paint(run.verdict, colours[run.verdict], colour=colour)
        unseen = [check.id for check in run.checks if not check.required and check.status in {"unknown", "blocked"}]
        if unseen and run.verdict == "ready":
            parts.append(f"not seen: {', '.join(unseen)}")
    note = "   (partial: something was left out on request)" if run.partial else ""
    return f"{verdict}{note}   {'; '.join(part for part in parts if part)}   target: {run.target}"


def _paint(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
