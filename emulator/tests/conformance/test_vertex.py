"""Vertex AI through `google-cloud-aiplatform`'s generated clients, over REST and gRPC alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import (
    AcceleratorType,
    Endpoint,
    EndpointServiceClient,
    ModelGardenServiceClient,
    PublisherModel,
)
from google.cloud.aiplatform_v1beta1 import ModelGardenServiceClient as BetaModelGardenServiceClient
from google.cloud.billing_v1 import CloudBillingClient, ProjectBillingInfo

if TYPE_CHECKING:
    from gcp_emulator.server import Running

READY = "projects/sandbox-ready/locations"
NOWHERE = f"{READY}/us-central1/endpoints/404"


@pytest.fixture
def endpoints(clients: Any) -> EndpointServiceClient:
    made: EndpointServiceClient = clients.of(EndpointServiceClient)
    return made


@pytest.fixture
def garden(sandbox: Running, transport: str, connect: Any) -> Any:
    """A publisher model is no project's, so the quota project is the one whose API must be on."""
    return connect(sandbox, transport, quota_project=sandbox["project"]).of(BetaModelGardenServiceClient)


def test_a_shared_endpoint_serves_a_model(endpoints: EndpointServiceClient) -> None:
    (shared,) = endpoints.list_endpoints(parent=f"{READY}/us-central1")
    (deployed,) = shared.deployed_models
    assert dict(shared.traffic_split) == {deployed.id: 100}
    assert shared.name.startswith("projects/")
    assert shared.name.split("/")[1].isdigit()
    assert not shared.dedicated_endpoint_enabled
    assert endpoints.get_endpoint(name=shared.name) == shared


def test_a_dedicated_endpoint_tells_its_own_host(endpoints: EndpointServiceClient) -> None:
    (dedicated,) = endpoints.list_endpoints(parent=f"{READY}/europe-west4")
    assert dedicated.dedicated_endpoint_enabled
    assert dedicated.dedicated_endpoint_dns.endswith(".prediction.vertexai.goog")
    assert dedicated.name.split("/")[1] not in dedicated.dedicated_endpoint_dns


def test_a_location_without_endpoints_lists_none(endpoints: EndpointServiceClient) -> None:
    assert list(endpoints.list_endpoints(parent=f"{READY}/asia-east1")) == []


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('display_name="shared"', 1),
        ("displayName=shared", 1),
        ('display_name!="shared"', 0),
        ("labels.team=a", 0),
        ("labels:team", 0),
    ],
)
def test_the_list_can_be_filtered(endpoints: EndpointServiceClient, expression: str, found: int) -> None:
    request = {"parent": f"{READY}/us-central1", "filter": expression}
    assert len(list(endpoints.list_endpoints(request=request))) == found


def test_a_mask_leaves_the_rest_out(endpoints: EndpointServiceClient) -> None:
    request = {"parent": f"{READY}/us-central1", "read_mask": {"paths": ["display_name"]}}
    (shared,) = endpoints.list_endpoints(request=request)
    assert (shared.display_name, shared.name) == ("shared", "")


@pytest.mark.parametrize("wrong", [{"order_by": "color"}, {"page_token": "x"}, {"page_size": -1}])
def test_a_list_that_cannot_be_is_refused(endpoints: EndpointServiceClient, wrong: dict[str, Any]) -> None:
    with pytest.raises(exceptions.BadRequest):
        list(endpoints.list_endpoints(request={"parent": f"{READY}/us-central1", **wrong}))


def test_the_list_can_be_ordered(endpoints: EndpointServiceClient) -> None:
    request = {"parent": f"{READY}/us-central1", "order_by": "display_name desc, create_time"}
    assert len(list(endpoints.list_endpoints(request=request))) == 1


def test_an_unknown_endpoint_is_not_found(endpoints: EndpointServiceClient) -> None:
    with pytest.raises(exceptions.NotFound) as refused:
        endpoints.get_endpoint(name=NOWHERE)
    assert refused.value.message.endswith(f"Endpoint `{NOWHERE}` not found.")


def test_an_api_that_is_off_says_how_to_turn_it_on(endpoints: EndpointServiceClient, details_of: Any) -> None:
    with pytest.raises(exceptions.Forbidden) as refused:
        list(endpoints.list_endpoints(parent="projects/sandbox-empty/locations/us-central1"))
    error = refused.value
    assert (error.reason, error.domain) == ("SERVICE_DISABLED", "googleapis.com")
    assert error.metadata["service"] == "aiplatform.googleapis.com"
    number = error.metadata["consumer"].removeprefix("projects/")
    assert number.isdigit()
    assert f"overview?project={number}" in error.metadata["activationUrl"]
    assert set(details_of(error)) == {"ErrorInfo", "LocalizedMessage", "Help"}


