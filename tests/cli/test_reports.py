"""Where reports go, and what stops a command before it asks anything."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gcp_emulator.server import Running

from provision.cli import main
from provision.reports import NAMES


@pytest.fixture
def provision(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command against the sandbox."""
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return run


def check(provision: Any, *words: str) -> Result:
    result: Result = provision("check", "--only", "credentials", *words)
    return result


def test_every_format_at_once_and_one_of_them_to_standard_output(
    provision: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("of a step before\n")
    files = [word for name in NAMES for word in ("--format", f"{name}={tmp_path / name}")]
    result = check(provision, *files, "--format", "json", "--redact")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["redacted"] is True
    assert report["project_id"] == "project-1"
    for name in NAMES:
        written = (tmp_path / name).read_text("utf-8")
        assert "sandbox-host" not in written, name
        assert "project-1" in written, name
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert summary.startswith("of a step before\n## ")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [], "nothing is left behind"


@pytest.mark.parametrize(
    ("variables", "colored"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colors_are_for_terminals_unless_a_variable_says_otherwise(
    provision: Any, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colored: bool
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in check(provision).stdout) is colored


def test_a_report_that_goes_into_a_file_is_told(provision: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = check(provision, "--format", f"html={page}")
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("", f"ready; wrote {page}")
    result = check(provision, "--format", "text", "--format", f"html={page}")
    assert result.stderr.splitlines()[-1] == f"wrote {page}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--format", "pdf"), "'pdf' is not a report format"),
        (("--format", "json="), "names no file"),
        (("--format", "json=none/x.json"), "its folder does not exist"),
        (("--format", "html=home"), "it is a folder"),
        (("--format", "json", "--format", "text"), "two reports cannot both go to standard output"),
        (("--format", "json=x", "--format", "html=x"), "two reports cannot both go to one file"),
        (("--baseline", "none.json"), "does not exist"),
        (("--wait", "soon"), "is no duration"),
    ],
)
def test_a_report_that_cannot_be_written_stops_it_before_the_first_call(
    provision: Any, sandbox: Running, words: tuple[str, ...], message: str
) -> None:
    result = check(provision, *words)
    assert result.exit_code == 2
    assert message in result.output
    assert not [entry for entry in sandbox.requests() if "sandbox" not in entry["method"].lower()]


def test_a_job_summary_that_cannot_be_written_stops_it_too(provision: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "none/summary.md")
    assert check(provision, "--format", "github").exit_code == 2
    assert check(provision, "--format", "json").exit_code == 0


def test_a_file_is_replaced_whole_keeps_its_rights_and_a_link_stays_a_link(provision: Any) -> None:
    Path("kept").write_text("old " * 100_000)
    Path("kept").chmod(0o640)
    Path("link").symlink_to("kept")
    assert check(provision, "--format", "json=link").exit_code == 0
    assert Path("link").is_symlink()
    assert json.loads(Path("kept").read_text())["command"] == "check"
    assert stat.S_IMODE(Path("kept").stat().st_mode) == 0o640


def test_a_device_is_written_and_not_replaced(provision: Any) -> None:
    assert check(provision, "--format", f"json={os.devnull}").exit_code == 0
    assert Path(os.devnull).is_char_device()


def test_a_baseline_is_compared(provision: Any, sandbox: Running) -> None:
    words = ("--project", sandbox["empty_project"], "--skip", "chat")
    assert provision("check", *words, "--format", "json=before.json").exit_code == 1
    again = provision("check", *words, "--baseline", "before.json")
    assert "nothing changed" in again.stdout
    assert "not ready, as before" in again.stdout
    assert again.exit_code == 3 if "unknown" in again.stdout else again.exit_code == 0
    other = provision("check", "--baseline", "before.json")
    assert other.exit_code == 2
    assert f"about project {sandbox['empty_project']}" in other.output


def test_waiting_takes_a_duration(provision: Any) -> None:
    result = check(provision, "--wait", "1.5m")
    assert result.exit_code == 0


def test_a_waiver_of_a_check_that_does_not_exist_is_wrong_usage(provision: Any) -> None:
    Path("provision.yaml").write_text("waivers: [{check: chat.anwsers, owner: me, reason: x, expires: 2099-01-01}]\n")
    result = check(provision)
    assert result.exit_code == 2
    assert "did you mean 'chat.answers'?" in result.output


def test_models_are_listed_as_text_or_json_into_files_too(provision: Any) -> None:
    result = provision("models", "--format", "text", "--format", "json=models.json")
    assert result.exit_code == 0
    assert json.loads(Path("models.json").read_text())["models"]
    assert "gpt-oss" in result.stdout
    refused = provision("models", "--format", "sarif")
    assert refused.exit_code == 2
    assert "use one of text, json" in refused.output


def test_a_full_disk_takes_one_report_and_not_the_others(provision: Any) -> None:
    result = check(provision, "--format", "json=/dev/full", "--format", "text")
    assert result.exit_code == 1
    assert "ready   (partial" in result.stdout
    assert "a report could not be written: json=/dev/full\n  cause: No space left on device" in result.stderr


@pytest.mark.parametrize(
    ("streams", "encoding"), [(">&- 2>&- <&-", "utf-8"), (">said", "latin-1")], ids=["closed", "of few letters"]
)
def test_streams_that_take_less_than_was_said_end_no_command(streams: str, encoding: str, tmp_path: Path) -> None:
    line = f"{sys.executable} -m provision explain GCLOUD_OVERRIDE_SLASH {streams}"
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    done = subprocess.run(  # noqa: S602 - it takes a shell to close a stream
        line, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    if encoding == "latin-1":
        assert "CLOUDSDK_API_ENDPOINT_OVERRIDES_?" in (tmp_path / "said").read_text("latin-1")


def test_what_is_about_to_be_done_is_redacted_as_the_report_is(provision: Any, sandbox: Running) -> None:
    project = sandbox["empty_project"]
    words = ("--project", project, "--billing-account", sandbox["billing_account"], "--skip-chat", "--yes")
    result = provision("apply", *words, "--redact")
    assert "will enable" in result.stderr
    assert project not in result.output
    assert sandbox["billing_account"] not in result.output
    assert "project: project-1" in result.stderr
