"""Org Policy v2: policies of organizations, folders and projects, their constraints, and custom constraints.

Names in answers carry the project's number; a policy that is not set is a bare 404 (recorded: orgpolicy--*).
https://github.com/googleapis/googleapis/blob/master/google/cloud/orgpolicy/v2/orgpolicy.proto
"""

from __future__ import annotations

import base64
import functools
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, iam, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.services.orgpolicy.constraints import constraints
from gcp_emulator.services.orgpolicy.effective import POLICIES, Policy, effective, rules
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.errors import ApiError
    from gcp_emulator.store import State

_logger: Final = logging.getLogger(__name__)

SERVICE: Final = "orgpolicy.googleapis.com"
KINDS: Final = ("project", "folder", "organization")
SPECS: Final = ("spec", "dryRunSpec")
FIELDS: Final = {
    "inherit_from_parent": "inheritFromParent",
    "inheritFromParent": "inheritFromParent",
    "reset": "reset",
    "rules": "rules",
}
"""What a mask may name inside a spec."""
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
    resource = resource_of(call, "orgpolicy.policies.create", constraint)
    check_constraint(call, constraint)
    if f"{resource}/policies/{constraint}" in call.state[POLICIES]:
        raise errors.already_exists()
    return put(call, resource, constraint, given, None)


def update(call: Call) -> Json:
    """UpdatePolicy: overwrites the fields that the mask names, without one all of them.

    What is overwritten and not sent is taken away. "The supplied policy will perform a full overwrite of all fields",
    and the mask says which: discovery document of orgpolicy v2, `projects.policies.patch`.
    """
    constraint = call.vars["policy"]
    resource = resource_of(call, "orgpolicy.policies.update", constraint)
    old = _fetch(call, resource, constraint)
    given = call.message("policy")
    if given.get("etag", old.policy["etag"]) != old.policy["etag"]:
        raise stale()
    return put(call, resource, constraint, _overwritten(call, old.policy, given), old)


def _overwritten(call: Call, old: Json, given: Json) -> Json:
    paths = [each.strip().removeprefix("policy.") for each in call.text("updateMask").split(",") if each.strip()]
    if not paths or "*" in paths:
        return given
    merged: Json = {name: old[name] for name in SPECS if name in old}
    for path in paths:
        outer, _, inner = path.replace("dry_run_spec", "dryRunSpec").partition(".")
        inner = FIELDS.get(inner, inner)
        if outer not in SPECS or (inner and inner not in FIELDS.values()):
            raise errors.invalid_argument(f"Invalid update mask: {call.text('updateMask')}")
        sent = given.get(outer)
        if inner:
            kept = {name: value for name, value in merged.get(outer, {}).items() if name != inner}
            sent = kept | ({inner: sent[inner]} if sent and inner in sent else {})
        merged[outer] = sent
    return merged


def stale() -> ApiError:
    """409 ABORTED: someone else was faster."""
    return errors.ApiError("ABORTED", "The etag provided does not match the current etag of the policy.")


def put(call: Call, resource: str, constraint: str, given: Json, old: Policy | None, v1: Json | None = None) -> Json:
    """Write a policy; each spec that is not sent is taken away.

    Args:
        call: the call.
        resource: whose policy it is.
        constraint: for which constraint.
        given: its `spec` and `dryRunSpec`.
        old: the one that is replaced, if there is one.
        v1: what only v1 of the API knows of it.
    """
    now = call.clock.now()
    stamp = max(int(now * 1_000_000), old.stamp + 1 if old else 0)
    policy: Json = {"name": f"{resource}/policies/{constraint}"}
    for name in SPECS:
        if given.get(name) is None:
            continue
        written = _spec(constraint, given[name])
        same = old is not None and given[name] is old.policy.get(name)
        policy[name] = given[name] if same else {"etag": _etag(stamp), "updateTime": timestamp(now), **written}
    policy["etag"] = _etag(stamp)
    known = constraints().get(constraint)
    if known is not None and not known.enforced and "spec" in policy:
        _tell_once(constraint)
    call.state[POLICIES].put(Policy(name=policy["name"], policy=policy, stamp=stamp, v1=v1 or {}))
    return policy


@functools.cache
def _tell_once(constraint: str) -> None:
    _logger.warning("the policy for constraints/%s is kept, but the emulator enforces nothing of it", constraint)


def check_spec(constraint: str, given: Any) -> None:
    """Refuse what cannot be a policy for this constraint.

    Raises:
        Refused: with why.
    """
    if constraint not in constraints():
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
    known = constraints().get(constraint)
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
    return _fetch(call, resource_of(call, "orgpolicy.policy.get", constraint), constraint).policy


