"""What a deed leaves in the world, and what of it still stands as we left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol

from provision.diagnoses import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.errors import Refusal
    from provision.plan import Action, Deed, JsonValue

_ALL: Final = "what it takes: provision permissions --for destroy"
State = Literal["ours", "gone", "left", "unseen"]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One thing that a deed made.

    Attributes:
        kind: which module of this package knows it.
        name: tells it from every other thing of its kind.
        resource: the full resource name it belongs to.
        value: what is needed to find and undo it.
    """

    kind: str
    name: str
    resource: str
    value: JsonValue = None


@dataclass(frozen=True, kw_only=True)
class ResourceState:
    """What is there now.

    ``ours``: as we left it. ``gone``: somebody undid it. ``left``: not to be touched, for the ``reason``. ``unseen``:
    Google did not say, for the ``reason``; not touched either.
    """

    state: State
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What may be undone beyond what is plainly ours.

    Attributes:
        project_id: the project that is undone.
        delete_project: the project itself too.
        even_if_used: services that Google counts as used, billing that other services need, and accounts and pools
            that others have built on.
        leaving: the names of the things that will be undone before this, as far as is planned.
    """

    project_id: str
    delete_project: bool = False
    even_if_used: bool = False
    leaving: frozenset[str] = frozenset()


def why(refusal: Refusal) -> str:
    """Return what stood in the way, in one line, with the permission that is missing, or where all are listed.

    Not every refusal names one, and an operation that may not be looked at is answered as if it were not there.
    """
    said = ": ".join(part for part in (refusal.reason or refusal.status, " ".join(refusal.message.split())) if part)
    permission = facts_of(refusal).get("permission", "")
    if permission:
        return said if permission in said else f"{said} (needs {permission})"
    hidden = refusal.status == "NOT_FOUND" and refusal.method == "GetOperation"
    return f"{said} ({_ALL})" if hidden or refusal.status == "PERMISSION_DENIED" else said


class Kind(Protocol):
    """What each module of this package has."""

    ACTION: Action

    def made(self, deed: Deed) -> Iterator[Resource]:
        """Yield what a deed made, if it is of this kind; pure."""

    def unmade(self, deed: Deed) -> Iterator[Resource]:
        """Yield what a deed took away, if it is of this kind; pure. Only kind and name count."""

    def look(self, thing: Resource, wishes: Wishes, clients: Clients) -> ResourceState:
        """See whether it still stands as we left it; reads only."""

    def undo(self, thing: Resource, wishes: Wishes, clients: Clients) -> str:
        """Make the one call that takes it away; return what is worth telling."""
