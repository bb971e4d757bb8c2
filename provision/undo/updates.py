"""Something of others that we changed on request: named, and left for a person to put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.undo.things import Standing, Thing, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Deed

ACTION: Final[Action] = "update"


def made(deed: Deed) -> Iterator[Thing]:
    """Yield what an Update method changed; what billing is linked to has a module of its own."""
    if deed.method.startswith("Update") and deed.method != "UpdateProjectBillingInfo":
        yield Thing(kind="updates", name=f"{deed.method} {deed.resource}", resource=deed.resource, value=deed.before)


def unmade(deed: Deed) -> Iterator[Thing]:
    """Yield the change of what a Delete method of ours took away."""
    if deed.method.startswith("Delete"):
        name = deed.method.replace("Delete", "Update", 1)
        yield Thing(kind="updates", name=f"{name} {deed.resource}", resource=deed.resource)


def look(thing: Thing, wishes: Wishes, clients: Clients) -> Standing:  # noqa: ARG001 - as every kind
    """Say that it stays."""
    return Standing(state="left", reason="we changed it, and what it was before may be wrong by now; it stands above")


def undo(thing: Thing, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Do nothing: `look` never says that it is ours to undo."""
    return ""
