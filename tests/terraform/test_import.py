"""What `provision apply` made is taken over by Terraform: nothing made twice, nothing destroyed, and then no plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from gcp_emulator.server import Running

from provision.commands.apply import apply
from provision.commands.plan import plan
from provision.config import Config, load
from provision.errors import ProvisionError
from provision.federation import rules
from provision.journal import Journal
from provision.terraform_io import imports, tfvars
from tests.accounts import api
from tests.conftest import clients_for, target_of
from tests.terraform.conftest import working_in
from tests.terraform.working import UNOBSERVED, Working, copy_module

FAST = {"limits": {"usable_interval": 0, "usable_answers": 1}}
NEW: dict[str, Any] = {
    "project": {"id": "my-team-chat", "create": True, "parent": "organizations/100000000001"},
    "billing": {"account": "0A1B2C-3D4E5F-678901"},
    "identity": {"service_account": "chat-runtime", "roles": ["roles/aiplatform.user", "roles/browser"]},
    "ci": {"provider": "github", "repository": "my-team/chat", "repository_id": "1234", "branch": "main"},
}


def config_of(ready: Running, options: dict[str, Any]) -> Config:
    file = Path("provision.yaml")
    file.write_text(yaml.safe_dump({**options, **FAST}))
    return load(file=file, target=target_of(ready))


def applied(config: Config) -> None:
    """Make it with the Python steps."""
    run = apply(config, clients_for(config), journal=Journal(Path("journal.jsonl")), approve=bool, smoke=False)
    assert all(each.outcome == "done" for each in run.applied), run.applied
    assert not run.blocking_check, run.checks


@pytest.fixture
def root(cloud: Running, either: tuple[str, ...], tmp_path: Path) -> Iterator[Working]:
    with working_in(cloud, copy_module(tmp_path) / "examples" / "provision-yaml", either) as made:
        yield made


def take_over(root: Working, config: Config) -> str:
    """Import, and return what the plan said."""
    (root.folder / "terraform.tfvars.json").write_text(tfvars.render(config))
    found = imports.look(config, clients_for(config))
    (root.folder / "imports.tf").write_text(imports.imports(config, found, "provision"))
    message = root.must("plan", "-out=plan.bin").message
    root.must("apply", "plan.bin")
    return message


def test_a_project_that_was_made_is_taken_over_with_an_empty_plan(root: Working, cloud: Running) -> None:
    config = config_of(cloud, NEW)
    applied(config)
    before = json.dumps(cloud.state(comparable=True), sort_keys=True)
    message = take_over(root, config)
    assert "Plan: 21 to import, 0 to add, 1 to change, 0 to destroy" in message, message
    assert 'deletion_policy = "DELETE" -> "PREVENT"' in message, "only the state learns of it"
    assert root.plan() == UNOBSERVED
    assert json.dumps(cloud.state(comparable=True), sort_keys=True) == before


def test_an_adopted_project_keeps_its_link_and_only_the_state_learns_of_it(root: Working, cloud: Running) -> None:
    config = config_of(cloud, {**NEW, "project": {"id": "adopted-project"}})
    applied(config)
    before = json.dumps(cloud.state(comparable=True), sort_keys=True)
    message = take_over(root, config)
    assert "0 to add, 1 to change, 0 to destroy" in message, message
    assert '+ deletion_policy = "ABANDON"' in message or 'deletion_policy = "DELETE" -> "ABANDON"' in message, message
    assert root.plan() == UNOBSERVED
    assert json.dumps(cloud.state(comparable=True), sort_keys=True) == before


def test_what_is_not_there_is_made_and_not_imported(root: Working, cloud: Running) -> None:
    config = config_of(cloud, {**NEW, "project": {"id": "adopted-project"}})
    found = imports.look(config, clients_for(config))
    assert not found.accounts
    assert not found.pool
    assert not found.provider
    assert "google_service_account" not in imports.imports(config, found)
    take_over(root, config)
    assert root.plan() == UNOBSERVED


def test_a_provider_of_others_is_not_taken_over(cloud: Running) -> None:
    """`provision plan` refuses it; the module would write its own condition over theirs."""
    config = config_of(cloud, NEW)
    applied(config)
    name = rules.provider_name(config)
    body = {"description": "theirs", "attributeCondition": "assertion.ref == 'x'"}
    api(cloud, "PATCH", f"/v1/{name}?updateMask=description,attributeCondition", body)
    cloud.advance(600)
    with pytest.raises(ProvisionError, match="this is not taken over"):
        imports.look(config, clients_for(config))
    assert plan(config, clients_for(config)).blocking_check == "ci.provider"


def test_the_reverse_needs_nothing(root: Working, cloud: Running) -> None:
    config = config_of(cloud, NEW)
    (root.folder / "terraform.tfvars.json").write_text(tfvars.render(config))
    root.apply()
    cloud.advance(600)
    run = plan(config, clients_for(config))
    assert [str(each) for each in run.changes] == []
    assert not run.blocking_check
