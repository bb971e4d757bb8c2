"""The gRPC API: every method of the registry that has a gRPC name, on one plaintext port of the loopback.

The transport translates and nothing else: bytes to proto-JSON, proto-JSON to bytes, `ApiError` to a status with
`grpc-status-details-bin`. Who may call what, what is logged and what goes wrong on request is decided in
`gcp_emulator.emulator`, for both transports alike. Protobuf types are imported at the first call that needs
them, in a thread, because the event loop has other callers to serve.

Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md and
https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
"""

from __future__ import annotations

import errno
import json
import logging
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol

import grpc
import grpc.aio

from gcp_emulator import errors
from gcp_emulator.call import Raw, Stream
from gcp_emulator.grpc_types import NotInstalledError, Types
from gcp_emulator.transport import Incoming

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from google.protobuf.message import Message

    from gcp_emulator.call import Answer, Json
    from gcp_emulator.emulator import Emulator
    from gcp_emulator.rpc import Method

    Context = grpc.aio.ServicerContext[bytes, bytes]
    Handler = grpc.RpcMethodHandler[bytes, bytes]

EMPTY: Final = "google.protobuf.empty_pb2:Empty"
HTTP_BODY: Final = "google.api.httpbody_pb2:HttpBody"
STATUS: Final = "google.rpc.status_pb2:Status"
DETAILS: Final = "google.rpc.error_details_pb2:ErrorInfo"
DETAILS_KEY: Final = "grpc-status-details-bin"
MOST_DETAILS: Final = 6_000
"""Bytes of details in a trailer: clients give up a call whose metadata exceeds 8 KiB."""
STOP_SECONDS: Final = 0.5

WRONG_HOST: Final = "Received http2 header with status: 404"
"""What Google's clients make of the page of HTML that Google's front end answers where a host has no such API."""

LARGEST_REQUEST: Final = 10 * 1024 * 1024
"""Bytes of a request, as much as REST takes; the library's own limit is 4 MiB."""

OPTIONS: Final = (
    ("grpc.so_reuseport", 0),  # else two servers could share a port, and a port in use would go unnoticed
    ("grpc.max_receive_message_length", LARGEST_REQUEST),
)

_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_logger: Final = logging.getLogger(__name__)


class AskedHost(Protocol):
    """A host of Google's that a client has asked for, as the proxy knows it."""

    @property
    def name(self) -> str:
        """In lower case."""

    def answers_any(self, services: set[str]) -> bool:
        """Tell whether a method of these APIs is one of this host's."""


class GrpcServer:
    """A running gRPC server.

    Args:
        port: where it listens.
        sites: the host that was asked over each connection of the proxy of `--intercept`, by the address of its
            end as gRPC writes it (`ipv4:127.0.0.1:40000`): a server is not told the host otherwise.
    """

    def __init__(self, server: grpc.aio.Server, port: int, sites: dict[str, AskedHost]) -> None:
        self.port = port
        self.sites = sites
        self._server = server

    async def stop(self) -> None:
        """Stop listening; calls that run have half a second left."""
        await self._server.stop(STOP_SECONDS)


async def start(sandbox: Emulator, host: str, port: int) -> GrpcServer:
    """Serve a sandbox over gRPC; port 0 picks a free one.

    Raises:
        OSError: the port is taken.
    """
    server = grpc.aio.server(options=OPTIONS)
    handlers = _Handlers(sandbox)
    server.add_generic_rpc_handlers((handlers,))
    try:
        bound = server.add_insecure_port(f"{host}:{port}")
    except RuntimeError as problem:
        raise OSError(errno.EADDRINUSE, f"cannot listen on {host}:{port}") from problem
    await server.start()
    return GrpcServer(server, bound, handlers.sites)


