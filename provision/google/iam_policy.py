"""Add and remove members of allow policies, and lose nothing that someone else wrote.

A policy is read, changed and written back whole, so three things keep what is foreign:

- its etag goes back with it, and a write that Google answers with ``ABORTED`` begins again from a new read;
- it is read as version 3, because an older version hides conditions and writing it back would drop them;
- it stays JSON all the way: a generated client drops fields that are newer than itself.

https://cloud.google.com/iam/docs/retry-strategy, https://cloud.google.com/iam/docs/reference/rest/v1/Policy
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ApiError, ErrorStatus
from provision.google.errors import TRANSIENT
from provision.google.responses import listed, mapped, reading, text, texts
from provision.google.retry import retry
from provision.plan import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.google.transport import Transport
    from provision.plan import JsonValue

Policy = dict[str, Any]

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_VERSION: Final = 3
# Whoever holds one of these is named without regard to case; federated identities are not.
_CASELESS: Final = frozenset({"user", "serviceAccount", "group", "domain"})


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One member in one binding.

    Attributes:
        condition: as IAM writes it: ``title``, ``expression``, perhaps ``description``; empty for none.
    """

    role: str
    member: str
    condition: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as the journal and a plan hold it."""
        found: dict[str, JsonValue] = {"role": self.role, "member": self.member}
        if self.condition:
            found["condition"] = dict(self.condition)
        return found

    @classmethod
    def from_json(cls, given: Any) -> Grant:
        """Read what `as_json` wrote."""
        return cls(role=given["role"], member=given["member"], condition=dict(given.get("condition") or {}))


def read(transport: Transport, resource: str) -> Policy:
    """Return the allow policy of ``projects/…``, ``projects/…/serviceAccounts/…``, ``billingAccounts/…`` and so on.

    Needs the resource's ``getIamPolicy`` permission.

    Raises:
        ApiError: Google refused, or sent a policy without an etag, which could not be written back safely.
    """
    service, version = _home(resource)
    path = f"/{version}/{resource}:getIamPolicy"
    if service == "cloudresourcemanager.googleapis.com":
        policy = transport.rest(service, "GetIamPolicy", path, body={"options": {"requestedPolicyVersion": _VERSION}})
    else:
        verb = "GET" if service == "cloudbilling.googleapis.com" else "POST"
        query = {"options.requestedPolicyVersion": str(_VERSION)}
        policy = transport.rest(service, "GetIamPolicy", path, verb=verb, query=query)
    with reading(service, "GetIamPolicy"):
        for binding in listed(policy, "bindings"):
            if not text(binding, "role"):
                raise ValueError("a binding without a role")
            texts(binding, "members")
            mapped(binding, "condition")
        etag = text(policy, "etag")
    if not etag:
        raise ApiError(
            ErrorStatus(
                service=service,
                method="GetIamPolicy",
                status="MALFORMED_RESPONSE",
                message=f"The policy of {resource} came without an etag: writing it back could undo another's change.",
            )
        )
    return policy


def missing(policy: Policy, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return the grants that the policy does not hold."""
    return tuple(grant for grant in grants if not _holds(policy, grant))


def add_members(transport: Transport, resource: str, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Add what is missing and nothing else; return what this call added, which may be nothing.

    Needs the resource's ``getIamPolicy`` and ``setIamPolicy`` permissions. Safe beside other writers.

    Raises:
        ApiError: Google refused, or other writers were faster until the time was up.
    """
    return _edit(transport, resource, tuple(grants), add=True)


def remove_members(transport: Transport, resource: str, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Remove what is there and nothing else; return what this call removed. Otherwise as `add_members`."""
    return _edit(transport, resource, tuple(grants), add=False)


def _edit(transport: Transport, resource: str, grants: tuple[Grant, ...], *, add: bool) -> tuple[Grant, ...]:
    return retry(
        transport,
        "SetIamPolicy",
        lambda: _edit_once(transport, resource, grants, add=add),
        lambda error: error.status == "ABORTED",
        deadline_s=transport.retry_budget_s * 6,
        first_pause_s=_FIRST_PAUSE_S,
        longest_pause_s=_LONGEST_PAUSE_S,
    )


def _edit_once(transport: Transport, resource: str, grants: tuple[Grant, ...], *, add: bool) -> tuple[Grant, ...]:
    service, version = _home(resource)
    policy = read(transport, resource)
    absent = missing(policy, grants)
    wanted = absent if add else tuple(grant for grant in grants if grant not in absent)
    if not wanted:
        return ()
    transport.rest(
        service,
        "SetIamPolicy",
        f"/{version}/{resource}:setIamPolicy",
        # Audit configs are not ours to write.
        body={"policy": (_with if add else _without)(policy, wanted), "updateMask": "bindings,etag"},
        mutation=Mutation(
            service=service,
            method="SetIamPolicy",
            resource=resource,
            does={"add" if add else "remove": [grant.as_json() for grant in wanted]},
        ),
        # Sent again only where the etag makes that harmless: it fits once.
        transient=(TRANSIENT | {"TIMEOUT"}) - {"ABORTED"},
        patience=6,
    )
    return wanted


def _home(resource: str) -> tuple[str, str]:
    """Return the API that keeps a resource's policy, and its version."""
    if resource.startswith("billingAccounts/"):
        return "cloudbilling.googleapis.com", "v1"
    if resource.startswith("projects/") and resource.count("/") > 1:
        return "iam.googleapis.com", "v1"
    return "cloudresourcemanager.googleapis.com", "v3"


def _same(member: str, other: str) -> bool:
    kind, _, name = member.partition(":")
    other_kind, _, other_name = other.partition(":")
    if kind != other_kind:
        return False
    return name.casefold() == other_name.casefold() if kind in _CASELESS else name == other_name


def _fits(binding: Any, grant: Grant) -> bool:
    """Whether a grant belongs into a binding: the same role under the same condition."""
    condition = {key: value for key, value in (binding.get("condition") or {}).items() if value}
    return binding.get("role") == grant.role and condition == {k: v for k, v in grant.condition.items() if v}


def _holds(policy: Policy, grant: Grant) -> bool:
    return any(
        _fits(binding, grant) and any(_same(member, grant.member) for member in binding.get("members", []))
        for binding in policy.get("bindings", [])
    )


def _with(policy: Policy, grants: tuple[Grant, ...]) -> Policy:
    changed = copy.deepcopy(policy)
    bindings: list[Any] = changed.setdefault("bindings", [])
    for grant in grants:
        binding = next((each for each in bindings if _fits(each, grant)), None)
        if binding is None:
            binding = {"role": grant.role, "members": []}
            if grant.condition:
                binding["condition"] = dict(grant.condition)
            bindings.append(binding)
        binding.setdefault("members", []).append(grant.member)
    return _versioned(changed)


def _without(policy: Policy, grants: tuple[Grant, ...]) -> Policy:
    changed = copy.deepcopy(policy)
    for grant in grants:
        for binding in changed.get("bindings", []):
            if _fits(binding, grant):
                binding["members"] = [each for each in binding.get("members", []) if not _same(each, grant.member)]
    changed["bindings"] = [each for each in changed.get("bindings", []) if each.get("members")]
    return _versioned(changed)


def _versioned(policy: Policy) -> Policy:
    if any("condition" in binding for binding in policy.get("bindings", [])):
        policy["version"] = _VERSION
    return policy
