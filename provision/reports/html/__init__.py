"""The run as one HTML file that needs nothing else: for people who decide, and for those who fix.

No resource is loaded and no style is at an element, so that the page keeps to the strict policy it carries; the
only script copies a command. Without styles or script it still reads from top to bottom.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from provision import __version__
from provision.reports.changes import danger_of, difference_of, words_of
from provision.reports.html import figures, graph, timeline
from provision.reports.html.markup import Markup, joined, tag
from provision.reports.html.state import icon, state_of
from provision.reports.view import (
    FIX_OWNERS,
    cause_of,
    commands_of,
    comparison_text,
    counts,
    difference_text,
    headline,
    note_of,
    other_causes,
    unseen,
    waited_s,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.plan import Check, Run, Status

_VERDICTS: dict[str, tuple[Status, str]] = {
    "ready": ("pass", "Ready"),
    "not ready": ("fail", "Not ready"),
    "unknown": ("unknown", "Cannot tell"),
}


def render(run: Run) -> str:
    """Return the page of a run."""
    title = f"{run.project_id}: {_outcome(run)[1].lower()}"
    return page(title, *(part for part in _parts(run) if part), footer=_footer(run))


def page(title: str, *parts: Markup, footer: Markup) -> str:
    """Return a page of these parts, in the style and under the policy of all reports."""
    style, script = _resource("style.css"), _resource("copy.js")
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    body = tag(
        "body",
        tag("main", *parts),
        footer,
        tag("script", Markup(script)),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


@cache
def _resource(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _outcome(run: Run) -> tuple[Status, str]:
    if run.command == "plan" and not run.blocking_check:
        return "pass", "Planned" if run.changes else "Nothing to do"
    if run.comparison is not None and run.verdict != "ready" and run.exit_code == 0:
        return "warn", f"{_VERDICTS[run.verdict][1]}, as before"
    return _VERDICTS[run.verdict]


def _parts(run: Run) -> Iterable[Markup]:
    evaluated = run.command != "plan" or bool(run.blocking_check)
    yield _verdict(run)
    if run.comparison is not None:
        yield _comparison(run)
    if evaluated:
        yield _causes(run)
    yield _figures(run)
    yield _changes(run)
    if run.requires and run.checks:
        yield _section(
            "Dependencies",
            tag("div", graph.wide(run), graph.narrow(run), class_="picture"),
            note="Each box needs what is before it. What is blocked is a symptom; the cause is further up.",
        )
    if run.calls or run.waits:
        yield _section(
            "API calls",
            tag("div", timeline.wide(run), timeline.narrow(run), class_="picture"),
            _legend(),
            note=_spent(run),
        )
    if run.checks:
        yield _checks(run)
    if run.settings:
        yield _settings(run)


def _section(title: str, *content: Markup, note: str = "", class_: str = "") -> Markup:
    return tag(
        "section",
        tag("h2", title),
        tag("p", note, class_="note") if note else Markup(""),
        *content,
        class_=class_ or None,
    )


# The verdict


def _verdict(run: Run) -> Markup:
    status, words = _outcome(run)
    target = f"{run.target} ({run.target_address})" if run.target_address else run.target
    facts = [
        ("project", run.project_id),
        ("target", target),
        ("command", f"provision {run.command}"),
        ("started", run.started.replace("T", " ").replace("+00:00", " UTC")),
        ("took", f"{timeline.duration(run.duration_s)}, {run.calls_made} calls"),
    ]
    notes = [
        tag("p", "Partial: something was left out on request, so this speaks only of the rest.", class_="caution")
        if run.partial
        else "",
        tag("p", "A sandbox answered, not Google Cloud.", class_="caution") if run.target != "Google Cloud" else "",
        tag("p", f"Not seen, and proven by the chat answer: {', '.join(unseen(run))}", class_="caution")
        if unseen(run) and run.verdict == "ready"
        else "",
        tag("p", "Ids and e-mail addresses are replaced by placeholders.", class_="caution") if run.redacted else "",
    ]
    answer = next((check for check in run.checks if check.id == "chat.answers" and check.status == "pass"), None)
    text = answer.evidence.get("text") if answer else None
    return tag(
        "header",
        tag(
            "div",
            icon(status, size=56),
            tag(
                "div", tag("p", run.project_id, class_="over"), tag("h1", words), tag("p", headline(run), class_="lead")
            ),
            class_="hero",
        ),
        _bar(run) if run.checks and (run.command != "plan" or run.blocking_check) else Markup(""),
        tag("figure", tag("figcaption", "The model said"), tag("blockquote", str(text)), class_="answer")
        if text
        else Markup(""),
        *(Markup(note) for note in notes if note),
        _pairs(facts, class_="facts"),
        class_=f"verdict s-{status}",
    )


def _bar(run: Run) -> Markup:
    """Return the shares of the statuses as one bar, and how many there are of each."""
    found = counts(run)
    total, x, parts = sum(found.values()), 0.0, []
    for status, count in found.items():
        width = 1000 * count / total
        parts.append(tag("rect", x=x, y=0, width=max(width - 4, 4), height=10, rx=4, class_=f"share s-{status}"))
        x += width
    words = {"pass": "passed", "fail": "failed", "warn": "to note", "skipped": "left out"}
    legend = [
        tag("li", icon(status), tag("b", str(count)), f" {words.get(status, status)}")
        for status, count in found.items()
    ]
    return tag(
        "div",
        tag("svg", *parts, viewBox="0 0 1000 10", preserveAspectRatio="none", class_="shares", aria_hidden="true"),
        tag("ul", *legend, class_="counts"),
    )


# What to do


def _causes(run: Run) -> Markup:
    cause = cause_of(run)
    others = other_causes(run)
    cards = [_card(check) for check in others]
    parts = []
    if cause is not None:
        parts.append(_section("Fix this first", _card(cause, first=True)))
    if cards:
        parts.append(_section("Also" if cause is not None else "Worth knowing", tag("div", *cards, class_="cards")))
    return joined(*parts)


def _card(check: Check, *, first: bool = False) -> Markup:
    parts = [
        tag("h3", icon(check.status, size=20), tag("code", check.id), tag("span", check.summary)),
        tag("p", check.cause) if check.cause else Markup(""),
    ]
    if check.fix:
        commands = commands_of(check.fix)
        fix_owner = f"Who can fix it: {FIX_OWNERS[check.fix_owner]}" if check.fix_owner else "Fix"
        parts.append(tag("h4", fix_owner))
        parts.extend(_copyable(command) for command in commands)
        if commands != [check.fix]:
            parts.append(tag("p", check.fix, class_="small" if commands else None))
    if check.request:
        title = "Ready to send to an administrator"
        parts.append(
            joined(tag("h4", title), _copyable(check.request))
            if first
            else tag("details", tag("summary", title), _copyable(check.request))
        )
    return tag("article", *parts, class_=f"card s-{check.status}{' first' if first else ''}")


def _copyable(text: str) -> Markup:
    return tag("div", tag("pre", tag("code", text), tabindex="0"), class_="copyable")


def _comparison(run: Run) -> Markup:
    comparison = run.comparison
    if comparison is None:
        return Markup("")
    rows = [
        tag(
            "li",
            icon(each.status_after or "skipped"),
            tag("b", each.kind, class_="kind"),
            tag("code", each.check),
            tag("span", difference_text(each)),
            class_="worse" if each.worse else None,
        )
        for each in comparison.differences
    ]
    return _section("What changed", tag("ul", *rows, class_="differences"), note=f"{comparison_text(comparison)}.")


def _changes(run: Run) -> Markup:
    if not run.changes and not run.applied:
        return Markup("")
    done = {id(each.change): each for each in run.applied}
    by_name = {str(each.change): each for each in run.applied}
    rows = []
    for change in run.changes or tuple(each.change for each in run.applied):
        applied = done.get(id(change)) or by_name.get(str(change))
        status: Status = "skipped" if applied is None else "pass" if applied.outcome == "done" else "fail"
        more = [tag("p", change.why)]
        if change.dangerous:
            more.append(tag("p", danger_of(change), class_="caution"))
        more.extend(tag("p", tag("code", line), class_="small") for line in difference_of(change))
        if applied is not None:
            words = f"{applied.outcome} in {timeline.duration(applied.duration_s)}"
            more.append(tag("p", f"{words}{f': {applied.detail}' if applied.detail else ''}", class_="small"))
        rows.append(
            tag(
                "li",
                icon(status, size=20),
                tag("div", tag("b", words_of(change, done=status == "pass")), *more),
            )
        )
    title = "What was done" if run.applied else "What apply would change"
    return _section(title, tag("ol", *rows, class_="changes"))


def _figures(run: Run) -> Markup:
    measured = next((check for check in run.checks if check.id == "chat.load"), None)
    if measured is None or not figures.drawn(measured.evidence):
        return Markup("")
    cost = measured.evidence.get("cost_usd")
    message = f"{measured.summary}; each bar is an answer, in the order in which they ended"
    return _section(
        "How long the answers took",
        tag("div", figures.wide(measured.evidence), figures.narrow(measured.evidence), class_="picture"),
        note=f"{message}. About USD {cost:.6f} in all." if isinstance(cost, float) and cost else f"{message}.",
    )


# What was seen


def _checks(run: Run) -> Markup:
    steps = dict.fromkeys(check.step for check in run.checks)
    groups = []
    for step in steps:
        rows = [_check(check) for check in run.checks if check.step == step]
        groups.append(tag("div", tag("h3", icon(state_of(run, step), size=18), step), *rows, class_="group"))
    return _section(
        "Everything that was checked", tag("div", *groups, class_="groups"), note="Open a line to see the evidence."
    )


def _check(check: Check) -> Markup:
    note = note_of(check)
    line = joined(
        icon(check.status),
        tag("span", check.id.partition(".")[2] or check.id, class_="name"),
        tag("span", check.status, class_=f"chip s-{check.status}"),
        tag(
            "span",
            check.summary,
            tag("span", f" ({note})", class_="by") if note else Markup(""),
            "" if check.required else tag("span", " advisory", class_="by"),
            class_="summary",
        ),
    )
    parts = []
    if check.cause:
        parts.append(tag("p", check.cause))
    if check.waiver is not None:
        waiver = check.waiver
        parts.append(_pairs([("waived by", waiver.owner), ("until", waiver.expires), ("reason", waiver.reason)]))
    if check.evidence:
        parts.append(_pairs([(key, _shown(value)) for key, value in check.evidence.items()]))
    if check.error is not None:
        error = check.error
        rows: list[tuple[str, str]] = [
            ("refused by", f"{error.service} {error.method}"),
            ("status", " ".join(part for part in (str(error.code or ""), error.status) if part)),
            ("reason", " ".join(part for part in (error.reason, error.domain) if part)),
            ("message", error.message),
            *error.metadata.items(),
            *((kind, f"{subject} {description}") for kind, subject, description in error.violations),
        ]
        parts.append(_pairs([(key, value) for key, value in rows if value]))
    if check.diagnosis:
        parts.append(_pairs([("diagnosis", check.diagnosis)]))
    if not parts:
        return tag("div", line, class_="check")
    return tag("details", tag("summary", line, class_="check"), tag("div", *parts, class_="evidence"))


def _pairs(pairs: Iterable[tuple[str, str]], *, class_: str = "pairs") -> Markup:
    return tag("dl", *(tag("div", tag("dt", key), tag("dd", value)) for key, value in pairs), class_=class_)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _legend() -> Markup:
    kinds = (("good", "answered"), ("again", "answered after another try"), ("bad", "refused"), ("wait", "waiting"))
    return tag(
        "ul",
        *(
            tag(
                "li",
                tag("svg", tag("rect", width=18, height=12, rx=3, class_=f"bar b-{kind}"), width=18, height=12),
                words,
            )
            for kind, words in kinds
        ),
        class_="counts legend",
    )


def _spent(run: Run) -> str:
    again = sum(len(call.retried_statuses) for call in run.calls)
    waited = waited_s(run)
    return (
        "; ".join(
            (
                f"{run.calls_made} calls in {timeline.duration(run.duration_s)}",
                *([f"{again} tried again" if again != 1 else "one tried again"] if again else []),
                *([f"{timeline.duration(waited)} spent on waiting"] if waited >= 0.1 else []),
            )
        )
        + "."
    )


def _settings(run: Run) -> Markup:
    rows = [
        tag(
            "tr",
            tag("th", setting.name, scope="row"),
            tag("td", tag("code", _shown(setting.value))),
            tag("td", setting.source),
        )
        for setting in run.settings
        if setting.value not in ("", (), [], {}, None)
    ]
    head = tag("tr", *(tag("th", each, scope="col") for each in ("setting", "value", "from")))
    table = tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="scroll")
    return tag("section", tag("details", tag("summary", tag("h2", "Settings, and where each came from")), table))


def _footer(run: Run) -> Markup:
    return tag(
        "footer",
        tag("p", f"Made by provision {__version__}. Exit code {run.exit_code}. "),
        tag("p", "This file holds no tokens and no keys, loads nothing, and calls no one."),
    )
