"""Waiting: until it is usable, no longer than it helps, and told with how long it usually takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.clients import Clients
from provision.commands.apply import apply as run_apply
from provision.config import Config
from provision.errors import ApiError, ErrorStatus
from provision.google.transport import CallLog
from provision.journal import Journal, ledger, read
from provision.plan import Run
from provision.propagation import until_usable
from provision.steps import project
from tests.conftest import clients_for, config_for

BATCH = "*ServiceUsage/BatchEnableServices"
OFF = ErrorStatus(service="aiplatform.googleapis.com", method="ListEndpoints", code=403, reason="SERVICE_DISABLED")
NO = ErrorStatus(
    service="aiplatform.googleapis.com", method="ListEndpoints", code=403, reason="SECURITY_POLICY_VIOLATED"
)


@pytest.fixture
def sandbox(patient_sandbox: Running) -> Running:
    return patient_sandbox


class Clock:
    """Time that passes only while someone sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


def waiting(answers: list[ErrorStatus | None], **more: Any) -> tuple[Any, Clock, list[str]]:
    clock = Clock()
    message: list[str] = []
    config: Any = None
    clients = Clients(
        config=config,
        log=CallLog(),
        progress=message.append,
        sleep=clock.sleep,
        clock=lambda: clock.now,
        expected_s=lambda _: 95.0,
    )
    left = iter(answers)

    def probe() -> None:
        answer = next(left)
        if answer is not None:
            raise ApiError(answer)

    def settles(error: ErrorStatus, _: float) -> bool:
        return error is OFF

    given: dict[str, Any] = {"deadline_s": 60.0, "answers": 3} | more
    return until_usable(clients, "aiplatform.googleapis.com", probe, settles, **given), clock, message


def test_answers_count_only_in_a_row_and_the_first_of_the_row_is_when_it_was_usable() -> None:
    settled, clock, _ = waiting([OFF, None, None, OFF, None, None, None])
    assert settled.errors == 2
    assert settled.after_s == pytest.approx(sum(clock.slept[:4]), abs=0.001)


def test_pauses_grow_after_errors_differ_by_chance_and_are_steady_between_answers() -> None:
    _, clock, _ = waiting([*[OFF] * 8, None, None, None])
    refused, answered = clock.slept[:8], clock.slept[8:]
    assert answered == [1.0, 1.0]
    assert max(refused) <= 3.0
    assert min(refused[-2:]) > 1.3  # grown, whatever chance made of it
    assert len(set(refused)) == len(refused)


def test_a_error_that_does_not_pass_ends_the_wait_at_once() -> None:
    with pytest.raises(ApiError) as ended:
        waiting([OFF, NO])
    assert ended.value.status is NO


def test_the_deadline_is_kept_and_names_the_last_error() -> None:
    with pytest.raises(ApiError) as ended:
        waiting([OFF] * 99, deadline_s=10.0)
    assert ended.value.status.reason == "NOT_USABLE_IN_TIME"
    assert "the last: SERVICE_DISABLED" in ended.value.status.message


def test_it_says_how_long_it_usually_takes() -> None:
    _, _, message = waiting([OFF, None, None, None])
    assert message[0] == "waiting for aiplatform.googleapis.com: 0 of 3 answers in a row, 0 s, usually 95 s"


def empty(sandbox: Running) -> Config:
    return config_for(sandbox, project__id=sandbox["empty_project"], billing__account=sandbox["billing_account"])


def apply(config: Config, clients: Clients | None = None) -> Run:
    journal = Journal(Path("journal.jsonl"))
    return run_apply(config, clients or clients_for(config), journal=journal, approve=lambda _: True)


def enables(sandbox: Running) -> int:
    return sum(entry["method"].endswith("BatchEnableServices") for entry in sandbox.requests())


def test_what_was_measured_is_in_the_report_and_in_the_journal(sandbox: Running) -> None:
    run = apply(empty(sandbox))
    measured = run.applied[-1].measured_s["aiplatform.googleapis.com"]
    assert ledger.median_s(read(Path("journal.jsonl")), "aiplatform.googleapis.com") == measured


