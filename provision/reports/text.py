"""The run for a person: one screen when all is well, the cause first when not."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Final

from provision.redaction import redact
from provision.reports.changes import danger_of, difference_of, words_of
from provision.reports.view import (
    FIX_OWNERS,
    cause_of,
    comparison_text,
    difference_text,
    in_lines,
    many,
    names_command,
    note_of,
    other_causes,
    planned,
    unseen,
    waited_s,
)

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
_COLORS: Final[dict[Status, str]] = {
    "pass": "32",
    "fail": "1;31",
    "warn": "33",
    "blocked": "2",
    "unknown": "35",
    "waived": "36",
    "skipped": "2",
}
_SIGNS: Final = {"+": "32", "-": "31"}
# Columns; a terminal that is narrower has no room for two margins: what was found is below what was checked.
_NARROW: Final = 60
# Findings that fit on a screen of 24 lines; where there are more, a step that is well takes one line.
_ONE_SCREEN: Final = 18
# Steps left out that are worth a line of names.
_FEW: Final = 3
# Findings that one and the same thing blocks, from which on they share a line.
_BLOCKED_ALIKE: Final = 4


def render(run: Run, *, color: bool = False, width: int = 0) -> str:
    """Return the report.

    Args:
        color: add terminal colors.
        width: columns to wrap prose at; 0 leaves one finding a line, for logs and for grep. Commands stay whole.
    """
    wrap = width
    blocks = [[_wrapped(_head(run), 2, wrap)]]
    if run.command == "plan":
        blocks.append(render_changes(run.changes, color=color) or ([] if run.blocking_check else ["nothing to change"]))
    if run.command == "apply" and not run.blocking_check:
        blocks.append([_applied(each, color=color) for each in run.applied] or ["nothing to change"])
    if run.comparison is not None:
        blocks.extend(_comparison(run, color=color, wrap=wrap))
    elif run.command != "plan" or run.blocking_check:
        causes = _causes(run, color=color, wrap=wrap)
        findings = _findings(run, color=color, wrap=wrap)
        blocks.extend([findings, *causes] if run.verdict == "ready" else [*causes, findings])
        blocks.append([_wrapped(line, 0, wrap) for line in _answer(run)])
    if run.command == "apply" and run.blocking_check:
        blocks.append([f"nothing was changed: {run.blocking_check} is in the way, and no planned change fixes it"])
    blocks.append([_wrapped(_tail(run, color=color), 2, wrap)])
    return redact("\n\n".join("\n".join(lines) for lines in blocks if lines)) + "\n"


def _findings(run: Run, *, color: bool, wrap: int) -> list[str]:
    lines: list[str] = []
    blocked = _blocked_alike(run)
    shown = [check for check in run.checks if not _left_out(check) and check.blocked_by not in blocked]
    width = max((len(check.id) for check in shown), default=0)
    short = _in_short(run)
    left_out = [check.id for check in run.checks if _left_out(check)]
    for check in shown:
        if check.step in short:
            if passed := short[check.step]:
                lines.append(_finding("pass", check.step, ", ".join(passed), width, color=color, wrap=wrap))
            short[check.step] = []
            continue
        note = note_of(check)
        text = f"{check.summary}{f' ({note})' if note else ''}"
        lines.append(_finding(check.status, check.id, text, width, color=color, wrap=wrap))
        if check.id == "chat.load":
            lines.extend(f"{'':8} {line}" for line in _measured(check))
    for cause, names in blocked.items():
        mark = _paint(f"{_MARKS['blocked']:8}", _COLORS["blocked"], color=color)
        lines.append(f"{mark} {_wrapped(f'{len(names)} checks, by {cause}: ' + ', '.join(names), 9, wrap)}")
    if 0 < len(left_out) <= _FEW:  # of many the last line says that something was left out
        mark = _paint(f"{_MARKS['skipped']:8}", _COLORS["skipped"], color=color)
        lines.append(f"{mark} {_wrapped('left out on request: ' + ', '.join(left_out), 9, wrap)}")
    return lines


def _blocked_alike(run: Run) -> dict[str, list[str]]:
    """Return what blocks many findings, each with their names: a row for each would hide the few that matter."""
    blocked: dict[str, list[str]] = {}
    for check in run.checks:
        if check.status == "blocked":
            blocked.setdefault(check.blocked_by, []).append(check.id)
    return {cause: names for cause, names in blocked.items() if len(names) >= _BLOCKED_ALIKE}


def _left_out(check: Check) -> bool:
    """Whether it stands for a whole step that was not looked at, because no one wanted it."""
    return check.status == "skipped" and check.id == check.step


def _finding(status: Status, name: str, text: str, width: int, *, color: bool, wrap: int) -> str:
    mark = _paint(f"{_MARKS[status]:8}", _COLORS[status], color=color)
    return f"{mark} {_beside(name, width, text, wrap)}"


def _beside(name: str, width: int, text: str, wrap: int) -> str:
    """Return a text beside its name, in a column of its own; where that has no room, below it."""
    if 0 < wrap < _NARROW:
        return f"{name}\n  {_wrapped(text, 2, wrap)}"
    return f"{name:{width}}  {_wrapped(text, 9 + width + 2, wrap)}"


def _wrapped(text: str, indent: int, wrap: int) -> str:
    """Return the text with a hanging indent; a word that is too long, such as a resource name, stays whole."""
    if not wrap:
        return text
    lines = textwrap.wrap(text, max(wrap - indent, 24), break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * indent}".join(lines)


def _in_short(run: Run) -> dict[str, list[str]]:
    """Return the steps that share a line, each with what passed: where not all findings fit on a screen."""
    if len(run.checks) <= _ONE_SCREEN or run.command == "endpoints":
        return {}
    steps: dict[str, list[Check]] = {}
    for check in run.checks:
        steps.setdefault(check.step, []).append(check)
    return {
        step: [check.id.partition(".")[2] for check in checks]
        for step, checks in steps.items()
        if step != "chat" and all(check.status == "pass" for check in checks)
    }


def _comparison(run: Run, *, color: bool, wrap: int) -> list[list[str]]:
    """Return what changed since an earlier report, and what can be done about what became worse."""
    assert run.comparison is not None  # noqa: S101 - the caller looked
    now = {check.id: check for check in run.checks}
    width = max((len(each.check) for each in run.comparison.differences), default=0)
    lines = []
    for each in run.comparison.differences:
        check = now.get(each.check)
        text = difference_text(each) + (f": {check.summary}" if check else "")
        mark = _paint(f"{each.kind:8}", "1;31" if each.worse else _COLORS[each.status_after or "skipped"], color=color)
        lines.append(f"{mark} {_beside(each.check, width, text, wrap)}")
    worse = [now[each.check] for each in run.comparison.differences if each.worse and each.check in now]
    explanations = [_explanation("new", check, color=color, wrap=wrap) for check in worse if check.cause or check.fix]
    return [[comparison_text(run.comparison)], lines, *explanations]


def _answer(run: Run) -> list[str]:
    for check in run.checks:
        if check.id == "chat.answers" and check.status == "pass":
            return [f"the answer: {check.evidence.get('text')}", *(f"it cost {cost}" for cost in _cost(check))]
    return []


def _causes(run: Run, *, color: bool, wrap: int) -> list[list[str]]:
    """Return one block for each finding that something can be done about, the first cause first."""
    cause = cause_of(run)
    blocks = [_explanation("fix this first", cause, color=color, wrap=wrap)] if cause else []
    title = "note" if run.verdict == "ready" else "also"
    return blocks + [_explanation(title, check, color=color, wrap=wrap) for check in other_causes(run)]


_MEASURED: Final = {
    "first_token_s": ("first token", "s"),
    "total_s": ("whole answer", "s"),
    "token_ms": ("each token", "ms"),
    "tokens_per_s": ("speed", "tokens/s"),
}


def _measured(check: Check) -> list[str]:
    """Return a line for each figure: percentiles, and a picture of all in the order of the answers."""
    lines = []
    for name, (title, unit) in _MEASURED.items():
        found = check.evidence.get(name)
        if isinstance(found, dict):
            shares = "  ".join(f"{share} {found[share]:>9.3f}" for share in ("p50", "p95", "p99"))
            lines.append(f"{title:13} {shares} {unit:8}  {found['picture']}")
    took = check.evidence.get("took_s")
    if isinstance(took, float):
        rates = f"{check.evidence['requests_per_s']:g} requests/s, {check.evidence['all_tokens_per_s']:g} tokens/s"
        lines.append(f"{'in all':13} {took:.3f} s, {rates}")
    return [*lines, *(f"{'cost':13} {cost}" for cost in _cost(check))]


def _cost(check: Check) -> list[str]:
    """Return what it cost and by which price, if that is known."""
    cost = check.evidence.get("cost_usd")
    if not isinstance(cost, float):
        return []
    if not cost and "price_as_of" not in check.evidence:
        return ["nothing: this was the sandbox"]
    by = f", at the price of {check.evidence['price_as_of']}" if "price_as_of" in check.evidence else ""
    return [f"about USD {cost:.6f}{by}"]  # where the price was read stands in the evidence


def render_changes(changes: tuple[Change, ...], *, color: bool = False) -> list[str]:
    """Return a plan, line by line, with its reasons."""
    lines = []
    for change in changes:
        danger = f"   {danger}" if (danger := danger_of(change)) else ""
        lines.append(_paint(f"will {words_of(change)}", "1", color=color) + danger)
        lines.extend(f"  {_paint(line, _SIGNS.get(line[0], '33'), color=color)}" for line in difference_of(change))
        lines.append(f"  why: {change.why}")
    return lines


def _head(run: Run) -> str:
    where = f"{run.target} ({run.target_address})" if run.target_address else run.target
    source = next((each.source for each in run.settings if each.name == "project.id"), "")
    return f"target: {where}   project: {run.project_id}" + (f" (from {source})" if source else "")


def _applied(applied: AppliedChange, *, color: bool) -> str:
    done = applied.outcome == "done"
    mark = _paint("done    " if done else "FAILED  ", "32" if done else "1;31", color=color)
    detail = f": {applied.detail}" if applied.detail else ""
    return f"{mark} {words_of(applied.change, done=done)}  {applied.duration_s:.1f} s{detail}"


def _explanation(title: str, check: Check, *, color: bool, wrap: int) -> list[str]:
    lines = [_paint(f"{title}: {check.id}", "1", color=color)]
    if check.cause:
        lines.append(f"  why: {_wrapped(check.cause, 7, wrap)}")
    if check.fix:
        action, *beside = in_lines(check.fix)
        lines.append(f"  fix: {action}")  # never wrapped: a command must survive being copied
        lines.extend(f"       {each if names_command(each) else _wrapped(each, 7, wrap)}" for each in beside)
    if check.fix_owner:
        lines.append(f"  who can fix it: {FIX_OWNERS[check.fix_owner]}")
    if check.request:
        lines.append("  ready to send:")
        lines.extend(f"    | {line}".rstrip() for line in check.request.splitlines())
    return lines


def _tail(run: Run, *, color: bool) -> str:
    counts = Counter(check.status for check in run.checks)
    counted = ", ".join(f"{counts[status]} {_MARKS[status]}" for status in _MARKS if counts[status])
    parts = [counted, f"{run.duration_s:.1f} s", many(run.calls_made, "API call")]
    if (waited := waited_s(run)) >= 1:
        parts.append(f"{waited:.0f} s waiting")
    if run.command == "plan" and not run.blockers:
        verdict = planned(run)
        parts = parts[1:]
    else:
        if run.command == "plan":
            parts[0] = planned(run)
        colors = {"ready": "1;32", "not ready": "1;31", "unknown": "1;35"}
        verdict = _paint(run.verdict, colors[run.verdict], color=color)
        if run.comparison is not None and run.verdict != "ready" and run.exit_code == 0:
            verdict += ", as before"
        if (names := unseen(run)) and run.verdict == "ready":
            parts.append(f"not seen: {', '.join(names)}")
    note = "   (partial: something was left out on request)" if run.partial else ""
    return f"{verdict}{note}   {'; '.join(part for part in parts if part)}   target: {run.target}"


def _paint(text: str, code: str, *, color: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
