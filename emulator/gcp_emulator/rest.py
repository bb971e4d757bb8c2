"""The REST API: HTTP and JSON in Google's manner, over the table of methods.

It is a plain ASGI application, because the table is the router and every error has Google's shape: a web
framework would add a second router and its own error pages.
System parameters: https://cloud.google.com/apis/docs/system-parameters
Transcoding: https://github.com/googleapis/googleapis/blob/master/google/api/http.proto
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import traceback
import zlib
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from gcp_emulator import batch, errors, fieldmask, messages, unserved
from gcp_emulator.bindings import Binding
from gcp_emulator.call import Answer, Json, Raw, Stream
from gcp_emulator.errors import ApiError, Dropped
from gcp_emulator.origin import is_loopback, is_same_origin
from gcp_emulator.services.storage import methods as storage
from gcp_emulator.transport import Incoming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping

    from gcp_emulator.control import Control
    from gcp_emulator.emulator import Emulator
    from gcp_emulator.rpc import Method

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY: Final = 10 * 1024 * 1024
MOST_UNREAD: Final = 64 * 1024 * 1024
"""Bytes of all bodies together that have begun and not ended."""
DEEPEST_BODY: Final = 100  # protobuf's own limit on nested messages
VERBS: Final = frozenset({"GET", "PUT", "PATCH", "DELETE"})
PIECES: Final = 10  # of a body that a fault slows down

JSON_TYPE: Final = b"application/json; charset=UTF-8"
HEADERS: Final = (  # recorded with every answer
    (b"server", b"ESF"),
    (b"vary", b"Origin"),
    (b"vary", b"X-Origin"),
    (b"vary", b"Referer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-xss-protection", b"0"),
)

SYSTEM_PARAMETERS: Final = frozenset(
    {
        "$alt",
        "alt",
        "fields",
        "$fields",
        "prettyPrint",
        "$prettyPrint",
        "$.xgafv",
        "access_token",
        "oauth_token",
        "key",
        "$key",
        "quotaUser",
        "$userProject",
        "userProject",
        "userIp",
        "uploadType",
        "upload_id",
        "upload_protocol",
        "callback",
        "$callback",
    }
)

API_ROOTS: Final = (
    "v1",
    "v1beta",
    "v1beta1",
    "v2",
    "v3",
    "v2alpha",
    "v2beta",
    "v3beta",
    "ui",
    "compute",
    "storage",
    "bigquery",
)
"""First segments under which a path belongs to an API of ours, served or not."""

OPENAPI: Final = "/endpoints/openapi/"
NOT_FOUND_PAGE: Final = """<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <meta name=viewport content="initial-scale=1, minimum-scale=1, width=device-width">
  <title>Error 404 (Not Found)!!1</title>
  <p><b>404.</b> <ins>That's an error.</ins>
  <p>The requested URL <code>%s</code> was not found on this server. <ins>That's all we know.</ins>
"""


class BadBodyError(Exception):
    """A body or query that is not a request; the message says why, in Google's words."""

    def __init__(self, message: str, *details: errors.Detail) -> None:
        super().__init__(message)
        self.details = details


class RestApi:
    """The ASGI application."""

    def __init__(self, sandbox: Emulator, control: Control) -> None:
        self.sandbox = sandbox
        self.control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever breaks, a client gets Google's shape and never a stack trace."""
        exchange = RequestHandler(self.sandbox, scope, receive, send)
        try:
            await self._serve(exchange)
        except BadBodyError as bad:
            await exchange.write(400, _pretty(errors.invalid_argument(str(bad)).body()))
        except ApiError as refused:
            await exchange.write(refused.http, _pretty(refused.body()))
        except Dropped:
            await exchange.drop()
        except Exception:  # noqa: BLE001 - the last line of defence
            traceback.print_exc(file=sys.stderr)
            if exchange.started:
                await exchange.drop()
            else:
                await exchange.write(500, _pretty(INTERNAL.body()))

    async def _serve(self, exchange: RequestHandler) -> None:
        verb, path = exchange.verb, exchange.path
        if not is_local(exchange.headers):
            await exchange.write(403, _pretty(ApiError("PERMISSION_DENIED", NOT_LOCAL).body()))
        elif path == "/healthz" or (path.startswith("/sandbox/") and exchange.is_own()):
            status, answer = await self.control.answer(verb, path, exchange.query(), exchange.read)
            await exchange.write(status, _pretty(answer))
        elif exchange.is_batch():
            await exchange.batch(self)
        elif found := self.sandbox.registry.route(verb, path):
            await exchange.call(*found)
        elif self.sandbox.registry.is_of_another_verb(verb, path):
            await exchange.not_found()
        elif "//" in path and (found := self.sandbox.registry.route(verb, path, empty=True)):
            await exchange.call(*found)
        else:
            await exchange.unknown()


