"""One HTTP/2 connection: the rules of the protocol are the h2 library's, this moves the bytes and minds the windows.

https://python-hyper.org/projects/h2/ ; RFC 9113
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, RemoteSettingsChanged, StreamReset, WindowUpdated
from h2.exceptions import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h2.events import Event

    Headers = Sequence[tuple[bytes, bytes]]


class _Outbox:
    """What waits to be sent on one stream."""

    __slots__ = ("drained", "ended", "parts", "trailers")

    def __init__(self) -> None:
        self.parts: deque[bytes] = deque()
        self.ended = False
        self.trailers: Headers | None = None
        self.drained = asyncio.Event()
        self.drained.set()


class Link(asyncio.Protocol):
    """One end of a connection.

    Subclasses get its events in `received`, and hear in `lost` that it is gone. What is sent on a stream that is
    open no longer is dropped: its other side has heard enough.

    Args:
        client: this end opens the streams.
    """

    def __init__(self, *, client: bool) -> None:
        # Names and values stay bytes; what is passed on is passed on as it came.
        self._h2 = H2Connection(H2Configuration(client_side=client, header_encoding=None))
        self._outboxes: dict[int, _Outbox] = {}
        self.transport: asyncio.Transport | None = None
        self.closed = False
        self._h2.initiate_connection()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # all are
        """Begin: what was sent before there was a connection is sent now."""
        self.transport = transport
        if self.closed:
            transport.close()
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Take what came; an end that breaks the rules is told so and left."""
        try:
            events = self._h2.receive_data(data)
        except ProtocolError:
            if self._h2.config.client_side:
                self.abort()  # a server that goes on after its GOAWAY, which h2 takes for the end, need not hear of it
            else:
                self.close()
            return
        for event in events:
            if isinstance(event, WindowUpdated | RemoteSettingsChanged):
                self._pump_all()
            elif isinstance(event, StreamReset):
                self._forget(event.stream_id)
            self.received(event)
            if isinstance(event, ConnectionTerminated):
                self._leave()
        self.flush()

    def _leave(self) -> None:
        """End after the other end's GOAWAY: streams might go on, but h2 takes it for the end and sends no more."""
        for stream in list(self._outboxes):
            self._forget(stream)
        self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The connection is gone: nobody waits for it any more."""
        self.closed = True
        for stream in list(self._outboxes):
            self._forget(stream)
        self.lost()

    def received(self, event: Event) -> None:
        """Act on an event."""

    def lost(self) -> None:
        """Act on the end of the connection."""

    def flush(self) -> None:
        """Send what the library has ready."""
        if self.transport is not None and not self.transport.is_closing():
            data = self._h2.data_to_send()
            if data:
                self.transport.write(data)

    def close(self) -> None:
        """Say goodbye, and end the connection."""
        self.closed = True
        if self.transport is None or self.transport.is_closing():
            return
        self.flush()  # the library has written the GOAWAY of a broken rule
        self.transport.close()

    def abort(self) -> None:
        """End the connection without a word."""
        self.closed = True
        if self.transport is not None:
            self.transport.abort()

    def shutdown(self) -> None:
        """End, unless streams are open: those may end first (uvicorn's name for it)."""
        if not self._outboxes:
            self.close()

    def open(self, headers: Headers, *, end: bool) -> int:
        """Open a stream, and return its number."""
        stream = self._h2.get_next_available_stream_id()
        self._outboxes[stream] = _Outbox()
        self._h2.send_headers(stream, headers, end_stream=end)
        return stream

    def accept(self, stream: int) -> None:
        """Take on a stream that the other end has opened."""
        self._outboxes[stream] = _Outbox()

    def is_open(self, stream: int) -> bool:
        """Tell whether anything can still be sent on a stream."""
        return stream in self._outboxes

    def headers(self, stream: int, headers: Headers, *, end: bool = False) -> None:
        """Send the headers of an answer."""
        if stream in self._outboxes:
            self._h2.send_headers(stream, headers, end_stream=end)
            if end:
                self._forget(stream)

    def data(self, stream: int, data: bytes) -> None:
        """Send data as soon as the windows let it through."""
        outbox = self._outboxes.get(stream)
        if outbox is not None and data:
            outbox.parts.append(data)
            self._pump(stream, outbox)

    def end(self, stream: int, trailers: Headers | None = None) -> None:
        """End one's side of a stream, after what waits."""
        outbox = self._outboxes.get(stream)
        if outbox is not None and not outbox.ended:
            outbox.ended, outbox.trailers = True, trailers
            self._pump(stream, outbox)

    def reset(self, stream: int, code: int = ErrorCodes.CANCEL) -> None:
        """Break a stream off."""
        if stream in self._outboxes and not self.closed:
            self._h2.reset_stream(stream, code)
        self._forget(stream)

    def stop_reading(self, stream: int) -> None:
        """Tell the other end that the rest of what it sends is not wanted, after all has been answered."""
        with contextlib.suppress(ProtocolError):  # it has ended meanwhile
            self._h2.reset_stream(stream, ErrorCodes.NO_ERROR)

    def taken(self, stream: int, size: int) -> None:
        """Let the other end send as much again."""
        if size and not self.closed:
            self._h2.acknowledge_received_data(size, stream)

    async def drained(self, stream: int) -> None:
        """Wait until all that was to be sent on a stream has been."""
        outbox = self._outboxes.get(stream)
        if outbox is not None:
            await outbox.drained.wait()

    def _pump_all(self) -> None:
        for stream, outbox in list(self._outboxes.items()):
            self._pump(stream, outbox)

    def _pump(self, stream: int, outbox: _Outbox) -> None:
        while outbox.parts:
            room = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
            if room <= 0:
                outbox.drained.clear()
                return
            part = outbox.parts.popleft()
            if len(part) > room:
                outbox.parts.appendleft(part[room:])
                part = part[:room]
            self._h2.send_data(stream, part)
        outbox.drained.set()
        if outbox.ended:
            if outbox.trailers is None:
                self._h2.end_stream(stream)
            else:
                self._h2.send_headers(stream, outbox.trailers, end_stream=True)
            self._forget(stream)

    def _forget(self, stream: int) -> None:
        outbox = self._outboxes.pop(stream, None)
        if outbox is not None:
            outbox.drained.set()
