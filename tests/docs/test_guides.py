"""The guides' commands exist; those of the page on the sandbox are run, and print what it shows. `…` is anything."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import pytest

from emulator.tests.docs.markdown import assert_prints_what_it_shows, command_lines, free_port, parse
from provision.cli import main

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]
PORT = "8085"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_of_the_guides_is_one(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS.parent)  # where files of the repository that a guide names are
    for words in command_lines(guide.read_text("utf-8"), "provision"):
        inner = parse("provision", main, words).get("words", ())
        if inner[:1] == ["provision"]:
            parse("provision", main, list(inner[1:]))


def test_a_command_that_does_not_exist_is_found() -> None:
    with pytest.raises(AssertionError, match="provision sandbox fly"):
        parse("provision", main, ["sandbox", "fly"])
    with pytest.raises(click.UsageError, match="--no-such-option"):
        parse("provision", main, ["check", "--no-such-option"])


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="needs bash and curl")
def test_the_page_on_the_sandbox_is_true(tmp_path: Path) -> None:
    page = (DOCS / "sandbox.md").read_text("utf-8").replace(PORT, free_port())
    assert_prints_what_it_shows(page, tmp_path, serve="provision sandbox serve", attach="provision sandbox env")
