"""The commands as a person types them, against a sandbox: what they print, and their exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result
from gcp_emulator.server import Running

from provision import cli
from provision.cli import commands, main

FAST = "limits: {usable_interval: 0, call_timeout: 2}\n"


@pytest.fixture
def provision(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command against the sandbox."""
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))
    Path("provision.yaml").write_text(FAST)

    def run(*words: str, **more: Any) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False, **more)

    return run


def test_windows_is_told_where_it_runs(provision: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provision.cli.SYSTEM", "nt")
    result = provision("history")
    assert result.exit_code == 2
    assert "inside WSL" in result.stderr
    assert provision("--help").exit_code == 0


@pytest.mark.parametrize("name", commands())
def test_every_command_loads_and_says_what_the_list_says(name: str) -> None:
    module = import_module(f"provision.cli.{name.replace('-', '_')}")
    command: click.Command = module.command
    assert command.get_short_help_str(limit=200).rstrip(".") == commands()[name].rstrip(".")
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def parsed(group: click.Group, words: list[str]) -> click.Context:
    """Take a command line as it would be taken, without running it."""
    with group.make_context("provision", words) as context:
        name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        if isinstance(command, click.Group):
            return parsed(command, rest)
        return command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("name", [each for each in commands() if each != "sandbox"])
def test_help_ends_with_examples_that_can_be_typed(name: str) -> None:
    command = import_module(f"provision.cli.{name.replace('-', '_')}").command
    each: list[Any] = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    assert all(one.examples for one in each)
    assert sum(len(one.examples) for one in each) >= 2
    for example in (line for one in each for line in one.examples):
        words = re.search(r"provision ([^)]*)", example)
        assert words is not None
        parsed(main, shlex.split(re.split(" [<>|] ", words[1])[0]))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["chec"], "check"),
        (["check", "--on"], "--only"),
        (["check", "--only", "billing."], "billing.enabled"),
        (["smoke-test", "--capability", "tools,js"], "tools,json"),
        (["check", "--model", "openai/gpt-oss-120b"], "openai/gpt-oss-120b-maas"),
        (["check", "--location", "us-cen"], "us-central1"),
        (["explain", "SERVICE_DIS"], "SERVICE_DISABLED"),
    ],
)
def test_a_shell_is_offered_commands_options_and_values(words: list[str], found: str) -> None:
    *before, incomplete = words
    shell = ShellComplete(main, {}, "provision", "_PROVISION_COMPLETE")
    assert found in [each.value for each in shell.get_completions(before, incomplete)]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_reads_what_completion_prints(shell: str, provision: Any) -> None:
    script = provision("completion", shell).stdout
    assert "_PROVISION_COMPLETE" in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True, check=False).returncode == 0


def test_a_command_that_was_meant_is_named(provision: Any) -> None:
    result = provision("chek")
    assert (result.exit_code, "Did you mean 'check'?" in result.stderr) == (2, True)
    assert "Did you mean" not in provision("zzz").stderr


def test_help_has_what_many_commands_share_last(provision: Any) -> None:
    text = provision("check", "--help").stdout
    assert text.index("--only") < text.index("Common options:") < text.index("--project") < text.index("Examples:")


def test_every_file_that_defines_a_command_is_listed() -> None:
    """The first line of a file names its command, and is read without importing it."""
    files = Path(cli.__file__).parent.glob("*.py")
    defining = {
        file.stem for file in files if re.search(r"^def command\(|import command$", file.read_text(), re.MULTILINE)
    }
    assert {name.replace("-", "_") for name in commands()} == defining


@pytest.mark.parametrize("name", [name for name in commands() if name != "sandbox"])
def test_every_option_has_help(name: str) -> None:
    command = import_module(f"provision.cli.{name.replace('-', '_')}").command
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_help_imports_no_google_library_and_no_step() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom provision.cli import main\n"
        "CliRunner().invoke(main, ['--help'])\n"
        "heavy = ('google.', 'grpc', 'openai', 'requests', 'rich', 'yaml', 'provision.steps')\n"
        "print([name for name in sys.modules if name.startswith(heavy) and name != 'google.cloud'])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_a_ready_project_is_ready(provision: Any) -> None:
    result = provision("check")
    assert result.exit_code == 0, result.output
    assert "target: sandbox" in result.stdout
    assert "FAIL" not in result.stdout
    assert result.stdout.splitlines()[-1].startswith("ready ")
    assert "\x1b" not in result.output
    assert result.stderr == ""


