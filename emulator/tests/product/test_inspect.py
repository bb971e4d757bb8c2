"""`requests`, `snapshot`, `token`, `clock`, and `serve` in the background or with each call printed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from gcp_emulator.cli.detached import start
from gcp_emulator.cli.failure import Failure
from gcp_emulator.readyfile import state_file

from emulator.tests.conftest import Cloud
from emulator.tests.product.test_commands import sandbox, target

__all__ = ["target"]


def test_the_log_is_printed_a_call_a_line(cloud: Cloud, target: Path) -> None:
    cloud.get(f"/v1/projects/{cloud['project']}")
    cloud("GET", "/v3/projects/no-such-project?fields=name")
    every, failed = sandbox("requests").output, sandbox("requests", "--failed").output
    assert [line.split()[1:4] for line in every.splitlines()] == [
        ["200", "GET", f"/v1/projects/{cloud['project']}"],
        ["403", "GET", "/v3/projects/no-such-project"],
    ]
    assert failed == every.splitlines(keepends=True)[1]
    assert json.loads(sandbox("requests", "--format", "json", "--failed").output)["status"] == 403
    assert sandbox("requests", "--clear").output == sandbox("requests").output == ""


def test_calls_are_printed_as_they_come_until_they_are_enough(cloud: Cloud, target: Path) -> None:
    cloud.get(f"/v1/projects/{cloud['project']}")
    with subprocess.Popen(
        [sys.executable, "-m", "gcp_emulator", "requests", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        text=True,
    ) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        assert f"GET /v1/projects/{cloud['project']}" in following.stdout.readline()
        cloud("GET", "/v3/projects/no-such-project")
        assert "403  GET /v3/projects/no-such-project" in following.stdout.readline()
        following.send_signal(signal.SIGINT)
        assert (following.wait(20), following.stderr.read()) == (0, "")


def test_a_snapshot_is_saved_listed_and_deleted(cloud: Cloud, target: Path) -> None:
    assert sandbox("snapshot", "ready").output == "The snapshot ready is saved.\n"
    assert sandbox("snapshot", "--list").output.startswith("ready  20")
    assert sandbox("snapshot", "--delete", "ready").exit_code == 0
    assert sandbox("snapshot", "--list").output == ""
    assert [sandbox("snapshot", *words).exit_code for words in ([], ["a", "--list"], ["--delete"])] == [2, 2, 2]
    assert sandbox("snapshot", "--delete", "ready").exit_code == 2


def test_a_token_is_that_of_whoever_is_named(cloud: Cloud, target: Path) -> None:
    assert sandbox("token").output.strip() == cloud["token"]
    token = sandbox("token", "--as", "user:her@example.com").output.strip()
    assert cloud.get("/oauth2/v3/userinfo", authorization=f"Bearer {token}")["email"] == "her@example.com"
    narrow = sandbox("token", "--as", "user:her@example.com", "--scope", "openid").output.strip()
    assert "email" not in cloud.get("/oauth2/v3/userinfo", authorization=f"Bearer {narrow}")
    assert sandbox("token", "--as", "group:all@example.com").exit_code == 2
    assert sandbox("token", "--scope", "openid").exit_code == 2


@pytest.mark.parametrize(
    ("duration", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("2h", 7200), ("1.5d", 129600)]
)
def test_the_clock_is_advanced_by_a_time_as_people_write_it(
    cloud: Cloud, target: Path, duration: str, seconds: float
) -> None:
    clock = cloud.ready.sandbox.state.clock
    before = clock.now()
    assert sandbox("clock", "advance", duration).output.endswith("Z  stepped\n")
    assert clock.now() == before + seconds


def test_the_speed_of_the_clock_is_changed(cloud: Cloud, target: Path) -> None:
    assert sandbox("clock", "scale", "60x").output.endswith("Z  60x\n")
    assert sandbox("clock", "show").output.endswith("Z  60x\n")
    assert sandbox("clock", "scale", "fast").exit_code == 2
    assert sandbox("clock", "advance", "soon").exit_code == 2


def test_one_in_the_background_answers_until_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    old = state_file().with_name("serve-999999999.log")
    old.parent.mkdir(parents=True)
    old.touch()
    done = sandbox("serve", "--detach", "--verbose")
    assert done.exit_code == 0, done.output
    assert "stop it: gcp-emulator stop" in done.output
    log = Path(done.output.partition("log:")[2].strip())
    assert [path.name for path in log.parent.iterdir() if path.suffix == ".log"] == [log.name]
    ready = json.loads(state_file().read_text())
    assert sandbox("token").output.strip() == ready["token"]
    subprocess.run(
        [sys.executable, "-c", "import os, urllib.request as u; u.urlopen(os.environ['URL'] + '/computeMetadata/v1/')"],
        env=os.environ | {"URL": ready["rest_url"]},
        check=False,
        capture_output=True,
    )
    assert sandbox("stop").exit_code == 0
    assert re.search(r"^\d\d:\d\d:\d\d  \d+  GET /computeMetadata", log.read_text(), re.MULTILINE)
    assert not state_file().exists()


def test_one_that_cannot_start_in_the_background_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with pytest.raises(Failure) as failed:
        start(["--seed-file", str(tmp_path / "nothing.yaml")])
    assert "nothing.yaml" in failed.value.message
    assert not [path for path in state_file().parent.iterdir() if path.suffix == ".log"]
