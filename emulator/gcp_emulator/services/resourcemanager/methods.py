"""The methods of Resource Manager that the sandbox serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from gcp_emulator import operations
from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.resourcemanager import hierarchy_methods, liens, state, v1, v3
from gcp_emulator.services.resourcemanager.hierarchy import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

READ: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/cloud-platform.read-only")
STATE: Final = {"STATE_UNSPECIFIED": 0, "ACTIVE": 1, "DELETE_REQUESTED": 2}
DOCS: Final = "https://cloud.google.com/resource-manager/reference/rest/"
TYPES: Final = "google.cloud.resourcemanager_v3.types:"
PROJECT: Final = (
    "name,parent,projectId,state,displayName,createTime,updateTime,deleteTime,etag,labels,tags,"
    "isManagementProject,managementType,configuredCapabilities"
)
PROJECT_V1: Final = (
    "projectNumber,projectId,lifecycleState,name,createTime,labels,parent(type,id),tags,configuredCapabilities"
)
GET_POLICY: Final = "resource,options(requestedPolicyVersion)"
SET_POLICY: Final = "resource,policy(version,bindings,auditConfigs,rules,etag),updateMask"
POLICY: Final = "google.iam.v1.policy_pb2:Policy"
OPERATION: Final = "google.longrunning.operations_pb2:Operation"


def _v3(  # noqa: PLR0913 - a row of the table
    name: str,
    http: str,
    handle: Callable[[Call], Any] | None,
    request: str,
    response: str,
    *,
    mutates: bool = False,
    body: str = "*",
    enums: Any = None,
    fields: str = "name",
) -> Method:
    return Method(
        name=f"google.cloud.resourcemanager.v3.Projects/{name}",
        http=(http,),
        handle=handle,
        service=SERVICE,
        source=f"{DOCS}v3/projects/{name[0].lower()}{name[1:].removesuffix('Projects').removesuffix('Project')}",
        request=request,
        response=response,
        mutates=mutates,
        body=body,
        scopes=(CLOUD_PLATFORM,) if mutates else READ,
        enums=enums or {},
        fields=fields,
    )


def _v1(
    name: str,
    http: str,
    handle: Callable[[Call], Any] | None,
    *,
    mutates: bool = False,
    fields: str = "projectId",
) -> Method:
    errors: Literal["legacy"] = "legacy"
    return Method(
        name=f"cloudresourcemanager.projects.{name}",
        http=(http,),
        handle=handle,
        service=SERVICE,
        source=f"{DOCS}v1/projects/{name}",
        mutates=mutates,
        scopes=(CLOUD_PLATFORM,) if mutates else READ,
        errors=errors,
        fields=fields,
        enums=hierarchy_methods.LIFE_CYCLE,
    )


METHODS: Final = (
    _v3(
        "GetProject",
        "GET /v3/{name=projects/{project}}",
        v3.get,
        TYPES + "GetProjectRequest",
        TYPES + "Project",
        enums={"state": STATE},
    ),
    _v3(
        "ListProjects",
        "GET /v3/projects",
        v3.list_children,
        TYPES + "ListProjectsRequest",
        TYPES + "ListProjectsResponse",
        fields="parent,pageToken,pageSize,showDeleted",
        enums={"projects.state": STATE},
    ),
    _v3(
        "SearchProjects",
        "GET /v3/projects:search",
        v3.search,
        TYPES + "SearchProjectsRequest",
        TYPES + "SearchProjectsResponse",
        fields="query,pageToken,pageSize",
        enums={"projects.state": STATE},
    ),
    _v3(
        "CreateProject",
        "POST /v3/projects",
        v3.create,
        TYPES + "CreateProjectRequest",
        OPERATION,
        mutates=True,
        body="project",
        enums={"project.state": STATE},
        fields=f"project({PROJECT})",
    ),
    _v3(
        "UpdateProject",
        "PATCH /v3/{project.name=projects/{project}}",
        v3.update,
        TYPES + "UpdateProjectRequest",
        OPERATION,
        mutates=True,
        body="project",
        enums={"project.state": STATE},
        fields=f"project({PROJECT}),updateMask",
    ),
    _v3(
        "DeleteProject",
        "DELETE /v3/{name=projects/{project}}",
        v3.delete,
        TYPES + "DeleteProjectRequest",
        OPERATION,
        mutates=True,
    ),
    _v3(
        "UndeleteProject",
        "POST /v3/{name=projects/{project}}:undelete",
        v3.undelete,
        TYPES + "UndeleteProjectRequest",
        OPERATION,
        mutates=True,
    ),
    _v3(
        "MoveProject",
        "POST /v3/{name=projects/{project}}:move",
        v3.move,
        TYPES + "MoveProjectRequest",
        OPERATION,
        mutates=True,
        fields="name,destinationParent",
    ),
    _v3(
        "GetIamPolicy",
        "POST /v3/{resource=projects/{project}}:getIamPolicy",
        state.get_iam_policy,
        "google.iam.v1.iam_policy_pb2:GetIamPolicyRequest",
        POLICY,
        fields=GET_POLICY,
    ),
    _v3(
        "SetIamPolicy",
        "POST /v3/{resource=projects/{project}}:setIamPolicy",
        state.set_iam_policy,
        "google.iam.v1.iam_policy_pb2:SetIamPolicyRequest",
        POLICY,
        fields=SET_POLICY,
        mutates=True,
    ),
    _v3(
        "TestIamPermissions",
        "POST /v3/{resource=projects/{project}}:testIamPermissions",
        state.test_iam_permissions,
        "google.iam.v1.iam_policy_pb2:TestIamPermissionsRequest",
        "google.iam.v1.iam_policy_pb2:TestIamPermissionsResponse",
        fields="resource,permissions",
    ),
    Method(
        name="google.longrunning.Operations/GetOperation",
        http=("GET /v3/{name=operations/{operation=?p.*}}", "GET /v3/{name=operations/{operation}}"),
        handle=operations.get_own,
        service=SERVICE,
        source=f"{DOCS}v3/operations/get",
        request="google.longrunning.operations_pb2:GetOperationRequest",
        response=OPERATION,
        scopes=READ,
    ),
    _v1("get", "GET /v1/projects/{project}", v1.get),
    _v1("list", "GET /v1/projects", v1.list_all, fields="filter,pageToken,pageSize"),
    _v1("create", "POST /v1/projects", v1.create, mutates=True, fields=PROJECT_V1),
    _v1("update", "PUT /v1/projects/{project}", v1.update, mutates=True, fields=PROJECT_V1),
    _v1("delete", "DELETE /v1/projects/{project}", v1.delete, mutates=True),
    _v1("undelete", "POST /v1/projects/{project}:undelete", v1.undelete, mutates=True),
    _v1("getAncestry", "POST /v1/projects/{project}:getAncestry", v1.get_ancestry),
    _v1("getIamPolicy", "POST /v1/projects/{project}:getIamPolicy", state.get_iam_policy, fields=GET_POLICY),
    _v1(
        "setIamPolicy",
        "POST /v1/projects/{project}:setIamPolicy",
        state.set_iam_policy,
        mutates=True,
        fields=SET_POLICY,
    ),
    _v1(
        "testIamPermissions",
        "POST /v1/projects/{project}:testIamPermissions",
        state.test_iam_permissions,
        fields="permissions",
    ),
    Method(
        name="cloudresourcemanager.operations.get",
        http=("GET /v1/{name=operations/{operation=?p.*}}", "GET /v1/{name=operations/{operation=?f.*}}"),
        handle=operations.get_own,
        service=SERVICE,
        source=f"{DOCS}v1/operations/get",
        scopes=READ,
        errors="legacy",
    ),
    *hierarchy_methods.METHODS,
    *liens.METHODS,
)
