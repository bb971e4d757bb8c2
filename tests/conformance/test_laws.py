"""Laws that hold for every step, whatever it does. A new step is under them without being named here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running

from provision.clients import Clients
from provision.commands.apply import apply as run_apply
from provision.commands.check import check as run_check
from provision.commands.plan import plan
from provision.commands.run import BY_NAME, REQUIRES
from provision.commands.smoke_test import smoke_test
from provision.config import Config
from provision.google.transport import Transport
from provision.graph import ancestors
from provision.journal import Journal, read
from provision.plan import Change
from provision.steps import STEPS, changing, name_of
from tests.conftest import clients_for, config_for

STEP_NAMES = [name_of(step) for step in STEPS]
CHANGING = [name_of(step) for step in STEPS if changing(step)]
# What Google is told for each kind of change; waiting tells it nothing.
CALL_OF = {
    "project create": "CreateProject",
    "billing link": "UpdateProjectBillingInfo",
    "services enable": "BatchEnableServices",
    "identity create": "CreateServiceAccount",
    "identity grant": "SetIamPolicy",
    "ci create": "CreateServiceAccount",
    "ci grant": "SetIamPolicy",
}


def call_of(change: Change) -> str | None:
    if "/workloadIdentityPools/" in change.resource:
        return change.action
    return None if change.action == "wait" else CALL_OF[f"{change.step} {change.action}"]


def ready_world(sandbox: Running) -> Config:
    return config_for(sandbox)


def empty_world(sandbox: Running) -> Config:
    return config_for(sandbox, project__id=sandbox["empty_project"], billing__account=sandbox["billing_account"])


def no_project(sandbox: Running) -> Config:
    return config_for(
        sandbox,
        project__id="brand-new-project",
        project__create=True,
        project__parent=sandbox["organization"],
        billing__account=sandbox["billing_account"],
    )


def no_identities(sandbox: Running) -> Config:
    return config_for(
        sandbox, identity__service_account="chat-runtime", ci__provider="github", ci__repository="my-team/chat"
    )


WORLDS: list[Callable[[Running], Config]] = [ready_world, empty_world, no_project, no_identities]
UNREADY = [empty_world, no_project, no_identities]
worlds = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.__name__)
unready = pytest.mark.parametrize("world", UNREADY, ids=lambda world: world.__name__)


def state(sandbox: Running) -> Any:
    return requests.get(f"{sandbox['rest_url']}/sandbox/v1/state", timeout=10).json()


def changing_calls(sandbox: Running) -> list[str]:
    """Every call that changed something; a token is not a change, nor is an answer to a chat."""
    return [entry["method"].rpartition("/")[2].rpartition(".")[2] for entry in sandbox.requests() if changes(entry)]


def changes(entry: dict[str, Any]) -> bool:
    return bool(entry["mutates"]) and entry["status"] in {200, "OK"}


def apply(config: Config, clients: Clients | None = None) -> Any:
    return run_apply(
        config, clients or clients_for(config), journal=Journal(Path("journal.jsonl")), approve=lambda _: True
    )


def attempted_changes(sandbox: Running) -> list[str]:
    """Every method that could have changed something, whether it was let through or not."""
    return [entry["method"] for entry in sandbox.requests() if entry["mutates"]]


@worlds
def test_looking_changes_nothing_and_calls_no_method_that_could(
    subtests: pytest.Subtests, sandbox: Running, world: Callable[[Running], Config]
) -> None:
    config = world(sandbox)
    before = state(sandbox)
    for name in STEP_NAMES:
        with subtests.test(name):
            asked = len(sandbox.requests())
            BY_NAME[name].observe(config, clients_for(config))
            assert state(sandbox) == before
            assert attempted_changes(sandbox) == []
            # What a step says it needs permission for, it asks; the rest may have nothing to ask in this world.
            if BY_NAME[name].PERMISSIONS and name not in {"identity", "ci"}:
                assert len(sandbox.requests()) > asked


@worlds
def test_a_whole_check_calls_no_method_that_could_change_anything(
    sandbox: Running, world: Callable[[Running], Config]
) -> None:
    config = world(sandbox)
    run_check(config, clients_for(config))
    assert attempted_changes(sandbox) == []
    smoke_test(config, clients_for(config))
    assert attempted_changes(sandbox) == []


@worlds
def test_evaluating_yields_only_declared_checks_and_planning_twice_gives_the_same_plan(
    subtests: pytest.Subtests, sandbox: Running, world: Callable[[Running], Config]
) -> None:
    config = world(sandbox)
    for name in STEP_NAMES:
        with subtests.test(name):
            step = BY_NAME[name]
            seen = step.observe(config, clients_for(config))
            for observed in (seen, step.UNOBSERVED):
                checks = list(step.evaluate(config, observed))
                assert {check.id for check in checks} <= {each.id for each in step.CHECKS}
                assert len({check.id for check in checks}) == len(checks)
            planner = changing(step)
            if planner is not None:
                assert list(planner.plan(config, seen)) == list(planner.plan(config, seen))


@unready
def test_apply_makes_the_planned_calls_and_no_other(sandbox: Running, world: Callable[[Running], Config]) -> None:
    config = world(sandbox)
    planned = plan(config, clients_for(config)).changes
    assert planned
    run = apply(config)
    assert run.verdict == "ready", run.root_cause
    # Steps that do not need each other run side by side.
    assert sorted(changing_calls(sandbox)) == sorted(call for call in map(call_of, planned) if call)


@unready
def test_the_preview_is_what_apply_then_does(sandbox: Running, world: Callable[[Running], Config]) -> None:
    config = world(sandbox)

    def message(change: Change) -> tuple[str, Any]:
        return str(change), change.after

    preview = [message(change) for change in plan(config, clients_for(config)).changes]
    assert [message(each.change) for each in apply(config).applied] == preview


@unready
def test_after_apply_there_is_nothing_to_plan(sandbox: Running, world: Callable[[Running], Config]) -> None:
    config = world(sandbox)
    apply(config)
    after = state(sandbox)
    again = apply(config)
    assert again.changes == ()
    assert again.applied == ()
    assert again.verdict == "ready"
    assert state(sandbox) == after


@unready
def test_where_there_is_something_to_plan_evaluating_fails_before_and_passes_after(
    sandbox: Running, world: Callable[[Running], Config]
) -> None:
    config = world(sandbox)
    steps = {change.step for change in plan(config, clients_for(config)).changes}
    before = run_check(config, clients_for(config))
    for name in steps:
        assert any(check.status in {"fail", "blocked"} for check in before.checks if check.step == name), name
    apply(config)
    after = run_check(config, clients_for(config))
    assert all(check.status in {"pass", "skipped"} for check in after.checks if check.step in steps)


@worlds
def test_observing_needs_no_other_step(sandbox: Running, world: Callable[[Running], Config]) -> None:
    """Each step alone sees what it sees in company."""
    config = world(sandbox)
    together = run_check(config, clients_for(config), skip=("chat",))
    for name in STEP_NAMES:
        if name == "chat" or ancestors(name, REQUIRES) & set(CHANGING):
            continue
        alone = run_check(config, clients_for(config), only=(name,))
        assert {
            check.id: check.summary for check in alone.checks if check.step == name and check.status != "skipped"
        } == {check.id: check.summary for check in together.checks if check.step == name}


class Killed(BaseException):
    """The process is gone."""


class CutTransport(Transport):
    """A transport that ends at its n-th change, before it is sent or after it was carried out."""

    def __init__(self, like: Transport, fatal: int, *, sent: bool) -> None:
        super().__init__(
            credentials=like.credentials,
            address=like.address,
            call_timeout_s=like.call_timeout_s,
            retry_budget_s=like.retry_budget_s,
            log=like.log,
            sleep=like.sleep,
        )
        self.__dict__.update(fatal=fatal, sent=sent, count=0)

    def call(self, *arguments: Any, **named: Any) -> Any:
        self.__dict__["count"] += named.get("mutation") is not None
        if self.__dict__["count"] < self.__dict__["fatal"]:
            return super().call(*arguments, **named)
        if (
            self.__dict__["sent"]
            and named.get("mutation") is not None
            and self.__dict__["count"] == self.__dict__["fatal"]
        ):
            super().call(*arguments, **named)
        raise Killed


def cut_clients(config: Config, fatal: int, *, sent: bool) -> Clients:
    clients = clients_for(config)
    clients.__dict__["transport"] = CutTransport(clients.transport, fatal, sent=sent)
    return clients


@pytest.mark.parametrize("world", [no_project, no_identities], ids=lambda world: world.__name__)
@pytest.mark.parametrize("sent", [False, True], ids=["before it was sent", "after it was carried out"])
def test_an_apply_cut_off_at_any_change_is_finished_by_the_next(
    subtests: pytest.Subtests, sandbox: Running, world: Callable[[Running], Config], sent: bool
) -> None:
    """Reads change nothing (the first law): a cut at one of them is a cut before the next change."""
    config = world(sandbox)
    assert apply(config).verdict == "ready"
    whole = len(changing_calls(sandbox))
    assert whole > 2
    for fatal in range(1, whole + 1):
        sandbox.reset()
        with subtests.test(fatal=fatal):
            with pytest.raises(Killed):
                apply(config, cut_clients(config, fatal, sent=sent))
            sandbox.advance(60)  # what Google was asked for before the cut, it has done by now
            run = apply(config)
            assert run.verdict == "ready", run.root_cause
            sandbox.advance(60)
            assert plan(config, clients_for(config)).changes == ()
            calls = [(entry["method"], entry["path"]) for entry in sandbox.requests() if changes(entry)]
            assert len(calls) == whole, f"not each once: {calls}"


def test_the_journal_holds_every_change(sandbox: Running) -> None:
    config = no_project(sandbox)
    run = apply(config)
    records = list(read(Path("journal.jsonl")))
    intents = [record["change"]["resource"] for record in records if record["record"] == "intent"]
    assert intents == [each.change.resource for each in run.applied]
    assert [record["outcome"] for record in records if record["record"] == "outcome"] == ["done"] * len(intents)
    assert records[0]["principal"].endswith("gserviceaccount.com")
    assert "ya29" not in json.dumps(records)
