"""IAM v2: deny policies of projects, folders and organizations (recorded: iam-deny--policy-gcloud).

What they refuse: `gcp_emulator.iam.deny`. Rules: https://cloud.google.com/iam/docs/deny-access,
https://cloud.google.com/iam/quotas#limits; google/iam/v2/policy.proto. Sentences that no page gives are assumed.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from gcp_emulator import errors, expressions, iam, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.errors import ApiError
from gcp_emulator.iam import deny
from gcp_emulator.iam.deny import DENY_POLICIES, DenyPolicy
from gcp_emulator.iam.tags import NAMES
from gcp_emulator.operations import Outcome
from gcp_emulator.services.iam.common import denied

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

HOST: Final = "cloudresourcemanager.googleapis.com/"
TYPE: Final = "type.googleapis.com/google.iam.v2."
ID: Final = re.compile(r"[a-z]([a-z0-9.-]{1,61}[a-z0-9])")
MOST_POLICIES, MOST_RULES = 500, 500
FIELDS: Final = ("displayName", "annotations", "rules")


def render(policy: DenyPolicy, *, rules: bool = True) -> Json:
    """Return a Policy; a list has none of the rules (recorded)."""
    return {
        "name": policy.name,
        "uid": policy.uid,
        "kind": "DenyPolicy",
        **{name: value for name, value in policy.body.items() if rules or name != "rules"},
        "etag": etag_of(policy),
        "createTime": timestamp(policy.created),
        "updateTime": timestamp(policy.updated),
    }


def etag_of(policy: DenyPolicy) -> str:
    """Eight bytes in base64."""
    return base64.b64encode(policy.stamp.to_bytes(8, "big")).decode()


def create(call: Call) -> Json:
    """CreatePolicy."""
    resource, parent = _attached(call, call.text("parent"), "create")
    identifier = call.text("policyId")
    if not ID.fullmatch(identifier):
        raise errors.invalid_argument(f"Invalid policy ID: '{identifier[:100]}'.")
    name = f"{parent}/{identifier}"
    if name in call.state[DENY_POLICIES]:
        raise errors.already_exists(f"Policy {name} already exists.")
    if sum(each.resource == resource for each in call.state[DENY_POLICIES]) >= MOST_POLICIES:
        raise ApiError("RESOURCE_EXHAUSTED", f"A resource has at most {MOST_POLICIES} deny policies.")
    now = call.clock.now()
    stamp = int(now * 1_000_000)
    policy = DenyPolicy(
        name=name,
        resource=resource,
        body=_checked(call.message("policy")),
        uid=call.state.digits(21),
        created=now,
        updated=now,
        stamp=stamp,
    )
    call.state[DENY_POLICIES].put(policy)
    return _done(call, policy)


def get(call: Call) -> Json:
    """GetPolicy."""
    return render(_fetch(call, call.text("name"), "get"))


def list_all(call: Call) -> Json:
    """ListPolicies: of the resource itself, without their rules."""
    resource, _ = _attached(call, call.text("parent"), "list")
    found = sorted((each for each in call.state[DENY_POLICIES] if each.resource == resource), key=_name)
    shown, token = paging.page(call, found, _name, default=1000, most=1000)
    answer: Json = {"policies": [render(each, rules=False) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def update(call: Call) -> Json:
    """UpdatePolicy: replaces it."""
    given = call.message("policy")
    old = _fetch(call, str(given.get("name", "")), "update")
    _check_etag(old, given.get("etag"))
    now = call.clock.now()
    stamp = max(int(now * 1_000_000), old.stamp + 1)
    policy = replace(old, body=_checked(given), updated=now, stamp=stamp)
    call.state[DENY_POLICIES].put(policy)
    return _done(call, policy)


def delete(call: Call) -> Json:
    """DeletePolicy."""
    policy = _fetch(call, call.text("name"), "delete")
    _check_etag(policy, call.text("etag"))
    call.state[DENY_POLICIES].remove(policy.name)
    return _done(call, policy, deleteTime=timestamp(call.clock.now()))


def get_operation(call: Call) -> Json:
    """`policies.operations.get`."""
    _attached(call, call.text("name").partition("/denypolicies/")[0] + "/denypolicies", "get")
    call.request["name"] = _decoded(call.text("name"))
    return operations.get(call)


def _done(call: Call, policy: DenyPolicy, **more: str) -> Json:
    """Answer an operation that is done as it is started (recorded)."""
    outcome = Outcome(
        response={"@type": TYPE + "Policy", **render(policy), **more},
        metadata={"@type": TYPE + "PolicyOperationMetadata", "createTime": timestamp(call.clock.now())},
    )
    name = f"{policy.name}/operations/{call.state.digits(16)}"
    return operations.render(operations.finished(call, name=name, outcome=outcome))


def _decoded(name: str) -> str:
    """Return a name with what it is attached to encoded once, however often clients have encoded it."""
    head, _, rest = name.partition("/")
    attached, _, rest = rest.partition("/denypolicies")
    plain = unquote(unquote(attached))
    return f"{head}/{quote(plain, safe='')}/denypolicies{rest}"


def _attached(call: Call, parent: str, verb: str) -> tuple[str, str]:
    """Return what policies are attached to, by its parent's name, and that name with a project's number."""
    head, _, rest = parent.partition("/")
    point, _, kind = rest.rpartition("/")
    asked = unquote(unquote(point))
    if head != "policies" or kind != "denypolicies" or not asked.startswith(HOST):
        raise errors.invalid_argument(f"Invalid resource name: {parent[:200]}")
    resource = asked.removeprefix(HOST)
    permission = f"iam.denypolicies.{verb}"
    places = iam.lineage(call.state, resource)
    if not places or resource.count("/") != 1:
        raise denied(permission, resource)
    call.require(permission, resource, denied(permission, resource))
    return places[0], f"policies/{quote(HOST + places[0], safe='')}/denypolicies"


def _fetch(call: Call, name: str, verb: str) -> DenyPolicy:
    above, _, identifier = name.rpartition("/")
    _, parent = _attached(call, above, verb)
    found = call.state[DENY_POLICIES].get(f"{parent}/{identifier}")
    if found is None:
        raise errors.not_found(f"Policy {parent}/{identifier} was not found.")
    return found


def _check_etag(policy: DenyPolicy, given: object) -> None:
    if given not in {None, "", etag_of(policy)}:
        raise ApiError("ABORTED", "The etag provided does not match the current etag of the policy.")


def _checked(given: Json) -> Json:
    """Return the fields that are kept, if they are a policy."""
    rules = given.get("rules", [])
    if not isinstance(rules, list) or not rules or len(rules) > MOST_RULES:
        raise errors.invalid_argument(f"A deny policy has 1 to {MOST_RULES} rules.")
    for each in rules:
        _check_rule(each.get("denyRule") if isinstance(each, dict) else None)
    return {name: given[name] for name in FIELDS if given.get(name)}


def _check_rule(rule: Any) -> None:
    if not isinstance(rule, dict) or not rule.get("deniedPrincipals") or not rule.get("deniedPermissions"):
        raise errors.invalid_argument("A deny rule names denied principals and denied permissions.")
    for name in ("deniedPrincipals", "exceptionPrincipals"):
        for principal in rule.get(name, ()):
            _check_principal(str(principal), name)
    for name in ("deniedPermissions", "exceptionPermissions"):
        for permission in rule.get(name, ()):
            if not deny.is_known(str(permission)):
                raise errors.invalid_argument(f"Permission {str(permission)[:100]} is not valid.")
    _check_condition(rule.get("denialCondition") or {})


def _check_principal(principal: str, field: str) -> None:
    if principal.startswith(("principalSet://goog/cloudIdentityCustomerId/", "principalSet://cloudresourcemanager.")):
        raise errors.unimplemented(f"A deny rule for {principal[:150]}")
    if deny.member_of(principal) is None or (field == "exceptionPrincipals" and principal == deny.PUBLIC):
        raise errors.invalid_argument(f"Invalid principal identifier in {field}: {principal[:150]}")


def _check_condition(condition: Any) -> None:
    """Refuse a condition that asks for more than tags, which is all that it can."""
    expression = condition.get("expression") if isinstance(condition, dict) else ""
    if not expression:
        return
    try:
        used = set(expressions.compiled(str(expression)).functions())
    except expressions.ExpressionError as error:
        raise errors.invalid_argument(f"Invalid denial condition: {str(error)[:200]}") from None
    if {name for name in used if name.isidentifier()} - NAMES or "resource." not in str(expression):
        raise errors.invalid_argument("A denial condition can only use the functions of resource tags.")


def _name(policy: DenyPolicy) -> str:
    return policy.name
