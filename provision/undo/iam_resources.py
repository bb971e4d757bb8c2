"""A resource of IAM that we created: a service account, a workload identity pool or one of its providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.clients import ask
from provision.errors import ApiError, ErrorStatus, NoAnswer
from provision.google import iam_policy
from provision.google.operations import wait_rest
from provision.plan import Mutation
from provision.undo import bindings
from provision.undo.resource import DestroyOptions, Resource, ResourceState, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action

ACTION: Final[Action] = "delete"
SERVICE: Final = "iam.googleapis.com"
DEADLINE_S: Final = 120.0
METHODS: Final = ("ServiceAccount", "WorkloadIdentityPool", "WorkloadIdentityPoolProvider")


def made(mutation: Mutation) -> Iterator[Resource]:
    """Yield what a Create or Undelete method brought about; the mutation's resource is its full name."""
    for each in METHODS:
        if mutation.service == SERVICE and mutation.method in {f"Create{each}", f"Undelete{each}"}:
            yield Resource(kind="resources", name=mutation.resource, full_name=mutation.resource, value=each)


def unmade(mutation: Mutation) -> Iterator[Resource]:
    """Yield what a Delete method deleted."""
    if mutation.service == SERVICE and mutation.method in {f"Delete{each}" for each in METHODS}:
        yield Resource(kind="resources", name=mutation.resource, full_name=mutation.resource)


def look(resource: Resource, options: DestroyOptions, clients: Clients) -> ResourceState:
    """See whether it is there, and whether someone else has built on it."""
    found = ask(
        lambda: clients.transport.rest(SERVICE, f"Get{resource.value}", f"/v1/{resource.full_name}", verb="GET")
    )
    if isinstance(found, NoAnswer):
        if isinstance(found, ErrorStatus) and found.status == "NOT_FOUND":
            return ResourceState(state="deleted", reason="it is not there any more")
        return ResourceState(state="unknown", reason=f"it could not be seen ({why(found.told)})")
    if found.get("state") == "DELETED":
        return ResourceState(state="deleted", reason="it is deleted already")
    try:
        built = "" if options.force else _built_on(resource, str(found.get("name")), options.being_deleted, clients)
    except ApiError as error:
        return ResourceState(
            state="unknown", reason=f"whether someone else has built on it could not be seen ({why(error.status)})"
        )
    note = f"{built} (--force deletes it anyway)" if built else ""
    return ResourceState(state="retained" if built else "ours", reason=note)


def _built_on(resource: Resource, name: str, being_deleted: frozenset[str], clients: Clients) -> str:
    """Return in words what others have made of it, so that deleting it would break that; empty if nothing.

    Args:
        name: as Google spells it, with the project's number in a pool's.
        being_deleted: the names of what we undo before it.

    Raises:
        ApiError: Google does not say.
    """
    if resource.value == "ServiceAccount":
        query = {"keyTypes": "USER_MANAGED"}
        path = f"/v1/{resource.full_name}/keys"
        if clients.transport.rest(SERVICE, "ListServiceAccountKeys", path, verb="GET", query=query).get("keys"):
            return "someone made a key of it, which we never do"
        policy = iam_policy.read(clients.transport, resource.full_name)
        if roles := bindings.others(policy, resource.full_name, being_deleted):
            return f"someone was let in to use it: {', '.join(roles)}"
        members = [f"serviceAccount:{resource.full_name.rpartition('/')[2]}"]
    elif resource.value == "WorkloadIdentityPool":
        providers = [each for each in clients.iam_admin.list_providers(resource.full_name) if each.state != "DELETED"]
        ids = [each.name.rpartition("/")[2] for each in providers]
        if theirs := [each for each in ids if f"{resource.full_name}/providers/{each}" not in being_deleted]:
            return f"it holds other providers: {', '.join(theirs)}"
        members = [f"{kind}://iam.googleapis.com/{name}/" for kind in ("principal", "principalSet")]
    else:
        return ""
    project = "/".join(resource.full_name.split("/")[:2])
    policy = iam_policy.read(clients.transport, project)
    roles = tuple(role for member in members for role in bindings.others(policy, project, being_deleted, member))
    return f"someone granted it {', '.join(roles)}" if roles else ""


def undo(resource: Resource, options: DestroyOptions, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Delete it. Raises `ApiError`."""
    method = f"Delete{resource.value}"
    mutation = Mutation(service=SERVICE, method=method, resource=resource.full_name)
    answer = clients.transport.rest(
        SERVICE, method, f"/v1/{resource.full_name}", verb="DELETE", mutation=mutation, patience=6
    )
    if resource.value != "ServiceAccount":
        wait_rest(clients.transport, SERVICE, answer, deadline_s=DEADLINE_S)
    return "it can be taken back for 30 days; until then its id is taken"
