"""Count tokens by one stated rule, because the sandbox has no tokenizer.

The rule: a run of word characters is one token for every eight characters begun, any other visible
character is one token, white space is free. A message costs `MESSAGE` tokens more than its text (gpt-oss
frames each with a start mark, a role, a message mark and an end mark), the answer's own frame costs
`OPENING` once, and a part that is not text costs `OTHER_PART`. Tool definitions and earlier tool calls
count as the text they are written in.

The counts are honest (the same text always costs the same, more text costs more, parts add up to their
whole) but they are not the counts of any real tokenizer.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MESSAGE: Final = 4
OPENING: Final = 2
OTHER_PART: Final = 256

_TOKEN: Final = re.compile(r"\w{1,8}|[^\w\s]")


def count(text: str) -> int:
    """How many tokens a text costs."""
    return sum(1 for _ in _TOKEN.finditer(text))


def split(text: str) -> list[str]:
    """The pieces of a text that are counted."""
    return _TOKEN.findall(text)


def take(text: str, budget: int) -> tuple[str, int]:
    """The longest beginning of a text that a budget pays for, and what it cost."""
    spent = 0
    for spent, found in enumerate(_TOKEN.finditer(text)):
        if spent == budget:
            return text[: found.start()].rstrip(), budget
    return text, count(text) if text else spent


def pieces(text: str, size: int = 3) -> Iterator[str]:
    """A text in consecutive pieces of a few tokens each, as a stream delivers it."""
    start = 0
    for number, found in enumerate(_TOKEN.finditer(text), 1):
        if number % size == 0:
            yield text[start : found.end()]
            start = found.end()
    if start < len(text):
        yield text[start:]


def prompt(messages: Iterable[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] = ()) -> int:
    """What a whole prompt costs."""
    defined = sum(count(json.dumps(tool, ensure_ascii=False)) for tool in tools)
    return OPENING + defined + sum(MESSAGE + _of_message(message) for message in messages)


def _of_message(message: Mapping[str, Any]) -> int:
    content = message.get("content")
    spent = count(content) if isinstance(content, str) else sum(_of_part(part) for part in content or ())
    for call in message.get("tool_calls") or ():
        function = call.get("function") or {}
        spent += count(str(function.get("name", ""))) + count(str(function.get("arguments", "")))
    return spent


def _of_part(part: Mapping[str, Any]) -> int:
    text = part.get("text")
    return count(text) if isinstance(text, str) else OTHER_PART
