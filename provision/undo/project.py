"""A project that we created: deleted only when that was asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.clients import ask
from provision.errors import Refusal
from provision.undo.resource import Resource, ResourceState, Wishes, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Deed

ACTION: Final[Action] = "delete"
DEADLINE_S: Final = 300.0


def made(deed: Deed) -> Iterator[Resource]:
    """Yield the project of a CreateProject."""
    if deed.method == "CreateProject":
        yield Resource(kind="project", name=deed.resource, resource=deed.resource)


def unmade(deed: Deed) -> Iterator[Resource]:
    """Yield the project of a DeleteProject."""
    if deed.method == "DeleteProject":
        yield Resource(kind="project", name=deed.resource, resource=deed.resource)


def look(thing: Resource, wishes: Wishes, clients: Clients) -> ResourceState:
    """See whether it is there; what is in it by now is not asked: whoever types its id has been shown it."""
    project = ask(lambda: clients.resource_manager.get_project(thing.resource.removeprefix("projects/")))
    if isinstance(project, Refusal):
        return ResourceState(state="unseen", reason=f"it could not be seen ({why(project)})")
    if project.state != "ACTIVE":
        return ResourceState(state="gone", reason=f"it is {project.state} already")
    if not wishes.delete_project:
        return ResourceState(
            state="left", reason="a project is deleted only with --delete-project, and with it all that is in it"
        )
    return ResourceState(state="ours")


def undo(thing: Resource, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Ask for its deletion. Raises `ApiError`."""
    clients.resource_manager.delete_project(thing.resource.removeprefix("projects/"), deadline_s=DEADLINE_S)
    return "it can be taken back for 30 days, without its billing link"
