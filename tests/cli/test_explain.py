"""`provision explain` as a person types it: offline, without Google's libraries."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

from click.testing import CliRunner

from provision.cli import main

DENIED = """google.api_core.exceptions.PermissionDenied: 403 This API method requires billing to be enabled. Please \
enable billing on project #123456 by visiting https://console.developers.google.com/billing/enable?project=123456"""


def test_a_reason_is_explained() -> None:
    result = CliRunner().invoke(main, ["explain", "BILLING_DISABLED"])
    assert result.exit_code == 0
    assert "gcloud billing projects link PROJECT_ID" in result.stdout
    assert "replace PROJECT_ID with your project's id" in result.stdout


def test_a_parsed_error_is_explained_as_json_too() -> None:
    result = CliRunner().invoke(main, ["explain", "--format", "json"], input=DENIED)
    report = json.loads(result.stdout)
    assert (result.exit_code, report["exit_code"], report["schema_version"]) == (0, 0, 1)
    assert report["findings"][0]["key"] == "BILLING_DISABLED"
    assert "123456" in report["findings"][0]["cause"]


def test_an_error_can_be_given_in_quotes() -> None:
    result = CliRunner().invoke(main, ["explain", DENIED])
    assert result.exit_code == 0
    assert result.stdout.startswith("BILLING_DISABLED\n")
    assert CliRunner().invoke(main, ["explain", "something broke in the middle"]).exit_code == 1


def test_what_no_one_foresaw_is_exit_1_and_says_what_was_read() -> None:
    result = CliRunner().invoke(main, ["explain"], input="something broke\nin the middle\n")
    assert result.exit_code == 1
    assert "not recognized" in result.stdout
    assert "something broke" in result.stdout


def test_an_unknown_reason_is_exit_1_and_names_what_is_near() -> None:
    result = CliRunner().invoke(main, ["explain", "SERVICE_DISABELD"])
    assert result.exit_code == 1
    assert "SERVICE_DISABLED" in result.output


def test_nothing_at_all_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["explain"], input="")
    assert result.exit_code == 2
    assert "provision explain < error.txt" in result.output


def test_at_a_terminal_it_says_how_instead_of_waiting() -> None:
    primary, secondary = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "provision", "explain"],
            stdin=secondary,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(primary)
        os.close(secondary)
    assert done.returncode == 2
    assert "provision explain SERVICE_DISABLED" in done.stderr


def test_no_google_library_is_imported() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom provision.cli import main\n"
        f"result = CliRunner().invoke(main, ['explain'], input={DENIED!r})\n"
        "assert 'BILLING_DISABLED' in result.output\n"
        "heavy = ('google.', 'grpc', 'openai', 'requests', 'rich', 'yaml', 'provision.steps')\n"
        "print([name for name in sys.modules if name.startswith(heavy) and name != 'google.cloud'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
