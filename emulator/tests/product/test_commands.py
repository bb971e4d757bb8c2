"""`sandbox reset`, `sandbox faults`, `serve --chat-upstream`, and what `kill -9` leaves."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gcp_emulator.cli import command
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

FAULTS = [{"method": "*/GetProject", "status": 429, "first": 2}]


@pytest.fixture
def target(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sandbox as `serve` records it."""
    path = tmp_path / "state" / "gcp-emulator" / "ready.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(dict(cloud.ready)))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return path


def sandbox(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(command, [*words], input=given, prog_name="gcp-emulator")


def in_force(cloud: Cloud) -> list[Any]:
    return [(each["method"], each["fired"]) for each in cloud.get("/sandbox/v1/faults")]


def test_reset_begins_again(cloud: Cloud, target: Path) -> None:
    cloud.link(cloud["project"], "")
    done = sandbox("reset")
    assert done.exit_code == 0
    assert done.output == f"The sandbox at {cloud['rest_url']} is fresh.\n"
    assert cloud.get(f"/v1/projects/{cloud['project']}/billingInfo")["billingEnabled"]


def test_reset_goes_back_to_a_snapshot(cloud: Cloud, target: Path) -> None:
    cloud.link(cloud["project"], "")
    cloud.post("/sandbox/v1/snapshots/unbilled")
    cloud.link(cloud["project"])
    assert sandbox("reset", "--to", "unbilled").exit_code == 0
    assert not cloud.get(f"/v1/projects/{cloud['project']}/billingInfo")["billingEnabled"]
    refused = sandbox("reset", "--to", "nowhere")
    assert refused.exit_code == 2
    assert "there is no snapshot 'nowhere'; there are: unbilled" in refused.output


def test_faults_are_added_listed_and_cleared(cloud: Cloud, target: Path, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps(FAULTS))
    assert sandbox("faults", str(file)).output == f"The sandbox at {cloud['rest_url']} has 1 fault.\n"
    assert in_force(cloud) == [("*/GetProject", 0)]
    assert sandbox("faults", "-", given=json.dumps(FAULTS)).exit_code == 0
    assert json.loads(sandbox("faults", "--list").output) == [{**FAULTS[0], "fired": 0}] * 2
    assert "has 1 fault." in sandbox("faults", "--clear", str(file)).output
    assert "has 0 faults." in sandbox("faults", "--clear").output
    assert in_force(cloud) == []


@pytest.mark.parametrize(
    ("words", "given", "message"),
    [
        ([], None, "FILE, --clear or --list"),
        (["-"], "[", "is not JSON"),
        (["-"], '[{"method": "nothing/Such", "status": 429}]', "no method of the sandbox matches"),
        (["none.json"], None, "none.json"),
    ],
)
def test_what_makes_no_sense_is_exit_2(target: Path, words: list[str], given: str | None, message: str) -> None:
    done = sandbox("faults", *words, given=given)
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.parametrize("words", [["reset"], ["faults", "--list"], ["env"], ["stop"]])
def test_without_a_sandbox_it_is_one_sentence_with_the_fix(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    done = sandbox(*words)
    assert done.exit_code == 1
    assert "no sandbox is running" in done.output
    assert "gcp-emulator serve" in done.output


def test_inside_sandbox_run_they_mean_that_sandbox(
    cloud: Cloud, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.json"
    with running(grpc=False, ready_file=file):
        monkeypatch.setenv("PROVISION_TARGET", str(file))
        assert sandbox("faults", "-", given=json.dumps(FAULTS)).exit_code == 0
        assert in_force(cloud) == []


def test_env_means_the_sandbox_of_provision_target(
    cloud: Cloud, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.json"
    monkeypatch.setenv("PROVISION_TARGET", str(file))
    with running(grpc=False, ready_file=file) as other:
        message = sandbox("env", "--format", "json")
        assert json.loads(message.stdout)["OPENAI_BASE_URL"].startswith(other["rest_url"])
        assert not message.stderr
    # It has ended: a shell that was pointed at it is pointed at the one that runs, and told so.
    message = sandbox("env", "--format", "json")
    assert json.loads(message.stdout)["OPENAI_BASE_URL"].startswith(cloud["rest_url"])
    assert f"PROVISION_TARGET={file} does not run" in message.stderr
    assert cloud["rest_url"] in message.stderr
    for words in (["stop"], ["reset"], ["env", "--wait", "0.01"]):
        refused = sandbox(*words)
        assert refused.exit_code == 1
        assert "unset PROVISION_TARGET" in refused.output


def test_two_at_once_are_reported_apart_and_stopped_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    record = tmp_path / "state" / "gcp-emulator" / "ready.json"
    serve = [sys.executable, "-m", "gcp_emulator", "serve", "--data-dir"]
    with subprocess.Popen([*serve, str(tmp_path / "one")], stdout=subprocess.PIPE, text=True) as one:
        try:
            waited = sandbox("env", "--wait", "30", "--format", "json")
            first = json.loads(record.read_text())
            assert json.loads(waited.stdout)["OPENAI_BASE_URL"].startswith(first["rest_url"])
            with subprocess.Popen([*serve, str(tmp_path / "two")], stdout=subprocess.PIPE, text=True) as two:
                try:
                    message = _greeting(two)
                    assert f"{first['rest_url']} runs too" in message
                    assert f"PROVISION_TARGET={tmp_path / 'one' / 'ready.json'}" in message
                    second = json.loads(record.read_text())
                    assert second["pid"] == two.pid
                    assert sandbox("stop").output == f"The sandbox at {second['rest_url']} has ended.\n"
                    assert not (tmp_path / "two" / "state.sqlite3-wal").exists()
                    assert two.wait(timeout=10) == 0
                finally:
                    two.kill()
            assert json.loads(record.read_text()) == first
            assert sandbox("stop").exit_code == 0
            assert one.wait(timeout=10) == 0
            assert not record.exists()
        finally:
            one.kill()


def _greeting(process: subprocess.Popen[str]) -> str:
    """Return what `serve` says when it is ready."""
    assert process.stdout is not None
    message = ""
    while "use it:" not in message:
        line = process.stdout.readline()
        assert line, "it ended instead"
        message += line
    return message


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:  # bound and not listening: no one else can get it
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_chat_upstream_where_nothing_listens_is_reported_at_once(closed_port: int) -> None:
    done = sandbox("run", "--chat-upstream", f"http://127.0.0.1:{closed_port}/v1", "--", "true")
    assert done.exit_code == 1
    assert "does not answer" in done.output
    assert "start that server first" in done.output


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://localhost", "http://", "http://localhost:port", "http://[::1"]
)
def test_a_chat_upstream_that_is_no_address_is_exit_2(url: str) -> None:
    assert sandbox("run", "--chat-upstream", url, "--", "true").exit_code == 2


def test_what_kill_9_leaves_the_next_start_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def directory_of_one(number: signal.Signals) -> Path:
        ready = tmp_path / "ready.json"
        ready.unlink(missing_ok=True)
        words = [sys.executable, "-m", "gcp_emulator", "serve", "--ready-file", str(ready)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout:
            assert "is ready" in process.stdout.readline()
            deadline = time.monotonic() + 20
            while number == signal.SIGTERM and left[0].exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            directory = Path(json.loads(ready.read_text())["credentials_file"]).parent
            os.kill(process.pid, number)
            process.wait()
        return directory

    left = [directory_of_one(signal.SIGKILL)]
    assert left[0].exists()
    assert not directory_of_one(signal.SIGTERM).exists()
    assert not left[0].exists()
