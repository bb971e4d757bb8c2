"""What is wrong with an answer that came: the one place that decides it, for every question that is asked of a model.

Pure. An answer is good only if it ended as the protocol says that answers end, and holds what was asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from provision.chat.endings import ENDS, FAILED, FILTERED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.chat.messages import Completion

MARKS: Final = re.compile(
    r"<\|[\w▁]+\|?>|<\w+\|>|</?｜[^｜\s]{1,40}｜|</?\|DSML\|"  # noqa: RUF001 - DeepSeek's marks have full-width bars
    r"|</?(\w+:)?(think(ing)?|thought|reasoning)>|\[/?THINK\]|◁/?think▷|<(start|end)_of_turn>|\[/?INST\]|<</?SYS>>"
    r"|</?(\w+:)?tool_calls?>|<invoke name=|<function=|\[TOOL_CALLS\]|\]<\]minimax\[>\["
    r"|<(pad|unk|bos|eos|unused\d+)>|\A\s*<s>|</s>\s*\Z"
    r"|\A\s*analysis.*assistantfinal",
    re.DOTALL | re.IGNORECASE,
)
"""Marks of the templates of gpt-oss (harmony), Llama, Qwen, DeepSeek, Mistral, Kimi, MiniMax, Seed and Gemma, and
calls of functions that a server left in the text: none is for a reader.

https://github.com/openai/harmony, https://docs.vllm.ai/en/latest/features/reasoning_outputs.html,
https://github.com/sgl-project/sglang/issues/35736 (DSML of DeepSeek since V3.2),
https://github.com/MiniMax-AI/MiniMax-M3/issues/31, https://github.com/ollama/ollama/issues/17459 (Gemma's unused
tokens); the last form is harmony whose marks were taken out and whose channels were not.
"""
DIAGNOSES: Final = (
    "CHAT_UNFINISHED",
    "CHAT_EMPTY",
    "CHAT_NO_TEXT",
    "CHAT_FILTERED",
    "CHAT_FAILED",
    "CHAT_ENDED_ODDLY",
    "CHAT_MARKS",
)
"""What `fault_of` finds."""
_LETTER: Final = re.compile(r"[^\W_]")
_VERSION: Final = re.compile(
    r"@\w[\w.-]*$|-maas$|-\d{3}$|-\d{4}-\d{2}-\d{2}$|-\d{8}$"
    r"|-\d+:\d+$"  # Bedrock's: openai.gpt-oss-120b-1:0
    r"|\.(gguf|bin|safetensors)$|-\d{5}-of-\d{5}$|[-_.:](ud[-_])?i?q\d(_\w+)*$"  # of llama.cpp's files
)
_OF_A_FILE: Final = re.compile(
    r"(mx|nv|b)?fp?\d+|int\d+|w\d+a\d+|awq|gptq|gguf|mlx|bnb|\dbit|[kmslx]|hf|bin|quantized|dynamic"
)
"""What a server that was started with a file adds to the model's name."""
_SPENT: Final = 0.9
"""The share of the budget after which an answer without a word is one that was all thinking."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why an answer proves nothing.

    Attributes:
        diagnosis: the key of its row.
        status: ``unknown`` where the answer leaves open whether the model could have answered.
    """

    summary: str
    diagnosis: str
    status: Literal["failed", "unknown"] = "failed"


def how_it_ended(answer: Completion) -> Fault | None:
    """Return what is wrong with the end of an answer; None if it ended well."""
    reasons = [each.lower() for each in answer.finish_reasons or (answer.finish_reason,) if each]
    if any(each in FILTERED for each in reasons):
        return Fault(summary=f"stopped by a filter ({answer.finish_reason})", diagnosis="CHAT_FILTERED")
    if any(each in FAILED for each in reasons):
        return Fault(summary=f"the server gave up ({answer.finish_reason})", diagnosis="CHAT_FAILED")
    if not reasons:
        return Fault(summary="the answer ended without a finish reason", diagnosis="CHAT_UNFINISHED")
    if any(each not in ENDS for each in reasons):
        return Fault(
            summary=f"it ended with {answer.finish_reason[:40]!r}, which the protocol does not know",
            diagnosis="CHAT_ENDED_ODDLY",
            status="unknown",
        )
    return None


def fault_of(answer: Completion) -> Fault | None:
    """Return what is wrong with an answer that should be a text; None if nothing is."""
    ended = how_it_ended(answer)
    if ended is not None:
        return ended
    if has_words(answer.text):
        return marks_in(answer.text)
    if spent_on_thinking(answer):
        return Fault(summary="nothing but reasoning", diagnosis="CHAT_EMPTY", status="unknown")
    if has_words(answer.declined):
        return Fault(summary=f"the model refused: {answer.declined[:80]}", diagnosis="CHAT_FILTERED")
    return Fault(summary="an answer without a word", diagnosis="CHAT_NO_TEXT")


def marks_in(text: str) -> Fault | None:
    """Return the fault of a text that holds marks of the model's template, or its thoughts; None if it holds none."""
    found = MARKS.search(text)
    if found is None:
        return None
    return Fault(summary=f"the text holds {found[0][:30]!r}", diagnosis="CHAT_MARKS")


def has_words(text: str) -> bool:
    """Return True if there is a letter or a digit of any script: blanks and marks alone are no answer."""
    return _LETTER.search(text) is not None


def spent_on_thinking(answer: Completion) -> bool:
    """Return True if an answer came without a word because reasoning took all the tokens that it had.

    Gemini says `length`, as others do; seen too is `stop` with a count of reasoning as large as the budget.
    """
    if has_words(answer.text) or answer.tool_calls:
        return False
    spent = answer.completion_tokens >= _SPENT * answer.max_tokens
    return answer.finish_reason.lower() == "length" or (spent and answer.reasoning_tokens > 0)


def other_models(asked: str, answers: Iterable[Completion]) -> tuple[tuple[str, ...], bool]:
    """Return the names of models that are not the one asked for, and whether that one answered at all.

    An answer that names no model says nothing about it. Publisher, version and `-maas` make no other model.
    """
    named = [name for answer in answers for name in answer.answered_by]
    others = tuple(dict.fromkeys(name for name in named if not same_model(asked, name)))
    return others, len(others) < len(set(named)) or not named


def same_model(asked: str, named: str) -> bool:
    """Return True if two names are of one model: also where one names a version, a file or a quantization of it."""
    first, second = _bare(asked), _bare(named)
    if first[-1:] == ["latest"] or first == second:
        return True
    publisher = asked.partition("/")[0].lower()
    if second[:1] == [publisher] != first[:1]:  # openai.gpt-oss-120b
        second = second[1:]
    rest = second[len(first) :] if second[: len(first)] == first else ["another"]
    return all(_OF_A_FILE.fullmatch(part) for part in rest)


def _bare(name: str) -> list[str]:
    name = name.replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    while (shorter := _VERSION.sub("", name)) != name:
        name = shorter
    return [part for part in re.split(r"[^a-z0-9]+", name) if part]
