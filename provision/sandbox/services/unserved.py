"""Methods that clients of an onboarding are known to call and that the sandbox does not serve.

They are here by name, so that the answer is UNIMPLEMENTED with the name and not merely an unknown path.
"""

from __future__ import annotations

from typing import Final

from provision.sandbox.rpc import Method

_KNOWN: Final = {
    "cloudresourcemanager.googleapis.com": {
        "google.cloud.resourcemanager.v3.Folders/GetFolder": "GET /v3/{name=folders/{folder}}",
        "google.cloud.resourcemanager.v3.Folders/ListFolders": "GET /v3/folders",
        "google.cloud.resourcemanager.v3.Folders/SearchFolders": "GET /v3/folders:search",
        "google.cloud.resourcemanager.v3.Folders/CreateFolder": "POST /v3/folders",
        "google.cloud.resourcemanager.v3.Organizations/GetOrganization": (
            "GET /v3/{name=organizations/{organization}}"
        ),
        "google.cloud.resourcemanager.v3.Organizations/SearchOrganizations": "GET /v3/organizations:search",
        "google.cloud.resourcemanager.v3.Organizations/GetIamPolicy": (
            "POST /v3/{resource=organizations/{organization}}:getIamPolicy"
        ),
        "google.cloud.resourcemanager.v3.Organizations/SetIamPolicy": (
            "POST /v3/{resource=organizations/{organization}}:setIamPolicy"
        ),
        "cloudresourcemanager.organizations.get": "GET /v1/organizations/{organization}",
        "cloudresourcemanager.organizations.search": "POST /v1/organizations:search",
        "cloudresourcemanager.organizations.getIamPolicy": ("POST /v1/organizations/{organization}:getIamPolicy"),
        "cloudresourcemanager.liens.list": "GET /v1/liens",
    },
    "iam.googleapis.com": {
        "google.iam.admin.v1.IAM/ListServiceAccounts": "GET /v1/{name=projects/{project}}/serviceAccounts",
        "google.iam.admin.v1.IAM/GetServiceAccount": ("GET /v1/{name=projects/{project}/serviceAccounts/{account}}"),
        "google.iam.admin.v1.IAM/CreateServiceAccount": "POST /v1/{name=projects/{project}}/serviceAccounts",
        "google.iam.admin.v1.IAM/DeleteServiceAccount": (
            "DELETE /v1/{name=projects/{project}/serviceAccounts/{account}}"
        ),
        "google.iam.admin.v1.IAM/CreateServiceAccountKey": (
            "POST /v1/{name=projects/{project}/serviceAccounts/{account}}/keys"
        ),
        "google.iam.admin.v1.IAM/GetIamPolicy": (
            "POST /v1/{resource=projects/{project}/serviceAccounts/{account}}:getIamPolicy"
        ),
        "google.iam.admin.v1.IAM/SetIamPolicy": (
            "POST /v1/{resource=projects/{project}/serviceAccounts/{account}}:setIamPolicy"
        ),
        "google.iam.admin.v1.IAM/GetRole": "GET /v1/{name=roles/{role}}",
        "google.iam.admin.v1.IAM/ListRoles": "GET /v1/roles",
        "iam.projects.locations.workloadIdentityPools.list": (
            "GET /v1/projects/{project}/locations/{location}/workloadIdentityPools"
        ),
        "iam.projects.locations.workloadIdentityPools.create": (
            "POST /v1/projects/{project}/locations/{location}/workloadIdentityPools"
        ),
        "iam.projects.locations.workloadIdentityPools.get": (
            "GET /v1/projects/{project}/locations/{location}/workloadIdentityPools/{pool}"
        ),
    },
    "iamcredentials.googleapis.com": {
        "google.iam.credentials.v1.IAMCredentials/GenerateAccessToken": (
            "POST /v1/{name=projects/{project}/serviceAccounts/{account}}:generateAccessToken"
        ),
        "google.iam.credentials.v1.IAMCredentials/GenerateIdToken": (
            "POST /v1/{name=projects/{project}/serviceAccounts/{account}}:generateIdToken"
        ),
        "iamcredentials.projects.serviceAccounts.getAllowedLocations": (
            "GET /v1/projects/{project}/serviceAccounts/{account}/allowedLocations"
        ),
    },
    "sts.googleapis.com": {"sts.token": "POST /v1/token", "sts.introspect": "POST /v1/introspect"},
    "orgpolicy.googleapis.com": {
        "google.cloud.orgpolicy.v2.OrgPolicy/ListPolicies": "GET /v2/{parent=projects/{project}}/policies",
        "google.cloud.orgpolicy.v2.OrgPolicy/GetPolicy": ("GET /v2/{name=projects/{project}/policies/{policy}}"),
        "google.cloud.orgpolicy.v2.OrgPolicy/GetEffectivePolicy": (
            "GET /v2/{name=projects/{project}/policies/{policy}}:getEffectivePolicy"
        ),
    },
    "cloudquotas.googleapis.com": {
        "google.api.cloudquotas.v1.CloudQuotas/ListQuotaInfos": (
            "GET /v1/{parent=projects/{project}/locations/{location}/services/{service}}/quotaInfos"
        ),
    },
    "billingbudgets.googleapis.com": {
        "google.cloud.billing.budgets.v1.BudgetService/ListBudgets": (
            "GET /v1/{parent=billingAccounts/{account}}/budgets"
        ),
        "google.cloud.billing.budgets.v1.BudgetService/CreateBudget": (
            "POST /v1/{parent=billingAccounts/{account}}/budgets"
        ),
    },
}

METHODS: Final = tuple(
    Method(
        name=name,
        http=(http,),
        handle=None,
        service=service,
        source="https://github.com/googleapis/googleapis",
        errors="oauth" if service.startswith("sts.") else "object",
    )
    for service, methods in _KNOWN.items()
    for name, http in methods.items()
)
