"""A small sample of `tests.fuzz.files`; `make proof` reads thousands."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.files import failures


def test_every_damaged_or_hostile_file_ends_in_one_sentence(tmp_path: Path) -> None:
    assert [(kind, repr(error), content[:200]) for kind, content, error in failures(150, 7, tmp_path)] == []
