"""Where resources are: each service says it of its own kinds, so that this package need not know any service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.store import State

Place = tuple[str, str]
"""The name under which a resource's policy is kept, and the name of its parent; empty where it has none."""

NODES: Final[dict[str, Callable[[State, str], Place | None]]] = {}
"""For each kind of resource that inherits (`projects`, `folders`, …), how to find its place by its id."""


def node(kind: str) -> Callable[[Callable[[State, str], Place | None]], Callable[[State, str], Place | None]]:
    """Declare where the resources of one kind stand in the hierarchy."""

    def declare(function: Callable[[State, str], Place | None]) -> Callable[[State, str], Place | None]:
        NODES[kind] = function
        return function

    return declare


def lineage(state: State, resource: str) -> list[str]:
    """Return the names of the policies that count for a resource, its own first.

    A service account is in a project, and a project's number and id are one: `projects/p/serviceAccounts/s`
    answers `projects/1/serviceAccounts/s`, the same with the id, `projects/1`, its folders, its organization.
    """
    kind, _, rest = resource.partition("/")
    identifier, _, below = rest.partition("/")
    find = NODES.get(kind)
    place = find(state, identifier) if find else None
    if place is None:
        return []
    names = [*_below(place[0], below), *_below(f"{kind}/{identifier}", below)] if below else []
    while place is not None:
        names.append(place[0])
        kind, _, identifier = place[1].partition("/")
        find = NODES.get(kind)
        place = find(state, identifier) if find else None
    return names


def _below(top: str, below: str) -> list[str]:
    """Return the names of a resource inside another, and of those between."""
    parts = below.split("/")
    return [f"{top}/{'/'.join(parts[:end])}" for end in range(len(parts) - len(parts) % 2, 0, -2)]
