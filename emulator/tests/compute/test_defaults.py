"""What enabling Compute Engine makes in a project: a network that can be deleted, and accounts with Editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PROJECT = "/v1/projects/sandbox-empty"
GLOBAL = "/compute/v1/projects/sandbox-empty/global"


def enabled(cloud: Cloud, *services: str) -> str:
    """Enable services in the empty project; its number."""
    cloud.link("sandbox-empty")
    assert cloud.enable("sandbox-empty", *services)["done"]
    cloud.advance(60)
    return str(cloud.get(PROJECT)["projectNumber"])


def enforce(cloud: Cloud, constraint: str) -> None:
    organization = cloud["organization"]
    body = {"name": f"{organization}/policies/{constraint}", "spec": {"rules": [{"enforce": True}]}}
    cloud.post(f"/v2/{organization}/policies", body)


def roles(cloud: Cloud, email: str) -> list[str]:
    policy = cloud.post(f"{PROJECT}:getIamPolicy")
    return [each["role"] for each in policy["bindings"] if f"serviceAccount:{email}" in each["members"]]


def deleted(cloud: Cloud, path: str) -> None:
    status, operation = cloud("DELETE", path)
    assert (status, operation["status"]) == (200, "RUNNING")
    cloud.advance(2)
    assert cloud.get(f"{GLOBAL}/operations/{operation['name']}")["status"] == "DONE"


def test_a_project_without_compute_engine_has_no_network_but_a_reason(cloud: Cloud) -> None:
    error = cloud.error("GET", f"{GLOBAL}/networks/default")
    assert (error["code"], error["reason"]) == (403, "SERVICE_DISABLED")
    assert error["errors"][0]["reason"] == "accessNotConfigured"


def test_the_default_network_goes_after_its_firewall_rules(cloud: Cloud) -> None:
    enabled(cloud, "compute")
    network = cloud.get(f"{GLOBAL}/networks/default")
    assert "is already being used by" in cloud.error("DELETE", f"{GLOBAL}/networks/default")["message"]
    rules = cloud.get(f"{GLOBAL}/firewalls?filter=network eq {network['selfLink']}")["items"]
    assert [each["name"].removeprefix("default-allow-") for each in rules] == ["icmp", "internal", "rdp", "ssh"]
    for rule in rules:
        deleted(cloud, f"{GLOBAL}/firewalls/{rule['name']}")
    deleted(cloud, f"{GLOBAL}/networks/default")
    error = cloud.error("GET", f"{GLOBAL}/networks/default")
    where = "projects/sandbox-empty/global/networks/default"
    assert (error["code"], error["message"]) == (404, f"The resource '{where}' was not found")
    cloud("DELETE", f"{PROJECT}/services/compute.googleapis.com")
    enabled(cloud, "compute")
    assert "items" not in cloud.get(f"{GLOBAL}/networks"), "only the first time makes one"


def test_the_accounts_get_editor(cloud: Cloud) -> None:
    number = enabled(cloud, "compute", "appengine")
    shown = {each["email"]: each["displayName"] for each in cloud.get(f"{PROJECT}/serviceAccounts")["accounts"]}
    assert shown == {
        f"{number}-compute@developer.gserviceaccount.com": "Compute Engine default service account",
        "sandbox-empty@appspot.gserviceaccount.com": "App Engine default service account",
    }
    for email in (*shown, f"{number}@cloudservices.gserviceaccount.com"):
        assert roles(cloud, email) == ["roles/editor"]
    agent = f"service-{number}@compute-system.iam.gserviceaccount.com"
    assert roles(cloud, agent) == ["roles/compute.serviceAgent"]


@pytest.mark.parametrize(
    ("constraint", "network", "granted"),
    [
        ("compute.skipDefaultNetworkCreation", 404, ["roles/editor"]),
        ("iam.automaticIamGrantsForDefaultServiceAccounts", 200, []),
        ("iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts", 200, []),
    ],
)
def test_organization_policies_forbid_either(cloud: Cloud, constraint: str, network: int, granted: Any) -> None:
    enforce(cloud, constraint)
    number = enabled(cloud, "compute")
    assert cloud("GET", f"{GLOBAL}/networks/default")[0] == network
    assert roles(cloud, f"{number}-compute@developer.gserviceaccount.com") == granted


def test_what_is_not_served_is_so_only_where_the_api_is_on(cloud: Cloud) -> None:
    path = "/v1/projects/sandbox-empty/locations/us-central1/trainingPipelines"
    assert cloud.error("POST", path)["reason"] == "SERVICE_DISABLED"
    enabled(cloud, "aiplatform")
    assert cloud.error("POST", path)["code"] == 501
