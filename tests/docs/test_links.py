"""What the pages point at is there: files, headings, and what the code says about the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emulator.tests.docs.markdown import broken_links, pages

ROOT = Path(__file__).parents[2]
PAGES = [page for page in pages(ROOT) if ROOT / "emulator" not in page.parents]  # which has tests of its own


def test_every_relative_link_leads_somewhere(subtests: pytest.Subtests) -> None:
    for page in PAGES:
        with subtests.test(page=str(page.relative_to(ROOT))):
            assert broken_links(page) == []


def test_pages_that_the_code_speaks_of_exist() -> None:
    speaking = [*ROOT.glob("provision/**/*.py"), ROOT / "pyproject.toml", ROOT / "Makefile"]
    for source in speaking:
        for name in re.findall(r"(?<![\w./])docs/[\w./-]*\w", source.read_text("utf-8")):
            number = re.fullmatch(r"docs/adr/(\d{4})", name)
            found = list((ROOT / "docs/adr").glob(f"{number[1]}-*.md")) if number else [ROOT / name]
            assert found, f"{source.relative_to(ROOT)} speaks of {name}"
            assert found[0].exists(), f"{source.relative_to(ROOT)} speaks of {name}"


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    names = sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    index = (ROOT / "docs/adr/README.md").read_text("utf-8")
    assert re.findall(r"\((\d{4}-[\w-]+\.md)\)", index) == names
