"""Hand a chat request to an OpenAI-compatible server and pass its answer through, byte for byte.

A raw HTTP/1.1 client on the event loop: no thread waits, and what arrives is passed on as it arrives. Only where the
server was asked for its model by another name does the answer get the name that the caller asked for, as Google names
the model that was asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httptools

from gcp_emulator import errors
from gcp_emulator.call import Raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

CONNECT_SECONDS: Final = 10.0
ROUTE: Final = "/chat/completions"
_MODEL: Final = re.compile(rb'"model"\s*:\s*"[^"\\]*"')
"""The member as JSON; inside a text its quotes would be escaped."""


async def forward(url: str, body: bytes, route: str = ROUTE, *, model: str = "") -> Raw:
    """Post a request to a route of the server at a base URL (`http://127.0.0.1:8000/v1`).

    Args:
        model: what the answer calls the model; empty: what the server calls it.

    Raises:
        Refused: UNAVAILABLE where nothing answers there.
    """
    address = urlsplit(url)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise _unavailable(url, "it is not an http or https address")
    tls = address.scheme == "https"
    path = address.path.rstrip("/").removesuffix(ROUTE) + route
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc.rpartition('@')[2]}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            port = address.port or (443 if tls else 80)
            reader, writer = await asyncio.open_connection(address.hostname, port, ssl=tls or None)
        with _closed_on_error(writer):
            writer.write(head.encode() + body)
            response = _Response(reader, writer)
            await response.begin()
    except (OSError, ValueError, httptools.HttpParserError) as problem:
        raise _unavailable(url, str(problem) or type(problem).__name__) from problem
    parts = renamed(response.parts(), model) if model and response.status < 400 else response.parts()
    return Raw(body=parts, content_type=response.content_type, status=response.status, headers=response.headers)


async def renamed(parts: AsyncIterator[bytes], model: str) -> AsyncIterator[bytes]:
    """The parts with another name of the model; whole lines, since a name may be in two parts."""
    name = b'"model": ' + json.dumps(model).encode()
    rest = b""
    async for part in parts:
        lines = (rest + part).splitlines(keepends=True)
        rest = lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b""
        if lines:
            yield b"".join(_MODEL.sub(lambda _: name, line, count=1) for line in lines)
    if rest:
        yield _MODEL.sub(lambda _: name, rest, count=1)


def _unavailable(url: str, why: str) -> errors.ApiError:
    return errors.ApiError("UNAVAILABLE", f"The chat upstream {url} did not answer: {why}")


@contextlib.contextmanager
def _closed_on_error(writer: asyncio.StreamWriter) -> Iterator[None]:
    try:
        yield
    except BaseException:
        writer.close()
        raise


class _Response:
    """One answer being read; the `on_…` methods are what httptools calls."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.content_type = "application/octet-stream"
        self.headers: tuple[tuple[str, str], ...] = ()
        self.status = 0
        self._says_its_length = False
        self._reader = reader
        self._writer = writer
        self._parser = httptools.HttpResponseParser(self)
        self._begun = self._complete = False
        self._parts: list[bytes] = []

    async def begin(self) -> None:
        """Read as far as the end of the headers."""
        while not self._begun:
            if not await self._read():
                raise ConnectionError("it closed the connection")

    async def parts(self) -> AsyncIterator[bytes]:
        """The body, in the pieces in which it arrives.

        Raises:
            Dropped: it broke off, or was no HTTP any more; a caller must not take it for whole.
        """
        try:
            while True:
                for part in self._parts:
                    yield part
                self._parts.clear()
                if self._complete:
                    return
                if not await self._read():
                    if self._says_its_length:
                        raise errors.Dropped
                    return
        except (OSError, httptools.HttpParserError) as problem:
            raise errors.Dropped from problem
        finally:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _read(self) -> bool:
        """Read what has arrived; False at the end of the connection."""
        data = await self._reader.read(65_536)
        if data:
            self._parser.feed_data(data)
        return bool(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the headers that are passed on, and whether there is one by which the end is known."""
        match name.lower():
            case b"content-type":
                self.content_type = value.decode("latin-1")
            case b"content-encoding":  # it was not asked for; some compress whatever they are asked
                self.headers = (("content-encoding", value.decode("latin-1")),)
            case b"content-length" | b"transfer-encoding":
                self._says_its_length = True
            case _:
                pass

    def on_headers_complete(self) -> None:
        """Now the status is known; an interim answer (100) is not the answer."""
        self.status = self._parser.get_status_code()
        self._begun = self.status >= 200

    def on_body(self, body: bytes) -> None:
        """Keep a piece until it is asked for."""
        self._parts.append(body)

    def on_message_complete(self) -> None:
        """Nothing more belongs to this answer."""
        self._complete = self._begun
