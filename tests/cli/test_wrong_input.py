"""Wrong input of every kind: what it says, and the exit code."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gcp_emulator.server import Running

from provision.cli import main
from tests.accounts import api


def run(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, list(words), env=environment, catch_exceptions=False)


@pytest.fixture
def target(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))
    Path("provision.yaml").write_text("limits: {usable_interval: 0, call_timeout: 5}\n")
    return ready_file


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--project", "My_Project"), "6 to 30 lower-case letters"),
        (("--project", "one-project", "--project", "two-project"), "given 2 times: one-project, two-project"),
        (("--project", "my-team-chat", "--billing-account", "12345"), "000000-AAAAAA-111111"),
        (("--project", "my-team-chat", "--location", "us-centrall1"), "did you mean 'us-central1'?"),
        (("--project", "my-team-chat", "--location", "us-central"), "did you mean 'us-central1'?"),
        (("--project", "my-team-chat", "--endpoint-location", "mars-1"), "no Vertex AI location"),
        (("--project", "my-team-chat", "--model", "gpt-oss-120b-maas"), "did you mean 'openai/gpt-oss-120b-maas'?"),
        (("--project", "my-team-chat", "--service", "aiplatform"), "ends in `.googleapis.com`"),
        (("--project", "my-team-chat", "--parent", "example.com"), "organizations/NUMBER"),
        (("--project", "my-team-chat", "--call-timeout", "-1"), "between 0.1 and 86400"),
        (("--project", "my-team-chat", "--config", "missing.yaml"), "missing.yaml does not exist"),
        ((), "no project is named"),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan", "smoke-test"])
def test_a_value_that_cannot_be_used_is_exit_2_before_any_call(
    command: str, words: tuple[str, ...], message: str
) -> None:
    result = run(command, *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "fix:" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("words", [("run", "--faults", "faults.json", "--", "true"), ("faults", "faults.json")])
def test_faults_that_cannot_be_used_are_exit_2(target: Path, words: tuple[str, ...]) -> None:
    Path("faults.json").write_text('[{"error": "BILLING_DISABLE"}]')
    result = run("sandbox", *words, PROVISION_TARGET=str(target))
    assert result.exit_code == 2
    assert "no error is called 'BILLING_DISABLE'" in result.stderr
    assert "fix: correct" in result.stderr


def test_to_leave_at_a_question_is_an_interruption() -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, b"\x04")
    with subprocess.Popen(
        [sys.executable, "-m", "provision", "init"], stdin=terminal, stderr=subprocess.PIPE, text=True
    ) as asking:
        _, message = asking.communicate(timeout=60)
    os.close(keyboard)
    os.close(terminal)
    assert asking.returncode == 130
    assert "Error: stopped" in message
    assert not Path("provision.yaml").exists()


def test_all_problems_are_told_at_once() -> None:
    result = run("check", "--project", "No", "--location", "nowhere", "--billing-account", "x")
    assert result.stderr.count("fix:") == 3


def test_an_unknown_key_in_the_file_is_exit_2_with_its_line() -> None:
    Path("provision.yaml").write_text("project:\n  id: my-team-chat\n  nmae: x\n")
    result = run("check")
    assert result.exit_code == 2
    assert "provision.yaml:3: 'project.nmae' is not a setting" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("check", "--only", "bilingg"), "no such check"),
        (("check", "--format", "xml"), "not a report format"),
        (("check", "--format", "json=no/such/folder/x.json"), "its folder does not exist"),
        (("check", "--format", "json", "--format", "text"), "cannot both go to standard output"),
        (("check", "--target", "google-cloud", "--sandbox"), "contradicts --sandbox"),
        (("models", "--location", "nowhere"), "no Vertex AI location"),
        (("apply",), "apply needs confirmation, and there is no terminal"),
    ],
)
def test_a_command_that_makes_no_sense_is_exit_2(words: tuple[str, ...], message: str) -> None:
    result = run(*words, GOOGLE_CLOUD_PROJECT="my-team-chat")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "fix:" in result.stderr


def test_insisting_on_google_cloud_refuses_a_sandbox(target: Path) -> None:
    result = run("check", "--target", "google-cloud", "--project", "my-team-chat")
    assert result.exit_code == 2
    assert f"PROVISION_TARGET={target}" in result.stderr


def test_a_target_that_is_gone_is_exit_2() -> None:
    result = run("check", "--project", "my-team-chat", PROVISION_TARGET="gone.json")
    assert result.exit_code == 2
    assert "gone.json does not exist" in result.stderr


def test_without_credentials_there_is_one_sentence_with_the_fix() -> None:
    result = run("check", "--project", "some-id")
    assert result.exit_code == 1
    assert "fix this first: credentials.found" in result.stdout
    assert "There are no Google credentials on this machine" in result.stdout
    assert "gcloud auth application-default login" in result.stdout
    assert "target: Google Cloud" in result.stdout
    first = result.stdout.partition("fix:")[2].splitlines()[0]
    assert "gcloud auth application-default login" in first


def test_a_silent_metadata_address_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_GCE_CHECK")
    with socket.socket() as silent:  # takes connections, never says a word
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        result = run("check", "--project", "some-id", GCE_METADATA_IP=f"127.0.0.1:{silent.getsockname()[1]}")
    assert result.exit_code == 1
    assert "no metadata server" in result.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "was not found"),
        ("folder", "cannot be read"),
        ("", "is empty"),
        ("not json", "is not JSON"),
        ("{}", "holds no Google credentials"),
        (
            '{"type": "service_account", "client_email": "a@b", "private_key": "-----BEGIN PRIVATE KEY-----\\nx"}',
            "cannot be used",
        ),
        ('{"type": "authorized_user"}', "cannot be used"),
    ],
)
def test_an_invalid_credentials_file_is_named(content: str | None, message: str) -> None:
    path = Path("key.json")
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    result = run("check", "--project", "some-id", GOOGLE_APPLICATION_CREDENTIALS=str(path))
    assert result.exit_code == 1
    assert "fix this first: credentials.found" in result.stdout
    assert message in result.stdout
    assert "key.json" in result.stdout
    assert "BEGIN PRIVATE KEY" not in result.output


def test_a_key_that_google_does_not_know_any_more(target: Path, sandbox: Running) -> None:
    ready = json.loads(target.read_text())
    key = json.loads(Path(ready["credentials_file"]).read_text())
    key["private_key"] = _another_key()
    Path("old-key.json").write_text(json.dumps(key))
    target.write_text(json.dumps(ready | {"credentials_file": str(Path("old-key.json").resolve())}))
    result = run("check")
    assert result.exit_code == 1
    assert "fix this first: credentials.usable" in result.stdout
    assert "key was deleted or replaced" in result.stdout
    assert sandbox["project"] in result.stdout


def _another_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def test_a_token_that_is_refused_for_good(target: Path, sandbox: Running) -> None:
    sandbox.fail_next("*GetProject", 401, first=99, reason="ACCESS_TOKEN_EXPIRED", domain="googleapis.com")
    result = run("check", "--skip", "chat")
    assert result.exit_code == 1
    assert "a new one did not help" in result.stdout


def test_a_closed_billing_account_is_not_linked(target: Path, sandbox: Running) -> None:
    result = run(
        "apply", "--yes", "--project", sandbox["empty_project"], "--billing-account", sandbox["closed_billing_account"]
    )
    assert result.exit_code == 1
    assert "is closed" in result.stdout
    assert "gcloud billing accounts list --filter=open=true" in result.stdout
    assert not [entry for entry in sandbox.requests() if entry["mutates"]]


def test_a_project_that_pays_by_another_account_is_not_relinked_unasked(target: Path, sandbox: Running) -> None:
    closed, path = sandbox["closed_billing_account"], f"/v1/projects/{sandbox['project']}/billingInfo"
    api(sandbox, "PUT", path, {"billingAccountName": closed})
    words = ("plan", "--billing-account", sandbox["billing_account"])
    refused = run(*words)
    assert refused.exit_code == run(*words, "--detailed-exitcode").exit_code == 1
    assert "--relink-billing to `provision apply`" in refused.stdout
    assert "2 blockers" in refused.stdout  # that account is closed, too
    asked = run(*words, "--relink-billing", "--detailed-exitcode")
    assert asked.exit_code == 2, asked.stdout


def test_a_closed_account_is_refused_by_name_and_never_in_a_fix(target: Path, sandbox: Running) -> None:
    closed, opened = (sandbox[name].partition("/")[2] for name in ("closed_billing_account", "billing_account"))
    new = ("--project", "quite-new-project", "--create-project", "--parent", sandbox["organization"])
    for words in (("--relink-billing",), new):
        result = run("plan", "--billing-account", closed, "--format", "json", *words)
        report = json.loads(result.stdout)
        finding = next(each for each in report["checks"] if each["id"] == "billing.account")
        assert (result.exit_code, report["blocking_check"]) == (1, "billing.account")
        assert closed in finding["cause"]
        assert [each["fix"] for each in report["checks"] if closed in each["fix"] or "--relink" in each["fix"]] == []
        assert opened in finding["fix"]


@pytest.mark.parametrize(
    ("options", "blocker"),
    [
        (("--parent", "folders/999999999"), "permissions.parent"),
        (("--billing-account", "AAAAAA-BBBBBB-CCCCCC"), "permissions.billing"),
    ],
)
def test_a_plan_that_would_fail_half_way_has_a_blocker(
    target: Path, sandbox: Running, options: tuple[str, str], blocker: str
) -> None:
    """A project's id is gone for ever once it was created."""
    given = {"--parent": sandbox["organization"], "--billing-account": sandbox["billing_account"]} | dict([options])
    words = ("--project", "quite-new-project", "--create-project", *(part for pair in given.items() for part in pair))
    planned = run("plan", *words, "--format", "json")
    assert (planned.exit_code, json.loads(planned.stdout)["blockers"]) == (1, [blocker])
    assert run("apply", "--yes", *words).exit_code == 1
    assert not [entry for entry in sandbox.requests() if entry["mutates"]]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [("check", "--list"), ("--help",), ("--version",)], ids=" ".join)
