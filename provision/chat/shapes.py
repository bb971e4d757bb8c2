"""Read a value of JSON that may be absent, null or of another type than is documented: none of these functions raises.

Servers that speak OpenAI's protocol leave members out, send null for them, or another type (a list of parts where a
text is due, an object where JSON text is). What cannot be read as what is wanted counts as absent.
"""

from __future__ import annotations

from typing import Any, Final

_MOST: Final = 10**12
"""No count of tokens is larger: what is was never one."""
_THOUGHTS: Final = frozenset({"thinking", "reasoning"})


def mapping(value: Any) -> dict[str, Any]:
    """Return an object, empty where there is none."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return a list; one object is a list of one."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def word(value: Any) -> str:
    """Return a text, empty where there is none."""
    return value if isinstance(value, str) else ""


def words(content: Any) -> str:
    """Return the text of a message's content: itself, or that of its parts, without their thoughts.

    Parts: https://platform.openai.com/docs/api-reference/chat/create (content of a message).
    """
    if isinstance(content, str):
        return content
    return "".join(_text_of(part) for part in items(content))


def thoughts(content: Any) -> str:
    """Return the reasoning among the parts of a message's content, as Mistral's models send it."""
    parts = [mapping(part) for part in items(content)]
    return "".join(
        words(part.get(kind)) or words(part.get("text"))
        for part in parts
        if (kind := word(part.get("type"))) in _THOUGHTS
    )


def _text_of(part: Any) -> str:
    if isinstance(part, str):
        return part
    part = mapping(part)
    if part.get("type") in _THOUGHTS:
        return ""
    text = part.get("text")
    return word(text) or word(mapping(text).get("value"))


def count(value: Any) -> int | None:
    """Return a number of tokens; None where it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(_MOST)):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MOST else None
