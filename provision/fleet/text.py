"""A fleet's run for a person: one screen, the finding that most projects share first."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

from provision.redaction import printable, redact
from provision.reports.view import FIX_OWNERS, in_lines, many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.fleet.apply import Planned
    from provision.fleet.summary import Drift, Group, Summary

_COLORS: Final = {"ready": "32", "looks ready": "36", "not ready": "1;31", "unknown": "35"}
_PLACES: Final = 8
_NAMED: Final = 5
_CONFIRM: Final = "provision fleet check --confirm all"


def render(summary: Summary, *, color: bool = False, width: int = 0) -> str:
    """Return the report; ``width`` is the columns to wrap prose at, 0 for none."""
    blocks = [
        _head(summary),
        *(_group(each, "fix this first" if at == 0 else "also", width) for at, each in enumerate(summary.groups)),
        list(_places(summary)),
        list(_drift(summary.drift)) if summary.drift is not None else [],
        list(certainty(summary)),
        [_tail(summary, color=color)],
    ]
    return redact(printable("\n\n".join("\n".join(lines) for lines in blocks if lines))) + "\n"


def _head(summary: Summary) -> list[str]:
    runs = ", ".join(Path(each).stem for each in summary.runs[:3]) + (" …" if len(summary.runs) > 3 else "")
    return [f"target: {summary.target}   fleet: {summary.scope}   run: {runs}"]


def counts(summary: Summary) -> str:
    """Return how many projects came to which verdict, in words."""
    return ", ".join(f"{number:,} {verdict}" for verdict, number in summary.verdicts.items()) or "none"


def _group(group: Group, title: str, width: int) -> list[str]:
    by = "" if group.asked == group.projects else f" ({group.asked:,} of them asked; of the rest the inventory says it)"
    lines = [f"{title}: {many(group.projects, 'project')}, {group.finding}: {group.summary}{by}"]
    if group.cause:
        lines.append(f"  why  {_wrapped(group.cause, 7, width)}")
    if group.fix:
        lines.append("  fix  " + "\n       ".join(in_lines(group.fix)))
    if group.fix_owner:
        lines.append(f"  who  {FIX_OWNERS[group.fix_owner]}")
    more = f" and {group.projects - len(group.examples):,} more" if group.projects > len(group.examples) else ""
    lines.append(f"  are  {_wrapped(', '.join(group.examples) + more, 7, width)}")
    return lines


def _wrapped(text: str, indent: int, width: int) -> str:
    if not width:
        return text
    lines = textwrap.wrap(text, max(width - indent, 24), break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * indent}".join(lines)


def _places(summary: Summary) -> Iterator[str]:
    """Yield the folders where most is in the way."""
    bad = {
        each.parent: sum(number for verdict, number in each.verdicts.items() if verdict in {"not ready", "unknown"})
        for each in summary.places
    }
    worst = sorted((name for name, number in bad.items() if number and name), key=lambda name: -bad[name])
    if not worst or len(summary.places) < 2:
        return
    yield "where:"
    all_of = {each.parent: sum(each.verdicts.values()) for each in summary.places}
    for name in worst[:_PLACES]:
        yield f"  {bad[name]:>7,} of {all_of[name]:,} in {name}"
    if len(worst) > _PLACES:
        yield f"  and {len(worst) - _PLACES:,} more folders (--format csv has every project)"


def _drift(drift: Drift) -> Iterator[str]:
    changes = (
        ("became ready", drift.better),
        ("are not ready any more", drift.worse),
        ("are new", drift.new),
        ("are gone", drift.gone),
    )
    if not any(projects for _, projects in changes):
        yield f"since {drift.since}: nothing changed"
        return
    yield f"since {drift.since}:"
    for words, projects in changes:
        if projects:
            named = ", ".join(projects[:_NAMED]) + (" …" if len(projects) > _NAMED else "")
            yield f"  {len(projects):>7,} {words}: {named}"


def certainty(summary: Summary) -> Iterator[str]:
    """Yield how far all of it is known, in sentences."""
    if summary.sampled:
        yield (
            f"the inventory was wrong about {summary.disagreed:,} of {summary.sampled:,} projects that were asked"
            " themselves"
        )
    if summary.asked < summary.projects:
        yield f"{summary.projects - summary.asked:,} projects were not asked themselves; to ask every one: {_CONFIRM}"
    for each in summary.troubles:
        yield f"not everything was seen: {each}"
    if summary.state != "finished":
        yield "the run is not finished; the same command goes on with it"
    for used in summary.budgets:
        refused = f", {used.refused} refused" if used.refused else ""
        yield f"{used.taken:,} {used.metric} of {used.service}, at most {used.per_minute:,} a minute{refused}"


def _tail(summary: Summary, *, color: bool) -> str:
    verdict = {0: "ready", 1: "not ready", 3: "unknown"}[summary.exit_code]
    word = f"\x1b[{_COLORS[verdict]}m{verdict}\x1b[0m" if color else verdict
    partly = "; partial" if summary.troubles or summary.state != "finished" else ""
    return f"{word}   {many(summary.projects, 'project')}: {counts(summary)}{partly}"


def render_plan(planned: Planned, config: Config, run: str) -> str:
    """Return what `apply` would do, as far as the run knows."""
    account, services = config.billing_account, ", ".join(config.services)
    blocks = [
        f"run {run}: {many(len(planned.projects), 'project')} to change",
        *_planned("link", f"{account} to", planned.link),
        *_planned("enable", f"{services} in", planned.enable),
    ]
    if planned.unpaid:
        blocks.append(f"  left    {many(planned.unpaid, 'project')} without a billing account: name one, and see again")
    if planned.left:
        blocks.append(
            f"  left    {many(planned.left, 'project')} with something else in the way: provision fleet report"
        )
    return redact(printable("\n".join(blocks))) + "\n"


def _planned(verb: str, what: str, projects: tuple[str, ...]) -> Iterator[str]:
    if projects:
        more = " …" if len(projects) > _NAMED else ""
        yield f"  {verb:6}  {what} {many(len(projects), 'project')}: {', '.join(projects[:_NAMED])}{more}"
