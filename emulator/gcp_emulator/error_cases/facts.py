"""What an error tells about the call it refuses: whose project, which service, permission, resource, model."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator.errors import SDK_PROJECT
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage import state as serviceusage

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Called, Json
    from gcp_emulator.services.resourcemanager.state import Project

DEFAULT_MODEL: Final = "openai/gpt-oss-120b-maas"
DEFAULT_SERVICE: Final = "aiplatform.googleapis.com"

PREFIXES: Final = {
    "cloudresourcemanager": "resourcemanager",
    "cloudbilling": "billing",
    "billingbudgets": "billing",
    "iamcredentials": "iam",
}
"""How permissions call an API whose service has another name."""

PERMISSIONS: Final = {
    "CreateProject": "resourcemanager.projects.create",
    "cloudresourcemanager.projects.getAncestry": "resourcemanager.projects.get",
    "BatchEnableServices": "serviceusage.services.enable",
    "BatchGetServices": "serviceusage.services.get",
    "serviceusage.v1beta1.services.batchEnable": "serviceusage.services.enable",
    "serviceusage.v1beta1.services.consumerQuotaMetrics.list": "serviceusage.quotas.get",
    "serviceusage.v1beta1.services.consumerQuotaMetrics.get": "serviceusage.quotas.get",
    "GetProjectBillingInfo": "resourcemanager.projects.get",
    "UpdateProjectBillingInfo": "billing.resourceAssociations.create",
    "ListProjectBillingInfo": "billing.resourceAssociations.list",
    "ListBillingAccounts": "billing.accounts.list",
    "GetBillingAccount": "billing.accounts.get",
    "ChatCompletions": "aiplatform.endpoints.predict",
    "GenerateContent": "aiplatform.endpoints.predict",
    "CountTokens": "aiplatform.endpoints.predict",
    "DeployModel": "aiplatform.endpoints.deploy",
    "UndeployModel": "aiplatform.endpoints.undeploy",
    "MutateDeployedModel": "aiplatform.endpoints.deploy",
    "Deploy": "aiplatform.endpoints.deploy",
    "CheckPublisherModelEulaAcceptance": "aiplatform.endpoints.get",
    "AcceptPublisherModelEula": "aiplatform.endpoints.create",
    "aiplatform.projects.publishers.models.enableModel": "aiplatform.endpoints.create",
    "GenerateAccessToken": "iam.serviceAccounts.getAccessToken",
    "GenerateIdToken": "iam.serviceAccounts.getOpenIdToken",
    "iamcredentials.projects.serviceAccounts.getAllowedLocations": "iam.serviceAccounts.get",
    "SignBlob": "iam.serviceAccounts.signBlob",
    "SignJwt": "iam.serviceAccounts.signJwt",
    "PatchServiceAccount": "iam.serviceAccounts.update",
    "UploadServiceAccountKey": "iam.serviceAccountKeys.create",
    "google.cloud.orgpolicy.v2.OrgPolicy/GetPolicy": "orgpolicy.policy.get",
    "GetEffectivePolicy": "orgpolicy.policy.get",
    "google.cloud.orgpolicy.v2.OrgPolicy/CreatePolicy": "orgpolicy.policies.create",
    "google.cloud.orgpolicy.v2.OrgPolicy/UpdatePolicy": "orgpolicy.policies.update",
    "google.cloud.orgpolicy.v2.OrgPolicy/DeletePolicy": "orgpolicy.policies.delete",
    "ListQuotaInfos": "cloudquotas.quotas.get",
    "GetQuotaInfo": "cloudquotas.quotas.get",
    "ListQuotaPreferences": "cloudquotas.quotas.get",
    "GetQuotaPreference": "cloudquotas.quotas.get",
    "CreateQuotaPreference": "cloudquotas.quotas.update",
    "UpdateQuotaPreference": "cloudquotas.quotas.update",
}
"""Permissions that a method's name does not tell: https://cloud.google.com/iam/docs/permissions-reference"""

