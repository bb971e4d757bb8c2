"""What deny policies forbid, what they leave, and which tags conditions see: decisions of one sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud
from emulator.tests.iam.conftest import ANN, give

if TYPE_CHECKING:
    from collections.abc import Iterator

BOB = "user:bob@sandbox.example.com"
PROJECT = "projects/sandbox-ready"
EMPTY = "projects/sandbox-empty"
ROBOT = "denied-robot@sandbox-ready.iam.gserviceaccount.com"
GET, DELETE = "resourcemanager.projects.get", "resourcemanager.projects.delete"
EVERYONE = "principalSet://goog/public:all"
DENIED_GET = "cloudresourcemanager.googleapis.com/projects.get"
A_TAG = "resource.matchTag('{org}/env', 'prod')"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with running(clock=0, grpc=False, propagation=0) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            for member in (ANN, BOB, f"serviceAccount:{ROBOT}"):
                if member.startswith("serviceAccount:"):
                    cloud.post(f"/v1/{PROJECT}/serviceAccounts", {"accountId": "denied-robot"})
                    cloud.advance(60)
                for project in (PROJECT, EMPTY):
                    give(cloud, f"/v3/{project}", "roles/owner" if member == BOB else "roles/browser", member)
            tag(cloud)
            yield cloud


def tag(cloud: Cloud) -> None:
    """Give the ready project's organization a tag, which the project inherits, and the other project another value."""
    organization, names = cloud["organization"], dict[str, str]()
    for kind, parent, short in (("tagKeys", organization, "env"), ("tagValues", "", "prod"), ("tagValues", "", "test")):
        operation = cloud.post(f"/v3/{kind}", {"parent": parent or names["env"], "shortName": short})
        cloud.advance(5)
        names[short] = cloud.get(f"/v3/{operation['name']}")["response"]["name"]
    host = "//cloudresourcemanager.googleapis.com/"
    cloud.post("/v3/tagBindings", {"parent": host + organization, "tagValue": names["prod"]})
    cloud.post("/v3/tagBindings", {"parent": host + EMPTY, "tagValue": names["test"]})
    cloud.ready.names = names  # type: ignore[attr-defined] # what this module alone knows


def speaking(cloud: Cloud, member: str) -> Cloud:
    other = Cloud(cloud.ready)
    other.session.headers["authorization"] = f"Bearer {cloud.ready.token_for(member)}"
    return other


def may(cloud: Cloud, member: str, project: str, permission: str) -> bool:
    caller = cloud if member == "owner" else speaking(cloud, member)
    return bool(caller.post(f"/v3/{project}:testIamPermissions", {"permissions": [permission]}))


# what a rule says, where it is attached -> who may do what on which project while it is there
DECISIONS: dict[str, tuple[dict[str, Any], str, list[tuple[str, str, str, bool]]]] = {
    "a person": (
        {"deniedPrincipals": ["principal://goog/subject/ann@sandbox.example.com"]},
        PROJECT,
        [(ANN, PROJECT, GET, False), (ANN, EMPTY, GET, True), (BOB, PROJECT, GET, True)],
    ),
    "a service account": (
        {"deniedPrincipals": [f"principal://iam.googleapis.com/projects/-/serviceAccounts/{ROBOT}"]},
        PROJECT,
        [(f"serviceAccount:{ROBOT}", PROJECT, GET, False), (ANN, PROJECT, GET, True)],
    ),
    "everyone, inherited from the organization, the owner too": (
        {"deniedPrincipals": [EVERYONE]},
        "organization",
        [(ANN, PROJECT, GET, False), (BOB, EMPTY, GET, False), ("owner", PROJECT, GET, False)],
    ),
    "everyone but one": (
        {"deniedPrincipals": [EVERYONE], "exceptionPrincipals": ["principal://goog/subject/bob@sandbox.example.com"]},
        PROJECT,
        [(ANN, PROJECT, GET, False), (BOB, PROJECT, GET, True)],
    ),
    "every verb of a resource but one": (
        {
            "deniedPrincipals": [EVERYONE],
            "deniedPermissions": ["cloudresourcemanager.googleapis.com/projects.*"],
            "exceptionPermissions": [DENIED_GET],
        },
        PROJECT,
        [(BOB, PROJECT, DELETE, False), (BOB, PROJECT, GET, True), (BOB, PROJECT, "iam.roles.create", True)],
    ),
    "where a tag is bound, which is inherited": (
        {"deniedPrincipals": [EVERYONE], "denialCondition": {"expression": A_TAG}},
        "organization",
        [(ANN, PROJECT, GET, False), (ANN, EMPTY, GET, True)],
    ),
    "where a tag is not bound": (
        {"deniedPrincipals": [EVERYONE], "denialCondition": {"expression": f"!{A_TAG}"}},
        "organization",
        [(ANN, PROJECT, GET, True), (ANN, EMPTY, GET, False)],
    ),
}


