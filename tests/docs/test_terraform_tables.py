"""The tables of terraform/README.md are what the module says today."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def load_generator() -> Any:
    spec = importlib.util.spec_from_file_location("terraform_tables", ROOT / "docs" / "terraform_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()


def test_the_committed_tables_are_what_the_module_says() -> None:
    page = GENERATOR.README.read_text("utf-8")
    assert GENERATOR.filled(page) == page, (
        "terraform/README.md is out of date; run `make docs` and commit what it writes"
    )


def test_no_block_of_the_module_is_missed() -> None:
    tables = GENERATOR.tables()
    text = "".join(GENERATOR.source().values())
    for kind, name in re.findall(r'^(variable|output) "(\w+)"', text, re.MULTILINE):
        assert f"| `{name}` |" in tables, f"{kind} {name}"
    for type_name, name in re.findall(r'^(?:resource|data) "(\w+)" "(\w+)"', text, re.MULTILINE):
        assert f"`{type_name}.{name}`" in tables


def test_the_cost_of_a_model_of_ones_own_is_named() -> None:
    assert "COSTS BY THE HOUR" in GENERATOR.tables()


def test_variables_and_outputs_stand_in_alphabetical_order() -> None:
    for file, kind in (("variables.tf", "variable"), ("outputs.tf", "output")):
        names = list(GENERATOR.blocks(GENERATOR.source()[file], kind))
        assert names == sorted(names)
        assert names
