"""Chat answers are what the openai package's types say, strictly; what is beside them is on a page of Google's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running, running
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel, TypeAdapter

PATH = "/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
PAGE = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/thinking"
EXAMPLES = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/migrate/openai/examples"
BESIDE = {
    **dict.fromkeys(("reasoning_content", "matched_stop", "reasoning_tokens", "extra_properties", "metadata"), PAGE),
    "extra_content": EXAMPLES,
}
"""Fields that openai's types do not have -> the page of Google's that shows them."""

TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}
ASKED: dict[str, dict[str, Any]] = {
    "plain": {},
    "short": {"max_completion_tokens": 2},
    "tools": {"tools": [TOOL], "messages": [{"role": "user", "content": "call look_up"}]},
    "schema": {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": {"type": "object", "properties": {"a": {"type": "integer"}}}},
        }
    },
    "several": {"n": 2},
}
MODELS = ["openai/gpt-oss-120b-maas", "google/gemini-3.5-flash"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(clock=0, grpc=False) as started:
        yield started


def ask(sandbox: Running, path: str, body: dict[str, Any]) -> requests.Response:
    headers = {"authorization": f"Bearer {sandbox['token']}"}
    answer = requests.post(sandbox["rest_url"] + path, json=body, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer


def beside(value: Any) -> Iterator[str]:
    """Names of the fields that the types do not have."""
    if isinstance(value, BaseModel):
        yield from value.model_extra or ()
        for name in type(value).model_fields:
            yield from beside(getattr(value, name))
    elif isinstance(value, list):
        for each in value:
            yield from beside(each)


def strictly(kind: type[BaseModel], raw: str) -> None:
    parsed = TypeAdapter(kind).validate_json(raw, strict=True)
    assert set(beside(parsed)) <= set(BESIDE)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", ASKED)
def test_an_answer_is_a_chat_completion(case: str, model: str, sandbox: Running) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **ASKED[case]}
    strictly(ChatCompletion, ask(sandbox, PATH, body).text)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", ASKED)
def test_a_stream_is_of_chunks(case: str, model: str, sandbox: Running) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **ASKED[case]}
    more = {"stream": True, "stream_options": {"include_usage": True}}
    events = [line for line in ask(sandbox, PATH, body | more).text.splitlines() if line]
    assert events[-1] == "data: [DONE]"
    for event in events[:-1]:
        strictly(ChatCompletionChunk, event.removeprefix("data: "))


def test_a_completion_of_a_deployed_model(sandbox: Running) -> None:
    region = "/v1/projects/sandbox-ready/locations/us-central1/endpoints"
    listed = requests.get(
        sandbox["rest_url"] + region, headers={"authorization": f"Bearer {sandbox['token']}"}, timeout=10
    ).json()
    name = listed["endpoints"][0]["name"]
    strictly(Completion, ask(sandbox, f"/v1/{name}/completions", {"model": "x", "prompt": "hello"}).text)


def test_the_types_are_strict() -> None:
    good: dict[str, Any] = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []}
    strictly(ChatCompletion, json.dumps(good))
    wrongs: tuple[dict[str, Any], ...] = ({"created": "1"}, {"object": "chat"}, {"choices": {}})
    for wrong in wrongs:
        with pytest.raises(ValueError, match="validation error"):
            strictly(ChatCompletion, json.dumps(good | wrong))
    with pytest.raises(AssertionError):
        strictly(ChatCompletion, json.dumps(good | {"mine": 1}))
