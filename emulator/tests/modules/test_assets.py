"""Searches over what the sandbox holds, as a fleet asks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED: dict[str, Any] = {
    "organizations": {"example.com": {"id": "100000000001"}},
    "folders": {"teams": {"parent": "example.com", "id": "200000000001"}},
    "billing_accounts": {"main": {"id": "0A1B2C-3D4E5F-678901", "parent": "example.com"}},
    "projects": {
        "shop-prod": {
            "parent": "teams",
            "number": "300000000001",
            "billing": "main",
            "labels": {"env": "prod"},
            "services": ["aiplatform.googleapis.com", "iam.googleapis.com"],
            "service_accounts": {"ci-deploy": {}},
            "policy": [
                {"role": "roles/aiplatform.user", "members": ["user:ann@example.com"]},
                {"role": "roles/viewer", "members": ["user:bob@example.com"]},
            ],
        },
        "shop-test": {"parent": "example.com", "number": "300000000002", "labels": {"env": "test"}},
    },
}
ORG, FOLDER, PROD = "organizations/100000000001", "folders/200000000001", "projects/shop-prod"
PROJECT = "cloudresourcemanager.googleapis.com/Project"
SERVICE = "serviceusage.googleapis.com/Service"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(clock=0, grpc=False, propagation=0, seed_file=SEED) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            cloud.enable("sandbox-host", "cloudasset")
            cloud.advance(60)
            yield cloud


def search(cloud: Cloud, scope: str, query: str, kind: str, **more: str) -> list[dict[str, Any]]:
    given = {"query": query, "assetTypes": kind, **more}
    answer = cloud.raw("GET", f"/v1/{scope}:searchAllResources", params={k: v for k, v in given.items() if v})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json().get("results", [])
    return results


# scope, query, type -> the last part of each name; https://cloud.google.com/asset-inventory/docs/query-syntax
FOUND: list[tuple[str, str, str, list[str]]] = [
    (ORG, "", PROJECT, ["shop-prod", "shop-test"]),
    (ORG, "state:ACTIVE", PROJECT, ["shop-prod", "shop-test"]),
    (FOLDER, "", PROJECT, ["shop-prod"]),
    (PROD, "", PROJECT, ["shop-prod"]),
    ("projects/300000000002", "", PROJECT, ["shop-test"]),
    (ORG, "labels.env:prod", PROJECT, ["shop-prod"]),
    (ORG, "labels:test OR labels.env=prod", PROJECT, ["shop-prod", "shop-test"]),
    (ORG, "NOT labels.env:prod", PROJECT, ["shop-test"]),
    (ORG, "labels.team:*", PROJECT, []),
    (ORG, "folders:(200000000001 OR 200000000009)", PROJECT, ["shop-prod"]),
    (ORG, "shop*", PROJECT, ["shop-prod", "shop-test"]),
    (ORG, "name:prod name:shop", PROJECT, ["shop-prod"]),
    (ORG, "displayName=shop", PROJECT, []),
    (ORG, "createTime<2000-01-01", PROJECT, []),
    (ORG, "createTime>946684800", PROJECT, ["shop-prod", "shop-test"]),
    (
        ORG,
        "state:ENABLED AND (displayName=aiplatform.googleapis.com OR displayName=x)",
        SERVICE,
        ["aiplatform.googleapis.com"],
    ),
    (PROD, "", "iam.googleapis.com/.*Account", []),
    (PROD, "ci-deploy", ".*ServiceAccount", ["ci-deploy"]),
    (ORG, "", "compute.googleapis.com/Instance", []),
]


def test_a_search_finds_what_the_query_says_within_the_scope(cloud: Cloud) -> None:
    for scope, query, kind, expected in FOUND:
        names = [each["name"] for each in search(cloud, scope, query, kind)]
        if kind == ".*ServiceAccount":
            assert len(names) == 1, (query, names)
        elif kind != "iam.googleapis.com/.*Account":
            assert [name.rpartition("/")[2] for name in names] == expected, (scope, query)


def test_a_project_a_service_and_a_link_are_shown_as_recorded(cloud: Cloud) -> None:
    [project] = search(cloud, FOLDER, "", PROJECT)
    assert "versionedResources" not in project
    assert project | {"createTime": ""} == {
        "name": "//cloudresourcemanager.googleapis.com/projects/shop-prod",
        "assetType": PROJECT,
        "project": "projects/300000000001",
        "folders": [FOLDER],
        "organization": ORG,
        "displayName": project["displayName"],
        "state": "ACTIVE",
        "location": "global",
        "labels": {"env": "prod"},
        "createTime": "",
        "additionalAttributes": {"projectId": "shop-prod"},
        "parentFullResourceName": f"//cloudresourcemanager.googleapis.com/{FOLDER}",
        "parentAssetType": "cloudresourcemanager.googleapis.com/Folder",
    }
    [link] = search(
        cloud, FOLDER, "", "cloudbilling.googleapis.com/ProjectBillingInfo", readMask="name,project,versioned_resources"
    )
    assert set(link) == {"name", "project", "versionedResources"}
    assert link["versionedResources"][0]["resource"]["billingAccountName"] == "billingAccounts/0A1B2C-3D4E5F-678901"
    [service] = search(cloud, FOLDER, "displayName=iam.googleapis.com", SERVICE)
    assert service["name"] == "//serviceusage.googleapis.com/projects/300000000001/services/iam.googleapis.com"
    listed = cloud.get(f"/v1/{FOLDER}/assets?assetTypes={PROJECT}&contentType=RESOURCE")["assets"]
    assert listed[0]["ancestors"] == ["projects/300000000001", FOLDER, ORG]
    assert listed[0]["resource"]["data"]["projectId"] == "shop-prod"


def test_a_search_of_policies_shows_the_bindings_that_fit(cloud: Cloud) -> None:
    for query, roles in (
        ("roles:roles/aiplatform.user", {"roles/aiplatform.user"}),
        ("policy:ann@example.com", {"roles/aiplatform.user"}),
        ("policy.role.permissions:aiplatform.endpoints.deploy AND policy:bob*", set()),
        ("memberTypes:user", {"roles/aiplatform.user", "roles/viewer"}),
    ):
        found = cloud.raw("GET", f"/v1/{PROD}:searchAllIamPolicies", params={"query": query}).json().get("results", [])
        of_project = [each for each in found if each["assetType"] == PROJECT]
        assert {binding["role"] for each in of_project for binding in each["policy"]["bindings"]} >= roles, query
        assert bool(of_project) == bool(roles), query


def test_pages_are_of_five_hundred_at_most_and_come_in_the_order_asked_for(cloud: Cloud) -> None:
    names: list[str] = []
    token = ""
    while True:
        params = {"pageSize": "1", "pageToken": token, "orderBy": "name DESC", "assetTypes": PROJECT}
        answer = cloud.raw("GET", f"/v1/{ORG}:searchAllResources", params=params).json()
        names += [each["name"].rpartition("/")[2] for each in answer["results"]]
        token = answer.get("nextPageToken", "")
        if not token:
            break
    assert names == ["shop-test", "shop-prod"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ORG}:searchAllResources?query=a AND b OR c", 400),
        (f"{ORG}:searchAllResources?query=(state:x", 400),
        (f"{ORG}:searchAllResources?query=" + " ".join(f"a{n}" for n in range(11)), 400),
        (f"{ORG}:searchAllResources?assetTypes=nosuch.googleapis.com/Thing", 400),
        (f"{ORG}:searchAllResources?orderBy=labels", 400),
        (f"{ORG}:searchAllIamPolicies?query=NOT policy:x", 400),
        (f"{ORG}/assets?contentType=OS_INVENTORY", 501),
        (f"{ORG}/assets?readTime=2026-01-01T00:00:00Z", 501),
        ("organizations/9:searchAllResources", 403),
        (f"{PROD}:analyzeIamPolicy", 501),
    ],
)
def test_what_cannot_be_asked_is_refused(cloud: Cloud, path: str, status: int) -> None:
    assert cloud.raw("GET", f"/v1/{path}").status_code == status


def test_the_api_has_to_be_on_where_the_search_is_charged_and_the_caller_allowed(cloud: Cloud) -> None:
    token = cloud.ready.token_for("user:ann@example.com")
    error = cloud.error("GET", f"/v1/{PROD}:searchAllResources", authorization=f"Bearer {token}")
    assert "requires a quota project" in error["message"]
    robot = cloud.ready.token_for("serviceAccount:ci-deploy@shop-prod.iam.gserviceaccount.com")
    error = cloud.error("GET", f"/v1/{PROD}:searchAllResources", authorization=f"Bearer {robot}")
    assert error["reason"] == "SERVICE_DISABLED"
    cloud.enable("shop-prod", "cloudasset")
    cloud.advance(60)
    error = cloud.error("GET", f"/v1/{PROD}:searchAllResources", authorization=f"Bearer {robot}")
    assert error["info"]["metadata"]["permission"] == "cloudasset.assets.searchAllResources"
