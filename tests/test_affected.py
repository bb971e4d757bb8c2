"""Which tests a change calls for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.affected import ALSO, MIRRORS, ROOT, affected, changed


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in (
        "tests/steps/test_billing.py",
        "tests/cli/test_check.py",
        "tests/test_graph.py",
        "tests/docs/test_links.py",
        "emulator/tests/orgpolicy/test_policies.py",
        "emulator/tests/test_services.py",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("provision/steps/billing.py", ["tests/docs", "tests/steps/test_billing.py"]),
        ("provision/steps/network.py", ["tests/docs", "tests/steps"]),
        ("provision/graph.py", ["tests/docs", "tests/test_graph.py"]),
        ("provision/plan.py", ["tests"]),
        ("provision/catalog/models.json", ["tests"]),
        ("tests/cli/test_check.py", ["tests/cli/test_check.py"]),
        ("tests/cli/golden.txt", ["tests/cli"]),
        ("tests/conftest.py", ["tests"]),
        ("emulator/gcp_emulator/services/orgpolicy/state.py", ["emulator/tests/orgpolicy"]),
        ("emulator/gcp_emulator/services/sts/state.py", ["emulator/tests"]),
        ("emulator/tests/orgpolicy/test_policies.py", ["emulator/tests/orgpolicy/test_policies.py"]),
        ("README.md", ["tests/docs"]),
        ("LICENSE", []),
    ],
)
def test_a_change_calls_for_the_tests_that_mirror_it(file: str, tests: list[str], repository: Path) -> None:
    assert affected([file], repository) == tests


def test_a_folder_is_named_once_and_its_files_are_not(repository: Path) -> None:
    assert affected(["provision/steps/billing.py", "provision/steps/network.py"], repository) == [
        "tests/docs",
        "tests/steps",
    ]


def test_a_test_that_was_removed_is_not_run(repository: Path) -> None:
    assert affected(["tests/steps/test_gone.py"], repository) == []


def test_every_folder_that_is_spoken_of_is_there() -> None:
    for name in (*ALSO, *MIRRORS, *MIRRORS.values(), *(test for tests in ALSO.values() for test in tests)):
        assert (ROOT / name).exists(), name


def test_what_changed_is_what_was_committed_on_the_branch_edited_and_added(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--initial-branch", "main")
    for name in ("same", "edited", "committed"):
        (tmp_path / name).write_text("before")
    git("add", ".")
    git("commit", "-m", "Begin")
    git("switch", "-c", "branch")
    (tmp_path / "committed").write_text("after")
    git("commit", "-am", "Change one file")
    (tmp_path / "edited").write_text("after")
    (tmp_path / "added").write_text("after")
    assert changed(tmp_path) == {"committed", "edited", "added"}
