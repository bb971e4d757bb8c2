"""An OpenAI-compatible address on loopback that adds fresh Google credentials to each request, and nothing else.

For tools that only take a base URL and a key. The key is the proxy's own: another user of the same machine, or a
web page, can reach loopback too. Bodies pass through as they are, streams as they come, and nothing of them is logged.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httpx2
import uvicorn

from provision.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from provision.chat.serving import Serving
    from provision.google.auth import Credentials

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

HOST: Final = "127.0.0.1"
LARGEST_BODY: Final = 32 * 2**20  # bytes; kept, so that a request can be made again with a new token
READ_TIMEOUT_S: Final = 600.0  # as the openai SDK's own: a long answer may think for minutes

# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1; and what the proxy sets itself.
_NOT_PASSED_ON: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_PASSED_BACK: Final = _NOT_PASSED_ON - {"content-length"}


@dataclass(frozen=True, kw_only=True)
class Passed:
    """One request that went through; what may be logged of it.

    Attributes:
        path: as it was asked for, still percent-encoded, without its query.
        status: what was answered; 0 if the caller left before.
    """

    method: str
    path: str
    status: int
    duration_s: float


def _silent(passed: Passed) -> None:
    """Tell no one."""


class Proxy:
    """The ASGI application."""

    def __init__(
        self,
        serving: Serving,
        credentials: Credentials,
        key: str,
        tell: Callable[[Passed], None] = _silent,
    ) -> None:
        self._serving = serving
        self._credentials = credentials
        self._key = key
        self._tell = tell
        # A sandbox is on loopback, where no proxy of this machine is before it.
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(10.0, read=READ_TIMEOUT_S),
            limits=httpx2.Limits(max_connections=None),
            trust_env=not serving.base_url.startswith("http://127.0.0.1"),
        )

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request; at the end of the server's life, close what is open towards Google."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        began = time.monotonic()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._answer(scope, receive, sending)
        finally:
            self._tell(
                Passed(
                    method=scope["method"],
                    path=_path(scope),
                    status=status,
                    duration_s=time.monotonic() - began,
                )
            )

    async def _live(self, receive: Receive, send: Send) -> None:
        """Follow https://asgi.readthedocs.io/en/latest/specs/lifespan.html."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._client.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        error = self._error(scope, headers)
        if error:
            await _refuse(send, *error)
            return
        body = await _read(receive)
        if body is None:
            await _refuse(send, 413, "too_large", f"a request body may have {LARGEST_BODY} bytes")
            return
        forwarding = asyncio.ensure_future(self._forward(scope, headers, body, send))
        leaving = asyncio.ensure_future(_left(receive))
        done, _ = await asyncio.wait({forwarding, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if forwarding not in done:  # who asked has gone: the model need not go on
            forwarding.cancel()
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await forwarding

    def _error(self, scope: Message, headers: dict[str, str]) -> tuple[int, str, str] | None:
        host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        if host not in {HOST, "localhost"}:
            return 403, "forbidden", f"this proxy answers to {HOST} and localhost only"
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.encode(), self._key.encode()):
            return 401, "invalid_api_key", "use the key that the proxy printed when it started"
        path = _path(scope)
        # One that climbs out would carry the token to every other API of that host.
        if not path.startswith("/v1/") or {".", ".."} & set(unquote(path).replace("\\", "/").split("/")):
            return 404, "not_found", f"the base URL ends in /v1; {path} is not under it"
        return None

    async def _forward(self, scope: Message, headers: dict[str, str], body: bytes, send: Send) -> None:
        started = False
        try:
            response = await self._ask(scope, headers, body)
            try:
                await send(
                    {
                        "type": "http.response.start",
                        "status": response.status_code,
                        "headers": [
                            (name.encode("latin-1"), value.encode("latin-1"))
                            for name, value in response.headers.multi_items()
                            if name.lower() not in _NOT_PASSED_BACK
                        ],
                    }
                )
                started = True
                async for part in response.aiter_raw():
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            finally:
                await response.aclose()
        except ApiError as error:
            await _refuse(send, 502, error.status.reason or error.status.status, str(error))
        except httpx2.HTTPError as error:
            if started:
                raise  # the server breaks the connection off: a broken stream must not look like a whole one
            late = isinstance(error, httpx2.TimeoutException)
            await _refuse(
                send,
                504 if late else 502,
                "timeout" if late else "unreachable",
                f"{self._serving.base_url}: {type(error).__name__}: {error}",
            )

    async def _ask(self, scope: Message, headers: dict[str, str], body: bytes) -> httpx2.Response:
        """Send the request on; once more with a new token where the first was refused."""
        kept = {name: value for name, value in headers.items() if name.lower() not in _NOT_PASSED_ON}
        query = scope["query_string"].decode("latin-1")
        url = self._serving.base_url + _path(scope).removeprefix("/v1") + (f"?{query}" if query else "")
        token = await asyncio.to_thread(self._credentials.fresh_token)
        response = await self._send(scope["method"], url, kept, body, token)
        if response.status_code != 401:
            return response
        await response.aclose()
        await asyncio.to_thread(self._credentials.renew, token)
        token = await asyncio.to_thread(self._credentials.fresh_token)
        return await self._send(scope["method"], url, kept, body, token)

    async def _send(self, method: str, url: str, kept: dict[str, str], body: bytes, token: str) -> httpx2.Response:
        headers = dict(kept) | self._serving.headers
        self._credentials.apply(headers, token)
        return await self._client.send(
            self._client.build_request(method, url, headers=headers, content=body or None), stream=True
        )


def _path(scope: Message) -> str:
    """Return the path as it came: decoded, it could be another, or break a line of the log."""
    return str(scope["raw_path"].decode("latin-1"))


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None if it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    """Answer with an error in OpenAI's shape."""
    body = json.dumps({"error": {"message": f"provision proxy: {message}", "type": "provision_proxy", "code": code}})
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body.encode()})


def bind(port: int) -> socket.socket:
    """Take a port on loopback; 0 takes a free one.

    Raises:
        OSError: the port is in use.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)  # who is told the address may call at once
    except OSError:
        listener.close()
        raise
    return listener


def base_url(listener: socket.socket) -> str:
    """Return what an OpenAI client takes as its base URL."""
    return f"http://{HOST}:{listener.getsockname()[1]}/v1"


def _server(app: Proxy) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def serve(app: Proxy, listener: socket.socket) -> None:
    """Serve until a signal says stop."""
    _server(app).run(sockets=[listener])


@contextmanager
def serving(app: Proxy, listener: socket.socket) -> Iterator[None]:
    """Serve in a thread of its own while the block runs."""
    server = _server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