def test_a_project_without_billing_is_refused(clients: Any, endpoints: EndpointServiceClient) -> None:
    clients.of(CloudBillingClient).update_project_billing_info(
        name="projects/sandbox-ready", project_billing_info=ProjectBillingInfo(billing_account_name="")
    )
    with pytest.raises(exceptions.Forbidden) as refused:
        list(endpoints.list_endpoints(parent=f"{READY}/us-central1"))
    assert refused.value.reason == "BILLING_DISABLED"
    assert refused.value.metadata["service"] == "aiplatform.googleapis.com"


def test_an_unknown_project_is_an_invalid_consumer(endpoints: EndpointServiceClient) -> None:
    with pytest.raises(exceptions.Forbidden) as refused:
        list(endpoints.list_endpoints(parent="projects/no-one-made-this/locations/us-central1"))
    assert refused.value.reason == "CONSUMER_INVALID"


def test_a_location_no_one_has_is_forbidden(endpoints: EndpointServiceClient) -> None:
    with pytest.raises(exceptions.Forbidden) as refused:
        list(endpoints.list_endpoints(parent=f"{READY}/mars-west1"))
    assert "Permission denied on 'locations/mars-west1'" in refused.value.message
    assert refused.value.reason == "LOCATION_POLICY_VIOLATED"


def test_locations_are_listed_and_named(endpoints: EndpointServiceClient) -> None:
    listed = endpoints.list_locations(request={"name": "projects/sandbox-ready"}).locations
    ids = [location.location_id for location in listed]
    assert ids == sorted(ids)
    assert {"global", "us", "eu", "us-central1"} <= set(ids)
    one = endpoints.get_location(request={"name": f"{READY}/global"})
    assert one in list(listed)


def test_model_garden_lists_living_models(garden: Any) -> None:
    names = {model.name for model in garden.list_publisher_models(parent="publishers/*")}
    assert "publishers/openai/models/gpt-oss-120b-maas" in names
    assert "publishers/openai/models/gpt-oss-20b-maas" not in names  # retired on 2026-10-21
    of_one = [model.name for model in garden.list_publisher_models(parent="publishers/openai")]
    assert {"publishers/openai/models/gpt-oss-120b-maas", "publishers/openai/models/gpt-oss"} <= set(of_one)
    assert all(name.startswith("publishers/openai/models/") for name in of_one)


def test_gclouds_filter_finds_a_word_in_the_id(garden: Any) -> None:
    expression = 'is_hf_wildcard(false) AND (model_user_id=~"(?i).*GEMINI.*" OR display_name=~"(?i).*GEMINI.*")'
    request = {"parent": "publishers/*", "filter": expression, "list_all_versions": True}
    found = [model.name for model in garden.list_publisher_models(request=request)]
    assert found
    assert all(name.startswith("publishers/google/models/gemini") for name in found)


def test_a_publisher_model_says_what_it_is(sandbox: Running, transport: str, connect: Any) -> None:
    garden = connect(sandbox, transport, quota_project=sandbox["project"]).of(ModelGardenServiceClient)
    model = garden.get_publisher_model(name="publishers/openai/models/gpt-oss-120b-maas")
    assert model.launch_stage is PublisherModel.LaunchStage.GA
    assert model.open_source_category is PublisherModel.OpenSourceCategory.THIRD_PARTY_OWNED_OSS
    own = garden.get_publisher_model(name="publishers/openai/models/gpt-oss@gpt-oss-120b")
    assert (
        own.supported_actions.deploy.dedicated_resources.machine_spec.accelerator_type
        is AcceleratorType.NVIDIA_H100_80GB
    )
    for missing in ("gpt-oss-20b-maas", "gpt-oss-120b", "gpt-oss@gpt-oss-12b"):
        with pytest.raises(exceptions.NotFound):
            garden.get_publisher_model(name=f"publishers/openai/models/{missing}")


def test_an_operation_no_one_started_is_not_found(endpoints: EndpointServiceClient) -> None:
    with pytest.raises(exceptions.NotFound):
        endpoints.get_operation(request={"name": f"{READY}/us-central1/operations/1"})


def test_what_is_not_served_is_refused_by_its_name(endpoints: EndpointServiceClient) -> None:
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        endpoints.update_endpoint_long_running(endpoint=Endpoint(name=NOWHERE, display_name="x"))
    assert "google.cloud.aiplatform.v1.EndpointService.UpdateEndpointLongRunning" in refused.value.message
