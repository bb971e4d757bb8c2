"""No permission, no answer: what a stranger is told, and that it is what he is told of what does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator import iam

from emulator.tests.conftest import Cloud
from emulator.tests.iam.conftest import ANN, BOB, give

if TYPE_CHECKING:
    from collections.abc import Callable

    Speak = Callable[[str], Cloud]

NOT_ALLOWED = "The caller does not have permission"


def _reported(cloud: Cloud, verb: str, path: str, body: Any = None) -> Any:
    """What a call is answered, without the names that were in it."""
    status, answer = cloud(verb, path, body)
    return status, {key: value for key, value in answer.get("error", answer).items() if key != "errors"}


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("GET", "/v1/projects/{}", None),
        ("GET", "/v3/projects/{}", None),
        ("PUT", "/v1/projects/{}", {"name": "Mine now"}),
        ("PATCH", "/v3/projects/{}", {"displayName": "Mine now"}),
        ("DELETE", "/v1/projects/{}", None),
        ("DELETE", "/v3/projects/{}", None),
        ("POST", "/v1/projects/{}:undelete", {}),
        ("POST", "/v3/projects/{}:undelete", {}),
        ("POST", "/v3/projects/{}:move", {"destinationParent": "folders/1"}),
        ("POST", "/v1/projects/{}:getAncestry", {}),
        ("POST", "/v1/projects/{}:getIamPolicy", {}),
        ("POST", "/v3/projects/{}:getIamPolicy", {}),
        ("POST", "/v1/projects/{}:setIamPolicy", {"policy": {}}),
        ("POST", "/v3/projects/{}:setIamPolicy", {"policy": {}}),
        ("GET", "/v1/projects/{}/billingInfo", None),
        ("PUT", "/v1/projects/{}/billingInfo", {"billingAccountName": ""}),
        ("GET", "/v1/projects/{}/services", None),
        ("GET", "/v1/projects/{}/services/aiplatform.googleapis.com", None),
        ("POST", "/v1/projects/{}/services/iam.googleapis.com:enable", {}),
        ("POST", "/v1/projects/{}/services:batchEnable", {"serviceIds": ["iam.googleapis.com"]}),
        ("GET", "/v1/projects/{}/locations/us-central1/endpoints", None),
    ],
)
def test_a_hidden_project_is_answered_like_one_that_does_not_exist(
    cloud: Cloud, someone: Speak, verb: str, path: str, body: Any
) -> None:
    stranger = someone(BOB)
    answers = []
    for project in (cloud["project"], cloud["empty_project"], "no-one-has-this"):
        status, error = _reported(stranger, verb, path.format(project), body)
        assert status == 403
        answers.append(repr(error).replace(project, "it"))
        if "services" not in path and "locations" not in path:
            assert error["message"] in {NOT_ALLOWED, "Policy update access denied."} or path.startswith("/v3")
    if "services" in path or "locations" in path:  # their errors end in a token made from the name
        answers = [answer.partition("Help Token")[0] for answer in answers]
    assert len(set(answers)) == 1


@pytest.mark.parametrize("verb_path", ["GET /v1/{}", "GET /v1/{}/projects", "GET /v1/{}:getIamPolicy"])
def test_a_hidden_account_is_answered_like_one_that_does_not_exist(
    cloud: Cloud, someone: Speak, verb_path: str
) -> None:
    verb, path = verb_path.split(" ")
    for account in (cloud["billing_account"], "billingAccounts/000000-000000-000000"):
        assert _reported(someone(BOB), verb, path.format(account)) == (
            403,
            {"code": 403, "message": NOT_ALLOWED, "status": "PERMISSION_DENIED"},
        )


def test_a_hidden_folder_or_organization_names_the_missing_permission(cloud: Cloud, someone: Speak) -> None:
    for name, kind in ((cloud["organization"], "organizations"), ("organizations/1", "organizations")):
        error = someone(BOB).error("GET", f"/v3/{name}")
        assert error["message"] == (
            f"Permission 'resourcemanager.{kind}.get' denied on resource "
            f"'//cloudresourcemanager.googleapis.com/{name}' (or it may not exist)."
        )
        assert error["info"]["reason"] == "IAM_PERMISSION_DENIED"
        assert error["info"]["metadata"] == {"permission": f"resourcemanager.{kind}.get", "resource": name}
        assert someone(BOB).error("GET", f"/v1/{name}")["message"] == NOT_ALLOWED


def test_lists_and_searches_show_what_may_be_seen(cloud: Cloud, someone: Speak) -> None:
    ann, bob = someone(ANN), someone(BOB)
    for path in ("/v1/projects", "/v3/projects:search", "/v3/folders:search", "/v1/billingAccounts"):
        assert bob.get(path) == {}
    assert bob.get("/v3/organizations:search") == {}
    assert bob.post("/v1/organizations:search") == {}
    assert ann.get("/v3/organizations:search")["organizations"][0]["name"] == cloud["organization"]
    give(cloud, f"/v1/projects/{cloud['project']}", "roles/browser", BOB)
    assert [each["projectId"] for each in bob.get("/v1/projects")["projects"]] == [cloud["project"]]
    assert [each["projectId"] for each in bob.get("/v3/projects:search")["projects"]] == [cloud["project"]]
    give(cloud, f"/v1/{cloud['billing_account']}", "roles/billing.viewer", BOB)
    assert [each["name"] for each in bob.get("/v1/billingAccounts")["billingAccounts"]] == [cloud["billing_account"]]
    for kind in ("projects", "folders"):
        refused = bob.error("GET", f"/v3/{kind}?parent={cloud['organization']}")
        permission, resource = f"resourcemanager.{kind}.list", cloud["organization"]
        assert refused["message"] == (
            f"Permission '{permission}' denied on resource '//cloudresourcemanager.googleapis.com/{resource}' "
            "(or it may not exist)."
        )
        assert refused["info"]["metadata"] == {"permission": permission, "resource": resource}


def test_test_iam_permissions_tells_what_is_held(cloud: Cloud, someone: Speak) -> None:
    give(cloud, f"/v3/projects/{cloud['project']}", "roles/viewer", BOB)
    asked = {"permissions": ["resourcemanager.projects.get", "resourcemanager.projects.delete"]}
    held = {"permissions": ["resourcemanager.projects.get"]}
    bob = someone(BOB)
    assert bob.post(f"/v3/projects/{cloud['project']}:testIamPermissions", asked) == held
    assert bob.post(f"/v1/projects/{cloud['empty_project']}:testIamPermissions", asked) == {}
    assert someone(ANN).post(
        f"/v3/{cloud['organization']}:testIamPermissions",
        {"permissions": ["resourcemanager.organizations.get", "resourcemanager.organizations.setIamPolicy"]},
    ) == {"permissions": ["resourcemanager.organizations.get"]}
    for path in (f"/v1/{cloud['organization']}", "/v3/folders/1", f"/v1/{cloud['billing_account']}"):
        assert bob.post(f"{path}:testIamPermissions", asked) == {}


def test_linking_takes_a_permission_on_either_side(cloud: Cloud, someone: Speak) -> None:
    path, body = f"/v1/projects/{cloud['empty_project']}/billingInfo", {"billingAccountName": cloud["billing_account"]}
    bob = someone(BOB)
    assert bob.error("PUT", path, body)["message"] == NOT_ALLOWED
    give(cloud, f"/v1/{cloud['billing_account']}", "roles/billing.user", BOB)
    assert bob.error("PUT", path, body)["message"] == NOT_ALLOWED
    give(cloud, f"/v3/projects/{cloud['empty_project']}", "roles/billing.projectManager", BOB)
    assert bob.put(path, body)["billingEnabled"] is True
    assert bob.error("GET", path)["message"] == NOT_ALLOWED  # that takes resourcemanager.projects.get
    closed = {"billingAccountName": cloud["closed_billing_account"]}
    assert bob.error("PUT", path, closed)["message"] == NOT_ALLOWED
    assert bob.put(path, {})["billingAccountName"] == ""


def test_the_administrator_of_an_account_can_unlink_from_it(cloud: Cloud, someone: Speak) -> None:
    path = f"/v1/projects/{cloud['project']}/billingInfo"
    assert someone(BOB).error("PUT", path, {})["message"] == NOT_ALLOWED
    give(cloud, f"/v1/{cloud['billing_account']}", "roles/billing.admin", BOB)
    assert someone(BOB).put(path, {})["billingEnabled"] is False


def test_enabling_is_refused_by_name_to_who_may_look(cloud: Cloud, someone: Speak) -> None:
    bob, path = someone(BOB), f"/v1/projects/{cloud['project']}/services/iam.googleapis.com:enable"
    give(cloud, f"/v1/projects/{cloud['project']}", "roles/viewer", BOB)
    refused = bob.error("POST", path, {})
    assert refused["message"].startswith("Permission denied to enable service [iam.googleapis.com]\nHelp Token: ")
    assert refused["reason"] == "AUTH_PERMISSION_DENIED"
    give(cloud, f"/v1/projects/{cloud['project']}", "roles/serviceusage.serviceUsageAdmin", BOB)
    bob.post(path)


def test_who_may_only_enable_need_not_see_the_project(cloud: Cloud, someone: Speak) -> None:
    give(cloud, f"/v1/projects/{cloud['project']}", "roles/serviceusage.serviceUsageAdmin", BOB)
    someone(BOB).post(f"/v1/projects/{cloud['project']}/services/iam.googleapis.com:enable")


def test_a_quota_project_takes_its_own_permission(cloud: Cloud, someone: Speak) -> None:
    bob, path = someone(BOB), f"/v1/projects/{cloud['project']}"
    give(cloud, path, "roles/browser", BOB)
    assert bob.get(path)["projectId"] == cloud["project"]
    refused = bob.error("GET", path, x_goog_user_project=cloud["project"])
    assert refused["reason"] == "USER_PROJECT_DENIED"
    give(cloud, path, "roles/serviceusage.serviceUsageConsumer", BOB)
    assert bob.get(path, x_goog_user_project=cloud["project"])["projectId"] == cloud["project"]


def test_a_chat_takes_the_permission_to_predict(cloud: Cloud, someone: Speak) -> None:
    bob, project = someone(BOB), cloud["project"]
    path = f"/v1/projects/{project}/locations/global/endpoints/openapi/chat/completions"
    body = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}]}
    give(cloud, f"/v1/projects/{project}", "roles/browser", BOB)
    status, (refused,) = bob("POST", path, body)
    assert status == 403
    assert refused["error"]["message"].startswith("Permission 'aiplatform.endpoints.predict' denied on resource")
    give(cloud, f"/v1/projects/{project}", "roles/aiplatform.user", BOB)
    assert bob("POST", path, body)[0] == 200


def test_a_user_of_the_domain_can_create_and_owns_what_he_made(cloud: Cloud, someone: Speak) -> None:
    ann = someone(ANN)
    body = {"projectId": "anns-project", "name": "Ann's project"}
    operation = ann.post("/v1/projects", body)
    cloud.advance(1)
    made = ann.get(f"/v1/{operation['name']}")["response"]
    assert f"organizations/{made['parent']['id']}" == cloud["organization"]
    policy = ann.post("/v1/projects/anns-project:getIamPolicy")
    assert policy["bindings"] == [{"role": "roles/owner", "members": [ANN]}]
    assert ann("DELETE", "/v1/projects/anns-project") == (200, {})


def test_who_is_not_of_the_domain_cannot_create_in_it(cloud: Cloud, someone: Speak) -> None:
    body = {"projectId": "bobs-project", "displayName": "Bob's", "parent": cloud["organization"]}
    assert someone(BOB).error("POST", "/v3/projects", body)["reason"] == "IAM_PERMISSION_DENIED"
    body["parent"] = "organizations/1"
    assert someone(BOB).error("POST", "/v3/projects", body)["reason"] == "IAM_PERMISSION_DENIED"
    del body["parent"]
    someone(BOB).post("/v3/projects", body)  # one of his own, in no organization


def test_a_condition_on_time_ends_by_the_sandboxs_clock(cloud: Cloud, someone: Speak) -> None:
    path, bob = f"/v1/projects/{cloud['project']}", someone(BOB)
    until = cloud.get("/sandbox/v1/clock")["now"]
    condition = {"title": "soon over", "expression": f"request.time < timestamp('{until}') + duration('60s')"}
    give(cloud, path, "roles/browser", BOB, condition=condition)
    assert bob.get(path)["projectId"] == cloud["project"]
    cloud.advance(60)
    assert bob.error("GET", path)["message"] == NOT_ALLOWED
    until = cloud.get("/sandbox/v1/clock")["now"]
    condition = {"title": "from now on", "expression": f"request.time >= timestamp('{until}')"}
    give(cloud, path, "roles/resourcemanager.projectMover", BOB, condition=condition)
    assert bob.get(path)["projectId"] == cloud["project"]
    policy = cloud.post(f"{path}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
    assert [each["condition"]["title"] for each in policy["bindings"] if "condition" in each] == [
        "soon over",
        "from now on",
    ]


def test_grants_and_removals_flap_until_they_are_everywhere(cloud: Cloud, someone: Speak) -> None:
    path, bob = f"/v1/projects/{cloud['project']}", someone(BOB)

    def seen() -> set[int]:
        return {bob("GET", path)[0] for _ in range(30)}

    policy = cloud.post(f"{path}:getIamPolicy")
    mine = {"role": "roles/browser", "members": [BOB]}
    written = cloud.post(f"{path}:setIamPolicy", {"policy": {**policy, "bindings": [*policy["bindings"], mine]}})
    assert seen() == {200, 403}
    cloud.advance(3)
    assert seen() == {200}
    cloud.post(f"{path}:setIamPolicy", {"policy": {**policy, "etag": written["etag"]}})
    assert seen() == {200, 403}
    assert {cloud("GET", path)[0] for _ in range(10)} == {200}  # the owner is never kept waiting
    cloud.advance(3)
    assert seen() == {403}


def test_without_propagation_a_grant_is_there_at_once(at_once: Cloud) -> None:
    path = f"/v1/projects/{at_once['project']}"
    other = Cloud(at_once.ready)
    with other.session:
        other.session.headers["authorization"] = f"Bearer {at_once.ready.token_for(BOB)}"
        policy = at_once.post(f"{path}:getIamPolicy")
        at_once.post(
            f"{path}:setIamPolicy",
            {"policy": {**policy, "bindings": [*policy["bindings"], {"role": "roles/browser", "members": [BOB]}]}},
        )
        assert other.get(path)["projectId"] == at_once["project"]


def test_a_custom_role_that_no_one_made_is_refused(cloud: Cloud) -> None:
    path, role = f"/v1/projects/{cloud['project']}:setIamPolicy", f"projects/{cloud['project']}/roles/mine"
    refused = cloud.error("POST", path, {"policy": {"bindings": [{"role": role, "members": [BOB]}]}})
    assert refused["message"] == f"Role ({role}) does not exist in the resource's hierarchy."


def test_an_operation_is_reported_to_who_started_it(cloud: Cloud, someone: Speak) -> None:
    name = someone(ANN).post("/v1/projects", {"projectId": "anns-project"})["name"]
    assert someone(ANN).get(f"/v1/{name}") == cloud.get(f"/v1/{name}")
    assert someone(BOB).error("GET", f"/v1/{name}")["status"] == "NOT_FOUND"
    assert someone(BOB).error("GET", f"/v3/{name}")["status"] == "NOT_FOUND"


def test_an_enablement_is_reported_to_who_may_look_into_the_project(cloud: Cloud, someone: Speak) -> None:
    name = cloud.post(f"/v1/projects/{cloud['empty_project']}/services/iam.googleapis.com:enable")["name"]
    assert someone(BOB).error("GET", f"/v1/{name}")["status"] == "NOT_FOUND"
    give(cloud, f"/v1/projects/{cloud['empty_project']}", "roles/viewer", BOB)
    assert someone(BOB).get(f"/v1/{name}")["name"] == name


def test_who_may_predict_and_no_more_can_chat(cloud: Cloud, someone: Speak) -> None:
    role = iam.CustomRole(name=f"projects/{cloud['project']}/roles/asker", permissions=["aiplatform.endpoints.predict"])
    cloud.ready.do(lambda sandbox: sandbox.state[iam.CUSTOM_ROLES].put(role))
    give(cloud, f"/v1/projects/{cloud['project']}", role.name, BOB)
    path = f"/v1/projects/{cloud['project']}/locations/global/endpoints/openapi/chat/completions"
    body = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}]}
    assert someone(BOB)("POST", path, body)[0] == 200
    assert someone(BOB).error("GET", f"/v1/projects/{cloud['project']}")["message"] == NOT_ALLOWED


@pytest.mark.parametrize("kind", ["projects", "organizations", "billingAccounts"])
def test_nothing_in_the_hierarchy_is_for_everyone(cloud: Cloud, kind: str) -> None:
    name = {"projects": f"projects/{cloud['project']}", "organizations": cloud["organization"]}.get(
        kind, cloud["billing_account"]
    )
    for everyone in ("allUsers", "allAuthenticatedUsers"):
        policy = {"bindings": [{"role": "roles/viewer", "members": [everyone]}]}
        refused = cloud.error("POST", f"/v1/{name}:setIamPolicy", {"policy": policy})
        assert refused["status"] == "INVALID_ARGUMENT"


def test_a_service_account_that_does_not_exist_can_be_given_nothing(cloud: Cloud) -> None:
    email = f"no-one@{cloud['project']}.iam.gserviceaccount.com"
    path = f"/v1/projects/{cloud['project']}:setIamPolicy"
    refused = cloud.error(
        "POST", path, {"policy": {"bindings": [{"role": "roles/viewer", "members": [f"serviceAccount:{email}"]}]}}
    )
    assert (refused["status"], refused["message"]) == ("INVALID_ARGUMENT", f"Service account {email} does not exist.")


def test_who_may_take_projects_off_an_account_unlinks_one_that_he_cannot_see(
    cloud: Cloud, someone: Callable[[str], Cloud]
) -> None:
    cloud.create("my-team-chat")
    cloud.link("my-team-chat")
    ann, path = someone(ANN), "/v1/projects/my-team-chat/billingInfo"
    assert ann.error("PUT", path, {"billingAccountName": ""})["code"] == 403
    give(cloud, f"/v1/{cloud['billing_account']}", "roles/billing.admin", ANN)
    assert ann.put(path, {"billingAccountName": ""})["billingEnabled"] is False
