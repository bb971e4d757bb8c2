"""The fixes of a first day's troubles, typed as they are printed: gcloud's into a shell, ours into `provision`.

The other test of them (`test_fixes`) makes the calls that the commands stand for, and needs no gcloud.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from gcp_emulator import environment
from gcp_emulator.server import Running, running

from provision import gcloud
from provision.cli import main
from provision.commands.check import check
from provision.config import Config
from provision.plan import Check
from tests.accounts import api, make_account, policy_of
from tests.conformance.test_fixes import SPREAD_S, TROUBLES, Trouble
from tests.conftest import clients_for

BY_NAME = {each.name: each for each in TROUBLES}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Running]:
    """A sandbox in whose environment commands are run, as `provision sandbox run` gives it to them."""
    with running(clock=60.0, grpc=False, ready_file=tmp_path / "ready.json") as ready:
        yield ready


def typed(sandbox: Running, command: str) -> str:
    """Run a line in a shell, and return what it printed."""
    done = subprocess.run(
        ["sh", "-c", command],
        env=environment.child(sandbox),
        stdin=subprocess.DEVNULL,  # no one is there to be asked
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def found(config: Config, trouble: Trouble) -> Check:
    cause = check(config, clients_for(config)).root_cause
    assert cause is not None
    assert cause.diagnosis == trouble.diagnosis
    return cause


def first_command(text: str) -> str:
    """Return the command that a fix begins with: as it is there, up to the remark behind it."""
    command, _, _ = text.partition("   (")
    assert "gcloud " in command, text
    return command


def of_the_request(cause: Check) -> str:
    line = re.search(r"^Command: (.*)$", cause.request, re.MULTILINE)
    assert line is not None
    return first_command(line[1])


def with_an_open_account(sandbox: Running, cause: Check) -> str:
    """Return the fix's command; its blank is filled from what the command beside it lists."""
    beside = re.search(r"\(your open accounts: (gcloud [^)]+)\)", cause.fix)
    assert beside is not None
    listed = json.loads(typed(sandbox, f"{beside[1]} --format=json"))
    account = listed[0]["name"].removeprefix("billingAccounts/")
    return first_command(cause.fix).replace("BILLING_ACCOUNT_ID", account)


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("no billing", lambda _, cause: first_command(cause.fix)),
        ("a closed account", with_an_open_account),
        ("an API that is off", lambda _, cause: first_command(cause.fix)),
        ("no permission", lambda _, cause: of_the_request(cause)),
        ("a model policy", lambda _, cause: of_the_request(cause)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_gcloud_fixes_it_as_it_is_printed(shell: Running, name: str, line: Callable[[Running, Check], str]) -> None:
    config = BY_NAME[name].make(shell)
    typed(shell, line(shell, found(config, BY_NAME[name])))
    shell.advance(SPREAD_S)
    after = check(config, clients_for(config))
    assert after.verdict == "ready", after.root_cause


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_grants_run_without_a_terminal_on_plain_policies_and_on_those_with_conditions(shell: Running) -> None:
    project, account = f"projects/{shell['project']}", make_account(shell, "robot-one")
    condition = {"title": "for a while", "expression": 'request.time < timestamp("2100-01-01T00:00:00Z")'}
    bindings = [{"role": "roles/browser", "members": [f"serviceAccount:{account}"], "condition": condition}]
    policy = policy_of(shell, project)
    policy |= {"version": 3, "bindings": [*policy["bindings"], *bindings]}
    api(shell, "POST", f"/v3/{project}:setIamPolicy", {"policy": policy})
    member = f"serviceAccount:{account}"
    for resource, role in (
        (project, "roles/viewer"),  # has a condition
        (f"{project}/serviceAccounts/{account}", "roles/iam.serviceAccountUser"),
        (shell["organization"], "roles/browser"),
        (shell["billing_account"], "roles/billing.user"),
    ):
        typed(shell, gcloud.add_binding(resource, member, role))
    typed(shell, gcloud.remove_binding(project, member, "roles/viewer"))
    typed(shell, gcloud.remove_binding(project, member, "roles/browser"))
    held = [each["role"] for each in policy_of(shell, project)["bindings"] if member in each["members"]]
    assert held == []


def named_in(pattern: str, cause: Check) -> list[str]:
    words = re.search(pattern, cause.fix)
    assert words is not None, cause.fix
    return words[1].split()


def provision(sandbox: Running, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """Run a command of ours in the sandbox's environment; it has to end well."""
    for variable, value in environment.child(sandbox).items():
        if variable.startswith(("PROVISION_", "GOOGLE_")):
            monkeypatch.setenv(variable, value)
    result = CliRunner().invoke(main, [*words], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_a_missing_project_is_created_with_the_option_that_is_named(
    shell: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = BY_NAME["a missing project"].make(shell)
    option = named_in(r"to create it: add (--\S+) to `provision apply`;", found(config, BY_NAME["a missing project"]))
    options = ("--project", config.project_id, "--parent", config.parent, "--billing-account", config.billing_account)
    provision(shell, monkeypatch, "apply", "--yes", *options, *option)
    assert check(config, clients_for(config)).verdict == "ready"


def test_a_retired_model_is_replaced_with_the_option_that_is_named(
    shell: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = BY_NAME["a retired model"].make(shell)
    provision(shell, monkeypatch, "check", *named_in(r"(--model \S+)", found(config, BY_NAME["a retired model"])))


def test_a_fresh_api_is_waited_for_by_the_command_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(clock=0.0, grpc=False, ready_file=tmp_path / "ready.json") as shell:
        config = BY_NAME["an API that was enabled a second ago"].make(shell)
        cause = found(config, BY_NAME["an API that was enabled a second ago"])
        shell.do(lambda inner: inner.state.clock.rescale(60.0))
        options = ("--project", config.project_id, "--yes")
        provision(shell, monkeypatch, *named_in(r"`provision (\w+)` waits by itself", cause), *options)
        assert check(config, clients_for(config)).verdict == "ready"
