"""What the caller may do is known before anything is refused, and a missing right is named with its smallest role."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running

from provision.catalog.roles import smallest_roles
from provision.commands.check import check as run_check
from provision.commands.required_permissions import permissions_by_level, required_permissions
from provision.config import Config
from provision.errors import ErrorStatus
from provision.plan import Check, Run
from provision.steps import permissions
from tests.accounts import api, enable, grant, make_account
from tests.conftest import clients_for, config_for


def token_file(sandbox: Running, email: str) -> Path:
    """Return credentials by which the sandbox's account is used: a key of its own."""
    key = api(sandbox, "POST", f"/v1/projects/-/serviceAccounts/{email}/keys", {})
    path = Path(f"{email}.json")
    path.write_bytes(base64.b64decode(key["privateKeyData"]))
    return path.absolute()


def acting(config: Config, file: Path) -> Config:
    return replace(config, target=replace(config.target, credentials_file=file))


def custom_role(sandbox: Running, name: str, held: Iterable[str]) -> str:
    parent = sandbox["project"]
    role = {"roleId": name, "role": {"title": name, "includedPermissions": sorted(held), "stage": "GA"}}
    return str(api(sandbox, "POST", f"/v1/projects/{parent}/roles", role)["name"])


def run_as(sandbox: Running, held: Iterable[str]) -> Run:
    """Check the ready project as an account that holds these permissions and no others."""
    enable(sandbox, "orgpolicy.googleapis.com")  # the account's calls are charged to the project it lives in
    role = custom_role(sandbox, "just_this", held)
    email = make_account(sandbox, "just-this", [role])
    config = acting(config_for(sandbox), token_file(sandbox, email))
    return run_check(config, clients_for(config))


def found(run: Run, name: str) -> Check:
    return next(check for check in run.checks if check.id == name)


def enough(sandbox: Running, *, advisory: bool) -> set[str]:
    return set(permissions_by_level(config_for(sandbox), ("check",), advisory=advisory)["project"])


def test_the_declared_permissions_are_enough_to_see_everything(sandbox: Running) -> None:
    run = run_as(sandbox, enough(sandbox, advisory=True))
    assert run.verdict == "ready", run.root_cause
    unseen = {check.id for check in run.checks if check.status in {"unknown", "blocked", "fail"}}
    assert unseen == set()


def test_without_what_is_advisory_it_is_ready_all_the_same(sandbox: Running) -> None:
    run = run_as(sandbox, enough(sandbox, advisory=False))
    assert run.verdict == "ready", run.root_cause


@pytest.mark.parametrize(
    ("missing", "role"),
    [
        ("aiplatform.endpoints.predict", "roles/aiplatform.user"),
        ("serviceusage.services.get", "roles/serviceusage.serviceUsageViewer"),
        ("aiplatform.endpoints.list", "roles/aiplatform.viewer"),
    ],
)
def test_every_declared_permission_is_missed(sandbox: Running, missing: str, role: str) -> None:
    """One cause, with the smallest role, and what was refused for it is shown as blocked by it."""
    run = run_as(sandbox, enough(sandbox, advisory=True) - {missing})
    assert run.verdict == "not ready"
    cause = run.root_cause
    assert cause is not None
    assert cause.step == "permissions"
    assert cause.evidence["missing"] == missing
    assert cause.evidence["role"] == role
    assert cause.fix_owner == "admin"
    member = "serviceAccount:just-this@sandbox-ready.iam.gserviceaccount.com"
    command = "gcloud projects add-iam-policy-binding sandbox-ready"
    assert cause.fix == f"{command} --member={member} --role={role} --condition=None"
    assert {check.blocked_by for check in run.checks if check.status == "blocked"} == {cause.id}
    assert [check.id for check in run.checks if check.status == "fail"] == [cause.id]


def granted(config: Config, *held: str, level: str = "project") -> permissions.Observed:
    required = required_permissions(config)
    return permissions.Observed(granted={level: frozenset(held)}, required=required)  # type: ignore[dict-item] # a level, as text


def evaluated(config: Config, observed: permissions.Observed) -> dict[str, Check]:
    return {check.id: check for check in permissions.evaluate(config, observed)}


