"""`--chat-upstream`: a server of one's own answers, and its bytes pass through untouched."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running, running

ASKED = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}], "odd": {"a": 1}}
STREAM = [b'data: {"odd":  "spacing"}\n\n', b": a comment\n\n", "data: ünïcode\n\n".encode(), b"data: [DONE]\n\n"]


class _Upstream(BaseHTTPRequestHandler):
    """Says what it was told to say, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, str], Any]]
    gone: threading.Event

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if body.get("fail"):
            self._whole(418, b'{"error": {"message": "a teapot"}}')
        elif body.get("named"):
            message = {"content": 'its "model": "x"', "role": "assistant"}
            self._whole(200, json.dumps({"choices": [{"message": message}], "model": body["model"]}).encode())
        elif body.get("packed"):
            self._whole(200, gzip.compress(b"{}"), ("Content-Encoding", "gzip"))
        elif body.get("cut"):
            self._whole(200, b"{}", ("Content-Length", "99"))
            self.close_connection = True
        elif body.get("break"):
            self.close_connection = True
        elif body.get("stream"):
            self._stream(long="long" in body)
        else:
            self._whole(200, b'{"choices": []  }')

    def _whole(self, status: int, body: bytes, *more: tuple[str, str]) -> None:
        self.send_response(status)
        headers = {"Content-Type": "application/json; charset=x", "Content-Length": str(len(body))} | dict(more)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, *, long: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in STREAM * (200 if long else 1):
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                time.sleep(0.02)
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.gone.set()

    def log_message(self, *_: Any) -> None:
        """No one reads it."""


@pytest.fixture
def upstream() -> Iterator[Any]:
    handler = type("Handler", (_Upstream,), {"asked": [], "gone": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sandbox(upstream: Any) -> Iterator[Running]:
    with running(chat_upstream=f"http://127.0.0.1:{upstream.server_port}/v1/", grpc=False) as started:
        yield started


def _ask(sandbox: Running, project: str = "sandbox-ready", **more: Any) -> requests.Response:
    path = f"v1/projects/{project}/locations/global/endpoints/openapi/chat/completions"
    headers = {"authorization": f"Bearer {sandbox['token']}"}
    return requests.post(f"{sandbox['rest_url']}/{path}", json={**ASKED, **more}, headers=headers, timeout=10)


def test_the_request_goes_on_without_the_credential(sandbox: Running, upstream: Any) -> None:
    assert _ask(sandbox).content == b'{"choices": []  }'
    ((path, headers, body),) = upstream.RequestHandlerClass.asked
    assert path == "/v1/chat/completions"
    assert body == ASKED
    assert "authorization" not in headers


def test_a_stream_passes_through_byte_for_byte(sandbox: Running) -> None:
    answer = _ask(sandbox, stream=True)
    assert answer.content == b"".join(STREAM)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"


def test_an_answer_that_is_packed_unasked_is_told_as_packed(sandbox: Running) -> None:
    answer = _ask(sandbox, packed=True)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == b"{}"


def test_an_answer_that_breaks_off_is_not_passed_on_as_a_whole_one(sandbox: Running) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ask(sandbox, cut=True)


def test_a_error_of_the_upstream_passes_through(sandbox: Running) -> None:
    answer = _ask(sandbox, fail=True)
    assert answer.status_code == 418
    assert answer.json() == {"error": {"message": "a teapot"}}


def test_a_model_of_another_name_is_named_as_it_was_asked(upstream: Any) -> None:
    url = f"http://127.0.0.1:{upstream.server_port}/v1"
    with running(chat_upstream=url, chat_upstream_model="my-model", grpc=False) as started:
        answer = _ask(started, named=True).json()
    ((_, _, body),) = upstream.RequestHandlerClass.asked
    assert body["model"] == "my-model"
    assert answer["model"] == ASKED["model"]
    assert answer["choices"][0]["message"]["content"] == 'its "model": "x"'


def test_a_project_is_gated_before_anyone_is_asked(sandbox: Running, upstream: Any) -> None:
    assert _ask(sandbox, "sandbox-empty").status_code == 403
    assert _ask(sandbox, model="gpt-oss").status_code == 400
    assert not upstream.RequestHandlerClass.asked


def test_an_upstream_that_breaks_off_is_unavailable(sandbox: Running) -> None:
    more: dict[str, Any] = {"break": True}
    answer = _ask(sandbox, **more)
    assert answer.status_code == 503
    assert answer.json()[0]["error"]["status"] == "UNAVAILABLE"
    assert "did not answer" in answer.json()[0]["error"]["message"]


def test_an_upstream_that_is_not_there_is_unavailable() -> None:
    with running(chat_upstream="http://127.0.0.1:1/v1", grpc=False) as started:
        assert _ask(started).status_code == 503


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1/", "http://127.0.0.1:port/"])
def test_an_upstream_that_cannot_be_is_unavailable(url: str) -> None:
    with running(chat_upstream=url, grpc=False) as started:
        assert _ask(started).status_code == 503


def test_who_hangs_up_ends_the_upstreams_work_too(sandbox: Running, upstream: Any) -> None:
    path = "v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
    headers = {"authorization": f"Bearer {sandbox['token']}"}
    body = {**ASKED, "stream": True, "long": True}
    with requests.post(f"{sandbox['rest_url']}/{path}", json=body, headers=headers, timeout=10, stream=True) as answer:
        assert next(answer.iter_content(None))
    assert upstream.RequestHandlerClass.gone.wait(5)
