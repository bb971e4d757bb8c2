"""The bootstrap paradox: calls are charged to the project the credentials belong to, and refused where APIs are off."""

from __future__ import annotations

from provision import workflow
from provision.clients.auth import Identity
from provision.config import load
from provision.errors import Refusal
from provision.sandbox.server import Running
from provision.steps import credentials
from tests.conftest import clients_for, config_for

CONFIG = load(options={"project.id": "my-team-chat"})
ON = dict.fromkeys(credentials.CONTROL_SERVICES, "ENABLED")


def consumer_check(**observed: object) -> tuple[str, str]:
    given: dict[str, object] = {"identity": Identity(kind="user", source="x"), "principal": "me@example.com"}
    checks = credentials.judge(CONFIG, credentials.Observed(**(given | observed)))  # type: ignore[arg-type] # test data
    return next((check.status, check.diagnosis) for check in checks if check.id == "credentials.consumer")


def test_control_apis_that_are_off_there_are_the_root_cause_with_one_command(sandbox: Running) -> None:
    consumer = {"consumer": "projects/192270434573", "service": "serviceusage.googleapis.com"}
    for method in ("*BatchGetServices", "*GetProject", "*GetProjectBillingInfo"):
        sandbox.fail_next(method, 403, first=9, reason="SERVICE_DISABLED", metadata=consumer)
    config = config_for(sandbox)
    run = workflow.check(config, clients_for(config))
    assert run.root_cause is not None
    assert run.root_cause.id == "credentials.consumer"
    assert run.root_cause.fix == (
        "gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com"
        " cloudbilling.googleapis.com --project=sandbox-host"
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
    refused = Refusal(service="s", method="m", code=403, status="PERMISSION_DENIED", reason="AUTH_PERMISSION_DENIED")
    assert consumer_check(identity=identity, control_services=refused)[0] == "unknown"
