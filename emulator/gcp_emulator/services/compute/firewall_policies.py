"""Hierarchical firewall policies of organizations and folders, with their rules and what they are attached to.

No packet is ever let through or dropped. https://docs.cloud.google.com/firewall/docs/firewall-policies; discovery
document of compute v1. Sentences of errors are assumed, but for that of what is not found.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, iam
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome, effect
from gcp_emulator.services.compute import lro
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

WITHIN: Final = "locations/global"
PREDEFINED: Final = 2147483644
"""The first of the four priorities that each policy has rules at which hand on to the next level.

https://docs.cloud.google.com/firewall/docs/firewall-policies#predefined-rules
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy.

    Args:
        id: as Google numbers it.
        parent: `folders/1` or `organizations/1`.
        short_name: what people call it.
        description: free text.
        rules: as they were sent, by priority.
        associations: `{"name", "attachmentTarget"}`.
        created: sandbox time.
        revision: grows with every change.
    """

    id: str
    parent: str
    short_name: str
    description: str
    rules: list[Any]
    associations: list[Any]
    created: float
    revision: int


POLICIES: Final = Table("compute.firewall_policies", Policy, key="id")


def insert(call: Call) -> Json:
    """`firewallPolicies.insert`: where is in the query, or in the policy."""
    parent = call.text("parentId") or call.text("parent")
    _require(call, "create", parent)
    short = call.text("shortName")
    if not short:
        raise errors.invalid_argument("Invalid value for field 'resource.shortName': ''. A short name is required.")
    if any((each.parent, each.short_name) == (parent, short) for each in call.state[POLICIES]):
        raise errors.already_exists(f"A firewall policy with short name '{short}' already exists in '{parent}'")
    made = {"parent": parent, "short_name": short, "description": call.text("description")}
    return _start(call, call.state.digits(12), "createFirewallPolicy", {"create": made})


def get(call: Call) -> Json:
    """`firewallPolicies.get`."""
    return _shown(_fetch(call, "get"))


def list_all(call: Call) -> Json:
    """`firewallPolicies.list` of one parent."""
    parent = call.text("parentId")
    _require(call, "list", parent)
    found = [_shown(each) for each in call.state[POLICIES] if each.parent == parent]
    return {"kind": "compute#firewallPolicyList", "id": WITHIN, **({"items": found} if found else {})}


def patch(call: Call) -> Json:
    """`firewallPolicies.patch`: the description; what it is called and where it is stays."""
    found = _fetch(call, "update")
    if call.text("fingerprint") not in {"", _fingerprint(found)}:
        raise errors.ApiError("ABORTED", "Invalid fingerprint.")
    fields = {"description": call.text("description")} if "description" in call.request else {}
    return _start(call, found.id, "patchFirewallPolicy", {"set": fields})


def delete(call: Call) -> Json:
    """`firewallPolicies.delete`: refused while it is attached."""
    found = _fetch(call, "delete")
    if found.associations:
        raise errors.invalid_argument(f"The firewall policy {found.id} is still associated and cannot be deleted.")
    return _start(call, found.id, "deleteFirewallPolicy", {"delete": True})


def add_rule(call: Call) -> Json:
    """`firewallPolicies.addRule`."""
    found = _fetch(call, "update")
    rule = {name: value for name, value in call.request.items() if name not in {"firewallPolicy", "requestId"}}
    priority = int(rule.get("priority", 0))
    if not 0 <= priority < PREDEFINED:
        raise errors.invalid_argument(f"Invalid value for field 'resource.priority': '{priority}'.")
    if any(each["priority"] == priority for each in found.rules):
        raise errors.invalid_argument(f"Cannot have rules with the same priorities: {priority}.")
    return _start(call, found.id, "addFirewallRuleToFirewallPolicy", {"rule": {**rule, "priority": priority}})


def get_rule(call: Call) -> Json:
    """`firewallPolicies.getRule`."""
    return _rule(_fetch(call, "get"), call)


def patch_rule(call: Call) -> Json:
    """`firewallPolicies.patchRule`."""
    found = _fetch(call, "update")
    given = {name: value for name, value in call.request.items() if name not in {"firewallPolicy", "requestId"}}
    rule = {**_rule(found, call), **given, "priority": _priority(call)}
    return _start(call, found.id, "patchFirewallRuleInFirewallPolicy", {"rule": rule})


def remove_rule(call: Call) -> Json:
    """`firewallPolicies.removeRule`."""
    found = _fetch(call, "update")
    rule = _rule(found, call)
    return _start(call, found.id, "removeFirewallRuleFromFirewallPolicy", {"remove_rule": rule["priority"]})


def add_association(call: Call) -> Json:
    """`firewallPolicies.addAssociation`: one policy for each target."""
    found = _fetch(call, "use")
    target, name = call.text("attachmentTarget"), call.text("name")
    permission = "compute.organizations.setFirewallPolicy"
    denied = errors.ApiError("PERMISSION_DENIED", f"Required '{permission}' permission for '{target}'")
    if not target.startswith(("folders/", "organizations/")) or not iam.lineage(call.state, target):
        raise denied
    call.require(permission, target, denied)
    taken = any(
        each["attachmentTarget"] == target and (policy.id, each["name"]) != (found.id, name)
        for policy in call.state[POLICIES]
        for each in policy.associations
    )
    if taken and not call.flag("replaceExistingAssociation"):
        raise errors.invalid_argument(f"The attachment target '{target}' already has a firewall policy.")
    made = {"name": name, "attachmentTarget": target}
    return _start(call, found.id, "addAssociationToFirewallPolicy", {"association": made})


def get_association(call: Call) -> Json:
    """`firewallPolicies.getAssociation`."""
    found = _fetch(call, "get")
    return _association(found, _attached(found, call))


def remove_association(call: Call) -> Json:
    """`firewallPolicies.removeAssociation`."""
    found = _fetch(call, "use")
    name = _attached(found, call)["name"]
    return _start(call, found.id, "removeAssociationFromFirewallPolicy", {"remove_association": name})


def list_associations(call: Call) -> Json:
    """`firewallPolicies.listAssociations` of a folder or an organization."""
    target = call.text("targetResource")
    permission = "compute.organizations.listAssociations"
    denied = errors.ApiError("PERMISSION_DENIED", f"Required '{permission}' permission for '{target}'")
    if not iam.lineage(call.state, target):
        raise denied
    call.require(permission, target, denied)
    found = [
        _association(policy, each)
        for policy in call.state[POLICIES]
        for each in policy.associations
        if each["attachmentTarget"] == target
    ]
    return {
        "kind": "compute#firewallPoliciesListAssociationsResponse",
        **({"associations": found} if found else {}),
    }


def _start(call: Call, number: str, kind: str, change: Json) -> Json:
    return lro.start(
        call,
        "compute.firewall_policy",
        {"id": number, **change},
        kind=kind,
        within=WITHIN,
        target=f"{WITHIN}/firewallPolicies/{number}",
        target_id=number,
    )


@effect("compute.firewall_policy")
def _changed(state: State, args: Json, when: float) -> Outcome:
    rows = state[POLICIES]
    if "create" in args:
        made = Policy(id=args["id"], **args["create"], rules=[], associations=[], created=when, revision=0)
        rows.put(made)
        return Outcome(response={})
    found = rows.get(args["id"])
    if found is None:
        raise _not_found(args["id"])
    if "delete" in args:
        rows.remove(found.id)
        return Outcome(response={})
    rules, associations = found.rules, found.associations
    if rule := args.get("rule"):
        rules = [*(each for each in rules if each["priority"] != rule["priority"]), rule]
    if (gone := args.get("remove_rule")) is not None:
        rules = [each for each in rules if each["priority"] != gone]
    if new := args.get("association"):
        _detach(state, new["attachmentTarget"])
        associations = [*(each for each in associations if each["name"] != new["name"]), new]
    if gone := args.get("remove_association"):
        associations = [each for each in associations if each["name"] != gone]
    rows.put(
        replace(
            found,
            **args.get("set", {}),
            rules=sorted(rules, key=lambda each: int(each["priority"])),
            associations=associations,
            revision=found.revision + 1,
        )
    )
    return Outcome(response={})


def _detach(state: State, target: str) -> None:
    """Take away what a target had, of which it has one."""
    for policy in list(state[POLICIES]):
        left = [each for each in policy.associations if each["attachmentTarget"] != target]
        if len(left) < len(policy.associations):
            state[POLICIES].put(replace(policy, associations=left, revision=policy.revision + 1))


def _fetch(call: Call, verb: str) -> Policy:
    number = call.vars["policy"]
    found = call.state[POLICIES].get(number)
    if found is None:
        raise _not_found(number)
    call.require(f"compute.firewallPolicies.{verb}", found.parent, _not_found(number))  # hidden as if it were not there
    return found


def _require(call: Call, verb: str, parent: str) -> None:
    permission = f"compute.firewallPolicies.{verb}"
    denied = errors.ApiError("PERMISSION_DENIED", f"Required '{permission}' permission for '{parent}'")
    if not parent.startswith(("folders/", "organizations/")) or not iam.lineage(call.state, parent):
        raise denied
    call.require(permission, parent, denied)


def _not_found(number: str) -> errors.ApiError:
    return errors.not_found(f"The resource '{WITHIN}/firewallPolicies/{number}' was not found")


def _priority(call: Call) -> int:
    return int(call.request.get("priority", 0))


def _rule(found: Policy, call: Call) -> Json:
    priority = _priority(call)
    rule = next((each for each in found.rules if each["priority"] == priority), None)
    if rule is None:
        raise errors.invalid_argument(f"The firewall policy does not contain a rule at priority {priority}.")
    return {"kind": "compute#firewallPolicyRule", "ruleTupleCount": 0, **rule}


def _attached(found: Policy, call: Call) -> Json:
    name = call.text("name")
    held: Json | None = next((each for each in found.associations if each["name"] == name), None)
    if held is None:
        raise errors.invalid_argument(f"An association with that name does not exist: {name}")
    return held


def _association(policy: Policy, held: Json) -> Json:
    return {**held, "firewallPolicyId": policy.id, "shortName": policy.short_name, "displayName": policy.short_name}


def _fingerprint(found: Policy) -> str:
    return base64.b64encode(found.revision.to_bytes(8, "big")).decode()


def _predefined() -> list[Json]:
    places = [(direction, ips) for ips in ("::/0", "0.0.0.0/0") for direction in ("EGRESS", "INGRESS")]
    return [
        {
            "priority": PREDEFINED + at,
            "direction": direction,
            "action": "goto_next",
            "match": {
                "destIpRanges" if direction == "EGRESS" else "srcIpRanges": [ips],
                "layer4Configs": [{"ipProtocol": "all"}],
            },
        }
        for at, (direction, ips) in enumerate(places)
    ]


def _shown(found: Policy) -> Json:
    path = f"{WITHIN}/firewallPolicies/{found.id}"
    rules = [{"kind": "compute#firewallPolicyRule", **each} for each in (*found.rules, *_predefined())]
    return {
        "kind": "compute#firewallPolicy",
        "id": found.id,
        "creationTimestamp": timestamp(found.created),
        "name": found.id,
        "shortName": found.short_name,
        "displayName": found.short_name,
        "description": found.description,
        "parent": found.parent,
        "fingerprint": _fingerprint(found),
        "ruleTupleCount": 0,
        "rules": rules,
        **({"associations": [_association(found, each) for each in found.associations]} if found.associations else {}),
        "selfLink": lro.SITE + path,
        "selfLinkWithId": lro.SITE + path,
    }
