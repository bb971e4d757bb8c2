"""Something of others that we changed on request: named, and left for a person to put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.undo.resource import Resource, ResourceState, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Deed

ACTION: Final[Action] = "update"
_RESTORED: Final = "UndeleteProject"


def made(deed: Deed) -> Iterator[Resource]:
    """Yield what an Update method changed, or a restored project; a billing link has a module of its own."""
    if deed.method == _RESTORED or (deed.method.startswith("Update") and deed.method != "UpdateProjectBillingInfo"):
        yield Resource(kind="updates", name=f"{deed.method} {deed.resource}", resource=deed.resource, value=deed.before)


def unmade(deed: Deed) -> Iterator[Resource]:
    """Yield the change of what a Delete method of ours took away."""
    if deed.method.startswith("Delete"):
        name = deed.method.replace("Delete", "Update", 1)
        yield Resource(kind="updates", name=f"{name} {deed.resource}", resource=deed.resource)
    if deed.method == "DeleteProject":
        yield Resource(kind="updates", name=f"{_RESTORED} {deed.resource}", resource=deed.resource)


def look(thing: Resource, wishes: Wishes, clients: Clients) -> ResourceState:  # noqa: ARG001 - as every kind
    """Say that it stays."""
    if thing.name.startswith(_RESTORED):
        project_id = thing.resource.removeprefix("projects/")
        again = f"gcloud projects delete {project_id}"
        return ResourceState(state="left", reason=f"we took its deletion back; to delete it again: {again}")
    return ResourceState(
        state="left", reason="we changed it, and what it was before may be wrong by now; it stands above"
    )


def undo(thing: Resource, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Do nothing: `look` never says that it is ours to undo."""
    return ""
