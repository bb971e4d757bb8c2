"""`provision explain` as a person types it: offline, without Google's libraries."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

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


def test_a_file_is_read_as_if_it_had_been_pasted(tmp_path: Path) -> None:
    log = tmp_path / "build 1.log"
    log.write_text(DENIED)
    result = CliRunner().invoke(main, ["explain", str(log)])
    assert result.exit_code == 0
    assert result.stdout.startswith("BILLING_DISABLED\n")


def test_an_empty_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    result = CliRunner().invoke(main, ["explain", str(tmp_path / "empty.log")])
    assert result.exit_code == 2
    assert "is empty" in result.output


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


def at_a_terminal(typed: bytes) -> subprocess.CompletedProcess[str]:
    primary, secondary = pty.openpty()
    try:
        os.write(primary, typed)
        return subprocess.run(
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


def test_at_a_terminal_what_is_pasted_is_read_until_ctrl_d() -> None:
    done = at_a_terminal(f"{DENIED}\n".encode() + b"\x04")
    assert done.returncode == 0
    assert done.stdout.startswith("BILLING_DISABLED")
    assert "Ctrl-D" in done.stderr


def test_at_a_terminal_ctrl_d_alone_says_how() -> None:
    done = at_a_terminal(b"\x04")
    assert done.returncode == 2
    assert "provision explain SERVICE_DISABLED" in done.stderr


def test_a_bare_status_is_a_list_and_says_what_would_decide() -> None:
    result = CliRunner().invoke(main, ["explain", "403"])
    assert result.exit_code == 0
    assert "1. IAM_PERMISSION_DENIED" in result.stdout
    assert "2. SERVICE_DISABLED" in result.stdout
    assert "it is this if the text has: reason SERVICE_DISABLED" in result.stdout
    report = json.loads(CliRunner().invoke(main, ["explain", "404", "--format", "json"]).stdout)
    assert report["ambiguous"] is True
    assert report["findings"][0]["decided_by"]


def test_a_bare_reason_speaks_of_no_words_that_it_does_not_have() -> None:
    for word in ("INVALID_GRANT", "INVALID_ARGUMENT", "UNAUTHENTICATED", "CUSTOM_ORG_POLICY_VIOLATION"):
        assert "without a word" not in CliRunner().invoke(main, ["explain", word]).stdout


def test_what_is_openai_s_own_asks_whether_the_base_url_is_set() -> None:
    result = CliRunner().invoke(
        main, ["explain"], input="RateLimitError: 429 You exceeded your current quota: insufficient_quota"
    )
    assert result.exit_code == 1
    assert "OPENAI_BASE_URL" in result.stdout


def test_an_endless_paste_is_read_in_bounded_memory(tmp_path: Path) -> None:
    big = tmp_path / "big.log"
    with big.open("wb") as file:
        file.write(DENIED.encode() + b"\n")
        for _ in range(40):
            file.write(b"x" * 1_000_000)
    with big.open("rb") as file:
        done = subprocess.run(
            ["/bin/sh", "-c", f"ulimit -v 1500000; exec {sys.executable} -m provision explain"],
            stdin=file, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.stdout.startswith("BILLING_DISABLED"), done.stderr


def test_no_control_sequence_of_a_paste_reaches_the_terminal() -> None:
    shown = CliRunner().invoke(main, ["explain"], input=f"\x1b[31m{DENIED}\x1b]0;title\x07\x9b31m\u202e\u200b").stdout
    assert not set(shown) & set("\x1b\x07\x9b\u202e\u200b")


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
