"""The emulator's generated pages are what its code says today."""

from __future__ import annotations

import pytest
from gcp_emulator import services
from gcp_emulator.cli import command

from emulator.docs.generate import PAGES, REFERENCE


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_code_says(name: str) -> None:
    page = REFERENCE / name
    committed = page.read_text("utf-8") if page.exists() else ""
    assert committed == PAGES[name](), f"emulator/docs/reference/{name} is out of date; run `make docs`"


def test_no_page_is_left_that_nothing_makes() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(PAGES)


def test_every_command_and_every_api_has_its_place() -> None:
    page = PAGES["commands.md"]()
    assert all(f"\n## gcp-emulator {name}\n" in page for name in command.commands)
    page = PAGES["coverage.md"]()
    assert all(f"\n## {method.service}\n" in page for method in services.registry().methods)
