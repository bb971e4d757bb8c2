"""Google's own client libraries, pointed at a sandbox over REST and over gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import grpc
import pytest
from gcp_emulator.server import Running, running
from google.api_core.client_options import ClientOptions
from google.auth.credentials import Credentials
from google.protobuf import json_format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.api_core.exceptions import GoogleAPICallError

Client = TypeVar("Client")

FAST = 3600.0
"""Sandbox seconds in one of ours: operations are done before a client asks a second time."""


class _Details(NamedTuple):
    """`grpc.ClientCallDetails`, which grpc declares and does not offer to make."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class _Headers(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Adds headers to every call: credentials do not travel on a channel without TLS."""

    def __init__(self, headers: Callable[[str], dict[str, str]]) -> None:
        self.headers = headers

    def _with_headers(self, details: Any) -> _Details:
        more = self.headers(details.method)
        return _Details(
            details.method,
            details.timeout,
            [*(details.metadata or ()), *more.items()],
            details.credentials,
            details.wait_for_ready,
            details.compression,
        )

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._with_headers(details), request)

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        return continuation(self._with_headers(details), request)


class _Bearer(Credentials):
    """A bearer that is as it is: refused, it is sent once more and then given up."""

    def __init__(self, token: str, quota_project: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # google-auth ships no types
        self.token = token
        self.quota_project = quota_project

    def refresh(self, request: Any) -> None:
        """There is nothing to refresh it with."""

    def apply(self, headers: dict[str, str], token: str | None = None) -> None:
        """Set the headers."""
        super().apply(headers, token)  # type: ignore[no-untyped-call] # google-auth ships no types
        if self.quota_project:
            headers["x-goog-user-project"] = self.quota_project


class Clients:
    """Makes clients of one transport for one sandbox.

    Args:
        sandbox: which.
        transport: `rest` or `grpc`.
        token: the bearer; the owner's unless another is given, none at all for the empty string.
        quota_project: sent as `x-goog-user-project`.
    """

    def __init__(self, sandbox: Running, transport: str, token: str | None = None, quota_project: str = "") -> None:
        self.sandbox = sandbox
        self.transport = transport
        self.token = sandbox["token"] if token is None else token
        self.quota_project = quota_project
        self._channels: list[grpc.Channel] = []

    def of(self, client: Callable[..., Client]) -> Client:
        """A client of a class, such as `ProjectsClient`."""
        if self.transport == "rest":
            credentials = _Bearer(self.token, self.quota_project)
            options = ClientOptions(api_endpoint=self.sandbox["rest_url"])
            return client(credentials=credentials, transport="rest", client_options=options)
        wired: Any = client
        return client(transport=wired.get_transport_class("grpc")(channel=self.channel()))

    def channel(self) -> grpc.Channel:
        """A channel whose calls carry the headers."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        if self.quota_project:
            headers["x-goog-user-project"] = self.quota_project
        plain = grpc.insecure_channel(self.sandbox["grpc_target"])
        self._channels.append(plain)
        return grpc.intercept_channel(plain, _Headers(lambda _: headers))

    def close(self) -> None:
        """Close every channel."""
        for channel in self._channels:
            channel.close()


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A fresh sandbox whose operations and propagation take milliseconds."""
    with running(clock=FAST) as started:
        yield started


@pytest.fixture
def stepped() -> Iterator[Running]:
    """A fresh sandbox whose clock is until the test moves it."""
    with running(clock=0) as started:
        yield started


@pytest.fixture(params=["rest", "grpc"])
def transport(request: pytest.FixtureRequest) -> str:
    """Every test that asks for it runs over both transports."""
    return str(request.param)


@pytest.fixture
def connect() -> Iterator[Callable[..., Clients]]:
    """Make `Clients`, and close their channels when the test is over."""
    made: list[Clients] = []

    def make(*args: Any, **options: Any) -> Clients:
        made.append(Clients(*args, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def clients(sandbox: Running, transport: str, connect: Callable[..., Clients]) -> Clients:
    """Clients of the owner, over the transport under test."""
    return connect(sandbox, transport)


def details_of(error: GoogleAPICallError) -> dict[str, Any]:
    """The details of an error by the name of their type, alike for both transports."""
    found: dict[str, Any] = {}
    for detail in error.details:
        if isinstance(detail, dict):
            found[str(detail["@type"]).rpartition(".")[2]] = {k: v for k, v in detail.items() if k != "@type"}
        else:
            found[str(detail.DESCRIPTOR.name)] = json_format.MessageToDict(detail)
    return found


@pytest.fixture(name="details_of")
def _details_of() -> Callable[[GoogleAPICallError], dict[str, Any]]:
    return details_of
