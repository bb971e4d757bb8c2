"""The page of proofs says what was found, of the proofs that there are."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"


def test_the_page_of_proofs_is_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    prove = importlib.import_module("prove")
    found = json.loads(prove.FOUND.read_text("utf-8"))
    assert prove.PAGE.read_text("utf-8") == prove.page(found), "run `make proof`"
    assert set(found) <= set(prove.PROOFS)
    for name in prove.PROOFS:
        proof = importlib.import_module(f"proofs.{name}")
        assert proof.CLAIM.endswith(".")
        assert proof.COMMAND
    for name in [name for name in sys.modules if name in {"prove", "load", "measuring", "sandboxes"}]:
        monkeypatch.delitem(sys.modules, name)