class _Handlers(grpc.GenericRpcHandler):
    """Looks each method up by its full name, as a call of it comes in."""

    def __init__(self, sandbox: Emulator) -> None:
        self.sandbox = sandbox
        self.types = Types()
        self.sites: dict[str, AskedHost] = {}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler:
        """The handler of one call."""
        name = handler_call_details.method.removeprefix("/")
        methods = self.sandbox.registry.grpc(name)
        if not any(method.request and method.handle for method in methods):
            # Reads nothing and answers at once, whether the client streams or not.
            return grpc.stream_stream_rpc_method_handler(partial(self._unserved, name))
        if methods[0].stream:
            return grpc.unary_stream_rpc_method_handler(partial(self._stream, name))
        return grpc.unary_unary_rpc_method_handler(partial(self._unary, name))

    async def _unserved(self, name: str, _requests: object, context: Context) -> None:
        async with self._ended_properly(name, context):
            known = self.sandbox.registry.grpc(name)
            for method in known:
                await self.sandbox.answer(self._incoming(name, method, context))
            if not known:
                self.sandbox.note_unknown("POST", f"/{name}", "UNIMPLEMENTED", "grpc")
            raise errors.unimplemented(name.replace("/", "."))

    async def _unary(self, name: str, data: bytes, context: Context) -> bytes:
        async with self._ended_properly(name, context):
            method, answer = await self._answer(name, data, context)
            if isinstance(answer, dict):
                return await self._message(answer, method)
            assert isinstance(answer, Raw)  # noqa: S101 - a method with one answer has no stream
            [part] = [part async for part in self._parts(answer)]
            return part

    async def _stream(self, name: str, data: bytes, context: Context) -> AsyncIterator[bytes]:
        async with self._ended_properly(name, context):
            method, answer = await self._answer(name, data, context)
            if isinstance(answer, Stream):
                async for message in answer.messages:
                    yield await self._message(message, method)
                return
            if isinstance(answer, dict):
                answer = Raw(body=json.dumps(answer).encode(), content_type="application/json")
            async with aclosing(self._parts(answer)) as parts:
                async for part in parts:
                    yield part

    @asynccontextmanager
    async def _ended_properly(self, name: str, context: Context) -> AsyncIterator[None]:
        """Whatever goes wrong inside ends the call with a status, never with a stack trace."""
        try:
            self._check_host(name, context)
            yield
        except errors.ApiError as refused:
            await self._abort(context, refused)
        except errors.Dropped:
            # What a client sees of a connection that broke; the server cannot break just one call's.
            await context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
        except Exception:
            _logger.exception("%s failed", name)
            await self._abort(context, errors.ApiError("INTERNAL", "Internal error encountered."))

    def _check_host(self, name: str, context: Context) -> None:
        """Refuse a method of another API than that of the host, as Google's front end does."""
        site = self.sites.get(context.peer())
        if site is not None and not site.answers_any({each.service for each in self.sandbox.registry.grpc(name)}):
            self.sandbox.note_unknown("POST", f"/{name}", 404)
            raise errors.ApiError("UNIMPLEMENTED", WRONG_HOST)

    async def _answer(self, name: str, data: bytes, context: Context) -> tuple[Method, Answer]:
        """Carry a call out; one whose request cannot be read is refused where all are, and logged."""
        method = self.sandbox.registry.grpc(name)[0]
        try:
            request = await self._request(method, data)
            method, variables = self.sandbox.registry.grpc_route(name, request)
            incoming = self._incoming(name, method, context, request=request, vars=variables)
        except errors.ApiError as malformed:
            # Whose project it was about, no one can tell.
            incoming = self._incoming(name, replace(method, consumer="none"), context, malformed=malformed)
        return method, await _accepted(await self.sandbox.answer(incoming))

    def _incoming(self, name: str, method: Method, context: Context, **read: Any) -> Incoming:
        """A call as it came; metadata are the headers they are, names in lower case."""
        headers = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
        site = self.sites.get(context.peer())
        if site is not None:
            headers["host"] = site.name
        return Incoming(
            transport="grpc",
            method=method,
            headers=headers,
            verb="POST",
            path=f"/{name}",
            **{"request": {}, "vars": {}, **read},
        )

    async def _request(self, method: Method, data: bytes) -> Json:
        """The request message as proto-JSON."""
        from google.protobuf import json_format
        from google.protobuf.message import DecodeError

        try:
            [message_type] = await self.types.find(method.request)
        except NotInstalledError as missing:
            raise errors.unimplemented_without(method.dotted, missing.distribution) from missing
        try:
            request: Json = json_format.MessageToDict(message_type.FromString(data))
        except (DecodeError, json_format.Error, ValueError) as problem:
            raise errors.invalid_argument(f"Invalid request message: {problem}") from problem
        return request

    async def _message(self, answer: Json, method: Method) -> bytes:
        """A proto-JSON answer as the bytes of its message."""
        from google.protobuf import json_format

        [message_type] = await self.types.find(method.response or EMPTY)
        try:
            try:
                return _parsed(answer, message_type)
            except json_format.ParseError:
                # An operation holds messages of types that no call over this face has needed yet.
                await self.types.find(*self._all_types(method.service))
                return _parsed(answer, message_type)
        except (json_format.Error, ValueError, TypeError, OverflowError) as problem:
            # Whole or not at all: an answer without what cannot be told would be another answer.
            _logger.error("%s: the answer is no %s: %s", method.name, message_type.DESCRIPTOR.full_name, problem)  # noqa: TRY400 - the trace says nothing that the message does not
            raise errors.ApiError("INTERNAL", "Internal error encountered.") from problem

    def _all_types(self, service: str) -> list[str]:
        """Every type that the methods of an API name."""
        methods = [each for each in self.sandbox.registry.methods if each.service == service]
        named = {name for method in methods for name in (method.request, method.response) if name}
        return [EMPTY, *sorted(named)]

    async def _parts(self, answer: Raw) -> AsyncGenerator[bytes]:
        """An answer that is not a message, as one `HttpBody` for each of its parts."""
        [body_type] = await self.types.find(HTTP_BODY)
        make: Any = body_type
        if isinstance(answer.body, bytes):
            yield make(content_type=answer.content_type, data=answer.body).SerializeToString()
            return
        async for part in answer.body:
            yield make(content_type=answer.content_type, data=part).SerializeToString()

    async def _abort(self, context: Context, refused: errors.ApiError) -> NoReturn:
        """End a call with a status and its details."""
        [status_type, _] = await self.types.find(STATUS, DETAILS)
        packed = _status(refused, status_type, refused.details)
        if len(packed) > MOST_DETAILS:
            packed = _status(refused, status_type, refused.details[:1])
        trailers = ((DETAILS_KEY, packed),) if len(packed) <= MOST_DETAILS else ()
        await context.abort(_CODES[refused.grpc], refused.message[:MOST_DETAILS], trailers)


