"""Organization policies in force: what they forbid is told before, and instead of, the errors they cause."""

from __future__ import annotations

from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.commands.check import check as run_check
from provision.config import load
from provision.errors import ErrorStatus, NoAnswer
from provision.google.org_policy import Effective, read_rules
from provision.plan import Check, Run
from provision.steps import policy
from tests.accounts import api
from tests.conftest import clients_for, config_for

CONFIG = load(options={"project.id": "my-team-chat"})
MODEL = "publishers/openai/models/gpt-oss-120b-maas:predict"


def set_policy(sandbox: Running, constraint: str, rule: dict[str, Any]) -> None:
    parent = f"projects/{sandbox['project']}"
    body = {"name": f"{parent}/policies/{constraint}", "spec": {"rules": [rule]}}
    api(sandbox, "POST", f"/v2/{parent}/policies", body)
    sandbox.advance(600)


def check(sandbox: Running) -> Run:
    config = config_for(sandbox)
    return run_check(config, clients_for(config))


def evaluated(**effective: Effective | NoAnswer) -> dict[str, Check]:
    named = {each: effective[key] for each in policy.CONSTRAINTS for key in effective if each.endswith(key)}
    return {check.id: check for check in policy.evaluate(CONFIG, policy.Observed(effective=named))}


def test_a_model_that_is_not_allowed_is_the_one_cause(sandbox: Running) -> None:
    other = "publishers/google/models/gemini-3.5-flash:predict"
    set_policy(sandbox, policy.MODELS, {"values": {"allowedValues": [other]}})
    run = check(sandbox)
    assert run.verdict == "not ready"
    cause = run.root_cause
    assert cause is not None
    assert cause.id == "policy.models"
    assert cause.fix_owner == "admin"
    assert MODEL in cause.fix
    assert [each.id for each in run.checks if each.blocked_by == "policy.models"] == ["chat.answers"]
    assert [each.id for each in run.checks if each.status == "fail"] == ["policy.models"]


def test_a_service_that_is_forbidden_is_the_one_cause(sandbox: Running) -> None:
    set_policy(sandbox, policy.SERVICES, {"values": {"deniedValues": ["aiplatform.googleapis.com"]}})
    run = check(sandbox)
    cause = run.root_cause
    assert cause is not None
    assert cause.id == "policy.services"
    assert "aiplatform.googleapis.com" in cause.fix
    blocked = {each.id for each in run.checks if each.blocked_by == "policy.services"}
    assert {"services.usable", "chat.answers"} <= blocked


def test_policies_that_may_not_be_read_are_not_seen_and_not_in_the_way(sandbox: Running) -> None:
    sandbox.fail_next("*getEffectivePolicy", 403, first=20, reason="IAM_PERMISSION_DENIED")
    run = check(sandbox)
    assert run.verdict == "ready"
    seen = {each.id: each.status for each in run.checks if each.step == "policy"}
    assert seen == {"policy.readable": "unknown"}


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ([], True),
        ([{"allowAll": True}], True),
        ([{"denyAll": True}], False),
        ([{"values": {"allowedValues": ["a", "b"]}}], True),
        ([{"values": {"allowedValues": ["b"]}}], False),
        ([{"values": {"allowedValues": ["is:a"]}}], True),
        ([{"values": {"deniedValues": ["a"]}}], False),
        ([{"values": {"deniedValues": ["b"]}}], True),
        ([{"values": {"allowedValues": ["a"], "deniedValues": ["a"]}}], False),
        ([{"allowAll": True}, {"values": {"deniedValues": ["a"]}}], False),
        ([{"values": {"allowedValues": ["in:some-group"]}}], None),
        ([{"values": {"deniedValues": ["in:some-group"]}}], None),
        ([{"denyAll": True, "condition": {"expression": "resource.matchTag('1/env', 'prod')"}}], True),
    ],
)
def test_a_list_constraint_is_read_as_google_evaluates_it(rules: list[dict[str, Any]], allowed: bool | None) -> None:
    assert policy.allows(read_rules(rules), "a") is allowed


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (["us-central1"], "pass"),
        (["in:us-locations"], "pass"),
        (["in:us-central1-locations"], "pass"),
        (["in:eu-locations"], "warn"),
        (["europe-west4"], "warn"),
    ],
)
def test_locations_are_allowed_by_name_and_by_group(values: list[str], status: str) -> None:
    by_id = evaluated(resourceLocations=Effective(allowed=tuple(values)))
    assert by_id["policy.locations"].status == status


def test_what_was_not_read_is_not_evaluated() -> None:
    error = ErrorStatus(service="orgpolicy.googleapis.com", method="GetEffectivePolicy", code=403)
    by_id = evaluated(allowedModels=error, resourceLocations=Effective(allows_all=True))
    assert by_id["policy.readable"].status == "unknown"
    assert "policy.models" not in by_id
    assert by_id["policy.locations"].status == "pass"


def test_a_constraint_that_does_not_exist_there_is_in_force_nowhere() -> None:
    deleted = ErrorStatus(service="orgpolicy.googleapis.com", method="GetEffectivePolicy", code=404, status="NOT_FOUND")
    by_id = evaluated(allowedModels=deleted, resourceLocations=Effective(allows_all=True))
    assert by_id["policy.readable"].status == "pass"


def test_keys_and_members_tell_what_is_in_force() -> None:
    by_id = evaluated(
        disableServiceAccountKeyCreation=Effective(enforced=True),
        allowedPolicyMemberDomains=Effective(allowed=("C0123abcd",)),
    )
    assert "no keys" in by_id["policy.keys"].summary
    assert "C0123abcd" in by_id["policy.members"].summary
    open_ = evaluated(
        disableServiceAccountKeyCreation=Effective(), allowedPolicyMemberDomains=Effective(allows_all=True)
    )
    assert "can be made" in open_["policy.keys"].summary
    assert "anyone" in open_["policy.members"].summary
