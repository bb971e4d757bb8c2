"""The methods of Org Policy v2, and `getEffectiveOrgPolicy` of Resource Manager v1.

Paths, fields and enums: the discovery documents of orgpolicy v2 and cloudresourcemanager v1; recorded: orgpolicy--*.
No client for gRPC is among the packages the sandbox is tested with, so they are served over REST alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from provision.sandbox.rpc import CLOUD_PLATFORM, Method
from provision.sandbox.services.orgpolicy import state
from provision.sandbox.services.orgpolicy.state import SERVICE

if TYPE_CHECKING:
    from provision.sandbox.rpc import Call

Handle = Callable[["Call"], Any]
REFERENCE: Final = "https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2"
WRITE: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/organizationpolicy")
READ: Final = (
    *WRITE,
    "https://www.googleapis.com/auth/organizationpolicy.readonly",
    "https://www.googleapis.com/auth/cloud-platform.read-only",
)
POLICY: Final = "name,etag,spec,dryRunSpec,alternate"
CUSTOM: Final = "name,resourceTypes,methodTypes,condition,actionType,displayName,description,updateTime"
DEFAULT: Final = {"CONSTRAINT_DEFAULT_UNSPECIFIED": 0, "ALLOW": 1, "DENY": 2}
ACTION: Final = {"ACTION_TYPE_UNSPECIFIED": 0, "ALLOW": 1, "DENY": 2}
METHOD: Final = {
    "METHOD_TYPE_UNSPECIFIED": 0,
    "CREATE": 1,
    "UPDATE": 2,
    "DELETE": 3,
    "REMOVE_GRANT": 4,
    "GOVERN_TAGS": 5,
}
ALL_VALUES: Final = {"ALL_VALUES_UNSPECIFIED": 0, "ALLOW": 1, "DENY": 2}


def _method(name: str, http: str, handle: Handle, fields: str, *, mutates: bool = False, **more: Any) -> Method:
    return Method(
        **{
            "name": f"orgpolicy.{name}",
            "http": (http,),
            "handle": handle,
            "service": SERVICE,
            "source": f"{REFERENCE}/{name.rpartition('.')[0]}/{name.rpartition('.')[2]}",
            "scopes": WRITE if mutates else READ,
            "mutates": mutates,
            "fields": fields,
            **more,
        }
    )


def _of(kind: str) -> tuple[Method, ...]:
    """The methods on organizations, folders or projects."""
    parent = f"{kind}s/{{{kind}}}"
    policies, policy = f"/v2/{{parent={parent}}}/policies", f"{parent}/policies/{{policy}}"
    named = f"/v2/{{name={policy}}}"
    listed = "parent,pageSize,pageToken"
    return (
        _method(f"{kind}s.policies.list", f"GET {policies}", state.list_policies, listed),
        _method(
            f"{kind}s.policies.create",
            f"POST {policies}",
            state.create,
            f"parent,policy({POLICY})",
            mutates=True,
            body="policy",
        ),
        _method(f"{kind}s.policies.get", f"GET {named}", state.get, "name"),
        _method(
            f"{kind}s.policies.patch",
            f"PATCH /v2/{{policy.name={policy}}}",
            state.update,
            f"policy({POLICY}),updateMask",
            mutates=True,
            body="policy",
        ),
        _method(f"{kind}s.policies.delete", f"DELETE {named}", state.delete, "name,etag", mutates=True),
        _method(f"{kind}s.policies.getEffectivePolicy", f"GET {named}:getEffectivePolicy", state.get_effective, "name"),
        _method(
            f"{kind}s.constraints.list",
            f"GET /v2/{{parent={parent}}}/constraints",
            state.list_constraints,
            listed,
            enums={"constraints.constraintDefault": DEFAULT},
        ),
        Method(
            name=f"cloudresourcemanager.{kind}s.getEffectiveOrgPolicy",
            http=(f"POST /v1/{{resource={parent}}}:getEffectiveOrgPolicy",),
            handle=state.get_effective_v1,
            service="cloudresourcemanager.googleapis.com",
            source=f"https://cloud.google.com/resource-manager/reference/rest/v1/{kind}s/getEffectiveOrgPolicy",
            fields="resource,constraint",
            enums={"listPolicy.allValues": ALL_VALUES},
            scopes=(*READ,),
            errors="legacy",
        ),
        *(
            Method(
                name=f"cloudresourcemanager.{kind}s.{verb}",
                http=(f"POST /v1/{{resource={parent}}}:{verb}",),
                handle=None,
                service="cloudresourcemanager.googleapis.com",
                source=f"https://cloud.google.com/resource-manager/reference/rest/v1/{kind}s/{verb}",
                errors="legacy",
            )
            for verb in (
                "clearOrgPolicy",
                "getOrgPolicy",
                "listAvailableOrgPolicyConstraints",
                "listOrgPolicies",
                "setOrgPolicy",
            )
        ),
    )


def _custom(verb: str, http: str, handle: Handle, fields: str, *, mutates: bool = False, **more: Any) -> Method:
    where = "customConstraints." if verb == "list" else ""
    enums = {f"{where}{name}": numbers for name, numbers in (("actionType", ACTION), ("methodTypes", METHOD))}
    sent = {f"customConstraint.{name}": numbers for name, numbers in (("actionType", ACTION), ("methodTypes", METHOD))}
    return _method(
        f"organizations.customConstraints.{verb}",
        http,
        handle,
        fields,
        mutates=mutates,
        enums={**enums, **sent},
        **more,
    )


CUSTOMS: Final = "/v2/{parent=organizations/{organization}}/customConstraints"
NAMED: Final = "organizations/{organization}/customConstraints/{constraint}"

METHODS: Final = (
    *(method for kind in state.KINDS for method in _of(kind)),
    _custom("list", f"GET {CUSTOMS}", state.list_custom, "parent,pageSize,pageToken"),
    _custom(
        "create",
        f"POST {CUSTOMS}",
        state.create_custom,
        f"parent,customConstraint({CUSTOM})",
        mutates=True,
        body="customConstraint",
    ),
    _custom("get", f"GET /v2/{{name={NAMED}}}", state.get_custom, "name"),
    _custom(
        "patch",
        f"PATCH /v2/{{customConstraint.name={NAMED}}}",
        state.update_custom,
        f"customConstraint({CUSTOM}),updateMask",
        mutates=True,
        body="customConstraint",
    ),
    _custom("delete", f"DELETE /v2/{{name={NAMED}}}", state.delete_custom, "name", mutates=True),
)