def test_an_output_that_is_full_is_one_sentence_and_exit_1(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "provision", *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: the output cannot be written")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_messages_that_no_one_has_room_for_change_no_outcome(target: Path, sandbox: Running) -> None:
    words = ("--project", sandbox["empty_project"], "--billing-account", sandbox["billing_account"])
    with Path("/dev/full").open("w") as full:
        for ending, given in ((2, ("check", "--no-such-option")), (0, ("apply", "--yes", *words))):
            done = subprocess.run(
                [sys.executable, "-m", "provision", *given], stdout=subprocess.PIPE, stderr=full, check=False
            )
            assert done.returncode == ending, done.stdout


def test_a_word_for_all_locations_never_reaches_google(target: Path, sandbox: Running) -> None:
    result = run("check", "--endpoint-location", "all")
    assert result.exit_code == 0, result.stdout
    run("smoke-test", "--endpoint-location", "all", "--endpoint", "1234567890123456789")
    asked = [entry for entry in sandbox.requests() if "locations/all" in entry["path"]]
    assert asked == []


def test_no_fix_names_an_option_that_was_given_or_stands_in_the_file(target: Path, sandbox: Running) -> None:
    Path("provision.yaml").write_text(
        f"project: {{id: not-to-be-seen, create: true, parent: {sandbox['organization']}}}"
    )
    assert "--create-project" not in run("check").stdout
    assert "--create-project" in run("check", "--no-create-project").stdout


def test_a_project_no_one_can_see_has_two_causes_and_both_are_named(target: Path) -> None:
    result = run("check", "--project", "not-to-be-seen")
    assert result.exit_code == 1
    assert "fix this first: project.active" in result.stdout
    assert "Either no project has the id not-to-be-seen, or" in result.stdout
    assert "billing disabled" not in result.stdout.lower()
    assert "no billing account is linked" not in result.stdout


def test_a_taken_id_is_named_as_such(target: Path, sandbox: Running) -> None:
    sandbox.fail_next("*GetProject", 403, first=9)
    result = run(
        "apply", "--yes", "--create-project", "--project", sandbox["project"], "--parent", sandbox["organization"],
        "--billing-account", sandbox["billing_account"], "--usable-timeout", "1",
    )  # fmt: skip
    assert result.exit_code == 1
    assert "is taken" in result.stdout


def test_a_retired_model_is_named_with_its_successor(target: Path) -> None:
    result = run("check", "--model", "openai/gpt-oss-20b-maas", "--location", "us-central1")
    assert result.exit_code == 1
    assert "fix this first: model.offered" in result.stdout
    assert "was retired on 2026-10-21" in result.stdout
    assert "--model openai/gpt-oss-120b-maas" in result.stdout


def test_a_sandbox_that_is_gone_is_unknown(target: Path) -> None:
    Path("provision.yaml").write_text("limits: {usable_interval: 0, call_timeout: 0.5}\n")  # no one will answer
    ready = json.loads(target.read_text())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        target.write_text(json.dumps(ready | {"rest_url": f"http://127.0.0.1:{free.getsockname()[1]}"}))
    result = run("check")
    assert result.exit_code == 3
    assert "cannot be reached" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("unknown")


def _listen_to_ctrl_c() -> None:
    """Undo what a shell does to jobs in the background, of which this test run may be one: they ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_an_apply_that_is_told_to_end_ends_at_once_with_130(
    number: signal.Signals, sandbox: Running, target: Path
) -> None:
    sandbox.fail_next("*BatchEnableServices", drop=True, first=999)
    sandbox.fail_next("*GetOperation", drop=True, first=999)
    words = ("--project", sandbox["empty_project"], "--billing-account", sandbox["billing_account"])
    # Its retries last half a minute: enough to be stopped in the middle, as a person would.
    process = subprocess.Popen(
        [sys.executable, "-m", "provision", "apply", "--yes", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        preexec_fn=_listen_to_ctrl_c,  # noqa: PLW1509 - nothing but a signal is set, and no lock is taken
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("enabling"):
            break
    process.send_signal(number)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "run it again" in error


@pytest.mark.parametrize("program", ["provision", "gcp_emulator"])
def test_ctrl_c_before_a_command_is_loaded_shows_no_traceback(program: str) -> None:
    # As the first module of the command line is looked for, Ctrl-C is pressed.
    pressed = f"""
import os, runpy, signal, sys
class Pressing:
    def find_spec(self, name, *_):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Pressing())