INTERNAL: Final = ApiError("INTERNAL", "Internal error encountered.")
NOT_LOCAL: Final = "The sandbox answers only on loopback names, and no web page of another origin."


NOT_REPEATED: Final = (("x-should-retry", "false"),)
"""What the clients of OpenAI and Anthropic ask of an error before they repeat the call (openai/_base_client.py)."""

REPEATING: Final = "DeclarativeClientLib"
"""A library in Terraform's provider that repeats every error but 400, 403, 404 and 409, for 20 minutes.

`IsRetryableRequestError` in google/tpgdclresource/transport.go of hashicorp/terraform-provider-google.
"""

GOOGLES: Final = (".googleapis.com", ".prediction.vertexai.goog")


def is_local(headers: Mapping[str, str]) -> bool:
    """Tell whether a request was sent to a loopback name, and not by a web page of elsewhere.

    A page in a browser on this machine can reach loopback: by a name that resolves to 127.0.0.1 (the Host header
    gives it away), or by a request across origins (the Origin header does). Names that only Google can make resolve
    are as good as loopback's: that is how the dedicated endpoints of Vertex AI are distinguished.
    """
    host = headers.get("host", "localhost")
    return (is_loopback(host) or host.partition(":")[0].endswith(GOOGLES)) and is_same_origin(headers)


def is_of_an_api(path: str) -> bool:
    """Tell whether a path belongs to an API of ours, served or not; Vertex AI alone answers some with a page."""
    root, _, rest = path[1:].partition("/")
    return root in API_ROOTS and OPENAPI not in path and bool(rest)