async def _accepted(answer: Answer) -> Answer:
    """The answer, unless a server behind this one has refused: its HTTP status becomes a gRPC status."""
    if not isinstance(answer, Raw) or answer.status < 400:
        return answer
    body = answer.body if isinstance(answer.body, bytes) else b"".join([part async for part in answer.body])
    status = errors.STATUS_OF_HTTP.get(answer.status, "INTERNAL")
    raise errors.ApiError(status, body.decode(errors="replace"), http=answer.status)


def _parsed(answer: Json, message_type: type[Message]) -> bytes:
    """A field that the installed types do not know yet is left out, as an older client would leave it."""
    from google.protobuf import json_format

    message = json_format.ParseDict(answer, message_type(), ignore_unknown_fields=True)
    return message.SerializeToString()


def _status(refused: errors.ApiError, status_type: type[Message], details: list[errors.Detail]) -> bytes:
    """A `google.rpc.Status` with its details packed; a detail of a type no one knows is left out."""
    from google.protobuf import json_format

    status: Any = status_type()
    status.code, status.message = refused.grpc, refused.message
    for detail in details:
        try:
            json_format.ParseDict(detail, status.details.add(), ignore_unknown_fields=True)
        except json_format.ParseError:
            del status.details[-1]
    packed: bytes = status.SerializeToString()
    return packed
