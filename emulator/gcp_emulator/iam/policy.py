"""Allow policies: kept, read, written, guarded by an etag.

A policy belongs to a resource by name (`projects/123`, `organizations/1`). Etags are as recorded: 8 bytes
in base64, the first 0x07, growing with time; clients send them back in either base64 alphabet, so bytes
are compared.
https://cloud.google.com/iam/docs/reference/rest/v1/Policy
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.errors import ApiError, bad_request, invalid_argument
from gcp_emulator.iam import conditions, principals, roles
from gcp_emulator.iam.levels import is_grantable, level_of
from gcp_emulator.iam.members import MEMBER
from gcp_emulator.iam.tree import lineage
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


BASIC: Final = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
WITH_CONDITION: Final = "_withcond_"
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
    """Answer `getIamPolicy`; permission has been checked.

    Version 2 was never one: https://github.com/googleapis/googleapis/blob/master/google/iam/v1/options.proto
    """
    requested = str(call.message("options").get("requestedPolicyVersion", 0))
    if requested not in {"0", "1", "3"}:
        raise invalid_argument("Invalid policy version.")
    return render(call.state[POLICIES].get(resource), conditions=requested == "3")


def render(policy: Policy | None, *, conditions: bool = True) -> Json:
    """Return a policy as Google writes it: version 1 unless a binding has a condition, roles in order.

    Who did not ask for version 3 sees conditional bindings without their conditions, the roles marked:
    https://cloud.google.com/iam/docs/troubleshooting-withcond
    """
    if policy is None:
        return {"version": 1, "etag": "ACAB"}
    conditional = version_of(policy) == 3
    answer: Json = {"version": 3 if conditional and conditions else 1, "etag": _etag(policy)}
    if policy.audit_configs:
        answer["auditConfigs"] = policy.audit_configs
    if policy.bindings:
        answer["bindings"] = policy.bindings if conditions else [_marked(each) for each in policy.bindings]
    return answer


def version_of(policy: Policy | None) -> int:
    """Return the version that a policy needs: 3 if a binding of it has a condition."""
    return 3 if policy and any("condition" in binding for binding in policy.bindings) else 1


def _marked(binding: Json) -> Json:
    if "condition" not in binding:
        return binding
    drawn = hashlib.blake2b(json.dumps(binding["condition"], sort_keys=True).encode(), digest_size=10).hexdigest()
    return {"role": f"{binding['role']}{WITH_CONDITION}{drawn}", "members": binding["members"]}


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
    if given.get("etag"):
        _check_version(old, given.get("version", 0))
    bindings = old.bindings if old else []
    audit = old.audit_configs if old else []
    if "bindings" in mask:
        bindings = _bindings(given)
        call.require_again(_modified(old, bindings))
        _check_roles(state, resource, old, bindings)
        added = _added(old, bindings)
        principals.check(state, resource, added, call.settings.propagation)
        for guard in MEMBER_GUARDS:
            guard(call, resource, added)
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


def _modified(old: Policy | None, bindings: list[Json]) -> list[str]:
    """Return the roles some of whose bindings are new, gone or others."""
    before = old.bindings if old else []
    return sorted({each["role"] for each in [*before, *bindings] if (each in before) != (each in bindings)})


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
            raise not_supported(role)
        if not isinstance(members, list):
            raise invalid_argument("Invalid value at 'policy.bindings.members' (TYPE_STRING)")
        for member in members:
            _check_member(member)
        if condition and given.get("version") not in {3, "3"}:
            raise invalid_argument(
                "Policies with conditions must be set with policy version 3 (policy.version is smaller)."
            )
        if condition:
            _check_condition(condition)
        entry = merged.setdefault((role, repr(condition)), {"role": role, "members": []})
        entry["members"] = sorted({*entry["members"], *members})
        if condition:
            entry["condition"] = condition
    return [merged[key] for key in sorted(merged) if merged[key]["members"]]


def _check_roles(state: State, resource: str, old: Policy | None, bindings: list[Json]) -> None:
    """Refuse roles that are new in the policy and do not exist, or are not granted on such a resource.

    https://github.com/terraform-google-modules/terraform-google-iam/issues/91 (predefined),
    https://github.com/GoogleCloudPlatform/pubsec-declarative-toolkit/issues/608 (custom),
    https://github.com/hashicorp/terraform-provider-google/issues/7833 (conditions)
    """
    before = {binding["role"] for binding in (old.bindings if old else [])}
    level, places = level_of(resource), lineage(state, resource)
    for binding in bindings:
        role = binding["role"]
        if role in BASIC and "condition" in binding:
            raise invalid_argument(
                "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles."
            )
        if role in before:
            continue
        if not role.startswith("roles/"):
            _check_custom(state, role, places)
        elif role not in roles.predefined() or not is_grantable(role, level):
            raise not_supported(role)


def _check_custom(state: State, role: str, places: list[str]) -> None:
    """Refuse a custom role that no one made, or that belongs to another project or organization."""
    custom = state[roles.CUSTOM_ROLES].get(role)
    owner = lineage(state, role.partition("/roles/")[0])
    if custom is None or custom.deleted or not owner or owner[0] not in places:
        raise invalid_argument(f"Role ({role}) does not exist in the resource's hierarchy.")


def not_supported(role: object) -> ApiError:
    """Refuse a role that this resource does not take; one that does not exist is the same answer."""
    return invalid_argument(
        f"Role {role} is not supported for this resource.", bad_request(("policy.bindings.role", str(role)))
    )


def _added(old: Policy | None, bindings: list[Json]) -> list[str]:
    """Return the members that are new: rules do not reach back."""
    before = {member for binding in (old.bindings if old else []) for member in binding["members"]}
    return list({member: None for binding in bindings for member in binding["members"] if member not in before})


def _check_version(old: Policy | None, given: Any) -> None:
    """Refuse to lose conditions by a policy of a lower version; one without etag overwrites them.

    https://github.com/hashicorp/vault-plugin-secrets-gcp/issues/88, https://cloud.google.com/iam/docs/policies#versions
    """
    sent, there = max(int(given or 0), 1) if str(given or 0).isdigit() else 1, version_of(old)
    if sent < there:
        raise invalid_argument(
            f"Specified policy version ({sent}) cannot be less than the existing policy version ({there}). For more "
            "information, please refer to https://cloud.google.com/iam/docs/policies#versions"
        )


def _objects(given: Json, name: str) -> list[Json]:
    listed = given.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise invalid_argument(f"Invalid value at 'policy.{name}', expected a list of messages.")
    return listed


def _check_member(member: Any) -> None:
    if not isinstance(member, str) or not MEMBER.fullmatch(member):
        raise principals.unknown_type(member)


def _check_condition(condition: Any) -> None:
    """Refuse what is not CEL, or too much of it; the words beside the name of the check are assumed."""
    expression = condition.get("expression") if isinstance(condition, dict) else None
    for problem in conditions.problems(expression if isinstance(expression, str) else ""):
        raise invalid_argument(f"LintValidationUnits/{problem.check} Error: {problem.message}")


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