@pytest.mark.parametrize("case", DECISIONS)
def test_a_deny_policy_comes_before_every_grant(case: str, cloud: Cloud) -> None:
    """https://cloud.google.com/iam/docs/deny-overview."""
    rule, attached, decisions = DECISIONS[case]
    resource = cloud["organization"] if attached == "organization" else attached
    where = f"/v2/policies/cloudresourcemanager.googleapis.com%2F{resource.replace('/', '%2F')}/denypolicies"
    condition = rule.get("denialCondition", {}).get("expression", "")
    rule = {"deniedPermissions": [DENIED_GET], **rule}
    if condition:
        rule["denialCondition"] = {"expression": condition.replace("{org}", cloud["organization"].partition("/")[2])}
    before = [may(cloud, who, project, what) for who, project, what, _ in decisions]
    cloud.post(f"{where}?policyId=told", {"rules": [{"denyRule": rule}]})
    found = [may(cloud, who, project, what) for who, project, what, _ in decisions]
    assert cloud("DELETE", f"{where}/told")[0] == 200
    assert before == [True] * len(decisions)
    assert found == [expected for *_, expected in decisions]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"deniedPrincipals": ["user:ann@sandbox.example.com"]}, 400),
        ({"deniedPrincipals": []}, 400),
        ({"exceptionPrincipals": [EVERYONE]}, 400),
        ({"deniedPermissions": ["resourcemanager.projects.get"]}, 400),
        ({"deniedPermissions": ["cloudresourcemanager.googleapis.com/projects.gett"]}, 400),
        ({"denialCondition": {"expression": "request.time > timestamp('2026-01-01T00:00:00Z')"}}, 400),
        ({"denialCondition": {"expression": "resource.matchTag("}}, 400),
        ({"deniedPrincipals": ["principalSet://goog/cloudIdentityCustomerId/C01Abc35"]}, 501),
    ],
)
def test_a_rule_that_cannot_be_is_refused(change: dict[str, Any], status: int, cloud: Cloud) -> None:
    rule = {"deniedPrincipals": [EVERYONE], "deniedPermissions": [DENIED_GET], **change}
    where = "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fsandbox-ready/denypolicies?policyId=told"
    assert cloud("POST", where, {"rules": [{"denyRule": rule}]})[0] == status


def test_who_owns_a_project_may_not_deny(cloud: Cloud) -> None:
    where = "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fsandbox-ready/denypolicies"
    error = speaking(cloud, BOB).error("POST", f"{where}?policyId=told", {"rules": []})
    assert error["info"]["metadata"]["permission"] == "iam.denypolicies.create"


# https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-tags
TAGGED: dict[str, tuple[bool, bool]] = {  # condition -> does it grant on the project that inherits, on the other one
    "resource.matchTag('{org}/env', 'prod')": (True, False),
    "resource.matchTag('{org}/env', 'test')": (False, True),
    "resource.matchTag('env', 'prod')": (False, False),
    "resource.matchTagId('{key}', '{value}')": (True, False),
    "resource.hasTagKey('{org}/env')": (True, True),
    "resource.hasTagKeyId('{key}') && !resource.matchTagId('{key}', '{value}')": (False, True),
    "resource.matchTag('{org}/env', 1) || true": (True, True),
}


def test_conditions_see_the_tags_of_a_resource_bound_or_inherited(cloud: Cloud) -> None:
    names = cloud.ready.names  # type: ignore[attr-defined] # what this module alone knows
    carl = "user:carl@sandbox.example.com"
    for expression, expected in TAGGED.items():
        text = expression.replace("{org}", cloud["organization"].partition("/")[2])
        text = text.replace("{key}", names["env"]).replace("{value}", names["prod"])
        found = []
        for project in (PROJECT, EMPTY):
            held = cloud.post(f"/v3/{project}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
            give(cloud, f"/v3/{project}", "roles/browser", carl, condition={"title": "tag", "expression": text})
            found.append(may(cloud, carl, project, GET))
            policy = {"bindings": held["bindings"], "version": 3}
            cloud.post(f"/v3/{project}:setIamPolicy", {"policy": policy})
        assert tuple(found) == expected, expression