def test_the_json_report_is_complete_and_true(provision: Any, sandbox: Running) -> None:
    result = provision("check", "--format", "json")
    report = json.loads(result.stdout)
    assert (report["target"], report["verdict"], report["exit_code"], report["partial"]) == (
        "sandbox",
        "ready",
        0,
        False,
    )
    assert report["project_id"] == sandbox["project"]
    assert {check["id"] for check in report["checks"]} >= {
        "credentials.usable",
        "project.active",
        "billing.enabled",
        "chat.answers",
    }
    chat = next(check for check in report["checks"] if check["id"] == "chat.answers")
    assert chat["evidence"]["finish_reason"] == "stop"
    assert chat["evidence"]["completion_tokens"] > 0
    assert chat["evidence"]["reasoning"]
    assert chat["evidence"]["first_token_s"] >= 0
    asked = [entry for entry in sandbox.requests() if "oken" not in entry["method"]]
    message = [call for call in report["calls"] if call["method"] not in {"Token", "TokenInfo"}]
    assert len(message) == len(asked)
    assert "ya29" not in result.stdout


def test_reports_go_where_they_are_wanted(provision: Any) -> None:
    result = provision("check", "--skip", "chat", "--format", "text", "--format", "json=report.json")
    assert result.stdout.startswith("target: sandbox")
    report = json.loads(Path("report.json").read_text())
    assert report["partial"] is True
    assert "partial" in result.stdout.splitlines()[-1]


def test_an_empty_project_has_one_cause_and_a_fix(provision: Any, sandbox: Running) -> None:
    result = provision("check", "--project", sandbox["empty_project"])
    assert result.exit_code == 1
    assert "fix this first: billing.enabled" in result.stdout
    assert f"gcloud billing projects link {sandbox['empty_project']}" in result.stdout
    assert "blocked  chat.answers" in result.stdout


def test_plan_then_apply_then_nothing(provision: Any, sandbox: Running) -> None:
    words = ("--project", sandbox["empty_project"], "--billing-account", sandbox["billing_account"])
    planned = provision("plan", *words)
    assert planned.exit_code == 0
    assert "will link" in planned.stdout
    assert "will enable" in planned.stdout
    assert provision("plan", "--detailed-exitcode", *words).exit_code == 2
    applied = provision("apply", "--yes", *words)
    assert applied.exit_code == 0, applied.output
    assert "usable after" in applied.stdout
    assert "the answer: This is the sandbox" in applied.stdout
    again = provision("apply", "--yes", *words)
    assert (again.exit_code, "nothing to change" in again.stdout) == (0, True)
    nothing = provision("plan", "--detailed-exitcode", *words)
    assert (nothing.exit_code, "nothing to change" in nothing.stdout) == (0, True)
    assert Path.home().joinpath(".local/state/provision/journal.jsonl").exists()


def test_a_plan_that_cannot_be_carried_out_says_why(provision: Any, sandbox: Running) -> None:
    result = provision("plan", "--project", sandbox["empty_project"])
    assert result.exit_code == 1
    assert "fix this first: billing.enabled" in result.stdout
    assert "nothing to change" not in result.stdout
    assert provision("plan", "--detailed-exitcode", "--project", sandbox["empty_project"]).exit_code == 1
    assert provision("plan", "--detailed-exitcode", "--no-such-option").exit_code == 1
    assert provision("plan", "--detailed-exitcode", "--project", "Bad").exit_code == 1
    assert provision("plan", "--no-such-option").exit_code == 2


def test_apply_begins_nothing_that_it_cannot_finish(provision: Any, sandbox: Running) -> None:
    result = provision(
        "apply", "--yes", "--create-project", "--project", "brand-new-project", "--parent", sandbox["organization"]
    )
    assert result.exit_code == 1
    assert "billing.enabled" in result.stdout
    assert not [entry for entry in sandbox.requests() if "CreateProject" in entry["method"]]


