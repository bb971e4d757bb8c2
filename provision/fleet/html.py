"""A fleet's run as one HTML file: what is in the way of how many, where, and how far it is known.

It opens with any number of projects: they are told by groups and folders, and of those that are not ready the first few
hundred are named. Every one of them is in the CSV.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision import __version__
from provision.fleet.store import VERDICTS
from provision.fleet.text import certainty, counts
from provision.redaction import redact
from provision.reports.html import page
from provision.reports.html.markup import Markup, joined, tag
from provision.reports.html.state import icon
from provision.reports.view import FIX_OWNERS, commands_of, many

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from provision.fleet.store import FleetVerdict, Store
    from provision.fleet.summary import Drift, Group, Place, Summary
    from provision.plan import Status

_STATUS: Final[dict[FleetVerdict, Status]] = {
    "ready": "pass",
    "looks ready": "waived",
    "not ready": "fail",
    "unknown": "unknown",
}
_OUTCOMES: Final[dict[int, tuple[Status, str]]] = {
    0: ("pass", "All ready"),
    1: ("fail", "Not all ready"),
    3: ("unknown", "Cannot tell of all"),
}
_PLACES: Final = 60
_NAMED: Final = 300


def render(summary: Summary, stores: Sequence[Store]) -> str:
    """Return the page."""
    _, outcome = _OUTCOMES[summary.exit_code]
    footer = tag(
        "footer",
        tag("p", f"Made by provision {__version__}. Exit code {summary.exit_code}. "),
        tag("p", "This file holds no tokens and no keys, loads nothing, and calls no one."),
    )
    return redact(page(f"{summary.scope}: {outcome.lower()}", *_parts(summary, stores), footer=footer))


def _parts(summary: Summary, stores: Sequence[Store]) -> Iterator[Markup]:
    yield _verdict(summary)
    for at, group in enumerate(summary.groups):
        if at == 0:
            yield _section("Fix this first", _card(group, first=True))
    if summary.groups[1:]:
        yield _section("Also", tag("div", *map(_card, summary.groups[1:]), class_="cards"))
    if summary.drift is not None:
        yield _drift(summary.drift)
    if len(summary.places) > 1:
        yield _section("By folder", tag("ul", *_places(summary.places), class_="differences"))
    yield _section("How far it is known", *(tag("p", line, class_="note") for line in certainty(summary)))
    named = tag("ul", *_projects(stores), class_="differences")
    if named != tag("ul", class_="differences"):
        yield _section("Projects that are not ready", named, note=f"The first {_NAMED}; all are in the CSV.")


def _section(title: str, *content: Markup, note: str = "") -> Markup:
    return tag("section", tag("h2", title), tag("p", note, class_="note") if note else "", *content)


def _verdict(summary: Summary) -> Markup:
    status, words = _OUTCOMES[summary.exit_code]
    facts = (
        ("target", summary.target),
        ("started", summary.started.replace("T", " ").replace("+00:00", " UTC")),
        ("asked themselves", f"{summary.asked:,} of {summary.projects:,}"),
        ("oldest fact", summary.oldest.replace("T", " ").replace("+00:00", " UTC")),
    )
    partial = bool(summary.troubles) or summary.state != "finished"
    return tag(
        "header",
        tag(
            "div",
            icon(status, size=56),
            tag(
                "div",
                tag("p", summary.scope, class_="over"),
                tag("h1", words),
                tag("p", f"{many(summary.projects, 'project')}: {counts(summary)}", class_="lead"),
            ),
            class_="hero",
        ),
        tag("div", _bar(summary.verdicts), _counts(summary.verdicts)),
        tag("p", "Partial: not everything was seen; see below.", class_="caution") if partial else "",
        tag("p", "A sandbox answered, not Google Cloud.", class_="caution") if summary.target != "Google Cloud" else "",
        tag("dl", *(tag("div", tag("dt", key), tag("dd", value)) for key, value in facts), class_="facts"),
        class_=f"verdict s-{status}",
    )


def _bar(verdicts: Mapping[FleetVerdict, int]) -> Markup:
    """Return the shares of the verdicts as one bar."""
    total, x, parts = sum(verdicts.values()) or 1, 0.0, []
    for verdict in VERDICTS:
        if count := verdicts.get(verdict, 0):
            width = 1000 * count / total
            status = _STATUS[verdict]
            parts.append(tag("rect", x=x, y=0, width=max(width - 4, 4), height=10, rx=4, class_=f"share s-{status}"))
            x += width
    return tag("svg", *parts, viewBox="0 0 1000 10", preserveAspectRatio="none", class_="shares", aria_hidden="true")


def _counts(verdicts: Mapping[FleetVerdict, int]) -> Markup:
    rows = (
        tag("li", icon(_STATUS[each]), tag("b", f"{verdicts[each]:,}"), f" {each}")
        for each in VERDICTS
        if verdicts.get(each)
    )
    return tag("ul", *rows, class_="counts")


def _card(group: Group, *, first: bool = False) -> Markup:
    status = _STATUS[group.verdict]
    asked = (
        "" if group.asked == group.projects else f"; {group.asked:,} of them asked, of the rest the inventory says it"
    )
    commands = commands_of(group.fix)
    more = " …" if group.projects > len(group.examples) else ""
    return tag(
        "article",
        tag("h3", icon(status, size=20), tag("code", group.finding), tag("span", group.summary)),
        tag("p", f"{many(group.projects, 'project')}{asked}: {', '.join(group.examples)}{more}"),
        tag("p", group.cause) if group.cause else "",
        tag("h4", f"Who can fix it: {FIX_OWNERS[group.fix_owner]}" if group.fix_owner else "Fix"),
        *(tag("div", tag("pre", tag("code", each), tabindex="0"), class_="copyable") for each in commands),
        tag("p", group.fix, class_="small" if commands else None) if commands != [group.fix] else "",
        class_=f"card s-{status}{' first' if first else ''}",
    )


def _drift(drift: Drift) -> Markup:
    changes: tuple[tuple[Status, str, tuple[str, ...]], ...] = (
        ("pass", "became ready", drift.better),
        ("fail", "not ready any more", drift.worse),
        ("skipped", "new", drift.new),
        ("skipped", "gone", drift.gone),
    )
    rows = [
        tag("li", icon(status), tag("b", f"{len(projects):,}"), tag("span", f"{words}: {', '.join(projects[:20])}"))
        for status, words, projects in changes
        if projects
    ]
    since = f"Since {drift.since.replace('T', ' ').replace('+00:00', ' UTC')}."
    return _section("What changed", tag("ul", *rows, class_="differences"), note=since if rows else f"{since} Nothing.")


def _places(places: Iterable[Place]) -> Iterator[Markup]:
    """Yield a bar for each folder, those where most is in the way first."""

    def bad(place: Place) -> int:
        return sum(count for verdict, count in place.verdicts.items() if verdict in {"not ready", "unknown"})

    ordered = sorted(places, key=lambda each: (-bad(each), each.parent))
    for place in ordered[:_PLACES]:
        name = tag("code", place.parent or "no folder")
        yield tag("li", tag("div", name, _bar(place.verdicts), _counts(place.verdicts)))
    if len(ordered) > _PLACES:
        yield tag("li", f"and {len(ordered) - _PLACES:,} more folders")


def _projects(stores: Sequence[Store]) -> Iterator[Markup]:
    left = _NAMED
    for store in stores:
        for facts, assessment in store.assessments("verdict = 'not ready'"):
            if not left:
                return
            left -= 1
            yield tag("li", icon("fail"), tag("code", facts.project_id), tag("span", joined(assessment.summary)))
