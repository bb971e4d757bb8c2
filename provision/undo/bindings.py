"""A member that we added to a policy; all others stay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import ask, iam_policy
from provision.clients.iam_policy import Grant
from provision.errors import Refusal
from provision.undo.things import Standing, Thing, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Deed

ACTION: Final[Action] = "revoke"


def _things(deed: Deed, key: str) -> Iterator[Thing]:
    if deed.method == "SetIamPolicy":
        for each in cast("dict[str, Any]", deed.does).get(key, []):
            name = f"{deed.resource} {json.dumps(each, sort_keys=True)}"
            yield Thing(kind="bindings", name=name, resource=deed.resource, value=each)


def made(deed: Deed) -> Iterator[Thing]:
    """Yield each member that a SetIamPolicy added."""
    yield from _things(deed, "add")


def unmade(deed: Deed) -> Iterator[Thing]:
    """Yield each member that a SetIamPolicy removed."""
    yield from _things(deed, "remove")


def look(thing: Thing, wishes: Wishes, clients: Clients) -> Standing:  # noqa: ARG001 - as every kind
    """See whether the member still holds the role."""
    policy = ask(lambda: iam_policy.read(clients.transport, thing.resource))
    if isinstance(policy, Refusal):
        if policy.status == "NOT_FOUND":
            return Standing(state="gone", reason=f"{thing.resource} is not there any more")
        return Standing(state="unseen", reason=f"the policy could not be seen ({policy.reason or policy.status})")
    if iam_policy.missing(policy, [Grant.from_json(thing.value)]):
        return Standing(state="gone", reason="somebody removed it")
    return Standing(state="ours")


def undo(thing: Thing, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Remove the member from the binding. Raises `ApiError`."""
    removed = iam_policy.remove_members(clients.transport, thing.resource, [Grant.from_json(thing.value)])
    return "" if removed else "somebody else removed it"
