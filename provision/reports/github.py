"""The run for GitHub Actions: annotations, then the text report; and a job summary in Markdown.

The text is between ``stop-commands``, so that nothing in it, such as a message from elsewhere, is taken for a
command. https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import hashlib
import html
import re
from typing import TYPE_CHECKING, Final

from provision.reports import text
from provision.reports.changes import difference_of, words_of
from provision.reports.view import (
    FIX_OWNERS,
    STATUSES,
    cause_of,
    commands_of,
    comparison_text,
    counts,
    difference_text,
    headline,
    note_of,
    other_causes,
    place_of,
)

if TYPE_CHECKING:
    from provision.plan import Check, Run, Status

_MARKS: Final[dict[Status, str]] = {
    "pass": "✅",
    "fail": "❌",
    "unknown": "❓",
    "warn": "⚠️",
    "blocked": "⛔",
    "waived": "🤝",
    "skipped": "⏭️",
}
_VERDICTS: Final = {"ready": "✅", "not ready": "❌", "unknown": "❓"}


def render(run: Run) -> str:
    """Return the annotations and the text report, as workflow commands."""
    cause = cause_of(run)
    annotated = [cause] if cause else []
    annotated += [
        check for check in run.checks if check is not cause and check.status in {"fail", "unknown", "warn", "waived"}
    ]
    if run.command == "plan" and not run.blocking_check:
        annotated = []  # the plan fixes them
    report = text.render(run)
    # No one can write a text that holds its own digest, so nothing in the report can end the silence.
    token = hashlib.sha256(report.encode()).hexdigest()
    lines = [_annotation(run, check) for check in annotated]
    if not any(line.startswith("::error") for line in lines):
        level = "error" if run.exit_code else "notice"
        lines.append(_command(level, {"title": f"provision: {_outcome(run)}"}, headline(run)))
    return "\n".join((*lines, f"::stop-commands::{token}", report.rstrip("\n"), f"::{token}::")) + "\n"


def _outcome(run: Run) -> str:
    return "plan" if run.command == "plan" and not run.blocking_check else run.verdict


def _annotation(run: Run, check: Check) -> str:
    matters = run.exit_code != 0 and (check in run.standing or check is cause_of(run))
    level = "error" if matters else "notice" if check.status == "waived" else "warning"
    place = place_of(run)
    properties = {"file": place[0], "line": str(place[1])} if place else {}
    note = note_of(check)
    lines = [
        f"{check.summary}{f' ({note})' if note else ''}",
        check.cause and f"why: {check.cause}",
        check.fix and f"fix: {check.fix}",
        check.fix_owner and f"who can fix it: {FIX_OWNERS[check.fix_owner]}",
    ]
    title = f"{check.id}: {'cannot tell' if check.status == 'unknown' else check.status}"
    return _command(level, properties | {"title": title}, "\n".join(line for line in lines if line))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    spoken = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::{name} {spoken}::{_escaped(message)}"


def _escaped(value: str, more: str = "") -> str:
    for character in f"%\r\n{more}":  # the per cent sign first
        value = value.replace(character, f"%{ord(character):02X}")
    return value


def render_summary(run: Run) -> str:
    """Return the job summary, as GitHub's Markdown."""
    icon = _VERDICTS[run.verdict] if run.command != "plan" or run.blocking_check else "📋"
    blocks = [
        f"## {icon} provision {_plain(run.command)}: {_plain(_outcome(run))}",
        f"{_plain(headline(run))}",
        f"Project **{_plain(run.project_id)}** · target **{_plain(run.target)}** · {run.duration_s:.1f} s · "
        f"{run.calls_made} calls" + (" · **partial**" if run.partial else ""),
    ]
    cause = cause_of(run)
    if cause is not None:
        blocks.append(f"### Fix this first: {_code(cause.id)}")
        blocks.extend(_explained(cause))
    if run.comparison is not None:
        blocks.append(f"### What changed\n\n{_plain(comparison_text(run.comparison))}")
        changed: list[tuple[str, ...]] = [
            (each.kind, _code(each.check), _plain(difference_text(each)), "yes" if each.worse else "")
            for each in run.comparison.differences
        ]
        blocks.append(_table(("", "check", "what", "for the worse"), changed) if changed else "")
    if run.changes and run.command in {"plan", "apply"}:
        blocks.append("### Changes")
        blocks.append(
            _table(
                ("change", "what", "why"),
                [
                    (
                        _plain(words_of(each)) + (" **dangerous**" if each.dangerous else ""),
                        "<br>".join(map(_code, difference_of(each))),
                        _plain(each.why),
                    )
                    for each in run.changes
                ],
            )
        )
    others = [check for check in other_causes(run) if run.command != "plan" or run.blocking_check]
    for check in others:
        inner = "\n\n".join(_explained(check))
        blocks.append(
            f"<details><summary>Also: {_html(check.id)}: {_html(check.summary)}</summary>\n\n{inner}\n\n</details>"
        )
    if run.checks:
        counted = ", ".join(f"{count} {status}" for status, count in counts(run).items())
        order = sorted(run.checks, key=lambda check: STATUSES.index(check.status))
        rows: list[tuple[str, ...]] = [
            (
                f"{_MARKS[check.status]} {check.status}",
                _code(check.id),
                _plain(f"{check.summary} {f'({note})' if (note := note_of(check)) else ''}"),
            )
            for check in order
        ]
        table = _table(("", "check", "what was seen"), rows)
        blocks.append(f"<details><summary>All checks: {counted}</summary>\n\n{table}\n\n</details>")
    return "\n\n".join(block for block in blocks if block) + "\n\n"


def _explained(check: Check) -> list[str]:
    blocks = [_plain(check.summary), _plain(check.cause)]
    if check.fix:
        commands = commands_of(check.fix)
        blocks.append(f"**Fix** ({FIX_OWNERS.get(check.fix_owner, 'you')}): {_plain(check.fix)}")
        blocks.extend(_fence(command) for command in commands)
    if check.request:
        blocks.append("**Ready to send**")
        blocks.append(_fence(check.request, "text"))
    return [block for block in blocks if block]


def _fence(content: str, language: str = "sh") -> str:
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{language}\n{content}\n{mark}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(' '.join(cell.split()) for cell in line)} |" for line in lines)


def _html(text: str) -> str:
    return " ".join(html.escape(text).split()).replace("[", "&#91;").replace("@", "@<!-- -->")


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is: no link, no image, no mention, no table cell of its own."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~$:-])", r"\\\1", " ".join(text.split()))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"@|www", lambda found: f"{found[0][0]}<!-- -->{found[0][1:]}", escaped)


def _code(text: str) -> str:
    """Return text as code in a table cell."""
    return f"<code>{_html(text).replace('|', '&#124;')}</code>"
