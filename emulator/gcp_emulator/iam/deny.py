"""Deny policies: what no allow policy gives, from the resource up to the organization.

A rule applies where the principal is denied and not excepted, the permission is denied and not excepted, and the
condition, if there is one, holds; one rule is enough, before any allow policy is asked.
https://cloud.google.com/iam/docs/deny-overview

Principals and permissions are spelled in the way of IAM v2:
https://cloud.google.com/iam/docs/principal-identifiers#deny, https://cloud.google.com/iam/docs/deny-permissions-support
Which permissions deny policies do not support is not established: every permission that exists is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.iam import conditions, members, roles
from gcp_emulator.iam.tree import lineage
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.call import Json
    from gcp_emulator.caller import Caller
    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class DenyPolicy:
    """A deny policy.

    Args:
        name: `policies/…/denypolicies/{id}`, the middle with the project's number and percent-encoded.
        resource: what it is attached to, `projects/123`.
        body: display name, annotations and rules, as they were sent.
        uid: digits.
        created: sandbox time.
        updated: the same.
        stamp: microseconds of its last change; makes the etag.
    """

    name: str
    resource: str
    body: Json
    uid: str
    created: float
    updated: float
    stamp: int


DENY_POLICIES: Final = Table("iam.deny_policies", DenyPolicy, key="name")

ALWAYS_HIS: Final = "iam.denypolicies."
"""What the owner of the sandbox may do in spite of any: nothing else could take one away again."""

PUBLIC: Final = "principalSet://goog/public:all"
PRINCIPAL: Final = re.compile(
    r"(?:deleted:)?(?:principal://goog/subject/(?P<user>[^/?]+@[^/?]+)|principalSet://goog/group/(?P<group>[^/?]+@[^/?]+)"
    r"|principal://iam\.googleapis\.com/projects/-/serviceAccounts/(?P<account>[^/?]+@[^/?]+))(?P<uid>\?uid=\w+)?"
    r"|(?P<federated>principal(?:Set)?://iam\.googleapis\.com/(?:projects|locations)/\S+)"
    r"|(?P<everyone>principalSet://goog/public:all)"
)
PERMISSION: Final = re.compile(r"(?P<service>[a-z][a-z0-9-]*)\.googleapis\.com/(?P<rest>(?:[\w.]+|\*)\.(?:\w+|\*))")
SPELLED: Final = {"cloudresourcemanager": "resourcemanager", "cloudbilling": "billing"}
"""What permissions of allow policies begin with, where that is not the first part of the service's name."""


def member_of(principal: str) -> str | None:
    """Return the name that a principal has among a caller's, empty for one who is deleted, None for no principal."""
    found = PRINCIPAL.fullmatch(principal)
    if found is None:
        return None
    if principal.startswith("deleted:"):
        return ""
    for kind, name in (("user", "user"), ("group", "group"), ("account", "serviceAccount")):
        if found[kind]:
            return members.settled(f"{name}:{found[kind]}")
    return "allusers" if found["everyone"] else principal


def pattern_of(permission: str) -> re.Pattern[str] | None:
    """Return what fits the permissions that are meant, as errors spell them; None for no permission.

    `*` stands for all resources, all verbs, or both.
    """
    found = PERMISSION.fullmatch(permission)
    if found is None:
        return None
    short = f"{SPELLED.get(found['service'], found['service'])}.{found['rest']}"
    return re.compile(re.escape(short).replace(r"\*", r"[\w.]+"))


def is_known(permission: str) -> bool:
    """Tell whether there is such a permission, or for a pattern any."""
    pattern = pattern_of(permission)
    return pattern is not None and any(map(pattern.fullmatch, roles.is_permission()))


def denies(state: State, caller: Caller, permission: str, resource: str) -> bool:
    """Tell whether a deny policy forbids it."""
    if caller.owner and permission.startswith(ALWAYS_HIS):
        return False
    names = frozenset(members.identities(state, caller))
    places = set(lineage(state, resource))
    return any(
        _applies(state, rule.get("denyRule", {}), names, permission, resource)
        for policy in state[DENY_POLICIES]
        if policy.resource in places
        for rule in policy.body.get("rules", [])
    )


def _applies(state: State, rule: Any, names: frozenset[str], permission: str, resource: str) -> bool:
    if not _among(rule.get("deniedPrincipals", ()), names) or _among(rule.get("exceptionPrincipals", ()), names):
        return False
    if not _covers(rule.get("deniedPermissions", ()), permission) or _covers(
        rule.get("exceptionPermissions", ()), permission
    ):
        return False
    expression = (rule.get("denialCondition") or {}).get("expression")
    return not expression or conditions.holds(expression, conditions.context_of(state, resource))


def _among(principals: Iterable[str], names: frozenset[str]) -> bool:
    return any(member_of(each) in names for each in principals)


def _covers(permissions: Iterable[str], permission: str) -> bool:
    patterns = map(pattern_of, permissions)
    return any(pattern is not None and pattern.fullmatch(permission) for pattern in patterns)
