"""A server between a program and the sandbox that plays tricks no sandbox would: it drips, never ends, or lies."""

from __future__ import annotations

import http.client
import http.server
import json
import re
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import urlsplit

PAUSE_S: Final = 0.05
"""Between two bytes of what drips."""
Answer = tuple[int, list[tuple[str, str]], bytes]
Handler = http.server.BaseHTTPRequestHandler

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EVENTS: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENT: Final = (
    b'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{}}]}\n\n'
)


def _bomb() -> bytes:
    """Return some hundred thousand bytes that unpack to 200 MB, without unpacked ones ever being all there."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(b" " * 2**20) for _ in range(200)), packer.flush()])


class Relay:
    """Passes everything on, but for the calls that a trick is played on.

    Attributes:
        url: its own address, to be asked in the place of the sandbox's.
        strange: an address that nothing ever should ask, and how often it was.
    """

    def __init__(self, address: str) -> None:
        self._backend = urlsplit(address).netloc
        self._tricks: list[tuple[str, Trick]] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.played: list[str] = []
        self.strange: list[tuple[str, str]] = []
        self._servers = [_serve(self._handler()), _serve(_stranger(self.strange))]
        self.url, self.strange_url = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)

    def play(self, called: str, trick: Trick) -> None:
        """Play a trick on the calls that a glob over ``VERB /path`` names."""
        self._tricks.append((called, trick))

    def end(self) -> None:
        """Play none any more, and close what is still open."""
        self._tricks.clear()
        self.played.clear()
        with self._lock:
            left, self._open = self._open, set()
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listen no more."""
        self.end()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _handler(self) -> type[Handler]:
        relay = self

        class Passing(Handler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                with relay._lock:
                    relay._open.add(self.connection)

            def finish(self) -> None:
                with relay._lock:
                    relay._open.discard(self.connection)
                with suppress(OSError):
                    super().finish()

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                called = f"{self.command} {urlsplit(self.path).path}"
                trick = next((trick for glob, trick in relay._tricks if fnmatchcase(called, glob)), None)
                with suppress(OSError):
                    if trick is not None and trick.instead is not None:
                        relay.played.append(called)
                        self.close_connection = True
                        trick.instead(self, relay)
                        return
                    status, headers, data = relay._ask(self.command, self.path, body, dict(self.headers.items()))
                    if trick is not None and trick.spoil is not None and status == 200:
                        spoilt = trick.spoil(data)
                        if _as_json(spoilt) != _as_json(data):
                            relay.played.append(called)
                            data = spoilt
                    self.send_response(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815 - the names that http.server looks for

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Passing

    def _ask(self, verb: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        kept = {name: value for name, value in headers.items() if name.lower() not in {"host", "accept-encoding"}}
        connection = http.client.HTTPConnection(self._backend, timeout=60)
        try:
            connection.request(verb, path, body=body or None, headers=kept)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:  # the sandbox dropped it: so does this
            raise ConnectionError from error
        finally:
            connection.close()
        own = {"transfer-encoding", "content-length", "date", "server", "connection"}
        return answer.status, [each for each in answer.getheaders() if each[0].lower() not in own], data


def _as_json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data


@dataclass(frozen=True)
class Trick:
    """What is sent in an answer's place, or what becomes of a true one.

    Attributes:
        instead: sends something until the connection breaks.
        spoil: returns another body.
        waits: it ends with the time that there is for a call.
    """

    name: str
    instead: Callable[[Handler, Relay], None] | None = None
    spoil: Callable[[bytes], bytes] | None = None
    waits: bool = False


def _for_ever(head: bytes, again: bytes, *, pause_s: float = 0.0) -> Callable[[Handler, Relay], None]:
    def send(handler: Handler, _: Relay) -> None:
        ended = threading.Event()
        handler.wfile.write(head)
        while not ended.wait(pause_s):
            handler.wfile.write(again)

    return send


def _once(content: bytes) -> Callable[[Handler, Relay], None]:
    def send(handler: Handler, _: Relay) -> None:
        handler.wfile.write(content)

    return send


def _elsewhere(handler: Handler, relay: Relay) -> None:
    head = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {relay.strange_url}/{handler.path}\r\nContent-Length: 0\r\n"
    handler.wfile.write(f"{head}Connection: close\r\n\r\n".encode())


def _in_circles(handler: Handler, relay: Relay) -> None:
    head = f"HTTP/1.1 302 Found\r\nLocation: {relay.url}{handler.path}\r\nContent-Length: 0\r\n"
    handler.wfile.write(f"{head}Connection: close\r\n\r\n".encode())


def _explode(handler: Handler, _: Relay) -> None:
    content = _bomb()
    handler.wfile.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(content) + content)


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def _with_json(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def spoil(data: bytes) -> bytes:
        try:
            body = json.loads(data)
        except ValueError:
            return data
        if isinstance(body, dict):
            change(body)
        return json.dumps(body).encode()

    return spoil


def _of_another(data: bytes) -> bytes:
    """Have every project in the answer be another one."""
    data = re.sub(rb"sandbox-ready", b"sandbox-other", data)
    return re.sub(rb'(projects/|"projectNumber": ?")[0-9]{6,}', rb"\g<1>999999999999", data)


def _doubled(body: dict[str, Any]) -> None:
    for key, value in body.items():
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            body[key] = value * 2


def _endless_pages() -> Callable[[dict[str, Any]], None]:
    numbers = iter(range(10**9))

    def add(body: dict[str, Any]) -> None:
        if any(isinstance(value, list) for value in body.values()):
            body["nextPageToken"] = f"page-{next(numbers)}"

    return add


ELSEWHERE: Final = Trick("a redirect to a stranger", _elsewhere)
CHUNKED: Final = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ON_THE_WIRE: Final = (
    Trick("headers that drip", _for_ever(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", pause_s=PAUSE_S), waits=True),
    Trick("a status that drips", _for_ever(b"HTTP/1.1 200 ", b"O", pause_s=PAUSE_S), waits=True),
    Trick("headers without end", _for_ever(b"HTTP/1.1 200 OK\r\n", b"X-Many: 1\r\n" * 50)),
    Trick("continue, for ever", _for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause_s=PAUSE_S), waits=True),
    Trick("a body that drips", _for_ever(HEAD + b"Content-Length: 100000\r\n\r\n{", b" ", pause_s=PAUSE_S), waits=True),
    Trick("chunks that drip", _for_ever(CHUNKED, _chunk(b" "), pause_s=PAUSE_S), waits=True),
    Trick("a body without end", _for_ever(CHUNKED, _chunk(b" " * 65536))),
    Trick("an error without end", _for_ever(CHUNKED.replace(b"200 OK", b"503 No"), _chunk(b" " * 65536))),
    Trick("a chunk size without end", _for_ever(CHUNKED, b"0" * 4096)),
    Trick("a bomb", _explode),
    Trick("a deep answer", _once(HEAD + b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000)),
    Trick("a deep error", _once(HEAD.replace(b"200", b"400") + b"Content-Length: 200000\r\n\r\n" + b"[" * 200_000)),
    Trick("a long number", _once(HEAD + b"Content-Length: 90000\r\n\r\n" + b"9" * 90_000)),
    Trick("a body cut off", _once(HEAD + b'Content-Length: 5000\r\n\r\n{"name": "pro')),
    ELSEWHERE,
    Trick("redirects in circles", _in_circles),
    Trick("no HTTP at all", _once(b"\x15\x03\x01\x00\x02\x02\x28")),
)
IN_THE_ANSWER: Final = (
    Trick("another project's answer", spoil=_of_another),
    Trick("everything twice", spoil=_with_json(_doubled)),
)
IN_A_LIST: Final = (Trick("pages without end", spoil=_with_json(_endless_pages())),)
IN_THE_STREAM: Final = (
    Trick("events without end", _for_ever(EVENTS, _chunk(EVENT * 100))),
    Trick("events that drip", _for_ever(EVENTS, _chunk(EVENT), pause_s=PAUSE_S), waits=True),
    Trick("an event without end", _for_ever(EVENTS + _chunk(b"data: "), _chunk(b"x" * 65536))),
    Trick("comments for ever", _for_ever(EVENTS, _chunk(b": keep-alive\n\n"), pause_s=PAUSE_S), waits=True),
)


def _stranger(asked: list[tuple[str, str]]) -> type[Handler]:
    class Strange(Handler):
        def _note(self) -> None:
            asked.append((f"{self.command} {self.path}", str(self.headers)))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _note  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Strange


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """A connection that broke is what happens here."""


def _serve(handler: type[Handler]) -> _Server:
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


@contextmanager
def relaying(address: str) -> Iterator[Relay]:
    """Have a relay to an address for a while."""
    relay = Relay(address)
    try:
        yield relay
    finally:
        relay.close()
