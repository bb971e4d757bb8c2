"""The run for a person: one screen when all is well, the cause first when not."""

from __future__ import annotations

from collections import Counter
from typing import Final

from provision.plan import Change, Check, Run, Status
from provision.redaction import redact

_MARKS: Final[dict[Status, str]] = {
    "pass": "ok", "fail": "FAIL", "warn": "warn", "blocked": "blocked", "unknown": "unknown", "waived": "waived", "skipped": "skipped",
}
_COLOURS: Final[dict[Status, str]] = {
    "pass": "32", "fail": "1;31", "warn": "33", "blocked": "2", "unknown": "35", "waived": "36", "skipped": "2",
}
_WHO: Final = {"you": "you", "admin": "an administrator", "google": "Google (wait)"}


def render(run: Run, *, colour: bool = False) -> str:
    """Return the report; ``colour`` adds terminal colours."""
    lines = [_head(run), ""]
    if run.changes and (run.command == "plan" or run.obstacle):
        lines += [*render_changes(run.changes, colour=colour), ""]
    elif run.command == "plan" and not run.obstacle:
        lines += ["nothing to change", ""]
    elif run.command == "apply" and not run.obstacle:
        lines += [*_applied(run, colour=colour), ""]
    width = max((len(check.id) for check in run.checks), default=0)
    for check in run.checks:
        mark = _paint(f"{_MARKS[check.status]:8}", _COLOURS[check.status], colour=colour)
        note = f" (by {check.blocked_by})" if check.status == "blocked" else ""
        lines.append(f"{mark} {check.id:{width}}  {check.summary}{note}")
    answer = next((check.evidence.get("text") for check in run.checks if check.id == "chat.answers" and check.status == "pass"), "")
    if answer:
        lines += ["", f"{run.project_id} says: {answer}"]
    cause = run.root_cause
    if cause and run.verdict != "ready":
        lines += ["", *_explanation("cause to cure first", cause, colour=colour)]
    others = [check for check in run.checks if check is not cause and check.fix and check.status in {"fail", "unknown", "warn"}]
    shown = others if run.verdict != "ready" else [check for check in others if check.status == "warn"]
    for check in shown:
        lines += ["", *_explanation("also", check, colour=colour)]
    lines += ["", _tail(run, colour=colour)]
    return redact("\n".join(lines)) + "\n"


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


def _applied(run: Run, *, colour: bool) -> list[str]:
    if not run.applied:
        return ["nothing to change"]
    lines = []
    for each in run.applied:
        mark = _paint("did     " if each.outcome == "done" else "FAILED  ", "32" if each.outcome == "done" else "1;31", colour=colour)
        detail = f": {each.detail}" if each.detail else ""
        lines.append(f"{mark} {each.change}  {each.duration_s:.1f} s{detail}")
    return lines


def _explanation(title: str, check: Check, *, colour: bool) -> list[str]:
    lines = [_paint(f"{title}: {check.id}", "1", colour=colour)]
    if check.cause:
        lines.append(f"  why: {check.cause}")
    if check.fix:
        lines.append(f"  fix: {check.fix}")
    if check.who:
        lines.append(f"  who: {_WHO[check.who]}")
    return lines


def _tail(run: Run, *, colour: bool) -> str:
    counts = Counter(check.status for check in run.checks)
    counted = ", ".join(f"{counts[status]} {_MARKS[status]}" for status in _MARKS if counts[status])
    unseen = [check.id for check in run.checks if not check.required and check.status in {"unknown", "blocked"}]
    verdict = _paint(run.verdict, {"ready": "1;32", "not ready": "1;31", "cannot tell": "1;35"}[run.verdict], colour=colour)
    parts = [counted, f"{run.duration_s:.1f} s", f"{len(run.calls)} calls"]
    if unseen and run.verdict == "ready":
        parts.append(f"not seen: {', '.join(unseen)}")
    note = "   (partial: something was left out on request)" if run.partial else ""
    return f"{verdict}{note}   {'; '.join(part for part in parts if part)}   target: {run.target}"


def _paint(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
