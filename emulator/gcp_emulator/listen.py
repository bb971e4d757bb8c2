"""Listening on loopback: uvicorn's HTTP protocol on a socket of ours, without its process management.

The protocol is uvicorn's with two differences that need the connection itself: a connection can be dropped
without an answer, and what is not HTTP is refused as Google's front end does it.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING, Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from gcp_emulator.rest import RestApi

HOST: Final = "127.0.0.1"
GRACE: Final = 1.0  # seconds that running requests have to end
LONGEST_HEAD: Final = 1024 * 1024
"""Bytes of a request line and its headers; what is read at once may hold a piece of the body as well."""
KEEP_ALIVE: Final = 600  # no client meets a connection that was closed under its hands

BAD_REQUEST: Final = b"""<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 400 (Bad Request)!!1</title>
  <p><b>400.</b> <ins>That's an error.</ins>
  <p>Your client has issued a malformed or illegal request. <ins>That's all we know.</ins>
"""


def bind(port: int) -> socket.socket:
    """Take a port on loopback; 0 takes a free one.

    Raises:
        OSError: the port is in use.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    return listener


class RestServer:
    """The REST API on a socket."""

    def __init__(self, server: asyncio.Server, state: ServerState, port: int) -> None:
        self.port = port
        self._server = server
        self._state = state

    @classmethod
    async def start(cls, app: RestApi, listener: socket.socket) -> RestServer:
        """Serve an application."""
        config = http_config(app)
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: Protocol(config=config, server_state=state, app_state={}), sock=listener, backlog=2048
        )
        return cls(server, state, listener.getsockname()[1])

    async def stop(self) -> None:
        """Stop listening; requests that run have a second left."""
        self._server.close()
        await finish(self._state)


def http_config(app: Any) -> Config:
    """Return how uvicorn's protocol serves an application."""
    config = Config(
        app,
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE,
    )
    config.load()
    # What clients do wrong is their news, not ours; what we do wrong the application says itself.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    return config


async def finish(state: ServerState) -> None:
    """End all connections; requests that run have a second left."""
    for connection in list(state.connections):
        connection.shutdown()
    tasks = list(state.tasks)
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    for connection in list(state.connections):
        connection.transport.close()
    await asyncio.sleep(0)  # transports close in the next turn of the loop


class Protocol(HttpToolsProtocol):
    """One connection."""

    begun = False  # a request has come over it
    _in_head = True
    _head = 0  # bytes of a head that has not ended

    def data_received(self, data: bytes) -> None:
        """Read on, unless a head grows without end; refuse to be a proxy, by the name of the host that is asked for."""
        if not self.begun and data.startswith(b"CONNECT "):
            self._refuse_tunnel(data.split(b" ", 2)[1].decode("latin-1"))
            return
        self._head += len(data)
        if self._head > LONGEST_HEAD:
            self.send_400_response("")
            return
        super().data_received(data)
        if not self._in_head:
            self._head = 0

    def on_headers_complete(self) -> None:
        """The head has ended."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next one begins."""
        self._in_head = True
        self._head = 0
        super().on_message_complete()

    def on_message_begin(self) -> None:
        """Begin a request: what answers it may have to drop the connection."""
        super().on_message_begin()
        self.begun = True
        self.scope["extensions"] = {"sandbox.transport": self.transport}  # type: ignore[dict-item] # an extension of our own

    def _refuse_tunnel(self, target: str) -> None:
        host = target.rpartition(":")[0] or target
        sandbox = self.config.app.sandbox  # type: ignore[union-attr] # the application is our own
        elsewhere = " at that address: set its endpoint to the sandbox's, or use --intercept"
        text = f"{host[:200]} is not served by the sandbox" + (elsewhere if host in sandbox.registry.services else "")
        sandbox.note_unknown("CONNECT", target[:200], 501)
        body = text.encode("latin-1", "replace") + b"\n"
        # Most clients show of a refused tunnel its reason phrase, if anything.
        self.transport.write(
            b"HTTP/1.1 501 %s\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
            % (body.rstrip(), len(body), body)
        )
        self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's signature
        """Refuse what is not HTTP."""
        self.transport.write(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/html; charset=UTF-8\r\ncontent-length: "
            + str(len(BAD_REQUEST)).encode()
            + b"\r\nconnection: close\r\n\r\n"
            + BAD_REQUEST
        )
        self.transport.close()
