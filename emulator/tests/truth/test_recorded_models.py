"""Answers of models have the members that recorded ones have: `recorded/models.json` names them by their paths.

Each row has its source. `beside` are members that an answer has in addition here, and may by another recording.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running, running
from gcp_emulator.services.aiplatform.models import BY_ID

ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded" / "models.json").read_text("utf-8"))
WHERE = "/v1/projects/sandbox-ready/locations"
ASKED = {"role": "user", "content": "Use get_weather."}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": CITY}}
CALL = {
    "id": "function-call-1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": "{}"},
    "extra_content": {"google": {"thought_signature": "c2lnbmVk"}},
}
RESULT = {"role": "tool", "tool_call_id": "function-call-1", "content": "sunny"}
NOW = datetime(2026, 11, 30, tzinfo=UTC).timestamp()

SINCE_2025 = {"usage.extra_properties.google.traffic_type", "usage.prompt_tokens_details.cached_tokens"}
"""Members that answers of 2026 have, or those with cached tokens, and others have not."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(clock=0, grpc=False) as started:
        yield started


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The path of each member that is no object and no list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{at}[]")
    else:
        yield at


def answer_to(sandbox: Running, row: dict[str, Any]) -> Any:
    headers = {"authorization": f"Bearer {sandbox['token']}"}
    body = dict(row["body"])
    if row["route"] == "native":
        url = f"{sandbox['rest_url']}{WHERE}/global/publishers/google/models/{row['model']}:streamGenerateContent"
        return requests.post(url, json=body, headers=headers, timeout=10).json()[row["event"]]
    if body["messages"] == "tool result":
        body["messages"] = [ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]}, RESULT]
    elif body["messages"] == "call":
        body |= {"messages": [ASKED], "tools": [TOOL], "stream": True}
    url = f"{sandbox['rest_url']}{WHERE}/{row.get('location', 'global')}/endpoints/openapi/chat/completions"
    answer = requests.post(url, json=body, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text
    if row["route"] == "stream":
        events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line]
        return json.loads(events[:-1][row["event"]])
    return answer.json()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_an_answer_has_the_members_of_the_recorded_one(sandbox: Running, row: dict[str, Any]) -> None:
    known = BY_ID.get(row["body"].get("model", ""))
    if known is not None and known.retired_at(NOW):
        assert known.matched_stop == row.get("matched_stop")  # it is refused today, and its answer was recorded before
        return
    answer = answer_to(sandbox, row)
    beside = SINCE_2025 | set(row.get("beside", ()))
    found = {each.replace("prompt_tokens_details.cached_tokens", "prompt_tokens_details") for each in paths(answer)}
    assert found - beside == set(row["shape"]) - beside or (
        "usage.prompt_tokens" not in row["shape"]  # not all of it was printed
        and {each for each in found if not each.startswith("usage")} == set(row["shape"])
    )
    if "matched_stop" in row:
        assert answer["choices"][0]["matched_stop"] == row["matched_stop"]


def test_errors_of_the_openai_compatible_route_are_lists_as_recorded(sandbox: Running) -> None:
    url = f"{sandbox['rest_url']}{WHERE}/global/endpoints/openapi/chat/completions"
    both = {"google": {"thinking_config": {"thinking_level": "minimal", "thinking_budget": 0}}}
    asked = {"model": "google/gemini-3.1-flash-lite", "messages": [{"role": "user", "content": "hi"}]}
    [missing] = requests.post(url, json=asked, timeout=10).json()
    assert missing["error"]["details"][0]["reason"] == "CREDENTIALS_MISSING"
    headers = {"authorization": f"Bearer {sandbox['token']}"}
    [refused] = requests.post(url, json=asked | both, headers=headers, timeout=10).json()
    assert refused["error"]["status"] == "INVALID_ARGUMENT"
    assert "details" not in refused["error"]
    page = requests.get(url.replace("chat/completions", "models"), headers=headers, timeout=10)
    assert page.status_code == 404
