"""What Gemini makes of a chat by the OpenAI-compatible route: errors as by its own, and streams as recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PATH = "/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
HI = {"role": "user", "content": "hi"}
ASKED = {"role": "user", "content": "Use get_weather and get_time."}
SIGNED: dict[str, Any] = {"extra_content": {"google": {"thought_signature": "c2lnbmVk"}}}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def tool(parameters: Any = None, name: str = "get_weather") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters or CITY}}


def call(name: str = "get_weather", **more: Any) -> dict[str, Any]:
    return {"id": f"id-{name}", "type": "function", "function": {"name": name, "arguments": "{}"}, **more}


def assistant(*calls: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def result(name: str = "get_weather") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": f"id-{name}", "content": "sunny"}


def schema(of: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": of}}}


UNABLE = "Unable to submit request because "
CHOICE = {"type": "string", "anyOf": [{"type": "string"}, {"type": "null"}]}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an assistant's empty turn": (
        {"messages": [HI, {"role": "assistant", "content": ""}, HI]},
        UNABLE + "it must include at least one parts field",
    ),
    "an empty text": ({"messages": [{"role": "user", "content": ""}]}, UNABLE + "it has an empty text parameter."),
    "fewer results than calls": (
        {"messages": [ASKED, assistant(call(**SIGNED), call("get_time")), result()]},
        "Please ensure that the number of function response parts is equal to the number of function call parts",
    ),
    "a result without a call": (
        {"messages": [HI, result()]},
        "Please ensure that function response turn comes immediately after a function call turn.",
    ),
    "a call without its signature": (
        {"messages": [{"role": "system", "content": "x"}, ASKED, assistant(call()), result()]},
        UNABLE + "function call `default_api:get_weather` in the 2. content block is missing a `thought_signature`.",
    ),
    "any_of beside a type": (
        {"messages": [HI], "tools": [tool({"type": "object", "properties": {"w": CHOICE}})]},
        UNABLE + "`get_weather` functionDeclaration `parameters.w` schema specified other fields alongside any_of.",
    ),
    "parameters of no type": (
        {"messages": [HI], "tools": [tool({"properties": {}})]},
        UNABLE + "`get_weather` functionDeclaration parameters schema should be of type OBJECT.",
    ),
    "a schema without a type": (
        {"messages": [HI], **schema({"type": "object", "properties": {"a": {"title": "A"}}})},
        UNABLE + "one or more response schemas didn't specify the schema type field.",
    ),
    "an effort that does not exist": (
        {"messages": [HI], "reasoning_effort": "heroic"},
        "Invalid value at 'reasoning_effort'",
    ),
    "a level that the model has not": (
        {
            "messages": [HI],
            "model": "google/gemini-3.8-flash",
            "google": {"thinking_config": {"thinking_level": "minimal"}},
        },
        UNABLE + "thinking_level MINIMAL is not supported by this model.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_gemini_refuses_the_same_by_this_route(vertex: Cloud, name: str) -> None:
    body, words = REFUSED[name]
    status, [answer] = vertex("POST", PATH, {"model": "google/gemini-3.5-flash", **body})
    error = answer["error"]
    assert (status, error["status"], error["message"][: len(words)]) == (400, "INVALID_ARGUMENT", words)


def test_an_open_model_takes_what_gemini_does_not(vertex: Cloud) -> None:
    body, _ = REFUSED["a call without its signature"]
    assert vertex("POST", PATH, {"model": "openai/gpt-oss-120b-maas", **body})[0] == 200


@pytest.mark.parametrize("model", ["google/gemini-3.5-flash", "openai/gpt-oss-120b-maas"])
def test_a_picture_is_refused_by_name(vertex: Cloud, model: str) -> None:
    part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    error = vertex.error("POST", PATH, {"model": model, "messages": [{"role": "user", "content": [part]}]})
    assert error["message"] == "A chat with an image (image_url) is not served by the sandbox."


def test_calls_side_by_side_are_joined_by_their_ids(vertex: Cloud) -> None:
    tools = [tool(), tool(name="get_time")]
    body = {"model": "google/gemini-3.5-flash", "messages": [ASKED], "tools": tools, "stream": True}
    more = {"google": {"stream_function_call_arguments": True}, "stream_options": {"include_usage": True}}
    events = [
        line.removeprefix("data: ") for line in vertex.raw("POST", PATH, json=body | more).text.splitlines() if line
    ]
    assert events.pop() == "[DONE]"
    chunks = [json.loads(event) for event in events]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert all(delta["role"] == "assistant" for delta in deltas)
    assert ["usage" in chunk for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    fragments = [delta["tool_calls"][0] for delta in deltas]
    assert [bool(each.get("extra_content")) for each in fragments] == [True] + [False] * (len(fragments) - 1)
    joined: dict[str, str] = {}
    for each in fragments:
        assert each["type"] == "function"
        joined[each["id"]] = joined.get(each["id"], "") + each["function"]["arguments"]
    assert [set(json.loads(arguments)) for arguments in joined.values()] == [{"city"}, {"city"}]
    whole = vertex.post(PATH, {**body, "stream": False})["choices"][0]["message"]["tool_calls"]
    assert [each["id"].startswith("function-call-") for each in whole] == [True, True]
    assert [("extra_content" in each) for each in whole] == [True, False]
