"""Folders: their life, their constraints, and what moves with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.tests.conftest import Cloud


def _done(cloud: Cloud, operation: Any, version: str = "v3") -> Any:
    """Wait for an operation; its response or its error."""
    cloud.advance(1)
    finished = cloud.get(f"/{version}/{operation['name']}")
    assert finished["done"]
    return finished.get("response") or finished["error"]


def _folder(cloud: Cloud, name: str, parent: str = "") -> str:
    body = {"displayName": name, "parent": parent or cloud["organization"]}
    made: str = _done(cloud, cloud.post("/v3/folders", body))["name"]
    return made


def _violated(cloud: Cloud, verb: str, path: str, body: Any = None) -> str:
    refused = cloud.error(verb, path, body)
    assert refused["status"] == "FAILED_PRECONDITION"
    (violation,) = refused["details"][0]["violations"]
    return str(violation["type"])


def test_a_folder_is_created_by_an_operation_and_given_to_its_creator(cloud: Cloud) -> None:
    operation = cloud.post("/v3/folders", {"displayName": "Team A", "parent": cloud["organization"]})
    assert operation["name"].startswith("operations/cf.")
    assert "done" not in operation
    folder = _done(cloud, operation)
    assert folder.pop("@type") == "type.googleapis.com/google.cloud.resourcemanager.v3.Folder"
    assert set(folder) == {"name", "parent", "displayName", "state", "createTime", "updateTime", "etag"}
    assert (folder["state"], folder["parent"]) == ("ACTIVE", cloud["organization"])
    assert cloud.get(f"/v3/{folder['name']}") == folder
    assert cloud.get(f"/v1/{operation['name']}")["response"]["name"] == folder["name"]
    policy = cloud.post(f"/v3/{folder['name']}:getIamPolicy")
    assert [each["role"] for each in policy["bindings"]] == [
        "roles/resourcemanager.folderAdmin",
        "roles/resourcemanager.folderEditor",
    ]


def test_v2_calls_its_state_otherwise_and_changes_at_once(cloud: Cloud) -> None:
    operation = cloud.post(f"/v2/folders?parent={cloud['organization']}", {"displayName": "Old"})
    folder = _done(cloud, operation, "v1")
    assert folder.pop("@type") == "type.googleapis.com/google.cloud.resourcemanager.v2.Folder"
    assert set(folder) == {"name", "parent", "displayName", "lifecycleState", "createTime"}
    path = f"/v2/{folder['name']}"
    assert cloud.get(path) == folder
    status, changed = cloud("PATCH", f"{path}?updateMask=displayName", {"displayName": "New"})
    assert (status, changed["displayName"]) == (200, "New")
    assert cloud.get(f"/v2/folders?parent={cloud['organization']}")["folders"] == [changed]
    assert cloud.post("/v2/folders:search", {"query": "displayName=New"})["folders"] == [changed]
    assert cloud("DELETE", path)[1]["lifecycleState"] == "DELETE_REQUESTED"
    assert cloud.post(f"{path}:undelete")["lifecycleState"] == "ACTIVE"


def test_lists_are_by_name_and_leave_out_the_deleted(cloud: Cloud) -> None:
    for name in ("Beta", "Alpha", "Gamma"):
        _folder(cloud, name)
    listed = cloud.get(f"/v3/folders?parent={cloud['organization']}")["folders"]
    assert [each["displayName"] for each in listed] == ["Alpha", "Beta", "Gamma"]
    gone = cloud("DELETE", f"/v3/{listed[0]['name']}")[1]
    assert gone["done"]
    assert gone["response"]["state"] == "DELETE_REQUESTED"
    path = f"/v3/folders?parent={cloud['organization']}"
    assert [each["displayName"] for each in cloud.get(path)["folders"]] == ["Beta", "Gamma"]
    assert len(cloud.get(f"{path}&showDeleted=true")["folders"]) == 3
    first = cloud.get(f"{path}&pageSize=1")
    rest = cloud.get(f"{path}&pageToken={first['nextPageToken']}")
    assert [each["displayName"] for each in first["folders"] + rest["folders"]] == ["Beta", "Gamma"]
    query = f'state=ACTIVE AND parent={cloud["organization"]} AND displayName="Gamma"'
    assert [each["displayName"] for each in cloud.get(f"/v3/folders:search?query={query}")["folders"]] == ["Gamma"]
    assert cloud.error("GET", "/v3/folders")["status"] == "INVALID_ARGUMENT"


def test_names_are_checked_and_unique_among_siblings(cloud: Cloud) -> None:
    for name in ("", "-a", "a" * 31, "a!", 3):
        body = {"displayName": name, "parent": cloud["organization"]}
        assert cloud.error("POST", "/v3/folders", body)["status"] == "INVALID_ARGUMENT"
    cloud.post("/v3/folders", {"displayName": "Team", "parent": cloud["organization"]})
    body = {"displayName": "Team", "parent": cloud["organization"]}
    assert _violated(cloud, "POST", "/v3/folders", body) == "FOLDER_NAME_UNIQUENESS_VIOLATION"
    cloud.advance(1)
    assert _violated(cloud, "POST", "/v3/folders", body) == "FOLDER_NAME_UNIQUENESS_VIOLATION"
    other = _folder(cloud, "Other")
    renamed = cloud("PATCH", f"/v3/{other}?updateMask=display_name", {"displayName": "Ours"})[1]
    assert _done(cloud, renamed)["displayName"] == "Ours"
    kind = _violated(cloud, "PATCH", f"/v3/{other}?updateMask=displayName", {"displayName": "Team"})
    assert kind == "FOLDER_NAME_UNIQUENESS_VIOLATION"
    assert cloud.error("PATCH", f"/v3/{other}?updateMask=parent", {"displayName": "X"})["status"] == "INVALID_ARGUMENT"
    stale = {"displayName": "Newer", "etag": "AAAAAAAAAAE="}
    assert cloud.error("PATCH", f"/v3/{other}", stale)["status"] == "ABORTED"


def test_ten_folders_deep_and_no_deeper(cloud: Cloud) -> None:
    parent = cloud["organization"]
    chain = []
    for depth in range(10):
        parent = _folder(cloud, f"Depth {depth}", parent)
        chain.append(parent)
    body = {"displayName": "Too deep", "parent": parent}
    assert _violated(cloud, "POST", "/v3/folders", body) == "ACTIVE_FOLDER_HEIGHT_VIOLATION"
    kind = _violated(cloud, "POST", f"/v3/{chain[0]}:move", {"destinationParent": chain[5]})
    assert kind == "CYCLE_INTRODUCED_VIOLATION"
    aside = _folder(cloud, "Aside")
    kind = _violated(cloud, "POST", f"/v3/{chain[0]}:move", {"destinationParent": aside})
    assert kind == "ACTIVE_FOLDER_HEIGHT_VIOLATION"
    moved = _done(cloud, cloud.post(f"/v3/{chain[5]}:move", {"destinationParent": aside}))
    assert moved["parent"] == aside
    assert cloud.error("POST", f"/v3/{aside}:move", {"destinationParent": "here"})["status"] == "INVALID_ARGUMENT"


def test_two_moves_that_cross_make_no_cycle(cloud: Cloud) -> None:
    first, second = _folder(cloud, "First"), _folder(cloud, "Second")
    moves = [
        cloud.post(f"/v3/{first}:move", {"destinationParent": second}),
        cloud.post(f"/v3/{second}:move", {"destinationParent": first}),
    ]
    ended = [_done(cloud, move) for move in moves]
    (moved,) = [each["parent"] for each in ended if "parent" in each]
    assert moved in {first, second}
    (refused,) = [each["details"][0]["violations"][0]["type"] for each in ended if "details" in each]
    assert refused == "CYCLE_INTRODUCED_VIOLATION"


def test_only_an_empty_folder_can_be_deleted_and_it_comes_back(cloud: Cloud) -> None:
    outer = _folder(cloud, "Outer")
    inner = _folder(cloud, "Inner", outer)
    assert _violated(cloud, "DELETE", f"/v3/{outer}") == "FOLDER_TO_DELETE_NON_EMPTY_VIOLATION"
    cloud("DELETE", f"/v3/{inner}")
    cloud("DELETE", f"/v3/{outer}")
    assert cloud("DELETE", f"/v3/{outer}")[0] == 200  # once more is no error
    body = {"displayName": "Late", "parent": outer}
    assert _violated(cloud, "POST", "/v3/folders", body) == "PARENT_DELETED_VIOLATION"
    assert _violated(cloud, "POST", f"/v3/{inner}:undelete") == "PARENT_DELETED_VIOLATION"
    assert cloud.post(f"/v3/{outer}:undelete")["response"]["state"] == "ACTIVE"
    assert cloud.post(f"/v3/{outer}:undelete")["done"]  # nor is that
    cloud("DELETE", f"/v3/{outer}")
    cloud.advance(31 * 86400)
    assert cloud.error("GET", f"/v3/{outer}")["status"] == "PERMISSION_DENIED"


def test_projects_are_created_in_folders_and_move_between_them(cloud: Cloud) -> None:
    outer = _folder(cloud, "Outer")
    inner = _folder(cloud, "Inner", outer)
    operation = cloud.post("/v3/projects", {"projectId": "in-a-folder", "parent": inner})
    assert _done(cloud, operation)["parent"] == inner
    assert _violated(cloud, "DELETE", f"/v3/{inner}") == "FOLDER_TO_DELETE_NON_EMPTY_VIOLATION"
    listed = cloud.get(f"/v3/projects?parent={inner}")["projects"]
    assert [each["projectId"] for each in listed] == ["in-a-folder"]
    ancestors = cloud.post("/v1/projects/in-a-folder:getAncestry")["ancestor"]
    assert [each["resourceId"]["type"] for each in ancestors] == ["project", "folder", "folder", "organization"]
    assert [f"folders/{each['resourceId']['id']}" for each in ancestors[1:3]] == [inner, outer]
    moved = _done(cloud, cloud.post("/v3/projects/in-a-folder:move", {"destinationParent": outer}))
    assert moved["parent"] == outer
    project = cloud.get("/v1/projects/in-a-folder")
    back = cloud.put("/v1/projects/in-a-folder", {**project, "parent": {"type": "folder", "id": inner.split("/")[1]}})
    assert back["parent"] == {"type": "folder", "id": inner.split("/")[1]}
    assert cloud.error("POST", "/v3/projects/in-a-folder:move", {"destinationParent": "folders/1"})["code"] == 403


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("organization", lambda cloud: f"/v3/{cloud['organization']}"),
        ("organization", lambda cloud: f"/v1/{cloud['organization']}"),
        ("folder", lambda cloud: f"/v3/{_folder(cloud, 'Guarded')}"),
        ("folder", lambda cloud: f"/v2/{_folder(cloud, 'Guarded')}"),
        ("billing account", lambda cloud: f"/v1/{cloud['billing_account']}"),
    ],
)
def test_policies_of_every_kind_are_guarded_by_an_etag(cloud: Cloud, kind: str, path: Callable[[Any], str]) -> None:
    where = path(cloud)
    verb = "GET" if kind == "billing account" else "POST"
    status, policy = cloud(verb, f"{where}:getIamPolicy", None if verb == "GET" else {})
    assert status == 200
    binding = {"role": "roles/viewer", "members": ["user:a@example.com"]}
    changed = {**policy, "bindings": [*policy["bindings"], binding]}
    written = cloud.post(f"{where}:setIamPolicy", {"policy": changed})
    assert binding in written["bindings"]
    assert cloud.error("POST", f"{where}:setIamPolicy", {"policy": changed})["status"] == "ABORTED"
