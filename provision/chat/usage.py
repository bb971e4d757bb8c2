"""Count tokens once, whichever way a server counts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provision.chat.shapes import count, mapping


@dataclass(frozen=True, kw_only=True)
class Usage:
    """How many tokens a question took; all zero where none were counted.

    Attributes:
        prompt: of the question, ``cached`` among them.
        output: all that was written and is paid for, ``reasoning`` among them.
        cached: how many of the question came from a cache, which costs less.
    """

    prompt: int = 0
    output: int = 0
    reasoning: int = 0
    cached: int = 0


def read_usage(value: Any) -> Usage:
    """Read the member ``usage`` of an answer, which may have holes, or be none.

    OpenAI's ``completion_tokens`` include the reasoning. Those of Gemini do not: there ``total_tokens`` is the sum of
    three, and so it tells which it is. Where it is missing, reasoning that is more than the completion is beside it.
    Where ``completion_tokens`` are missing, the total tells them too.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/migrate/openai/examples (answers with
    27 + 45 tokens and 504 of reasoning, 576 in all), https://platform.openai.com/docs/api-reference/chat/object
    """
    usage = mapping(value)
    prompt, completion = count(usage.get("prompt_tokens")), count(usage.get("completion_tokens"))
    total = count(usage.get("total_tokens"))
    reasoning = (
        count(mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"))
        or count(usage.get("reasoning_tokens"))
        or 0
    )
    cached = count(mapping(usage.get("prompt_tokens_details")).get("cached_tokens")) or 0
    if prompt is None:
        prompt = max((total or 0) - (completion or 0), 0)
    written = completion or 0
    beside = max(total - prompt - written, 0) if total else (reasoning if reasoning > written else 0)
    if completion is None and not total:
        beside = reasoning
    if completion is not None and beside:
        reasoning = max(reasoning, beside)
    output = written + beside
    return Usage(prompt=prompt, output=output, reasoning=min(reasoning, output), cached=min(cached, prompt))
