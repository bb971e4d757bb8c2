"""A resource of IAM that we created: a service account, a workload identity pool or one of its providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.clients import ask
from provision.errors import ApiError, Refusal
from provision.google import iam_policy
from provision.google.operations import wait_rest
from provision.plan import Deed
from provision.undo import bindings
from provision.undo.resource import Resource, ResourceState, Wishes, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action

ACTION: Final[Action] = "delete"
SERVICE: Final = "iam.googleapis.com"
DEADLINE_S: Final = 120.0
METHODS: Final = ("ServiceAccount", "WorkloadIdentityPool", "WorkloadIdentityPoolProvider")


def made(deed: Deed) -> Iterator[Resource]:
    """Yield what a Create or Undelete method brought about; the deed's resource is its full name."""
    for each in METHODS:
        if deed.service == SERVICE and deed.method in {f"Create{each}", f"Undelete{each}"}:
            yield Resource(kind="resources", name=deed.resource, resource=deed.resource, value=each)


def unmade(deed: Deed) -> Iterator[Resource]:
    """Yield what a Delete method deleted."""
    if deed.service == SERVICE and deed.method in {f"Delete{each}" for each in METHODS}:
        yield Resource(kind="resources", name=deed.resource, resource=deed.resource)


def look(thing: Resource, wishes: Wishes, clients: Clients) -> ResourceState:
    """See whether it is there, and whether somebody else has built on it."""
    found = ask(lambda: clients.transport.rest(SERVICE, f"Get{thing.value}", f"/v1/{thing.resource}", verb="GET"))
    if isinstance(found, Refusal):
        if found.status == "NOT_FOUND":
            return ResourceState(state="gone", reason="it is not there any more")
        return ResourceState(state="unseen", reason=f"it could not be seen ({why(found)})")
    if found.get("state") == "DELETED":
        return ResourceState(state="gone", reason="it is deleted already")
    try:
        built = "" if wishes.even_if_used else _built_on(thing, str(found.get("name")), wishes.leaving, clients)
    except ApiError as error:
        return ResourceState(
            state="unseen", reason=f"whether somebody else has built on it could not be seen ({why(error.refusal)})"
        )
    note = f"{built} (--even-if-used deletes it all the same)" if built else ""
    return ResourceState(state="left" if built else "ours", reason=note)


def _built_on(thing: Resource, name: str, leaving: frozenset[str], clients: Clients) -> str:
    """Return in words what others have made of it, so that deleting it would break that; empty if nothing.

    Args:
        name: as Google spells it, with the project's number in a pool's.
        leaving: the names of what we undo before it.

    Raises:
        ApiError: Google does not say.
    """
    if thing.value == "ServiceAccount":
        query = {"keyTypes": "USER_MANAGED"}
        path = f"/v1/{thing.resource}/keys"
        if clients.transport.rest(SERVICE, "ListServiceAccountKeys", path, verb="GET", query=query).get("keys"):
            return "somebody made a key of it, which we never do"
        policy = iam_policy.read(clients.transport, thing.resource)
        if roles := bindings.others(policy, thing.resource, leaving):
            return f"somebody was let in to use it: {', '.join(roles)}"
        members = [f"serviceAccount:{thing.resource.rpartition('/')[2]}"]
    elif thing.value == "WorkloadIdentityPool":
        providers = [each for each in clients.iam_admin.list_providers(thing.resource) if each.state != "DELETED"]
        ids = [each.name.rpartition("/")[2] for each in providers]
        if theirs := [each for each in ids if f"{thing.resource}/providers/{each}" not in leaving]:
            return f"it holds other providers: {', '.join(theirs)}"
        members = [f"{kind}://iam.googleapis.com/{name}/" for kind in ("principal", "principalSet")]
    else:
        return ""
    project = "/".join(thing.resource.split("/")[:2])
    policy = iam_policy.read(clients.transport, project)
    roles = tuple(role for member in members for role in bindings.others(policy, project, leaving, member))
    return f"somebody granted it {', '.join(roles)}" if roles else ""


def undo(thing: Resource, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Delete it. Raises `ApiError`."""
    method = f"Delete{thing.value}"
    deed = Deed(service=SERVICE, method=method, resource=thing.resource)
    answer = clients.transport.rest(SERVICE, method, f"/v1/{thing.resource}", verb="DELETE", deed=deed, patience=6)
    if thing.value != "ServiceAccount":
        wait_rest(clients.transport, SERVICE, answer, deadline_s=DEADLINE_S)
    return "it can be taken back for 30 days; until then its id is taken"
