"""The methods of folders (v3, and v2 for gcloud) and organizations (v3, and v1 for gcloud and Terraform)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.resourcemanager import folders, organizations
from gcp_emulator.services.resourcemanager.hierarchy import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

    Rule = Callable[[Call], Any]

READ: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/cloud-platform.read-only")
STATE: Final = {"STATE_UNSPECIFIED": 0, "ACTIVE": 1, "DELETE_REQUESTED": 2}
DOCS: Final = "https://cloud.google.com/resource-manager/reference/rest/"
TYPES: Final = "google.cloud.resourcemanager_v3.types:"
IAM: Final = "google.iam.v1.iam_policy_pb2:"
POLICY: Final = "google.iam.v1.policy_pb2:Policy"
OPERATION: Final = "google.longrunning.operations_pb2:Operation"
GET_POLICY: Final = "resource,options(requestedPolicyVersion)"
SET_POLICY: Final = "resource,policy(version,bindings,auditConfigs,rules,etag),updateMask"
FOLDER: Final = (
    "folder(name,parent,displayName,state,createTime,updateTime,deleteTime,etag,tags,configuredCapabilities,"
    "managementProject)"
)
LIFE_CYCLE: Final = {
    f"{place}lifecycleState": {
        "LIFECYCLE_STATE_UNSPECIFIED": 0,
        "ACTIVE": 1,
        "DELETE_REQUESTED": 2,
        "DELETE_IN_PROGRESS": 3,
    }
    for place in ("", "projects.", "folders.", "organizations.", "folder.")
}
"""Where the older versions have it; the numbers are those of v2's proto, which the discovery document of v1 counts on:
google/cloud/resourcemanager/v2/folders.proto"""

FOLDER_V2: Final = (
    "folder(name,parent,displayName,lifecycleState,createTime,tags,configuredCapabilities,managementProject)"
)


def _v3(  # noqa: PLR0913 - a row of the table
    name: str,
    http: str,
    handle: Rule,
    request: str,
    response: str,
    *,
    mutates: bool = False,
    body: str = "*",
    enums: Any = None,
    fields: str = "name",
) -> Method:
    kind, _, verb = name.partition("/")
    return Method(
        name=f"google.cloud.resourcemanager.v3.{name}",
        http=(http,),
        handle=handle,
        service=SERVICE,
        source=f"{DOCS}v3/{kind.lower()}/{verb[0].lower()}{verb[1:].removesuffix(kind).removesuffix(kind[:-1])}",
        request=request,
        response=response,
        mutates=mutates,
        body=body,
        scopes=(CLOUD_PLATFORM,) if mutates else READ,
        enums=enums or {},
        fields=fields,
    )


def _rest(
    name: str,
    http: str,
    handle: Rule,
    *,
    mutates: bool = False,
    body: str = "*",
    fields: str = "name",
) -> Method:
    """Declare a call of an older version; v1's refusals are in the older shape (recorded for projects)."""
    version = http.split("/")[1]
    return Method(
        name=f"cloudresourcemanager.{name}",
        http=(http,),
        handle=handle,
        service=SERVICE,
        source=f"{DOCS}{version}/{name.replace('v2.', '').replace('.', '/')}",
        mutates=mutates,
        body=body,
        scopes=(CLOUD_PLATFORM,) if mutates else READ,
        errors="legacy" if version == "v1" else "object",
        fields=fields,
        enums=LIFE_CYCLE,
    )


def _iam(kind: str, variable: str, rules: Any) -> tuple[Method, ...]:
    """Return the three methods of a kind's allow policy, in v3."""
    path = f"{{resource={kind.lower()}/{{{variable}}}}}"
    return (
        _v3(
            f"{kind}/GetIamPolicy",
            f"POST /v3/{path}:getIamPolicy",
            rules.get_iam_policy,
            IAM + "GetIamPolicyRequest",
            POLICY,
            fields=GET_POLICY,
        ),
        _v3(
            f"{kind}/SetIamPolicy",
            f"POST /v3/{path}:setIamPolicy",
            rules.set_iam_policy,
            IAM + "SetIamPolicyRequest",
            POLICY,
            fields=SET_POLICY,
            mutates=True,
        ),
        _v3(
            f"{kind}/TestIamPermissions",
            f"POST /v3/{path}:testIamPermissions",
            rules.test_iam_permissions,
            IAM + "TestIamPermissionsRequest",
            IAM + "TestIamPermissionsResponse",
            fields="resource,permissions",
        ),
    )


