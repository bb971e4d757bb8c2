# ruff: noqa: E501 - a row of a table is one line
"""The other APIs by which a model is asked come to the same verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from provision.chat import apis
from provision.chat.faults import fault_of
from provision.chat.messages import Completion
from provision.chat.serving import Serving
from provision.commands.smoke_test import smoke_test
from provision.errors import ApiError
from tests.conftest import clients_for, config_for

GOOD: dict[str, dict[str, Any]] = {
    "responses": {
        "status": "completed",
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "message", "content": [{"type": "output_text", "text": "A cloud is water."}]},
        ],
        "usage": {"input_tokens": 9, "output_tokens": 30, "output_tokens_details": {"reasoning_tokens": 20}},
    },
    # As recorded: https://github.com/pydantic/pydantic-ai (cassettes of generateContent).
    "generate-content": {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": "OK"}]}, "finishReason": "STOP"}
        ],
        "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 1, "totalTokenCount": 106, "thoughtsTokenCount": 100},
        "modelVersion": "gemini-3-flash-preview",
    },
    "embeddings": {"data": [{"embedding": [0.1, -0.2, 0]}], "usage": {"prompt_tokens": 9}},
    "raw-predict": {
        "choices": [{"message": {"content": "A cloud is water."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
    },
}  # fmt: skip
CLAUDE = {
    "content": [{"type": "text", "text": "A cloud."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 9, "output_tokens": 4},
}


def read(api: str, answer: Any) -> Completion:
    found = apis._READERS[api](answer)
    return apis.as_completion(found, model="m", max_tokens=1024, total_s=1.0)


@pytest.mark.parametrize(("api", "answer"), [*GOOD.items(), ("raw-predict", CLAUDE)])
def test_a_good_answer_is_good(api: str, answer: dict[str, Any]) -> None:
    completion = read(api, answer)
    assert fault_of(completion) is None
    assert completion.prompt_tokens in {5, 9}
    assert "hm" not in completion.text


def test_thoughts_are_counted_once() -> None:
    assert read("generate-content", GOOD["generate-content"]).completion_tokens == 101
    assert read("responses", GOOD["responses"]).completion_tokens == 30


@pytest.mark.parametrize(
    ("api", "answer", "diagnosis"),
    [
        ("responses", {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "CHAT_FILTERED"),
        ("responses", {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "CHAT_EMPTY"),
        ("responses", {"status": "failed"}, "CHAT_FAILED"),
        ("responses", {"status": "queued"}, "CHAT_ENDED_ODDLY"),
        ("responses", {}, "CHAT_UNFINISHED"),
        ("responses", {"status": "completed", "output": [{"content": [{"type": "refusal", "refusal": "No."}]}]}, "CHAT_FILTERED"),
        ("responses", {"status": "completed", "output": "text", "usage": 7}, "CHAT_NO_TEXT"),
        ("generate-content", {"candidates": [{"finishReason": "SAFETY"}]}, "CHAT_FILTERED"),
        ("generate-content", {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "CHAT_FILTERED"),
        ("generate-content", {"candidates": [{"finishReason": "MAX_TOKENS"}]}, "CHAT_EMPTY"),
        ("generate-content", {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}, "CHAT_FAILED"),
        ("generate-content", {"candidates": None, "usageMetadata": []}, "CHAT_UNFINISHED"),
        ("generate-content", {"candidates": [7]}, "CHAT_UNFINISHED"),
        ("raw-predict", {"content": [{"type": "text", "text": ""}], "stop_reason": "refusal"}, "CHAT_FILTERED"),
        ("raw-predict", {"predictions": []}, "CHAT_UNFINISHED"),
    ],
)  # fmt: skip
def test_a_bad_answer_is_named(api: str, answer: dict[str, Any], diagnosis: str) -> None:
    fault = fault_of(read(api, answer))
    assert fault is not None
    assert fault.diagnosis == diagnosis


@pytest.mark.parametrize("vector", [None, [], [0, 0.0], [1, "x"], [float("nan")], "AAAA", [True]])
def test_what_is_no_vector_is_no_embedding(vector: Any) -> None:
    with pytest.raises(ApiError):
        read("embeddings", {"data": [{"embedding": vector}]})


@pytest.mark.parametrize(
    ("api", "model", "url", "named"),
    [
        ("responses", "openai/gpt-6.1-terra", "L/publishers/openai/v1/responses", "gpt-6.1-terra"),
        ("responses", "xai/grok-4.6", "L/endpoints/openapi/responses", "xai/grok-4.6"),
        ("embeddings", "intfloat/e5", "L/endpoints/openapi/embeddings", "intfloat/e5"),
        ("generate-content", "google/gemini-3.5-flash", "L/publishers/google/models/gemini-3.5-flash:generateContent", None),
        ("raw-predict", "meta/llama-4", "L/publishers/meta/models/llama-4:rawPredict", "meta/llama-4"),
        ("raw-predict", "anthropic/claude", "L/publishers/anthropic/models/claude:rawPredict", None),
    ],
)  # fmt: skip
def test_each_api_has_an_address_of_its_own(api: str, model: str, url: str, named: str | None) -> None:
    serving = Serving(base_url="L/endpoints/openapi", model=model, location="global")
    asked, body = apis._request(api, serving, model, "Hi", 9)
    assert (asked, body.get("model")) == (url, named)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(propagation=0, grpc=False) as ready:
        yield ready


def test_gemini_is_asked_by_its_own_api(sandbox: Running) -> None:
    config = config_for(sandbox, chat__capabilities=("text",), model__id="google/gemini-3.5-flash")
    clients = clients_for(config)
    clients.api = "generate-content"
    run = smoke_test(config, clients)
    assert run.verdict == "ready", [(check.id, check.status, check.summary) for check in run.checks]
    asked = [entry["path"] for entry in sandbox.requests()]
    assert any(path.endswith("/models/gemini-3.5-flash:generateContent") for path in asked)


@pytest.mark.parametrize("api", ["responses", "embeddings", "raw-predict"])
def test_an_api_that_does_not_serve_a_model_is_never_green(api: str, sandbox: Running) -> None:
    sandbox.fail_next("*", 501, message="not served", first=1)
    config = config_for(sandbox, chat__capabilities=("text",))
    clients = clients_for(config)
    clients.api = api
    answer = clients.chat
    with pytest.raises(ApiError):
        answer.complete("", "Hi", max_tokens=9)
