"""The proxy: fresh credentials are added, everything else passes as it is."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
from gcp_emulator.server import Running
from openai import APIError, AuthenticationError, OpenAI

from provision.chat.proxy import LARGEST_BODY, Passed, Proxy, base_url, bind, serving
from provision.clients import Clients
from tests.conftest import clients_for, config_for

KEY = "local-key-of-this-test"
ASKING = {
    "model": "openai/gpt-oss-120b-maas",
    "messages": [{"role": "user", "content": "What is a cloud?"}],
    "max_tokens": 1024,
    "stream": True,
}


@dataclass
class Served:
    """A proxy that runs."""

    url: str
    clients: Clients
    passed: list[Passed] = field(default_factory=list)

    def client(self, **more: Any) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False, **more)


@pytest.fixture
def proxy(sandbox: Running) -> Iterator[Served]:
    yield from _served(config_for(sandbox))


def _served(config: Any) -> Iterator[Served]:
    clients = clients_for(config)
    listener = bind(0)
    served = Served(base_url(listener), clients)
    with serving(Proxy(clients.serving, clients.credentials, KEY, served.passed.append), listener):
        yield served


def texts(answer: str) -> list[str]:
    events = [json.loads(line[6:]) for line in answer.splitlines() if line.startswith("data: {")]
    return [choice["delta"].get("content") or "" for event in events for choice in event["choices"]]


def test_the_openai_sdk_streams_through_it(proxy: Served) -> None:
    with OpenAI(base_url=proxy.url, api_key=KEY, http_client=proxy.client()) as client:
        chunks = list(client.chat.completions.create(**ASKING))  # type: ignore[call-overload] # a dict of arguments
    assert len(chunks) > 3
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_stream_passes_as_it_is(proxy: Served, sandbox: Running) -> None:
    with proxy.client() as client:
        through = client.post("/chat/completions", json=ASKING)
    direct = httpx2.post(
        proxy.clients.serving.base_url + "/chat/completions",
        json=ASKING,
        headers={"Authorization": f"Bearer {sandbox['token']}"},
        trust_env=False,
    )
    assert through.status_code == 200
    assert through.headers["content-type"] == direct.headers["content-type"]
    assert texts(through.text) == texts(direct.text)
    assert through.text.endswith("data: [DONE]\n\n")


def test_googles_error_passes_as_it_is(proxy: Served) -> None:
    with proxy.client() as client:
        answer = client.post("/chat/completions", json=ASKING | {"model": "openai/no-such-model"})
    assert answer.status_code == 404
    assert answer.json()[0]["error"]["status"] == "NOT_FOUND"


def test_a_token_that_was_revoked_is_replaced_once(proxy: Served, sandbox: Running) -> None:
    proxy.clients.credentials.fresh_token()
    sandbox.fail_next("*ChatCompletions*", error_status := 401)
    with proxy.client() as client:
        assert client.post("/chat/completions", json=ASKING).status_code == 200
    sandbox.fail_next("*ChatCompletions*", error_status, first=2)
    with proxy.client() as client:
        assert client.post("/chat/completions", json=ASKING).status_code == 401


@pytest.mark.parametrize("key", ["", "wrong", KEY + "x"])
def test_no_one_passes_without_the_key(proxy: Served, sandbox: Running, key: str) -> None:
    before = len(sandbox.requests())
    with (
        OpenAI(base_url=proxy.url, api_key=key or "-", http_client=httpx2.Client(trust_env=False)) as client,
        pytest.raises(AuthenticationError, match="use the key that the proxy printed"),
    ):
        client.chat.completions.create(**ASKING)  # type: ignore[call-overload] # a dict of arguments
    assert len(sandbox.requests()) == before


def test_a_web_page_cannot_drive_it(proxy: Served) -> None:
    with proxy.client() as client:
        assert client.post("/chat/completions", json=ASKING, headers={"Host": "evil.example"}).status_code == 403
        asked_before = client.request("OPTIONS", "/chat/completions", headers={"Authorization": ""})
    assert asked_before.status_code == 401
    assert "access-control-allow-origin" not in asked_before.headers


def test_a_path_beside_the_base_url_is_named(proxy: Served) -> None:
    with proxy.client() as client:
        answer = client.post(proxy.url.removesuffix("/v1") + "/chat/completions", json=ASKING)
    assert answer.status_code == 404
    assert "ends in /v1" in answer.json()["error"]["message"]


def raw(proxy: Served, path: str) -> bytes:
    """Ask for a path as it is: a client would put it straight first."""
    host, _, port = proxy.url.removeprefix("http://").removesuffix("/v1").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n"
        connection.sendall(f"{head}\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    "path",
    ["/v1/../../../endpoints", "/v1/%2e%2e/%2E%2E/endpoints", "/v1/..%2f..%2fendpoints", "/v1/..%5c..", "/v1/./models"],
)
def test_a_path_cannot_climb_out_of_the_model_to_another_api(proxy: Served, sandbox: Running, path: str) -> None:
    before = len(sandbox.requests())
    assert raw(proxy, path).startswith(b"HTTP/1.1 404")
    assert len(sandbox.requests()) == before


def test_a_path_is_passed_on_and_told_as_it_came(proxy: Served) -> None:
    assert raw(proxy, "/v1/models/a%0Ab%3Fc").startswith(b"HTTP/1.1 404")
    end = time.monotonic() + 5
    while not proxy.passed and time.monotonic() < end:  # it is told once the answer is out
        time.sleep(0.01)
    assert [passed.path for passed in proxy.passed] == ["/v1/models/a%0Ab%3Fc"]


def test_a_body_without_end_is_refused(proxy: Served) -> None:
    with proxy.client() as client:
        answer = client.post("/chat/completions", content=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413


def test_a_broken_stream_does_not_look_like_a_whole_one(sandbox: Running, proxy: Served) -> None:
    sandbox.fail_next("*ChatCompletions*", drop=True, after=True)
    with (
        OpenAI(base_url=proxy.url, api_key=KEY, max_retries=0, http_client=proxy.client()) as client,
        pytest.raises(APIError),
    ):
        list(client.chat.completions.create(**ASKING))  # type: ignore[call-overload] # a dict of arguments


def test_a_server_that_is_gone_is_said_in_openais_shape(proxy: Served) -> None:
    proxy.clients.credentials.fresh_token()
    with closing(socket.socket()) as no_one:  # bound, and never listening
        no_one.bind(("127.0.0.1", 0))
        port = no_one.getsockname()[1]
        deleted = proxy.clients.serving.base_url.split("/v1/")
        listener = bind(0)
        elsewhere = replace(proxy.clients.serving, base_url=f"http://127.0.0.1:{port}/v1/{deleted[1]}")
        with serving(Proxy(elsewhere, proxy.clients.credentials, KEY), listener), proxy.client() as client:
            answer = client.post(base_url(listener) + "/chat/completions", json=ASKING)
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "unreachable"


def test_a_dedicated_endpoint_is_asked_by_its_own_name(sandbox: Running) -> None:
    config = config_for(sandbox, endpoints__locations=("europe-west4",))
    (endpoint,) = clients_for(config).vertex.list_endpoints(config.project_id, "europe-west4")
    assert endpoint.dedicated_dns
    chosen = config_for(sandbox, endpoints__locations=("europe-west4",), model__endpoint=endpoint.endpoint_id)
    for served in _served(chosen):
        with served.client() as client:
            assert client.post("/chat/completions", json=ASKING).status_code == 200


def test_what_is_told_holds_no_body_and_no_query(proxy: Served) -> None:
    with proxy.client() as client:
        client.post("/chat/completions?alt=sse", json=ASKING)
        client.get("/models")
    assert [(each.method, each.path, each.status) for each in proxy.passed] == [
        ("POST", "/v1/chat/completions", 200),
        ("GET", "/v1/models", 404),
    ]
