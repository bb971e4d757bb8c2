"""The OpenAI SDK's own Vertex provider: what it asks, and what not, seen by running it.

It is an own client of Google's and no one of our clients: it makes its own address, and takes its own credentials.
"""

from __future__ import annotations

import json
import runpy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from gcp_emulator.server import Running
from openai import NotFoundError, OpenAI, OpenAIError
from openai.providers import vertex

from provision.client_configuration.programs import program

TEXT = {"type": "response.output_text.delta", "delta": "A cloud.", "item_id": "m", "output_index": 0}
RESPONSE = {"id": "r", "object": "response", "model": "gpt-6.1-terra", "status": "failed", "output": []}
FAILED = {"type": "response.failed", "response": RESPONSE, "sequence_number": 1}
COMPLETED = FAILED | {"type": "response.completed", "response": RESPONSE | {"status": "completed"}}
SPENT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
INCOMPLETE = FAILED | {"type": "response.incomplete", "response": RESPONSE | SPENT}


@contextmanager
def answering(*events: dict[str, object]) -> Iterator[tuple[str, list[tuple[str, str, dict[str, object]]]]]:
    """Serve the Responses API at one path, as Google's discovery document names it, and keep what was asked."""
    seen: list[tuple[str, str, dict[str, object]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.append((self.path, str(self.headers["authorization"]), body))
            found = self.path.endswith("/publishers/openai/v1/responses")
            self.send_response(200 if found else 404)
            self.send_header("content-type", "text/event-stream" if found else "text/html")
            self.end_headers()
            for event in events if found else ():
                self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/projects/p/locations/us", seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("events", "code", "printed", "said"),
    [
        ((TEXT, COMPLETED), 0, "A cloud.\n", ""),
        ((TEXT, INCOMPLETE), 0, "A cloud.\n", ""),
        ((INCOMPLETE,), 1, "\n", "reasoning"),
        ((TEXT, FAILED), 1, "A cloud.\n", "failed"),
        ((TEXT,), 1, "A cloud.\n", "no end"),
        (({"odd": 1},), 1, "\n", "no end"),
    ],
    ids=["whole", "cut at its budget", "all spent on thinking", "failed", "cut off", "nothing known"],
)
def test_the_program_asks_a_partner_model_by_the_responses_api(
    events: tuple[dict[str, object], ...],
    code: int,
    printed: str,
    said: str,
    sandbox: Running,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "ask.py"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sandbox["credentials_file"])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    ended: object = None
    with answering(*events) as (location, seen):
        file.write_text(
            program("openai-vertex", base_url=f"{location}/endpoints/openapi", model="openai/gpt-oss-120b-maas")
        )
        try:
            runpy.run_path(str(file), run_name="__main__")
        except SystemExit as end:
            ended = end.code
    assert (bool(ended), capsys.readouterr().out) == (bool(code), printed)
    assert said in str(ended or "")
    (path, token, body) = seen[0]
    assert path == "/v1/projects/p/locations/us/publishers/openai/v1/responses"
    assert token.startswith("Bearer ya29.")
    assert body["model"] == "gpt-6.1-terra"


def test_the_provider_has_no_chat_completions_so_it_cannot_ask_gpt_oss() -> None:
    with (
        answering(TEXT) as (location, seen),
        OpenAI(
            provider=vertex(base_url=f"{location}/publishers/openai/v1", token_provider=lambda: "t"), max_retries=0
        ) as client,
        pytest.raises(NotFoundError),
    ):
        client.chat.completions.create(
            model="openai/gpt-oss-120b-maas", messages=[{"role": "user", "content": "hello"}]
        )
    assert seen[0][0].endswith("/publishers/openai/v1/chat/completions")


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("global", "aiplatform.googleapis.com"),
        ("us", "us-aiplatform.googleapis.com"),  # Google's pages name aiplatform.us.rep.googleapis.com
    ],
)
def test_its_own_addresses(location: str, host: str) -> None:
    with OpenAI(provider=vertex(project="p", location=location, token_provider=lambda: "t")) as client:
        assert client.base_url.host == host
        assert client.base_url.path == f"/v1/projects/p/locations/{location}/publishers/openai/v1/"


def test_it_gives_a_token_to_no_other_place_and_takes_no_key() -> None:
    with pytest.raises(OpenAIError, match="HTTPS"):
        vertex(base_url="http://aiplatform.googleapis.com/v1", token_provider=lambda: "t")
    with answering(TEXT) as (location, _):
        made = vertex(base_url=f"{location}/publishers/openai/v1", token_provider=lambda: "t")
        with OpenAI(provider=made, max_retries=0) as client, pytest.raises(OpenAIError, match="owns authentication"):
            client.responses.create(model="gpt-6.1-terra", input="hi", extra_headers={"Authorization": "Bearer mine"})