def test_apply_asks_first_and_takes_no_for_an_answer(ready_file: Path, sandbox: Running) -> None:
    terminal, stdin = pty.openpty()
    words = ("apply", "--project", sandbox["empty_project"], "--billing-account", sandbox["billing_account"])
    process = subprocess.Popen(
        [sys.executable, "-m", "provision", *words],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PROVISION_TARGET": str(ready_file)},
    )
    os.write(terminal, b"n\n")
    _, message = process.communicate(timeout=60)
    os.close(terminal)
    os.close(stdin)
    assert process.returncode == 1
    assert "will link" in message
    assert "Do this?" in message
    assert "nothing was changed" in message
    assert not [entry for entry in sandbox.requests() if "UpdateProjectBillingInfo" in entry["method"]]


def test_the_smoke_test_asks_and_changes_nothing(provision: Any, sandbox: Running) -> None:
    result = provision("smoke-test")
    assert result.exit_code == 0
    assert "the answer:" in result.stdout
    assert not [entry for entry in sandbox.requests() if entry["mutates"]]


def test_a_smoke_test_that_fails_names_the_cause(provision: Any, sandbox: Running) -> None:
    result = provision("smoke-test", "--project", sandbox["empty_project"])
    assert result.exit_code == 1
    assert "fix this first: billing.enabled" in result.stdout


def test_endpoints_are_listed_with_their_own_names(provision: Any) -> None:
    everywhere = provision("endpoints", "--endpoint-location", "us-central1", "--endpoint-location", "europe-west4")
    assert everywhere.exit_code == 0, everywhere.output
    assert "prediction.vertexai.goog" in everywhere.stdout


def test_a_location_that_fails_is_not_shown_as_empty(provision: Any, sandbox: Running) -> None:
    sandbox.fail_next("*ListEndpoints", 403, first=9)
    result = provision("endpoints")
    assert result.exit_code != 0
    assert "could not be seen in us-central1" in result.stdout


def test_models_say_what_is_retired_and_what_to_use_instead(provision: Any) -> None:
    text = provision("models", "--all").stdout
    assert "retired" in text
    assert "use openai/gpt-oss-120b-maas" in text
    listed = json.loads(provision("models", "--format", "json", "--location", "global").stdout)
    assert {row["id"] for row in listed["models"]} >= {"openai/gpt-oss-120b-maas"}


def test_credentials_that_a_sandbox_does_not_use_are_named(
    provision: Any, monkeypatch: pytest.MonkeyPatch, sandbox: Running
) -> None:
    words = "GOOGLE_APPLICATION_CREDENTIALS is not used here"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/home/ana/key.json")
    result = provision("check", "--only", "credentials")
    assert (result.exit_code, words in result.stderr, words in result.stdout) == (0, True, False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(sandbox["credentials_file"]))
    assert words not in provision("check", "--only", "credentials").stderr


def test_a_call_that_had_no_token_is_not_counted_as_one(provision: Any) -> None:
    account = "missing@sandbox-ready.iam.gserviceaccount.com"
    result = provision("check", "--impersonate-service-account", account)
    assert (result.exit_code, "; 0 API calls" in result.stdout) == (1, True)


def test_init_writes_a_file_that_check_reads(provision: Any, sandbox: Running) -> None:
    Path("provision.yaml").unlink()
    written = provision("init", "--project", sandbox["project"])
    assert (written.exit_code, "next: provision check" in written.stdout) == (0, True)
    assert "from provision.yaml:" in provision("check", "--skip", "chat").stdout
    again = provision("init", "--project", "other-project")
    assert (again.exit_code, "--force" in again.stderr) == (2, True)
    assert provision("init", "--project", "Bad", "--force").exit_code == 2
    assert sandbox["project"] in Path("provision.yaml").read_text()


def test_init_offers_what_the_caller_can_see_and_asks_again_for_what_cannot_be_used(
    ready_file: Path, sandbox: Running
) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, f"Not An Id\n{sandbox['empty_project']}\n\n".encode())
    with subprocess.Popen(
        [sys.executable, "-m", "provision", "init"],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PROVISION_TARGET": str(ready_file)},
        text=True,
    ) as asking:
        _, told = asking.communicate(timeout=60)
    os.close(keyboard)
    os.close(terminal)
    account = sandbox["billing_account"].removeprefix("billingAccounts/")
    assert asking.returncode == 0, told
    assert "you can see: sandbox-empty" in told
    assert "'Not An Id'" in told
    written = Path("provision.yaml").read_text()
    assert f"id: {sandbox['empty_project']}" in written
    assert f"account: {account}" in written


