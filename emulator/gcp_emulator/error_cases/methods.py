"""Globs over the names of methods that go together."""

from __future__ import annotations

from typing import Final

_RM: Final = "google.cloud.resourcemanager.v3.Projects"
_SU: Final = "google.api.serviceusage.v1.ServiceUsage"
_BETA: Final = "serviceusage.v1beta1.services"
_IAM: Final = "google.iam.admin.v1.IAM"
_POOLS: Final = "iam.projects.locations.workloadIdentityPools"

GET_PROJECT: Final = (f"{_RM}/GetProject", "cloudresourcemanager.projects.get")
CREATE_PROJECT: Final = (f"{_RM}/CreateProject", "cloudresourcemanager.projects.create")
DELETE_PROJECT: Final = (f"{_RM}/DeleteProject", "cloudresourcemanager.projects.delete")
RESOURCE_MANAGER: Final = ("google.cloud.resourcemanager.v3.*", "cloudresourcemanager.*")
SET_POLICY: Final = ("*/SetIamPolicy", "*.setIamPolicy")
OPERATIONS: Final = ("google.longrunning.Operations/GetOperation", "*.operations.get")

ENABLE: Final = (f"{_SU}/EnableService", f"{_SU}/BatchEnableServices", f"{_BETA}.enable", f"{_BETA}.batchEnable")
BATCH_ENABLE: Final = (f"{_SU}/BatchEnableServices", f"{_BETA}.batchEnable")
DISABLE: Final = (f"{_SU}/DisableService", f"{_BETA}.disable")
SERVICE_USAGE: Final = (f"{_SU}/*", f"{_BETA}.*")

LIST_ACCOUNTS: Final = ("google.cloud.billing.v1.CloudBilling/ListBillingAccounts",)
LINK: Final = ("google.cloud.billing.v1.CloudBilling/UpdateProjectBillingInfo",)
ACCOUNT: Final = (*LINK, "google.cloud.billing.v1.CloudBilling/GetBillingAccount")

CREATE_ACCOUNT: Final = (f"{_IAM}/CreateServiceAccount",)
GET_ACCOUNT: Final = (f"{_IAM}/GetServiceAccount", f"{_IAM}/GetIamPolicy")
CREATE_KEY: Final = (f"{_IAM}/CreateServiceAccountKey",)
CREATE_POOL: Final = (f"{_POOLS}.create",)
PROVIDERS: Final = (f"{_POOLS}.providers.create", f"{_POOLS}.providers.patch")
IMPERSONATE: Final = (
    "google.iam.credentials.v1.IAMCredentials/Generate*",
    "google.iam.credentials.v1.IAMCredentials/Sign*",
)
ORG_POLICY: Final = ("google.cloud.orgpolicy.v2.OrgPolicy/*",)

TOKEN: Final = ("oauth2.token",)
STS: Final = ("sts.token",)
METADATA: Final = ("metadata.*",)

VERTEX: Final = ("google.cloud.aiplatform.*", "aiplatform.*", "google.cloud.location.*")
ENDPOINTS: Final = ("google.cloud.aiplatform.*.EndpointService/*",)
DEPLOY: Final = ("*.ModelGardenService/Deploy",)
COMPLETIONS: Final = ("*.PredictionService/ChatCompletions", "aiplatform.*.endpoints.completions")
GEMINI: Final = ("*.PredictionService/GenerateContent", "*.PredictionService/StreamGenerateContent")
CHAT: Final = (*COMPLETIONS, *GEMINI)
STREAMS: Final = ("*.PredictionService/ChatCompletions", "aiplatform.*.endpoints.completions", GEMINI[1])
STARTS_OPERATION: Final = (
    *CREATE_PROJECT,
    f"{_RM}/DeleteProject",
    *ENABLE,
    *DISABLE,
    *CREATE_POOL,
    PROVIDERS[0],
    "*.EndpointService/CreateEndpoint",
    "*.EndpointService/DeployModel",
)
