"""A resource of IAM that we created: a service account, a workload identity pool or one of its providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.clients import ask
from provision.clients.operations import wait_rest
from provision.errors import Refusal
from provision.plan import Deed
from provision.undo.things import Standing, Thing, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action

ACTION: Final[Action] = "delete"
SERVICE: Final = "iam.googleapis.com"
DEADLINE_S: Final = 120.0
METHODS: Final = ("ServiceAccount", "WorkloadIdentityPool", "WorkloadIdentityPoolProvider")


def made(deed: Deed) -> Iterator[Thing]:
    """Yield what a Create or Undelete method brought about; the deed's resource is its full name."""
    for each in METHODS:
        if deed.service == SERVICE and deed.method in {f"Create{each}", f"Undelete{each}"}:
            yield Thing(kind="resources", name=deed.resource, resource=deed.resource, value=each)


def unmade(deed: Deed) -> Iterator[Thing]:
    """Yield what a Delete method deleted."""
    if deed.service == SERVICE and deed.method in {f"Delete{each}" for each in METHODS}:
        yield Thing(kind="resources", name=deed.resource, resource=deed.resource)


def look(thing: Thing, wishes: Wishes, clients: Clients) -> Standing:  # noqa: ARG001 - as every kind
    """See whether it is there, and whether a key or a workload of somebody else hangs on it."""
    found = ask(lambda: clients.transport.rest(SERVICE, f"Get{thing.value}", f"/v1/{thing.resource}", verb="GET"))
    if isinstance(found, Refusal):
        if found.status == "NOT_FOUND":
            return Standing(state="gone", reason="it is not there any more")
        return Standing(state="unseen", reason=f"it could not be seen ({found.reason or found.status})")
    if found.get("state") == "DELETED":
        return Standing(state="gone", reason="it is deleted already")
    if thing.value == "ServiceAccount":
        keys = ask(
            lambda: clients.transport.rest(
                SERVICE,
                "ListServiceAccountKeys",
                f"/v1/{thing.resource}/keys",
                verb="GET",
                query={"keyTypes": "USER_MANAGED"},
            )
        )
        if isinstance(keys, Refusal):
            return Standing(state="unseen", reason=f"its keys could not be seen ({keys.reason or keys.status})")
        if keys.get("keys"):
            return Standing(state="left", reason="somebody made a key of it, which we never do")
    return Standing(state="ours")


def undo(thing: Thing, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Delete it. Raises `ApiError`."""
    method = f"Delete{thing.value}"
    deed = Deed(service=SERVICE, method=method, resource=thing.resource)
    answer = clients.transport.rest(SERVICE, method, f"/v1/{thing.resource}", verb="DELETE", deed=deed, patience=6)
    if thing.value != "ServiceAccount":
        wait_rest(clients.transport, SERVICE, answer, deadline_s=DEADLINE_S)
    return "it can be taken back for 30 days; until then its id is taken"
