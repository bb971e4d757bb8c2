"""The flow from end to end, against a sandbox that is told to misbehave."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from provision import steps
from provision.commands.apply import apply as run_apply
from provision.commands.check import check as run_check
from provision.commands.plan import plan as run_plan
from provision.config import Config, load
from provision.errors import ApiError, ErrorStatus, StalePlanError, UsageError
from provision.google.transport import CallLog
from provision.journal import Journal, read
from provision.local.environment import LocalEnvironment
from provision.plan import Check, Run
from tests.accounts import api
from tests.conftest import clients_for, config_for


def apply(config: Config, **more: Any) -> Run:
    given: dict[str, Any] = {"journal": Journal(Path("journal.jsonl")), "approve": lambda _: True} | more
    return run_apply(config, clients_for(config), **given)


def found(run: Run, name: str) -> Check:
    return next(check for check in run.checks if check.id == name)


def empty(sandbox: Running, **more: Any) -> Config:
    return config_for(
        sandbox, project__id=sandbox["empty_project"], billing__account=sandbox["billing_account"], **more
    )


class Gathering:
    """Clients whose every call waits until all steps are calling, and is then refused."""

    def __init__(self, config: Config, parties: int) -> None:
        self.config = config
        self.log = CallLog()
        self.barrier = threading.Barrier(parties)
        self.met = False
        self.calls = 0

    def progress(self, text: str) -> None:
        """No one listens."""

    def local_environment(self) -> LocalEnvironment:
        """Nothing is set."""
        return LocalEnvironment()

    def meet(self, *_: object, **__: object) -> Any:
        self.calls += 1
        if not self.met:
            self.barrier.wait(timeout=10)
            self.met = self.barrier.parties > 1
        raise ApiError(ErrorStatus(service="s", method="m", code=403, status="PERMISSION_DENIED"))

    @property
    def credentials(self) -> Any:
        return self.meet()

    def __getattr__(self, name: str) -> Any:
        return Answering(self.meet)


class Answering:
    """A client all of whose methods do the same."""

    def __init__(self, meet: Callable[..., Any]) -> None:
        self.meet = meet

    def __getattr__(self, name: str) -> Any:
        return self.meet


def test_all_reads_of_a_check_start_at_once() -> None:
    """If one step waited for another, they would never all meet."""
    config = load(options={"project.id": "my-team-chat"})
    alone = Gathering(config, parties=1)
    run_check(config, alone)  # type: ignore[arg-type] # a hand-written fake
    clients = Gathering(config, parties=alone.calls)
    run = run_check(config, clients)  # type: ignore[arg-type] # a hand-written fake
    assert not clients.barrier.broken
    assert run.verdict == "not ready"


def test_a_throttled_read_is_retried_and_told() -> None:
    with running(clock=0, grpc=False) as sandbox:
        sandbox.fail_next("*GetProject", 429, first=1, reason="RATE_LIMIT_EXCEEDED", domain="googleapis.com")
        config = config_for(sandbox)
        run = run_check(config, clients_for(config))
    assert run.verdict == "ready", run.standing
    assert found(run, "quota.rate_limited").status == "warn"
    call = next(call for call in run.calls if call.method == "GetProject")
    assert call.retried_statuses == ("RESOURCE_EXHAUSTED",)


def test_a_quota_that_outlasts_the_retries_is_a_failure_that_says_all_else_is_ready(sandbox: Running) -> None:
    config = config_for(sandbox, limits__call_timeout=0.5)
    sandbox.fail_next("*hat*ompletions", 429, first=99)
    run = run_check(config, clients_for(config))
    assert run.exit_code == 1
    assert run.root_cause is not None
    assert run.root_cause.id == "chat.answers"
    assert "All else ready" in run.root_cause.cause
    assert run.root_cause.fix_owner == "google"


@pytest.mark.parametrize("status", [403, 404, 400, 401])
def test_what_can_never_succeed_is_not_retried(sandbox: Running, status: int) -> None:
    sandbox.fail_next("*ListEndpoints", status, first=99)
    config = config_for(sandbox)
    run = run_check(config, clients_for(config), only=("endpoints",))
    asked = [entry for entry in sandbox.requests() if "ListEndpoints" in entry["method"]]
    # A refused token is renewed, which takes two more tries; nothing else is tried twice.
    assert len(asked) == (3 if status == 401 else 1)
    assert run.verdict != "ready"


@pytest.mark.parametrize("body", ["", "<!DOCTYPE html><title>Error 403 (Forbidden)!!1</title><p>That's an error."])
@pytest.mark.parametrize("times", [1, 99])
def test_a_bare_403_of_the_edge_is_asked_once_more(sandbox: Running, body: str, times: int) -> None:
    sandbox.fail_next("*GetProject", 403, first=times, raw_body=body)
    config = config_for(sandbox)
    run = run_check(config, clients_for(config), only=("project",))
    assert len([entry for entry in sandbox.requests() if entry["method"].endswith("/GetProject")]) == 2
    if times == 1:
        assert run.verdict == "ready"
        (call,) = (call for call in run.calls if call.method == "GetProject")
        assert call.retried_statuses == ("PERMISSION_DENIED",)
    else:
        assert (found(run, "project.active").diagnosis, run.exit_code) == ("EDGE_ERROR", 3)


def test_an_answer_no_one_foresaw_is_unknown_and_not_ready(sandbox: Running) -> None:
    sandbox.fail_next("*GetProjectBillingInfo", 418, first=9, message="I am a teapot")
    config = config_for(sandbox)
    run = run_check(config, clients_for(config))
    assert found(run, "billing.enabled").status == "unknown"
    assert "teapot" in found(run, "billing.enabled").cause
    assert run.exit_code == 3


@pytest.mark.parametrize("body", [" ", "not json", "[]", "<html>proxy</html>", '{"name": 7}', "{}"])
def test_a_malformed_answer_is_unknown(sandbox: Running, body: str) -> None:
    sandbox.fail_next("*GetProject", 200, first=9, raw_body=body)
    config = config_for(sandbox)
    run = run_check(config, clients_for(config), only=("project",))
    assert found(run, "project.active").status in {"unknown", "fail"}
    assert run.exit_code in {1, 3}


def test_a_step_that_breaks_is_its_own_unknown_and_no_one_else_s(sandbox: Running) -> None:
    config = config_for(sandbox)
    clients = clients_for(config)

    class Broken:
        def get_billing_info(self, project_id: str) -> None:
            raise ZeroDivisionError(project_id)

    clients.__dict__["cloud_billing"] = Broken()
    run = run_check(config, clients)
    assert found(run, "billing.observed").status == "unknown"
    assert "ZeroDivisionError" in found(run, "billing.observed").summary
    assert found(run, "project.active").status == "pass"
    assert run.exit_code == 3


def test_a_check_ends_at_its_deadline_and_says_what_did_not_answer(sandbox: Running) -> None:
    sandbox.fail_next("*GetProjectBillingInfo", latency_ms=5_000, first=9)
    config = config_for(sandbox, limits__check_timeout=1.0)
    run = run_check(config, clients_for(config), only=("credentials", "project", "billing"))
    assert {check.status for check in run.checks if check.step == "billing"} == {"unknown"}
    assert found(run, "project.active").status == "pass"
    assert run.exit_code == 3


def test_a_token_that_expires_in_mid_run_is_renewed_once(sandbox: Running) -> None:
    config = config_for(sandbox)
    clients = clients_for(config)
    assert clients.credentials.fresh_token()
    sandbox.advance(7200)
    assert clients.resource_manager.get_project(config.project_id).state == "ACTIVE"
    assert clients.chat.complete(config.model, "hello", max_tokens=1024).text
    tokens = [entry for entry in sandbox.requests() if entry["path"].startswith("/token")]
    assert len(tokens) == 2


def test_a_token_revoked_before_a_chat_is_renewed_once(sandbox: Running) -> None:
    config = config_for(sandbox)
    clients = clients_for(config)
    clients.credentials.fresh_token()
    sandbox.advance(7200)
    assert clients.chat.complete(config.model, "hello", max_tokens=1024).text


def test_reasoning_that_takes_all_tokens_is_asked_again_with_more(sandbox: Running) -> None:
    import json

    thinking = {
        "choices": [{"index": 0, "delta": {"role": "assistant", "reasoning_content": "hmm"}, "finish_reason": "length"}]
    }
    event = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", **thinking}
    sandbox.fail_next("*hat*ompletions", 200, first=1, raw_body=f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n")
    config = config_for(sandbox)
    run = run_check(config, clients_for(config))
    chat = found(run, "chat.answers")
    assert chat.status == "pass"
    assert chat.evidence["asked_again"] is True
    assert "asked again" in chat.summary


def test_a_stream_without_an_end_is_a_failure(sandbox: Running) -> None:
    import json

    event = {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": "half an ans"}}],
    }
    sandbox.fail_next("*hat*ompletions", 200, first=9, raw_body=f"data: {json.dumps(event)}\n\n")
    config = config_for(sandbox)
    run = run_check(config, clients_for(config))
    assert found(run, "chat.answers").diagnosis == "CHAT_UNFINISHED"
    assert run.exit_code == 1


def test_errors_of_the_chat_route_that_come_as_a_list_are_read(sandbox: Running) -> None:
    config = config_for(sandbox, project__id=sandbox["empty_project"])
    chat = clients_for(config).chat
    with pytest.raises(Exception, match="SERVICE_DISABLED"):
        chat.complete(config.model, "hello", max_tokens=1024)


def test_apply_says_how_long_it_took_until_usable(sandbox: Running) -> None:
    run = apply(empty(sandbox))
    wait = run.applied[-1]
    assert wait.change.action == "wait"
    assert wait.detail.startswith("usable after")
    answers = [entry for entry in sandbox.requests() if "ListEndpoints" in entry["method"] and entry["status"] == 200]
    assert len(answers) >= 3


def test_a_service_that_never_becomes_usable_is_an_honest_failure_at_the_deadline() -> None:
    with running(clock=0, grpc=False) as sandbox:
        config = empty(sandbox, limits__usable_timeout=1)
        sandbox.fail_next(
            "*ListEndpoints", 403, first=9999, reason="SERVICE_DISABLED", metadata={"consumer": "projects/1"}
        )
        run = apply(config)
    assert run.exit_code == 1
    assert run.root_cause is not None
    assert run.root_cause.id == "services.applied"
    assert "was not usable within 1 s" in run.root_cause.cause
    assert "goes on waiting" in run.root_cause.fix


def test_what_flaps_after_it_was_usable_is_waited_out(sandbox: Running) -> None:
    config = empty(sandbox)

    def approve(_: object) -> bool:
        # Not the calls that prove it usable, but the chat after them.
        sandbox.fail_next("*hat*ompletions", 403, first=1, reason="SERVICE_DISABLED", match={"project": "*"})
        return True

    run = apply(config, approve=approve)
    assert run.verdict == "ready"


def test_a_error_that_waiting_does_not_fix_ends_the_wait(sandbox: Running) -> None:
    config = empty(sandbox)
    sandbox.fail_next("*hat*ompletions", 403, first=99, reason="SECURITY_POLICY_VIOLATED", metadata={"uid": "abc"})
    run = apply(config)
    assert run.exit_code == 1
    assert run.root_cause is not None
    assert run.root_cause.diagnosis == "SECURITY_POLICY_VIOLATED"
    assert "abc" in run.root_cause.fix


def test_a_creation_that_fails_inside_its_operation_is_a_failure(sandbox: Running) -> None:
    message = "The project cannot be created because you have exceeded your allotted project quota."
    sandbox.fail_next("*CreateProject", lro_error={"code": 8, "message": message}, first=9)
    config = config_for(
        sandbox,
        project__id="brand-new-project",
        project__create=True,
        project__parent=sandbox["organization"],
        billing__account=sandbox["billing_account"],
    )
    run = apply(config)
    assert run.exit_code == 1
    assert run.root_cause is not None
    assert run.root_cause.diagnosis == "PROJECT_QUOTA"
    assert [each.outcome for each in run.applied] == ["failed"]


def test_an_operation_that_never_ends_is_given_up_and_named(sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provision.steps.services.ENABLE_DEADLINE_S", 0.5)
    sandbox.fail_next("*BatchEnableServices", lro_never=True, first=1)
    run = apply(empty(sandbox))
    assert run.exit_code == 1
    assert found(run, "services.applied").diagnosis == "OPERATION_NOT_DONE"
    assert apply(empty(sandbox)).verdict == "ready"


def test_more_than_twenty_services_take_one_call_each_twenty(sandbox: Running) -> None:
    from provision.steps import services

    config = empty(sandbox, services=tuple(f"service{number}.googleapis.com" for number in range(45)))
    planned = list(services.plan(config, services.Observed(states={})))
    assert [len(change.after) for change in planned if isinstance(change.after, list)] == [20, 20, 5]


def test_billing_is_relinked_only_when_told(sandbox: Running) -> None:
    before = run_plan(
        config_for(sandbox, billing__account=sandbox["closed_billing_account"]), clients_for(config_for(sandbox))
    )
    assert before.changes == ()
    from provision.steps import billing

    config = config_for(sandbox, billing__account="000000-AAAAAA-111111", billing__relink=True)
    seen = billing.observe(config_for(sandbox), clients_for(config_for(sandbox)))
    (change,) = billing.plan(config, seen)
    assert change.dangerous
    assert change.before == sandbox["billing_account"]


def test_apply_does_nothing_that_was_not_in_the_approved_plan(sandbox: Running) -> None:
    config = empty(sandbox)

    def approve(changes: object) -> bool:
        other = config_for(sandbox, project__id=sandbox["empty_project"])
        clients_for(other).cloud_billing.link(other.project_id, sandbox["billing_account"])
        clients_for(other).service_usage.batch_enable(other.project_id, ["aiplatform.googleapis.com"], deadline_s=30)
        return True

    run = apply(config, approve=approve)
    assert run.verdict == "ready"
    (enabled,) = [each.change.after for each in run.applied if each.change.action == "enable"]
    assert isinstance(enabled, list)
    assert "aiplatform.googleapis.com" not in enabled  # someone else was faster; it is not enabled twice


def test_a_plan_that_is_not_approved_changes_nothing(sandbox: Running) -> None:
    with pytest.raises(StalePlanError):
        apply(empty(sandbox), approve=lambda _: False)
    assert not [entry for entry in sandbox.requests() if entry["mutates"]]


@contextlib.contextmanager
def mortal() -> Iterator[tuple[Running, contextlib.ExitStack]]:
    with contextlib.ExitStack() as life:
        yield life.enter_context(running(clock=0, grpc=False)), life


def test_a_sandbox_gone_between_plan_and_change_is_a_failure_that_says_so() -> None:
    with mortal() as (sandbox, life):
        config = empty(sandbox, limits__call_timeout=0.3)

        def approve(_: object) -> bool:
            life.close()
            return True

        run = apply(config, approve=approve)
    assert run.exit_code == 1
    assert [each.outcome for each in run.applied] == ["failed"]
    assert run.root_cause is not None
    assert "cannot be reached" in run.root_cause.cause
    assert [each["record"] for each in read(Path("journal.jsonl"))] == ["run", "intent", "outcome", "end"]


def test_an_apply_that_is_killed_is_finished_by_the_next(sandbox: Running, ready_file: Path) -> None:
    """The real thing: SIGKILL, at several moments."""
    Path("provision.yaml").write_text("limits: {usable_interval: 0}\n")
    words = [
        "--project",
        "brand-new-project",
        "--create-project",
        "--parent",
        sandbox["organization"],
        "--billing-account",
        sandbox["billing_account"],
    ]
    command = [sys.executable, "-m", "provision", "apply", "--yes", *words]
    environment = os.environ | {"PROVISION_TARGET": str(ready_file)}
    for start in ("creating", "linking", "enabling", "waiting"):
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith((start, "looking again", "asking openai")):
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    calls = [
        entry["method"]
        for entry in sandbox.requests()
        if entry["mutates"] and "CreateProject" in entry["method"] and entry["status"] == 200
    ]
    assert len(calls) == 1


def test_two_applies_at_once_both_end_ready(sandbox: Running, ready_file: Path) -> None:
    Path("provision.yaml").write_text("limits: {usable_interval: 0}\n")
    words = ["--project", sandbox["empty_project"], "--billing-account", sandbox["billing_account"]]
    environment = os.environ | {"PROVISION_TARGET": str(ready_file)}
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "provision", "apply", "--yes", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        output, _ = process.communicate()
        assert process.returncode == 0, output


def test_interrupted_means_130_and_soon(sandbox: Running, ready_file: Path) -> None:
    sandbox.fail_next("*GetProject", latency_ms=60_000, first=9)
    process = subprocess.Popen(
        [sys.executable, "-m", "provision", "check"],
        env=os.environ | {"PROVISION_TARGET": str(ready_file)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not any("GetProject" in entry["method"] or "illing" in entry["method"] for entry in sandbox.requests()):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped" in error


def test_an_apply_that_stops_half_way_says_what_it_had_done(sandbox: Running) -> None:
    config = empty(sandbox)
    project = config.project_id
    api(sandbox, "POST", f"/v1/projects/{project}/services/cloudbilling.googleapis.com:enable", {})
    sandbox.advance(30)

    def approve(_: Any) -> bool:
        api(sandbox, "POST", f"/v1/projects/{project}/services/cloudbilling.googleapis.com:disable", {})
        sandbox.advance(30)
        return True

    with pytest.raises(StalePlanError, match="was not in the plan you approved") as refused:
        apply(config, approve=approve)
    assert f"done before, and not undone: link projects/{project}/billingInfo" in str(refused.value)


def test_a_crash_while_planning_takes_no_finding_away(sandbox: Running) -> None:
    """What a step would change is asked by a check too, to tell which missing rights matter."""
    from provision.commands.check import _content

    class Broken:
        def plan(self, *_: Any) -> Any:
            raise RuntimeError("broken")

    assert not _content(Broken(), config_for(sandbox), None)  # type: ignore[arg-type] # only its plan is asked


BREAKS = {"plan": "billing.planned", "evaluate": "billing.observed"}


def broken(function: str) -> Callable[..., Any]:
    def breaks(*_: Any) -> Any:
        raise ZeroDivisionError(f"a mistake in {function}")

    return breaks


@pytest.fixture(params=BREAKS)
def mistaken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One function of the step `billing` breaks; the id of the finding that says so."""
    monkeypatch.setattr(steps.billing, request.param, broken(request.param))
    return BREAKS[request.param]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_step_that_breaks_stops_an_apply_before_its_first_change(
    sandbox: Running, mistaken: str, command: str
) -> None:
    config = empty(sandbox)
    run = apply(config) if command == "apply" else run_plan(config, clients_for(config), out=Path("plan.json"))
    assert run.blocking_check == mistaken
    assert run.exit_code != 0
    check = found(run, mistaken)
    assert check.status == "unknown"
    assert "ZeroDivisionError: a mistake in" in check.summary
    assert "`billing` of provision broke at" in check.cause
    assert "report it" in check.fix
    assert found(run, "project.active").status == "pass"
    assert not any(entry["mutates"] and entry["changed"] for entry in sandbox.requests())
    assert not Path("plan.json").exists()


