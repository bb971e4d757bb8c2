"""env, run, token, proxy and snippet as a person types them, against a sandbox."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result
from gcp_emulator.server import Running

from provision.cli import main
from provision.cli.env import STYLES as SHOWN_STYLES
from provision.client_configuration.environment import STYLES
from provision.client_configuration.programs import LANGUAGES

ANSWER = "This is the sandbox of provision, not a model."


@pytest.mark.parametrize("words", [("env",), ("env", "--format", "json"), ("token",)])
def test_what_outlives_the_command_needs_a_sandbox_that_does(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    refused = CliRunner().invoke(main, [*words, "--sandbox"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "provision sandbox serve --detach" in refused.stderr


@pytest.fixture
def provision(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command against the sandbox."""
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return run


def on_a_terminal(*words: str) -> tuple[int, str]:
    """Run the real command with a terminal as its output."""
    parent, child = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "provision", *words], stdout=child, stderr=subprocess.STDOUT)
    os.close(child)
    shown = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(parent)
    return process.wait(), shown.decode()


def test_the_command_and_the_renderer_know_the_same_forms() -> None:
    assert tuple(STYLES) == SHOWN_STYLES


def test_env_leads_the_openai_client_to_the_model(provision: Any) -> None:
    found = json.loads(provision("env", "--format", "json").stdout)
    answer = httpx2.post(
        found["OPENAI_BASE_URL"] + "/chat/completions",
        headers={"Authorization": f"Bearer {found['OPENAI_API_KEY']}"},
        json={"model": found["MODEL_ID"], "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1024},
        trust_env=False,
    )
    assert ANSWER in answer.json()["choices"][0]["message"]["content"]
    assert (found["PROJECT_ID"], found["LOCATION"]) == ("sandbox-ready", "global")
    assert found["expires"].endswith("Z")


def test_github_hides_the_token_in_what_follows(provision: Any) -> None:
    result = provision("env", "--format", "github")
    variables = dict(line.split("=", 1) for line in result.stdout.splitlines())
    assert result.stderr == f"::add-mask::{variables['OPENAI_API_KEY']}\n"


def test_token_prints_one_that_google_takes(provision: Any, sandbox: Running) -> None:
    token = provision("token").stdout.strip()
    url = f"{sandbox['rest_url']}/v3/projects/{sandbox['project']}"
    assert httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False).status_code == 200


def test_a_terminal_is_shown_no_token_unasked(provision: Any, sandbox: Running) -> None:
    code, shown = on_a_terminal("token")
    assert code == 2
    assert "--show-token" in shown
    assert "ya29." not in shown
    code, shown = on_a_terminal("env")
    assert code == 0
    assert "hidden" in shown
    assert "ya29." not in shown
    code, shown = on_a_terminal("env", "--show-token")
    assert "ya29." in shown


