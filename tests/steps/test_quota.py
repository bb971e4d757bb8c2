"""A limit of zero is told by name; what does not concern this model is not looked at."""

from __future__ import annotations

import pytest
from gcp_emulator.quotas import set_model_quota
from gcp_emulator.server import Running

from provision.commands.check import check as run_check
from provision.config import load
from provision.errors import ErrorStatus
from provision.google.quotas import Limit
from provision.plan import Check
from provision.steps import quota
from tests.conftest import clients_for, config_for

CONFIG = load(options={"project.id": "my-team-chat"})
OWN = "aiplatform.googleapis.com/global_online_prediction_requests_per_base_model"
GENERAL = "aiplatform.googleapis.com/online_prediction_requests"


def limit(metric: str, value: int, **dimensions: str) -> Limit:
    return Limit(metric=metric, title="", unit="1/min/{project}", value=value, dimensions=dimensions)


def evaluated(*limits: Limit) -> Check:
    [check] = quota.evaluate(CONFIG, quota.Observed(limits=limits))
    return check


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ([], "pass"),
        ([limit(GENERAL, 30_000)], "pass"),
        ([limit(GENERAL, 0)], "warn"),
        ([limit(GENERAL, -1)], "pass"),
        ([limit(GENERAL, 0, region="europe-west4")], "pass"),
        ([limit(OWN, 0, base_model="gpt-oss-120b-maas")], "fail"),
        ([limit(OWN, 0, base_model="gpt-oss-120b")], "fail"),
        ([limit(OWN, 60, base_model="gpt-oss-120b-maas")], "pass"),
        ([limit(OWN, 0, base_model="another-model")], "pass"),
        ([limit(OWN, 0)], "pass"),
        ([limit(OWN.replace("global_", ""), 0, base_model="gpt-oss-120b-maas")], "pass"),
        ([limit("aiplatform.googleapis.com/long_running_operation_submissions", 0)], "pass"),
        ([limit(GENERAL, 0), limit(OWN, 0, base_model="gpt-oss-120b-maas")], "fail"),
    ],
)
def test_a_limit_counts_as_far_as_it_is_of_this_request(limits: list[Limit], status: str) -> None:
    assert evaluated(*limits).status == status


def test_the_smallest_limit_is_told() -> None:
    assert "60 requests" in evaluated(limit(GENERAL, 30_000), limit(OWN, 60, base_model="gpt-oss-120b")).summary


def test_limits_that_may_not_be_read_are_not_seen_and_not_in_the_way(sandbox: Running) -> None:
    sandbox.fail_next("*consumerQuotaMetrics.list", 403, first=9, reason="AUTH_PERMISSION_DENIED")
    config = config_for(sandbox)
    run = run_check(config, clients_for(config))
    assert {check.id: check.status for check in run.checks}["quota.limits"] == "unknown"
    assert run.verdict == "ready"
    error = ErrorStatus(service="serviceusage.googleapis.com", method="m", status="TIMEOUT")
    [check] = quota.evaluate(CONFIG, quota.Observed(limits=error))
    assert (check.status, check.required) == ("unknown", False)


def test_a_quota_of_zero_is_the_one_cause_of_a_chat_that_is_refused(sandbox: Running) -> None:
    config = config_for(sandbox)
    number = clients_for(config).resource_manager.get_project(sandbox["project"]).project_number
    sandbox.do(lambda inner: set_model_quota(inner.state, number, config.model, 0))
    run = run_check(config, clients_for(config))
    assert run.verdict == "not ready"
    cause = run.root_cause
    assert cause is not None
    assert (cause.id, cause.diagnosis, cause.fix_owner) == ("quota.limits", "QUOTA_IS_ZERO", "admin")
    assert OWN in cause.cause
    assert [check.id for check in run.checks if check.blocked_by == "quota.limits"] == ["chat.answers"]
    sandbox.do(lambda inner: set_model_quota(inner.state, number, config.model, 60))
    assert run_check(config, clients_for(config)).verdict == "ready"
