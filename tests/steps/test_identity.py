"""The application's service account, against a sandbox."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.clients import Clients
from provision.commands.apply import apply as run_apply
from provision.commands.check import check as run_check
from provision.config import Config
from provision.journal import Journal
from provision.plan import Run
from tests.accounts import api, enable, make_account, policy_of
from tests.conftest import clients_for, config_for

ROLE = "roles/aiplatform.user"


def wanted(sandbox: Running, **more: Any) -> Config:
    return config_for(sandbox, identity__service_account="chat-runtime", **more)


def apply(config: Config, clients: Clients | None = None) -> Run:
    return run_apply(
        config,
        clients or clients_for(config),
        journal=Journal(Path("journal.jsonl")),
        approve=lambda _: True,
        smoke=False,
    )


def member(sandbox: Running) -> str:
    return f"serviceAccount:chat-runtime@{sandbox['project']}.iam.gserviceaccount.com"


def detail(run: Run, action: str) -> str:
    return next(each.detail for each in run.applied if each.change.action == action)


def test_what_others_were_granted_stays(sandbox: Running) -> None:
    resource = f"projects/{sandbox['project']}"
    condition = {"title": "for a while", "expression": 'request.time < timestamp("2100-01-01T00:00:00Z")'}
    policy = policy_of(sandbox, resource)
    policy["bindings"].append({"role": ROLE, "members": ["user:ann@sandbox.example.com"], "condition": condition})
    policy["auditConfigs"] = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]
    api(
        sandbox,
        "POST",
        f"/v3/{resource}:setIamPolicy",
        {"policy": policy | {"version": 3}, "updateMask": "bindings,etag,auditConfigs"},
    )
    before = policy_of(sandbox, resource)
    assert apply(wanted(sandbox)).applied
    after = policy_of(sandbox, resource)
    added = {"role": ROLE, "members": [member(sandbox)]}
    assert added in after["bindings"]
    assert [each for each in after["bindings"] if each != added] == before["bindings"]
    assert after["auditConfigs"] == before["auditConfigs"]


def test_roles_in_force_are_confirmed_by_the_account_itself(sandbox: Running) -> None:
    assert detail(apply(wanted(sandbox)), "wait").startswith("holds its roles, proven as chat-runtime@")


def test_a_caller_who_may_not_become_the_account_is_told_that_nothing_is_confirmed(sandbox: Running) -> None:
    admin = make_account(
        sandbox,
        "deployer",
        [
            "roles/browser",
            "roles/serviceusage.serviceUsageViewer",
            "roles/iam.serviceAccountCreator",
            "roles/resourcemanager.projectIamAdmin",
            "roles/aiplatform.user",
        ],
    )
    enable(sandbox, "iam.googleapis.com", "iamcredentials.googleapis.com")
    run = apply(wanted(sandbox, auth__impersonate_service_account=admin))
    assert {check.id: check.status for check in run.checks if check.step == "identity"} == {
        "identity.account": "pass",
        "identity.roles": "pass",
    }
    assert "was not proven: you may not act as" in detail(run, "wait")


def test_a_policy_that_does_not_know_the_account_yet_is_asked_again(sandbox: Running) -> None:
    email = member(sandbox).partition(":")[2]
    sandbox.fail_next(
        "*Projects/SetIamPolicy", 400, first=2, message=f"Service account {email} does not exist.", raw_body=None
    )
    run = apply(wanted(sandbox))
    assert run.root_cause is None
    writes = [entry["status"] for entry in sandbox.requests() if entry["method"].endswith("SetIamPolicy")]
    assert writes == [400, 400, 200]


def test_a_disabled_account_is_a_finding_and_stays_disabled(sandbox: Running) -> None:
    email = make_account(sandbox, "chat-runtime", [ROLE])
    api(sandbox, "POST", f"/v1/projects/{sandbox['project']}/serviceAccounts/{email}:disable", {})
    run = apply(wanted(sandbox))
    assert (run.blocking_check, run.applied) == ("identity.account", ())
    assert run.root_cause is not None
    assert run.root_cause.diagnosis == "SERVICE_ACCOUNT_DISABLED"
    assert f"gcloud iam service-accounts enable {email}" in run.root_cause.fix


def test_an_account_that_was_deleted_is_made_anew(sandbox: Running) -> None:
    email = make_account(sandbox, "chat-runtime", [ROLE])
    api(sandbox, "DELETE", f"/v1/projects/{sandbox['project']}/serviceAccounts/{email}")
    run = apply(wanted(sandbox))
    assert run.root_cause is None
    assert [each.change.action for each in run.applied] == ["create", "grant", "wait"]


def test_a_missing_role_is_named_with_the_command_that_grants_it(sandbox: Running) -> None:
    make_account(sandbox, "chat-runtime")
    run = run_check(wanted(sandbox), clients_for(wanted(sandbox)), only=("identity",))
    found = {check.id: check for check in run.checks}
    assert found["identity.account"].status == "pass"
    assert found["identity.roles"].status == "fail"
    assert f"--member={member(sandbox)} --role={ROLE}" in found["identity.roles"].fix


def test_a_grant_that_never_comes_into_force_ends_at_the_deadline(sandbox: Running) -> None:
    own = member(sandbox).partition(":")[2]
    sandbox.fail_next("*TestIamPermissions", 200, first=999, raw_body="{}", match={"principal": own})
    config = wanted(sandbox)
    now = iter(range(0, 100_000, 50))
    clients = clients_for(config)
    clients.clock = lambda: float(next(now))
    run = apply(config, clients)
    failed = [each for each in run.applied if each.outcome == "failed"]
    assert [each.change.action for each in failed] == ["wait"]
    assert failed[0].error is not None
    assert failed[0].error.reason == "NOT_USABLE_IN_TIME"


@pytest.mark.parametrize("sent", [False, True], ids=["before it was sent", "after it was carried out"])
@pytest.mark.parametrize("method", ["google.iam.admin.v1.IAM/CreateServiceAccount", "*Projects/SetIamPolicy"])
def test_a_lost_connection_makes_nothing_twice(sandbox: Running, method: str, sent: bool) -> None:
    sandbox.fail_next(method, drop=True, after=sent)
    run = apply(wanted(sandbox))
    assert run.root_cause is None
    bindings = policy_of(sandbox, f"projects/{sandbox['project']}")["bindings"]
    assert [each["members"].count(member(sandbox)) for each in bindings if each["role"] == ROLE] == [1]
    changed = [entry["method"] for entry in sandbox.requests() if entry["changed"] and entry["mutates"]]
    assert len(changed) == len(set(changed)) == 2


def test_a_creation_that_would_be_refused_is_in_the_way_and_names_the_permission(sandbox: Running) -> None:
    enable(sandbox, "iam.googleapis.com")
    viewer = make_account(sandbox, "deployer", ["roles/viewer", "roles/aiplatform.user"])
    run = apply(wanted(sandbox, auth__impersonate_service_account=viewer))
    assert (run.applied, run.blocking_check) == ((), "permissions.write")
    assert run.root_cause is not None
    assert "iam.serviceAccounts.create" in run.root_cause.cause


def test_two_people_applying_at_once_both_end_ready(sandbox: Running) -> None:
    runs: list[Run] = []
    config = wanted(sandbox)

    def one(number: int) -> None:
        journal = Journal(Path(f"journal-{number}.jsonl"))
        runs.append(run_apply(config, clients_for(config), journal=journal, approve=lambda _: True, smoke=False))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.root_cause for run in runs] == [None] * 3
    bindings = policy_of(sandbox, f"projects/{sandbox['project']}")["bindings"]
    assert [each["members"].count(member(sandbox)) for each in bindings if each["role"] == ROLE] == [1]