def test_a_create_with_everything_asked_for(provision: Any, sandbox: Running) -> None:
    Path("provision.yaml").write_text(
        FAST + f"project: {{id: brand-new-project, create: true, parent: {sandbox['organization']}, "
        "display_name: Team chat, labels: {team: chat}}\n" + f"billing: {{account: {sandbox['billing_account']}}}\n"
    )
    assert provision("apply", "--yes").exit_code == 0
    report = json.loads(provision("check", "--only", "project", "--format", "json").stdout)
    evidence = next(check for check in report["checks"] if check["id"] == "project.active")["evidence"]
    assert (evidence["display_name"], evidence["labels"], evidence["parent"]) == (
        "Team chat",
        {"team": "chat"},
        sandbox["organization"],
    )


OF_ONES_OWN = """
import json, sys
from provision.cli.sandbox import attached_or_private
with attached_or_private(lambda said: None) as file:
    print(json.loads(file.read_text())["pid"], flush=True)
    sys.stdin.read()
"""


def test_a_sandbox_of_ones_own_ends_with_a_command_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OF_ONES_OWN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        text=True,
    ) as command:
        assert command.stdout is not None
        sandbox = os.pidfd_open(int(command.stdout.readline()))
        command.kill()
    try:
        ended, _, _ = select.select([sandbox], [], [], 30)
        if not ended:
            signal.pidfd_send_signal(sandbox, signal.SIGTERM)
        assert ended
    finally:
        os.close(sandbox)
    assert becomes_empty(tmp_path)


def becomes_empty(folder: Path, within_s: float = 20) -> bool:
    """Whether nothing is left of the commands that had temporary folders here."""
    end = time.monotonic() + within_s
    while left := list(folder.glob("provision-*")):
        if time.monotonic() > end:
            raise AssertionError(f"left behind: {left}")
        time.sleep(0.02)
    return True


def test_a_token_is_not_left_behind_by_a_run_that_was_killed(ready_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "provision", "run", "--", "sh", "-c", 'cat "$PROVISION_TOKEN_FILE"; echo; read -r _'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(folder), "PROVISION_TARGET": str(ready_file)},
        text=True,
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline().strip()
        assert list(folder.glob("provision-*"))
        command.kill()
    assert becomes_empty(folder)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_command_started_ends_with_a_run_that_is_stopped(ready_file: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "provision", "run", "--", "sh", "-c", "sleep 1; sleep 600 & echo $!; wait; true"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PROVISION_TARGET": str(ready_file)},
        text=True,
        start_new_session=True,  # no terminal, as in a pipeline
    ) as command:
        assert command.stdout is not None
        grandchild = os.pidfd_open(int(command.stdout.readline()))
        command.send_signal(number)
        try:
            ended, _, _ = select.select([grandchild], [], [], 30)
            if not ended:
                signal.pidfd_send_signal(grandchild, signal.SIGKILL)
            assert ended
        finally:
            os.close(grandchild)


@pytest.mark.parametrize(
    "words",
    [
        ["destroy", "--billing-account", "000000-AAAAAA-111111"],
        ["token", "--capability", "tools"],
        ["env", "--create-project"],
        ["endpoints", "--model", "openai/gpt-oss-120b-maas"],
        ["check", "--usable-timeout", "9"],
        ["plan", "--usable-timeout", "9"],
        ["permissions", "--log", "calls.jsonl"],
    ],
    ids=lambda words: words[0],
)
def test_a_command_has_no_option_that_would_do_nothing(words: list[str], provision: Any) -> None:
    result = provision(*words)
    assert result.exit_code == 2
    assert "No such option" in result.stderr


@pytest.mark.parametrize(
    ("command", "option", "message"),
    [
        ("endpoints", "--location", "Where to look"),
        ("models", "--location", "Only what is offered"),
        ("env", "--location", "Where the model is asked"),
        ("check", "--parent", "Where a new project"),
    ],
)
def test_an_option_says_what_it_does_in_this_command(command: str, option: str, message: str) -> None:
    """Options are shared; where one is for something else, its help says so, and names no variable of the other's."""
    found = main.get_command(click.Context(main), command)
    assert found is not None
    (text,) = (each.help for each in found.params if isinstance(each, click.Option) and option in each.opts)
    assert text is not None
    assert text.startswith(message)
    assert ("[env: GOOGLE_CLOUD_LOCATION]" in text) is (command == "env")
