"""Service Usage v1beta1: service agents, and the calls that the beta clients make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

TYPE = "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity"
BETA = "/v1beta1/projects/sandbox-empty/services"


def test_a_service_identity_is_there_at_once_as_it_was_recorded(cloud: Cloud) -> None:
    number = cloud.get("/v1/projects/sandbox-empty")["projectNumber"]
    answer = cloud.post(f"{BETA}/aiplatform.googleapis.com:generateServiceIdentity")
    assert set(answer) == {"name", "done", "response"}
    assert answer["name"] == "operations/finished.DONE_OPERATION"
    response = answer["response"]
    assert response["@type"] == TYPE
    assert response["email"] == f"service-{number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
    assert len(response["uniqueId"]) == 21
    assert cloud.post(f"{BETA}/aiplatform.googleapis.com:generateServiceIdentity") == answer
    assert cloud.get("/v1beta1/operations/finished.DONE_OPERATION")["done"]


def test_bigquery_tells_neither_address_nor_id(cloud: Cloud) -> None:
    assert cloud.post(f"{BETA}/bigquery.googleapis.com:generateServiceIdentity")["response"] == {"@type": TYPE}


def test_a_service_agent_can_be_granted_a_role(cloud: Cloud) -> None:
    email = cloud.post(f"{BETA}/aiplatform.googleapis.com:generateServiceIdentity")["response"]["email"]
    path = "/v1/projects/sandbox-empty"
    policy = cloud.post(f"{path}:getIamPolicy")
    policy["bindings"].append({"role": "roles/aiplatform.serviceAgent", "members": [f"serviceAccount:{email}"]})
    assert cloud.post(f"{path}:setIamPolicy", {"policy": policy})["bindings"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/v1beta1/projects/no-one-has-this/services/iam.googleapis.com", "RESOURCES_NOT_FOUND"),
        (f"{BETA}/no-one.googleapis.com", "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"),
    ],
)
def test_an_identity_of_what_is_not_there_is_refused(cloud: Cloud, path: str, reason: str) -> None:
    assert cloud.error("POST", f"{path}:generateServiceIdentity")["reason"] == reason


def test_services_are_enabled_listed_and_disabled(cloud: Cloud) -> None:
    empty = {"@type": "type.googleapis.com/google.protobuf.Empty"}
    operation = cloud.post(f"{BETA}:batchEnable", {"serviceIds": ["iam.googleapis.com", "sts.googleapis.com"]})
    assert set(operation) == {"name"}
    cloud.advance(1)
    assert cloud.get(f"/v1beta1/{operation['name']}")["response"] == empty
    assert cloud.get(f"{BETA}/iam.googleapis.com")["state"] == "ENABLED"
    listed = cloud.get(f"{BETA}?filter=state:ENABLED")["services"]
    assert [each["config"]["name"] for each in listed] == ["iam.googleapis.com", "sts.googleapis.com"]
    operation = cloud.post(f"{BETA}/iam.googleapis.com:disable")
    cloud.advance(1)
    assert cloud.get(f"/v1beta1/{operation['name']}")["response"] == empty
    assert cloud.get(f"{BETA}/iam.googleapis.com")["state"] == "DISABLED"
    operation = cloud.post(f"{BETA}/iam.googleapis.com:enable")
    assert operation["name"].startswith("operations/acat.")
    assert cloud.post(f"{BETA}/sts.googleapis.com:enable")["response"] == empty