def delete(call: Call) -> Json:
    """DeletePolicy."""
    constraint = call.vars["policy"]
    resource = resource_of(call, "orgpolicy.policies.delete", constraint)
    found = _fetch(call, resource, constraint)
    if call.text("etag") not in {"", found.policy["etag"]}:
        raise stale()
    call.state[POLICIES].remove(found.name)
    return {}


def list_policies(call: Call) -> Json:
    """ListPolicies: those set on the resource itself."""
    resource = resource_of(call, "orgpolicy.policies.list", "")
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
    resource = resource_of(call, "orgpolicy.policy.get", constraint)
    check_constraint(call, constraint)
    return {
        "name": f"{resource}/policies/{constraint}",
        "spec": {"rules": effective_rules(call, resource, constraint)},
    }


def effective_rules(call: Call, resource: str, constraint: str) -> list[Json]:
    """Return what is in force for a resource, as the rules of a policy."""
    known = constraints().get(constraint)
    return rules(effective(call.state, resource, constraint), boolean=known is None or known.boolean)


def list_constraints(call: Call) -> Json:
    """ListConstraints: all of Google's that are known here."""
    resource = resource_of(call, "orgpolicy.constraints.list", "")
    known = constraints()
    shown, token = paging.page(call, list(known), str, default=100, most=1000)
    answer: Json = {"constraints": [known[each].resource(resource) for each in shown]}
    return answer | ({"nextPageToken": token} if token else {})


def create_custom(call: Call) -> Json:
    """CreateCustomConstraint."""
    given = call.message("customConstraint")
    organization = resource_of(call, "orgpolicy.customConstraints.create", "")
    constraint = str(given.get("name", "")).rpartition("/")[2]
    name = f"{organization}/customConstraints/{constraint}"
    if not CUSTOM.fullmatch(constraint):
        raise errors.invalid_argument("A custom constraint's name is custom. and at most 62 letters and digits.")
    if name in call.state[CUSTOMS]:
        raise errors.already_exists()
    return _put_custom(call, name, given)


def update_custom(call: Call) -> Json:
    """UpdateCustomConstraint: replaces it."""
    resource_of(call, "orgpolicy.customConstraints.update", "")
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
    resource_of(call, "orgpolicy.customConstraints.get", "")
    return _custom(call).constraint


def list_custom(call: Call) -> Json:
    """ListCustomConstraints."""
    organization = resource_of(call, "orgpolicy.customConstraints.list", "")
    found = sorted(each.name for each in call.state[CUSTOMS] if each.name.startswith(f"{organization}/"))
    shown, token = paging.page(call, found, str, default=100, most=1000)
    rows = [row.constraint for name in shown if (row := call.state[CUSTOMS].get(name))]
    answer: Json = {"customConstraints": rows} if rows else {}
    return answer | ({"nextPageToken": token} if token else {})


def delete_custom(call: Call) -> Json:
    """DeleteCustomConstraint."""
    resource_of(call, "orgpolicy.customConstraints.delete", "")
    call.state[CUSTOMS].remove(_custom(call).name)
    return {}


def _custom(call: Call) -> Custom:
    found = call.state[CUSTOMS].get(
        f"organizations/{call.vars['organization']}/customConstraints/{call.vars['constraint']}"
    )
    if found is None:
        raise errors.not_found()
    return found


def resource_of(call: Call, permission: str, constraint: str) -> str:
    """The resource in the path, by number, if the caller may do this there; an unknown one is forbidden."""
    kind = next(each for each in KINDS if each in call.vars)
    asked = f"{kind}s/{call.vars[kind]}"
    places = iam.lineage(call.state, asked)
    denied = errors.permission_denied(permission, f"{asked}/policies/{constraint}" if constraint else asked, SERVICE)
    if not places:
        raise denied
    call.require(permission, asked, denied)
    return places[0]


def check_constraint(call: Call, constraint: str) -> None:
    """Refuse a constraint that no one knows: 404.

    https://github.com/terraform-google-modules/terraform-google-org-policy/issues/99 (a letter was missing)
    """
    if constraint not in constraints() and not _is_custom(call.state, constraint):
        raise errors.not_found()


def _is_custom(state: State, constraint: str) -> bool:
    return any(each.name.endswith(f"/{constraint}") for each in state[CUSTOMS])


def _fetch(call: Call, resource: str, constraint: str) -> Policy:
    found = call.state[POLICIES].get(f"{resource}/policies/{constraint}")
    if found is None:
        raise errors.not_found()
    return found


def _etag(stamp: int) -> str:
    return base64.b64encode(stamp.to_bytes(8, "big")).decode()
