"""Named snapshots: a state kept, gone back to, listed, forgotten, and kept on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

SNAPSHOTS = "/sandbox/v1/snapshots"


def test_a_state_is_kept_and_comes_back_whole(cloud: Cloud) -> None:
    cloud.create("my-team-chat")
    kept = cloud.get("/sandbox/v1/state")
    saved = cloud.post(f"{SNAPSHOTS}/with-project")
    assert saved["name"] == "with-project"
    assert saved["rows"] > sum(len(rows) for rows in kept.values())  # tokens are not shown
    cloud.create("another-project")
    cloud.link(cloud["project"], "")
    cloud.ready.fail_next("*/GetProject", 429)
    cloud.post(f"{SNAPSHOTS}/with-project:load")
    assert cloud.get("/sandbox/v1/state") == kept
    assert cloud.get("/sandbox/v1/faults") == []
    assert cloud.get("/sandbox/v1/requests") == []
    assert cloud("GET", "/v3/projects/another-project")[0] == 403


def test_the_same_calls_after_a_snapshot_give_the_same_names(cloud: Cloud) -> None:
    cloud.post(f"{SNAPSHOTS}/here")
    numbers = set()
    for _ in range(2):
        numbers.add(cloud.create("my-team-chat"))
        cloud.post(f"{SNAPSHOTS}/here:load")
    assert len(numbers) == 1


def test_an_operation_that_ran_goes_on_after_loading(cloud: Cloud) -> None:
    operation = cloud.post("/v3/projects", {"projectId": "my-team-chat", "parent": cloud["organization"]})
    cloud.post(f"{SNAPSHOTS}/midway")
    cloud.advance(1)
    assert cloud.get(f"/v3/{operation['name']}")["done"]
    cloud.post(f"{SNAPSHOTS}/midway:load")
    assert cloud("POST", "/v3/projects", {"projectId": "my-team-chat", "parent": cloud["organization"]})[0] == 409
    assert cloud.get(f"/v3/{operation['name']}")["done"]
    assert cloud.get("/v3/projects/my-team-chat")["state"] == "ACTIVE"


def test_snapshots_are_listed_and_forgotten(cloud: Cloud) -> None:
    for name in ("b", "a"):
        cloud.post(f"{SNAPSHOTS}/{name}")
    assert [each["name"] for each in cloud.get(SNAPSHOTS)] == ["a", "b"]
    assert cloud("DELETE", f"{SNAPSHOTS}/a") == (200, {})
    assert [each["name"] for each in cloud.get(SNAPSHOTS)] == ["b"]
    cloud.post("/sandbox/v1/reset")
    assert [each["name"] for each in cloud.get(SNAPSHOTS)] == ["b"]


@pytest.mark.parametrize(("verb", "path"), [("POST", "none:load"), ("DELETE", "none")])
def test_a_snapshot_that_is_not_there_is_named_with_those_that_are(cloud: Cloud, verb: str, path: str) -> None:
    cloud.post(f"{SNAPSHOTS}/one")
    assert cloud(verb, f"{SNAPSHOTS}/{path}") == (404, {"error": "there is no snapshot 'none'; there are: one"})


@pytest.mark.parametrize("name", ["-x", "a b", "x" * 64, "a/b", ""])
def test_names_that_cannot_be(cloud: Cloud, name: str) -> None:
    assert cloud("POST", f"{SNAPSHOTS}/{name}")[0] == 400


@pytest.mark.parametrize("verb_path", [("PUT", f"{SNAPSHOTS}/x"), ("POST", f"{SNAPSHOTS}/x:run"), ("POST", SNAPSHOTS)])
def test_what_is_not_there_is_reported_with_what_is(cloud: Cloud, verb_path: tuple[str, str]) -> None:
    status, answer = cloud(*verb_path)
    assert status == 404
    assert "POST /sandbox/v1/snapshots/{name}:load" in answer["known"]


def test_with_a_data_directory_they_outlive_the_sandbox(tmp_path: Path) -> None:
    def calls(*steps: tuple[str, str], body: Any = None) -> list[Any]:
        with running(clock=0, grpc=False, data_dir=tmp_path / "state") as ready:
            cloud = Cloud(ready)
            with cloud.session:
                return [cloud(verb, path, body)[1] for verb, path in steps]

    calls(("POST", f"{SNAPSHOTS}/fresh"), ("POST", f"{SNAPSHOTS}/other"), ("DELETE", f"{SNAPSHOTS}/other"))
    calls(("DELETE", "/v3/projects/sandbox-empty"))
    listed, _, _ = calls(("GET", SNAPSHOTS), ("POST", f"{SNAPSHOTS}/fresh:load"), ("GET", "/healthz"))
    assert [each["name"] for each in listed] == ["fresh"]
    (project,) = calls(("GET", "/v3/projects/sandbox-empty"))
    assert project["state"] == "ACTIVE"


def test_a_test_in_this_process_saves_and_loads() -> None:
    with running(clock=0, grpc=False) as ready:
        ready.save("fresh")
        before = ready.state()
        ready.do(lambda sandbox: sandbox.state.draw())
        ready.load("fresh")
        assert ready.state() == before
