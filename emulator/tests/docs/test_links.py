"""What the emulator's pages and code point at is there: files and headings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emulator.tests.docs.markdown import broken_links, pages

EMULATOR = Path(__file__).parents[2]


@pytest.mark.parametrize("page", pages(EMULATOR), ids=lambda page: str(page.relative_to(EMULATOR)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "there.md").write_text("# A `heading`, twice\n\n# A heading, twice\n")
    page.write_text(
        "[a](there.md) [b](there.md#a-heading-twice-1) [c](https://example.com/x) [d](#own)\n\n# Own\n\n"
        "[e](gone.md) [f](there.md#gone) `[g](code.md)`\n\n[h]: gone-too.md\n\n```\n[i](fenced.md)\n```\n"
    )
    assert broken_links(page) == [
        "gone.md: no such file",
        "there.md#gone: no such heading",
        "gone-too.md: no such file",
    ]


def test_pages_that_the_code_speaks_of_exist() -> None:
    for source in [*EMULATOR.glob("gcp_emulator/**/*.py"), EMULATOR / "pyproject.toml"]:
        for name in re.findall(r"(?<![\w./])docs/[\w./-]*\w", source.read_text("utf-8")):
            number = re.fullmatch(r"docs/adr/(\d{4})", name)  # the decisions of both packages are kept together
            folder = EMULATOR.parent / "docs/adr"
            found = list(folder.glob(f"{number[1]}-*.md")) if number else [EMULATOR / name]
            assert found, f"{source.relative_to(EMULATOR)} speaks of {name}"
            assert found[0].exists(), f"{source.relative_to(EMULATOR)} speaks of {name}"
