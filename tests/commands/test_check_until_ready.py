"""`check --wait`: it waits for what passes by itself, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from provision.clients import Clients
from provision.commands.check import check as run_check
from provision.commands.check_until_ready import check_until_ready
from provision.config import Config
from tests.accounts import api
from tests.conftest import clients_for, config_for


@pytest.fixture
def slow() -> Iterator[Running]:
    """A sandbox in which an enabled service is usable after a minute, and where only waiting takes time."""
    with running(clock=0.0, propagation=60.0, grpc=False) as ready:
        yield ready


def times_asked(sandbox: Running, method: str) -> int:
    return sum(method in entry["method"] for entry in sandbox.requests())


def enabled_a_moment_ago(sandbox: Running) -> tuple[Config, Clients]:
    """A project right after an apply: billing is linked, the services are on, and not usable yet."""
    config = config_for(sandbox, project__id=sandbox["empty_project"])
    path = f"/v1/projects/{config.project_id}"
    api(sandbox, "PUT", f"{path}/billingInfo", {"billingAccountName": sandbox["billing_account"]})
    api(sandbox, "POST", f"{path}/services:batchEnable", {"serviceIds": list(config.services)})
    sandbox.advance(2)
    # About half of the calls get through. That none of the first is refused would be chance.
    sandbox.do(lambda inner: inner.faults.add([{"error": "SERVICE_DISABLED", "method": "*/ListEndpoints"}] * 2))
    clients = clients_for(config)
    clients.sleep = sandbox.advance
    return config, clients


def test_right_after_an_apply_it_waits_until_the_service_is_usable(slow: Running) -> None:
    config, clients = enabled_a_moment_ago(slow)
    message: list[str] = []
    clients.progress = message.append
    run = check_until_ready(config, clients, wait_s=30)
    assert run.exit_code == 0, run.standing
    assert {wait.what for wait in run.waits} >= {"services.usable", "3 answers in a row"}
    assert any(line.startswith("waiting for services.usable: ") for line in message)
    assert [check.status for check in run.checks if check.id == "chat.answers"] == ["pass"]


def test_ready_means_three_answers_in_a_row_and_then_one_chat(sandbox: Running) -> None:
    config = config_for(sandbox)
    clients = clients_for(config)
    run_check(config, clients)
    once = times_asked(sandbox, "ListEndpoints")
    run = check_until_ready(config, clients_for(config), wait_s=30)
    assert run.exit_code == 0
    assert times_asked(sandbox, "ListEndpoints") == once + once + 3
    assert sum(wait.what == "3 answers in a row" for wait in run.waits) == 2
    assert len([call for call in run.calls if call.method == "ChatCompletions" and call.status == "OK"]) == 1


def test_what_waiting_cannot_fix_ends_it_at_once(sandbox: Running) -> None:
    config = config_for(sandbox, project__id=sandbox["empty_project"])
    run = check_until_ready(config, clients_for(config), wait_s=3600)
    assert run.exit_code == 1
    assert run.root_cause is not None
    assert run.root_cause.id == "billing.enabled"
    assert not [wait for wait in run.waits if "another try" not in wait.what]


class Hours:
    """A clock on which only waiting takes time."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_what_a_caller_may_not_see_keeps_no_one_from_waiting(sandbox: Running) -> None:
    faults = [
        {"error": "ORG_POLICY_NOT_READABLE", "first": 10_000},
        {"error": "SERVICE_DISABLED", "method": "*/ListEndpoints", "first": 17},
    ]
    sandbox.do(lambda inner: inner.faults.add(faults))
    hours = Hours()
    config = config_for(sandbox)
    clients = clients_for(config)
    clients.sleep, clients.clock = hours.sleep, lambda: hours.now
    run = check_until_ready(config, clients, wait_s=600, only=("services", "policy", "chat"))
    assert run.exit_code == 0, run.standing
    assert hours.now > 120, "longer than a grant takes, for which it does not wait on"
    assert [check.status for check in run.checks if check.id == "policy.readable"] == ["unknown"]


@pytest.mark.parametrize(("reason", "gives_up_after_s"), [("IAM_PERMISSION_DENIED", 120), ("SHARED_CAPACITY", 600)])
def test_it_gives_up_at_the_deadline_and_on_a_missing_right_sooner(
    sandbox: Running, reason: str, gives_up_after_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    from provision.plan import Check
    from provision.steps import services

    config = config_for(sandbox)
    hours = Hours()
    clients = clients_for(config)
    clients.sleep, clients.clock = hours.sleep, lambda: hours.now

    def refused(*_: Any) -> Any:
        yield Check(id="services.usable", status="fail", summary="no", diagnosis=reason)

    monkeypatch.setattr(services, "evaluate", refused)
    run = check_until_ready(config, clients, wait_s=600, only=["services"])
    assert run.exit_code == 1
    assert gives_up_after_s <= hours.now <= gives_up_after_s + 10
    assert run.partial


def test_waiting_asks_no_model(slow: Running) -> None:
    config, clients = enabled_a_moment_ago(slow)
    run = check_until_ready(config, clients, wait_s=0)
    assert run.exit_code == 1
    assert run.root_cause is not None
    assert run.root_cause.id == "services.usable"
    assert not [call for call in run.calls if call.method == "ChatCompletions"]
