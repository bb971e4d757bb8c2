"""The proxy's ASGI application: who may ask, what is answered here, and what goes on to Google."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httpx2

from provision.chat.proxy.errors import openai_error
from provision.chat.proxy.headers import passed_back, passed_on, query_passed_on
from provision.chat.proxy.listing import Listed, Listing
from provision.chat.proxy.routes import destination
from provision.chat.proxy.stream import with_readable_errors
from provision.errors import ApiError
from provision.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from provision.chat.serving import Serving
    from provision.google.auth import Credentials

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

HOST: Final = "127.0.0.1"
LARGEST_BODY: Final = 32 * 2**20  # bytes; kept, so that a request can be made again with a new token
MOST_HELD: Final = 8 * LARGEST_BODY  # bytes of all requests together that have not been answered
LARGEST_ERROR: Final = 2**20  # bytes
READ_TIMEOUT_S: Final = 600.0  # as the openai SDK's own: a long answer may think for minutes


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


class _NotPassed(Exception):
    """What is answered here instead of by Google."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


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
        *,
        find_models: Callable[[], tuple[Listed, ...]] | None = None,
        cors_origins: Collection[str] = (),
        most_held: int = MOST_HELD,
    ) -> None:
        """Make it.

        Args:
            find_models: asks which models there are; without it the one that is served is listed.
            cors_origins: the web pages that may use it, such as ``http://localhost:3000``; none unless asked for.
            most_held: bytes that all bodies together may have which have begun and were not answered.
        """
        self._serving = serving
        self._credentials = credentials
        self._key = key
        self._tell = tell
        self._models = Listing(find_models or (lambda: (Listed(id=serving.model, owned_by=_owner(serving.model)),)))
        self._cors_origins = frozenset(cors_origins)
        self._most_held, self._held = most_held, 0
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
        cors = self._cors(scope)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *cors]
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

    def _cors(self, scope: Message) -> list[tuple[bytes, bytes]]:
        """Return what lets a web page of an origin that was asked for read the answer: https://fetch.spec.whatwg.org."""
        origin = _header(scope, "origin")
        if not origin or not self._cors_origins & {origin, "*"}:
            return []
        return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        try:
            self._check_host(scope)
            if scope["method"] == "OPTIONS" and self._cors(scope):
                await _preflight(scope, send)
                return
            path = _path(scope)
            if path in {"/health", "/v1/health"} and scope["method"] in {"GET", "HEAD"}:
                await self._say_health(send)
                return
            self._check_key(scope)
            _check_path(path)
            if scope["method"] == "GET" and path.partition("/v1/models")[1] and path[10:11] in {"", "/"}:
                await self._list_models(path, send)
                return
            body = await self._read(receive)
        except _NotPassed as answer:
            if answer.status not in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.SERVICE_UNAVAILABLE}:
                await _drain(receive)
            await _refuse(send, answer.status, answer.code, str(answer))
            return
        try:
            forwarding = asyncio.ensure_future(self._forward(scope, body, send))
            leaving = asyncio.ensure_future(_left(receive))
            done, _ = await asyncio.wait({forwarding, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if forwarding not in done:  # who asked has gone: the model need not go on
                forwarding.cancel()
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await forwarding
        finally:
            self._held -= len(body)

    def _check_host(self, scope: Message) -> None:
        """Refuse a name that a web page has pointed at loopback. Raises `_NotPassed`."""
        named = _header(scope, "host")
        if (named.rpartition(":")[0] or named) not in {HOST, "localhost"}:
            raise _NotPassed(403, "forbidden", f"this proxy answers to {HOST} and localhost only")

    def _check_key(self, scope: Message) -> None:
        """Refuse whoever does not have the key. Raises `_NotPassed`."""
        scheme, _, key = _header(scope, "authorization").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(key.strip().encode(), self._key.encode()):
            raise _NotPassed(401, "invalid_api_key", "use the key that the proxy printed when it started")

    async def _read(self, receive: Receive) -> bytes:
        """Return the whole body, which counts as held from then on. Raises `_NotPassed`: there is too much of it."""
        body = bytearray()
        taken = False
        try:
            while True:
                message = await receive()
                part = message.get("body", b"")
                body += part
                self._held += len(part)
                if len(body) > LARGEST_BODY:
                    raise _NotPassed(413, "too_large", f"a request body may have {LARGEST_BODY} bytes")
                if self._held > self._most_held:
                    if message.get("more_body"):
                        await _drain(receive)
                    raise _NotPassed(503, "busy", f"all requests together may have {self._most_held} bytes")
                if not message.get("more_body"):
                    taken = True
                    return bytes(body)
        finally:
            if not taken:
                self._held -= len(body)

    async def _say_health(self, send: Send) -> None:
        try:
            await asyncio.to_thread(self._credentials.fresh_token)
        except ApiError as error:
            await _send_json(send, 503, {"status": "unavailable", "cause": redact(str(error))})
            return
        await _send_json(send, 200, {"status": "ok", "model": self._serving.model, "location": self._serving.location})

    async def _list_models(self, path: str, send: Send) -> None:
        name = unquote(path.removeprefix("/v1/models").removeprefix("/"))
        if not name:
            found = await asyncio.to_thread(self._models.all)
            await _send_json(send, 200, {"object": "list", "data": [each.json() for each in found]})
            return
        model = await asyncio.to_thread(self._models.one, name)
        if model is None:
            await _refuse(send, 404, "model_not_found", f"no model {name!r}: GET /v1/models lists them")
        else:
            await _send_json(send, 200, model.json())

    async def _forward(self, scope: Message, body: bytes, send: Send) -> None:
        started = False
        try:
            response = await self._ask(scope, body)
            try:
                if response.status_code >= httpx2.codes.BAD_REQUEST:
                    await _send_error(send, response)
                    return
                events = response.headers.get("content-type", "").startswith("text/event-stream")
                await send(
                    {
                        "type": "http.response.start",
                        "status": response.status_code,
                        "headers": passed_back(response.headers.multi_items()),
                    }
                )
                started = True
                raw = response.aiter_raw()
                plain = events and "content-encoding" not in response.headers
                async for part in with_readable_errors(raw) if plain else raw:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            finally:
                await response.aclose()
        except ApiError as error:
            await _refuse(send, 502, error.status.reason or error.status.status, str(error))
        except (httpx2.InvalidURL, UnicodeError) as error:
            await _refuse(send, 400, "invalid_request", f"{type(error).__name__}: {error}")
        except httpx2.HTTPError as error:
            if started:
                # What is not ended breaks the connection off: a broken stream must not look like a whole one.
                return
            late = isinstance(error, httpx2.TimeoutException)
            await _refuse(
                send,
                504 if late else 502,
                "timeout" if late else "unreachable",
                f"{self._serving.base_url}: {type(error).__name__}: {error}",
            )

    async def _ask(self, scope: Message, body: bytes) -> httpx2.Response:
        """Send the request on; once more with a new token where the first was refused."""
        kept = passed_on((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        to = destination(
            self._serving,
            _path(scope).removeprefix("/v1"),
            query_passed_on(scope["query_string"].decode("latin-1")),
            body,
            encoded="content-encoding" in kept,
        )
        token = await asyncio.to_thread(self._credentials.fresh_token)
        response = await self._send(scope["method"], to.url, kept, to.body, token)
        if response.status_code != httpx2.codes.UNAUTHORIZED:
            return response
        await response.aclose()
        await asyncio.to_thread(self._credentials.renew, token)
        token = await asyncio.to_thread(self._credentials.fresh_token)
        return await self._send(scope["method"], to.url, kept, to.body, token)

    async def _send(self, method: str, url: str, kept: dict[str, str], body: bytes, token: str) -> httpx2.Response:
        headers = dict(kept) | self._serving.headers
        self._credentials.apply(headers, token)
        return await self._client.send(
            self._client.build_request(method, url, headers=headers, content=body or None), stream=True
        )


def _owner(model: str) -> str:
    return model.partition("/")[0] if "/" in model else "deployed"


def _header(scope: Message, name: str) -> str:
    """Return one header's value; an empty text where it is not there."""
    wanted = name.encode()
    return next((value.decode("latin-1") for each, value in scope["headers"] if each.lower() == wanted), "")


def _path(scope: Message) -> str:
    """Return the path as it came: decoded, it could be another, or break a line of the log."""
    return str(scope["raw_path"].decode("latin-1"))


def _check_path(path: str) -> None:
    """Refuse one that climbs out: it would carry the token to every other API of that host. Raises `_NotPassed`."""
    if not path.startswith("/v1/") or {".", ".."} & set(unquote(path).replace("\\", "/").split("/")):
        raise _NotPassed(404, "not_found", f"the base URL ends in /v1; {path} is not under it")


async def _preflight(scope: Message, send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", _header(scope, "access-control-request-headers").encode("latin-1") or b"*"),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive) -> None:
    """Take what is still being sent: with a body left unread the connection is reset, and the answer is lost."""
    left = LARGEST_BODY
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_error(send: Send, response: httpx2.Response) -> None:
    """Answer with Google's error in OpenAI's shape."""
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > LARGEST_ERROR:
            break
    answer = json.dumps(openai_error(response.status_code, bytes(body))).encode()
    headers = [
        *passed_back(response.headers.multi_items(), new_body=True),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer)).encode()),
    ]
    # A number that HTTP does not have cannot be sent on.
    status = response.status_code if response.status_code < 600 else HTTPStatus.BAD_GATEWAY
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": answer})


async def _send_json(send: Send, status: int, value: dict[str, Any]) -> None:
    body = json.dumps(value).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    """Answer with an error of the proxy's own in OpenAI's shape."""
    error = {"message": f"provision proxy: {redact(message)}", "type": "provision_proxy", "param": None, "code": code}
    await _send_json(send, status, {"error": error})
