"""The methods of Cloud Billing that the sandbox serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.billing import state

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

WRITE: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/cloud-billing")
READ: Final = (*WRITE, "https://www.googleapis.com/auth/cloud-billing.readonly")
DOCS: Final = "https://cloud.google.com/billing/docs/reference/rest/v1/"
TYPES: Final = "google.cloud.billing_v1.types:"


def _method(  # noqa: PLR0913 - a row of the table
    name: str,
    http: str,
    handle: Callable[[Call], Any] | None,
    request: str,
    response: str,
    source: str,
    *,
    mutates: bool = False,
    body: str = "*",
    fields: str = "name",
) -> Method:
    return Method(
        name=f"google.cloud.billing.v1.CloudBilling/{name}",
        http=(http,),
        handle=handle,
        service="cloudbilling.googleapis.com",
        source=DOCS + source,
        request=request,
        response=response,
        mutates=mutates,
        body=body,
        scopes=WRITE if mutates else READ,
        fields=fields,
    )


METHODS: Final = (
    _method(
        "ListBillingAccounts",
        "GET /v1/billingAccounts",
        state.list_accounts,
        TYPES + "ListBillingAccountsRequest",
        TYPES + "ListBillingAccountsResponse",
        "billingAccounts/list",
        fields="pageSize,pageToken,filter,parent",
    ),
    _method(
        "GetBillingAccount",
        "GET /v1/{name=billingAccounts/{account}}",
        state.get_account,
        TYPES + "GetBillingAccountRequest",
        TYPES + "BillingAccount",
        "billingAccounts/get",
    ),
    _method(
        "ListProjectBillingInfo",
        "GET /v1/{name=billingAccounts/{account}}/projects",
        state.list_projects,
        TYPES + "ListProjectBillingInfoRequest",
        TYPES + "ListProjectBillingInfoResponse",
        "billingAccounts.projects/list",
        fields="name,pageSize,pageToken",
    ),
    _method(
        "GetProjectBillingInfo",
        "GET /v1/{name=projects/{project}}/billingInfo",
        state.get_info,
        TYPES + "GetProjectBillingInfoRequest",
        TYPES + "ProjectBillingInfo",
        "projects/getBillingInfo",
    ),
    _method(
        "UpdateProjectBillingInfo",
        "PUT /v1/{name=projects/{project}}/billingInfo",
        state.update_info,
        TYPES + "UpdateProjectBillingInfoRequest",
        TYPES + "ProjectBillingInfo",
        "projects/updateBillingInfo",
        mutates=True,
        body="projectBillingInfo",
        fields="name,projectBillingInfo(name,projectId,billingAccountName,billingEnabled)",
    ),
    _method(
        "TestIamPermissions",
        "POST /v1/{resource=billingAccounts/{account}}:testIamPermissions",
        state.test_iam_permissions,
        "google.iam.v1.iam_policy_pb2:TestIamPermissionsRequest",
        "google.iam.v1.iam_policy_pb2:TestIamPermissionsResponse",
        "billingAccounts/testIamPermissions",
        fields="resource,permissions",
    ),
    _method(
        "GetIamPolicy",
        "GET /v1/{resource=billingAccounts/{account}}:getIamPolicy",
        state.get_iam_policy,
        "google.iam.v1.iam_policy_pb2:GetIamPolicyRequest",
        "google.iam.v1.policy_pb2:Policy",
        "billingAccounts/getIamPolicy",
        fields="resource,options(requestedPolicyVersion)",
    ),
    _method(
        "SetIamPolicy",
        "POST /v1/{resource=billingAccounts/{account}}:setIamPolicy",
        state.set_iam_policy,
        "google.iam.v1.iam_policy_pb2:SetIamPolicyRequest",
        "google.iam.v1.policy_pb2:Policy",
        "billingAccounts/setIamPolicy",
        fields="resource,policy(version,bindings,auditConfigs,rules,etag),updateMask",
        mutates=True,
    ),
    _method(
        "CreateBillingAccount",
        "POST /v1/billingAccounts",
        None,
        TYPES + "CreateBillingAccountRequest",
        TYPES + "BillingAccount",
        "billingAccounts/create",
        mutates=True,
        body="billingAccount",
    ),
    _method(
        "UpdateBillingAccount",
        "PATCH /v1/{name=billingAccounts/{account}}",
        None,
        TYPES + "UpdateBillingAccountRequest",
        TYPES + "BillingAccount",
        "billingAccounts/patch",
        mutates=True,
        body="account",
    ),
)
