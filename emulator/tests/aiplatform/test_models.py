"""Which model answers where: a table over both routes that Google has for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.services.aiplatform.models import AS_OF, MODELS, Model

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

NOW = datetime(2026, 11, 30, tzinfo=UTC).timestamp()
CHAT = "chat/completions"
LIVING = [model for model in MODELS if not model.retired_at(NOW)]


def expected(model: Model, location: str) -> tuple[int, str]:
    """The status, and a part of the message, of a chat with a model of which nothing was enabled."""
    missing = (404, "was not found or your project does not have access to it")
    if model.retired_at(NOW) or CHAT not in model.routes:
        return missing
    if location not in model.locations:
        return missing if model.publisher == "google" else (400, f"is not servable in region {location}.")
    if model.enable:
        return missing if model.open else (400, "is not allowed to use Publisher Model")
    return 200, ""


@pytest.mark.parametrize("location", ["global", "us-central1", "us-east5", "eu"])
def test_a_model_answers_where_it_is_served_until_it_retires(vertex: Cloud, location: str) -> None:
    path = f"/v1/projects/sandbox-ready/locations/{location}/endpoints/openapi/chat/completions"
    for model in MODELS:
        if location == "eu" and "us" in model.locations:
            continue  # the same answer as at global
        body = {"model": model.id, "messages": [{"role": "user", "content": "hi"}]}
        status, answer = vertex("POST", path, body)
        wanted, words = expected(model, location)
        assert status == wanted, f"{model.id} in {location}: {answer}"
        assert not words or words in answer[0]["error"]["message"], f"{model.id} in {location}"


@pytest.mark.parametrize(
    ("model", "location", "says"),
    [
        ("meta/llama-4-scout-17b-16e-instruct-maas", "us-east5", 404),
        ("xai/grok-4.6", "global", 400),
    ],
)
def test_what_must_be_enabled_answers_once_it_is(vertex: Cloud, model: str, location: str, says: int) -> None:
    path = f"/v1/projects/sandbox-ready/locations/{location}/endpoints/openapi/chat/completions"
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    assert vertex("POST", path, body)[0] == says
    publisher, _, name = model.partition("/")
    enabled = vertex.post(f"/v1beta1/projects/sandbox-ready/publishers/{publisher}/models/{name}:enableModel")
    assert enabled["enablementState"] == "ENABLEMENT_STATE_SUCCEEDED"
    assert vertex("POST", path, body)[0] == 200


def test_a_private_preview_cannot_be_enabled_or_asked(vertex: Cloud) -> None:
    enable = "/v1beta1/projects/sandbox-ready/publishers/openai/models/gpt-6.1-terra:enableModel"
    assert "Private Preview" in vertex.error("POST", enable)["message"]
    where = "/v1/projects/sandbox-ready/locations"
    asked = {"model": "gpt-6.1-terra", "input": "hi"}
    for route in ("responses", "responses/compact"):
        error = vertex.error("POST", f"{where}/global/publishers/openai/v1/{route}", asked)
        assert (error["status"], "Private Preview" in error["message"]) == ("FAILED_PRECONDITION", True)
    unknown, _ = vertex("POST", f"{where}/global/publishers/openai/v1/responses", {"model": "gpt-9"})
    elsewhere, _ = vertex("POST", f"{where}/europe-west4/publishers/openai/v1/responses", asked)
    assert (unknown, elsewhere) == (404, 400)


def test_every_row_says_where_it_was_read(vertex: Cloud) -> None:
    assert datetime.fromisoformat(AS_OF) <= datetime.fromtimestamp(NOW, UTC).replace(tzinfo=None)
    assert len({model.id for model in MODELS}) == len(MODELS)
    for model in MODELS:
        assert model.source
        assert model.kind == "embedding" or not model.dimensions
    listed = [each["name"] for each in _pages(vertex)]
    assert {model.name for model in LIVING} <= set(listed)
    assert not {model.name for model in MODELS if model not in LIVING} & set(listed)


def _pages(vertex: Cloud) -> list[Any]:
    answer = vertex.get("/v1beta1/publishers/*/models?pageSize=300", x_goog_user_project="sandbox-ready")
    found: list[Any] = answer["publisherModels"]
    return found
