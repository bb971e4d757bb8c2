"""HTTP/2 as clients may also speak it: many streams at once, streams broken off, rules broken."""

from __future__ import annotations

import asyncio
import json
import ssl
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import httpx2
import pytest
from gcp_emulator.intercept.link import Link
from gcp_emulator.server import Running, running
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded
from h2.settings import SettingCodes

VERTEX = "aiplatform.googleapis.com"
MANAGER = "cloudresourcemanager.googleapis.com"
GET = "/google.cloud.resourcemanager.v3.Projects/GetProject"
REQUEST = b"\n\x16projects/sandbox-ready"  # field 1 of a GetProjectRequest: its name

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"
SETTINGS, GOAWAY = 4, 7


def frames(said: bytes) -> list[int]:
    """The types of the frames in bytes (RFC 9113, section 4.1)."""
    found = []
    while said:
        found.append(said[3])
        said = said[9 + int.from_bytes(said[:3], "big") :]
    return found


async def secured(ready: Running, host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a host through the proxy, over HTTP/2, on which nothing has been said yet."""
    address = urlsplit(ready["proxy_url"])
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    context = ssl.create_default_context(cafile=ready["ca_file"])
    context.set_alpn_protocols(["h2"])
    await writer.start_tls(context, server_hostname=host)
    return reader, writer


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


def test_many_calls_run_over_one_connection(google: Running, environ: None) -> None:
    async def run() -> list[int]:
        headers = {"authorization": f"Bearer {google['token']}"}
        async with httpx2.AsyncClient(http2=True, headers=headers) as client:
            urls = [f"https://{MANAGER}/v3/projects/{google[name]}" for name in ("project", "empty_project")] * 40
            answers = await asyncio.gather(*(client.get(url) for url in urls))
        assert [each.json()["projectId"] for each in answers] == [google["project"], google["empty_project"]] * 40
        return [each.status_code for each in answers]

    assert asyncio.run(run()) == [200] * 80


def test_many_grpc_calls_run_over_one_connection(google: Running, channel: Any) -> None:
    async def run() -> None:
        async with channel(MANAGER) as opened:
            call = opened.unary_unary(GET)
            answers = await asyncio.gather(*(call(REQUEST, metadata=bearer(google), timeout=30) for _ in range(50)))
        assert len(set(answers)) == 1
        assert b"sandbox-ready" in answers[0]

    asyncio.run(run())


def test_a_grpc_call_can_be_given_up(google: Running, channel: Any) -> None:
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


def test_a_client_with_a_small_window_gets_all_of_an_answer(google: Running) -> None:
    async def run() -> bytes:
        reader, writer = await secured(google, MANAGER)
        client = H2Connection(H2Configuration(client_side=True))
        client.initiate_connection()
        client.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 100})
        names = {":method": "GET", ":scheme": "https", ":authority": MANAGER, ":path": "/v3/projects/sandbox-ready"}
        client.send_headers(1, [*names.items(), ("authorization", f"Bearer {google['token']}")], end_stream=True)
        got = b""
        while True:
            writer.write(client.data_to_send())
            for event in client.receive_data(await asyncio.wait_for(reader.read(65536), 30)):
                if isinstance(event, DataReceived):
                    got += event.data
                    client.acknowledge_received_data(event.flow_controlled_length, 1)
                if isinstance(event, StreamEnded):
                    writer.close()
                    await writer.wait_closed()
                    return got

    assert json.loads(asyncio.run(run()))["projectId"] == "sandbox-ready"


class Kept(Link):
    """A connection that takes on what is asked, and answers nothing by itself."""

    def received(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self.accept(event.stream_id)


def test_who_says_goodbye_while_he_is_being_answered_is_left() -> None:
    client = H2Connection(H2Configuration(client_side=True))
    client.initiate_connection()
    client.send_headers(1, [(":method", "GET"), (":scheme", "https"), (":authority", MANAGER), (":path", "/")])
    asked = client.data_to_send()
    client.close_connection()
    link = Kept(client=False)
    link.data_received(asked)
    assert link.is_open(1)
    link.data_received(client.data_to_send())
    link.headers(1, [(b":status", b"200")])
    link.data(1, b"late")
    link.end(1)
    assert link.closed


@pytest.mark.parametrize(
    ("sent", "last_frame"),
    [
        (b"GET / HTTP/1.1\r\nHost: aiplatform.googleapis.com\r\n\r\n", SETTINGS),
        (PREFACE + b"\0\0\x01\0\0\0\0\0\0x", GOAWAY),  # data on the stream of the connection itself
    ],
)
def test_a_client_that_breaks_the_rules_is_left(google: Running, sent: bytes, last_frame: int) -> None:
    async def run() -> bytes:
        reader, writer = await secured(google, VERTEX)
        writer.write(sent)
        said = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await writer.wait_closed()
        return said

    assert frames(asyncio.run(run()))[-1] == last_frame


def test_a_client_that_leaves_in_the_middle_of_a_stream_harms_nobody(google: Running, environ: None) -> None:
    body = {"model": "openai/gpt-oss-120b-maas", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    url = f"https://{VERTEX}/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
    with httpx2.Client(http2=True, headers={"authorization": f"Bearer {google['token']}"}) as client:
        with client.stream("POST", url, json=body) as answer:
            next(answer.iter_lines())
        with client.stream("POST", url, json=body) as answer:
            assert json.loads(next(answer.iter_lines()).removeprefix("data: "))["model"] == body["model"]


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
