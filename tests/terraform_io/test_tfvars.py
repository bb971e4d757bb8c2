"""What Terraform is handed: every setting that the module has a place for, and nothing made up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from provision.cli import main
from provision.config import load, refuse_what_only_terraform_does
from provision.errors import ConfigError, UsageError
from provision.settings import SETTINGS
from provision.terraform_io import tfvars

FULL: dict[str, Any] = {
    "project": {
        "id": "my-team-chat",
        "create": True,
        "parent": "folders/42",
        "display_name": "Team chat",
        "labels": {"team": "chat"},
    },
    "billing": {"account": "000000-AAAAAA-111111", "relink": True},
    "services": [
        "aiplatform.googleapis.com",
        "iam.googleapis.com",
        "iamcredentials.googleapis.com",
        "storage.googleapis.com",
        "sts.googleapis.com",
    ],
    "model": {"id": "openai/gpt-oss-120b-maas", "location": "global"},
    "identity": {"service_account": "chat-runtime", "display_name": "Chat", "roles": ["roles/aiplatform.user"]},
    "ci": {
        "provider": "gitlab",
        "repository": "group/chat",
        "repository_id": "12",
        "owner_id": "34",
        "branch": "main",
        "service_account": "chat-ci",
        "roles": ["roles/browser"],
        "pool": "chat-pool",
        "pool_provider": "chat-provider",
        "issuer": "https://gitlab.example.com",
        "jwks": '{"keys":[{"kty":"RSA"}]}',
        "attributes": {"ref": "assertion.ref"},
    },
    "budget": {
        "amount": 500,
        "currency": "EUR",
        "thresholds": [0.25, 1.5],
        "pubsub_topic": "projects/my-team-tools/topics/budgets",
    },
    "organization_policy": {"allowed_models": ["publishers/openai/models/gpt-oss-120b-maas:predict"]},
    "endpoint": {
        "model": "publishers/openai/models/gpt-oss@gpt-oss-120b",
        "location": "europe-west4",
        "machine_type": "a3-highgpu-2g",
        "accelerator_type": "NVIDIA_H100_80GB",
        "accelerator_count": 2,
        "max_replicas": 3,
    },
}
ELSEWHERE = ("auth.", "chat.", "endpoints.", "limits.", "model.endpoint", "project.undelete", "waivers")
"""How `provision` itself looks and waits: nothing that a project is."""


def config(wanted: dict[str, Any]) -> Any:
    file = Path("provision.yaml")
    file.write_text(yaml.safe_dump(wanted))
    return load(file=file)


def test_everything_that_is_set_arrives() -> None:
    found = json.dumps(tfvars.variables(config(FULL)))
    for section, values in FULL.items():
        for value in values.values() if isinstance(values, dict) else [values]:
            text = json.dumps(value)
            assert text in found or f"billingAccounts/{value}" in found, f"{section}: {text}"


def test_the_example_sets_every_setting_that_a_project_is() -> None:
    set_here = {
        f"{section}.{name}" if isinstance(values, dict) else section
        for section, values in FULL.items()
        for name in (values if isinstance(values, dict) else [""])
    }
    assert set_here == {row.key for row in SETTINGS if not row.key.startswith(ELSEWHERE)}


def test_little_asked_is_little_written() -> None:
    assert set(tfvars.variables(config({"project": {"id": "my-team-chat"}}))) == {"project", "services", "model"}


def test_only_what_terraform_alone_does_is_refused_and_by_its_name() -> None:
    with pytest.raises(ConfigError) as caught:
        refuse_what_only_terraform_does(config(FULL))
    refused = {problem.what.partition(" ")[0] for problem in caught.value.problems}
    assert refused == {
        f"{section}.{name}" for section in ("budget", "organization_policy", "endpoint") for name in FULL[section]
    }
    assert all("provision terraform vars" in problem.fix for problem in caught.value.problems)
    without = {name: value for name, value in FULL.items() if name not in {"budget", "organization_policy", "endpoint"}}
    refuse_what_only_terraform_does(config(without))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"budget": {"thresholds": [1]}}, "budget.thresholds is set, and budget.amount is not"),
        ({"budget": {"amount": 5}}, "budget.amount is set, and billing.account is not"),
        ({"budget": {"amount": 1.5}}, "budget.amount '1.5' cannot be used"),
        (
            {"budget": {"amount": 5, "thresholds": [90]}, "billing": FULL["billing"]},
            "budget.thresholds '[90]' cannot be used",
        ),
        (
            {"budget": {"amount": 5, "thresholds": ["1"]}, "billing": FULL["billing"]},
            "budget.thresholds '[\"1\"]' cannot be used",
        ),
        ({"endpoint": {"location": "us-central1"}}, "endpoint.location is set, and endpoint.model is not"),
        (
            {"endpoint": {"model": FULL["endpoint"]["model"], "max_replicas": 2}},
            "endpoint.max_replicas is set, and endpoint.machine_type is not",
        ),
        (
            {"organization_policy": {"allowed_models": ["openai/gpt-oss"]}},
            "allowed_models '[\"openai/gpt-oss\"]' cannot be used",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config({"project": {"id": "my-team-chat"}, **wanted})
    assert any(message in problem.what for problem in caught.value.problems), str(caught.value)


def outputs(**values: Any) -> Path:
    file = Path("outputs.json")
    file.write_text(json.dumps({name: {"value": value, "type": "string"} for name, value in values.items()}))
    return file


def test_a_state_s_outputs_are_settings_weaker_than_options_and_stronger_than_the_file() -> None:
    found = tfvars.read_outputs(outputs(project_id="from-terraform", model="a/b", model_location="global", more=1))
    Path("provision.yaml").write_text("project: {id: from-the-file}\n")
    read = load(options={"model.id": "c/d"}, file=Path("provision.yaml"), outputs=found)
    assert (read.project_id, read.model) == ("from-terraform", "c/d")
    assert read.sources["project.id"] == "terraform output project_id"


def test_a_state_without_the_outputs_says_which_are_missing() -> None:
    with pytest.raises(UsageError, match="no output model, model_location"):
        tfvars.read_outputs(outputs(project_id="from-terraform"))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"project_id": "x"}'])
def test_a_file_of_something_else_is_refused(text: str) -> None:
    Path("outputs.json").write_text(text)
    with pytest.raises(UsageError, match="terraform output"):
        tfvars.read_outputs(Path("outputs.json"))


def test_where_there_is_no_terraform_a_file_is_advised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        tfvars.read_outputs(tmp_path)
    assert "name a file" in caught.value.fix


def test_a_place_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="nowhere does not exist"):
        tfvars.read_outputs(Path("nowhere"))


def test_a_label_without_a_value_is_refused() -> None:
    config = load(options={"project.id": "my-team-chat", "project.create": True, "project.labels": {"team": ""}})
    with pytest.raises(UsageError, match=r"project\.labels: team has no value"):
        tfvars.variables(config)


@pytest.mark.parametrize(("create", "code"), [(False, 0), (True, 2)])
def test_a_variable_that_replaces_the_file_s_project_is_told(
    monkeypatch: pytest.MonkeyPatch, create: bool, code: int
) -> None:
    Path("provision.yaml").write_text(json.dumps({"project": {"id": "in-the-file", "create": create}}))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "of-the-variable")
    result = CliRunner().invoke(main, ["terraform", "vars", "--out", "-"])
    assert result.exit_code == code, result.output
    assert "replaces the project that is in provision.yaml:1" in result.stderr
    assert CliRunner().invoke(main, ["terraform", "vars", "--out", "-", "--project", "in-the-file"]).stderr == ""


def test_what_terraform_cannot_do_is_refused_by_name() -> None:
    wanted = {"project": {"id": "my-team-chat", "undelete": True}}
    with pytest.raises(UsageError, match="undelete is not done by Terraform"):
        tfvars.variables(config(wanted))
