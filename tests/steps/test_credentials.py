"""The bootstrap paradox: calls are charged to the project the credentials belong to, and refused where APIs are off."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from gcp_emulator.server import Running

from provision.clients import Clients
from provision.commands.check import check as run_check
from provision.commands.run import Flow
from provision.config import Config, load
from provision.errors import ErrorStatus
from provision.google.auth import Identity
from provision.google.calls import CallLog
from provision.plan import Check
from provision.steps import credentials
from tests.conftest import clients_for, config_for

CONFIG = load(options={"project.id": "my-team-chat"})
ON = dict.fromkeys(credentials.CONTROL_SERVICES, "ENABLED")


def consumer_check(**observed: object) -> tuple[str, str]:
    given: dict[str, object] = {"identity": Identity(kind="user", source="x"), "principal": "me@example.com"}
    checks = credentials.evaluate(CONFIG, credentials.Observed(**(given | observed)))  # type: ignore[arg-type] # test data
    return next((check.status, check.diagnosis) for check in checks if check.id == "credentials.consumer")


def test_control_apis_that_are_off_there_are_the_root_cause_with_one_command(sandbox: Running) -> None:
    consumer = {"consumer": "projects/192270434573", "service": "serviceusage.googleapis.com"}
    for method in ("*BatchGetServices", "*GetProject", "*GetProjectBillingInfo"):
        sandbox.fail_next(method, 403, first=9, reason="SERVICE_DISABLED", metadata=consumer)
    config = config_for(sandbox)
    run = run_check(config, clients_for(config), skip=("chat",))  # where the model answers, it is a warning
    assert run.root_cause is not None
    assert run.root_cause.id == "credentials.consumer"
    assert run.root_cause.fix.startswith(
        "gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com"
        " cloudbilling.googleapis.com --project=sandbox-host   (or charge calls to another project:"
    )
    blocked = {check.id for check in run.checks if check.blocked_by == "credentials.consumer"}
    assert {"project.active", "billing.enabled", "services.enabled"} <= blocked


def test_a_user_without_a_quota_project_is_warned() -> None:
    assert consumer_check(control_services=None) == ("warn", "NO_QUOTA_PROJECT")


def test_control_apis_that_are_on_there_are_fine() -> None:
    identity = Identity(kind="user", source="x", consumer_project="other-project")
    assert consumer_check(identity=identity, control_services=ON) == ("pass", "")


def test_one_that_is_off_there_is_a_failure() -> None:
    identity = Identity(kind="user", source="x", consumer_project="other-project")
    off = ON | {"cloudbilling.googleapis.com": "DISABLED"}
    assert consumer_check(identity=identity, control_services=off) == ("fail", "CONTROL_APIS_DISABLED")


def test_off_in_the_project_itself_is_what_services_enables() -> None:
    identity = Identity(kind="service account key", source="x", consumer_project="my-team-chat")
    off = ON | {"cloudbilling.googleapis.com": "DISABLED"}
    assert consumer_check(identity=identity, control_services=off) == ("pass", "")


def test_what_may_not_be_looked_at_there_is_unknown() -> None:
    identity = Identity(kind="user", source="x", consumer_project="other-project")
    refused = ErrorStatus(
        service="s", method="m", code=403, status="PERMISSION_DENIED", reason="AUTH_PERMISSION_DENIED"
    )
    assert consumer_check(identity=identity, control_services=refused)[0] == "unknown"


def by_id(config: Config = CONFIG, **observed: object) -> dict[str, Check]:
    given: dict[str, object] = {"identity": Identity(kind="user", source="x"), "principal": "me@example.com"}
    return {check.id: check for check in credentials.evaluate(config, credentials.Observed(**(given | observed)))}  # type: ignore[arg-type] # test data


def test_a_quota_project_that_may_not_be_charged_is_the_cause_of_all_that_is_refused(sandbox: Running) -> None:
    denied = {"consumer": "projects/tools", "service": "serviceusage.googleapis.com"}
    for method in ("*BatchGetServices", "*GetProject", "*GetProjectBillingInfo"):
        sandbox.fail_next(method, 403, first=9, reason="USER_PROJECT_DENIED", metadata=denied)
    config = config_for(sandbox)
    run = run_check(config, clients_for(config))
    assert run.root_cause is not None
    assert (run.root_cause.id, run.root_cause.diagnosis) == ("credentials.consumer", "USER_PROJECT_DENIED")
    assert {"project.active", "billing.enabled"} <= {
        check.id for check in run.checks if check.blocked_by == "credentials.consumer"
    }


@pytest.mark.parametrize(("skew", "status"), [(0.0, "pass"), (299.0, "pass"), (-301.0, "fail"), (3600.0, "fail")])
def test_a_clock_may_be_five_minutes_wrong(skew: float, status: str) -> None:
    assert by_id(clock_skew_s=skew)["credentials.clock"].status == status


def test_a_wrong_clock_explains_the_token_that_is_refused() -> None:
    refused = ErrorStatus(
        service="oauth2.googleapis.com",
        method="Token",
        code=400,
        status="CREDENTIALS",
        reason="invalid_grant",
        message="Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
    )
    seen = credentials.Observed(
        identity=Identity(kind="service account key", source="x"), token=refused, clock_skew_s=-7200.0
    )
    run = Flow("check", CONFIG, Clients(config=CONFIG, log=CallLog())).run(
        Flow("check", CONFIG, Clients(config=CONFIG, log=CallLog())).evaluate({"credentials": seen})
    )
    assert run.verdict == "not ready"
    assert run.root_cause is not None
    assert run.root_cause.id == "credentials.clock"
    assert "120 minutes behind" in run.root_cause.cause
    assert [check.id for check in run.checks if check.blocked_by == "credentials.clock"] == ["credentials.usable"]


def test_the_clock_is_read_from_the_answer_to_the_token_request(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = clients_for(config_for(sandbox))
    assert clients.credentials.clock_skew_s is None
    now = time.time()
    monkeypatch.setattr("provision.google.auth.time", SimpleNamespace(time=lambda: now + 7200))
    clients.credentials.fresh_token()
    assert clients.credentials.clock_skew_s == pytest.approx(7200, abs=60)
    config = config_for(sandbox)
    run = run_check(config, clients, only=("credentials",))
    assert {check.id: check.status for check in run.checks}["credentials.clock"] == "fail"
    assert config.target.name == "sandbox"


def test_a_token_with_narrow_scopes_is_told_with_those_it_has() -> None:
    narrow = by_id(scopes=("https://www.googleapis.com/auth/devstorage.read_only",))["credentials.scopes"]
    assert (narrow.status, narrow.diagnosis) == ("fail", "SCOPES_TOO_NARROW")
    assert "devstorage.read_only" in narrow.summary
    assert by_id(scopes=(credentials.CLOUD_PLATFORM,))["credentials.scopes"].status == "pass"
    unseen = by_id(scopes=ErrorStatus(service="oauth2.googleapis.com", method="TokenInfo", status="TIMEOUT"))
    assert (unseen["credentials.scopes"].status, unseen["credentials.scopes"].required) == ("unknown", False)


OF_THE_CONSUMER = [
    ("CONSUMER_DELETED", "QUOTA_PROJECT_DELETED"),
    ("CONSUMER_INVALID", "QUOTA_PROJECT_INVALID"),
    ("CONSUMER_SUSPENDED", "QUOTA_PROJECT_SUSPENDED"),
    ("BILLING_DISABLED", "QUOTA_PROJECT_WITHOUT_BILLING"),
    ("USER_PROJECT_DENIED", "USER_PROJECT_DENIED"),
]


def test_what_is_wrong_with_the_project_that_calls_are_charged_to_is_never_said_of_the_one_looked_at(
    subtests: pytest.Subtests, sandbox: Running
) -> None:
    """Whichever call meets it, and whether or not the consumer itself was looked at."""
    config = config_for(sandbox)
    for error, diagnosis in OF_THE_CONSUMER:
        for only in ((), ("project",), ("billing",)):
            with subtests.test(error=error, only=only):
                sandbox.reset()
                for method in ("*/BatchGetServices", "*/GetProject", "*/GetProjectBillingInfo"):
                    metadata = {"consumer": "projects/sandbox-host"}
                    sandbox.fail_next(method, error=error, first=9, metadata=metadata)
                run = run_check(config, clients_for(config), only=only, skip=("chat",))
                root = run.root_cause
                assert root is not None
                assert (root.id, root.status, root.diagnosis) == ("credentials.consumer", "fail", diagnosis)
                assert "sandbox-host" in root.cause
                assert "GOOGLE_CLOUD_QUOTA_PROJECT=sandbox-ready" in root.fix
                told = {check.id: check for check in run.checks if check.step in {"project", "billing"}}
                assert {check.blocked_by for check in told.values() if check.status != "skipped"} == {root.id}


def test_the_fix_sets_the_quota_project_where_it_was_set() -> None:
    error = ErrorStatus(service="serviceusage.googleapis.com", method="BatchGetServices", reason="USER_PROJECT_DENIED")
    asked = load(options={"project.id": "my-team-chat", "auth.quota_project": "tools-project"})
    table = [
        (CONFIG, "user", "gcloud auth application-default set-quota-project my-team-chat"),
        (CONFIG, "service account key", "export GOOGLE_CLOUD_QUOTA_PROJECT=my-team-chat"),
        (asked, "user", "provision check --project my-team-chat --quota-project my-team-chat"),
    ]
    for config, kind, command in table:
        identity = Identity(kind=kind, source="x", consumer_project="tools-project")
        found = credentials.not_chargeable(config, identity, error)
        assert found is not None
        assert found.evidence["set_quota_project"] == command
    own = Identity(kind="user", source="x", consumer_project="my-team-chat")
    assert credentials.not_chargeable(CONFIG, own, error) is None
