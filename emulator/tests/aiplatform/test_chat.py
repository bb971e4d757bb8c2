from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
from gcp_emulator.errors import ApiError
from gcp_emulator.services.aiplatform import chat, tokens
from gcp_emulator.services.aiplatform.models import BY_ID, Model
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

OSS = BY_ID["openai/gpt-oss-120b-maas"]
GEMINI = BY_ID["google/gemini-3.5-flash"]
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
TIME = {"type": "function", "function": {"name": "get_time"}}


def complete(text: str = "Say hello.", model: Model | None = OSS, **more: Any) -> chat.Completion:
    body = {"model": model.id if model else "", "messages": [{"role": "user", "content": text}], **more}
    return chat.complete(body, model, completion_id="JnXM", created=1_800_000_000)


def joined(completion: chat.Completion, member: str, choice: int = 0) -> str:
    deltas = [c["delta"] for chunk in completion.chunks() for c in chunk["choices"] if c["index"] == choice]
    return "".join(delta.get(member) or "" for delta in deltas)


def test_the_answer_says_that_it_is_not_a_model() -> None:
    message = complete().whole()["choices"][0]["message"]
    assert chat.NOT_A_MODEL in message["content"]
    assert "Say hello." in message["content"]


def test_the_same_request_gets_the_same_answer() -> None:
    assert complete().whole() == complete().whole()
    assert list(complete().chunks()) == list(complete().chunks())


def test_an_open_model_answers_in_the_documented_shape() -> None:
    answer = complete().whole()
    assert set(answer) == {"id", "object", "created", "model", "choices", "metadata", "usage"}
    assert answer["metadata"] == {"weight_version": "default"}
    (choice,) = answer["choices"]
    assert set(choice) == {"index", "finish_reason", "logprobs", "matched_stop", "message"}
    assert choice["matched_stop"] == 200002
    assert set(choice["message"]) == {"role", "content", "reasoning_content", "tool_calls"}
    assert answer["usage"]["reasoning_tokens"] == 0
    assert answer["usage"]["extra_properties"] == {"google": {"traffic_type": "ON_DEMAND"}}


def test_gemini_shows_no_reasoning_and_counts_it_beside_the_completion() -> None:
    answer = complete(model=GEMINI).whole()
    assert set(answer["choices"][0]["message"]) == {"role", "content", "extra_content"}
    usage = answer["usage"]
    thought = usage["completion_tokens_details"]["reasoning_tokens"]
    assert thought > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] + thought
    assert "completion_tokens_details" not in complete(model=GEMINI, reasoning_effort="minimal").whole()["usage"]
    assert answer["system_fingerprint"] == ""
    assert not joined(complete(model=GEMINI), "reasoning_content")


@pytest.mark.parametrize("model", [OSS, GEMINI, None])
def test_the_openai_types_accept_every_answer(model: Model | None) -> None:
    completion = complete(model=model, stream_options={"include_usage": True})
    ChatCompletion.model_validate(completion.whole())
    for chunk in completion.chunks():
        ChatCompletionChunk.model_validate(
            {**chunk, "choices": [{"finish_reason": None, **c} for c in chunk["choices"]]}
        )


def test_a_stream_says_what_the_whole_answer_says_in_several_pieces() -> None:
    completion = complete()
    message = completion.whole()["choices"][0]["message"]
    assert joined(completion, "content") == message["content"]
    assert joined(completion, "reasoning_content") == message["reasoning_content"]
    assert sum("content" in c["delta"] for chunk in completion.chunks() for c in chunk["choices"]) > 3


def test_reasoning_comes_before_content_and_the_role_comes_once() -> None:
    deltas = [chunk["choices"][0]["delta"] for chunk in complete().chunks()]
    kinds = ["reasoning" if "reasoning_content" in delta else "content" for delta in deltas if len(delta) > 0]
    assert [one for one, other in pairwise(kinds) if one != other] == ["reasoning"]
    assert [index for index, delta in enumerate(deltas) if "role" in delta] == [0]


@pytest.mark.parametrize("include_usage", [True, False])
def test_usage_stands_in_the_last_chunk_and_nowhere_else(include_usage: bool) -> None:
    completion = complete(stream_options={"include_usage": include_usage})
    *others, last = completion.chunks()
    assert last["usage"] == completion.whole()["usage"]
    assert not any("usage" in chunk for chunk in others)
    assert (last["choices"] == []) is include_usage
    assert ([*others, last][-2 if include_usage else -1])["choices"][0]["finish_reason"] == "stop"


