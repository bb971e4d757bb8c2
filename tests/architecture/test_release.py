"""What is published is one version, built from what is named by its content."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests import release

ROOT: Final = Path(__file__).parents[2]
WORKFLOWS: Final = sorted((ROOT / ".github/workflows").glob("*.yml"))


def test_the_version_is_the_same_in_each_place_and_written_by_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(set(release.versions().values())) == 1
    for place in release.PLACES:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes((ROOT / place).read_bytes())
    monkeypatch.setattr(release, "ROOT", tmp_path)
    release.write("12.3.4rc1")
    assert set(release.versions().values()) == {"12.3.4rc1"}


@pytest.mark.parametrize("file", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda file: file.name)
def test_each_action_is_named_by_its_commit_and_says_which_version_that_is(file: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: (.+)$", file.read_text("utf-8"), re.MULTILINE)
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_only_read_but_for_the_jobs_that_say_so(file: Path) -> None:
    workflow: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    writing = {name for name, job in workflow["jobs"].items() if "write" in job.get("permissions", {}).values()}
    assert writing == ({"attest", "publish"} if file.name == "release.yml" else set())
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            own = step.get("uses", "").startswith("actions/checkout@")
            assert not (own and name in writing), f"{name} has the repository's code, and may write"
            assert not own or step["with"]["persist-credentials"] is False
            assert "${{" not in step.get("run", ""), "what is expanded into a script can be code"
    assert "secrets." not in file.read_text("utf-8")


def test_an_action_is_the_same_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for file in (*WORKFLOWS, ROOT / "action.yml", ROOT / "provision/federation/pipelines.py"):
        for action, commit in re.findall(r"uses: (\S+)@([0-9a-f]{40} # \S+)", file.read_text("utf-8")):
            pins.setdefault(action, set()).add(commit)
    assert len(pins) > 5
    assert {action: used for action, used in pins.items() if len(used) > 1} == {}


def test_only_what_was_built_and_tried_is_attested_and_then_published() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))["jobs"]
    assert [jobs[name].get("needs") for name in ("build", "attest", "publish")] == [None, "build", "attest"]
    assert any("make release-check" in step.get("run", "") for step in jobs["build"]["steps"])
    assert any("sbom-path" in step.get("with", {}) for step in jobs["attest"]["steps"])
    assert jobs["publish"]["steps"][-1]["with"]["attestations"] is True


def test_no_registry_is_named_and_what_builds_is_locked_by_digest() -> None:
    lock = (ROOT / "tests/release_tools.txt").read_text("utf-8")
    for file in (*WORKFLOWS, ROOT / "Containerfile", ROOT / "README.md", ROOT / "tests/release_tools.txt"):
        hosts = re.findall(r"https?://([\w.-]+)|\b([\w-]+\.(?:io|org))/", file.read_text("utf-8"))
        assert {"".join(each) for each in hosts} <= {"127.0.0.1", "HOST", "learn.microsoft.com"}, file
    for block in re.split(r"\n(?=\S)", lock):
        assert re.fullmatch(r"\S+==\S+( ; [^\\]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n?)+", block), block


def test_the_image_has_both_packages_for_a_user_who_is_not_root() -> None:
    text = (ROOT / "Containerfile").read_text("utf-8")
    last = text.split("\nFROM ")[-1]
    assert "./emulator '.[sandbox,ci]'" in text
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", last, re.MULTILINE)
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    assert [each for each in kept if not (ROOT / each).exists()] == []
