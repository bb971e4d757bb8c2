from __future__ import annotations

from gcp_emulator.services.aiplatform import tokens
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(max_size=200)


def test_words_are_counted_by_eight_characters_and_marks_one_by_one() -> None:
    assert tokens.count("Hello, world!") == 4
    assert tokens.count("internationalization") == 3
    assert tokens.count(" \n\t") == 0


@given(TEXTS)
def test_pieces_add_up_to_their_text(text: str) -> None:
    pieces = list(tokens.pieces(text))
    assert "".join(pieces) == text
    assert sum(tokens.count(piece) for piece in pieces) == tokens.count(text)


@given(TEXTS, st.integers(0, 50))
def test_what_a_budget_takes_is_a_beginning_that_costs_no_more(text: str, budget: int) -> None:
    taken, cost = tokens.take(text, budget)
    assert text.startswith(taken)
    assert cost == tokens.count(taken) == min(budget, tokens.count(text))


@given(TEXTS, TEXTS)
def test_a_longer_prompt_never_costs_less(one: str, other: str) -> None:
    short = [{"role": "user", "content": one}]
    assert tokens.prompt(short) < tokens.prompt([*short, {"role": "user", "content": other}])
    assert tokens.prompt(short) <= tokens.prompt([{"role": "user", "content": one + " " + other}])


def test_a_message_costs_its_frame_even_when_it_is_empty() -> None:
    assert tokens.prompt([{"role": "user", "content": ""}]) == tokens.OPENING + tokens.MESSAGE


def test_tools_parts_and_earlier_calls_cost_too() -> None:
    plain = [{"role": "user", "content": "hi"}]
    tool = {"type": "function", "function": {"name": "get_weather"}}
    picture = [{"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {}}]}]
    called = [{"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "a", "arguments": "{}"}}]}]
    assert tokens.prompt(plain, [tool]) > tokens.prompt(plain)
    assert tokens.prompt(picture) == tokens.prompt(plain) + tokens.OTHER_PART
    assert tokens.prompt(called) == tokens.OPENING + tokens.MESSAGE + 3