def test_a_step_that_breaks_over_a_ready_project_leaves_it_untold(sandbox: Running, mistaken: str) -> None:
    config = config_for(sandbox)
    run = run_plan(config, clients_for(config))
    assert (run.blocking_check, run.exit_code) == (mistaken, 3)


@pytest.mark.parametrize("moment", ["observe", "apply"])
def test_a_step_that_breaks_in_the_middle_is_told_with_what_was_done(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    config = empty(sandbox)
    real, seen = steps.services.observe, itertools.count()

    def second_time(*arguments: Any) -> Any:
        return (broken("observe") if next(seen) == 1 else real)(*arguments)

    monkeypatch.setattr(steps.services, moment, second_time if moment == "observe" else broken(moment))
    run = apply(config)
    assert [each.outcome for each in run.applied] == ["done", "failed"]
    assert str(run.applied[0].change).startswith("link ")
    assert run.exit_code == 1
    message = found(run, "services.planned" if moment == "observe" else "services.applied")
    assert message.status == "unknown"
    assert f"a mistake in {moment}" in message.summary
    assert run.root_cause == message
    assert found(run, "services.enabled").blocked_by == message.id
    assert read_ends(Path("journal.jsonl")) == ["not ready"]


def blind(monkeypatch: pytest.MonkeyPatch, error: ErrorStatus, looks: int) -> None:
    """Refuse to tell the states of services for some looks after the first, which is the one that is planned on."""
    real, seen = steps.services.observe, itertools.count()

    def observe(*arguments: Any) -> Any:
        observed = real(*arguments)
        return replace(observed, states=error) if 0 < next(seen) <= looks else observed

    monkeypatch.setattr(steps.services, "observe", observe)


DENIED = ErrorStatus(service="s", method="BatchGetServices", code=403, status="PERMISSION_DENIED", message="not you")
BUSY = ErrorStatus(service="s", method="BatchGetServices", code=503, status="UNAVAILABLE", message="busy")


def test_an_approved_change_that_could_not_be_looked_at_again_is_a_failure(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind(monkeypatch, DENIED, 1)
    run = apply(empty(sandbox))
    assert [each.outcome for each in run.applied] == ["done", "failed"]
    assert run.applied[-1].change.step == "services"
    assert run.applied[-1].error == DENIED
    assert run.root_cause is not None
    assert (run.root_cause.id, run.exit_code) == ("services.applied", 1)


def test_a_look_before_an_approved_change_is_repeated_where_that_can_help(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind(monkeypatch, BUSY, 2)
    config = empty(sandbox)
    clients = clients_for(config)
    real = clients.sleep
    monkeypatch.setattr(clients, "sleep", lambda seconds: real(min(seconds, 0.01)))
    run = run_apply(config, clients, journal=Journal(Path("journal.jsonl")), approve=lambda _: True)
    assert {each.outcome for each in run.applied} == {"done"}
    assert run.verdict == "ready"
    assert len([each for each in run.waits if each.what.startswith("another look before enable")]) == 2


def read_ends(path: Path) -> list[str]:
    return [record["result"] for record in read(path) if record["record"] == "end"]


def test_a_check_that_was_asked_for_and_said_nothing_is_no_pass(sandbox: Running) -> None:
    config = config_for(sandbox, project__id=sandbox["empty_project"])
    run = run_check(config, clients_for(config), only=("project.active", "chat.usage"))
    message = {check.id: check.status for check in run.checks if check.id != check.step}
    assert message == {"project.active": "pass", "chat.answers": "fail"}
    assert run.verdict == "not ready"


def test_a_check_that_does_not_apply_is_said_to_be_left_out(sandbox: Running) -> None:
    config = config_for(sandbox)
    run = run_check(config, clients_for(config), only=("identity.account",))
    assert [check.status for check in run.checks if check.id == "identity.account"] == ["skipped"]
    assert run.verdict == "unknown"


def test_a_step_that_breaks_is_no_pass_of_the_check_that_was_asked_for(sandbox: Running) -> None:
    sandbox.do(lambda inner: inner.faults.add([{"method": "*/ListEndpoints", "raw_body": [], "first": 99}]))
    config = config_for(sandbox)
    run = run_check(config, clients_for(config), only=("project.active", "endpoints.listed"))
    assert run.verdict == "unknown"


def test_a_misspelled_check_is_told_what_is_near(sandbox: Running) -> None:
    with pytest.raises(UsageError, match="no such check") as caught:
        run_check(config_for(sandbox), clients_for(config_for(sandbox)), skip=("billing.enable",))
    assert "billing.enabled" in caught.value.fix


def test_a_model_that_a_policy_forbids_is_no_pass_where_the_model_is_not_asked(sandbox: Running) -> None:
    config = config_for(sandbox)
    name = f"projects/{config.project_id}/policies/vertexai.allowedModels"
    rule = {"values": {"allowedValues": ["publishers/google/models/gemini-3.5-flash:predict"]}}
    api(sandbox, "POST", f"/v2/projects/{config.project_id}/policies", {"name": name, "spec": {"rules": [rule]}})
    run = run_check(config, clients_for(config), skip=("chat",))
    assert (run.verdict, run.root_cause and run.root_cause.id) == ("not ready", "policy.models")
