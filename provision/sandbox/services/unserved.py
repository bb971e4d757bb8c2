"""Methods that clients of an onboarding are known to call and that the sandbox does not serve.

They are here by name, so that the answer is UNIMPLEMENTED with the name and not merely an unknown path.
"""

from __future__ import annotations

from typing import Final

from provision.sandbox.rpc import Method

_KNOWN: Final = {
    "cloudresourcemanager.googleapis.com": {
        "cloudresourcemanager.liens.list": "GET /v1/liens",
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
