"""Allow policies: kept, read, written, guarded by an etag.

A policy belongs to a resource by name (`projects/123`, `organizations/1`). Etags are as recorded: 8 bytes
in base64, the first 0x07, growing with time; clients send them back in either base64 alphabet, so bytes
are compared.
https://cloud.google.com/iam/docs/reference/rest/v1/Policy
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.errors import ApiError, bad_request, invalid_argument
from gcp_emulator.iam import roles
from gcp_emulator.iam.members import MEMBER
from gcp_emulator.iam.tree import lineage
from gcp_emulator.identity import ACCOUNTS
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The allow policy of one resource.

    Args:
        resource: its name.
        stamp: when it was written, in microseconds; no two alike.
        bindings: who has which role, sorted.
        audit_configs: kept as they were sent.
        history: what was in force before, each `until` the sandbox time at which its successor is everywhere.
    """

    resource: str
    stamp: int
    bindings: list[Json] = field(default_factory=list)
    audit_configs: list[Json] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)


POLICIES: Final = Table("iam.policies", Policy, key="resource")

MemberGuard = Callable[["Call", str, list[str]], None]
"""Refuses members who are new in the policy of a resource."""

MEMBER_GUARDS: Final[list[MemberGuard]] = []


def guards_members(guard: MemberGuard) -> MemberGuard:
    """Declare a rule about new members that is not IAM's own, such as an organization policy."""
    MEMBER_GUARDS.append(guard)
    return guard


ROLE: Final = re.compile(r"(?:(?:projects|organizations)/[^/]+/)?roles/[A-Za-z0-9_.]+")


def grant(state: State, resource: str, role: str, members: Iterable[str]) -> None:
    """Add members to the policy a resource is born with; it is in force at once."""
    old = state[POLICIES].get(resource)
    bindings = [each for each in (old.bindings if old else []) if each["role"] != role or "condition" in each]
    same = [each for each in (old.bindings if old else []) if each not in bindings]
    bindings.append({"role": role, "members": sorted({*members, *(one for each in same for one in each["members"])})})
    stamp = _next_stamp(state, old)
    state[POLICIES].put(Policy(resource=resource, stamp=stamp, bindings=sorted(bindings, key=itemgetter("role"))))


def get_policy(call: Call, resource: str) -> Json:
    """Answer `getIamPolicy`; permission has been checked."""
    requested = call.message("options").get("requestedPolicyVersion", 0)
    if str(requested) not in {"0", "1", "2", "3"}:
        raise invalid_argument("Invalid policy version.")
    return render(call.state[POLICIES].get(resource))


def render(policy: Policy | None) -> Json:
    """Return a policy as Google writes it: version 1 unless a binding has a condition, roles in order."""
    if policy is None:
        return {"version": 1, "etag": "ACAB"}
    conditional = any("condition" in binding for binding in policy.bindings)
    answer: Json = {"version": 3 if conditional else 1, "etag": _etag(policy)}
    if policy.audit_configs:
        answer["auditConfigs"] = policy.audit_configs
    if policy.bindings:
        answer["bindings"] = policy.bindings
    return answer


def set_policy(
    call: Call, resource: str, check: Callable[[Policy | None, list[Json]], None] = lambda _old, _new: None
) -> Json:
    """Answer `setIamPolicy`: replace what the mask names, unless someone else was faster.

    Args:
        call: the call.
        resource: whose policy it is.
        check: refuses new bindings that this kind of resource does not take.
    """
    state = call.state
    old = state[POLICIES].get(resource)
    given = call.message("policy")
    mask = [part.strip() for part in call.text("updateMask").split(",") if part.strip()] or [
        "bindings",
        "etag",
    ]
    _check_etag(old, given.get("etag", ""))
    bindings = old.bindings if old else []
    audit = old.audit_configs if old else []
    if "bindings" in mask:
        bindings = _bindings(given)
        _check_roles(state, bindings)
        _check_principals(state, resource, bindings)
        _check_members(call, resource, old, bindings)
        check(old, bindings)
    if "auditConfigs" in mask or "audit_configs" in mask:
        audit = _objects(given, "auditConfigs")
    policy = Policy(
        resource=resource,
        stamp=_next_stamp(state, old),
        bindings=bindings,
        audit_configs=audit,
        history=_history(old, bindings, state.clock.now(), call.settings.propagation),
    )
    state[POLICIES].put(policy)
    return render(policy)


