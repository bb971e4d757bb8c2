"""`gcp-emulator serve`, `run` and `env`, as processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

EMULATOR = [sys.executable, "-m", "gcp_emulator"]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `serve` records itself; the folder of a person who has other settings in the environment."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CORE_ACCOUNT", "me@example.com")
    monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "my-real-project")
    monkeypatch.setenv("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "someone@example.com")
    return tmp_path / "state" / "gcp-emulator" / "ready.json"


@pytest.fixture
def start(state: Path) -> Iterator[Start]:
    """Start `serve` and wait until `env` could find it."""
    started: list[subprocess.Popen[str]] = []

    def serve(*options: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([*EMULATOR, "serve", *options], stdout=subprocess.PIPE, text=True)
        started.append(process)
        deadline = time.monotonic() + 20
        while not state.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process

    yield serve
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def emulator(*words: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*EMULATOR, *words], capture_output=True, text=True, timeout=30, check=False, **kwargs)


def test_serve_says_where_and_leaves_nothing_behind(start: Start, state: Path, tmp_path: Path) -> None:
    process = start("--ready-file", str(tmp_path / "ready.json"))
    ready = json.loads((tmp_path / "ready.json").read_text())
    assert ready == json.loads(state.read_text())
    assert ready["pid"] == process.pid
    assert set(ready) == {
        "rest_url",
        "grpc_target",
        "token",
        "credentials_file",
        "project",
        "empty_project",
        "billing_account",
        "closed_billing_account",
        "organization",
        "location",
        "pid",
    }
    for path in (state, tmp_path / "ready.json", Path(ready["credentials_file"])):
        assert path.stat().st_mode & 0o777 == 0o600
    process.send_signal(signal.SIGTERM)
    message, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert ready["rest_url"] in message
    assert ready["token"] not in message
    assert not state.exists()
    assert not (tmp_path / "ready.json").exists()
    assert not Path(ready["credentials_file"]).parent.exists()


@pytest.mark.skipif(not Path("/proc/self/net").exists(), reason="the kernel's table of sockets is not in /proc here")
def test_serve_listens_on_loopback_only(start: Start, state: Path) -> None:
    process = start()
    links = [link.readlink() for link in Path(f"/proc/{process.pid}/fd").iterdir()]
    inodes = {str(link) for link in links}
    listening = [
        line.split()[1].partition(":")[0]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{process.pid}/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and f"socket:[{line.split()[9]}]" in inodes
    ]
    assert json.loads(state.read_text())["grpc_target"]
    assert listening
    assert set(listening) <= {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1, also as IPv6 writes it


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_while_a_request_is_running(start: Start, state: Path, number: signal.Signals) -> None:
    process = start("--latency", "60000")
    ready = json.loads(state.read_text())
    host, port = ready["rest_url"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /v1/projects HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.2)
        begun = time.monotonic()
        process.send_signal(number)
        process.communicate(timeout=10)
    assert process.returncode == 0
    assert time.monotonic() - begun < 3


def test_serve_lives_on_after_its_terminal_if_it_was_told_to(state: Path) -> None:
    ignoring = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]  # as nohup does
    with subprocess.Popen([*ignoring, *EMULATOR, "serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        assert emulator("env").returncode == 0
        process.terminate()
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_output_that_is_full_is_one_sentence(state: Path) -> None:
    with Path("/dev/full").open("w") as full:
        for words in (["--help"], ["serve", "--help"]):
            ended = subprocess.run([*EMULATOR, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            assert ended.returncode == 1
            assert ended.stderr.startswith("Error: the output cannot be written")
        assert subprocess.run([*EMULATOR, "serve", "--no-such"], stderr=full, check=False).returncode == 2


def test_a_port_in_use_is_one_sentence_with_the_fix(state: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for option in ("--port", "--grpc-port"):
            ended = emulator("serve", option, port)
            assert ended.returncode == 1
            assert f"Error: port {port} cannot be used\n  cause: " in ended.stderr
            assert f"fix: stop that process, or pass {option} 0" in ended.stderr
            assert "Traceback" not in ended.stderr
    assert not state.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--clock", "fast"], "it is like 1x, 60x or stepped"),
        (["--port", "70000"], "70000"),
        (["--latency", "-1"], "-1"),
        (["--faults", "nothing.json"], "nothing.json is not a JSON file of faults"),
        (["--seed-file", "x"], "--seed-file"),
    ],
)
def test_options_that_make_no_sense_are_exit_2(state: Path, options: list[str], message: str) -> None:
    ended = emulator("serve", *options)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert not state.exists()


def test_faults_that_make_no_sense_are_reported_with_the_fix(state: Path, tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('[{"method": "no-one.has.this", "status": 429}]')
    ended = emulator("serve", "--faults", str(tmp_path / "faults.json"))
    assert ended.returncode == 2
    assert "cause: no method of the sandbox matches 'no-one.has.this'" in ended.stderr
    assert not state.exists()


def test_env_points_everything_at_the_running_sandbox(start: Start, state: Path) -> None:
    start()
    ready = json.loads(state.read_text())
    found = json.loads(emulator("env", "--format", "json").stdout)
    project, rest_url = ready["project"], ready["rest_url"]
    assert found["GOOGLE_CLOUD_PROJECT"] == found["CLOUDSDK_CORE_PROJECT"] == project
    assert found["OPENAI_BASE_URL"] == f"{rest_url}/v1/projects/{project}/locations/global/endpoints/openapi"
    assert found["OPENAI_API_KEY"] == found["GOOGLE_OAUTH_ACCESS_TOKEN"] == ready["token"]
    assert found["GOOGLE_APPLICATION_CREDENTIALS"] == ready["credentials_file"]
    assert found["CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM"] == f"{rest_url}/"
    assert found["GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT"] == f"{rest_url}/v1/"
    assert found["GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT"] == f"{rest_url}/v3/"
    assert Path(found["CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"]).read_text() == ready["token"]
    assert json.loads(Path(found["PROVISION_TARGET"]).read_text()) == ready
    dotenv = emulator("env", "--format", "dotenv").stdout
    assert dict(line.split("=", 1) for line in dotenv.splitlines()) == found
    shell = emulator("env").stdout
    message = subprocess.run(
        ["sh", "-c", f'{shell}\necho "$OPENAI_API_KEY $CLOUDSDK_CORE_ACCOUNT $GOOGLE_CLOUD_QUOTA_PROJECT"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert message.stdout.split() == [ready["token"]]


@pytest.mark.usefixtures("state")
def test_a_command_of_a_group_says_how_to_start_a_sandbox() -> None:
    assert "fix: start one with `gcp-emulator serve`" in emulator("clock", "advance", "10").stderr


def test_env_says_when_no_sandbox_runs(state: Path) -> None:
    ended = emulator("env")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("Error: no sandbox is running\n  cause: there is no ")
    assert "fix: start one with `gcp-emulator serve`" in ended.stderr
    state.parent.mkdir(parents=True)
    state.write_text("{")
    assert "cannot be read" in emulator("env").stderr


def test_env_says_when_the_record_is_stale(start: Start, state: Path) -> None:
    process = start()
    record = json.loads(state.read_text())
    process.kill()
    process.communicate()
    ended = emulator("env")
    assert ended.returncode == 1
    assert f"is stale: process {process.pid} has ended" in ended.stderr
    state.write_text(json.dumps({**record, "pid": os.getpid()}))
    ended = emulator("env")
    assert ended.returncode == 1
    assert "/healthz is silent" in ended.stderr


def test_run_gives_a_command_a_sandbox_and_returns_its_exit_code(state: Path, tmp_path: Path) -> None:
    script = "import json, os, sys; json.dump(dict(os.environ), open('seen.json', 'w')); sys.exit(7)"
    ended = emulator("run", "--", sys.executable, "-c", script, cwd=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "", "")
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["GOOGLE_CLOUD_PROJECT"] == "sandbox-ready"
    assert seen["METADATA_SERVER_DETECTION"] == "none"
    assert seen["NO_GCE_CHECK"] == "true"
    gone = {"CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "GOOGLE_CLOUD_QUOTA_PROJECT"}
    assert not (gone | {"PROVISION_BILLING_ACCOUNT", "NO_PROXY"}) & set(seen)
    assert not Path(seen["CLOUDSDK_CONFIG"]).exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(seen["OPENAI_BASE_URL"], timeout=2)
    assert not state.exists()


def test_a_proxy_does_not_stand_before_loopback(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "intranet")
    ended = emulator("run", "--", "sh", "-c", 'echo "$NO_PROXY $no_proxy"')
    assert ended.stdout.split() == ["intranet,127.0.0.1,localhost"] * 2
    assert not state.exists()


def test_run_can_start_from_the_empty_project() -> None:
    message = emulator("run", "--empty-project", "sh", "-c", 'echo "$GOOGLE_CLOUD_PROJECT $PROVISION_BILLING_ACCOUNT"')
    project, account = message.stdout.split()
    assert project == "sandbox-empty"
    assert account.startswith("billingAccounts/")


def test_run_says_when_the_command_is_not_there() -> None:
    ended = emulator("run", "--", "no-such-command")
    assert ended.returncode == 127
    assert ended.stderr.startswith("Error: no-such-command cannot be run")


def test_run_passes_signals_on_and_stops_with_the_command(state: Path) -> None:
    process = subprocess.Popen(
        [*EMULATOR, "run", "--", "sh", "-c", "trap 'exit 5' TERM; sleep 30 & echo $PPID; wait"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert int(process.stdout.readline()) == process.pid
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 5
    process.stdout.close()
    assert _comes_true(lambda: not _group_lives(process.pid))  # the sleep, which no one else would end
    assert not state.exists()


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_neither_a_command_nor_what_it_started_nor_a_key_outlives_a_run_that_was_killed(
    state: Path, tmp_path: Path
) -> None:
    left = tmp_path / "gcp-emulator-4194305-left"  # by one that no watcher tidied up after
    left.mkdir(mode=0o700)
    script = "trap 'echo told; exit' TERM; sleep 0.3; sh -c 'echo $$; sleep 600; true' & wait"
    words = [*EMULATOR, "run", "--", "sh", "-c", script]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.readline())
        assert not left.exists()
        assert list(tmp_path.glob("gcp-emulator-*/credentials.json"))
        process.kill()
        assert process.stdout.read() == "told\n"  # and the end of it, for no one is left to write: not the sleeper
    assert not state.exists()
    assert _comes_true(lambda: not list(tmp_path.glob("gcp-emulator-*")))


def _comes_true(what: Callable[[], bool]) -> bool:
    for _ in range(500):
        if what():
            return True
        time.sleep(0.01)
    return False


def test_a_missing_extra_is_one_sentence_with_the_fix(tmp_path: Path) -> None:
    code = (
        "import importlib.util, sys; find = importlib.util.find_spec;"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'uvicorn' else find(name, *rest);"
        "from gcp_emulator.cli import command; command(['serve'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert ended.returncode == 2
    assert "packages are not installed: uvicorn" in ended.stderr
    assert "fix: pip install gcp-emulator" in ended.stderr


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed here")
def test_gcloud_works_by_environment_alone(state: Path) -> None:
    script = (
        "set -e; gcloud projects create my-team-chat --no-enable-cloud-apis --quiet;"
        "gcloud billing projects link my-team-chat --billing-account=${PROVISION_BILLING_ACCOUNT#*/};"
        "gcloud services enable aiplatform.googleapis.com --project=my-team-chat;"
        "gcloud auth list --filter=status:ACTIVE --format='value(account)'; gcloud config get account"
    )
    ended = subprocess.run(
        [*EMULATOR, "run", "--empty-project", "--clock", "60x", "--", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "billingEnabled: true" in ended.stdout
    assert ended.stdout.splitlines()[-2:] == ["owner@sandbox-host.iam.gserviceaccount.com"] * 2
    assert not state.exists()
