"""Gemini's own API, over HTTP and through google-genai."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google import genai
from google.genai.types import GenerateContentConfig, HttpOptions
from google.oauth2.credentials import Credentials

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

MODEL = "gemini-3.5-flash"
PATH = f"/v1/projects/sandbox-ready/locations/global/publishers/google/models/{MODEL}"
CONTENTS = [{"role": "user", "parts": [{"text": "hello"}]}]


def test_an_answer_has_candidates_and_usage(cloud: Cloud) -> None:
    answer = cloud.post(f"{PATH}:generateContent", {"contents": CONTENTS})
    [candidate] = answer["candidates"]
    assert candidate["finishReason"] == "STOP"
    assert candidate["content"]["role"] == "model"
    assert "not a model" in candidate["content"]["parts"][0]["text"]
    usage = answer["usageMetadata"]
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["candidatesTokenCount"]
    counted = cloud.post(f"{PATH}:countTokens", {"contents": CONTENTS})
    assert counted["totalTokens"] == usage["promptTokenCount"]


def test_a_small_budget_ends_early(cloud: Cloud) -> None:
    config = {"maxOutputTokens": 3}
    answer = cloud.post(f"{PATH}:generateContent", {"contents": CONTENTS, "generationConfig": config})
    assert answer["candidates"][0]["finishReason"] == "MAX_TOKENS"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (PATH, {}, "INVALID_ARGUMENT"),
        (PATH, {"contents": ["x"]}, "INVALID_ARGUMENT"),
        (PATH, {"contents": CONTENTS, "color": 1}, "INVALID_ARGUMENT"),
        (PATH, {"contents": CONTENTS, "tools": [{}]}, "UNIMPLEMENTED"),
        (PATH.replace("3.5", "9.9"), {"contents": CONTENTS}, "NOT_FOUND"),
        (PATH.replace("google", "openai"), {"contents": CONTENTS}, "NOT_FOUND"),
        (PATH.replace("global", "us-central1"), {"contents": CONTENTS}, "FAILED_PRECONDITION"),
    ],
)
def test_what_cannot_be_answered_is_refused(cloud: Cloud, path: str, body: Any, status: str) -> None:
    assert cloud.error("POST", f"{path}:generateContent", body)["status"] == status


def test_google_genai_works_as_it_is(cloud: Cloud) -> None:
    credentials: Any = Credentials(cloud["token"])  # type: ignore[no-untyped-call] # google-auth has no types here
    options = HttpOptions(base_url=cloud["rest_url"])
    with genai.Client(
        vertexai=True, project="sandbox-ready", location="global", credentials=credentials, http_options=options
    ) as client:
        answer = client.models.generate_content(model=MODEL, contents="hello")
        assert answer.text is not None
        assert "hello" in answer.text
        parts = list(client.models.generate_content_stream(model=MODEL, contents="hello"))
        assert len(parts) > 1
        assert "".join(part.text or "" for part in parts) == answer.text
        assert parts[-1].usage_metadata is not None
        config = GenerateContentConfig(max_output_tokens=2, system_instruction="Be short.", temperature=0.5)
        short = client.models.generate_content(model=MODEL, contents="hello", config=config)
        assert short.candidates is not None
        assert str(short.candidates[0].finish_reason).endswith("MAX_TOKENS")
        assert client.models.count_tokens(model=MODEL, contents="hello").total_tokens
