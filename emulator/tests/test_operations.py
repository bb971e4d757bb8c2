"""Long-running operations: finished by the clock, failed by a fault, forgotten after hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def test_an_operation_that_fails_is_an_http_200_with_an_error_and_changes_nothing(cloud: Cloud) -> None:
    quota = {
        "code": 8,
        "message": "The project cannot be created because you have exceeded your allotted project quota.",
    }
    cloud.ready.fail_next("*/CreateProject", lro_error=quota)
    operation = cloud.post("/v3/projects", {"projectId": "my-team-chat"})
    cloud.advance(1)
    done = cloud.get(f"/v3/{operation['name']}")
    assert (done["done"], done["error"]) == (True, quota)
    assert "response" not in done
    assert cloud.error("GET", "/v3/projects/my-team-chat")["code"] == 403
    cloud.create("my-team-chat")  # the id is free again


def test_an_operation_can_be_made_to_last_for_ever(cloud: Cloud) -> None:
    cloud.ready.fail_next("*/EnableService", lro_never=True)
    operation = cloud.post(f"/v1/projects/{cloud['empty_project']}/services/iam.googleapis.com:enable")
    cloud.advance(3600)
    assert "done" not in cloud.get(f"/v1/{operation['name']}")
    assert cloud.enabled(cloud["empty_project"]) == []


def test_operations_are_forgotten_after_some_hours(cloud: Cloud) -> None:
    operation = cloud.post("/v3/projects", {"projectId": "my-team-chat"})
    cloud.advance(1)
    assert cloud.get(f"/v3/{operation['name']}")["done"] is True
    cloud.advance(7 * 3600)
    cloud.post("/v3/projects", {"projectId": "my-other-chat"})
    assert cloud.error("GET", f"/v3/{operation['name']}")["status"] == "NOT_FOUND"


def test_an_unknown_operation_is_not_found_in_every_version(cloud: Cloud) -> None:
    for path in ("/v1/operations/cp.1", "/v3/operations/cp.1", "/v1/operations/acat.p2-1-x", "/v1/operations/x"):
        assert cloud.error("GET", path)["status"] == "NOT_FOUND"


def test_changes_happen_in_the_order_they_were_due_however_far_the_clock_jumps(cloud: Cloud) -> None:
    path = f"/v3/projects/{cloud['project']}?updateMask=displayName"
    cloud("PATCH", path, {"displayName": "First"})
    cloud.advance(0.5)
    cloud("PATCH", path, {"displayName": "Second"})
    cloud.advance(100)
    project = cloud.get(f"/v3/projects/{cloud['project']}")
    assert project["displayName"] == "Second"
