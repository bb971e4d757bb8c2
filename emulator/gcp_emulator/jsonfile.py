"""Read JSON that a person or a program wrote: whatever it is, it is taken or refused in a sentence."""

from __future__ import annotations

import json
from typing import IO, Any, Final

LARGEST: Final = 8 * 1024 * 1024
"""Bytes, or characters, that are read."""


def read(file: IO[Any]) -> Any:
    """Return what an open file holds; a byte order mark, as editors on Windows write it, is passed over.

    Raises:
        ValueError: it is too large, is no JSON, or is nested too deeply; the message says which.
    """
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 1024 // 1024} MB")
    text = content.decode("utf-8-sig") if isinstance(content, bytes) else content.removeprefix("\ufeff")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
