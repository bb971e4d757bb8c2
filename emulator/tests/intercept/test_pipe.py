"""gRPC through the proxy: many calls at once, calls given up, large messages, and which protocol a client gets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import pytest
from gcp_emulator.server import Running, running
from google.iam.v1 import iam_policy_pb2  # type: ignore[import-untyped] # has no types

MANAGER = "cloudresourcemanager.googleapis.com"
PROJECTS = "/google.cloud.resourcemanager.v3.Projects"
GET = f"{PROJECTS}/GetProject"
REQUEST = b"\n\x16projects/sandbox-ready"  # field 1 of a GetProjectRequest: its name


@pytest.fixture
def channel(google: Running, environ: None) -> Any:
    """How gRPC reaches a host through the proxy; the proxy is named as an option, since gRPC reads it once."""
    trusted = grpc.ssl_channel_credentials(Path(google["ca_file"]).read_bytes())

    def open_channel(host: str) -> grpc.aio.Channel:
        options = (("grpc.http_proxy", google["proxy_url"]), ("grpc.use_local_subchannel_pool", 1))
        return grpc.aio.secure_channel(host, trusted, options)

    return open_channel


def bearer(ready: Running) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {ready['token']}"),)


def agreed(ready: Running, *offered: str) -> str | None:
    """The protocol that a client gets which offers these."""
    address = urlsplit(ready["proxy_url"])
    context = ssl.create_default_context(cafile=ready["ca_file"])
    if offered:
        context.set_alpn_protocols(list(offered))
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=5) as connection:
        connection.sendall(f"CONNECT {MANAGER}:443 HTTP/1.1\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        with context.wrap_socket(connection, server_hostname=MANAGER) as secured:
            return secured.selected_alpn_protocol()


@pytest.mark.parametrize(
    ("offered", "protocol"),
    [((), None), (("http/1.1",), "http/1.1"), (("h2", "http/1.1"), "http/1.1"), (("h2",), "h2")],
)
def test_only_a_client_that_offers_nothing_else_gets_http_2(
    google: Running, offered: tuple[str, ...], protocol: str | None
) -> None:
    assert agreed(google, *offered) == protocol


def test_many_calls_run_over_one_connection(google: Running, channel: Any) -> None:
    async def run() -> None:
        async with channel(MANAGER) as opened:
            call = opened.unary_unary(GET)
            answers = await asyncio.gather(*(call(REQUEST, metadata=bearer(google), timeout=30) for _ in range(50)))
        assert len(set(answers)) == 1
        assert b"sandbox-ready" in answers[0]

    asyncio.run(run())


def test_messages_larger_than_a_window_arrive_whole(google: Running, channel: Any) -> None:
    names = [f"resourcemanager.projects.{'x' * 1000}{number}" for number in range(1000)]
    request: Any = iam_policy_pb2.TestIamPermissionsRequest(resource="projects/sandbox-ready", permissions=names)

    async def run() -> bytes:
        async with channel(MANAGER) as opened:
            call = opened.unary_unary(f"{PROJECTS}/TestIamPermissions")
            answer: bytes = await call(request.SerializeToString(), metadata=bearer(google), timeout=30)
            return answer

    answer: Any = iam_policy_pb2.TestIamPermissionsResponse.FromString(asyncio.run(run()))
    assert list(answer.permissions) == names  # the owner holds them all


def test_a_call_can_be_given_up(google: Running, channel: Any) -> None:
    """The next one over the same connection is answered."""

    async def run() -> None:
        google.fail_next("*/GetProject", latency_ms=60_000)
        async with channel(MANAGER) as opened:
            call = opened.unary_unary(GET)
            with pytest.raises(grpc.aio.AioRpcError) as given_up:
                await call(REQUEST, metadata=bearer(google), timeout=0.2)
            assert given_up.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            assert b"sandbox-ready" in await call(REQUEST, metadata=bearer(google), timeout=30)

    asyncio.run(run())


def test_a_call_that_is_dropped_is_unavailable(google: Running, channel: Any) -> None:
    async def run() -> None:
        google.fail_next("*/GetProject", drop=True)
        async with channel(MANAGER) as opened:
            with pytest.raises(grpc.aio.AioRpcError) as dropped:
                await opened.unary_unary(GET)(REQUEST, metadata=bearer(google), timeout=30)
        assert dropped.value.code() is grpc.StatusCode.UNAVAILABLE

    asyncio.run(run())


@pytest.mark.parametrize("host", ["cloudbilling.googleapis.com", "global-aiplatform.googleapis.com"])
def test_a_host_without_that_api_answers_as_googles_front_end(google: Running, channel: Any, host: str) -> None:
    async def run() -> None:
        async with channel(host) as opened:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await opened.unary_unary(GET)(REQUEST, metadata=bearer(google), timeout=30)
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert refused.value.details() == "Received http2 header with status: 404"

    asyncio.run(run())
    assert google.requests()[-1]["status"] == 404


def test_the_host_is_that_of_the_tunnel_whatever_metadata_say(google: Running, channel: Any) -> None:
    """A regional host refuses another region, and no header changes which host was asked."""
    method = "/google.cloud.aiplatform.v1.EndpointService/ListEndpoints"
    parent = b"projects/sandbox-ready/locations/us-central1"
    message = (*bearer(google), ("x-sandbox-host", "us-central1-aiplatform.googleapis.com"))

    async def run() -> str:
        async with channel("europe-west4-aiplatform.googleapis.com") as opened:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await opened.unary_unary(method)(b"\n" + bytes([len(parent)]) + parent, metadata=message, timeout=30)
        return str(refused.value.details())

    assert "The valid location ID is `europe-west4`" in asyncio.run(run())


def test_it_stops_while_calls_are_under_way() -> None:
    async def begin(ready: Running) -> None:
        trusted = grpc.ssl_channel_credentials(Path(ready["ca_file"]).read_bytes())
        options = (("grpc.http_proxy", ready["proxy_url"]), ("grpc.use_local_subchannel_pool", 1))
        async with grpc.aio.secure_channel(MANAGER, trusted, options) as opened:
            method: Any = opened.unary_unary(GET)
            call = method(REQUEST, metadata=bearer(ready), timeout=60)
            while not ready.requests():
                await asyncio.sleep(0.01)
            await asyncio.to_thread(ended.close)
            with pytest.raises(grpc.aio.AioRpcError):
                await call

    with ExitStack() as ended:
        ready = ended.enter_context(running(intercept=True, latency=60.0))
        asyncio.run(begin(ready))
    assert not Path(ready["ca_file"]).exists()


def test_without_grpc_its_clients_are_left() -> None:
    with running(intercept=True, grpc=False) as ready:
        trusted = grpc.ssl_channel_credentials(Path(ready["ca_file"]).read_bytes())
        options = (("grpc.http_proxy", ready["proxy_url"]), ("grpc.use_local_subchannel_pool", 1))
        with grpc.secure_channel(MANAGER, trusted, options) as opened:
            method: Any = opened.unary_unary(GET)
            with pytest.raises(grpc.RpcError) as refused:
                method(REQUEST, timeout=30)
    error: Any = refused.value
    assert error.code() is grpc.StatusCode.UNAVAILABLE
