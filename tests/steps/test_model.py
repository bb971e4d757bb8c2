"""A model that is not found: misspelled, elsewhere, not enabled, or about to go; each is told from Google's one 404."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from provision import catalog, explain
from provision.config import load
from provision.errors import ErrorStatus
from provision.google.vertex import SERVICE
from provision.plan import Check
from provision.steps import chat, model

CONFIG = load(options={"project.id": "my-team-chat"})
NOT_FOUND = ErrorStatus(
    service=SERVICE,
    method="ChatCompletions",
    code=404,
    status="NOT_FOUND",
    message="Publisher Model `x` was not found or your project does not have access to it.",
)
FORBIDDEN = replace(NOT_FOUND, code=403, status="PERMISSION_DENIED", message="no")


@pytest.mark.parametrize(
    ("model_id", "location", "published", "diagnosis"),
    [
        ("openai/gpt-oss-120b-maas", "global", "GA", "MODEL_NOT_ENABLED"),
        ("openai/gpt-oss-120b-maas", "global", NOT_FOUND, ""),
        ("openai/gpt-oss-120b-maas", "global", FORBIDDEN, ""),
        # Only reported there, and the report was wrong; whatever Model Garden shows.
        ("openai/gpt-oss-120b-maas", "us-central1", "GA", "WRONG_LOCATION"),
        ("meta/llama-4-scout-17b-16e-instruct-maas", "us-east5", "GA", "MODEL_NOT_ENABLED"),
        ("meta/llama-4-scout-17b-16e-instruct-maas", "us-central1", "GA", "WRONG_LOCATION"),
        # Gemini has nothing to enable; the ones since 3 are in no single region, those to come neither.
        ("google/gemini-3.8-flash", "us-central1", "GA", "WRONG_LOCATION"),
        ("google/gemini-3.8-flash", "europe-west4", NOT_FOUND, "WRONG_LOCATION"),
        ("google/gemini-3.8-flash", "global", "GA", ""),
        ("google/gemini-3.9-flash", "us-central1", NOT_FOUND, "WRONG_LOCATION"),
        ("google/gemini-3.9-flash", "global", NOT_FOUND, "MODEL_NOT_SERVED"),
        # Retired, other publishers and other addresses: nothing that Model Garden says changes it.
        ("openai/gpt-oss-20b-maas", "us-central1", "GA", "MODEL_RETIRED"),
        ("openai/gpt-oss-20b", "us-central1", NOT_FOUND, "MODEL_RETIRED"),
        ("qwen/qwen3-coder-480b-a35b-instruct-maas", "global", NOT_FOUND, "MODEL_RETIRED"),
        ("google/gemini-2.5-pro", "us-central1", NOT_FOUND, "MODEL_RETIRED"),
        ("google/gpt-oss-120b-maas", "global", NOT_FOUND, "WRONG_PUBLISHER"),
        ("google/kimi-k3-maas", "global", NOT_FOUND, "WRONG_PUBLISHER"),
        ("google/claude-sonnet-4", "us-east5", NOT_FOUND, "WRONG_PUBLISHER"),
        ("google/whatever-maas", "global", NOT_FOUND, "WRONG_PUBLISHER"),
        ("openai/gpt-6.1-terra", "global", NOT_FOUND, "MODEL_NEEDS_OFFER"),
        ("openai/gpt-7", "global", NOT_FOUND, "MODEL_NEEDS_OFFER"),
        ("anthropic/claude-opus-5-5", "global", "GA", "MODEL_OTHER_ROUTE"),
        # What may be newer than the catalog is not called misspelled.
        ("zai-org/glm-5.3-maas", "global", NOT_FOUND, "MODEL_NOT_SERVED"),
        ("qwen/qwen4-80b-maas", "global", NOT_FOUND, "MODEL_NOT_SERVED"),
        ("openai/newer-than-the-catalog", "global", "GA", "MODEL_NOT_ENABLED"),
        ("openai/newer-than-the-catalog", "global", NOT_FOUND, "MODEL_NOT_SERVED"),
        ("openai/gpt-oss-120b-mass", "global", NOT_FOUND, "MODEL_MISSPELLED"),
        ("openai/gpt-oss-120b-mass", "global", FORBIDDEN, ""),
        ("acme/foo", "global", NOT_FOUND, "MODEL_MISSPELLED"),
    ],
)
def test_one_answer_of_googles_is_distinguished(
    model_id: str, location: str, published: str | ErrorStatus, diagnosis: str
) -> None:
    config = replace(CONFIG, model=model_id, model_location=location)
    [check] = chat.evaluate(config, chat.Observed(completion=NOT_FOUND, published=published))
    assert (check.status, check.diagnosis) == ("unknown", diagnosis)
    known = explain.facts(config, None, "")
    explained = explain.explain(check, known)
    words = f"{explained.cause} {explained.fix} {explained.request}"
    retired = [row.id for row in catalog.models().values() if row.stage(date(2026, 11, 30)) == "retired"]
    assert not [each for each in retired if f"--model {each}" in words]
    if diagnosis:
        assert ("misspelled" in words) is (model_id == "acme/foo")
    if diagnosis == "WRONG_LOCATION":
        assert explained.fix_owner == "you"
        assert explained.fix.startswith(f"--location {catalog.lookup(model_id).offered_at[0]} ")


def test_another_error_is_left_to_the_diagnoses() -> None:
    error = replace(NOT_FOUND, code=429, status="RESOURCE_EXHAUSTED")
    assert chat.why_not_found(CONFIG, error) == ""
    assert chat.why_not_found(CONFIG, replace(NOT_FOUND, message="no such page")) == ""


def offered(today: date, name: str = "openai/gpt-oss-20b-maas", location: str = "us-central1") -> Check:
    config = replace(CONFIG, model=name, model_location=location)
    return next(check for check in model.evaluate(config, model.Observed(today=today)) if check.id == "model.offered")


def test_the_stages_of_a_life() -> None:
    row = catalog.models()["openai/gpt-oss-20b-maas"]
    assert row.retires
    assert row.deprecated
    assert offered(row.deprecated - timedelta(days=1)).status == "pass"
    assert offered(row.deprecated).diagnosis == "MODEL_DEPRECATED"
    assert offered(row.retires - timedelta(days=1)).diagnosis == "MODEL_DEPRECATED"
    deleted = offered(row.retires)
    assert (deleted.status, deleted.diagnosis) == ("fail", "MODEL_RETIRED")
    assert str(row.retires) in deleted.summary
    assert row.successor in deleted.summary


@pytest.mark.parametrize(("days", "diagnosis"), [(91, ""), (90, "MODEL_RETIRES_SOON"), (1, "MODEL_RETIRES_SOON")])
def test_a_model_that_is_not_called_deprecated_is_told_ninety_days_before(days: int, diagnosis: str) -> None:
    row = catalog.models()["google/gemini-3.7-flash"]
    assert row.retires
    assert not row.deprecated
    assert offered(row.retires - timedelta(days=days), row.id, "global").diagnosis == diagnosis


def test_what_is_only_reported_is_said_to_be() -> None:
    check = offered(date(2026, 11, 30), "openai/gpt-oss-120b-maas")
    assert check.status == "pass"
    assert "reported, not documented" in check.summary
    assert "card names global only" in check.summary


def test_an_old_row_says_so_by_itself() -> None:
    row = catalog.models()["openai/gpt-oss-120b-maas"]
    assert "the catalog was read on" not in offered(row.last_read + timedelta(days=90), row.id).summary
    assert "provision models --update" in offered(row.last_read + timedelta(days=91), row.id).summary
