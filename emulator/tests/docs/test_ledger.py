"""The parity ledger tells what is assumed first, and leaves no method and no rule out."""

from __future__ import annotations

import pytest
from gcp_emulator import services

from emulator.docs.generating import ledger


@pytest.fixture(scope="module")
def page() -> str:
    return ledger.ledger()


def test_every_served_method_has_a_grade(page: str) -> None:
    replayed = ledger._replayed()
    for method in services.registry().methods:
        if method.handle is not None:
            assert set(ledger._method_grades(method, replayed)) <= set(ledger.GRADES)
            assert f"| `{method.name}` |" in page


def test_every_package_of_the_sandbox_that_serves_is_a_part_of_the_ledger() -> None:
    places = {place for places in ledger.ENFORCEMENT.values() for place in places}
    assert {f"services/{name}" for name in services.SERVICES} <= places


def test_what_is_assumed_comes_before_the_rest(page: str) -> None:
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["## Assumed", "## Rules", "## Methods"]
    places = [place for place, _ in ledger.assumptions()]
    assert "services/aiplatform/guard.py" in places
    assert "errors.py: account_state_invalid" in places


def test_a_rule_without_a_source_is_reported_as_one(page: str) -> None:
    unsaid = [rule for rule in ledger._all_rules() if not rule.grades]
    first = page.partition("## Rules")[0]
    assert all(f"`{rule.place}`" in first for rule in unsaid)
