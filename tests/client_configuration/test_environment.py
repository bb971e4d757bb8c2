"""The environment of an OpenAI client, as each surrounding reads it."""

from __future__ import annotations

import json
import shlex
import subprocess
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.client_configuration.environment import STYLES, Environment, render

VALUES = Environment(
    base_url="http://127.0.0.1:1/v1/projects/p/locations/global/endpoints/openapi",
    token="ya29.secret",
    model="openai/gpt-oss-120b-maas",
    project_id="my-project",
    location="global",
    expires=datetime(2030, 1, 2, 3, 4, 5),  # noqa: DTZ001 - google-auth's expiry is naive UTC
)

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")))


@given(token=words, model=words)
def test_a_shell_reads_back_what_was_written(token: str, model: str) -> None:
    found = Environment(base_url="http://x", token=token, model=model, project_id="p", location="l")
    assigned = [word.partition("=") for word in shlex.split(render(found, "shell"), comments=True) if "=" in word]
    assert {name: value for name, _, value in assigned} == found.variables()


@pytest.mark.parametrize("style", STYLES)
def test_every_form_holds_every_value_and_says_until_when(style: str) -> None:
    written = render(VALUES, style)
    for name, value in VALUES.variables().items():
        assert name in written
        assert value in written
    if style != "github":  # a comment would become a variable there
        assert "2030-01-02" in written
    assert written.endswith("\n")


def test_a_shell_evaluates_it() -> None:
    script = render(VALUES, "shell") + 'printf %s "$OPENAI_API_KEY $MODEL_ID"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == (
        "ya29.secret openai/gpt-oss-120b-maas"
    )


def test_json_is_json() -> None:
    assert json.loads(render(VALUES, "json")) == VALUES.variables() | {"expires": "2030-01-02T03:04:05Z"}


@pytest.mark.parametrize("style", ["docker", "github"])
def test_what_takes_quotes_literally_gets_none(style: str) -> None:
    lines = [line for line in render(VALUES, style).splitlines() if not line.startswith("#")]
    assert dict(line.split("=", 1) for line in lines) == VALUES.variables()


def test_powershell_doubles_quotes_also_typographic_ones() -> None:
    found = Environment(base_url="a'b\u2019c", token="t", model="m", project_id="p", location="l")
    assert "$env:OPENAI_BASE_URL = 'a''b\u2019\u2019c'" in render(found, "powershell")
