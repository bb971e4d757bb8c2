"""Every served method, through Google's own client, over both transports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator import services
from gcp_emulator.services.aiplatform import empty_lists
from google.api_core.exceptions import Unauthorized
from google.cloud.aiplatform_v1 import EndpointServiceClient, ModelGardenServiceClient
from google.cloud.aiplatform_v1beta1 import EndpointServiceClient as BetaEndpointServiceClient
from google.cloud.aiplatform_v1beta1 import ModelGardenServiceClient as BetaModelGardenServiceClient
from google.cloud.aiplatform_v1beta1 import PredictionServiceClient
from google.cloud.aiplatform_v1beta1.types import ChatCompletionsRequest
from google.cloud.billing_v1 import CloudBillingClient, ProjectBillingInfo
from google.cloud.resourcemanager_v3 import Project, ProjectsClient
from google.cloud.service_usage_v1 import ServiceUsageClient
from google.cloud.service_usage_v1.types import (
    BatchEnableServicesRequest,
    BatchGetServicesRequest,
    DisableServiceRequest,
    EnableServiceRequest,
    GetServiceRequest,
    ListServicesRequest,
)

from emulator.tests.conformance import hierarchy_calls, identity_calls, policy_calls, tag_calls, vertex_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

CRM, SU = "google.cloud.resourcemanager.v3.Projects", "google.api.serviceusage.v1.ServiceUsage"
BILLING, VERTEX = "google.cloud.billing.v1.CloudBilling", "google.cloud.aiplatform"
OPERATIONS, LOCATIONS = "google.longrunning.Operations", "google.cloud.location.Locations"
REGION = "projects/sandbox-ready/locations/us-central1"


def _endpoint(clients: Any) -> str:
    return str(next(iter(clients.of(EndpointServiceClient).list_endpoints(parent=REGION))).name)


def _deleted(clients: Any) -> Any:
    projects: Any = clients.of(ProjectsClient)
    projects.delete_project(name="projects/sandbox-empty").result()
    return projects


def _chat(clients: Any) -> list[Any]:
    body = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    request = ChatCompletionsRequest(
        endpoint="projects/sandbox-ready/locations/global/endpoints/openapi",
        http_body={"content_type": "application/json", "data": json.dumps(body).encode()},
    )
    return list(clients.of(PredictionServiceClient).chat_completions(request=request))


CALLS: dict[str, Callable[[Any, Running], Any]] = {
    **vertex_calls.CALLS,
    **hierarchy_calls.CALLS,
    **identity_calls.CALLS,
    **policy_calls.CALLS,
    **tag_calls.CALLS,
    f"{CRM}/GetProject": lambda c, _: c.of(ProjectsClient).get_project(name="projects/sandbox-ready"),
    f"{CRM}/ListProjects": lambda c, s: list(c.of(ProjectsClient).list_projects(parent=s["organization"])),
    f"{CRM}/SearchProjects": lambda c, _: list(c.of(ProjectsClient).search_projects(query="id:sandbox-*")),
    f"{CRM}/CreateProject": lambda c, s: c.of(ProjectsClient).create_project(
        project=Project(project_id="made-by-test", display_name="Made", parent=s["organization"])
    ),
    f"{CRM}/UpdateProject": lambda c, _: c.of(ProjectsClient).update_project(
        project=Project(name="projects/sandbox-empty", display_name="Renamed"), update_mask={"paths": ["display_name"]}
    ),
    f"{CRM}/DeleteProject": lambda c, _: c.of(ProjectsClient).delete_project(name="projects/sandbox-empty"),
    f"{CRM}/UndeleteProject": lambda c, _: _deleted(c).undelete_project(name="projects/sandbox-empty"),
    f"{CRM}/GetIamPolicy": lambda c, _: c.of(ProjectsClient).get_iam_policy(resource="projects/sandbox-ready"),
    f"{CRM}/SetIamPolicy": lambda c, _: c.of(ProjectsClient).set_iam_policy(
        request={"resource": "projects/sandbox-ready", "policy": {"bindings": []}}
    ),
    f"{CRM}/TestIamPermissions": lambda c, _: c.of(ProjectsClient).test_iam_permissions(
        resource="projects/sandbox-ready", permissions=["resourcemanager.projects.get"]
    ),
    f"{OPERATIONS}/GetOperation": lambda c, _: c.of(ProjectsClient).get_operation(
        {"name": c.of(ProjectsClient).delete_project(name="projects/sandbox-empty").operation.name}
    ),
    f"{BILLING}/ListBillingAccounts": lambda c, _: list(c.of(CloudBillingClient).list_billing_accounts()),
    f"{BILLING}/GetBillingAccount": lambda c, s: c.of(CloudBillingClient).get_billing_account(
        name=s["billing_account"]
    ),
    f"{BILLING}/ListProjectBillingInfo": lambda c, s: list(
        c.of(CloudBillingClient).list_project_billing_info(name=s["billing_account"])
    ),
    f"{BILLING}/GetProjectBillingInfo": lambda c, _: c.of(CloudBillingClient).get_project_billing_info(
        name="projects/sandbox-ready"
    ),
    f"{BILLING}/UpdateProjectBillingInfo": lambda c, s: c.of(CloudBillingClient).update_project_billing_info(
        name="projects/sandbox-empty",
        project_billing_info=ProjectBillingInfo(billing_account_name=s["billing_account"]),
    ),
    f"{BILLING}/TestIamPermissions": lambda c, s: c.of(CloudBillingClient).test_iam_permissions(
        resource=s["billing_account"], permissions=["billing.resourceAssociations.create"]
    ),
    f"{SU}/ListServices": lambda c, _: list(
        c.of(ServiceUsageClient).list_services(
            ListServicesRequest(parent="projects/sandbox-ready", filter="state:ENABLED")
        )
    ),
    f"{SU}/GetService": lambda c, _: c.of(ServiceUsageClient).get_service(
        GetServiceRequest(name="projects/sandbox-ready/services/aiplatform.googleapis.com")
    ),
    f"{SU}/BatchGetServices": lambda c, _: c.of(ServiceUsageClient).batch_get_services(
        BatchGetServicesRequest(
            parent="projects/sandbox-ready", names=["projects/sandbox-ready/services/iam.googleapis.com"]
        )
    ),
    f"{SU}/EnableService": lambda c, _: c.of(ServiceUsageClient).enable_service(
        EnableServiceRequest(name="projects/sandbox-empty/services/iam.googleapis.com")
    ),
    f"{SU}/BatchEnableServices": lambda c, _: c.of(ServiceUsageClient).batch_enable_services(
        BatchEnableServicesRequest(parent="projects/sandbox-empty", service_ids=["iam.googleapis.com"])
    ),
    f"{SU}/DisableService": lambda c, _: c.of(ServiceUsageClient).disable_service(
        DisableServiceRequest(name="projects/sandbox-ready/services/aiplatform.googleapis.com")
    ),
    f"{VERTEX}.v1.EndpointService/ListEndpoints": lambda c, _: list(
        c.of(EndpointServiceClient).list_endpoints(parent=REGION)
    ),
    f"{VERTEX}.v1.EndpointService/GetEndpoint": lambda c, _: c.of(EndpointServiceClient).get_endpoint(
        name=_endpoint(c)
    ),
    f"{VERTEX}.v1beta1.EndpointService/ListEndpoints": lambda c, _: list(
        c.of(BetaEndpointServiceClient).list_endpoints(parent=REGION)
    ),
    f"{VERTEX}.v1beta1.EndpointService/GetEndpoint": lambda c, _: c.of(BetaEndpointServiceClient).get_endpoint(
        name=_endpoint(c)
    ),
    f"{VERTEX}.v1.ModelGardenService/GetPublisherModel": lambda c, _: c.of(
        ModelGardenServiceClient
    ).get_publisher_model(name="publishers/openai/models/gpt-oss-120b-maas"),
    f"{VERTEX}.v1beta1.ModelGardenService/GetPublisherModel": lambda c, _: c.of(
        BetaModelGardenServiceClient
    ).get_publisher_model(name="publishers/openai/models/gpt-oss-120b-maas"),
    f"{VERTEX}.v1beta1.ModelGardenService/ListPublisherModels": lambda c, _: list(
        c.of(BetaModelGardenServiceClient).list_publisher_models(parent="publishers/*")
    ),
    f"{VERTEX}.v1beta1.PredictionService/ChatCompletions": lambda c, _: _chat(c),
    f"{LOCATIONS}/ListLocations": lambda c, _: c.of(EndpointServiceClient).list_locations(
        {"name": "projects/sandbox-ready"}
    ),
    f"{LOCATIONS}/GetLocation": lambda c, _: c.of(EndpointServiceClient).get_location(
        {"name": "projects/sandbox-ready/locations/global"}
    ),
}
WRAPPED = ("/ChatCompletions", "/RawPredict", "/StreamRawPredict")


NO_REST = ("google.iam.admin.v1.IAM/", "google.cloud.billing.budgets.v1beta1.")
"""Google's clients of these speak gRPC alone."""

