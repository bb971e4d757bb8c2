"""Org Policy v2: policies of organizations, folders and projects, their constraints, and custom constraints.

Names in answers carry the project's number; a policy that is not set is a bare 404 (recorded: orgpolicy--*).
https://github.com/googleapis/googleapis/blob/master/google/cloud/orgpolicy/v2/orgpolicy.proto
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, iam, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.services.orgpolicy.constraints import CONSTRAINTS
from gcp_emulator.services.orgpolicy.effective import POLICIES, Policy, effective, rules
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.errors import ApiError
    from gcp_emulator.store import State

SERVICE: Final = "orgpolicy.googleapis.com"
KINDS: Final = ("project", "folder", "organization")
SPECS: Final = {"spec": "spec", "dryRunSpec": "dryRunSpec", "dry_run_spec": "dryRunSpec"}
CUSTOM: Final = re.compile(r"custom\.[A-Za-z0-9]{1,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """A custom constraint of an organization; the sandbox keeps it, and nothing it serves can break it."""

    name: str
    constraint: Json


CUSTOMS: Final = Table("orgpolicy.custom_constraints", Custom, key="name")


def create(call: Call) -> Json:
    """CreatePolicy: refused where there is one."""
    given = call.message("policy")
    constraint = str(given.get("name", "")).rpartition("/policies/")[2]
    resource = _resource(call, "orgpolicy.policies.create", constraint)
    _check_constraint(call, constraint)
    if f"{resource}/policies/{constraint}" in call.state[POLICIES]:
        raise errors.already_exists()
    return _put(call, resource, constraint, given, ("spec", "dryRunSpec"), None)


def update(call: Call) -> Json:
    """UpdatePolicy: what the mask names, else all of it; a spec that is not sent is taken away."""
    constraint = call.vars["policy"]
    resource = _resource(call, "orgpolicy.policies.update", constraint)
    old = _fetch(call, resource, constraint)
    given = call.message("policy")
    if given.get("etag", old.policy["etag"]) != old.policy["etag"]:
        raise errors.ApiError("ABORTED", "The etag provided does not match the current etag of the policy.")
    mask = [each.strip().removeprefix("policy.") for each in call.text("updateMask").split(",") if each.strip()]
    if any(each.partition(".")[0] not in SPECS for each in mask if each != "*"):
        raise errors.invalid_argument(f"Invalid update mask: {call.text('updateMask')}")
    masked = tuple(dict.fromkeys(SPECS[each.partition(".")[0]] for each in mask if each != "*"))
    return _put(call, resource, constraint, given, masked or ("spec", "dryRunSpec"), old)


def _put(call: Call, resource: str, constraint: str, given: Json, masked: tuple[str, ...], old: Policy | None) -> Json:
    now = call.clock.now()
    stamp = max(int(now * 1_000_000), old.stamp + 1 if old else 0)
    policy: Json = {"name": f"{resource}/policies/{constraint}"}
    for name in ("spec", "dryRunSpec"):
        if name not in masked:
            if old and name in old.policy:
                policy[name] = old.policy[name]
        elif given.get(name) is not None:
            written = _spec(constraint, given[name])
            policy[name] = {"etag": _etag(stamp), "updateTime": timestamp(now), **written}
    policy["etag"] = _etag(stamp)
    call.state[POLICIES].put(Policy(name=policy["name"], policy=policy, stamp=stamp))
    return policy


def check_spec(constraint: str, given: Any) -> None:
    """Refuse what cannot be a policy for this constraint.

    Raises:
        Refused: with why.
    """
    if constraint not in CONSTRAINTS:
        raise errors.invalid_argument(f"Unknown constraint: {constraint}.")
    _spec(constraint, given)


def put_at_once(state: State, resource: str, constraint: str, given: Any) -> None:
    """Put a policy that a fresh state is born with."""
    now = state.clock.now()
    stamp, name = int(now * 1_000_000), f"{resource}/policies/{constraint}"
    spec = {"etag": _etag(stamp), "updateTime": timestamp(now), **_spec(constraint, given)}
    state[POLICIES].put(Policy(name=name, policy={"name": name, "spec": spec, "etag": _etag(stamp)}, stamp=stamp))


def _spec(constraint: str, given: Any) -> Json:
    """Check a spec and leave out what says nothing: false, but for `enforce`, which is one of several (recorded)."""
    if not isinstance(given, dict) or not isinstance(given.get("rules", []), list):
        raise _bad_spec("a policy spec is a message with a list of rules")
    found = [_rule(constraint, rule) for rule in given.get("rules", ())]
    if given.get("reset") and (found or given.get("inheritFromParent")):
        raise _bad_spec("reset excludes rules and inherit_from_parent")
    spec: Json = {"rules": found} if found else {}
    return spec | {name: True for name in ("inheritFromParent", "reset") if given.get(name) is True}


def _rule(constraint: str, given: Any) -> Json:
    known = CONSTRAINTS.get(constraint)
    boolean = known is None or known.boolean
    if not isinstance(given, dict):
        raise _bad_spec("a rule is a message")
    kinds = [name for name in ("values", "allowAll", "denyAll") if given.get(name)]
    kinds += ["enforce"] if "enforce" in given else []
    if len(kinds) != 1 or (kinds[0] == "enforce") != boolean:
        raise _bad_spec(
            "a rule of a boolean constraint has enforce, one of a list constraint values, allowAll or denyAll"
        )
    kept = {name: given[name] for name in (*kinds, "condition", "parameters") if given.get(name) or name in kinds}
    values = kept.get("values", {})
    if not isinstance(values, dict) or not all(
        isinstance(listed, list) and all(isinstance(each, str) for each in listed) for listed in values.values()
    ):
        raise _bad_spec("values are lists of strings")
    return kept


def _bad_spec(why: str) -> ApiError:
    """Refuse a spec that cannot be; the words are ours."""
    return errors.invalid_argument(f"Invalid policy: {why}.")


def get(call: Call) -> Json:
    """GetPolicy."""
    constraint = call.vars["policy"]
    return _fetch(call, _resource(call, "orgpolicy.policy.get", constraint), constraint).policy


def delete(call: Call) -> Json:
    """DeletePolicy."""
    constraint = call.vars["policy"]
    resource = _resource(call, "orgpolicy.policies.delete", constraint)
    found = _fetch(call, resource, constraint)
    if call.text("etag") not in {"", found.policy["etag"]}:
        raise errors.ApiError("ABORTED", "The etag provided does not match the current etag of the policy.")
    call.state[POLICIES].remove(found.name)
    return {}


def list_policies(call: Call) -> Json:
    """ListPolicies: those set on the resource itself."""
    resource = _resource(call, "orgpolicy.policies.list", "")
    prefix = f"{resource}/policies/"
    found = sorted((each for each in call.state[POLICIES] if each.name.startswith(prefix)), key=_name)
    shown, token = paging.page(call, found, _name, default=100, most=1000)
    answer: Json = {"policies": [each.policy for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _name(policy: Policy) -> str:
    return policy.name


def get_effective(call: Call) -> Json:
    """GetEffectivePolicy: no etag, and rules in any case."""
    constraint = call.vars["policy"]
    resource = _resource(call, "orgpolicy.policy.get", constraint)
    _check_constraint(call, constraint)
    return {
        "name": f"{resource}/policies/{constraint}",
        "spec": {"rules": _effective_rules(call, resource, constraint)},
    }


def _effective_rules(call: Call, resource: str, constraint: str) -> list[Json]:
    known = CONSTRAINTS.get(constraint)
    return rules(effective(call.state, resource, constraint), boolean=known is None or known.boolean)


def get_effective_v1(call: Call) -> Json:
    """`getEffectiveOrgPolicy` of Resource Manager v1, which `gcloud resource-manager org-policies` calls."""
    constraint = call.text("constraint").removeprefix("constraints/")
    resource = _resource(call, "orgpolicy.policy.get", constraint)
    _check_constraint(call, constraint)
    [rule] = _effective_rules(call, resource, constraint)
    answer: Json = {"constraint": f"constraints/{constraint}"}
    if "enforce" in rule:
        return answer | {"booleanPolicy": {"enforced": True} if rule["enforce"] else {}}
    if "values" in rule:
        return answer | {"listPolicy": rule["values"]}
    return answer | {"listPolicy": {"allValues": "ALLOW" if rule.get("allowAll") else "DENY"}}


def list_constraints(call: Call) -> Json:
    """ListConstraints: those the sandbox knows."""
    resource = _resource(call, "orgpolicy.constraints.list", "")
    shown, token = paging.page(call, sorted(CONSTRAINTS), str, default=100, most=1000)
    answer: Json = {"constraints": [CONSTRAINTS[each].resource(resource) for each in shown]}
    return answer | ({"nextPageToken": token} if token else {})


def create_custom(call: Call) -> Json:
    """CreateCustomConstraint."""
    given = call.message("customConstraint")
    organization = _resource(call, "orgpolicy.customConstraints.create", "")
    constraint = str(given.get("name", "")).rpartition("/")[2]
    name = f"{organization}/customConstraints/{constraint}"
    if not CUSTOM.fullmatch(constraint):
        raise errors.invalid_argument("A custom constraint's name is custom. and at most 62 letters and digits.")
    if name in call.state[CUSTOMS]:
        raise errors.already_exists()
    return _put_custom(call, name, given)


def update_custom(call: Call) -> Json:
    """UpdateCustomConstraint: replaces it."""
    _resource(call, "orgpolicy.customConstraints.update", "")
    return _put_custom(call, _custom(call).name, call.message("customConstraint"))


def _put_custom(call: Call, name: str, given: Json) -> Json:
    for field in ("condition", "resourceTypes", "methodTypes", "actionType"):
        if not given.get(field):
            raise errors.invalid_argument(f"Invalid custom constraint: {field} is required.")
    constraint = {**given, "name": name, "updateTime": timestamp(call.clock.now())}
    call.state[CUSTOMS].put(Custom(name=name, constraint=constraint))
    return constraint


def get_custom(call: Call) -> Json:
    """GetCustomConstraint."""
    _resource(call, "orgpolicy.customConstraints.get", "")
    return _custom(call).constraint


def list_custom(call: Call) -> Json:
    """ListCustomConstraints."""
    organization = _resource(call, "orgpolicy.customConstraints.list", "")
    found = sorted(each.name for each in call.state[CUSTOMS] if each.name.startswith(f"{organization}/"))
    shown, token = paging.page(call, found, str, default=100, most=1000)
    rows = [row.constraint for name in shown if (row := call.state[CUSTOMS].get(name))]
    answer: Json = {"customConstraints": rows} if rows else {}
    return answer | ({"nextPageToken": token} if token else {})


def delete_custom(call: Call) -> Json:
    """DeleteCustomConstraint."""
    _resource(call, "orgpolicy.customConstraints.delete", "")
    call.state[CUSTOMS].remove(_custom(call).name)
    return {}


def _custom(call: Call) -> Custom:
    found = call.state[CUSTOMS].get(
        f"organizations/{call.vars['organization']}/customConstraints/{call.vars['constraint']}"
    )
    if found is None:
        raise errors.not_found()
    return found


def _resource(call: Call, permission: str, constraint: str) -> str:
    """The resource in the path, by number, if the caller may do this there; an unknown one is forbidden."""
    kind = next(each for each in KINDS if each in call.vars)
    asked = f"{kind}s/{call.vars[kind]}"
    places = iam.lineage(call.state, asked)
    denied = errors.permission_denied(permission, f"{asked}/policies/{constraint}" if constraint else asked, SERVICE)
    if not places:
        raise denied
    call.require(permission, asked, denied)
    return places[0]


def _check_constraint(call: Call, constraint: str) -> None:
    """Refuse a constraint that no one knows; that it is a 400 is assumed."""
    if constraint not in CONSTRAINTS and not _is_custom(call.state, constraint):
        raise errors.invalid_argument(f"Constraint constraints/{constraint} is not found.")


def _is_custom(state: State, constraint: str) -> bool:
    return any(each.name.endswith(f"/{constraint}") for each in state[CUSTOMS])


def _fetch(call: Call, resource: str, constraint: str) -> Policy:
    found = call.state[POLICIES].get(f"{resource}/policies/{constraint}")
    if found is None:
        raise errors.not_found()
    return found


def _etag(stamp: int) -> str:
    return base64.b64encode(stamp.to_bytes(8, "big")).decode()
