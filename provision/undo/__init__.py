"""Undo what the journal proves to be ours: one module for each kind of thing that a deed can make.

Each says what a deed made, whether that still stands as we left it, and takes it away with one call. Nothing here
decides to do so: that is `provision.commands.destroy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from provision.undo import billing, bindings, iam_resources, project, services, updates
from provision.undo.resource import Kind, Resource, ResourceState, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.journal.ledger import DeedRecord
    from provision.plan import Deed

__all__ = ["KINDS", "OwnedResource", "Resource", "ResourceState", "Wishes", "made", "owned_resources", "unmade"]

# The type checker says here which function a module lacks.
KINDS: Final[dict[str, Kind]] = {
    "project": project,
    "billing": billing,
    "services": services,
    "bindings": bindings,
    "resources": iam_resources,
    "updates": updates,
}


@dataclass(frozen=True, kw_only=True)
class OwnedResource:
    """A thing that a deed of ours made and none of ours took away.

    ``proven`` is whether Google itself said that this deed did it; else the answer was lost, and another may have.
    ``along`` is whether it only appeared meanwhile: the deed did not ask for it, so it is never proven.
    """

    thing: Resource
    deed: DeedRecord
    proven: bool
    along: bool = False


def made(deed: Deed) -> tuple[Resource, ...]:
    """Return what a deed makes, if it is carried out."""
    return tuple(thing for kind in KINDS.values() for thing in kind.made(deed))


def unmade(deed: Deed) -> tuple[Resource, ...]:
    """Return what a deed takes away, if it is carried out."""
    return tuple(thing for kind in KINDS.values() for thing in kind.unmade(deed))


def owned_resources(deeds: Iterable[DeedRecord], gone: Iterable[tuple[str, str]] = ()) -> tuple[OwnedResource, ...]:
    """Return what is ours by the journal, in the order in which it is undone: the latest first, control APIs last.

    What we took away is ours no longer, whoever brings it back. What was refused never was.

    Args:
        deeds: in the order they were begun.
        gone: what was written down as not ours any more, each with the time (`provision.journal.ledger.gone`).
    """
    held: dict[tuple[str, str], OwnedResource] = {}
    events: list[tuple[str, DeedRecord | str]] = [(record.time, record) for record in deeds]
    events += list(gone)
    for _, event in sorted(events, key=itemgetter(0)):
        if isinstance(event, str):
            for key in [key for key in held if key[1] == event]:
                del held[key]
            continue
        record = event
        if not (record.proven or (record.open and record.found is not False)):
            continue
        for thing in made(record.deed):
            key = thing.kind, thing.name
            known = held.get(key)
            if known is None or (record.proven and not known.proven):
                held.pop(key, None)
                held[key] = OwnedResource(thing=thing, deed=record, proven=record.proven)
        for thing in services.along(record.along):
            # Before what came with it in the list, so that it is undone after that.
            held = {(thing.kind, thing.name): OwnedResource(thing=thing, deed=record, proven=False, along=True)} | held
        if record.proven or record.found:  # else it may still be there, and ours
            for thing in unmade(record.deed):
                held.pop((thing.kind, thing.name), None)
    latest_first = list(held.values())[::-1]
    return tuple(sorted(latest_first, key=_rank))


def _rank(each: OwnedResource) -> int:
    """Keep the order, except that what undoing itself needs goes last."""
    if each.thing.kind == "project":
        return len(services.CONTROL) + 1
    return 1 + services.CONTROL.index(str(each.thing.value)) if each.thing.value in services.CONTROL else 0
