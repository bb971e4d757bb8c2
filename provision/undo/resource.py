"""What a mutation leaves in the world, and what of it is still as we left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from provision.diagnoses import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.errors import ErrorStatus
    from provision.plan import Action, JsonValue, Mutation

_ALL: Final = "what it takes: provision permissions --for destroy"
State = Literal["ours", "deleted", "retained", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource that a mutation made.

    Attributes:
        kind: which module of this package knows it.
        name: tells it from every other resource of its kind.
        full_name: the full resource name it belongs to.
        value: what is needed to find and undo it.
    """

    kind: str
    name: str
    full_name: str
    value: JsonValue = None


@dataclass(frozen=True, kw_only=True)
class ResourceState:
    """What is there now.

    ``ours``: as we left it. ``gone``: someone undid it. ``left``: not to be touched, for the ``reason``. ``unseen``:
    Google did not say, for the ``reason``; not touched either.
    """

    state: State
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class DestroyOptions:
    """What may be undone beyond what is plainly ours.

    Attributes:
        project_id: the project that is undone.
        delete_project: the project itself too.
        force: services that Google counts as used, billing that other services need, and accounts and pools
            that others have built on.
        being_deleted: the names of the resources that will be undone before this, as far as is planned.
    """

    project_id: str
    delete_project: bool = False
    force: bool = False
    being_deleted: frozenset[str] = frozenset()


def why(error: ErrorStatus) -> str:
    """Return what was in the way, in one line, with the permission that is missing, or where all are listed.

    Not every error names one, and an operation that may not be looked at is answered as if it were not there.
    """
    message = ": ".join(part for part in (error.reason or error.status, " ".join(error.message.split())) if part)
    permission = facts_of(error).get("permission", "")
    if permission:
        return message if permission in message else f"{message} (needs {permission})"
    hidden = error.status == "NOT_FOUND" and error.method == "GetOperation"
    return f"{message} ({_ALL})" if hidden or error.status == "PERMISSION_DENIED" else message


class Kind(Protocol):
    """What each module of this package has."""

    ACTION: Action

    def made(self, mutation: Mutation) -> Iterator[Resource]:
        """Yield what a mutation made, if it is of this kind; pure."""

    def unmade(self, mutation: Mutation) -> Iterator[Resource]:
        """Yield what a mutation took away, if it is of this kind; pure. Only kind and name count."""

    def look(self, resource: Resource, options: DestroyOptions, clients: Clients) -> ResourceState:
        """See whether it is still as we left it; reads only."""

    def undo(self, resource: Resource, options: DestroyOptions, clients: Clients) -> str:
        """Make the one call that takes it away; return what is worth telling."""
