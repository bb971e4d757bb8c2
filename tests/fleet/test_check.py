"""Many projects at once: what is said of each, on what ground, and that a run goes on where it stood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.errors import ApiError, ErrorStatus
from provision.fleet import runs
from provision.fleet.inventory import list_projects, read_inventory
from provision.fleet.scope import Scope
from provision.fleet.store import Store
from provision.google.resource_manager import Project
from tests.accounts import api
from tests.fleet.conftest import COUNT, FAULTS, ORGANIZATION, fleet


def projects_of(*words: str) -> dict[str, dict[str, Any]]:
    """Return each project of a check by its id."""
    rows = map(json.loads, fleet("check", "--format", "jsonl", *words).stdout.splitlines())
    return {row["project_id"]: row for row in rows}


def calls(cloud: Running) -> list[str]:
    return [each["method"].rpartition("/")[2] for each in cloud.requests()]


def test_the_inventory_alone_never_says_ready_and_what_it_does_not_list_is_unknown(cloud: Running) -> None:
    found = projects_of("--organization", ORGANIZATION, "--confirm", "none")
    assert len(found) == COUNT  # and not the one that is being deleted
    for number in range(COUNT):
        row = found[f"team-app-{number:03}"]
        verdict, finding = {
            "": ("looks ready", ""),
            "no billing": ("not ready", "billing.enabled"),
            "closed account": ("not ready", "billing.enabled"),
            "no service": ("unknown", "services.enabled"),
        }[FAULTS[number % len(FAULTS)]]
        assert (row["verdict"], row["finding"], row["basis"]) == (verdict, finding, "inventory"), row
    assert not {"ListEndpoints", "BatchGetServices", "GetProjectBillingInfo"} & set(calls(cloud))
    assert len(calls(cloud)) < COUNT  # less than one for each


def test_a_project_that_was_asked_itself_is_ready_or_says_what_check_says(cloud: Running) -> None:
    found = projects_of("--organization", ORGANIZATION, "--confirm", "all")
    for number in range(COUNT):
        row = found[f"team-app-{number:03}"]
        expected = {
            "": ("ready", ""),
            "no billing": ("not ready", "BILLING_NOT_LINKED"),
            "closed account": ("not ready", "BILLING_ACCOUNT_NOT_OPEN"),
            "no service": ("not ready", "SERVICES_NOT_ENABLED"),
        }[FAULTS[number % len(FAULTS)]]
        assert (row["verdict"], row["diagnosis"], row["basis"]) == (*expected, "direct"), row
        assert row["direct_at"]
    assert calls(cloud).count("ListEndpoints") == COUNT


def test_what_is_younger_than_the_inventory_is_found_by_asking(cloud: Running) -> None:
    projects_of("--organization", ORGANIZATION, "--confirm", "none")
    api(cloud, "PUT", "/v1/projects/team-app-000/billingInfo", {"billingAccountName": ""})
    assert projects_of("--project", "team-app-000")["team-app-000"]["diagnosis"] == "BILLING_NOT_LINKED"


def test_the_report_groups_projects_by_what_is_in_their_way(cloud: Running) -> None:
    said = fleet("check", "--organization", ORGANIZATION, exit_code=1).stdout
    assert "4 projects, billing.enabled: no billing account is linked" in said
    assert "not ready   20 projects: 8 ready, 12 not ready" in said
    assert "the inventory was wrong about 0 of 16 projects" in said  # of the 4 others it had said nothing certain
    body = json.loads(fleet("report", "--format", "json", exit_code=1).stdout)
    assert body["verdicts"] == {"ready": 8, "not ready": 12}
    assert {each["diagnosis"]: each["projects"] for each in body["groups"]} == {
        "BILLING_NOT_LINKED": 4,
        "BILLING_ACCOUNT_NOT_OPEN": 4,
        "SERVICES_NOT_ENABLED": 4,
    }
    assert [each["parent"] for each in body["places"]] == [
        "folders/200000000001",
        "folders/200000000002",
        "folders/200000000003",
        "organizations/" + ORGANIZATION,
    ]


def test_exit_code_0_takes_every_project_and_having_asked_it(cloud: Running) -> None:
    good = [f"team-app-{number:03}" for number in (0, 4, 5)]
    Path("good.txt").write_text("# ours\n" + "\n".join(good) + "\n")
    fleet("check", "--projects", "good.txt", exit_code=0)
    fleet("check", "--organization", ORGANIZATION, "--label", "env=none", exit_code=3)  # nothing was seen at all


def test_folders_labels_and_accounts_choose(cloud: Running) -> None:
    below = projects_of("--folder", "200000000002", "--confirm", "none")
    assert {int(each.rpartition("-")[2]) % 4 for each in below} == {2, 3}
    labelled = projects_of("--folder", "200000000002", "--label", "env=prod", "--confirm", "none")
    assert {int(each.rpartition("-")[2]) % 4 for each in labelled} == {3}
    paid = projects_of("--billing-account", "0A1B2C-3D4E5F-678902", "--confirm", "none")
    assert {FAULTS[int(each.rpartition("-")[2]) % 5] for each in paid} == {"closed account"}


class Partly:
    """A Resource Manager that shows one folder of two."""

    def projects_in(self, parent: str) -> Iterator[Project]:
        if parent == "folders/2":
            raise ApiError(ErrorStatus(service="crm", method="ListProjects", code=403, status="PERMISSION_DENIED"))
        yield Project(
            project_id=f"in-{parent.replace('/', '-')}", project_number=parent[-1], state="ACTIVE", parent=parent
        )

    def folders_in(self, parent: str) -> Iterator[tuple[str, str]]:
        yield from [("folders/1", "One"), ("folders/2", "Two")] if parent == "organizations/9" else []


def test_a_folder_that_is_refused_makes_the_run_partial_and_never_shorter_in_silence(tmp_path: Path) -> None:
    store = Store(tmp_path / "x.run", create=True)
    clients: Any = SimpleNamespace(progress=lambda _: None, resource_manager=Partly())
    list_projects(Scope(roots=("organizations/9",)), clients, store)
    assert [each.project_id for each in store.facts()] == ["in-folders-1", "in-organizations-9"]
    assert [each.partition(" could")[0] for each in store.troubles] == ["folders/2"]
    store.close()


def test_an_inventory_that_is_refused_is_one_sentence_and_needed_by_no_one_who_asks_every_project(
    cloud: Running,
) -> None:
    cloud.fail_next("*searchAllResources", 403, first=2)
    refused = fleet("check", "--organization", ORGANIZATION, exit_code=1)
    assert "cloudasset.googleapis.com SearchAllResources" in refused.stderr
    assert "fix:" in refused.stderr
    fleet("check", "--folder", "200000000001", "--confirm", "all", exit_code=1)


def test_an_inventory_that_breaks_off_makes_the_run_partial(tmp_path: Path) -> None:
    def search(*_: object, **__: object) -> Iterator[list[dict[str, Any]]]:
        yield []
        raise ApiError(ErrorStatus(service="asset", method="SearchAllResources", status="UNAVAILABLE"))

    store = Store(tmp_path / "x.run", create=True)
    clients: Any = SimpleNamespace(progress=lambda _: None, cloud_asset=SimpleNamespace(search=search))
    read_inventory(Scope(roots=("organizations/9",)), ("aiplatform.googleapis.com",), clients, store)
    assert [each.partition(" could")[0] for each in store.troubles] == [
        "who pays in organizations/9",
        "what is enabled in organizations/9",
    ]
    store.close()


def test_an_organization_that_may_not_be_seen_is_one_sentence(cloud: Running) -> None:
    result = fleet("check", "--organization", "999", exit_code=1)
    assert "organizations/999" in result.stderr
    assert "Traceback" not in result.output


def test_a_run_that_was_stopped_goes_on_and_asks_nothing_twice(cloud: Running) -> None:
    first = fleet("check", "--organization", ORGANIZATION, "--confirm", "none", exit_code=1)
    before = len(calls(cloud))
    store = Store(runs.kept()[0])
    store.note(state="running")  # as a run that was killed leaves it
    store.close()
    result = fleet("check", "--organization", ORGANIZATION, "--confirm", "all", exit_code=1)
    again = calls(cloud)[before:]
    assert "ListProjects" not in again
    assert again.count("ListEndpoints") >= COUNT
    assert first.stdout.split("run: ")[1].split()[0] in result.stdout


def test_two_at_once_do_not_work_on_one_run(cloud: Running) -> None:
    fleet("check", "--folder", "200000000001", "--confirm", "none", "--run", "mine")
    with runs.held(runs.find("mine")):
        result = fleet("check", "--folder", "200000000001", "--run", "mine", exit_code=2)
    assert "another process works on the run mine" in result.stderr


def test_a_run_of_other_projects_is_not_overwritten(cloud: Running) -> None:
    fleet("check", "--folder", "200000000001", "--confirm", "none", "--run", "mine")
    result = fleet("check", "--folder", "200000000002", "--confirm", "none", "--run", "mine", exit_code=2)
    assert "the run mine is of other projects" in result.stderr


def test_the_parts_of_a_whole_are_reported_as_one(cloud: Running) -> None:
    for part in ("1/3", "2/3"):
        name = f"./shard-{part[0]}.run"
        fleet("check", "--organization", ORGANIZATION, "--confirm", "none", "--shard", part, "--run", name)
    assert "of 3 shards these are not here: 3" in fleet("report", "./shard-1.run", "./shard-2.run").stdout
    fleet("check", "--organization", ORGANIZATION, "--confirm", "none", "--shard", "3/3", "--run", "./shard-3.run")
    whole = json.loads(fleet("report", "--format", "json", *(f"./shard-{at}.run" for at in (1, 2, 3))).stdout)
    assert (whole["projects"], whole["troubles"]) == (COUNT, [])


def test_what_changed_since_the_run_before_is_told_and_asked_itself(cloud: Running) -> None:
    fleet("check", "--organization", ORGANIZATION, "--confirm", "none")
    api(cloud, "PUT", "/v1/projects/team-app-000/billingInfo", {"billingAccountName": ""})
    result = fleet("check", "--organization", ORGANIZATION, "--confirm", "sample")
    assert "1 are not ready any more: team-app-000" in result.stdout


def test_a_cell_is_never_a_formula(cloud: Running) -> None:
    said = fleet("check", "--folder", "200000000001", "--confirm", "none", "--format", "csv").stdout
    assert said.startswith("project_id,project_number,parent,")
    assert len(said.splitlines()) == COUNT / 4 + 1


def test_the_page_loads_nothing_and_tells_groups_and_folders(cloud: Running) -> None:
    said = fleet("check", "--organization", ORGANIZATION, "--confirm", "none", "--format", "html").stdout
    assert "4 projects" in said
    assert "folders/200000000003" in said
    assert not re.findall(r"(?:src|href)=\"(?!data:)", said)


def test_a_run_that_was_killed_before_it_began_hides_no_other(cloud: Running) -> None:
    fleet("check", "--folder", "200000000001", "--confirm", "none")
    Store(runs.folder() / "29990101-000000-dead.run", create=True).close()
    said = fleet("runs", exit_code=0).stdout.splitlines()
    assert said[0].startswith("29990101-000000-dead  cannot be read: the command that made it was stopped")
    assert "folders/200000000001" in said[1]
    assert "stopped before it had begun" in fleet("report", exit_code=2).stderr


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"x" * 200])
def test_what_is_no_run_is_one_sentence(content: bytes) -> None:
    Path("x.run").write_bytes(content)
    result = fleet("report", "./x.run", exit_code=2)
    assert "x.run" in result.stderr
    assert "Traceback" not in result.output