def test_another_activation_is_waited_out(sandbox: Running) -> None:
    message = "Another activation or deactivation is in progress for the service(s): x. Please try again later."
    sandbox.fail_next(BATCH, "FAILED_PRECONDITION", message=message, first=2)
    assert apply(empty(sandbox)).verdict == "ready"
    assert enables(sandbox) == 3


def unknown_services(sandbox: Running, times: int) -> None:
    sandbox.fail_next(
        BATCH,
        403,
        reason="SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        domain="serviceusage.googleapis.com",
        message="Not found or permission denied for service(s): aiplatform.googleapis.com.",
        first=times,
    )


def test_a_project_of_seconds_that_claims_not_to_know_a_service_is_asked_again(sandbox: Running) -> None:
    config = config_for(
        sandbox,
        project__id="brand-new-project",
        project__create=True,
        project__parent=sandbox["organization"],
        billing__account=sandbox["billing_account"],
    )
    unknown_services(sandbox, 2)
    assert apply(config).verdict == "ready"
    assert enables(sandbox) == 3


def test_an_old_project_that_says_so_is_believed(sandbox: Running) -> None:
    config = empty(sandbox)
    clients = clients_for(config)
    manager = clients.resource_manager

    class Old:
        def get_project(self, project_id: str) -> Any:
            return replace(manager.get_project(project_id), created="2020-01-01T00:00:00+00:00")

    clients.__dict__["resource_manager"] = Old()
    unknown_services(sandbox, 9)
    assert apply(config, clients).exit_code == 1
    assert enables(sandbox) == 1


def test_a_batch_that_failed_in_part_is_told_as_that(sandbox: Running) -> None:
    from google.cloud.service_usage_v1.types import serviceusage

    failure = serviceusage.BatchEnableServicesResponse.EnableFailure(
        service_id="compute.googleapis.com", error_message="no such luck"
    )
    response = serviceusage.BatchEnableServicesResponse(failures=[failure])
    packed = {
        "@type": "type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse",
        **serviceusage.BatchEnableServicesResponse.to_dict(response, preserving_proto_field_name=False),
    }
    body = json.dumps({"name": "operations/acat.p2-1-x", "done": True, "response": packed})
    sandbox.fail_next(BATCH, 200, raw_body=body)
    run = apply(empty(sandbox))
    (failed,) = (each for each in run.applied if each.outcome == "failed")
    assert failed.error is not None
    assert failed.error.reason == "BATCH_PARTLY_FAILED"
    assert "compute.googleapis.com: no such luck" in failed.detail
    deleted = [record["names"] for record in read(Path("journal.jsonl")) if record["record"] == "deleted"]
    assert deleted == [["projects/sandbox-empty/services/compute.googleapis.com"]]


def test_an_id_that_is_taken_is_not_ours(sandbox: Running) -> None:
    config = config_for(
        sandbox,
        project__id="brand-new-project",
        project__create=True,
        project__parent=sandbox["organization"],
        billing__account=sandbox["billing_account"],
    )
    sandbox.fail_next("*Projects/CreateProject", 409, first=9, message="Requested entity already exists")
    run = apply(config)
    assert run.exit_code == 1
    assert not any(
        mutation.confirmed or mutation.open
        for each in ledger.runs(read(Path("journal.jsonl")))
        for mutation in each.mutations
    )


def test_a_project_that_another_apply_is_creating_at_this_moment_is_taken_as_it_is(sandbox: Running) -> None:
    config = config_for(
        sandbox, project__id="brand-new-project", project__create=True, project__parent=sandbox["organization"]
    )
    (change,) = project.plan(config, project.UNOBSERVED)
    clients, others, slept = clients_for(config), clients_for(config), []

    def create_elsewhere(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            others.resource_manager.create_project(
                "brand-new-project", parent=config.parent, display_name="Theirs", labels={}, deadline_s=10
            )

    clients.sleep = create_elsewhere
    sandbox.fail_next("*Projects/CreateProject", 409, first=1, message="Requested entity already exists")
    assert "it was there already" in project.apply(clients.config, change, clients)
    assert slept == [1.0, 1.0]
