"""A run in figures: how many projects are ready, what stands in the way of the others, and how far that is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from provision.fleet.store import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from provision.fleet.store import FleetVerdict, Store
    from provision.google.budgets import Used

_GOOD: Final = frozenset({"ready", "looks ready"})
_NAMED: Final = 5
_COUNTED: Final = "count(*), sum(coalesce(direct_at, '') <> '')"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Projects that share one finding.

    Attributes:
        asked: how many of them were asked themselves; of the rest the inventory says it.
        examples: the ids of some.
    """

    verdict: FleetVerdict
    finding: str
    diagnosis: str
    summary: str
    cause: str
    fix: str
    fix_owner: str
    projects: int
    asked: int
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Place:
    """How it stands in one folder or organization."""

    parent: str
    verdicts: Mapping[FleetVerdict, int]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What changed since an earlier run: ids of projects."""

    since: str
    better: tuple[str, ...]
    worse: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A run, or several that are parts of one.

    Attributes:
        state: ``finished``, or ``running`` for one that was stopped or still goes on.
        verdicts: how many projects came to each verdict.
        sampled, disagreed: of how many projects, asked by chance, the inventory had said something, and of how many
            the contrary.
        oldest: when the oldest fact was asked.
        troubles: why not everything could be seen; not empty means that the run is a partial one.
    """

    runs: tuple[str, ...]
    scope: str
    target: str
    state: str
    started: str
    projects: int
    asked: int
    verdicts: Mapping[FleetVerdict, int]
    groups: tuple[Group, ...]
    places: tuple[Place, ...]
    sampled: int
    disagreed: int
    oldest: str
    troubles: tuple[str, ...]
    budgets: tuple[Used, ...] = ()
    drift: Drift | None = None

    @property
    def exit_code(self) -> int:
        """0 every project is ready, 1 at least one is not, 3 not all could be told."""
        if self.verdicts.get("not ready"):
            return 1
        ready = self.verdicts.get("ready", 0)
        return 0 if self.projects and ready == self.projects and self.state == "finished" and not self.troubles else 3


def summarize(stores: Sequence[Store], *, budgets: tuple[Used, ...] = (), previous: Store | None = None) -> Summary:
    """Return the figures of a run, or of all parts of one."""
    metas = [store.meta for store in stores]
    verdicts: Counter[FleetVerdict] = Counter()
    places: dict[str, Counter[FleetVerdict]] = {}
    groups: dict[tuple[str, ...], Group] = {}
    projects = asked = sampled = disagreed = 0
    for store in stores:
        for verdict, parent, count, of_them in store.query(
            f"SELECT verdict, coalesce(parent, ''), {_COUNTED} FROM project GROUP BY 1, 2"  # noqa: S608 - ours
        ):
            verdicts[verdict] += count
            places.setdefault(parent, Counter())[verdict] += count
            projects, asked = projects + count, asked + of_them
        for group in _groups(store):
            key = (group.verdict, group.finding, group.diagnosis)
            groups[key] = _joined(groups[key], group) if key in groups else group
        both = store.query(
            "SELECT verdict, inventory_said FROM project"
            " WHERE why_direct = 'sample' AND direct_at <> '' AND inventory_said <> 'unknown'"
        )
        sampled += len(both)
        disagreed += sum((said in _GOOD) is not (found in _GOOD) for found, said in both)
    moments = [
        row[0]
        for store in stores
        for row in store.query("SELECT min(coalesce(nullif(direct_at, ''), listed_at)) FROM project")
        if row[0]
    ]
    return Summary(
        runs=tuple(str(store.path) for store in stores),
        scope=", ".join(dict.fromkeys(meta["scope"] for meta in metas)),
        target=metas[0]["target"],
        state="finished" if all(meta.get("state") == "finished" for meta in metas) else "running",
        started=min(meta["started"] for meta in metas),
        projects=projects,
        asked=asked,
        verdicts={each: verdicts[each] for each in VERDICTS if verdicts[each]},
        groups=tuple(sorted(groups.values(), key=lambda each: (VERDICTS.index(each.verdict) != 2, -each.projects))),
        places=tuple(Place(parent=name, verdicts=dict(found)) for name, found in sorted(places.items())),
        sampled=sampled,
        disagreed=disagreed,
        oldest=min(moments, default=""),
        troubles=tuple(dict.fromkeys(each for store in stores for each in store.troubles)) + _missing_shards(metas),
        budgets=budgets,
        drift=_drift(stores, previous) if previous is not None else None,
    )


def _groups(store: Store) -> Iterable[Group]:
    for row in store.query(
        "SELECT verdict, finding, diagnosis, summary, cause, fix, fix_owner,"  # noqa: S608 - ours
        f" {_COUNTED}, min((coalesce(direct_at, '') = '') || project_id)"
        " FROM project WHERE finding <> '' GROUP BY 1, 2, 3"  # the words are those of the last column's project
    ):
        verdict, finding, diagnosis, summary, cause, fix, owner, count, asked, _ = row
        examples = store.query(
            "SELECT project_id FROM project WHERE (verdict, finding, diagnosis) = (?, ?, ?)"
            " ORDER BY project_id LIMIT ?",
            (verdict, finding, diagnosis, _NAMED),
        )
        yield Group(
            verdict=verdict,
            finding=finding,
            diagnosis=diagnosis,
            summary=summary,
            cause=cause,
            fix=fix,
            fix_owner=owner,
            projects=count,
            asked=asked,
            examples=tuple(each[0] for each in examples),
        )


def _joined(one: Group, other: Group) -> Group:
    return replace(
        one,
        projects=one.projects + other.projects,
        asked=one.asked + other.asked,
        examples=(*one.examples, *other.examples)[:_NAMED],
    )


def _missing_shards(metas: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Say which parts of a run are not among those that are reported."""
    there = {tuple(meta.get("shard", (1, 1))) for meta in metas}
    counts = {count for _, count in there}
    if len(counts) != 1:
        return ("the runs are parts of different wholes: " + ", ".join(f"{i}/{n}" for i, n in sorted(there)),)
    count = counts.pop()
    missing = [str(index) for index in range(1, count + 1) if (index, count) not in there]
    return (f"of {count} shards these are not here: {', '.join(missing)}",) if missing else ()


def _drift(stores: Sequence[Store], previous: Store) -> Drift:
    now = {row[0]: row[1] for store in stores for row in store.query("SELECT project_id, verdict FROM project")}
    before = dict(previous.query("SELECT project_id, verdict FROM project"))
    both = sorted(now.keys() & before.keys())
    return Drift(
        since=previous.meta["started"],
        better=tuple(each for each in both if now[each] in _GOOD and before[each] not in _GOOD),
        worse=tuple(each for each in both if now[each] not in _GOOD and before[each] in _GOOD),
        new=tuple(sorted(now.keys() - before.keys())),
        gone=tuple(sorted(before.keys() - now.keys())),
    )
