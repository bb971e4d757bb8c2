"""A server that no one here wrote answers at the other end: a tiny model with random weights, served for real."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from gcp_emulator.server import Running, running

from provision.cli import main

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".clients" / "mlx" / "bin" / "python"
SERVED = "default_model"
"""What the server calls the model it was started with."""

pytestmark = pytest.mark.skipif(
    not (PYTHON.parent.parent / ".ready").exists(), reason="the inference server is installed by `make clients`"
)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, once it has answered."""
    folder = tmp_path_factory.mktemp("reproduction")
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder), "PYTHONWARNINGS": "ignore"}
    subprocess.run([PYTHON, HERE / "write_model.py", folder / "model"], env=offline, check=True)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words: list[str | Path] = [
        PYTHON,
        "-m",
        "mlx_lm",
        "server",
        "--model",
        folder / "model",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, env=offline, stdout=log, stderr=log)
        try:
            yield _answering(f"http://127.0.0.1:{port}/v1", process, folder / "log")
        finally:
            process.terminate()
            process.wait()


def _answering(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the server has loaded its model."""
    end = time.monotonic() + 120
    with httpx2.Client(trust_env=False, timeout=60) as client:
        while time.monotonic() < end and process.poll() is None:
            try:
                asked = {"model": SERVED, "messages": [{"role": "user", "content": "-"}], "max_tokens": 1}
                if client.post(f"{url}/chat/completions", json=asked).status_code == 200:
                    return url
            except httpx2.TransportError:
                time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture
def sandbox(upstream: str) -> Iterator[Running]:
    with running(grpc=False, propagation=0, chat_upstream=upstream, chat_upstream_model=SERVED) as ready:
        yield ready


@pytest.fixture
def provision(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))
    # Random words do not end by themselves: a thousand of them take their time on a busy machine.
    Path("provision.yaml").write_text("limits: {call_timeout: 60, check_timeout: 120}\n")

    def run(*words: str) -> Any:
        result = CliRunner().invoke(main, [*words, "--format", "json"], catch_exceptions=False)
        return json.loads(result.stdout)

    return run


def check_of(report: Any, name: str) -> Any:
    return next(check for check in report["checks"] if check["id"] == name)


def test_a_smoke_test_reads_what_a_real_server_streams(provision: Any) -> None:
    answers = check_of(provision("smoke-test", "--capability", "text,stream"), "chat.answers")
    assert answers["status"] == "pass", answers
    evidence = answers["evidence"]
    assert evidence["finish_reason"] in {"length", "stop"}
    assert evidence["chunks"] > 1
    assert 1 < evidence["completion_tokens"] <= evidence["max_tokens"]
    assert 0 < evidence["first_token_s"] <= evidence["total_s"]


def test_a_check_counts_it_as_ready(provision: Any) -> None:
    report = provision("check")
    assert check_of(report, "chat.answers")["status"] == "pass"
    assert report["verdict"] == "ready"


def test_endpoints_are_probed_through_to_it(provision: Any) -> None:
    report = provision("endpoints", "--location", "all", "--probe")
    listed = check_of(report, "endpoints.listed")["evidence"]["endpoints"]
    assert {each["probe"]["outcome"] for each in listed} == {"answers"}


def test_what_a_random_model_cannot_do_is_said(provision: Any) -> None:
    report = provision("smoke-test", "--capability", "json")
    assert check_of(report, "chat.json")["diagnosis"] == "CHAT_NOT_JSON"
    assert report["verdict"] == "not ready"
