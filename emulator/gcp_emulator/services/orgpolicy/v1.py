"""Organization policies as v1 of Resource Manager has them: the same policies in older words.

`gcloud resource-manager org-policies` and Terraform's `google_*_organization_policy` call it.
https://cloud.google.com/resource-manager/reference/rest/v1/Policy (discovery document of cloudresourcemanager v1)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.services.orgpolicy import state
from gcp_emulator.services.orgpolicy.constraints import MANAGED, constraints
from gcp_emulator.services.orgpolicy.effective import POLICIES

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.orgpolicy.effective import Policy

FORM: Final = re.compile(r"constraints/[a-z]+\.\w+")
PERMISSION: Final = {"get": "orgpolicy.policy.get", "set": "orgpolicy.policy.set"}


def get(call: Call) -> Json:
    """GetOrgPolicy: where none is set, one without a type."""
    constraint, resource = _asked(call, "get", call.text("constraint"))
    found = call.state[POLICIES].get(f"{resource}/policies/{constraint}")
    return _render(found) if found else {"constraint": f"constraints/{constraint}", "etag": NO_POLICY}


NO_POLICY: Final = "BwAAAAAAAAA="
"""The etag of a policy that is not set; its form is assumed."""


def set_policy(call: Call) -> Json:
    """SetOrgPolicy: creates or replaces; without an etag whatever is there."""
    given = call.message("policy")
    constraint, resource = _asked(call, "set", str(given.get("constraint", "")))
    old = call.state[POLICIES].get(f"{resource}/policies/{constraint}")
    _check_etag(given.get("etag", ""), old)
    more = {"version": given["version"]} if given.get("version") else {}
    suggested = given.get("listPolicy", {}).get("suggestedValue", "")
    spec = {"spec": _spec(constraint, given)}
    if old and "dryRunSpec" in old.policy:
        spec["dryRunSpec"] = old.policy["dryRunSpec"]
    state.put(call, resource, constraint, spec, old, more | ({"suggestedValue": suggested} if suggested else {}))
    return _render(call.state[POLICIES].get(f"{resource}/policies/{constraint}"))


def clear(call: Call) -> Json:
    """ClearOrgPolicy: of one that is not set, nothing is left to do."""
    constraint, resource = _asked(call, "set", call.text("constraint"))
    old = call.state[POLICIES].get(f"{resource}/policies/{constraint}")
    _check_etag(call.text("etag"), old)
    if old:
        call.state[POLICIES].remove(old.name)
    return {}


def list_policies(call: Call) -> Json:
    """ListOrgPolicies: those set on the resource itself, without managed and custom ones, which v1 does not know."""
    resource = state.resource_of(call, "orgpolicy.policies.list", "")
    found = sorted(
        (each for each in call.state[POLICIES] if each.name.startswith(f"{resource}/policies/")),
        key=lambda policy: policy.name,
    )
    shown = [_render(each) for each in found if FORM.fullmatch(f"constraints/{_constraint(each)}")]
    return {"policies": shown} if shown else {}


def list_available(call: Call) -> Json:
    """ListAvailableOrgPolicyConstraints; pages are not used, says the document."""
    state.resource_of(call, "orgpolicy.constraints.list", "")
    return {"constraints": [each.resource_v1() for each in constraints().values() if not each.managed]}


def get_effective(call: Call) -> Json:
    """GetEffectiveOrgPolicy."""
    constraint, resource = _asked(call, "get", call.text("constraint"))
    [rule] = state.effective_rules(call, resource, constraint)
    answer: Json = {"constraint": f"constraints/{constraint}"}
    if "enforce" in rule:
        return answer | {"booleanPolicy": {"enforced": True} if rule["enforce"] else {}}
    if "values" in rule:
        return answer | {"listPolicy": rule["values"]}
    return answer | {"listPolicy": {"allValues": "ALLOW" if rule.get("allowAll") else "DENY"}}


def _asked(call: Call, verb: str, name: str) -> tuple[str, str]:
    """Return the constraint and the resource that a call is about, if both are there and the caller may.

    The two sentences about names: https://github.com/terraform-google-modules/terraform-google-org-policy/issues/183
    and /issues/181.
    """
    constraint = name.removeprefix("constraints/")
    resource = state.resource_of(call, PERMISSION[verb], constraint)
    if MANAGED.fullmatch(constraint):
        raise errors.invalid_argument(
            f"constraints/{constraint} is in a Managed constraint format. Managed constraints are only supported with "
            "Org Policy V2 API. Please use Org Policy V2 API or `gcloud org-policies` command instead."
        )
    if not FORM.fullmatch(f"constraints/{constraint}"):
        raise errors.invalid_argument(
            f"{name} constraint must be of the form: constraints/[service].[constraint name], e.g. "
            "constraints/serviceuser.services"
        )
    state.check_constraint(call, constraint)
    return constraint, resource


def _check_etag(given: str, old: Policy | None) -> None:
    if given and given != (old.policy["etag"] if old else NO_POLICY):
        raise state.stale()


def _spec(constraint: str, given: Json) -> Json:
    """What v2 would be sent for this policy."""
    kinds = [kind for kind in ("booleanPolicy", "listPolicy", "restoreDefault") if kind in given]
    if len(kinds) != 1:
        raise errors.invalid_argument("The policy must have one of boolean_policy, list_policy and restore_default.")
    if kinds == ["restoreDefault"]:
        return {"reset": True}
    if kinds == ["booleanPolicy"]:
        return {"rules": [{"enforce": given["booleanPolicy"].get("enforced", False)}]}
    listed = given["listPolicy"]
    values = {name: listed[name] for name in ("allowedValues", "deniedValues") if listed.get(name)}
    everything = {"ALLOW": {"allowAll": True}, "DENY": {"denyAll": True}}.get(listed.get("allValues", ""))
    if everything and values:
        raise errors.invalid_argument("The policy cannot have both all_values and allowed_values or denied_values.")
    rules = [everything] if everything else [{"values": values}] if values else []
    inherits = bool(listed.get("inheritFromParent"))
    if not rules and not inherits:
        raise errors.invalid_argument(f"The list policy for constraints/{constraint} says nothing.")
    return {"rules": rules, "inheritFromParent": inherits}


def _constraint(policy: Policy) -> str:
    return policy.name.rpartition("/policies/")[2]


def _render(policy: Policy | None) -> Json:
    """Return a policy; rules with conditions, which v1 does not know, are left out."""
    assert policy is not None  # noqa: S101 - it has just been written
    constraint, spec = _constraint(policy), policy.policy.get("spec", {})
    answer: Json = {"constraint": f"constraints/{constraint}", "etag": policy.policy["etag"]}
    if "updateTime" in spec:
        answer["updateTime"] = spec["updateTime"]
    if "version" in policy.v1:
        answer["version"] = policy.v1["version"]
    rules = [rule for rule in spec.get("rules", ()) if "condition" not in rule]
    if spec.get("reset"):
        return answer | {"restoreDefault": {}}
    if constraints()[constraint].boolean:
        return answer | {"booleanPolicy": {"enforced": True} if any(rule.get("enforce") for rule in rules) else {}}
    listed: Json = {}
    for rule in rules:
        everything = {"allValues": "ALLOW"} if rule.get("allowAll") else {"allValues": "DENY"}
        listed |= rule.get("values", everything)
    listed |= {name: True for name in ("inheritFromParent",) if spec.get(name)}
    listed |= {name: policy.v1[name] for name in ("suggestedValue",) if name in policy.v1}
    return answer | {"listPolicy": listed}
