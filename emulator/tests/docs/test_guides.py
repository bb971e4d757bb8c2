"""The guides' commands exist, and print what the pages show. `…` is anything."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest
from gcp_emulator.cli import command

from emulator.tests.docs.markdown import assert_prints_what_it_shows, command_lines, free_port, parse

EMULATOR = Path(__file__).parents[2]
GUIDES = [EMULATOR / "README.md", *sorted((EMULATOR / "docs").glob("*.md"))]
PORT = "8085"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_of_the_guides_is_one(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EMULATOR)
    for words in command_lines(guide.read_text("utf-8"), "gcp-emulator"):
        parse("gcp-emulator", command, words)


def test_a_command_that_does_not_exist_is_found() -> None:
    with pytest.raises(AssertionError, match="gcp-emulator fly"):
        parse("gcp-emulator", command, ["fly"])
    with pytest.raises(click.UsageError, match="--no-such-option"):
        parse("gcp-emulator", command, ["env", "--no-such-option"])


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="needs bash and curl")
@pytest.mark.parametrize("name", ["README.md", "docs/run.md", "docs/faults.md"])
def test_the_pages_are_true(name: str, tmp_path: Path) -> None:
    page = (EMULATOR / name).read_text("utf-8").replace(PORT, free_port())
    assert_prints_what_it_shows(page, tmp_path, serve="gcp-emulator serve", attach="gcp-emulator env")