@given(st.text(min_size=1, max_size=300), st.integers(1, 200), st.sampled_from([OSS, GEMINI]), st.integers(1, 3))
def test_usage_adds_up_and_counts_what_was_said(text: str, budget: int, model: Model, choices: int) -> None:
    completion = complete(text, model, max_tokens=budget, n=choices)
    answer = completion.whole()
    usage = answer["usage"]
    message = answer["choices"][0]["message"]
    thought = tokens.count(completion.answer.reasoning)
    counted = tokens.count(message["content"]) + thought
    beside = usage.get("completion_tokens_details", {}).get("reasoning_tokens", 0)
    assert beside == (thought * choices if model is GEMINI else 0)
    assert usage["completion_tokens"] + beside == counted * choices
    assert counted <= budget
    assert usage["prompt_tokens"] == tokens.prompt([{"role": "user", "content": text}])
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] + beside
    assert (answer["choices"][0]["finish_reason"] == "length") == (
        counted == budget and completion.answer.finish == "length"
    )
    assert all(joined(completion, "content", choice) == message["content"] for choice in range(choices))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_small_budget_is_spent_on_reasoning(name: str) -> None:
    budget: dict[str, Any] = {name: 16}
    (choice,) = complete(**budget).whole()["choices"]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"] == ""
    assert choice["message"]["reasoning_content"]


def test_low_effort_leaves_more_of_the_budget() -> None:
    def content(effort: str) -> str:
        return str(complete(max_tokens=40, reasoning_effort=effort).whole()["choices"][0]["message"]["content"])

    assert len(content("low")) > len(content("medium")) >= len(content("high"))


def test_the_default_budget_is_enough() -> None:
    assert complete().whole()["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("stop", ["sandbox", ["nowhere", "sandbox"]])
def test_a_stop_sequence_ends_the_content(stop: str | list[str]) -> None:
    (choice,) = complete(stop=stop).whole()["choices"]
    assert choice["message"]["content"] == "This is the "
    assert choice["finish_reason"] == "stop"
    assert choice["matched_stop"] is None


def test_several_choices_are_numbered_and_cost_together() -> None:
    one, three = complete().whole(), complete(n=3).whole()
    assert [choice["index"] for choice in three["choices"]] == [0, 1, 2]
    assert three["usage"]["completion_tokens"] == 3 * one["usage"]["completion_tokens"]
    assert three["usage"]["prompt_tokens"] == one["usage"]["prompt_tokens"]


def test_a_tool_is_called_when_the_last_message_names_it() -> None:
    (choice,) = complete("Use get_weather for Oslo.", tools=[WEATHER, TIME]).whole()["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    jsonschema.validate(json.loads(call["function"]["arguments"]), WEATHER["function"]["parameters"])


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("What is the weather?", {}),
        ("get_weather_now", {}),
        ("Use get_weather.", {"tool_choice": "none"}),
    ],
)
def test_no_tool_is_called_otherwise(text: str, more: dict[str, Any]) -> None:
    (choice,) = complete(text, tools=[WEATHER], **more).whole()["choices"]
    assert choice["message"]["tool_calls"] is None
    assert choice["finish_reason"] == "stop"


def test_two_named_tools_are_called_at_once_unless_one_at_a_time_is_asked() -> None:
    text = "Use get_weather and get_time."
    both = complete(text, tools=[WEATHER, TIME]).whole()["choices"][0]["message"]["tool_calls"]
    one = complete(text, tools=[WEATHER, TIME], parallel_tool_calls=False).whole()["choices"][0]["message"][
        "tool_calls"
    ]
    assert [call["function"]["name"] for call in both] == ["get_weather", "get_time"]
    assert len({call["id"] for call in both}) == 2
    assert one == both[:1]


def test_tool_calls_are_streamed_as_indexed_fragments() -> None:
    completion = complete("Use get_weather and get_time.", tools=[WEATHER, TIME])
    calls: dict[int, dict[str, Any]] = {}
    for chunk in completion.chunks():
        for delta in chunk["choices"][0]["delta"].get("tool_calls", ()):
            if "id" in delta:
                calls[delta["index"]] = {key: value for key, value in delta.items() if key != "index"}
            else:
                calls[delta["index"]]["function"]["arguments"] += delta["function"]["arguments"]
    assert list(calls.values()) == completion.whole()["choices"][0]["message"]["tool_calls"]


