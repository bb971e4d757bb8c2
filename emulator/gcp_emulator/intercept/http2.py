"""HTTP/2 under one of Google's host names: REST is answered here, gRPC goes on to the gRPC port as it came.

One connection can carry both; the content type of each stream tells which it is
(https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from h2.events import (
    DataReceived,
    RequestReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)

from gcp_emulator.grpc_face import HOST_KEY
from gcp_emulator.intercept.link import Link
from gcp_emulator.listen import HOST
from gcp_emulator.rest import NOT_FOUND_PAGE

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from h2.events import Event
    from uvicorn.server import ServerState

    from gcp_emulator.intercept.face import SiteFace

GRPC: Final = b"application/grpc"


class Http2(Link):
    """A client's connection.

    Args:
        app: answers REST, and knows the host.
        grpc_port: where gRPC is answered.
        state: uvicorn's, which knows what has to end when the sandbox does.
    """

    def __init__(self, app: SiteFace, grpc_port: int, state: ServerState) -> None:
        super().__init__(client=False)
        self._app = app
        self._grpc_port = grpc_port
        self._state = state
        self._requests: dict[int, _Request] = {}
        self._calls: dict[int, int] = {}  # a stream of ours to the stream that it goes on as
        self._upstream: _Upstream | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # all are
        """Begin."""
        self._state.connections.add(self)  # type: ignore[arg-type] # it has what `finish` asks for
        super().connection_made(transport)

    def lost(self) -> None:
        """Break off what was under way."""
        self._state.connections.discard(self)
        for request in self._requests.values():
            request.break_off()
        if self._upstream is not None:
            self._upstream.close()

    def received(self, event: Event) -> None:
        """Begin, feed or end the stream of an event."""
        match event:
            case RequestReceived():
                self.accept(event.stream_id)
                fields = dict(event.headers)
                if fields.get(b"content-type", b"").startswith(GRPC):
                    self._call(event, fields)
                else:
                    self._request(event)
            case DataReceived():
                self._feed(event)
            case StreamEnded():
                self._end(event.stream_id)
            case StreamReset():
                self._break_off(event.stream_id)
            case _:
                pass

    def _request(self, event: RequestReceived) -> None:
        request = _Request(self, event.stream_id, list(event.headers))
        self._requests[event.stream_id] = request
        task = asyncio.get_running_loop().create_task(request.run(self._app))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    def finished(self, stream: int) -> None:
        """Forget a request that has been answered."""
        self._requests.pop(stream, None)

    def _call(self, event: RequestReceived, fields: dict[bytes, bytes]) -> None:
        """Pass a gRPC call on, unless this host has no such API: then Google's front end says 404."""
        stream = event.stream_id
        name = fields.get(b":path", b"/")[1:].decode("latin-1")
        services = {method.service for method in self._app.sandbox.registry.grpc(name)}
        site = self._app.site
        if not site.service or site.invalid or (services and site.service not in services):
            self._app.sandbox.note_unknown("POST", f"/{name}", 404)
            self.headers(stream, [(b":status", b"404"), (b"content-type", b"text/html; charset=UTF-8")])
            self.data(stream, (NOT_FOUND_PAGE % "").encode())
            self.end(stream)
            return
        if self._upstream is None or self._upstream.closed:
            self._upstream = _Upstream(self)
            connecting = self._upstream.connect(self._grpc_port)
            task = asyncio.get_running_loop().create_task(connecting)
            self._state.tasks.add(task)
            task.add_done_callback(self._state.tasks.discard)
        passed = [(key, b"http" if key == b":scheme" else value) for key, value in event.headers]
        self._calls[stream] = self._upstream.begin(stream, [*passed, (HOST_KEY.encode(), site.name.encode())])

    def call_ended(self, stream: int) -> None:
        """Forget a call that has been answered."""
        self._calls.pop(stream, None)

    def _feed(self, event: DataReceived) -> None:
        stream = event.stream_id
        request = self._requests.get(stream)
        if request is not None:
            request.feed(event.data, event.flow_controlled_length)
            return
        if stream in self._calls and self._upstream is not None:
            self._upstream.data(self._calls[stream], event.data)
            self._upstream.flush()
        self.taken(stream, event.flow_controlled_length)

    def _end(self, stream: int) -> None:
        if stream in self._requests:
            self._requests[stream].complete()
        elif stream in self._calls and self._upstream is not None:
            self._upstream.end(self._calls[stream])
            self._upstream.flush()

    def _break_off(self, stream: int) -> None:
        if stream in self._requests:
            self._requests[stream].break_off()
        elif stream in self._calls and self._upstream is not None:
            self._upstream.reset(self._calls.pop(stream))
            self._upstream.flush()