class RequestHandler:
    """One request and its answer."""

    __slots__ = (
        "headers",
        "long_query",
        "pace",
        "params",
        "path",
        "receive",
        "sandbox",
        "scope",
        "send",
        "started",
        "verb",
    )

    def __init__(self, sandbox: Emulator, scope: Scope, receive: Receive, send: Send) -> None:
        self.sandbox = sandbox
        self.scope = scope
        self.receive = receive
        self.send = send
        self.path: str = scope["raw_path"].decode("latin-1")
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.verb: str = self._verb(scope["method"])
        if len(self.headers) != len(scope["headers"]) and sum(name == b"host" for name, _ in scope["headers"]) > 1:
            self.headers["host"] = ""  # which of them was meant, no one can say
        self.params: dict[str, str] = {}
        self.long_query = ""
        self.started = False
        self.pace = 0.0  # seconds over which a fault has the body sent

    def _verb(self, sent: str) -> str:
        """Return the verb that is meant: Java's clients send every PATCH as a POST that says so.

        https://docs.cloud.google.com/apis/docs/system-parameters (X-HTTP-Method-Override)
        """
        meant = self.headers.get("x-http-method-override", "").upper()
        return meant if sent == "POST" and meant in VERBS else sent

    def is_batch(self) -> bool:
        """Tell whether it is several calls in one."""
        return self.scope["method"] == "POST" and batch.PATH.fullmatch(self.path) is not None

    async def batch(self, app: RestApi) -> None:
        """Answer several calls in one."""
        try:
            parts = batch.read(self.headers.get("content-type", ""), await self.read())
        except batch.BadBatchError as bad:
            raise BadBodyError(str(bad)) from None
        kind, body = await batch.answer(app, self.scope, parts)
        await self.write(200, body, kind.encode())

    def is_own(self) -> bool:
        """Tell whether it was sent to the sandbox by a name of this machine's, not by one of Google's."""
        return is_loopback(self.headers.get("host", "localhost"))

    async def drop(self) -> None:
        """Break the connection off."""
        self.scope["extensions"]["sandbox.transport"].abort()
        await asyncio.sleep(0)  # the server learns of it in the next turn of the loop

    async def call(self, binding: Binding, variables: dict[str, str]) -> None:
        """Carry out a call of a known method, and write its answer."""
        method = binding.method
        request: Json = {}
        malformed = None
        try:
            request = await self._request(binding, variables)
        except BadBodyError as bad:
            malformed = errors.invalid_argument(str(bad), *bad.details)
        incoming = Incoming(
            transport="rest",
            method=method,
            request=request,
            vars=variables,
            headers=self.headers,
            verb=self.verb,
            path=self.path,
            malformed=malformed,
        )
        try:
            answer = await self.sandbox.answer(incoming)
            self.pace = incoming.slow_body
            await self._answer(method, answer)
        except ApiError as refused:
            self.pace = incoming.slow_body
            await self._refuse(method, refused)

    async def _request(self, binding: Binding, variables: dict[str, str]) -> Json:
        """Merge path, query and body into the request message."""
        method = binding.method
        request: Json = {}
        if method.raw:
            body = None
        elif self.verb == "GET" and self.scope["method"] == "POST":
            self.long_query = (await self.read()).decode("latin-1")
            body = None
        else:
            body = await self._body(form=method.form)
        if method.body == "*":
            if body is not None:
                request = body
        elif body is not None:
            request[method.body] = body
        self._parameters(request, form=method.form)
        self._check_mask()
        if not all(variables.values()):
            raise BadBodyError("Request contains an invalid argument.")
        _settle(request, method)
        if method.raw:
            request |= {name: self.params.get(name, "") for name in ("alt", "uploadType", "upload_id")}
            request["content"] = (await self.read()).decode("latin-1")
        binding.fill(request, variables)
        return request

    def _parameters(self, request: Json, *, form: bool) -> None:
        """Sort the query into the request's fields and the system's parameters, some of which are headers."""
        for name, value in self.query():
            if name in SYSTEM_PARAMETERS:
                self.params[name] = value
            if name not in SYSTEM_PARAMETERS or (form and name == "access_token"):
                _set_parameter(request, name, value)
        token = self.params.get("access_token") or self.params.get("oauth_token")
        if token and "authorization" not in self.headers:
            self.headers["authorization"] = f"Bearer {token}"
        if key := self.params.get("key") or self.params.get("$key"):
            self.headers.setdefault("x-goog-api-key", key)
        consumer = self.params.get("$userProject") or self.params.get("userProject")
        if consumer:
            self.headers.setdefault("x-goog-user-project", consumer)

    def _check_mask(self) -> None:
        """Refuse a mask of the answer that cannot be read, before anything is done for it."""
        mask = self.params.get("fields") or self.params.get("$fields")
        if mask:
            try:
                fieldmask.selection(mask)
            except ApiError as refused:
                self.params.pop("fields", None)
                self.params.pop("$fields", None)
                raise BadBodyError(refused.message) from None

    def query(self) -> list[tuple[str, str]]:
        """Return the query's parameters, decoded; one too long for an address comes as the body of a POST."""
        raw = "&".join(part for part in (self.scope["query_string"].decode("latin-1"), self.long_query) if part)
        return parse_qsl(raw, keep_blank_values=True) if raw else []

    async def read(self) -> bytes:
        """Return the body, unpacked: Java's clients of discovery APIs pack every one.

        Raises:
            BadBodyError: it is too large, or is not packed as it says.
        """
        packing = self.headers.get("content-encoding", "identity").strip().lower()
        raw = await self._received()
        if packing in {"", "identity"} or not raw:
            return raw
        if packing not in {"gzip", "x-gzip"}:
            raise BadBodyError(f"Unsupported content-encoding: {packing[:40]}")
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            body = unpacker.decompress(raw, LARGEST_BODY + 1)
        except zlib.error:
            raise BadBodyError("Failed to decode the request body: it is not gzip.") from None
        if len(body) > LARGEST_BODY:
            raise BadBodyError(f"Request payload size exceeds the limit: {LARGEST_BODY} bytes.")
        if not unpacker.eof:
            raise BadBodyError("Failed to decode the request body: it is not gzip.")
        return body

    async def _received(self) -> bytes:
        framed = "transfer-encoding" in self.headers or self.scope["http_version"] == "2"  # which frames its bodies
        if not framed and self.headers.get("content-length", "0") == "0":
            return b""
        parts, size = [], 0
        try:
            while True:
                message = await self.receive()
                part = message.get("body", b"")
                size += len(part)
                self.sandbox.unread += len(part)
                if size > LARGEST_BODY:
                    raise BadBodyError(f"Request payload size exceeds the limit: {LARGEST_BODY} bytes.")
                if self.sandbox.unread > MOST_UNREAD:
                    raise ApiError("RESOURCE_EXHAUSTED", "The sandbox holds too many unfinished request bodies.")
                parts.append(part)
                if not message.get("more_body"):
                    return b"".join(parts)
        finally:
            self.sandbox.unread -= size

    async def _body(self, *, form: bool) -> Json | None:
        raw = await self.read()
        if not raw.strip():
            return None
        kind = self.headers.get("content-type", "")
        if form and "json" not in kind:
            return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
        return parse_body(raw)

    async def _answer(self, method: Method, answer: Answer) -> None:
        if isinstance(answer, Raw):
            await self._write_raw(answer)
            return
        if isinstance(answer, Stream):
            await self._write_stream(answer)
            return
        if self.params:
            mask = self.params.get("fields") or self.params.get("$fields")
            if mask:
                answer = fieldmask.select(answer, mask)
            if "enum-encoding=int" in self.params.get("$alt", ""):
                answer = messages.with_numbers(answer, method)
        await self.write(200, self._encode(answer))

    def _encode(self, answer: Any) -> bytes:
        """Return JSON as Google sends it: indented, unless `prettyPrint=false`."""
        pretty = self.params.get("prettyPrint") or self.params.get("$prettyPrint") or "true"
        return _compact(answer) if pretty.lower() == "false" else _pretty(answer)

    async def _refuse(self, method: Method, refused: ApiError) -> None:
        if refused.raw_body is not None:
            start = refused.raw_body.lstrip()
            page = b"text/html; charset=UTF-8" if start.startswith("<") else JSON_TYPE
            kind = b"text/event-stream" if start.startswith("data:") else page
            await self.write(refused.http, refused.raw_body.encode(), refused.content_type.encode() or kind)
            return
        self._have_it_not_repeated(refused)
        body: Any
        if method.errors == "oauth":
            error = refused.oauth or errors.OAUTH_ERROR.get(refused.status, refused.status.lower())
            body = {"error": error, "error_description": refused.message, **refused.more}
        else:
            body = refused.body(legacy=method.errors == "legacy")
        if refused.unserved:  # told so that clients show it, which they do not of a list, and do not repeat the call
            await self.write(refused.http, self._encode(body), more=NOT_REPEATED)
            return
        if method.errors == "list":
            body = [body]
        await self.write(refused.http, self._encode(body))

    def _have_it_not_repeated(self, refused: ApiError) -> None:
        """Write 400 in the place of 501 to a client that would ask again and again."""
        if refused.unserved and REPEATING in self.headers.get("user-agent", ""):
            refused.http = 400

    async def unknown(self, service: str = "") -> None:
        """Answer a path that is no method: 501 under an API that is on, else the page that Google's front end shows.

        Args:
            service: the API, where the host tells it.
        """
        named = [] if OPENAPI in self.path else unserved.apis_of(self.path)
        ours = bool(service) or is_of_an_api(self.path)
        if not ours and (held := storage.read_by_path(self.sandbox.state, self.verb, self.path)):
            await self.call(*held)
        elif not ours and not named:
            await self.not_found()
        elif found := unserved.method_for(self.verb, self.path, service):
            method, variables = found
            await self.call(Binding.parse(method, f"{self.verb} /"), variables)
        else:
            which = f", which is of {' or '.join(named)}," if named else ""
            await self.refuse(errors.unimplemented(f"{self.verb} {self.path[:200]}{which}"))

    async def refuse(self, refused: ApiError) -> None:
        """Refuse what is no call of a method."""
        self._have_it_not_repeated(refused)
        self.sandbox.note_unknown(self.verb, self.path, refused.http)
        await self.write(refused.http, _pretty(refused.body()), more=NOT_REPEATED)

    async def not_found(self) -> None:
        """Answer as Google's front end does for a path that no API has."""
        self.sandbox.note_unknown(self.verb, self.path, 404)
        page = NOT_FOUND_PAGE % self.path[:200].replace("&", "&amp;").replace("<", "&lt;")
        await self.write(404, page.encode("latin-1", "replace"), b"text/html; charset=UTF-8")

    async def write(
        self, status: int, body: bytes, kind: bytes = JSON_TYPE, more: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """Send a whole answer."""
        headers = [(name.encode(), value.encode()) for name, value in more]
        await self._start(status, kind, [(b"content-length", str(len(body)).encode()), *headers])
        if self.pace:
            body = await self._trickle(body)
        await self.send({"type": "http.response.body", "body": body})

    async def _trickle(self, body: bytes) -> bytes:
        """Send a body in pieces, each after its share of the time; what is left is returned."""
        size = max(1, -(-len(body) // PIECES))
        for _ in range(PIECES - 1):
            await self.send({"type": "http.response.body", "body": body[:size], "more_body": True})
            body = body[size:]
            await asyncio.sleep(self.pace / PIECES)
        await asyncio.sleep(self.pace / PIECES)
        return body

    async def _write_raw(self, answer: Raw) -> None:
        kind = answer.content_type.encode()
        if isinstance(answer.body, bytes):
            await self.write(answer.status, answer.body, kind, answer.headers)
            return
        transport = self.scope["extensions"]["sandbox.transport"]
        headers = [(name.encode(), value.encode()) for name, value in answer.headers]
        await self._start(answer.status, kind, [(b"cache-control", b"no-cache"), *headers])
        async for part in answer.body:
            if transport.is_closing():  # the client has heard enough
                break
            await self.send({"type": "http.response.body", "body": part, "more_body": True})
        close = getattr(answer.body, "aclose", None)
        if close is not None:
            await close()
        await self.send({"type": "http.response.body", "body": b""})

    async def _write_stream(self, answer: Stream) -> None:
        """Send messages as Google does: an array of JSON, or events where they are asked for."""
        events = (self.params.get("alt") or self.params.get("$alt") or "").partition(";")[0] == "sse"
        parts = _as_events(answer.messages) if events else self._as_array(answer.messages)
        kind = "text/event-stream" if events else JSON_TYPE.decode()
        await self._write_raw(Raw(body=parts, content_type=kind, headers=(("content-disposition", "attachment"),)))

    async def _as_array(self, messages: AsyncIterator[Json]) -> AsyncIterator[bytes]:
        start = b"["
        async for message in messages:
            yield start + self._encode(message)
            start = b",\r\n"
        # Google's own client reads byte by byte, and takes nothing after the end: google/api_core/rest_streaming.py
        yield b"]" if start != b"[" else b"[]"

    async def _start(self, status: int, kind: bytes, more: list[tuple[bytes, bytes]]) -> None:
        headers = [
            (b"content-type", kind),
            *more,
            (b"date", self.sandbox.state.clock.http_date()),
            *HEADERS,
        ]
        if status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="https://accounts.google.com/"'))
        self.started = True
        await self.send({"type": "http.response.start", "status": status, "headers": headers})


LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")  # a text that no protobuf can hold


def parse_body(raw: bytes) -> Json:
    """Return the JSON object in a body.

    Raises:
        BadBodyError: it is none, in the words of Google's front end.
    """
    try:
        body = json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadBodyError(f"Invalid JSON payload received. {_reason(error)}") from None
    if not isinstance(body, dict):
        raise BadBodyError('Invalid JSON payload received. Unknown name "": Root element must be a message.')
    if b"\\u" in raw and LONE_SURROGATE.search(json.dumps(body, ensure_ascii=False)):
        raise BadBodyError("Invalid JSON payload received. Invalid UTF-8.")
    if fieldmask.depth(body) > DEEPEST_BODY:
        raise BadBodyError("Invalid JSON payload received. Message too deep.")
    return body


def _no_number(text: str) -> None:
    raise BadBodyError(f"Invalid JSON payload received. Unexpected token.\n{text}\n^")  # Python alone knows NaN


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"Unexpected token.\n{error.doc[error.pos : error.pos + 40]}\n^"
    if isinstance(error, UnicodeDecodeError):
        return "Invalid UTF-8."
    return "Message too deep." if isinstance(error, RecursionError) else "Invalid number."  # of too many digits


def _settle(request: Json, method: Method) -> None:
    problems = messages.settle(request, method)
    if problems:
        raise BadBodyError("\n".join(text for _, text in problems), errors.bad_request(*problems))


def _set_parameter(request: Json, name: str, value: str) -> None:
    """Set a field from the query: dots nest, a repeated name makes a list."""
    *path, last = name.split(".")
    target = request
    for part in path:
        inner = target.setdefault(part, {})
        if not isinstance(inner, dict):
            raise BadBodyError(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
        target = inner
    old = target.get(last)
    target[last] = value if old is None else [*(old if isinstance(old, list) else [old]), value]


async def _as_events(messages: AsyncIterator[Json]) -> AsyncIterator[bytes]:
    """Server-sent events framed as recorded: CRLF, a space after each colon, and no `[DONE]`."""
    async for message in messages:
        text = json.dumps(message, ensure_ascii=False, separators=(",", ": "))
        yield b"data: " + text.encode("utf-8", "replace") + b"\r\n\r\n"


def _pretty(answer: Any) -> bytes:
    return (json.dumps(answer, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _compact(answer: Any) -> bytes:
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
