"""The module and its examples in a sandbox: what they make, that it stays, and what goes with them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from gcp_emulator.server import Running

from emulator.tests.conftest import Cloud
from tests.terraform.working import CHANGES, MODULE, UNOBSERVED, Working

ACCOUNT = "0A1B2C-3D4E5F-678901"
OTHER = "0A1B2C-3D4E5F-678903"
PARENT = "organizations/100000000001"
INPUTS: dict[str, dict[str, Any]] = {
    "new-project": {"billing_account": ACCOUNT, "parent": PARENT, "project_id": "example-chat"},
    "existing-project": {"billing_account": ACCOUNT, "project_id": "adopted-project"},
    "keyless-ci": {"project_id": "paid-by-another", "repository": "my-team/chat", "repository_id": "1234"},
    "fleet": {"billing_account": ACCOUNT, "parent": PARENT},
}


def expected(text: str) -> dict[str, int]:
    """Read what the line `# expect:` of an example promises."""
    line = re.search(r"^# expect: (.*)$", text, re.MULTILINE)
    assert line is not None
    return {name: int(count) for name, count in (each.split("=") for each in line[1].split())}


@pytest.mark.parametrize("name", INPUTS)
def test_an_example_makes_what_it_says_and_then_nothing_more(name: str, example: Any) -> None:
    root: Working = example(name)
    root.write(**INPUTS[name])
    root.apply()
    made = Counter(re.sub(r"\[.*?\]", "", each).split(".")[-2] for each in root.addresses() if ".data." not in each)
    assert dict(made) == expected((MODULE / "examples" / name / "main.tf").read_text("utf-8"))
    assert root.plan() == UNOBSERVED


def test_a_fleet_s_file_with_a_misspelled_key_stops_the_plan(example: Any) -> None:
    root: Working = example("fleet")
    (root.folder / "projects" / "sales.yaml").write_text("project: {id: fleet-sales-chat}\nbudgets: {amount: 5}\n")
    root.write(**INPUTS["fleet"])
    refused = root("plan")
    assert refused.code == 1
    assert "Unknown in projects/: budgets (sales.yaml)" in refused.message


def test_destroy_leaves_a_project_that_was_there_as_it_was(module: Working, cloud: Running) -> None:
    module.write(
        project={"id": "adopted-project"},
        billing={"account": ACCOUNT},
        identity={"service_account": "chat-runtime"},
        ci={"provider": "github", "repository": "my-team/chat"},
    )
    module.apply()
    module.destroy()
    table = cloud.state()
    project = next(each for each in table["resourcemanager.projects"].values() if each["id"] == "adopted-project")
    assert project["state"] == "ACTIVE"
    enabled = [each for each in table["serviceusage.enablements"].values() if each["number"] == project["number"]]
    assert any(each["service"] == "aiplatform.googleapis.com" and each["enabled"] for each in enabled)
    assert ACCOUNT in str(table["billing.links"])
    assert "chat-runtime@adopted-project" not in str(table["iam.service_accounts"].keys())


def test_a_project_made_here_does_not_go_by_accident_and_keeps_all_that_is_in_it(
    module: Working, google: Cloud
) -> None:
    wanted: dict[str, Any] = {
        "project": {"id": "my-team-chat", "create": True, "parent": PARENT},
        "services": ["iam.googleapis.com", "serviceusage.googleapis.com"],
        "identity": {"service_account": "chat-runtime", "roles": ["roles/browser"]},
    }
    module.write(**wanted)
    module.apply()
    before = module.addresses()
    policy = google.post("/v1/projects/my-team-chat:getIamPolicy", {})
    refused = module("destroy", "-auto-approve")
    assert refused.code == 1
    assert 'without setting deletion_policy="DELETE"' in refused.message
    assert module.addresses() == before
    assert google.post("/v1/projects/my-team-chat:getIamPolicy", {}) == policy
    module.write(**{**wanted, "project": {**wanted["project"], "deletion_policy": "DELETE"}})
    assert "0 added, 2 changed, 0 destroyed" in module.apply().message, "nothing has to be made anew"
    module.destroy()
    assert google.get("/v1/projects/my-team-chat")["lifecycleState"] == "DELETE_REQUESTED"


def test_an_account_that_was_unlinked_elsewhere_is_told(module: Working, google: Cloud) -> None:
    """The provider compares only a link that is there: the plan is empty, and the check sees it."""
    project = {"id": "my-team-chat", "create": True, "parent": PARENT}
    module.write(project=project, billing={"account": ACCOUNT}, services=["iam.googleapis.com"])
    assert "no longer linked" not in module.apply().message
    google.put("/v1/projects/my-team-chat/billingInfo", {"billingAccountName": ""})
    planned = module("plan", "-detailed-exitcode")
    assert planned.code == UNOBSERVED
    assert f"Billing account {ACCOUNT} is no longer linked to my-team-chat" in planned.message


def test_who_pays_is_not_changed_without_being_asked(module: Working) -> None:
    wanted: dict[str, Any] = {"project": {"id": "paid-by-another"}, "billing": {"account": ACCOUNT}}
    module.write(**wanted)
    refused = module("plan")
    assert refused.code == 1
    assert "is paid by another billing account. Set billing.relink = true" in refused.message
    wanted["billing"]["relink"] = True
    module.write(**wanted)
    module.apply()
    assert module.plan() == UNOBSERVED


@pytest.fixture
def google(cloud: Running) -> Iterator[Cloud]:
    """Someone else, who calls Google past Terraform."""
    someone = Cloud(cloud)
    with someone.session:
        yield someone


def test_labels_of_others_stay_and_ours_change_in_place(module: Working, google: Cloud) -> None:
    project = {"id": "my-team-chat", "create": True, "parent": PARENT, "labels": {"team": "chat", "old": "yes"}}
    module.write(project=project, services=["iam.googleapis.com"])
    module.apply()
    found = google.get("/v1/projects/my-team-chat")
    google.put("/v1/projects/my-team-chat", {**found, "labels": {**found["labels"], "by": "ann"}})
    assert module.plan() == UNOBSERVED
    module.write(project={**project, "labels": {"team": "talk"}}, services=["iam.googleapis.com"])
    assert module.plan() == CHANGES
    module.apply()
    assert google.get("/v1/projects/my-team-chat")["labels"] == {
        "by": "ann",
        "goog-terraform-provisioned": "true",
        "team": "talk",
    }


def test_a_grant_that_someone_took_away_comes_back_and_those_of_others_stay(module: Working, google: Cloud) -> None:
    module.write(
        project={"id": "adopted-project"},
        iam_members={"ann": {"role": "roles/viewer", "member": "user:ann@terraform.example.com"}},
        services=["iam.googleapis.com"],
    )
    module.apply()
    policy = google.post("/v1/projects/adopted-project:getIamPolicy", {})
    theirs = {"role": "roles/browser", "members": ["user:bob@terraform.example.com"]}
    kept = [each for each in policy["bindings"] if each["role"] != "roles/viewer"]
    google.post("/v1/projects/adopted-project:setIamPolicy", {"policy": {**policy, "bindings": [*kept, theirs]}})
    assert module.plan() == CHANGES
    module.apply()
    bindings = google.post("/v1/projects/adopted-project:getIamPolicy", {})["bindings"]
    held = {each["role"]: each["members"] for each in bindings}
    assert held["roles/viewer"] == ["user:ann@terraform.example.com"]
    assert held["roles/browser"] == theirs["members"]