class _Upstream(Link):
    """The connection to the gRPC port that belongs to a client's: its streams are the client's calls."""

    def __init__(self, client: Http2) -> None:
        super().__init__(client=True)
        self._client = client
        self._streams: dict[int, int] = {}  # a stream to the client's

    async def connect(self, port: int) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, HOST, port)
        except OSError:
            self.connection_lost(None)

    def begin(self, stream: int, headers: list[tuple[bytes, bytes]]) -> int:
        own = self.open(headers, end=False)
        self._streams[own] = stream
        self.flush()
        return own

    def lost(self) -> None:
        """With calls under way the sandbox is ending: the client's connection breaks, as one to the port would."""
        if self._streams:
            self._client.abort()

    def received(self, event: Event) -> None:
        own = getattr(event, "stream_id", None)
        stream = self._streams.get(own) if own is not None else None
        if own is None or stream is None:
            return
        match event:
            case ResponseReceived():
                self._client.headers(stream, list(event.headers), end=event.stream_ended is not None)
            case DataReceived():
                self._client.data(stream, event.data)
                self.taken(own, event.flow_controlled_length)
            case TrailersReceived():
                self._client.end(stream, list(event.headers))
            case StreamEnded():
                self._client.end(stream)  # unless its trailers have ended it
                self._over(own, stream)
            case StreamReset():
                self._client.reset(stream, event.error_code)
                self._over(own, stream)
            case _:
                pass
        self._client.flush()

    def _over(self, own: int, stream: int) -> None:
        self.end(own)  # a server may answer before it has read everything
        del self._streams[own]
        self._client.call_ended(stream)


class _Request:
    """One REST request, as ASGI's three callables.

    https://asgi.readthedocs.io/en/latest/specs/www.html
    """

    def __init__(self, link: Http2, stream: int, headers: list[tuple[bytes, bytes]]) -> None:
        self._link = link
        self._stream = stream
        self._parts: list[tuple[bytes, int]] = []
        self._complete = False
        self._news = asyncio.Event()
        self._head: list[tuple[bytes, bytes]] = []
        pseudo = {name: value for name, value in headers if name.startswith(b":")}
        self._plain = [(name, value) for name, value in headers if not name.startswith(b":")]
        self._plain.insert(0, (b"host", pseudo.get(b":authority", b"")))
        self._verb = pseudo.get(b":method", b"GET").decode("latin-1")
        self._path, _, self._query = pseudo.get(b":path", b"/").partition(b"?")

    async def run(self, app: SiteFace) -> None:
        await app(self._scope(), self.receive, self.send)
        self._link.finished(self._stream)
        if not self._complete:
            self._link.stop_reading(self._stream)
            for _, size in self._parts:
                self._link.taken(self._stream, size)
        self._link.flush()

    def _scope(self) -> MutableMapping[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "2",
            "server": None,
            "client": None,
            "scheme": "https",
            "root_path": "",
            "method": self._verb,
            "path": unquote(self._path.decode("latin-1")),
            "raw_path": self._path,
            "query_string": self._query,
            "headers": self._plain,
            "extensions": {"sandbox.transport": self},
        }

    def feed(self, data: bytes, size: int) -> None:
        self._parts.append((data, size))
        self._news.set()

    def complete(self) -> None:
        self._complete = True
        self._news.set()

    def break_off(self) -> None:
        """The client has gone: what it sent is all there is, and nothing can be sent to it."""
        self.complete()

    async def receive(self) -> MutableMapping[str, Any]:
        while not self._parts and not self._complete:
            self._news.clear()
            await self._news.wait()
        data, size = self._parts.pop(0) if self._parts else (b"", 0)
        self._link.taken(self._stream, size)
        self._link.flush()
        return {"type": "http.request", "body": data, "more_body": bool(self._parts) or not self._complete}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._link.headers(self._stream, [(b":status", str(message["status"]).encode()), *message["headers"]])
            return
        if self._verb != "HEAD":
            self._link.data(self._stream, message["body"])
        if message.get("more_body"):
            self._link.flush()
            await self._link.drained(self._stream)
        else:
            self._link.end(self._stream)
            self._link.flush()

    def is_closing(self) -> bool:
        """Tell whether the client has heard enough; as a transport says it."""
        return not self._link.is_open(self._stream)

    def abort(self) -> None:
        """Break the connection off, as a transport does: a dropped connection drops all that ran over it."""
        self._link.abort()
