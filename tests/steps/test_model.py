"""A model that is not found: misspelled, elsewhere, not enabled, or about to go; each is told from Google's one 404."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from provision import catalog
from provision.config import Config, load
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
    ("given", "published", "diagnosis"),
    [
        ({}, "GA", "MODEL_NOT_ENABLED"),
        ({}, NOT_FOUND, ""),
        ({}, FORBIDDEN, ""),
        ({"model": "openai/gpt-oss-120b-mass"}, NOT_FOUND, "MODEL_MISSPELLED"),
        ({"model": "openai/gpt-oss-120b-mass"}, FORBIDDEN, ""),
        ({"model": "openai/newer-than-the-catalog"}, "GA", "MODEL_NOT_ENABLED"),
        ({"model_location": "us-central1"}, NOT_FOUND, "WRONG_LOCATION"),
    ],
)
def test_one_answer_of_googles_is_distinguished(
    given: dict[str, str], published: str | ErrorStatus, diagnosis: str
) -> None:
    config: Config = replace(CONFIG, **given)  # type: ignore[arg-type] # texts, all of them
    [check] = chat.evaluate(config, chat.Observed(completion=NOT_FOUND, published=published))
    assert (check.status, check.diagnosis) == ("unknown", diagnosis)


def test_another_error_is_left_to_the_diagnoses() -> None:
    error = replace(NOT_FOUND, code=429, status="RESOURCE_EXHAUSTED")
    assert chat.why_not_found(CONFIG, error) == ""
    assert chat.why_not_found(CONFIG, replace(NOT_FOUND, message="no such page")) == ""


def offered(today: date, name: str = "openai/gpt-oss-20b-maas") -> Check:
    config = replace(CONFIG, model=name, model_location="us-central1")
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
def test_a_model_that_is_not_called_deprecated_is_told_ninety_days_before(
    days: int, diagnosis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(catalog.models()["openai/gpt-oss-20b-maas"], deprecated=None)
    assert row.retires
    monkeypatch.setattr(catalog, "models", lambda: {row.id: row})
    assert offered(row.retires - timedelta(days=days)).diagnosis == diagnosis
