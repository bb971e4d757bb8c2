"""The generated pages are what the code says today."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def load_generator() -> Any:
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("generate")
    finally:
        sys.path.remove(str(DOCS))


GENERATOR = load_generator()


def test_the_committed_page_is_what_the_code_says(subtests: pytest.Subtests) -> None:
    for name in GENERATOR.PAGES:
        with subtests.test(name=name):
            made = GENERATOR.PAGES[name]()
            page = DOCS / "reference" / name
            committed = page.read_text("utf-8") if page.exists() else ""
            assert committed == made, f"docs/reference/{name} is out of date; run `make docs` and commit what it writes"


def test_every_page_says_that_it_is_generated() -> None:
    for name, make in GENERATOR.PAGES.items():
        assert "make docs" in "\n".join(make().splitlines()[:4]), name


def test_no_page_is_left_that_nothing_makes() -> None:
    found = {path.relative_to(DOCS / "reference").as_posix() for path in (DOCS / "reference").rglob("*.*")}
    assert {name for name in found if "." in name and (DOCS / "reference" / name).is_file()} == set(GENERATOR.PAGES)


def test_every_diagnosis_has_its_place_on_the_page() -> None:
    from provision.diagnoses import ROWS

    page = GENERATOR.PAGES["diagnoses.md"]()
    assert [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")] == [
        row.key for row in ROWS
    ]


def test_every_call_that_a_diagnosis_names_is_in_the_index_by_api() -> None:
    from provision.diagnoses import ROWS

    calls = {call for row in ROWS for call in row.triggered_by if re.fullmatch(r"[A-Z]\w+", call)}
    index = GENERATOR.PAGES["diagnoses.md"]().partition("## By API")[2].partition("\n## ")[0]
    assert set(re.findall(r"\| `(\w+)` \|", index)) == calls


def test_every_check_has_its_place_on_the_page() -> None:
    from provision.commands.run import CHECKS

    page = GENERATOR.PAGES["checks.md"]()
    assert all(f"| [`{check}`](checks/{check}.md) |" in page for check in CHECKS)