def test_no_credentials_is_said_with_what_to_do(
    provision: Any, ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROVISION_TARGET")
    result = provision("token")
    assert result.exit_code == 1
    assert "gcloud auth application-default login" in result.stderr


def test_an_endpoint_that_is_not_there_is_said(provision: Any) -> None:
    result = provision("env", "--endpoint", "12345")
    assert result.exit_code == 1
    assert "no endpoint 12345 in us-central1" in result.stderr


def test_a_name_of_its_own_cannot_be_said_in_variables_of_a_sandbox(provision: Any, sandbox: Running) -> None:
    listed = json.loads(provision("endpoints", "--endpoint-location", "europe-west4", "--format", "json").stdout)
    evidence = next(check["evidence"] for check in listed["checks"] if check["id"] == "endpoints.listed")
    name = evidence["endpoints"][0]["name"].rpartition("/")[2]
    for words in (["env"], ["snippet"]):
        result = provision(*words, "--endpoint", name, "--endpoint-location", "europe-west4")
        assert result.exit_code == 2
        assert "provision proxy" in result.stderr


def test_run_gives_the_environment_and_a_token_file(provision: Any, ready_file: Path) -> None:
    code = (
        "import os, pathlib, stat; f = pathlib.Path(os.environ['PROVISION_TOKEN_FILE']); "
        "assert f.read_text() == os.environ['OPENAI_API_KEY']; assert stat.S_IMODE(f.stat().st_mode) == 0o600; "
        "assert 'openapi' in os.environ['OPENAI_BASE_URL']; raise SystemExit(7)"
    )
    assert provision("run", "--", sys.executable, "-c", code).exit_code == 7
    assert provision("run", "--", "no-such-command-anywhere").exit_code == 127


def test_run_with_a_proxy_gives_a_key_that_is_no_token(provision: Any) -> None:
    code = (
        "import os, httpx2; e = os.environ; assert e['OPENAI_API_KEY'].startswith('local-'); "
        "answer = httpx2.post(e['OPENAI_BASE_URL'] + '/chat/completions', trust_env=False, "
        "headers={'Authorization': 'Bearer ' + e['OPENAI_API_KEY']}, json={'model': e['MODEL_ID'], 'max_tokens': 1024, "
        "'messages': [{'role': 'user', 'content': 'hi'}]}); "
        f"assert {ANSWER!r} in answer.json()['choices'][0]['message']['content']"
    )
    assert provision("run", "--proxy", "--", sys.executable, "-c", code).exit_code == 0


def test_the_proxy_serves_until_it_is_stopped(ready_file: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "provision", "proxy"],
        env=os.environ | {"PROVISION_TARGET": str(ready_file), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("target: sandbox")
        spoken = dict(process.stdout.readline().strip().split("=", 1) for _ in range(3))
        answer = httpx2.post(
            spoken["OPENAI_BASE_URL"] + "/chat/completions",
            headers={"Authorization": f"Bearer {spoken['OPENAI_API_KEY']}"},
            json={"model": spoken["MODEL_ID"], "messages": [{"role": "user", "content": "secret words"}]},
            trust_env=False,
        )
        assert answer.status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        _, info = process.communicate(timeout=20)
    assert re.search(r"POST /v1/chat/completions 200 \d", info)
    assert "secret words" not in info
    assert process.returncode in (0, -signal.SIGTERM, 130)


def test_a_key_file_is_made_once_and_kept(provision: Any, tmp_path: Path) -> None:
    from provision.cli.proxy import _key

    file = tmp_path / "key"
    key = _key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert _key(file) == key
    assert _key(None) != key


@pytest.mark.parametrize("text", ["", "short", "with blanks in it, long enough"])
def test_a_key_file_that_holds_no_key_is_refused(text: str, tmp_path: Path, provision: Any) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    result = provision("proxy", "--key-file", str(file))
    assert result.exit_code == 1
    assert "holds no key" in result.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_program_names_this_project_and_this_model(language: str, provision: Any, sandbox: Running) -> None:
    written = provision("snippet", "--language", language).stdout
    assert sandbox["rest_url"] in written
    assert "openai/gpt-oss-120b-maas" in written
    assert "{{" not in written
    assert "ya29." not in written


RUN_AS_THEY_ARE = ("python", "python-async", "curl")
"""The programs that need nothing that is not here; test_doors.py runs those of the other clients."""


@pytest.mark.parametrize("language", RUN_AS_THEY_ARE)
def test_a_program_runs_as_it_is(
    language: str, provision: Any, sandbox: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(LANGUAGES[language])
    file.write_text(provision("snippet", "--language", language).stdout)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", sandbox["credentials_file"])
    if language == "curl":
        if not all(map(shutil.which, ("gcloud", "curl", "jq"))):
            pytest.skip("gcloud, curl or jq is not installed")
        token_file = Path("token")
        token_file.write_text(sandbox["token"])
        monkeypatch.setenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", str(token_file.resolve()))
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(Path("gcloud").resolve()))
        words = ["bash", str(file)]
    else:
        words = [sys.executable, "-W", "error", str(file)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(ANSWER)


def test_the_programs_are_listed_with_their_files(provision: Any) -> None:
    listed = provision("snippet", "--list").stdout
    assert [tuple(line.split()) for line in listed.splitlines()] == list(LANGUAGES.items())


def test_a_file_kept_fresh_is_whole_at_any_time(sandbox: Running, tmp_path: Path) -> None:
    """Who reads while it is renewed meets the old token or the new one."""
    from provision.cli import run
    from tests.conftest import clients_for, config_for

    credentials = clients_for(config_for(sandbox)).credentials
    path = tmp_path / "token"
    before, run.LOOK_EVERY_S = run.LOOK_EVERY_S, 0.002  # type: ignore[misc] # a shorter look, for the test
    try:
        with run._kept_fresh(path, credentials):
            seen: set[str] = set()
            end = time.monotonic() + 5
            while len(seen) < 3 and time.monotonic() < end:
                seen.add(path.read_text())
                credentials.expiry = None
                credentials.token = None
    finally:
        run.LOOK_EVERY_S = before  # type: ignore[misc] # likewise
    assert len(seen) >= 3
    assert all(each.startswith("ya29.") and each.count(".") >= 1 for each in seen)