def test_a_right_to_change_is_missed_only_where_something_is_to_be_changed(sandbox: Running) -> None:
    looking = enough(sandbox, advisory=True)
    ready = run_as(sandbox, looking)
    assert found(ready, "permissions.write").status == "pass"
    assert "serviceusage.services.enable" in found(ready, "permissions.write").summary

    api(sandbox, "POST", f"/v1/projects/{sandbox['project']}/services/cloudbilling.googleapis.com:disable", {})
    sandbox.advance(10)
    email = "just-this@sandbox-ready.iam.gserviceaccount.com"
    config = acting(config_for(sandbox), Path(f"{email}.json").absolute())
    missing = found(run_check(config, clients_for(config)), "permissions.write")
    assert missing.status == "warn"
    assert missing.evidence["role"] == "roles/serviceusage.serviceUsageAdmin"


def test_where_it_was_not_seen_whether_anything_is_to_be_changed_a_missing_right_stays(sandbox: Running) -> None:
    run_as(sandbox, enough(sandbox, advisory=True))
    email = "just-this@sandbox-ready.iam.gserviceaccount.com"
    config = acting(config_for(sandbox), Path(f"{email}.json").absolute())
    alone = run_check(config, clients_for(config), only=["permissions"])
    assert found(alone, "permissions.write").status == "warn"

    sandbox.fail_next("*BatchGetServices", 403, first=99)
    unseen = run_check(config, clients_for(config))
    assert found(unseen, "services.enabled").status != "pass"
    assert found(unseen, "permissions.write").status == "warn"


def test_the_billing_account_and_the_parent_have_checks_of_their_own(sandbox: Running) -> None:
    config = config_for(
        sandbox,
        project__id="brand-new-project",
        project__create=True,
        project__parent=sandbox["organization"],
        billing__account=sandbox["billing_account"],
    )
    clients = clients_for(config)
    clients.required_permissions = required_permissions(config)
    by_id = evaluated(config, permissions.observe(config, clients))
    assert by_id["permissions.parent"].status == "pass"
    assert by_id["permissions.billing"].status == "pass"
    nothing = evaluated(config, granted(config, level="parent"))
    assert nothing["permissions.parent"].diagnosis == "PERMISSION_MISSING_ON_ORGANIZATION"
    assert nothing["permissions.parent"].evidence["role"] == "roles/resourcemanager.projectCreator"
    nothing = evaluated(config, granted(config, level="billing account"))
    assert nothing["permissions.billing"].evidence["role"] == "roles/billing.user"


def test_a_project_where_nothing_is_granted_may_not_be_there_at_all(sandbox: Running) -> None:
    config = config_for(sandbox)
    by_id = evaluated(config, granted(config))
    assert {check.status for check in by_id.values()} == {"unknown"}


def test_a_test_that_was_refused_is_unknown_and_stands_in_nobodys_way(sandbox: Running) -> None:
    error = ErrorStatus(service="cloudresourcemanager.googleapis.com", method="TestIamPermissions", status="TIMEOUT")
    config = config_for(sandbox)
    observed = permissions.Observed(granted={"project": error}, required=required_permissions(config))
    found_checks = evaluated(config, observed).values()
    assert found_checks
    assert all(check.status == "unknown" and not check.required for check in found_checks)


def test_roles_that_are_named_really_help(sandbox: Running) -> None:
    """Following the fix fixes it."""
    run = run_as(sandbox, enough(sandbox, advisory=True) - {"aiplatform.endpoints.predict"})
    cause: Any = run.root_cause
    email = "just-this@sandbox-ready.iam.gserviceaccount.com"
    grant(sandbox, "projects/sandbox-ready", f"serviceAccount:{email}", cause.evidence["role"])
    config = acting(config_for(sandbox), Path(f"{email}.json").absolute())
    assert run_check(config, clients_for(config)).verdict == "ready"


def test_what_google_holds_of_its_roles_is_what_the_catalog_says(sandbox: Running) -> None:
    """The table of roles was read by itself; the sandbox's was, too."""
    for level, wanted in permissions_by_level(config_for(sandbox), ("check", "apply")).items():
        for name in smallest_roles(wanted, level):
            answer = requests.get(
                f"{sandbox['rest_url']}/v1/{name}", headers={"Authorization": f"Bearer {sandbox['token']}"}, timeout=10
            )
            held = set(json.loads(answer.text)["includedPermissions"])
            ours = next(role for role in permissions_of(name))
            assert {each for each in wanted if each in ours} <= held, name


def permissions_of(name: str) -> list[frozenset[str]]:
    from provision.catalog.roles import roles

    return [role.permissions for role in roles() if role.name == name]
