# ruff: noqa: E501 - a row of a table is one line
"""Any stream ends in an answer or in an error that is known: thousands of shapes, drawn from a grammar with a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from provision.chat.endings import ENDS
from provision.chat.events import Endless, Unreadable, read_events
from provision.chat.faults import fault_of, has_words, other_models
from provision.chat.limited import LARGEST_ERROR, Limited
from provision.chat.messages import Completion
from provision.chat.reader import read_answer
from provision.chat.usage import Usage, read_usage
from provision.errors import ApiError
from provision.steps.chat import capabilities
from tests.chat.scenarios import GOOD, MODEL, USAGE, call, chunk

REQUEST = {"model": MODEL, "messages": [], "max_tokens": 1024}
STREAMS = 2500
ODD: tuple[Any, ...] = (
    None, "", "x", 0, -1, 7, 1.5, True, [], {}, [None], [[]], {"a": 1}, "null", 10**30, float("inf"), "\ud800", ["x", {"text": None}],
    {"type": "text", "text": "words"}, [{"type": "text", "text": ["deep", {"text": "er"}]}],
)  # fmt: skip
FINISHES = ("stop", "length", "tool_calls", "content_filter", "error", "STOP", "odd", "", None, None, None)


def read(pieces: list[bytes]) -> Completion | ApiError:
    try:
        return read_answer(pieces, REQUEST, began=0.0)
    except ApiError as error:
        return error


def drawn(draw: random.Random) -> Any:
    """An event as a server might mean it."""
    delta: dict[str, Any] = {}
    if draw.random() < 0.6:
        delta["content"] = draw.choice(
            ("A cloud ", "is water.", "", None, "<think>", "\u200b", [{"type": "text", "text": "x"}])
        )
    if draw.random() < 0.2:
        delta[draw.choice(("reasoning", "reasoning_content"))] = "hm"
    if draw.random() < 0.3:
        delta["tool_calls"] = [
            call(id=draw.choice(("call_1", "call_2", "", None)), index=draw.choice((0, 1, None, "0")))
            for _ in range(draw.randint(0, 2))
        ]
    event = chunk(delta, draw.choice(FINISHES))
    if draw.random() < 0.3:
        event["usage"] = draw.choice(
            (USAGE, {}, {"total_tokens": 9}, {"completion_tokens_details": {"reasoning_tokens": 4}})
        )
    if draw.random() < 0.05:
        event = {"error": draw.choice(({"code": 429, "message": "busy"}, "text", [], ["x"], {"code": "9x", "type": 4}))}
    return event


def damaged(draw: random.Random, value: Any) -> Any:
    """The same with one member, at any depth, removed or of another type."""
    if draw.random() < 0.25 or not isinstance(value, dict | list) or not value:
        return draw.choice(ODD)
    if isinstance(value, list):
        place = draw.randrange(len(value))
        return [damaged(draw, each) if number == place else each for number, each in enumerate(value)]
    name = draw.choice(sorted(value, key=str))
    if draw.random() < 0.3:
        return {key: each for key, each in value.items() if key != name}
    return value | {name: damaged(draw, value[name])}


def written(draw: random.Random, events: list[Any]) -> bytes:
    end = draw.choice(("\n", "\r\n", "\r"))
    lines = []
    for event in events:
        text = json.dumps(event)
        form = draw.random()
        if form < 0.03:
            text = text[: draw.randrange(len(text) + 1)]  # not JSON any more
        lines.append(f": ping{end}{end}" if form > 0.95 else "")
        lines.append(f"{text}{end}" if 0.9 < form < 0.93 else f"data:{draw.choice((' ', ''))}{text}{end}{end}")
    if draw.random() < 0.6:
        lines.append(f"data: [DONE]{end}{end}")
    return "".join(lines).encode()


def streams() -> Iterator[tuple[bytes, list[bytes]]]:
    draw = random.Random(20261130)  # noqa: S311 - drawn shapes are no secret
    for _ in range(STREAMS):
        events: list[Any] = [drawn(draw) for _ in range(draw.randint(0, 5))]
        for _ in range(draw.choice((0, 1, 1, 2, 5))):
            events = damaged(draw, events) if events else events
            events = events if isinstance(events, list) else [events]
        whole = (
            written(draw, events) if draw.random() < 0.95 else json.dumps(draw.choice((events, events[:1]))).encode()
        )
        cuts = sorted(draw.randrange(len(whole) + 1) for _ in range(draw.randint(0, 6)))
        yield whole, [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def test_any_stream_ends_in_a_verdict_and_none_is_falsely_green() -> None:
    green = 0
    for whole, pieces in streams():
        answer = read(pieces)
        if isinstance(answer, ApiError):
            assert answer.status.status, whole
            continue
        fault = fault_of(answer)
        other_models(MODEL, [answer])
        for trip in (capabilities.ToolTrip(call=answer), capabilities.ToolTrip(call=answer, answer=answer)):
            capabilities._called(trip)
        for verdict in (capabilities._kept, capabilities._reasoned, capabilities._went_on):
            verdict(answer)
        json.dumps([call.sent_back for call in answer.tool_calls])
        assert 0 <= answer.cached_tokens <= answer.prompt_tokens
        assert 0 <= answer.reasoning_tokens <= answer.completion_tokens
        if fault is None:
            green += 1
            assert has_words(answer.text), whole
            assert {each.lower() for each in answer.finish_reasons} <= ENDS, whole
            assert answer.finish_reasons, whole
            assert not {"content_filter", "<think>"} & set(whole.decode().split('"')), whole
    assert green > STREAMS / 50, "the grammar must draw good answers, too"


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_an_answer_is_the_same_in_pieces_of_any_size(size: int) -> None:
    body = GOOD.bytes.replace(b"\n", b"\r\n")
    answer = read([body[start : start + size] for start in range(0, len(body), size)])
    assert isinstance(answer, Completion)
    assert (answer.text, answer.finish_reason) == ("A cloud is a mass of drops in the air.", "stop")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.chunks) == (14, 11, 2)


def endless(event: bytes) -> Iterator[bytes]:
    while True:
        yield event * 1000


@pytest.mark.parametrize("event", [b"x" * 100, b"data: 1\n\n", b": " + b"ping" * 2000 + b"\n\n"])
def test_what_never_ends_is_given_up(event: bytes) -> None:
    with pytest.raises(Endless):
        for _ in read_events(endless(event)):
            pass
    failed = read_answer_error(endless(event))
    assert (failed.status.reason, failed.status.status) == ("STREAM_ENDLESS", "TIMEOUT")


def read_answer_error(pieces: Iterator[bytes]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read_answer(pieces, REQUEST, began=0.0)
    return caught.value


def test_an_error_whose_text_never_ends_is_given_up() -> None:
    stream = Limited(httpx2.ByteStream(b"x" * (LARGEST_ERROR + 1)), 9.0)
    with pytest.raises(httpx2.ReadError):
        list(stream)


def test_deep_json_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        list(read_events([b"data: " + b"[" * 200_000 + b"\n\n"]))


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        # OpenAI: reasoning is part of the completion.
        (
            {"prompt_tokens": 9, "completion_tokens": 30, "total_tokens": 39, "completion_tokens_details": {"reasoning_tokens": 20}},
            Usage(prompt=9, output=30, reasoning=20),
        ),
        # Gemini, as Google printed it: reasoning is beside it, and the total has all three.
        (
            {"prompt_tokens": 27, "completion_tokens": 45, "total_tokens": 576, "completion_tokens_details": {"reasoning_tokens": 504}},
            Usage(prompt=27, output=549, reasoning=504),
        ),
        # The same without details, and without a total.
        ({"prompt_tokens": 27, "completion_tokens": 45, "total_tokens": 576}, Usage(prompt=27, output=549, reasoning=504)),
        (
            {"prompt_tokens": 27, "completion_tokens": 45, "completion_tokens_details": {"reasoning_tokens": 504}},
            Usage(prompt=27, output=549, reasoning=504),
        ),
        # Vertex AI's open models: a count of their own, which is zero.
        (
            {"prompt_tokens": 71, "completion_tokens": 201, "total_tokens": 272, "reasoning_tokens": 0, "prompt_tokens_details": None},
            Usage(prompt=71, output=201),
        ),
        (
            {"prompt_tokens": 26, "completion_tokens": 259, "total_tokens": 285, "prompt_tokens_details": {"cached_tokens": 15}},
            Usage(prompt=26, output=259, cached=15),
        ),
        ({"prompt_tokens": 14, "total_tokens": 25}, Usage(prompt=14, output=11, reasoning=0)),
        ({"completion_tokens": 11, "total_tokens": 25}, Usage(prompt=14, output=11)),
        ({"prompt_tokens": "14", "completion_tokens": 11.0}, Usage(prompt=14, output=11)),
        ({"prompt_tokens": -1, "completion_tokens": True, "total_tokens": None}, Usage()),
        ({}, Usage()),
        (None, Usage()),
        ([USAGE], Usage()),
    ],
)  # fmt: skip
def test_tokens_are_counted_once(usage: Any, expected: Usage) -> None:
    assert read_usage(usage) == expected
