"""A plan file is carried out exactly, or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.commands import plan_file
from provision.commands.apply import apply as run_apply
from provision.commands.plan import plan as run_plan
from provision.config import Config
from provision.errors import ProvisionError, StalePlanError, UsageError
from provision.journal import Journal
from provision.plan import Change, Run
from tests.conftest import clients_for, config_for

PLAN = Path("plan.json")
CONTROL = "cloudresourcemanager.googleapis.com"


@pytest.fixture
def sandbox(patient_sandbox: Running) -> Running:
    return patient_sandbox


def empty(sandbox: Running, **more: Any) -> Config:
    return config_for(
        sandbox, project__id=sandbox["empty_project"], billing__account=sandbox["billing_account"], **more
    )


def plan(config: Config) -> Run:
    return run_plan(config, clients_for(config), out=PLAN)


def apply(config: Config, *, clients: Any = None) -> Run:
    return run_apply(
        config,
        clients or clients_for(config),
        journal=Journal(Path("journal.jsonl")),
        approve=lambda _: True,
        planned=plan_file.read(PLAN),
    )


def mutations(sandbox: Running) -> list[str]:
    return [entry["method"].rpartition("/")[2] for entry in sandbox.requests() if entry["mutates"]]


def test_a_plan_is_carried_out_as_it_stands(sandbox: Running) -> None:
    config = empty(sandbox)
    shown = plan(config)
    assert mutations(sandbox) == []
    run = apply(config)
    assert run.verdict == "ready"
    assert [each.change for each in run.applied] == list(shown.changes)


def test_a_plan_says_who_made_it_for_what_and_from_which_configuration(sandbox: Running) -> None:
    plan(empty(sandbox))
    read = plan_file.read(PLAN)
    assert read.principal.endswith("gserviceaccount.com")
    assert (read.target, read.target_address) == ("sandbox", sandbox["rest_url"])
    assert read.settings["billing.account"] == sandbox["billing_account"]
    assert all(change.why for change in read.changes)
    assert "ya29" not in PLAN.read_text()


def link(sandbox: Running, config: Config, account: str) -> None:
    clients_for(config).cloud_billing.link(sandbox["empty_project"], account)


def test_what_changed_since_is_named_and_nothing_is_done(sandbox: Running) -> None:
    config = empty(sandbox)
    plan(config)
    link(sandbox, config, sandbox["billing_account"])
    before = mutations(sandbox)
    with pytest.raises(StalePlanError) as refused:
        apply(config)
    assert "link projects/sandbox-empty/billingInfo is not needed any more" in refused.value.cause
    assert mutations(sandbox) == before


def test_a_service_that_someone_enabled_since_is_named(sandbox: Running) -> None:
    config = empty(sandbox)
    link(sandbox, config, sandbox["billing_account"])
    plan(config)
    clients_for(config).service_usage.batch_enable(config.project_id, [CONTROL], deadline_s=10)
    with pytest.raises(StalePlanError) as refused:
        apply(config)
    assert CONTROL in refused.value.cause
    assert "what is to be there was" in refused.value.cause


def test_a_dangerous_change_is_never_planned_unless_asked_for_and_is_marked(sandbox: Running) -> None:
    config = empty(sandbox)
    link(sandbox, config, sandbox["closed_billing_account"])
    assert not any(change.action == "link" for change in plan(config).changes)
    asked = empty(sandbox, billing__relink=True)
    (relink,) = (change for change in plan(asked).changes if change.action == "link")
    assert relink.dangerous
    assert relink.before == sandbox["closed_billing_account"]


def test_a_plan_for_another_project_place_or_configuration_is_refused(sandbox: Running) -> None:
    config = empty(sandbox)
    plan(config)
    with pytest.raises(StalePlanError, match="not for this") as refused:
        apply(config_for(sandbox))
    assert f"it was made for {sandbox['empty_project']}" in refused.value.cause
    with pytest.raises(StalePlanError) as refused:
        apply(empty(sandbox, services=("aiplatform.googleapis.com",)))
    assert "services was [" in refused.value.cause
    body = {**json.loads(PLAN.read_text()), "target": "Google Cloud", "target_address": ""}
    rewrite(body)
    with pytest.raises(StalePlanError) as refused:
        apply(config)
    assert "it was made for Google Cloud, and this is sandbox" in refused.value.cause
    assert "two worlds" not in refused.value.cause
    rewrite({**body, "target": "sandbox", "target_address": "http://127.0.0.1:1"})
    with pytest.raises(StalePlanError) as refused:
        apply(config)
    assert "two sandboxes are two worlds" in refused.value.cause
    assert mutations(sandbox) == []


def rewrite(body: dict[str, Any]) -> None:
    body.pop("digest", None)
    PLAN.write_text(json.dumps({**body, "digest": plan_file._digest(body)}))


def test_limits_may_differ_from_those_of_the_plan(sandbox: Running) -> None:
    plan(empty(sandbox))
    assert apply(empty(sandbox, limits__call_timeout=9)).verdict == "ready"


def made(**more: Any) -> dict[str, Any]:
    change = Change(step="billing", action="link", resource="projects/p/billingInfo", after="x", why="w")
    body: dict[str, Any] = {
        "format": "provision plan",
        "version": 1,
        "created": "2026-01-01T00:00:00+00:00",
        "target": "sandbox",
        "target_address": "",
        "project_id": "p",
        "principal": "",
        "config": "sha256:x",
        "settings": {},
        "changes": [vars(change)],
    }
    return body | more


def test_a_torn_plan_is_refused_wherever_it_is_torn() -> None:
    rewrite(made())
    whole = PLAN.read_bytes()
    assert plan_file.read(PLAN).changes
    for length in range(0, len(whole) - 1, 7):
        PLAN.write_bytes(whole[:length])
        with pytest.raises(UsageError):
            plan_file.read(PLAN)


def test_an_edited_plan_is_refused() -> None:
    rewrite(made())
    PLAN.write_text(PLAN.read_text().replace("billingInfo", "billingInf0"))
    with pytest.raises(UsageError, match="was changed after it was made"):
        plan_file.read(PLAN)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (made(version=2), "is of version 2"),
        (made(format="terraform"), "is not a plan"),
        (made(changes=[{"step": "billing"}]), "not a whole plan"),
        ({"format": "provision plan", "version": 1}, "not a whole plan"),
    ],
)
def test_what_is_no_plan_of_this_version_is_refused(body: dict[str, Any], message: str) -> None:
    rewrite(body)
    with pytest.raises(UsageError, match=message):
        plan_file.read(PLAN)


def test_a_missing_plan_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        plan_file.read(Path("none.json"))


def test_a_plan_is_written_whole_or_not_at_all(sandbox: Running) -> None:
    config = empty(sandbox)
    PLAN.write_text("the old one")
    os.chmod(".", 0o500)  # noqa: PTH101 - the folder of this test
    try:
        if os.geteuid() != 0:
            with pytest.raises(ProvisionError, match="cannot be written"):
                plan(config)
            assert PLAN.read_text() == "the old one"
    finally:
        os.chmod(".", 0o700)  # noqa: PTH101 - likewise
    with pytest.raises(ProvisionError, match="cannot be written"):
        run_plan(config, clients_for(config), out=Path("none/plan.json"))
    assert sorted(path.name for path in Path().glob("*plan*")) == ["plan.json"]


def test_no_plan_is_written_while_something_stands_in_its_way(sandbox: Running) -> None:
    config = config_for(sandbox, project__id="no-such-project")
    assert plan(config).blocking_check
    assert not PLAN.exists()


class Killed(BaseException):
    """The process is gone."""


def test_a_plan_that_was_cut_off_is_finished_by_applying_it_again(sandbox: Running) -> None:
    config = empty(sandbox)
    plan(config)
    clients = clients_for(config)
    service_usage = clients.service_usage

    class Cut:
        def __getattr__(self, name: str) -> Any:
            if name == "batch_enable":
                raise Killed
            return getattr(service_usage, name)

    clients.__dict__["service_usage"] = Cut()
    with pytest.raises(Killed):
        apply(config, clients=clients)
    assert apply(config).verdict == "ready"
    assert mutations(sandbox) == ["UpdateProjectBillingInfo", "BatchEnableServices"]


def test_the_options_of_plan_stand_in_the_file_and_nothing_else_does(sandbox: Running) -> None:
    config = empty(sandbox)
    plan_file.write(
        PLAN, replace(config, sources={"project.id": "option --project", "services": "provision.yaml:3"}), "", ()
    )
    found = plan_file.given(plan_file.read(PLAN), {})
    assert found == {"project.id": (config.project_id, "plan.json")}


def test_a_variable_that_says_otherwise_now_is_not_passed_over(sandbox: Running) -> None:
    config = replace(empty(sandbox), sources={"project.id": "environment GOOGLE_CLOUD_PROJECT"})
    plan_file.write(PLAN, config, "", ())
    plan = plan_file.read(PLAN)
    assert plan_file.given(plan, {}) == {"project.id": (config.project_id, "plan.json")}
    assert plan_file.given(plan, {"GOOGLE_CLOUD_PROJECT": "another-one"}) == {}


def test_a_device_or_a_link_is_written_and_not_replaced(sandbox: Running) -> None:
    os.mkfifo("pipe")
    keeper = os.open("pipe", os.O_RDWR | os.O_NONBLOCK)
    plan_file.write(Path("pipe"), empty(sandbox), "", ())
    assert Path("pipe").is_fifo()
    assert os.read(keeper, 100_000).startswith(b"{")
    os.close(keeper)
    Path("link.json").symlink_to(PLAN)
    plan_file.write(Path("link.json"), empty(sandbox), "", ())
    assert Path("link.json").is_symlink()
    assert plan_file.read(PLAN).project_id == sandbox["empty_project"]