sys.argv = ["{program}", "--help"]
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("{program}", run_name="__main__")
"""
    done = subprocess.run([sys.executable, "-c", pressed], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_ctrl_c_that_python_wraps_in_another_error_is_still_an_interruption(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        class Pressed:
            def __set_name__(self, *_: object) -> None:
                raise KeyboardInterrupt

        type("Made", (), {"pressed": Pressed()})

    monkeypatch.setattr(main, "resolve_command", interrupted)
    result = run("check")
    assert result.exit_code == 130
    assert result.stderr.startswith("Error: stopped")


def test_a_port_in_use_is_one_sentence_with_the_fix() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "provision", "sandbox", "serve", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert str(port) in result.stderr
    assert "fix:" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_journal_that_cannot_be_written_stops_before_the_first_change(target: Path, sandbox: Running) -> None:
    Path("file").write_text("")
    words = (
        "--project",
        sandbox["empty_project"],
        "--billing-account",
        sandbox["billing_account"],
        "--journal",
        "file/journal",
    )
    result = run("apply", "--yes", *words)
    assert result.exit_code == 1
    assert "the journal file/journal cannot be written" in result.stderr
    assert not [entry for entry in sandbox.requests() if entry["mutates"]]


def no_secret(text: str) -> bool:
    return "ya29" not in text and "PRIVATE KEY" not in text


def test_nothing_that_is_printed_holds_a_secret(target: Path, sandbox: Running) -> None:
    sandbox.fail_next("*", 401, first=99, message=f"bad token {sandbox['token']}")
    result: Any = run("check", "--format", "json")
    assert no_secret(result.output)
