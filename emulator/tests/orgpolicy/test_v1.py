"""Organization policies through Resource Manager v1: the same policies in older words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

BOOLEAN = "constraints/compute.disableSerialPortAccess"
LIST = "constraints/serviceuser.services"


def test_a_policy_is_set_read_listed_and_cleared_at_every_level(cloud: Cloud) -> None:
    operation = cloud.post("/v3/folders", {"parent": cloud["organization"], "displayName": "teams"})
    cloud.advance(5)
    folder = cloud.get(f"/v3/{operation['name']}")["response"]["name"]
    for resource in (cloud["organization"], folder, "projects/sandbox-ready"):
        path = f"/v1/{resource}"
        unset = cloud.post(f"{path}:getOrgPolicy", {"constraint": BOOLEAN})
        assert unset.pop("etag")
        assert unset == {"constraint": BOOLEAN}
        policy = {"constraint": BOOLEAN, "booleanPolicy": {"enforced": True}}
        made = cloud.post(f"{path}:setOrgPolicy", {"policy": policy})
        assert {name: made[name] for name in policy} == policy
        assert set(made) == {"constraint", "booleanPolicy", "etag", "updateTime"}
        assert cloud.post(f"{path}:getOrgPolicy", {"constraint": BOOLEAN}) == made
        assert cloud.post(f"{path}:listOrgPolicies") == {"policies": [made]}
        name = BOOLEAN.removeprefix("constraints/")
        assert cloud.get(f"/v2/{resource}/policies/{name}")["spec"]["rules"] == [{"enforce": True}]
        policy |= {"etag": "BwXXXXXXXXX="}
        assert cloud.error("POST", f"{path}:setOrgPolicy", {"policy": policy})["status"] == "ABORTED"
        assert cloud.post(f"{path}:clearOrgPolicy", {"constraint": BOOLEAN}) == {}
        assert cloud.post(f"{path}:clearOrgPolicy", {"constraint": BOOLEAN}) == {}
        assert cloud.post(f"{path}:listOrgPolicies") == {}


@pytest.mark.parametrize(
    ("constraint", "policy", "v2"),
    [
        (BOOLEAN, {"booleanPolicy": {}}, {"rules": [{"enforce": False}]}),
        (BOOLEAN, {"restoreDefault": {}}, {"reset": True}),
        (LIST, {"listPolicy": {"allValues": "DENY"}}, {"rules": [{"denyAll": True}]}),
        (LIST, {"listPolicy": {"allValues": "ALLOW"}, "version": 1}, {"rules": [{"allowAll": True}]}),
        (
            LIST,
            {"listPolicy": {"allowedValues": ["a"], "deniedValues": ["b"], "suggestedValue": "a"}},
            {"rules": [{"values": {"allowedValues": ["a"], "deniedValues": ["b"]}}]},
        ),
        (
            LIST,
            {"listPolicy": {"allowedValues": ["a"], "inheritFromParent": True}},
            {"rules": [{"values": {"allowedValues": ["a"]}}], "inheritFromParent": True},
        ),
    ],
)
def test_each_kind_comes_back_as_it_was_sent(cloud: Cloud, constraint: str, policy: Any, v2: Any) -> None:
    path = "/v1/projects/sandbox-ready"
    made = cloud.post(f"{path}:setOrgPolicy", {"policy": {"constraint": constraint, **policy}})
    assert {name: made[name] for name in policy} == policy
    spec = cloud.get(f"/v2/projects/sandbox-ready/policies/{constraint.partition('/')[2]}")["spec"]
    assert {name: value for name, value in spec.items() if name not in {"etag", "updateTime"}} == v2


@pytest.mark.parametrize(
    ("constraint", "code", "message"),
    [
        (
            "constraints/iam.managed.disableServiceAccountKeyCreation",
            400,
            "constraints/iam.managed.disableServiceAccountKeyCreation is in a Managed constraint format. Managed "
            "constraints are only supported with Org Policy V2 API. Please use Org Policy V2 API or `gcloud "
            "org-policies` command instead.",
        ),
        (
            "constraints/custom",
            400,
            "constraints/custom constraint must be of the form: constraints/[service].[constraint name], e.g. "
            "constraints/serviceuser.services",
        ),
        ("constraints/compute.noSuchThing", 404, "Requested entity was not found."),
    ],
)
def test_what_v1_does_not_know_is_refused(cloud: Cloud, constraint: str, code: int, message: str) -> None:
    path = "/v1/projects/sandbox-ready"
    policy = {"policy": {"constraint": constraint, "booleanPolicy": {"enforced": True}}}
    for verb, body in (("get", {"constraint": constraint}), ("set", policy), ("clear", {"constraint": constraint})):
        error = cloud.error("POST", f"{path}:{verb}OrgPolicy", body)
        assert (error["code"], error["message"]) == (code, message)


def test_managed_constraints_are_not_among_those_that_v1_lists(cloud: Cloud) -> None:
    listed = cloud.post("/v1/projects/sandbox-ready:listAvailableOrgPolicyConstraints")["constraints"]
    names = {each["name"] for each in listed}
    assert BOOLEAN in names
    assert not any(".managed." in name for name in names)
