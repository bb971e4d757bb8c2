"""The proxy: fresh credentials are added, and what OpenAI's clients expect; everything else passes as it is."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest
from gcp_emulator.server import Running
from openai import APIError, AuthenticationError, NotFoundError, OpenAI

from provision.chat.proxy import LARGEST_BODY, Passed, Proxy, base_url, bind, serving
from provision.cli.proxy import served_models
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


def test_googles_error_comes_as_openais_clients_read_it(proxy: Served) -> None:
    with (
        OpenAI(base_url=proxy.url, api_key=KEY, max_retries=0, http_client=proxy.client()) as client,
        pytest.raises(NotFoundError, match=r"Publisher Model .*no-such-model") as refused,
    ):
        client.chat.completions.create(**ASKING | {"model": "openai/no-such-model"})  # type: ignore[call-overload] # a dict
    assert refused.value.code == "model_not_found"
    assert refused.value.body == {**refused.value.body, "status": "NOT_FOUND", "param": None}  # type: ignore[dict-item] # an object


def test_a_model_may_be_named_as_people_do(proxy: Served, sandbox: Running) -> None:
    with proxy.client() as client:
        for name in ("gpt-oss-120b", "gpt-oss-120b-maas", "vertex_ai/openai/gpt-oss-120b-maas"):
            answer = client.post("/chat/completions", json=ASKING | {"model": name, "stream": False})
            assert answer.json()["model"] == "openai/gpt-oss-120b-maas"


def test_the_models_are_listed_and_so_is_one(sandbox: Running) -> None:
    config = config_for(sandbox)
    clients = clients_for(config)
    listener = bind(0)
    find = served_models(config, clients)
    with (
        serving(Proxy(clients.serving, clients.credentials, KEY, find_models=find), listener),
        OpenAI(
            base_url=base_url(listener), api_key=KEY, http_client=httpx2.Client(trust_env=False), max_retries=0
        ) as client,
    ):
        ids = [each.id for each in client.models.list()]
        assert ids[0] == "openai/gpt-oss-120b-maas"
        assert "google/gemini-3.5-flash" in ids
        assert "openai/gpt-oss-20b-maas" not in ids  # retired
        assert "openai/gpt-6.1-terra" not in ids  # answers another API
        assert client.models.retrieve("gpt-oss-120b").owned_by == "openai"
        with pytest.raises(NotFoundError, match="GET /v1/models"):
            client.models.retrieve("acme/foo")


def test_health_needs_no_key_and_tells_of_the_token(proxy: Served, sandbox: Running) -> None:
    root = proxy.url.removesuffix("/v1")
    with httpx2.Client(trust_env=False) as client:
        healthy = client.get(f"{root}/health")
        assert healthy.json() == {"status": "ok", "model": "openai/gpt-oss-120b-maas", "location": "global"}
        assert client.get(f"{root}/health", headers={"Host": "evil.example"}).status_code == 403
        sandbox.fail_next("POST /token", 400, first=9)
        for another in _served(config_for(sandbox)):
            answer = client.get(another.url.removesuffix("/v1") + "/health")
            assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


def test_a_web_page_may_use_it_where_its_origin_was_named(sandbox: Running) -> None:
    clients = clients_for(config_for(sandbox))
    listener = bind(0)
    page, other = {"Origin": "http://localhost:3000"}, {"Origin": "http://evil.example"}
    with (
        serving(Proxy(clients.serving, clients.credentials, KEY, cors_origins=["http://localhost:3000"]), listener),
        httpx2.Client(base_url=base_url(listener), trust_env=False) as client,
    ):
        before = client.options("/models", headers={**page, "Access-Control-Request-Headers": "authorization"})
        assert before.status_code == 204
        assert before.headers["access-control-allow-headers"] == "authorization"
        assert client.options("/models", headers=other).status_code == 401
        refused = client.get("/models", headers=page)
        assert refused.status_code == 401  # the key is needed all the same, and the page may read that
        assert refused.headers["access-control-allow-origin"] == "http://localhost:3000"
        assert "access-control-allow-origin" not in client.get("/models", headers=other).headers


class Recorder:
    """A server in Google's place that keeps what comes, and answers what it was told to."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.seen: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1/projects/p/locations/global/endpoints/openapi"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):  # closed at the end
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    self.seen.append(connection.recv(65536))
                    connection.sendall(self.answer)


