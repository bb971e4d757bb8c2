"""make's own promises: it never turns green in the wrong place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def make(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make with this environment's commands, so that nothing is installed."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")} | environment
    command = [
        "make",
        "-C",
        str(ROOT),
        "--no-print-directory",
        f"BIN={Path(sys.executable).parent}",
        "RUN_READY=README.md",
        *words,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given)


def test_help_lists_every_target() -> None:
    listed = make("help").stdout
    for target in ("demo", "smoke-test", "check", "plan", "apply", "test", "pre-commit", "lint", "bench", "docs"):
        assert f"  {target} " in listed


def test_a_smoke_test_without_a_project_says_sandbox_first_and_last() -> None:
    done = make("smoke-test")
    assert done.returncode == 0, done.stderr
    first, *_, last = done.stdout.splitlines()
    assert "sandbox" in first
    assert "sandbox" in last
    assert "the answer:" in done.stdout


def test_in_ci_a_smoke_test_without_a_project_is_an_error() -> None:
    done = make("smoke-test", CI="true")
    assert done.returncode == 2
    assert "needs PROJECT_ID" in done.stderr


@pytest.mark.parametrize("target", ["smoke-test", "check", "plan", "apply"])
def test_an_empty_project_id_is_an_error(target: str) -> None:
    done = make(target, PROJECT_ID="")
    assert done.returncode == 2
    assert "PROJECT_ID is set but empty" in done.stderr


def test_a_project_id_is_the_project_that_is_asked() -> None:
    done = make("check", PROJECT_ID="my-real-project")
    assert "target: Google Cloud   project: my-real-project (from option --project)" in done.stdout
    assert "credentials.found" in done.stdout


def test_before_a_commit_everything_is_generated_formatted_linted_and_tested() -> None:
    recipe = make("-n", "pre-commit", "DEV_READY=README.md").stdout
    steps = (
        "emulator.generate",
        "docs/generate.py",
        "emulator.docs.generate",
        "ruff format",
        "mypy",
        "lint-imports",
        "tests.affected",
    )
    places = [recipe.index(step) for step in (*steps, "-m pytest")]
    assert places == sorted(places)