COLLECTIONS: Final = {"providers": "workloadIdentityPoolProviders"}
VERBS: Final = {"patch": "update"}
POLICIES_OF: Final = {"CloudBilling": "accounts", "IAM": "serviceAccounts"}
"""What has the allow policies that a service's methods read and write, where its name does not tell."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of one call. Args: call: the call; consumer: the project it is charged to, as the log names it."""

    call: Call
    consumer_name: str = ""

    @property
    def service(self) -> str:
        """The API that is called."""
        return self.call.method.service

    @property
    def title(self) -> str:
        """Its title."""
        return serviceusage.title(self.service)

    @property
    def method(self) -> str:
        """The method, as `ErrorInfo` writes it."""
        return self.call.method.dotted

    @property
    def project(self) -> Project | None:
        """The project in the path, else the one that the call is charged to."""
        asked = self.call.vars.get("project") or self.consumer_name or self.call.caller.project
        return projects.find(self.call.state, asked) if asked else None

    @property
    def number(self) -> str:
        """The number of that project; Google's own where there is none."""
        return self.project.number if self.project else self.call.vars.get("project") or SDK_PROJECT

    @property
    def project_id(self) -> str:
        """Its id."""
        return self.project.id if self.project else self.call.vars.get("project") or SDK_PROJECT

    @property
    def charged(self) -> str:
        """The number of the project that the call is charged to: the quota project, else the caller's own."""
        charged = projects.find(self.call.state, self.consumer_name) if self.consumer_name else None
        return charged.number if charged else self.consumer_name or SDK_PROJECT

    @property
    def location(self) -> str:
        """The location in the path; `global` where there is none."""
        return self.call.vars.get("location", "global")

    @property
    def principal(self) -> str:
        """Who calls."""
        return self.call.caller.email or "unknown"

    @property
    def permission(self) -> str:
        """What the caller lacks."""
        return permission_of(self.call.method)

    @property
    def resource(self) -> str:
        """What the call is about, as a relative name: `projects/p/locations/l/endpoints/e`."""
        for value in self.call.request.values():
            if isinstance(value, str) and re.match(r"(projects|folders|organizations|billingAccounts)/[^/]", value):
                return value
        project = self.call.vars.get("project")
        return f"projects/{project}" if project else ""

    @property
    def services(self) -> list[str]:
        """The services that a call of Service Usage names."""
        listed = self.call.request.get("serviceIds")
        named = [str(each) for each in listed] if isinstance(listed, list) else [self.call.vars.get("service", "")]
        return [each for each in named if each] or [DEFAULT_SERVICE]

    @property
    def account(self) -> str:
        """The billing account that the call names."""
        given = self.call.request.get("billingAccountName") or self.call.request.get("name") or ""
        info = self.call.request.get("projectBillingInfo")
        if isinstance(info, dict):
            given = info.get("billingAccountName", given)
        return str(given) if str(given).startswith("billingAccounts/") else "billingAccounts/000000-000000-000000"

    @property
    def model(self) -> str:
        """The model that a chat asks, as `publisher/name`."""
        in_path = self.call.vars.get("model")
        if in_path:
            return f"{self.call.vars.get('publisher', 'google')}/{in_path}"
        named = self._body().get("model")
        return named if isinstance(named, str) and named else DEFAULT_MODEL

    @property
    def publisher_model(self) -> str:
        """The same as `publishers/P/models/M`."""
        publisher, _, name = self.model.partition("/")
        return f"publishers/{publisher}/models/{name}"

    @property
    def endpoint(self) -> str:
        """The endpoint in the path, in full."""
        endpoint = self.call.vars.get("endpoint", "openapi")
        return f"projects/{self.number}/locations/{self.location}/endpoints/{endpoint}"

    @property
    def member(self) -> str:
        """The first member of the policy that the call sets, else the caller."""
        policy = self.call.request.get("policy")
        for binding in policy.get("bindings", []) if isinstance(policy, dict) else []:
            for member in binding.get("members", []) if isinstance(binding, dict) else []:
                return str(member)
        return self.call.caller.member

    def _body(self) -> Json:
        """The chat's JSON: on gRPC it is in an `HttpBody`."""
        wrapped = self.call.request.get("httpBody")
        if not isinstance(wrapped, dict):
            return self.call.request
        try:
            body = json.loads(base64.b64decode(str(wrapped.get("data", ""))))
        except (ValueError, binascii.Error):
            return {}
        return body if isinstance(body, dict) else {}


def permission_of(method: Called) -> str:
    """Return the permission that a method asks for, from its name where that tells it."""
    _, _, rpc = method.name.rpartition("/")
    known = PERMISSIONS.get(rpc) or PERMISSIONS.get(method.name)
    if known:
        return known
    prefix = method.service.partition(".")[0]
    prefix = PREFIXES.get(prefix, prefix)
    if "/" not in method.name:
        *_, collection, verb = method.name.split(".")
        collection = COLLECTIONS.get(collection, collection)
        return f"{prefix}.{collection}.{VERBS.get(verb, verb)}"
    if rpc.endswith(("IamPolicy", "IamPermissions")):
        kind = method.name.rpartition("/")[0].rpartition(".")[2]
        collection = POLICIES_OF.get(kind) or kind[:1].lower() + kind[1:]
        return f"{prefix}.{collection}.{rpc[:1].lower() + rpc[1:]}"
    words = re.fullmatch(r"([A-Z][a-z]+)(\w+)", rpc)
    verb, noun = (words[1].lower(), words[2]) if words else (rpc.lower(), "resource")
    noun = noun[:1].lower() + noun[1:]
    return f"{prefix}.{noun if noun.endswith('s') else noun + 's'}.{verb}"
