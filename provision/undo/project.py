"""A project that we created: deleted only when that was asked for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.clients import ask
from provision.errors import NoAnswer
from provision.undo.resource import DestroyOptions, Resource, ResourceState, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Mutation

ACTION: Final[Action] = "delete"
DEADLINE_S: Final = 300.0


def made(mutation: Mutation) -> Iterator[Resource]:
    """Yield the project of a CreateProject."""
    if mutation.method == "CreateProject":
        yield Resource(kind="project", name=mutation.resource, full_name=mutation.resource)


def unmade(mutation: Mutation) -> Iterator[Resource]:
    """Yield the project of a DeleteProject."""
    if mutation.method == "DeleteProject":
        yield Resource(kind="project", name=mutation.resource, full_name=mutation.resource)


def look(resource: Resource, options: DestroyOptions, clients: Clients) -> ResourceState:
    """See whether it is there; what is in it by now is not asked: whoever types its id has been shown it."""
    project = ask(lambda: clients.resource_manager.get_project(resource.full_name.removeprefix("projects/")))
    if isinstance(project, NoAnswer):
        return ResourceState(state="unknown", reason=f"it could not be seen ({why(project.told)})")
    if project.state != "ACTIVE":
        return ResourceState(state="deleted", reason=f"it is {project.state} already")
    if not options.delete_project:
        return ResourceState(
            state="retained", reason="a project is deleted only with --delete-project, and with it all that is in it"
        )
    return ResourceState(state="ours")


def undo(resource: Resource, options: DestroyOptions, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Ask for its deletion. Raises `ApiError`."""
    clients.resource_manager.delete_project(resource.full_name.removeprefix("projects/"), deadline_s=DEADLINE_S)
    return "it can be taken back for 30 days, without its billing link"
