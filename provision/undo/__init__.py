"""Undo what the journal proves to be ours: one module for each kind of resource that a mutation can make.

Each says what a mutation made, whether that is still as we left it, and takes it away with one call. Nothing here
decides to do so: that is `provision.commands.destroy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from provision.undo import billing, bindings, iam_resources, project, services, updates
from provision.undo.resource import DestroyOptions, Kind, Resource, ResourceState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.journal.ledger import MutationRecord
    from provision.plan import Mutation

__all__ = ["KINDS", "DestroyOptions", "OwnedResource", "Resource", "ResourceState", "made", "owned_resources", "unmade"]

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
    """A resource that a mutation of ours made and none of ours took away.

    ``confirmed`` is whether Google itself said that this mutation did it; else the answer was lost, and another may
    have. ``along`` is whether it only appeared meanwhile: the mutation did not ask for it, so it is never proven.
    """

    resource: Resource
    mutation: MutationRecord
    confirmed: bool
    implicit: bool = False


def made(mutation: Mutation) -> tuple[Resource, ...]:
    """Return what a mutation makes, if it is carried out."""
    return tuple(resource for kind in KINDS.values() for resource in kind.made(mutation))


def unmade(mutation: Mutation) -> tuple[Resource, ...]:
    """Return what a mutation takes away, if it is carried out."""
    return tuple(resource for kind in KINDS.values() for resource in kind.unmade(mutation))


def owned_resources(
    mutations: Iterable[MutationRecord], deleted: Iterable[tuple[int, str]] = ()
) -> tuple[OwnedResource, ...]:
    """Return what is ours by the journal, in the order in which it is undone: the latest first, control APIs last.

    What we took away is ours no longer, whoever brings it back. What was refused never was.

    Args:
        mutations: in the order in which they ended.
        deleted: what was written down as not ours any more, each with its line (`provision.journal.ledger.deleted`).
    """
    held: dict[tuple[str, str], OwnedResource] = {}
    events: list[tuple[int, MutationRecord | str]] = [(record.line, record) for record in mutations]
    events += list(deleted)
    for _, event in sorted(events, key=itemgetter(0)):
        if isinstance(event, str):
            for key in [key for key in held if key[1] == event]:
                del held[key]
            continue
        record = event
        if not (record.confirmed or (record.open and record.found is not False)):
            continue
        for resource in made(record.mutation):
            key = resource.kind, resource.name
            known = held.get(key)
            if known is None or (record.confirmed and not known.confirmed):
                held.pop(key, None)
                held[key] = OwnedResource(resource=resource, mutation=record, confirmed=record.confirmed)
        for resource in services.implicit(record.implicit):
            # Before what came with it in the list, so that it is undone after that.
            held = {
                (resource.kind, resource.name): OwnedResource(
                    resource=resource, mutation=record, confirmed=False, implicit=True
                )
            } | held
        if record.confirmed or record.found:  # else it may still be there, and ours
            for resource in unmade(record.mutation):
                held.pop((resource.kind, resource.name), None)
    latest_first = list(held.values())[::-1]
    return tuple(sorted(latest_first, key=_rank))


def _rank(each: OwnedResource) -> int:
    """Keep the order, except that what undoing itself needs goes last."""
    if each.resource.kind == "project":
        return len(services.CONTROL) + 1
    return 1 + services.CONTROL.index(str(each.resource.value)) if each.resource.value in services.CONTROL else 0
