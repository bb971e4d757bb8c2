"""Organizations: seen, searched, never made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def test_v3_and_v1_tell_one_organization_in_their_own_words(cloud: Cloud) -> None:
    new, old = cloud.get(f"/v3/{cloud['organization']}"), cloud.get(f"/v1/{cloud['organization']}")
    assert set(new) == {
        "name",
        "displayName",
        "directoryCustomerId",
        "state",
        "createTime",
        "updateTime",
        "etag",
    }
    assert set(old) == {"name", "displayName", "owner", "lifecycleState", "creationTime"}
    assert new["displayName"] == old["displayName"] == "sandbox.example.com"
    assert new["directoryCustomerId"] == old["owner"]["directoryCustomerId"]


def test_search_finds_by_domain_and_customer(cloud: Cloud) -> None:
    for query in (
        "",
        "domain:sandbox.example.com",
        "directoryCustomerId:C00000000",
        "owner.directoryCustomerId:C00000000",
    ):
        (found,) = cloud.get(f"/v3/organizations:search?query={query}")["organizations"]
        assert found["name"] == cloud["organization"]
        (found,) = cloud.post("/v1/organizations:search", {"filter": query})["organizations"]
        assert found["name"] == cloud["organization"]
    assert cloud.get("/v3/organizations:search?query=domain:other.example") == {}
    assert cloud.post("/v1/organizations:search", {"filter": "domain=other.example"}) == {}


def test_a_new_organization_lets_its_domain_create(cloud: Cloud) -> None:
    bindings = cloud.post(f"/v3/{cloud['organization']}:getIamPolicy")["bindings"]
    assert {each["role"]: each["members"] for each in bindings} == {
        "roles/billing.creator": ["domain:sandbox.example.com"],
        "roles/resourcemanager.organizationAdmin": ["serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"],
        "roles/resourcemanager.projectCreator": ["domain:sandbox.example.com"],
    }
