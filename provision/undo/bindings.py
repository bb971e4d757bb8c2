"""A member that we added to a policy; all others stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import ask
from provision.errors import Refusal
from provision.google import iam_policy
from provision.google.iam_policy import Grant
from provision.undo.resource import Resource, ResourceState, Wishes, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Deed, JsonValue

ACTION: Final[Action] = "revoke"


def name_of(resource: str, grant: JsonValue) -> str:
    """Return how a grant, as `Grant.as_json` writes it, on a resource is named among things."""
    return f"{resource} {json.dumps(grant, sort_keys=True)}"


def others(policy: iam_policy.Policy, resource: str, leaving: frozenset[str], member: str = "") -> tuple[str, ...]:
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
    return tuple(dict.fromkeys(each.role for each in grants if name_of(resource, each.as_json()) not in leaving))


def _things(deed: Deed, key: str) -> Iterator[Resource]:
    if deed.method == "SetIamPolicy":
        for each in cast("dict[str, Any]", deed.does).get(key, []):
            yield Resource(kind="bindings", name=name_of(deed.resource, each), resource=deed.resource, value=each)


def made(deed: Deed) -> Iterator[Resource]:
    """Yield each member that a SetIamPolicy added."""
    yield from _things(deed, "add")


def unmade(deed: Deed) -> Iterator[Resource]:
    """Yield each member that a SetIamPolicy removed."""
    yield from _things(deed, "remove")


def look(thing: Resource, wishes: Wishes, clients: Clients) -> ResourceState:  # noqa: ARG001 - as every kind
    """See whether the member still holds the role."""
    policy = ask(lambda: iam_policy.read(clients.transport, thing.resource))
    if isinstance(policy, Refusal):
        if policy.status == "NOT_FOUND":
            return ResourceState(state="gone", reason=f"{thing.resource} is not there any more")
        return ResourceState(state="unseen", reason=f"the policy could not be seen ({why(policy)})")
    if iam_policy.missing(policy, [Grant.from_json(thing.value)]):
        return ResourceState(state="gone", reason="somebody removed it")
    return ResourceState(state="ours")


def undo(thing: Resource, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Remove the member from the binding. Raises `ApiError`."""
    removed = iam_policy.remove_members(clients.transport, thing.resource, [Grant.from_json(thing.value)])
    return "" if removed else "somebody else removed it"