TRANSPORTS = [
    (name, transport)
    for name in sorted(CALLS)
    for transport in ("rest", "grpc")
    if transport == "grpc" or not name.startswith(NO_REST)
]


LISTS = {f"{VERTEX}.{version}.{name}" for version in ("v1", "v1beta1") for name in empty_lists.COLLECTIONS}
"""Lists that are always empty are called in aiplatform/test_empty_lists.py, all on one sandbox."""


def _served() -> set[str]:
    return {method.name for method in services.registry().methods if method.handle and method.request} - LISTS


def test_every_served_method_is_called_here() -> None:
    assert set(CALLS) == _served()


def test_a_served_method_answers_googles_own_client_and_no_one_without_a_credential(
    subtests: pytest.Subtests, sandbox: Running, connect: Any
) -> None:
    for name, transport in TRANSPORTS:
        sandbox.reset()
        with subtests.test(name=name, transport=transport):
            stranger = connect(sandbox, transport, token="")
            with pytest.raises(Unauthorized) as refused:
                CALLS[name](stranger, sandbox)
            assert refused.value.reason == "CREDENTIALS_MISSING"
            stranger.close()
            sandbox.reset()  # what the call needs, its owner may have made
            if transport == "rest" and name.endswith(WRAPPED):
                continue  # Google's client wraps such a body in a message, which no server reads: others send it
            # Publisher models are no project's: the quota project is the one whose API must be on.
            quota_project = sandbox["project"] if name.endswith(("GetPublisherModel", "ListPublisherModels")) else ""
            clients = connect(sandbox, transport, quota_project=quota_project)
            assert CALLS[name](clients, sandbox)
            clients.close()
            *_, last = sandbox.requests()
            assert (last["method"], last["transport"]) == (name, transport)
            assert last["status"] == (200 if transport == "rest" else "OK")
            assert last["principal"] == "owner@sandbox-host.iam.gserviceaccount.com"
