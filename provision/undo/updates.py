"""Something of others that we changed on request: named, and left for a person to put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.undo.resource import DestroyOptions, Resource, ResourceState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Mutation

ACTION: Final[Action] = "update"
_RESTORED: Final = "UndeleteProject"


def made(mutation: Mutation) -> Iterator[Resource]:
    """Yield what an Update method changed, or a restored project; a billing link has a module of its own."""
    if mutation.method == _RESTORED or (
        mutation.method.startswith("Update") and mutation.method != "UpdateProjectBillingInfo"
    ):
        yield Resource(
            kind="updates",
            name=f"{mutation.method} {mutation.resource}",
            full_name=mutation.resource,
            value=mutation.before,
        )


def unmade(mutation: Mutation) -> Iterator[Resource]:
    """Yield the change of what a Delete method of ours took away."""
    if mutation.method.startswith("Delete"):
        name = mutation.method.replace("Delete", "Update", 1)
        yield Resource(kind="updates", name=f"{name} {mutation.resource}", full_name=mutation.resource)
    if mutation.method == "DeleteProject":
        yield Resource(kind="updates", name=f"{_RESTORED} {mutation.resource}", full_name=mutation.resource)


def look(resource: Resource, options: DestroyOptions, clients: Clients) -> ResourceState:  # noqa: ARG001 - as every kind
    """Say that it stays."""
    if resource.name.startswith(_RESTORED):
        project_id = resource.full_name.removeprefix("projects/")
        again = f"gcloud projects delete {project_id}"
        return ResourceState(state="retained", reason=f"we took its deletion back; to delete it again: {again}")
    return ResourceState(
        state="retained", reason="we changed it, and what it was before may be wrong by now; it is above"
    )


def undo(resource: Resource, options: DestroyOptions, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Do nothing: `look` never says that it is ours to undo."""
    return ""
