"""A small sample of `tests.fuzz.files`; `make proof` reads thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.files import KINDS, failures


@pytest.mark.parametrize("name", sorted(KINDS.keys() - {"plan"}))  # a plan gets its digest with each case
def test_what_is_damaged_was_good_before(name: str, tmp_path: Path) -> None:
    kind, path = KINDS[name], tmp_path / "file"
    path.write_bytes(kind.write(kind.good))
    kind.read(path)


def test_every_damaged_or_hostile_file_ends_in_one_sentence(tmp_path: Path) -> None:
    assert [(kind, repr(error), content[:200]) for kind, content, error in failures(140, 7, tmp_path)] == []
