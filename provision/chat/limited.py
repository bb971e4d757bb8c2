"""Bodies of errors that have no end: the SDK reads them whole, before anyone can look at them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_ERROR: Final = 2**20
"""Bytes; an error of an API has a few thousand, a web page some more."""


class Limited(httpx2.SyncByteStream):
    """A body that is given up after so many bytes and so many seconds."""

    def __init__(self, stream: httpx2.SyncByteStream, within_s: float) -> None:
        self._stream = stream
        self._within_s = within_s

    def __iter__(self) -> Iterator[bytes]:
        """Yield it as it arrives.

        Raises:
            httpx2.ReadError: it is too large, or takes too long.
        """
        end = time.monotonic() + self._within_s
        size = 0
        for piece in self._stream:
            size += len(piece)
            if size > LARGEST_ERROR or time.monotonic() > end:
                raise httpx2.ReadError(f"an error whose text does not end: {size} bytes so far")
            yield piece

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()


def client(timeout_s: float) -> httpx2.Client:
    """Return the SDK's own HTTP client, that gives such errors up, and follows no one elsewhere."""
    from openai._base_client import SyncHttpxClientWrapper  # the one that closes itself with the client

    def limit(response: httpx2.Response) -> None:
        if response.status_code >= 400 and isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = Limited(response.stream, timeout_s)

    return SyncHttpxClientWrapper(timeout=timeout_s, event_hooks={"response": [limit]}, follow_redirects=False)