def _older_iam(prefix: str, path: str, rules: Any) -> tuple[Method, ...]:
    """Return the same three of an older version, on REST only."""
    return (
        _rest(f"{prefix}.getIamPolicy", f"POST {path}:getIamPolicy", rules.get_iam_policy, fields=GET_POLICY),
        _rest(
            f"{prefix}.setIamPolicy",
            f"POST {path}:setIamPolicy",
            rules.set_iam_policy,
            mutates=True,
            fields=SET_POLICY,
        ),
        _rest(
            f"{prefix}.testIamPermissions",
            f"POST {path}:testIamPermissions",
            rules.test_iam_permissions,
            fields="permissions",
        ),
    )


METHODS: Final = (
    _v3(
        "Folders/GetFolder",
        "GET /v3/{name=folders/{folder}}",
        folders.get,
        TYPES + "GetFolderRequest",
        TYPES + "Folder",
        enums={"state": STATE},
    ),
    _v3(
        "Folders/ListFolders",
        "GET /v3/folders",
        folders.list_children,
        TYPES + "ListFoldersRequest",
        TYPES + "ListFoldersResponse",
        enums={"folders.state": STATE},
        fields="parent,pageSize,pageToken,showDeleted",
    ),
    _v3(
        "Folders/SearchFolders",
        "GET /v3/folders:search",
        folders.search,
        TYPES + "SearchFoldersRequest",
        TYPES + "SearchFoldersResponse",
        enums={"folders.state": STATE},
        fields="query,pageSize,pageToken",
    ),
    _v3(
        "Folders/CreateFolder",
        "POST /v3/folders",
        folders.create,
        TYPES + "CreateFolderRequest",
        OPERATION,
        mutates=True,
        body="folder",
        enums={"folder.state": STATE},
        fields=FOLDER,
    ),
    _v3(
        "Folders/UpdateFolder",
        "PATCH /v3/{folder.name=folders/{folder}}",
        folders.update,
        TYPES + "UpdateFolderRequest",
        OPERATION,
        mutates=True,
        body="folder",
        enums={"folder.state": STATE},
        fields=FOLDER + ",updateMask",
    ),
    _v3(
        "Folders/MoveFolder",
        "POST /v3/{name=folders/{folder}}:move",
        folders.move,
        TYPES + "MoveFolderRequest",
        OPERATION,
        mutates=True,
        fields="name,destinationParent",
    ),
    _v3(
        "Folders/DeleteFolder",
        "DELETE /v3/{name=folders/{folder}}",
        folders.delete,
        TYPES + "DeleteFolderRequest",
        OPERATION,
        mutates=True,
    ),
    _v3(
        "Folders/UndeleteFolder",
        "POST /v3/{name=folders/{folder}}:undelete",
        folders.undelete,
        TYPES + "UndeleteFolderRequest",
        OPERATION,
        mutates=True,
    ),
    *_iam("Folders", "folder", folders),
    _rest("v2.folders.get", "GET /v2/{name=folders/{folder}}", folders.get),
    _rest("v2.folders.list", "GET /v2/folders", folders.list_children, fields="parent,pageSize,pageToken,showDeleted"),
    _rest("v2.folders.search", "POST /v2/folders:search", folders.search, fields="query,pageSize,pageToken"),
    _rest(
        "v2.folders.create",
        "POST /v2/folders",
        folders.create,
        mutates=True,
        body="folder",
        fields=f"parent,{FOLDER_V2}",
    ),
    _rest(
        "v2.folders.patch",
        "PATCH /v2/{folder.name=folders/{folder}}",
        folders.update,
        mutates=True,
        body="folder",
        fields=f"{FOLDER_V2},updateMask",
    ),
    _rest(
        "v2.folders.move",
        "POST /v2/{name=folders/{folder}}:move",
        folders.move,
        mutates=True,
        fields="name,destinationParent",
    ),
    _rest("v2.folders.delete", "DELETE /v2/{name=folders/{folder}}", folders.delete, mutates=True),
    _rest("v2.folders.undelete", "POST /v2/{name=folders/{folder}}:undelete", folders.undelete, mutates=True),
    *_older_iam("v2.folders", "/v2/{resource=folders/{folder}}", folders),
    _v3(
        "Organizations/GetOrganization",
        "GET /v3/{name=organizations/{organization}}",
        organizations.get,
        TYPES + "GetOrganizationRequest",
        TYPES + "Organization",
        enums={"state": STATE},
    ),
    _v3(
        "Organizations/SearchOrganizations",
        "GET /v3/organizations:search",
        organizations.search,
        TYPES + "SearchOrganizationsRequest",
        TYPES + "SearchOrganizationsResponse",
        enums={"organizations.state": STATE},
        fields="query,pageSize,pageToken",
    ),
    *_iam("Organizations", "organization", organizations),
    _rest("organizations.get", "GET /v1/{name=organizations/{organization}}", organizations.get),
    _rest(
        "organizations.search",
        "POST /v1/organizations:search",
        organizations.search,
        fields="filter,pageSize,pageToken",
    ),
    *_older_iam("organizations", "/v1/{resource=organizations/{organization}}", organizations),
)
