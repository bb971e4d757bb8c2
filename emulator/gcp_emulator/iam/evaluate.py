"""May this caller do that? Allow policies from the resource up to the organization, one grant is enough.

https://cloud.google.com/iam/docs/resource-hierarchy-access-control

Before them the deny policies from there up, of which one that denies is enough: https://cloud.google.com/iam/docs/deny-overview

A change of a policy is in force everywhere only after the sandbox's propagation time: until then a call sees
either what was in force before or what was written, by the state's seed and the call's number, each policy
throughout one call alike. The owner of the sandbox may do everything, at once, but what a deny policy forbids.
https://cloud.google.com/iam/docs/access-change-propagation
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.errors import invalid_argument
from gcp_emulator.iam import conditions, deny, members, roles
from gcp_emulator.iam.policy import POLICIES
from gcp_emulator.iam.tree import lineage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gcp_emulator.call import Call, Json
    from gcp_emulator.caller import Caller
    from gcp_emulator.iam.policy import Policy
    from gcp_emulator.store import State


def allows(
    state: State, caller: Caller, permission: str, resource: str, number: int = 0, modified: Sequence[str] = ()
) -> bool:
    """Tell whether a caller holds a permission on a resource, as the call with this number sees it.

    Args:
        state: the state.
        caller: who asks.
        permission: what for.
        resource: where.
        number: the call's.
        modified: the roles that it would grant or take away.
    """
    permission = roles.short(permission)
    if caller.boundary is not None and not _inside(state, caller.boundary, permission, resource):
        return False
    if len(state[deny.DENY_POLICIES]) and deny.denies(state, caller, permission, resource):
        return False
    if caller.owner:
        return True
    policies = state[POLICIES]
    names = members.identities(state, caller)
    for name in lineage(state, resource):
        policy = policies.get(name)
        if policy is not None and _grants(state, policy, names, permission, resource, number, modified):
            return True
    return False


def _inside(state: State, boundary: tuple[tuple[str, tuple[str, ...]], ...], permission: str, resource: str) -> bool:
    """Tell whether a credential access boundary leaves a permission.

    https://cloud.google.com/iam/docs/downscoping-short-lived-credentials
    """
    return any(
        (resource == name or resource.startswith(name + "/"))
        and any(permission in roles.permissions(state, role) for role in held)
        for name, held in boundary
    )


def test_permissions(call: Call, resource: str) -> Json:
    """Answer `testIamPermissions`: those asked for that the caller has; what does not exist gives none.

    https://github.com/googleapis/googleapis/blob/master/google/iam/v1/iam_policy.proto
    """
    asked = call.texts("permissions")
    for permission in asked:
        if "*" in permission:
            raise invalid_argument(f"Permission {permission} is not valid for this resource.")
    there = bool(lineage(call.state, resource))
    held = [each for each in dict.fromkeys(asked) if there and call.may(each, resource)]
    return {"permissions": held} if held else {}


def _grants(
    state: State,
    policy: Policy,
    names: tuple[str, ...],
    permission: str,
    resource: str,
    number: int,
    modified: Sequence[str],
) -> bool:
    given = _expanded(state, policy.resource, in_force(state, policy, number))
    for name in names:
        found = given.get(name)
        if found is None:
            continue
        always, sometimes = found
        if permission in always:
            return True
        for permissions, expression in sometimes:
            if permission in permissions and conditions.holds(
                expression, conditions.context_of(state, resource, modified)
            ):
                return True
    return False


def in_force(state: State, policy: Policy, number: int) -> list[Json]:
    """Return the bindings that a call sees."""
    if not policy.history:
        return policy.bindings
    now = state.clock.now()
    for earlier in policy.history:
        if now < earlier["until"]:
            coin = hashlib.blake2b(f"{state.seed}/{policy.resource}/{number}".encode(), digest_size=1).digest()[0]
            bindings: list[Json] = policy.bindings if coin % 2 else earlier["bindings"]
            return bindings
    return policy.bindings


REMEMBERED: Final = 2_000
"""Policies whose roles stay expanded; the one that was expanded first goes first."""

Given = dict[str, tuple[frozenset[str], list[tuple[frozenset[str], str]]]]
"""For each member: what it may do always, and what under which conditions."""


def _expanded(state: State, resource: str, bindings: list[Json]) -> Given:
    """Return bindings with their roles expanded; kept for as long as bindings and custom roles stay the same."""
    version = state[roles.CUSTOM_ROLES].version
    memo: dict[str, list[Any]] = state.memo.setdefault("iam.expanded", {})
    known = memo.get(resource)
    if known is None:
        if len(memo) >= REMEMBERED:
            del memo[next(iter(memo))]
        known = memo[resource] = []
    for kept, kept_version, given in known:
        if kept is bindings and kept_version == version:
            found: Given = given
            return found
    expanded = _expand(state, bindings)
    known[:] = [(bindings, version, expanded), *known[:1]]  # two: what was and what is
    return expanded


def _expand(state: State, bindings: list[Json]) -> Given:
    always: dict[str, frozenset[str]] = {}
    sometimes: dict[str, list[tuple[frozenset[str], str]]] = {}
    for binding in bindings:
        permissions = roles.permissions(state, binding["role"])
        condition = binding.get("condition")
        for member in map(members.settled, binding["members"]):
            if condition:
                sometimes.setdefault(member, []).append((permissions, str(condition.get("expression", ""))))
            else:
                always[member] = _together(state, always.get(member), permissions)
    return {member: (always.get(member, frozenset()), sometimes.get(member, [])) for member in {*always, *sometimes}}


def _together(state: State, some: frozenset[str] | None, more: frozenset[str]) -> frozenset[str]:
    """Return both sets as one that equal unions share: thousands of projects give the same few roles."""
    if some is None or some is more:
        return more
    both = some | more
    unions: dict[frozenset[str], frozenset[str]] = state.memo.setdefault("iam.unions", {})
    if len(unions) >= REMEMBERED:
        unions.clear()
    return unions.setdefault(both, both)