def test_after_a_tools_answer_comes_text() -> None:
    called = complete("Use get_weather.", tools=[WEATHER]).whole()["choices"][0]["message"]
    messages = [
        {"role": "user", "content": "Use get_weather."},
        called,
        {"role": "tool", "tool_call_id": called["tool_calls"][0]["id"], "content": "Sunny, says get_weather"},
    ]
    (choice,) = complete(messages=messages, tools=[WEATHER]).whole()["choices"]
    assert choice["finish_reason"] == "stop"
    assert 'The tool get_weather answered: "Sunny' in choice["message"]["content"]


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "get_weather"}}])
def test_a_forced_choice_is_refused_by_open_models_and_taken_by_gemini(choice: Any) -> None:
    with pytest.raises(ApiError) as refused:
        complete(tools=[WEATHER], tool_choice=choice)
    assert (refused.value.status, refused.value.http) == ("INVALID_ARGUMENT", 400)
    (answered,) = complete(model=GEMINI, tools=[WEATHER], tool_choice=choice).whole()["choices"]
    assert answered["message"]["tool_calls"][0]["function"]["name"] == "get_weather"


@given(st.integers(1, 120), st.sampled_from([OSS, GEMINI]))
def test_a_budget_cuts_calls_short_and_says_so(budget: int, model: Model) -> None:
    tools = [WEATHER, TIME]
    (choice,) = complete("Use get_weather, get_time.", model, tools=tools, max_tokens=budget).whole()["choices"]
    (full,) = complete("Use get_weather, get_time.", model, tools=tools).whole()["choices"]
    whole = choice["message"].get("tool_calls") == full["message"]["tool_calls"]
    assert choice["finish_reason"] == ("tool_calls" if whole else "length")


def test_json_is_answered_where_json_is_asked_for() -> None:
    schema = {"type": "object", "properties": {"capital": {"type": "string"}}, "required": ["capital"]}
    described = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, "strict": True}}
    written = complete(response_format=described).whole()["choices"][0]["message"]["content"]
    free = complete(response_format={"type": "json_object"}).whole()["choices"][0]["message"]["content"]
    jsonschema.validate(json.loads(written), schema)
    assert json.loads(free)["note"] == chat.NOT_A_MODEL


def test_a_model_of_ones_own_takes_any_name() -> None:
    answer = complete(model=None).whole()
    assert answer["model"] == ""
    assert "the deployed model" in answer["choices"][0]["message"]["content"]


MALFORMED: dict[str, dict[str, Any]] = {
    "no messages": {"messages": []},
    "messages missing": {"messages": None},
    "a message that is text": {"messages": ["hi"]},
    "a role no one has": {"messages": [{"role": "robot", "content": "hi"}]},
    "a message without content": {"messages": [{"role": "user"}]},
    "a part without a type": {"messages": [{"role": "user", "content": [{"text": "hi"}]}]},
    "calls that are no calls": {"messages": [{"role": "assistant", "tool_calls": "x"}]},
    "a budget of nothing": {"max_tokens": 0},
    "a budget beyond the model": {"max_tokens": 1_000_000},
    "a budget in words": {"max_tokens": "many"},
    "a flag that is no flag": {"stream": "yes"},
    "too hot": {"temperature": 3},
    "a temperature in words": {"temperature": "warm"},
    "too many choices": {"n": 9},
    "an empty stop": {"stop": ""},
    "a stop that is a number": {"stop": 7},
    "an effort no one makes": {"reasoning_effort": "heroic"},
    "a tool without a name": {"tools": [{"type": "function", "function": {}}]},
    "one tool twice": {"tools": [WEATHER, WEATHER]},
    "tools that are no list": {"tools": {}},
    "an unknown choice": {"tools": [WEATHER], "tool_choice": "perhaps"},
    "an unknown format": {"response_format": {"type": "xml"}},
    "a schema that is missing": {"response_format": {"type": "json_schema"}},
    "a schema no one can write": {
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"not": {}}}},
    },
    "a prompt that is too long": {"messages": [{"role": "user", "content": "a " * 140_000}]},
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_request_is_an_invalid_argument(case: str) -> None:
    with pytest.raises(ApiError) as refused:
        complete(**MALFORMED[case])
    assert refused.value.status == "INVALID_ARGUMENT"
    assert refused.value.message


def test_a_function_no_one_offered_cannot_be_forced() -> None:
    named = {"type": "function", "function": {"name": "get_weather"}}
    with pytest.raises(ApiError, match="not among 'tools'"):
        complete(model=GEMINI, tools=[TIME], tool_choice=named)


def test_unknown_members_are_ignored() -> None:
    assert complete(seed=7, logit_bias={}, made_up=True).whole() == complete().whole()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = (
    "messages", "tools", "tool_choice", "stop", "stream", "stream_options", "response_format", "n",
    "max_tokens", "reasoning_effort", "temperature", "parallel_tool_calls",
)  # fmt: skip


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, JSON)))
def test_whatever_is_sent_is_answered_or_refused(members: dict[str, Any]) -> None:
    try:
        completion = complete(**members)
    except ApiError:
        return
    json.dumps([completion.whole(), *completion.chunks()])
