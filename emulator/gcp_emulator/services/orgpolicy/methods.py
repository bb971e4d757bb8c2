"""The methods of Org Policy v2, and `getEffectiveOrgPolicy` of Resource Manager v1.

Names and messages: google/cloud/orgpolicy/v2/orgpolicy.proto; paths, fields and enums: the discovery documents of
orgpolicy v2 and cloudresourcemanager v1; recorded: orgpolicy--*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.orgpolicy import state
from gcp_emulator.services.orgpolicy.state import SERVICE

if TYPE_CHECKING:
    from gcp_emulator.call import Call

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


TYPES: Final = "google.cloud.orgpolicy_v2.types:"
PARENTS: Final = tuple(f"{kind}s/{{{kind}}}" for kind in state.KINDS)
PAGES: Final = "parent,pageSize,pageToken"


def _rpc(
    name: str,
    http: tuple[str, ...],
    handle: Handle,
    page: str,
    fields: str,
    response: str = "",
    *,
    body: str = "*",
    enums: Any = None,
) -> Method:
    mutates = page.rpartition("/")[2] in {"create", "patch", "delete"}
    return Method(
        name=f"google.cloud.orgpolicy.v2.OrgPolicy/{name}",
        http=http,
        handle=handle,
        service=SERVICE,
        source=f"{REFERENCE}/{page}",
        request=f"{TYPES}{name}Request",
        response=TYPES + response if response else "",
        scopes=WRITE if mutates else READ,
        mutates=mutates,
        fields=fields,
        body=body,
        enums=enums or {},
    )


def _everywhere(verb: str, name: str, pattern: str, rest: str = "") -> tuple[str, ...]:
    """Return a path for projects, folders and organizations: a field, the pattern below each, what comes after."""
    return tuple(f"{verb} /v2/{{{name}={parent}{pattern}}}{rest}" for parent in PARENTS)


_POLICIES: Final = (
    _rpc(
        "ListPolicies",
        _everywhere("GET", "parent", "", "/policies"),
        state.list_policies,
        "projects.policies/list",
        PAGES,
        "ListPoliciesResponse",
    ),
    _rpc(
        "CreatePolicy",
        _everywhere("POST", "parent", "", "/policies"),
        state.create,
        "projects.policies/create",
        f"parent,policy({POLICY})",
        "Policy",
        body="policy",
    ),
    _rpc(
        "GetPolicy",
        _everywhere("GET", "name", "/policies/{policy}"),
        state.get,
        "projects.policies/get",
        "name",
        "Policy",
    ),
    _rpc(
        "UpdatePolicy",
        _everywhere("PATCH", "policy.name", "/policies/{policy}"),
        state.update,
        "projects.policies/patch",
        f"policy({POLICY}),updateMask",
        "Policy",
        body="policy",
    ),
    _rpc(
        "DeletePolicy",
        _everywhere("DELETE", "name", "/policies/{policy}"),
        state.delete,
        "projects.policies/delete",
        "name,etag",
    ),
    _rpc(
        "GetEffectivePolicy",
        _everywhere("GET", "name", "/policies/{policy}", ":getEffectivePolicy"),
        state.get_effective,
        "projects.policies/getEffectivePolicy",
        "name",
        "Policy",
    ),
    _rpc(
        "ListConstraints",
        _everywhere("GET", "parent", "", "/constraints"),
        state.list_constraints,
        "projects.constraints/list",
        PAGES,
        "ListConstraintsResponse",
        enums={"constraints.constraintDefault": DEFAULT},
    ),
)


def _older(kind: str) -> tuple[Method, ...]:
    """The methods of Resource Manager v1 on one kind of resource."""
    parent = f"{kind}s/{{{kind}}}"
    return (
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


CUSTOMS: Final = "/v2/{parent=organizations/{organization}}/customConstraints"
NAMED: Final = "organizations/{organization}/customConstraints/{constraint}"
ENUMS: Final = {"actionType": ACTION, "methodTypes": METHOD}
CUSTOM_ENUMS: Final = {**ENUMS, **{f"customConstraint.{name}": numbers for name, numbers in ENUMS.items()}}
OF_CUSTOMS: Final = "organizations.customConstraints/"

_CUSTOMS: Final = (
    _rpc(
        "ListCustomConstraints",
        (f"GET {CUSTOMS}",),
        state.list_custom,
        f"{OF_CUSTOMS}list",
        PAGES,
        "ListCustomConstraintsResponse",
        enums={f"customConstraints.{name}": numbers for name, numbers in ENUMS.items()},
    ),
    _rpc(
        "CreateCustomConstraint",
        (f"POST {CUSTOMS}",),
        state.create_custom,
        f"{OF_CUSTOMS}create",
        f"parent,customConstraint({CUSTOM})",
        "CustomConstraint",
        body="customConstraint",
        enums=CUSTOM_ENUMS,
    ),
    _rpc(
        "GetCustomConstraint",
        (f"GET /v2/{{name={NAMED}}}",),
        state.get_custom,
        f"{OF_CUSTOMS}get",
        "name",
        "CustomConstraint",
        enums=ENUMS,
    ),
    _rpc(
        "UpdateCustomConstraint",
        (f"PATCH /v2/{{customConstraint.name={NAMED}}}",),
        state.update_custom,
        f"{OF_CUSTOMS}patch",
        f"customConstraint({CUSTOM}),updateMask",
        "CustomConstraint",
        body="customConstraint",
        enums=CUSTOM_ENUMS,
    ),
    _rpc(
        "DeleteCustomConstraint",
        (f"DELETE /v2/{{name={NAMED}}}",),
        state.delete_custom,
        f"{OF_CUSTOMS}delete",
        "name",
    ),
)

METHODS: Final = (*_POLICIES, *(method for kind in state.KINDS for method in _older(kind)), *_CUSTOMS)
