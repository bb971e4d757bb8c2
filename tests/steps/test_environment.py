"""Variables and gcloud's files that point somewhere else are told, and no secret of theirs is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gcp_emulator.server import Running

from provision.commands.check import check as run_check
from provision.config import Config, Target, load
from provision.errors import ErrorStatus
from provision.local.environment import LocalEnvironment
from provision.local.environment import read_environment as read_env
from provision.plan import Check
from provision.steps import environment
from tests.conftest import clients_for, config_for

CONFIG = load(options={"project.id": "my-team-chat"})
SANDBOX = replace(CONFIG, target=Target(name="sandbox", address="http://127.0.0.1:8085"))
VERTEX = "https://aiplatform.googleapis.com/v1/projects/my-team-chat/locations/global/endpoints/openapi"


def message(variables: dict[str, str], config: Config = CONFIG) -> list[str]:
    """Return the variables to unset."""
    observed = environment.Observed(local_environment=read_env(variables))
    return [name for _, name in environment.conflicts(config, observed)]


def evaluated(observed: environment.Observed, config: Config = CONFIG) -> dict[str, Check]:
    return {check.id: check for check in environment.evaluate(config, observed)}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"GOOGLE_CLOUD_PROJECT": "my-team-chat", "CLOUDSDK_CORE_PROJECT": "my-team-chat"},
        {"OPENAI_BASE_URL": VERTEX, "GOOGLE_CLOUD_LOCATION": "global"},
        {"CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": "https://us-central1-aiplatform.googleapis.com/"},
        {"GCE_METADATA_HOST": "127.0.0.1:1", "GCE_METADATA_IP": "127.0.0.1:1"},
        {"GOOGLE_CLOUD_QUOTA_PROJECT": "tools", "CLOUDSDK_BILLING_QUOTA_PROJECT": "CURRENT_PROJECT"},
        {"GOOGLE_APPLICATION_CREDENTIALS": "/a.json", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": "/a.json"},
    ],
)
def test_what_agrees_is_not_told(variables: dict[str, str]) -> None:
    assert message(variables) == []


@pytest.mark.parametrize(
    ("variables", "unset"),
    [
        ({"GOOGLE_CLOUD_PROJECT": "other-project"}, "GOOGLE_CLOUD_PROJECT"),
        ({"CLOUDSDK_CORE_PROJECT": "other-project"}, "CLOUDSDK_CORE_PROJECT"),
        ({"GOOGLE_CLOUD_LOCATION": "us-central1"}, "GOOGLE_CLOUD_LOCATION"),
        ({"PUBSUB_EMULATOR_HOST": "localhost:8085"}, "PUBSUB_EMULATOR_HOST"),
        ({"CLOUDSDK_API_ENDPOINT_OVERRIDES_BILLING": "http://localhost/"}, "CLOUDSDK_API_ENDPOINT_OVERRIDES_BILLING"),
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, "OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": VERTEX.replace("my-team-chat", "other-project")}, "OPENAI_BASE_URL"),
        ({"OPENAI_BASE_URL": VERTEX.replace("googleapis.com", "example.com")}, "OPENAI_BASE_URL"),
        ({"GCE_METADATA_HOST": "127.0.0.1:1"}, "GCE_METADATA_HOST"),
        ({"GOOGLE_API_USE_MTLS_ENDPOINT": "always"}, "GOOGLE_API_USE_MTLS_ENDPOINT"),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "False"}, "GOOGLE_GENAI_USE_VERTEXAI"),
        (
            {"GOOGLE_CLOUD_QUOTA_PROJECT": "tools", "CLOUDSDK_BILLING_QUOTA_PROJECT": "others"},
            "CLOUDSDK_BILLING_QUOTA_PROJECT",
        ),
        (
            {"GOOGLE_APPLICATION_CREDENTIALS": "/a.json", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": "/b.json"},
            "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
        ),
    ],
)
def test_what_points_elsewhere_is_told(variables: dict[str, str], unset: str) -> None:
    assert message(variables) == [unset]


def test_what_points_at_the_sandbox_is_right_against_a_sandbox() -> None:
    here = {
        "OPENAI_BASE_URL": VERTEX.replace("https://aiplatform.googleapis.com", "http://127.0.0.1:8085"),
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": "http://127.0.0.1:8085/",
    }
    assert message(here, SANDBOX) == []
    assert set(message(here)) == set(here)
    assert message({"OPENAI_BASE_URL": VERTEX}, SANDBOX) == ["OPENAI_BASE_URL"]


def test_a_contradiction_is_a_warning_that_names_what_to_unset(
    sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://me:secret@api.openai.com/v1?key=secret")
    config = config_for(sandbox)
    run = run_check(config, clients_for(config), skip=("chat",))
    found = next(check for check in run.checks if check.id == "environment.variables")
    assert (found.status, found.fix) == ("warn", "unset OPENAI_BASE_URL   (or set them to what is meant)")
    assert "secret" not in repr(run)
    assert run.verdict == "ready"


def gcloud_folder(tmp_path: Path, account: str, name: str = "default") -> dict[str, str]:
    folder = tmp_path / "gcloud"
    (folder / "configurations").mkdir(parents=True, exist_ok=True)
    (folder / "active_config").write_text(name)
    (folder / "configurations" / f"config_{name}").write_text(f"[core]\naccount = {account}\nproject = p\n")
    return {"CLOUDSDK_CONFIG": str(folder)}


def test_gclouds_active_configuration_is_read(tmp_path: Path) -> None:
    found = read_env(gcloud_folder(tmp_path, "me@example.com", "work"))
    assert (found.configuration, found.gcloud["core/account"]) == ("work", "me@example.com")
    other = read_env(gcloud_folder(tmp_path, "me@example.com", "work") | {"CLOUDSDK_ACTIVE_CONFIG_NAME": "none-such"})
    assert other.gcloud == {}


def test_a_configuration_no_one_can_read_counts_as_none(tmp_path: Path) -> None:
    environ = gcloud_folder(tmp_path, "me@example.com")
    (tmp_path / "gcloud" / "configurations" / "config_default").write_bytes(b"\xff\xfe no [ini")
    assert read_env(environ).gcloud == {}
    assert read_env({"CLOUDSDK_CONFIG": str(tmp_path / "nowhere")}) == LocalEnvironment()


@pytest.mark.parametrize(
    ("principal", "status"),
    [
        ("me@example.com", "pass"),
        ("Me@Example.com", "pass"),
        ("other@example.com", "warn"),
        ("", "unknown"),
        (ErrorStatus(service="oauth2.googleapis.com", method="TokenInfo", status="TIMEOUT"), "unknown"),
    ],
)
def test_gclouds_account_is_compared_with_the_credentials(
    tmp_path: Path, principal: str | ErrorStatus, status: str
) -> None:
    seen = environment.Observed(
        local_environment=read_env(gcloud_folder(tmp_path, "me@example.com")), principal=principal
    )
    assert evaluated(seen)["environment.gcloud"].status == status


def test_gcloud_that_impersonates_acts_as_the_impersonated(tmp_path: Path) -> None:
    environ = gcloud_folder(tmp_path, "me@example.com") | {"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": "a@x,robot@x"}
    seen = environment.Observed(local_environment=read_env(environ), principal="me@example.com")
    found = evaluated(seen)["environment.gcloud"]
    assert (found.status, found.evidence["gcloud_account"]) == ("warn", "robot@x")


def test_without_gcloud_or_against_a_sandbox_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert "environment.gcloud" not in evaluated(environment.UNOBSERVED)
    seen = environment.Observed(
        local_environment=read_env(gcloud_folder(tmp_path, "me@example.com")), principal="other@x"
    )
    assert "environment.gcloud" not in evaluated(seen, SANDBOX)
