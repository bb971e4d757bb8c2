"""How large an answer may be, and how long it may take to come, whatever it is made of.

A server in trouble, or one that is not Google's, sends without end or a byte at a time; each single wait for a byte
stays within its own limit.
"""

from __future__ import annotations

import time
from typing import Any, Final

from provision.concurrency import DeadlinePassed
from provision.google.calls import UNDER_WAY
from provision.google.errors import SENT_ON

LARGEST_ANSWER: Final = 4 * 1024 * 1024
"""Bytes of one answer, unpacked. The largest that a check asks for, a page of quotas, has some hundred thousand."""
MOST_PAGES: Final = 500
"""Pages of one list: a project's services fill two, its endpoints hardly ever more than one."""
MOST_ITEMS: Final = 50_000
MOST_PAGES_OF_ORGANIZATION: Final = 50_000
"""Pages of one list over all projects there are: a million of them, 500 to a page, with room for short pages."""
MOST_ITEMS_OF_ORGANIZATION: Final = 10_000_000
_PIECE: Final = 64 * 1024


def read_whole(response: Any, *_: Any, **__: Any) -> None:
    """Read the body of an answer within its limits (a hook of requests, before any that looks at the body).

    Raises:
        ValueError: it is larger than any answer that is asked for, or is none and sends on to another address.
        DeadlinePassed: the time of the call is up while it still comes.
    """
    if response.is_redirect:
        response.close()
        raise ValueError(SENT_ON)
    call = UNDER_WAY.get()
    ends = call.ends if call is not None else None
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(_PIECE):
        size += len(piece)
        if size > LARGEST_ANSWER:
            response.close()
            raise ValueError(f"the answer is larger than {LARGEST_ANSWER // 1024 // 1024} MB, and was not read on")
        if ends is not None and time.monotonic() > ends:
            response.close()
            raise DeadlinePassed("the answer was still coming when the time of the call was up")
        pieces.append(piece)
    response._content = b"".join(pieces)  # noqa: SLF001 - there is no public way to hand over what was read


class Pages:
    """Counts the pages of a list, so that one without an end is told as that."""

    def __init__(self, *, most_pages: int = MOST_PAGES, most_items: int = MOST_ITEMS) -> None:
        self._most_pages, self._most_items = most_pages, most_items
        self._tokens: set[str] = set()
        self._items = 0

    def add(self, items: int, next_token: str) -> None:
        """Note a page.

        Raises:
            ValueError: the list has no end, as far as anyone can wait for it.
        """
        self._items += items
        if next_token and next_token in self._tokens:
            raise ValueError("the list begins again: a page names one as the next that was there before")
        self._tokens.add(next_token)
        if len(self._tokens) > self._most_pages or self._items > self._most_items:
            raise ValueError(f"the list has no end: {len(self._tokens)} pages with {self._items} items were read")
