"""Every check can be listed, for people and for machines, and nothing is asked for it."""

from __future__ import annotations

import json

from click.testing import CliRunner

from provision.cli.check import command
from provision.commands.run import CHECKS


def test_every_check_is_listed_with_what_it_says() -> None:
    result = CliRunner().invoke(command, ["--list"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == list(CHECKS)
    assert all(text in line for text, line in zip((each.passes_when for each in CHECKS.values()), lines, strict=True))


def test_the_list_is_there_as_json() -> None:
    result = CliRunner().invoke(command, ["--list", "--format", "json"])
    listed = json.loads(result.output)["checks"]
    assert {row["id"]: row["passes_when"] for row in listed} == {each.id: each.passes_when for each in CHECKS.values()}
    assert next(row["requires"] for row in listed if row["id"] == "project.active") == ["credentials"]


def test_the_list_can_be_cut_to_a_step() -> None:
    result = CliRunner().invoke(command, ["--list", "--only", "billing"])
    assert [line.split()[0] for line in result.output.splitlines()] == ["billing.enabled", "billing.account"]
