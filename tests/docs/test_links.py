"""What the pages point at is there: files, headings, and what the code says about the docs."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HIDDEN = re.compile(r"^(\..*|__pycache__|build|dist|node_modules)$")

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"(?<!\\)\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def pages() -> list[Path]:
    """Return every Markdown page of the repository."""
    return sorted(path for path in ROOT.rglob("*.md") if not any(map(HIDDEN.match, path.relative_to(ROOT).parts)))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    found: Counter[str] = Counter()
    named = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", page.read_text("utf-8")))
    for heading in HEADING.findall(FENCE.sub("", page.read_text("utf-8"))):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        named.add(f"{slug}-{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return named


def wrong(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    text = CODE.sub("", FENCE.sub("", page.read_text("utf-8")))
    found = []
    for inline, reference in LINK.findall(text):
        target = inline or reference
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists():
            found.append(f"{target}: no such file")
        elif anchor and (file.suffix != ".md" or anchor not in anchors(file)):
            found.append(f"{target}: no such heading")
    return found


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert wrong(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    (tmp_path / "there.md").write_text("# A `heading`, twice\n\n# A heading, twice\n")
    page.write_text(
        "[a](there.md) [b](there.md#a-heading-twice-1) [c](https://example.com/x) [d](#own)\n\n# Own\n\n"
        "[e](gone.md) [f](there.md#gone) `[g](code.md)`\n\n[h]: gone-too.md\n\n```\n[i](fenced.md)\n```\n"
    )
    assert wrong(page) == ["gone.md: no such file", "there.md#gone: no such heading", "gone-too.md: no such file"]


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