@contextmanager
def in_front_of(answer: bytes, clients: Clients) -> Iterator[tuple[httpx2.Client, Recorder]]:
    recorder = Recorder(answer)
    listener = bind(0)
    served = replace(clients.serving, base_url=recorder.url)
    headers = {"Authorization": f"Bearer {KEY}"}
    with (
        closing(recorder.listener),
        serving(Proxy(served, clients.credentials, KEY), listener),
        httpx2.Client(base_url=base_url(listener), headers=headers, trust_env=False) as client,
    ):
        yield client, recorder


def test_what_is_for_the_next_hop_or_of_someone_else_ends_at_the_proxy(proxy: Served) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nset-cookie: a=b\r\n"
        b"connection: close, x-hop\r\nx-hop: 1\r\nx-kept: 2\r\nkeep-alive: timeout=5\r\n\r\n{}"
    )
    sent = {
        "Cookie": "session=1",
        "X-Goog-User-Project": "other-project",
        "X-Goog-Api-Key": "AIza-of-someone",
        "X-Forwarded-For": "10.0.0.1",
        "OpenAI-Organization": "org-1",
        "Origin": "http://localhost:1",
        "Connection": "keep-alive, X-Private",
        "X-Private": "1",
        "X-HTTP-Method-Override": "DELETE",
        "X-Vertex-AI-LLM-Request-Type": "shared",
    }
    with in_front_of(answer, proxy.clients) as (client, recorder):
        query = "?key=AIza-of-someone&%24userProject=other-project&alt=sse&access_token=x&$httpHeaders=Cookie:a"
        back = client.post(f"/chat/completions{query}", json=ASKING, headers=sent)
    head = recorder.seen[0].partition(b"\r\n\r\n")[0].lower()
    for name in (b"cookie", b"x-goog-user-project", b"api-key", b"forwarded", b"openai-", b"origin", b"x-private"):
        assert name not in head
    assert b"/chat/completions?alt=sse http/1.1" in head
    assert b"override" not in head
    assert KEY.encode() not in head
    assert b"x-vertex-ai-llm-request-type: shared" in head
    assert back.headers["x-kept"] == "2"
    assert not {"set-cookie", "x-hop", "keep-alive"} & set(back.headers)


def test_a_failure_leaves_no_traceback_and_breaks_off_what_had_begun(
    proxy: Served, capfd: pytest.CaptureFixture[str]
) -> None:
    cut = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\ndata:\r\n"
    with in_front_of(cut, proxy.clients) as (client, _), pytest.raises(httpx2.HTTPError):
        client.post("/chat/completions", json=ASKING)
    with in_front_of(b"not http at all\r\n\r\n", proxy.clients) as (client, _):
        assert client.post("/chat/completions", json=ASKING).json()["error"]["code"] == "unreachable"
    assert raw(proxy, "/v1/x?\x7f%00").startswith(b"HTTP/1.1 4")
    assert "Traceback" not in "".join(capfd.readouterr())


def test_an_error_within_a_stream_is_one_that_clients_read(proxy: Served) -> None:
    event = b'data: [{"error": {"code": 429, "message": "Resource exhausted", "status": "RESOURCE_EXHAUSTED"}}]\n\n'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    with (
        in_front_of(head + b": hello\n\n" + event + b"data: [DONE]\n\n", proxy.clients) as (http, _),
        OpenAI(base_url=str(http.base_url), api_key=KEY, max_retries=0, http_client=http) as client,
        pytest.raises(APIError, match="Resource exhausted"),
    ):
        list(client.chat.completions.create(**ASKING))  # type: ignore[call-overload] # a dict of arguments


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


def test_a_large_request_reads_why_it_was_refused(proxy: Served) -> None:
    host, _, port = proxy.url.removeprefix("http://").removesuffix("/v1").partition(":")
    body = b"x" * 2**20
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)  # all of it first, as many clients do
        answer = b"".join(iter(lambda: connection.recv(65536), b""))  # a reset connection raises here
    assert answer.startswith(b"HTTP/1.1 401")


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


def test_what_all_requests_together_hold_is_bounded(proxy: Served) -> None:
    listener = bind(0)
    app = Proxy(proxy.clients.serving, proxy.clients.credentials, KEY, most_held=1000)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
    with serving(app, listener), replace(proxy, url=base_url(listener)).client() as client:
        with socket.create_connection(listener.getsockname()) as unfinished:
            unfinished.sendall(f"{head}Content-Length: 900\r\n\r\n{'x' * 800}".encode())
            while (refused := client.post("/chat/completions", content=b"y" * 600)).status_code != 503:
                time.sleep(0.01)
            assert refused.json()["error"]["code"] == "busy"
        while client.post("/chat/completions", content=b"y" * 600).status_code == 503:
            time.sleep(0.01)
    assert app._held == 0


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
        ("GET", "/v1/models", 200),
    ]
