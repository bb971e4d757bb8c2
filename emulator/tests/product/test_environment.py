"""`sandbox env --format …`: whatever the values hold, the reader gets them back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from gcp_emulator import environment
from gcp_emulator.environment import STYLES, render, variables
from hypothesis import given, settings
from hypothesis import strategies as st

NASTY = [
    "",
    " ",
    "'",
    '"',
    "\\",
    "$HOME",
    "`id`",
    "$(id)",
    "a\nb",
    "a\r\nb",
    "END",
    "\nEND\n",
    "#x",
    "x #y",
    "=",
    "!!",
    "\u2019",
    "é",
    "~",
]
VALUES = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))),
    min_size=1,
    max_size=12,
)
SHELLS = [shell for shell in ("dash", "bash", "zsh") if shutil.which(shell)]

READY = {
    "rest_url": "http://127.0.0.1:1",
    "token": "ya29.token",
    "project": "sandbox-ready",
    "empty_project": "sandbox-empty",
    "credentials_file": "/somewhere/credentials.json",
    "location": "global",
    "billing_account": "billingAccounts/000000-000000-000000",
}


def named(values: list[str]) -> dict[str, str]:
    return {f"V{number}": value for number, value in enumerate(values)}


def read_by(shell: str, script: str, names: list[str]) -> list[str]:
    printed = "printf '%s\\0' " + " ".join(f'"${{{name}}}"' for name in names)
    done = subprocess.run([shell, "-c", f"set -a\n{script}\n{printed}"], capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("style", ["shell", "dotenv"])
@settings(max_examples=15, deadline=None)
@given(values=VALUES)
def test_a_shell_reads_back_what_was_written(shell: str, style: str, values: list[str]) -> None:
    assert read_by(shell, render(named(values), style), list(named(values))) == values


@given(values=VALUES)
def test_json_holds_the_values(values: list[str]) -> None:
    assert json.loads(render(named(values), "json")) == named(values)


@given(values=VALUES)
def test_powershell_strings_end_where_they_should(values: list[str]) -> None:
    """Read as PowerShell does: in single quotes any two single quotes, straight or typographic, are one."""
    rest = render(named(values), "powershell")
    found = []
    for name in named(values):
        head = f"$env:{name} = '"
        assert rest.startswith(head)
        string = re.match("((?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*)'(?:\n|$)", rest[len(head) :])
        assert string is not None
        found.append(re.sub("(['\u2018-\u201b])['\u2018-\u201b]", r"\1", string[1]))
        rest = rest[len(head) + string.end() :]
    assert found == values


@given(values=VALUES)
def test_the_file_for_github_reads_as_its_runner_reads_it(values: list[str]) -> None:
    """A line is `NAME=value` or `NAME<<MARK`, and then all is the value up to a line that is the mark."""
    rest = render(named(values), "github") + "\n"
    found: dict[str, str] = {}
    while rest:
        line, _, rest = rest.partition("\n")
        name, mark, value = re.fullmatch(r"(\w+)(=|<<)(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr] # a line that is neither fails the test
        if mark == "<<":
            end = f"\n{value}\n"
            inside, _, rest = f"\n{rest}".partition(end)
            value = inside[1:]
        found[name] = value
    assert found == named(values)


@pytest.mark.parametrize("style", STYLES)
def test_every_format_names_the_sandbox(style: str) -> None:
    text = render(variables(READY), style)
    assert "GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT" in text
    assert "http://127.0.0.1:1/v3/" in text


def test_what_contradicts_is_taken_away_where_that_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDSDK_CORE_ACCOUNT", "me@example.com")
    found = variables(READY)
    assert render(found, "shell").startswith("unset CLOUDSDK_CORE_ACCOUNT\n")
    assert render(found, "powershell").startswith("Remove-Item Env:CLOUDSDK_CORE_ACCOUNT\n")


@pytest.mark.parametrize(
    "name", ["GOOGLE_VERTEX_PROJECT", "VERTEXAI_PROJECT", "GOOGLE_VERTEX_LOCATION", "VERTEXAI_LOCATION"]
)
def test_what_other_clients_read_first_names_the_sandbox_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "mine")
    googles = "GOOGLE_CLOUD_" + name.rpartition("_")[2]
    found = environment.child(READY)
    assert found[name] == found[googles] != "mine"


def test_client_certificates_of_this_machine_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_CERTIFICATE_CONFIG", "certificate_config.json")
    monkeypatch.setenv("GOOGLE_API_USE_MTLS_ENDPOINT", "always")
    found = environment.child(READY)
    assert "GOOGLE_API_CERTIFICATE_CONFIG" not in found
    assert found["GOOGLE_API_USE_MTLS_ENDPOINT"] == "never"
    assert found["GOOGLE_API_USE_CLIENT_CERTIFICATE"] == "false"


def test_terraform_gets_its_endpoints_its_token_and_no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CREDENTIALS", "of someone")
    lines = render(variables(READY), "terraform").splitlines()
    assert lines[0] == "unset GOOGLE_CREDENTIALS"
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines[1:])
    assert exported["HTTPS_PROXY"] == READY["rest_url"], "which refuses by name"
    assert exported["GOOGLE_MONITORING_CUSTOM_ENDPOINT"] == f"{READY['rest_url']}/"
    assert exported["GOOGLE_OAUTH_ACCESS_TOKEN"] == "ya29.token"
    assert exported["GOOGLE_CLOUD_PROJECT"] == "sandbox-ready"
    assert sum(name.endswith("_CUSTOM_ENDPOINT") for name in exported) == len(environment.TERRAFORM_ENDPOINTS) + 1
    assert not any(name.startswith(("CLOUDSDK_", "OPENAI_")) for name in exported)
