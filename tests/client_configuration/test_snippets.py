"""The programs that `snippet` prints end well or say why not, whatever the server sends."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from provision.client_configuration.programs import LANGUAGES, program
from tests.chat.scenarios import GREEN, MODEL, SCENARIOS, Scenario

SHOWN_ANYWAY = {
    "one JSON instead of a stream": 1,  # the SDK sees no event in it
    "<think> in the text": 0,
    "harmony in the text": 0,
    "harmony without its marks": 0,
    "an end mark in the text": 0,
    "another protocol's word for the end": 1,
    "a filter, and then stop": 0,
    "another model": 0,
    "all spent on thinking, at first": 1,  # it does not ask again
}
"""What a program that only prints the answer sees differently; the smoke test is for the rest."""
TEXTS = {name: each for name, each in SCENARIOS.items() if each.tools is None}
FEW = ("nothing is wrong", "null choices, and none at first", "a choice without delta", "content in parts", "blanks",
       "all spent on thinking", "content_filter", "cut off", "an error list in the stream", "an empty 404")  # fmt: skip


class Server(ThreadingHTTPServer):
    scenario: Scenario


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = self.server.scenario.answer(body)
        self.send_response(answer.status)
        self.send_header("content-type", answer.content_type)
        self.end_headers()
        self.wfile.write(answer.bytes)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    serving = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield serving
    serving.shutdown()
    serving.server_close()
    thread.join()


@pytest.fixture(scope="module")
def sandbox(server: Server) -> Iterator[Running]:
    with running(grpc=False, chat_upstream=f"http://127.0.0.1:{server.server_address[1]}/v1") as ready:
        yield ready


def written(language: str, sandbox: Running) -> Path:
    file = Path(LANGUAGES[language].file).resolve()
    path = f"/v1/projects/{sandbox['project']}/locations/global/endpoints/openapi"
    file.write_text(program(language, base_url=f"{sandbox['rest_url']}{path}", model=MODEL))
    return file


def python(language: str, sandbox: Running, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Run a program here: what it ends with, and what it says of that."""
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sandbox["credentials_file"])
    monkeypatch.setattr("openai._constants.DEFAULT_MAX_RETRIES", 0)
    try:
        runpy.run_path(str(written(language, sandbox)), run_name="__main__")
    except SystemExit as end:
        return (end.code, "") if isinstance(end.code, int) else (1, str(end.code))
    return 0, ""


def expected(name: str) -> int:
    return SHOWN_ANYWAY.get(name, 0 if SCENARIOS[name].verdicts == GREEN else 1)


@pytest.mark.parametrize("name", TEXTS)
def test_the_program_for_python_survives_every_server(
    name: str, server: Server, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.scenario = TEXTS[name]
    code, said = python("python", sandbox, monkeypatch)
    assert code == expected(name), said
    assert bool(said) == bool(code)
    assert "reasoning" in said or name != "all spent on thinking"


@pytest.mark.parametrize("name", FEW)
def test_the_program_with_asyncio_survives_too(
    name: str, server: Server, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.scenario = TEXTS[name]
    code, said = python("python-async", sandbox, monkeypatch)
    assert code == expected(name), said


@pytest.mark.parametrize("name", FEW)
def test_the_program_for_curl_survives_too(name: str, server: Server, sandbox: Running, tmp_path: Path) -> None:
    if not (shutil.which("curl") and shutil.which("jq")):
        pytest.skip("curl or jq is not on the path")
    gcloud = tmp_path / "gcloud"
    gcloud.write_text(f"#!/bin/sh\necho {sandbox['token']}\n")
    gcloud.chmod(0o755)
    server.scenario = TEXTS[name]
    ran = subprocess.run(
        ["bash", str(written("curl", sandbox))],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert bool(ran.returncode) == bool(expected(name)), ran.stdout + ran.stderr
    assert ran.returncode in (0, 1, 22), ran.stderr
    assert not ran.returncode or ran.stderr, ran.stdout
    assert "reasoning" in ran.stderr or name != "all spent on thinking"
    assert "RESOURCE_EXHAUSTED" in ran.stdout or name != "an error list in the stream"
