"""Allow policies as the recordings show them: sorted, versioned by need, guarded by an etag."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator import iam

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

OWNER = "serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"


def _set(cloud: Cloud, policy: Any, mask: str = "") -> Any:
    body = {"policy": policy, **({"updateMask": mask} if mask else {})}
    return cloud("POST", f"/v1/projects/{cloud['project']}:setIamPolicy", body)


def _get(cloud: Cloud) -> Any:
    return cloud.post(f"/v1/projects/{cloud['project']}:getIamPolicy")


def test_an_etag_is_eight_bytes_that_begin_with_seven_and_grow(cloud: Cloud) -> None:
    etags = []
    for _ in range(3):
        policy = _get(cloud)
        etags.append(base64.b64decode(policy["etag"]))
        _set(cloud, policy)
    assert all(len(etag) == 8 and etag[0] == 7 for etag in etags)
    assert etags == sorted(set(etags))


def test_bindings_come_back_merged_sorted_and_without_empty_ones(cloud: Cloud) -> None:
    status, policy = _set(
        cloud,
        {
            "version": 3,
            "bindings": [
                {"role": "roles/viewer", "members": ["user:b@example.com", "user:a@example.com"]},
                {"role": "roles/owner", "members": [OWNER]},
                {"role": "roles/viewer", "members": ["user:c@example.com"]},
                {"role": "roles/editor", "members": []},
            ],
        },
    )
    assert status == 200
    assert policy["version"] == 1
    assert policy["bindings"] == [
        {"role": "roles/owner", "members": [OWNER]},
        {"role": "roles/viewer", "members": ["user:a@example.com", "user:b@example.com", "user:c@example.com"]},
    ]


def test_a_condition_survives_and_makes_it_version_three(cloud: Cloud) -> None:
    condition = {"title": "until noon", "expression": "request.time < timestamp('2030-01-01T12:00:00Z')"}
    binding = {"role": "roles/browser", "members": ["user:a@example.com"], "condition": condition}
    status, policy = _set(cloud, {"version": 3, "bindings": [binding]})
    assert (status, policy["version"], policy["bindings"]) == (200, 3, [binding])
    status, refused = _set(cloud, {"version": 1, "bindings": [binding]})
    assert (status, refused["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_the_etag_comes_back_in_either_base64_alphabet(cloud: Cloud) -> None:
    for _ in range(40):  # until the standard alphabet's own characters have occurred
        policy = _get(cloud)
        policy["etag"] = policy["etag"].replace("+", "-").replace("/", "_")
        status, answer = _set(cloud, policy)
        assert status == 200, answer


def test_who_comes_second_is_reported_to_read_again(cloud: Cloud) -> None:
    policy = _get(cloud)
    assert _set(cloud, policy)[0] == 200
    status, refused = _set(cloud, policy)
    assert (status, refused["error"]["status"]) == (409, "ABORTED")
    assert refused["error"]["message"].startswith("There were concurrent policy changes.")
    assert _set(cloud, {"bindings": policy["bindings"]})[0] == 200  # without an etag the last one wins


def test_the_mask_keeps_what_it_does_not_name(cloud: Cloud) -> None:
    audit = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]
    before = _get(cloud)["bindings"]
    status, policy = _set(cloud, {"bindings": [], "auditConfigs": audit}, "auditConfigs")
    assert (status, policy["bindings"], policy["auditConfigs"]) == (200, before, audit)
    assert _set(cloud, {"bindings": before})[1]["auditConfigs"] == audit


@pytest.mark.parametrize(
    "binding",
    [
        {"role": "roles/viewer", "members": ["a@example.com"]},
        {"role": "roles/viewer", "members": ["user:no one"]},
        {"role": "viewer", "members": ["user:a@example.com"]},
    ],
)
def test_what_is_no_member_or_role_is_refused(cloud: Cloud, binding: Any) -> None:
    status, refused = _set(cloud, {"bindings": [binding]})
    assert (status, refused["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_permissions_are_tested_one_by_one_and_wildcards_are_not_permissions(cloud: Cloud) -> None:
    path = f"/v3/projects/{cloud['project']}:testIamPermissions"
    asked = ["resourcemanager.projects.get", "aiplatform.endpoints.predict"]
    assert cloud.post(path, {"permissions": asked}) == {"permissions": asked}
    assert cloud.post(path, {"permissions": []}) == {}
    assert cloud.error("POST", path, {"permissions": ["aiplatform.*"]})["status"] == "INVALID_ARGUMENT"
    assert cloud.post("/v3/projects/no-one-has-this:testIamPermissions", {"permissions": asked}) == {}


def _owners(cloud: Cloud, project: str, *members: str) -> dict[str, Any]:
    policy = cloud.post(f"/v1/projects/{project}:getIamPolicy")
    kept = [each for each in policy["bindings"] if each["role"] != "roles/owner"]
    body = {"policy": {**policy, "bindings": [*kept, {"role": "roles/owner", "members": list(members)}]}}
    return {verb: cloud("POST", f"/{verb}/projects/{project}:setIamPolicy", body) for verb in ("v1", "v3")}


def _problem(answer: tuple[int, Any]) -> list[tuple[str, str]]:
    status, body = answer
    assert (status, body["error"]["message"]) == (400, "Request contains an invalid argument.")
    details = body["error"]["details"]
    assert {each["@type"].rpartition(".")[2] for each in details} == {"ProjectIamPolicyError"}
    return [(each["type"], each.get("member", "")) for each in details]


def test_who_may_grant_some_roles_grants_and_takes_away_no_others(cloud: Cloud) -> None:
    expression = (
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/browser', 'roles/viewer'])"
    )
    ann = "user:ann@sandbox.example.com"
    limited = {
        "role": "roles/resourcemanager.projectIamAdmin",
        "members": [ann],
        "condition": {"title": "some", "expression": expression},
    }
    own = [{"role": "roles/owner", "members": [OWNER]}, limited]
    assert _set(cloud, {"version": 3, "bindings": own})[0] == 200
    cloud.advance(600)
    token = cloud.post("/sandbox/v1/tokens", {"member": ann})["access_token"]
    path = f"/v1/projects/{cloud['project']}:setIamPolicy"
    answers = [
        cloud("POST", path, {"policy": {"version": 3, "bindings": bindings}}, authorization=f"Bearer {token}")
        for bindings in (
            [*own, {"role": "roles/browser", "members": [ann]}],
            [*own, {"role": "roles/viewer", "members": [ann]}],
            [*own, {"role": "roles/editor", "members": [ann]}],
            [limited],
            own,
        )
    ]
    assert [status for status, _ in answers] == [200, 200, 403, 403, 200], answers


def test_only_people_of_the_organization_are_made_owners_without_an_invitation(cloud: Cloud) -> None:
    colleague = "user:ann@sandbox.example.com"
    strangers = ["user:bob@elsewhere.example.com", "user:eve@elsewhere.example.com"]
    for answer in _owners(cloud, cloud["project"], OWNER, colleague, *strangers).values():
        assert _problem(answer) == [("ORG_MUST_INVITE_EXTERNAL_OWNERS", each) for each in strangers]
    assert _owners(cloud, cloud["project"], OWNER, colleague)["v1"][0] == 200


def test_who_owns_a_project_already_goes_on_owning_it(cloud: Cloud) -> None:
    stranger = "user:bob@elsewhere.example.com"
    number = cloud.get("/v1/projects/sandbox-ready")["projectNumber"]
    cloud.ready.do(lambda sandbox: iam.grant(sandbox.state, f"projects/{number}", "roles/owner", [stranger]))
    assert _owners(cloud, "sandbox-ready", OWNER, stranger)["v1"][0] == 200


def test_outside_of_organizations_every_owner_is_invited_and_one_stays(cloud: Cloud) -> None:
    bob = "user:bob@elsewhere.example.com"
    token = cloud.post("/sandbox/v1/tokens", {"member": bob})["access_token"]
    person = {"authorization": f"Bearer {token}"}
    operation = cloud.post("/v3/projects", {"projectId": "bobs-project", "displayName": "Bobs own"}, **person)
    cloud.advance(1)
    assert cloud.get(f"/v3/{operation['name']}", **person)["done"]
    invited = _owners(cloud, "bobs-project", bob, "user:eve@elsewhere.example.com")["v1"]
    assert _problem(invited) == [("SOLO_MUST_INVITE_OWNERS", "user:eve@elsewhere.example.com")]
    assert _problem(_owners(cloud, "bobs-project", OWNER)["v3"]) == [("SOLO_REQUIRE_TOS_ACCEPTOR", "")]
    assert _owners(cloud, "bobs-project", bob, OWNER)["v1"][0] == 200
