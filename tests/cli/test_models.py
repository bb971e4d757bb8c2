"""What `provision models` and `provision endpoints` list, and what they say where they could not see."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gcp_emulator.server import Running

from provision import catalog
from provision.catalog import update
from provision.cli import main
from provision.cli.models import OLD_DAYS, _check_catalog, _warn_of_age
from provision.errors import ProvisionError
from tests.accounts import api


@pytest.fixture
def provision(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command against the sandbox."""
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))
    Path("provision.yaml").write_text("limits: {call_timeout: 2}\n")

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return run


def rows(result: Result) -> dict[str, Any]:
    return {row["id"]: row for row in json.loads(result.stdout)["models"]}


def test_models_merge_the_catalog_with_what_vertex_says(provision: Any) -> None:
    found = rows(provision("models", "--all", "--format", "json"))
    assert found["openai/gpt-oss-120b-maas"]["published"] == "GA"
    assert found["openai/gpt-oss-20b-maas"]["stage"] == "retired"
    assert found["openai/gpt-oss-20b-maas"]["published"]["code"] == 404


def test_models_ask_no_one_offline_or_without_a_project(
    provision: Any, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(sandbox.requests())
    result = provision("models", "--offline")
    assert len(sandbox.requests()) == before
    assert "Vertex AI was not asked" in result.stdout
    assert "target:" not in result.stdout
    monkeypatch.delenv("PROVISION_TARGET")
    assert "Vertex AI was not asked" in provision("models").stdout


def test_the_matrix_tells_where_a_model_answers(provision: Any) -> None:
    result = provision("models", "--probe")
    assert result.exit_code == 0
    assert "\ntarget: sandbox\n" in result.stdout
    header, *lines = result.stdout.partition("probe")[2].splitlines()
    assert header.split() == ["global", "us-central1", "us-east5", "us", "eu"]
    ours = next(line for line in lines if line.startswith("openai/gpt-oss-120b-maas"))
    assert "answers" in ours
    assert ours.endswith("-")  # nothing says that it is in us or eu, so it was not asked there


def test_retired_models_are_shown_where_all_are_wanted(provision: Any) -> None:
    assert "gpt-oss-20b" not in provision("models", "--offline").stdout
    shown = provision("models", "--offline", "--all").stdout
    assert "openai/gpt-oss-20b-maas is retired; use openai/gpt-oss-120b-maas" in shown
    assert shown.startswith("model ")
    assert shown.splitlines()[0].split() == ["model", "stage", "location", "context", "input", "output", "enable"]
    assert "none found" in provision("models", "--offline", "--location", "europe-west4").stdout


@pytest.mark.parametrize(
    ("fault", "outcome", "code"),
    [
        ({"status": 429, "first": 50}, "throttled", 0),
        ({"status": 403, "reason": "BILLING_DISABLED", "domain": "googleapis.com", "first": 50}, "refused", 0),
        ({"status": 503, "first": 50}, "no answer", 3),
    ],
)
def test_what_a_probe_met_is_distinguished(
    provision: Any, sandbox: Running, fault: dict[str, Any], outcome: str, code: int
) -> None:
    sandbox.fail_next("*ChatCompletions*", **fault)
    # Only one model is there, so that a busy machine is not taken for a silent server.
    result = provision("models", "--probe", "--location", "us-central1", "--format", "json")
    assert rows(result)["openai/gpt-oss-120b-maas"]["probes"]["us-central1"]["outcome"] == outcome
    assert result.exit_code == code


@pytest.mark.parametrize(
    ("error", "waits"),
    [("PUBLISHER_MODEL_NOT_FOUND", True), ("PUBLISHER_MODEL_NOT_ALLOWED", True), ("BILLING_DISABLED", False)],
)
def test_a_model_that_after_enable_is_named_with_its_card_and_the_role(
    provision: Any, sandbox: Running, error: str, waits: bool
) -> None:
    sandbox.fail_next("*ChatCompletions*", error=error, first=500)
    result = provision("models", "--probe", "--location", "global")
    line = next((each for each in result.stdout.splitlines() if "openai/gpt-oss-120b-maas is there, and" in each), "")
    assert bool(line) is waits
    if waits:
        assert "/publishers/openai/model-garden/gpt-oss-120b-maas" in line
        assert "roles/consumerprocurement.entitlementManager" in line
        assert rows(provision("models", "--probe", "--location", "global", "--format", "json"))[
            "openai/gpt-oss-120b-maas"
        ]["after_enable"]


def test_what_vertex_did_not_say_is_not_shown_as_said(provision: Any, sandbox: Running) -> None:
    sandbox.fail_next("*GetPublisherModel", 403, first=50)
    result = provision("models")
    assert result.exit_code == 3
    assert "not seen" in result.stdout
    assert "PERMISSION_DENIED" in result.stdout


def test_an_old_catalog_names_its_rows_their_pages_and_what_to_do() -> None:
    rows = catalog.models()
    oldest = min(row.last_read for row in rows.values())
    _check_catalog(oldest + timedelta(days=OLD_DAYS))
    with pytest.raises(ProvisionError) as refused:
        _check_catalog(oldest + timedelta(days=OLD_DAYS + 1))
    old = [row for row in rows.values() if row.last_read == oldest]
    assert str(refused.value).startswith(f"{len(old)} of {len(rows)} rows")
    assert all(row.id in refused.value.cause and row.source in refused.value.cause for row in old)
    assert f"({OLD_DAYS + 1} days, from https://" in refused.value.cause
    assert "provision models --update" in refused.value.fix


def test_an_old_catalog_warns_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    newest = max(row.last_read for row in catalog.models().values())
    _warn_of_age(newest)
    assert not capsys.readouterr().err
    _warn_of_age(newest + timedelta(days=OLD_DAYS + 1))
    assert "provision models --update" in capsys.readouterr().err


def test_an_update_without_a_price_list_says_where_to_get_one(provision: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "published", update.Published)
    result = CliRunner().invoke(main, ["models", "--update", "--offline"])
    assert result.exit_code == 1
    assert "pip install" in result.output


def test_an_update_shows_what_changed_and_asks_model_garden_where_it_may(
    provision: Any, sandbox: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    entry = {"litellm_provider": "vertex_ai", "mode": "chat", "source": "https://example.com"}
    cheaper = entry | {"input_cost_per_token": 5e-8, "output_cost_per_token": 3.6e-7}
    lists = update.Published(litellm={"vertex_ai/openai/gpt-oss-120b-maas": cheaper}, versions=("litellm 9",))
    monkeypatch.setattr(update, "published", lambda: lists)
    file = tmp_path / "models.json"
    monkeypatch.setattr(update, "FILE", file)
    shown = provision("models", "--update", "--offline", "--dry-run").stdout
    assert "0.09 / 0.36" in shown
    assert "0.05 / 0.36" in shown
    assert "Model Garden was not asked" in shown
    assert not file.exists()
    result = provision("models", "--update")
    assert result.exit_code == 0
    assert "listed by Model Garden and not in the catalog: " in result.stdout
    written = json.loads(file.read_text("utf-8"))["models"][0]
    sandbox.fail_next("*ListPublisherModels", 403, first=50)
    assert provision("models", "--update", "--dry-run").exit_code == 3
    assert written["prices"][0]["input_usd"] == 0.05


def endpoints(result: Result) -> Any:
    checks = json.loads(result.stdout)["checks"]
    return next(check for check in checks if check["id"] == "endpoints.listed")


def test_every_location_is_asked_where_all_are_wanted(provision: Any, sandbox: Running) -> None:
    check = endpoints(provision("endpoints", "--location", "all", "--format", "json"))
    assert [(each["location"], each["display_name"]) for each in check["evidence"]["endpoints"]] == [
        ("europe-west4", "dedicated"),
        ("us-central1", "shared"),
    ]
    assert len(check["evidence"]["locations"]) > 20
    asked = {entry["path"] for entry in sandbox.requests() if entry["path"].endswith("/endpoints")}
    assert len(asked) == len(check["evidence"]["locations"])


def test_a_base_url_is_ready_to_use(provision: Any, sandbox: Running) -> None:
    check = endpoints(provision("endpoints", "--location", "us-central1", "--format", "json"))
    (each,) = check["evidence"]["endpoints"]
    assert each["base_url"] == (
        f"{sandbox['rest_url']}/v1/projects/{sandbox['project']}/locations/us-central1/endpoints/"
        f"{each['name'].rpartition('/')[2]}"
    )
    assert list(each["traffic"].values()) == [100]


def test_a_location_that_fails_is_not_empty(provision: Any, sandbox: Running) -> None:
    sandbox.fail_next("GET /v1/projects/*/locations/europe-west4/endpoints", 403)
    result = provision("endpoints", "--location", "us-central1,europe-west4", "--format", "json")
    check = endpoints(result)
    assert check["evidence"]["not_seen"] == ["europe-west4"]
    assert [each["location"] for each in check["evidence"]["endpoints"]] == ["us-central1"]
    assert result.exit_code != 0


def test_locations_that_cannot_be_listed_are_said(provision: Any, sandbox: Running) -> None:
    sandbox.fail_next("*ListLocations", 403)
    result = provision("endpoints", "--location", "all")
    assert "which locations there are could not be seen" in result.stdout
    assert result.exit_code != 0


def test_a_probe_asks_each_endpoint_once(provision: Any, sandbox: Running) -> None:
    result = provision("endpoints", "--location", "all", "--probe")
    assert result.exit_code == 0
    assert "endpoints.answer" in result.stdout
    asked = [entry for entry in sandbox.requests() if entry["path"].endswith("/chat/completions")]
    assert len(asked) == 2


def test_an_endpoint_that_does_not_answer_is_named(provision: Any, sandbox: Running) -> None:
    sandbox.fail_next("*PredictionService/ChatCompletions", 403, first=9)
    result = provision("endpoints", "--location", "europe-west4", "--probe")
    assert result.exit_code != 0
    assert "no answer from mg-endpoint-" in result.stdout


def test_endpoints_that_no_terraform_state_holds_are_told(provision: Any, sandbox: Running, tmp_path: Path) -> None:
    listed = endpoints(provision("endpoints", "--location", "all", "--format", "json"))["evidence"]["endpoints"]
    names = [each["name"] for each in listed]

    def state(*held: str) -> str:
        instances = [{"attributes": {"id": name.replace(sandbox["project"], "123")}} for name in held]
        kind = "google_vertex_ai_endpoint_with_model_garden_deployment"
        file = tmp_path / f"{len(held)}.tfstate"
        file.write_text(json.dumps({"resources": [{"mode": "managed", "type": kind, "instances": instances}]}))
        return str(file)

    def told(*options: str) -> Any:
        result = provision("endpoints", "--location", "all", "--format", "json", *options)
        return next((each for each in json.loads(result.stdout)["checks"] if each["id"] == "endpoints.in_state"), None)

    assert told() is None
    assert told("--from-terraform", state(*names))["status"] == "pass"
    unheld = told("--from-terraform", state(*names[1:]))
    assert (unheld["status"], unheld["diagnosis"]) == ("warn", "ENDPOINT_IN_NO_STATE")
    assert names[0].rpartition("/")[2] in unheld["evidence"]["in_no_state"]
    assert told("--from-terraform", state(*names[1:]), "--from-terraform", state(*names))["status"] == "pass"
    (tmp_path / "other.json").write_text("[]")
    refused = provision("endpoints", "--from-terraform", str(tmp_path / "other.json"))
    assert refused.exit_code == 2
    assert "terraform state pull" in refused.stderr


def test_the_table_of_endpoints_shows_no_names_where_none_are_wanted(provision: Any, sandbox: Running) -> None:
    where = f"/v1/projects/{sandbox['project']}/locations/us-central1/endpoints"
    api(sandbox, "POST", f"{where}?endpointId=acme-secret", {"displayName": "Acme\x1b[2J one"})
    sandbox.advance(60)
    plain = provision("endpoints", "--location", "us-central1").stdout
    assert "acme-secret" in plain
    assert "Acme" in plain
    assert "\x1b" not in plain
    hidden = provision("endpoints", "--location", "us-central1", "--redact").stdout
    assert "base URL" in hidden
    assert "acme" not in hidden.lower()
    assert sandbox["project"] not in hidden
