"""Show in a message a value that someone gave: as much of it as tells which it is."""

from __future__ import annotations

from typing import Any, Final

LONGEST: Final = 60


def shown(value: Any) -> str:
    """Return the value as Python writes it, cut off where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of more digits than Python writes
        return "what is there"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
