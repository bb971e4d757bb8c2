"""Making the projects of a run ready: what was planned, some at a time, with a stop where it goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gcp_emulator.server import Running

from tests.fleet.conftest import ORGANIZATION, fleet
from tests.fleet.test_check import projects_of

MAIN = "0A1B2C-3D4E5F-678901"


def checked() -> None:
    fleet("check", "--organization", ORGANIZATION, "--confirm", "none")


def journal() -> list[dict[str, Any]]:
    path = Path("state/journal.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def apply(*words: str, exit_code: int | None = None) -> Any:
    return fleet("apply", "--billing-account", MAIN, "--journal", "state/journal.jsonl", *words, exit_code=exit_code)


def test_the_plan_tells_what_the_run_knows_and_asks_no_one(cloud: Running) -> None:
    checked()
    before = len(cloud.requests())
    said = fleet("plan", "--billing-account", MAIN, exit_code=0).stdout
    assert "8 projects to change" in said
    assert f"link    billingAccounts/{MAIN} to 4 projects" in said
    assert "enable  aiplatform.googleapis.com in 4 projects" in said
    assert "left    4 projects with something else in the way" in said  # a closed account
    assert len(cloud.requests()) == before


def test_without_an_account_who_has_none_is_left_alone(cloud: Running) -> None:
    checked()
    said = fleet("plan", exit_code=0).stdout
    assert "link" not in said
    assert "left    4 projects without a billing account" in said


def test_a_canary_then_the_rest_and_each_change_is_in_the_journal(cloud: Running) -> None:
    Path("state").mkdir()
    one_folder = ("--folder", "200000000001")
    fleet("check", *one_folder, "--confirm", "none")
    apply("--yes", "--limit", "1")
    assert {record["project_id"] for record in journal() if "project_id" in record} == {"team-app-001"}
    apply("--yes")
    found = projects_of(*one_folder, "--confirm", "all")
    assert [name for name, row in found.items() if row["verdict"] != "ready"] == ["team-app-017"]  # a closed account
    assert {each["project_id"] for each in journal() if "project_id" in each} == {"team-app-001", "team-app-013"}
    fleet("check", *one_folder, "--confirm", "none")
    before = len(cloud.requests())
    apply("--yes")  # nothing is left
    assert len(cloud.requests()) == before


def test_nothing_is_changed_without_a_yes(cloud: Running) -> None:
    checked()
    assert "add --yes" in apply(exit_code=2).stderr


def test_too_many_failures_stop_it(cloud: Running) -> None:
    Path("state").mkdir()
    fleet("check", "--folder", "200000000001", "--confirm", "none")
    cloud.fail_next("*/EnableService", 403, first=100)
    result = apply("--yes", "--max-failures", "1", exit_code=1)
    assert "projects did not become ready, so no other was begun" in result.stderr


def test_a_run_of_another_place_is_refused(cloud: Running) -> None:
    checked()
    result = fleet("plan", "--service", "run.googleapis.com", exit_code=2)
    assert "is not of here" in result.stderr
