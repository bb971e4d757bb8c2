"""`provision permissions`: what it prints can be used as it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from gcp_emulator.server import Running

from provision.cli import main
from tests.accounts import api

WHOLE = """
billing: {account: 000000-AAAAAA-111111}
identity: {service_account: chat-runtime}
ci: {provider: github, repository: my-team/chat}
"""


def provision(*words: str) -> Result:
    Path("provision.yaml").write_text(WHOLE)
    return CliRunner().invoke(main, ["permissions", "--project", "my-team-chat", *words], catch_exceptions=False)


def test_what_is_not_configured_needs_nothing() -> None:
    Path("empty.yaml").write_text("")
    decoded = provision("--config", "empty.yaml").stdout
    whole = provision().stdout
    assert "serviceAccounts" not in decoded
    assert "iam.serviceAccounts.create" in whole
    assert "billing.resourceAssociations.create" in whole


def test_the_application_alone_needs_one_permission() -> None:
    role = yaml.safe_load(provision("--for", "run", "--role-file").stdout)
    assert role["includedPermissions"] == ["aiplatform.endpoints.predict"]


def test_the_role_file_is_taken_by_iam_as_it_is(sandbox: Running) -> None:
    printed = provision("--role-file").stdout
    role = yaml.safe_load(printed)
    made = api(sandbox, "POST", f"/v1/projects/{sandbox['project']}/roles", {"roleId": "provision", "role": role})
    assert made["includedPermissions"] == sorted(role["includedPermissions"])
    assert "iam.googleapis.com/workloadIdentityPools.create" in role["includedPermissions"]
    assert "# As well, on billingAccounts/000000-AAAAAA-111111" in printed


def test_terraform_gets_the_same_permissions() -> None:
    printed = provision("--terraform", "--member", "user:ann@example.com").stdout
    listed = json.loads(re.sub(r",\s*\]", "]", printed[printed.index("[") : printed.index("]") + 1]))
    assert listed == yaml.safe_load(provision("--role-file").stdout)["includedPermissions"]
    assert 'member  = "user:ann@example.com"' in printed


def test_google_s_own_roles_are_the_small_ones() -> None:
    commands = provision("--gcloud", "--member", "user:ann@example.com").stdout.splitlines()
    roles = {line.partition("--role=")[2].split()[0] for line in commands}
    assert all("--member=user:ann@example.com" in line for line in commands)
    assert {"roles/iam.workloadIdentityPoolAdmin", "roles/iam.serviceAccountAdmin", "roles/billing.user"} <= roles
    assert not roles & {"roles/owner", "roles/editor", "roles/iam.securityAdmin"}


@pytest.mark.parametrize("words", [("--for", "dance"), ("--for", ",")])
def test_an_unknown_command_is_named(words: tuple[str, ...]) -> None:
    result = provision(*words)
    assert result.exit_code == 2
    assert "smoke-test" in result.stderr
