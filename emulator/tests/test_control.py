"""The sandbox's own API: requests, clock, reset, state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gcp_emulator.server import running

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud


def test_the_log_tells_every_call_and_its_outcome(cloud: Cloud) -> None:
    cloud.get(f"/v1/projects/{cloud['project']}")
    cloud("POST", "/v3/projects", {"projectId": "my-team-chat"})
    cloud("GET", "/v3/projects/no-one-has-this")
    log = cloud.get("/sandbox/v1/requests")
    assert [(each["method"], each["status"], each["mutates"]) for each in log] == [
        ("cloudresourcemanager.projects.get", 200, False),
        ("google.cloud.resourcemanager.v3.Projects/CreateProject", 200, True),
        ("google.cloud.resourcemanager.v3.Projects/GetProject", 403, False),
    ]
    first = log[0]
    assert first["verb"] == "GET"
    assert first["path"] == f"/v1/projects/{cloud['project']}"
    assert first["transport"] == "rest"
    assert first["project"] == cloud["project"]
    assert first["principal"] == "owner@sandbox-host.iam.gserviceaccount.com"
    assert first["duration_ms"] > 0
    assert [each["sequence"] for each in cloud.get("/sandbox/v1/requests?since=2")] == [3]
    assert cloud("DELETE", "/sandbox/v1/requests") == (200, {})
    assert cloud.get("/sandbox/v1/requests") == []
    assert cloud("GET", "/sandbox/v1/requests?since=x")[0] == 400


def test_the_log_tells_paths_that_are_not_served(cloud: Cloud) -> None:
    cloud("GET", "/v1/something/else")
    entry = cloud.get("/sandbox/v1/requests")[0]
    assert (entry["method"], entry["path"], entry["status"]) == ("", "/v1/something/else", 501)


def test_the_log_names_the_project_by_id_however_it_was_called(cloud: Cloud) -> None:
    number = cloud.get(f"/v1/projects/{cloud['project']}")["projectNumber"]
    cloud.get(f"/v1/projects/{number}/billingInfo")
    assert [each["project"] for each in cloud.get("/sandbox/v1/requests")] == [cloud["project"]] * 2


def test_the_clock_is_read_moved_and_set_to_another_speed(cloud: Cloud) -> None:
    before = cloud.get("/sandbox/v1/clock")
    assert (before["mode"], before["scale"]) == ("stepped", 0)
    assert cloud.get("/sandbox/v1/clock")["now"] == before["now"]
    assert cloud.post("/sandbox/v1/clock", {"advance": 60})["now"] > before["now"]
    assert cloud.post("/sandbox/v1/clock", {"scale": "60x"})["mode"] == "scaled"
    assert cloud.post("/sandbox/v1/clock", {"scale": "1x"})["mode"] == "real"


@pytest.mark.parametrize(
    "body", [{}, [], {"advance": -1}, {"advance": "x"}, {"scale": "fast"}, {"back": 1}, {"scale": "nan"}]
)
def test_a_clock_goes_only_forward(cloud: Cloud, body: object) -> None:
    assert cloud("POST", "/sandbox/v1/clock", body)[0] == 400


def test_reset_brings_the_fresh_state_back_and_the_ready_file_stays_true(cloud: Cloud) -> None:
    before = cloud.get("/sandbox/v1/state")
    cloud.create("my-team-chat")
    cloud.link(cloud["project"], "")
    cloud.ready.fail_next("*/GetProject", 429)
    assert cloud.get("/sandbox/v1/state") != before
    cloud.post("/sandbox/v1/reset")
    assert cloud.get("/sandbox/v1/requests") == []
    assert cloud.get(f"/v3/projects/{cloud['project']}")["state"] == "ACTIVE"
    assert cloud("GET", "/v3/projects/my-team-chat")[0] == 403
    assert set(cloud.get("/sandbox/v1/state")) == set(before)


def test_the_state_is_the_whole_state_without_secrets(cloud: Cloud) -> None:
    state = cloud.get("/sandbox/v1/state")
    assert set(state["resourcemanager.projects"]) == {"sandbox-host", cloud["project"], cloud["empty_project"]}
    assert cloud["token"] not in cloud.raw("GET", "/sandbox/v1/state").text


def test_two_states_with_one_seed_choose_the_same_numbers() -> None:
    def numbers(seed: int) -> set[str]:
        with running(grpc=False, seed=seed) as ready:
            return {str(ready["organization"]), str(ready["billing_account"])}

    assert numbers(7) == numbers(7)
    assert numbers(7) != numbers(8)


def test_what_is_not_part_of_it_is_reported_what_is(cloud: Cloud) -> None:
    status, answer = cloud("POST", "/sandbox/v1/healthz")
    assert status == 404
    assert "GET /sandbox/v1/requests" in answer["known"]
    assert cloud.raw("POST", "/sandbox/v1/faults", data=b"{").status_code == 400
