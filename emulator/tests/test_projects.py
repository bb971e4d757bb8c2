"""Resource Manager: the rules of projects, and what is v1's and what is v3's manner of telling them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def test_a_v3_project_is_named_by_its_number_and_has_times_and_etag(cloud: Cloud) -> None:
    project = cloud.get(f"/v3/projects/{cloud['project']}")
    assert re.fullmatch(r"projects/\d{12}", project["name"])
    assert set(project) == {
        "name",
        "parent",
        "projectId",
        "state",
        "displayName",
        "createTime",
        "updateTime",
        "etag",
    }
    assert cloud.get(f"/v3/{project['name']}") == project


def test_a_v1_project_has_its_parent_in_two_parts_and_no_etag(cloud: Cloud) -> None:
    project = cloud.get(f"/v1/projects/{cloud['project']}")
    assert set(project) == {"projectNumber", "projectId", "lifecycleState", "name", "createTime", "parent"}
    assert project["parent"] == {"type": "organization", "id": cloud["organization"].partition("/")[2]}


def test_an_unknown_project_is_forbidden_in_both_versions(cloud: Cloud) -> None:
    assert cloud("GET", "/v1/projects/no-one-has-this") == (
        403,
        {
            "error": {
                "code": 403,
                "message": "The caller does not have permission",
                "errors": [
                    {"message": "The caller does not have permission", "domain": "global", "reason": "forbidden"}
                ],
                "status": "PERMISSION_DENIED",
            }
        },
    )
    error = cloud.error("GET", "/v3/projects/no-one-has-this")
    assert "errors" not in error
    assert error["message"] == (
        "Permission 'resourcemanager.projects.get' denied on resource "
        "'//cloudresourcemanager.googleapis.com/projects/no-one-has-this' (or it may not exist)."
    )


def test_a_project_is_there_when_its_operation_is_done_and_not_before(cloud: Cloud) -> None:
    operation = cloud.post(
        "/v3/projects",
        {"projectId": "my-team-chat", "displayName": "My team", "parent": cloud["organization"], "labels": {"a": "b"}},
    )
    assert operation["name"].startswith("operations/cp.")
    assert "done" not in operation
    assert cloud.error("GET", "/v3/projects/my-team-chat")["code"] == 403
    cloud.advance(1)
    done = cloud.get(f"/v3/{operation['name']}")
    assert done["done"] is True
    assert done["metadata"]["ready"] is True
    project = cloud.get("/v3/projects/my-team-chat")
    assert done["response"] == {"@type": "type.googleapis.com/google.cloud.resourcemanager.v3.Project", **project}
    assert project["labels"] == {"a": "b"}


def test_v1_create_answers_a_name_and_nothing_else(cloud: Cloud) -> None:
    organization = {"type": "organization", "id": cloud["organization"].partition("/")[2]}
    operation = cloud.post("/v1/projects", {"projectId": "my-team-chat", "name": "My team", "parent": organization})
    assert list(operation) == ["name"]
    cloud.advance(1)
    done = cloud.get(f"/v1/{operation['name']}")
    assert done["metadata"] == {
        "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus",
        "gettable": True,
        "ready": True,
    }
    assert done["response"].items() >= cloud.get("/v1/projects/my-team-chat").items()


def test_a_taken_id_is_a_conflict_also_while_it_is_being_created_and_after_deletion(cloud: Cloud) -> None:
    def again() -> Any:
        return cloud.error("POST", "/v3/projects", {"projectId": "my-team-chat"})

    cloud.post("/v3/projects", {"projectId": "my-team-chat"})
    assert again()["status"] == "ALREADY_EXISTS"
    cloud.advance(1)
    assert again()["message"] == "Requested entity already exists"
    cloud("DELETE", "/v1/projects/my-team-chat")
    assert again()["code"] == 409
    cloud.advance(40 * 86400)
    assert cloud.error("GET", "/v3/projects/my-team-chat")["code"] == 403
    assert again()["code"] == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"projectId": "Foo-bar"}, "project_id"),
        ({"projectId": "short"}, "project_id"),
        ({"projectId": "ends-with-hyphen-"}, "project_id"),
        ({"projectId": "my-google-project"}, "project_id"),
        ({}, "project_id"),
        ({"projectId": "my-team-chat", "displayName": "abc"}, "display_name"),
        ({"projectId": "my-team-chat", "displayName": "no_underscores"}, "display_name"),
        ({"projectId": "my-team-chat", "labels": {"UPPER": "x"}}, "labels"),
        ({"projectId": "my-team-chat", "labels": {str(n): "x" for n in range(65)}}, "labels"),
        ({"projectId": "my-team-chat", "parent": "organization/1"}, "parent"),
    ],
)
def test_a_malformed_project_is_refused_naming_the_field(cloud: Cloud, body: Any, field: str) -> None:
    error = cloud.error("POST", "/v3/projects", body)
    assert error["status"] == "INVALID_ARGUMENT"
    assert error["message"].startswith(f"field [{field}] has issue [")


def test_a_project_is_not_created_under_an_organization_that_is_unknown(cloud: Cloud) -> None:
    error = cloud.error("POST", "/v3/projects", {"projectId": "my-team-chat", "parent": "organizations/1"})
    assert error["status"] == "PERMISSION_DENIED"


def test_list_shows_children_of_a_parent_by_display_name_and_needs_one(cloud: Cloud) -> None:
    names = [each["displayName"] for each in cloud.get(f"/v3/projects?parent={cloud['organization']}")["projects"]]
    assert names == sorted(names)
    assert cloud.error("GET", "/v3/projects")["status"] == "INVALID_ARGUMENT"
    assert cloud.error("GET", "/v3/projects?parent=organizations/1")["status"] == "PERMISSION_DENIED"


def test_list_leaves_deleted_projects_out_unless_asked(cloud: Cloud) -> None:
    cloud("DELETE", f"/v1/projects/{cloud['empty_project']}")
    path = f"/v3/projects?parent={cloud['organization']}"
    assert len(cloud.get(path)["projects"]) == 2
    assert len(cloud.get(f"{path}&showDeleted=true")["projects"]) == 3


def test_search_with_several_fields_means_any_of_them(cloud: Cloud) -> None:
    found = cloud.get(f"/v3/projects:search?query=id:{cloud['project']} id:{cloud['empty_project']}")["projects"]
    assert {each["projectId"] for each in found} == {cloud["project"], cloud["empty_project"]}
    assert cloud.get("/v3/projects:search?query=id:no-one-has-this") == {}


def test_v1_list_applies_the_filter_that_gcloud_sends(cloud: Cloud) -> None:
    found = cloud.get(f"/v1/projects?filter=lifecycleState:ACTIVE AND (id={cloud['project']})&pageSize=500")
    assert [each["projectId"] for each in found["projects"]] == [cloud["project"]]


def test_pages_add_up(cloud: Cloud) -> None:
    whole = cloud.get("/v1/projects")["projects"]
    pages, token = [], ""
    while True:
        page = cloud.get(f"/v1/projects?pageSize=1&pageToken={token}")
        pages += page["projects"]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert pages == whole
    assert cloud.error("GET", "/v1/projects?pageToken=made-up")["status"] == "INVALID_ARGUMENT"


def test_update_changes_what_the_mask_names_and_the_etag(cloud: Cloud) -> None:
    path = f"/v3/projects/{cloud['project']}"
    before = cloud.get(path)
    body = {"displayName": "Another name", "labels": {"ignored": "yes"}}
    status, operation = cloud("PATCH", f"{path}?updateMask=displayName", body)
    assert status == 200
    cloud.advance(1)
    after = cloud.get(path)
    assert after["displayName"] == "Another name"
    assert "labels" not in after
    assert after["etag"] != before["etag"]
    assert cloud.get(f"/v3/{operation['name']}")["response"]["displayName"] == "Another name"
    assert cloud.error("PATCH", f"{path}?updateMask=parent", body)["status"] == "INVALID_ARGUMENT"


def test_v1_update_takes_the_whole_project(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['project']}"
    project = cloud.get(path)
    assert cloud.put(path, {**project, "name": "Another name", "labels": {"a": "b"}})["labels"] == {"a": "b"}
    assert cloud.get(path)["name"] == "Another name"
    moved = {**project, "parent": {"type": "folder", "id": "1"}}
    assert cloud.error("PUT", path, moved)["status"] == "PERMISSION_DENIED"


def test_a_deleted_project_loses_its_billing_for_good_and_can_be_restored(cloud: Cloud) -> None:
    path = f"/v3/projects/{cloud['project']}"
    cloud("DELETE", path)
    cloud.advance(1)
    deleted = cloud.get(path)
    assert deleted["state"] == "DELETE_REQUESTED"
    assert "deleteTime" in deleted
    assert cloud.error("DELETE", path)["message"] == "Cannot delete an inactive project."
    cloud.post(f"{path}:undelete")
    cloud.advance(1)
    restored = cloud.get(path)
    assert restored["state"] == "ACTIVE"
    assert "deleteTime" not in restored
    assert cloud.get(f"/v1/projects/{cloud['project']}/billingInfo")["billingAccountName"] == ""
    assert cloud.error("POST", f"{path}:undelete", {})["status"] == "FAILED_PRECONDITION"


def test_v1_delete_and_undelete_answer_nothing_at_once(cloud: Cloud) -> None:
    path = f"/v1/projects/{cloud['empty_project']}"
    assert cloud("DELETE", path) == (200, {})
    assert cloud.get(path)["lifecycleState"] == "DELETE_REQUESTED"
    assert cloud.post(f"{path}:undelete") == {}
    assert cloud.get(path)["lifecycleState"] == "ACTIVE"


def test_ancestry_goes_from_the_project_upward(cloud: Cloud) -> None:
    answer = cloud.post(f"/v1/projects/{cloud['project']}:getAncestry")
    assert [each["resourceId"]["type"] for each in answer["ancestor"]] == ["project", "organization"]


def test_enums_are_numbers_for_clients_that_ask_and_understood_as_numbers(cloud: Cloud) -> None:
    path = f"/v3/projects/{cloud['project']}"
    assert cloud.get(f"{path}?%24alt=json%3Benum-encoding%3Dint")["state"] == 1
    found = cloud.get("/v3/projects:search?$alt=json;enum-encoding=int")["projects"]
    assert {each["state"] for each in found} == {1}
    assert cloud.get(path)["state"] == "ACTIVE"


def test_the_creator_of_a_project_is_its_owner(cloud: Cloud) -> None:
    number = cloud.create()
    policy = cloud.post("/v3/projects/my-team-chat:getIamPolicy")
    assert policy == cloud.post(f"/v1/projects/{number}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
    assert [each["role"] for each in policy["bindings"]] == ["roles/owner"]