def _history(old: Policy | None, bindings: list[Json], now: float, propagation: float) -> list[Json]:
    """Return what is still in force somewhere once a policy has been written."""
    before = old.bindings if old else []
    earlier = [each for each in (old.history if old else []) if now < each["until"]]
    if propagation <= 0 or before == bindings:
        return earlier
    return [*earlier, {"until": now + propagation, "bindings": before}]


def _bindings(given: Json) -> list[Json]:
    """Merge, check and sort bindings: one for each role and condition."""
    merged: dict[tuple[str, str], Json] = {}
    for binding in _objects(given, "bindings"):
        role, members, condition = binding.get("role", ""), binding.get("members", []), binding.get("condition")
        if not isinstance(role, str) or not ROLE.fullmatch(role):
            raise invalid_argument(
                f"Role {role} is not supported for this resource.", bad_request(("policy.bindings.role", str(role)))
            )
        if not isinstance(members, list):
            raise invalid_argument("Invalid value at 'policy.bindings.members' (TYPE_STRING)")
        for member in members:
            _check_member(member)
        if condition and given.get("version") not in {3, "3"}:
            raise invalid_argument(
                "Policies with conditions must be set with policy version 3 (policy.version is smaller)."
            )
        entry = merged.setdefault((role, repr(condition)), {"role": role, "members": []})
        entry["members"] = sorted({*entry["members"], *members})
        if condition:
            entry["condition"] = condition
    return [merged[key] for key in sorted(merged) if merged[key]["members"]]


def _check_roles(state: State, bindings: list[Json]) -> None:
    """Refuse a custom role that no one made.

    https://github.com/GoogleCloudPlatform/pubsec-declarative-toolkit/issues/608
    """
    for binding in bindings:
        role = binding["role"]
        custom = None if role.startswith("roles/") else state[roles.CUSTOM_ROLES].get(role)
        if not role.startswith("roles/") and (custom is None or custom.deleted):
            raise invalid_argument(f"Role ({role}) does not exist in the resource's hierarchy.")


def _check_members(call: Call, resource: str, old: Policy | None, bindings: list[Json]) -> None:
    """Ask the other rules about members that are new."""
    before = {member for binding in (old.bindings if old else []) for member in binding["members"]}
    added = list({member: None for binding in bindings for member in binding["members"] if member not in before})
    for guard in MEMBER_GUARDS:
        guard(call, resource, added)


def _check_principals(state: State, resource: str, bindings: list[Json]) -> None:
    """Refuse everyone where that is not possible, and service accounts of a project here that do not exist.

    What is in the hierarchy has no `allUsers` (comments of SetIamPolicy in projects.proto; the sentence is
    assumed). Service accounts: https://github.com/GoogleCloudPlatform/cdmc/issues/50
    """
    for member in dict.fromkeys(each for binding in bindings for each in binding["members"]):
        if member in {"allUsers", "allAuthenticatedUsers"} and resource.count("/") == 1:
            raise invalid_argument(f"The member {member} is not supported for this resource.")
        kind, _, email = member.partition(":")
        project = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        if kind == "serviceAccount" and email not in state[ACCOUNTS] and lineage(state, f"projects/{project}"):
            raise invalid_argument(f"Service account {email} does not exist.")


def _objects(given: Json, name: str) -> list[Json]:
    listed = given.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise invalid_argument(f"Invalid value at 'policy.{name}', expected a list of messages.")
    return listed


def _check_member(member: Any) -> None:
    if not isinstance(member, str) or not MEMBER.fullmatch(member):
        raise invalid_argument(
            f"The member {member} is of an unknown type. Please set a valid type prefix for the member."
        )


def _check_etag(old: Policy | None, given: Any) -> None:
    if not given:
        return
    try:
        sent = base64.b64decode(str(given).replace("-", "+").replace("_", "/") + "==", validate=False)
    except ValueError:
        message = f"Invalid value at 'policy.etag' (TYPE_BYTES), Base64 decoding failed for \"{given}\""
        raise invalid_argument(message, bad_request(("policy.etag", message))) from None
    current = _etag(old) if old else "ACAB"
    if sent != base64.b64decode(current + "=" * (-len(current) % 4)):
        raise ApiError(
            "ABORTED",
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential "
            f"backoff. The request's ETag '{given}' did not match the current policy's ETag '{current}'.",
        )


def _next_stamp(state: State, old: Policy | None) -> int:
    now = int(state.clock.now() * 1_000_000)
    return max(now, old.stamp + 1) if old else now


def _etag(policy: Policy) -> str:
    return base64.b64encode(b"\x07" + policy.stamp.to_bytes(7, "big")).decode()
