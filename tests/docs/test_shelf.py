"""The shelf leads to every guide, and to what to do when it fails before anything else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHELVES = ("docs", "emulator/docs")


def linked(shelf: str) -> list[str]:
    text = (ROOT / shelf / "README.md").read_text("utf-8")
    return [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)]


@pytest.mark.parametrize("shelf", SHELVES)
def test_every_page_of_a_shelf_is_on_it(shelf: str) -> None:
    pages = {path.name for path in (ROOT / shelf).glob("*.md")} - {"README.md"}
    pages |= {f"reference/{path.name}" for path in (ROOT / shelf / "reference").iterdir() if path.is_file()}
    assert pages <= set(linked(shelf))


def test_troubleshooting_comes_second() -> None:
    guides = [target for target in linked("docs") if re.fullmatch(r"[\w-]+\.md", target)]
    assert guides[:2] == ["first-project.md", "troubleshooting.md"]
