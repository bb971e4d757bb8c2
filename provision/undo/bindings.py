"""A member that we added to a policy; all others stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import ask
from provision.errors import ErrorStatus, NoAnswer
from provision.google import iam_policy
from provision.google.iam_policy import Grant
from provision.undo.resource import DestroyOptions, Resource, ResourceState, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, JsonValue, Mutation

ACTION: Final[Action] = "revoke"


def name_of(resource: str, grant: JsonValue) -> str:
    """Return how a grant, as `Grant.as_json` writes it, on a resource is named among resources."""
    return f"{resource} {json.dumps(grant, sort_keys=True)}"


def others(
    policy: iam_policy.Policy, resource: str, being_deleted: frozenset[str], member: str = ""
) -> tuple[str, ...]:
    """Return the roles in a policy that are not about to be revoked by us.

    Args:
        member: only those of members that begin so; all of them if empty.
    """
    grants = [
        Grant(role=binding["role"], member=each, condition=binding.get("condition") or {})
        for binding in policy.get("bindings", [])
        for each in binding.get("members", [])
        if each.startswith(member)
    ]
    return tuple(dict.fromkeys(each.role for each in grants if name_of(resource, each.as_json()) not in being_deleted))


def _resources(mutation: Mutation, key: str) -> Iterator[Resource]:
    if mutation.method == "SetIamPolicy":
        for each in cast("dict[str, Any]", mutation.does).get(key, []):
            yield Resource(
                kind="bindings", name=name_of(mutation.resource, each), full_name=mutation.resource, value=each
            )


def made(mutation: Mutation) -> Iterator[Resource]:
    """Yield each member that a SetIamPolicy added."""
    yield from _resources(mutation, "add")


def unmade(mutation: Mutation) -> Iterator[Resource]:
    """Yield each member that a SetIamPolicy removed."""
    yield from _resources(mutation, "remove")


def look(resource: Resource, options: DestroyOptions, clients: Clients) -> ResourceState:  # noqa: ARG001 - as every kind
    """See whether the member still holds the role."""
    policy = ask(lambda: iam_policy.read(clients.transport, resource.full_name))
    if isinstance(policy, NoAnswer):
        if isinstance(policy, ErrorStatus) and policy.status == "NOT_FOUND":
            return ResourceState(state="deleted", reason=f"{resource.full_name} is not there any more")
        return ResourceState(state="unknown", reason=f"the policy could not be seen ({why(policy.told)})")
    if iam_policy.missing(policy, [Grant.from_json(resource.value)]):
        return ResourceState(state="deleted", reason="someone removed it")
    return ResourceState(state="ours")


def undo(resource: Resource, options: DestroyOptions, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Remove the member from the binding. Raises `ApiError`."""
    removed = iam_policy.remove_members(clients.transport, resource.full_name, [Grant.from_json(resource.value)])
    return "" if removed else "someone else removed it"
