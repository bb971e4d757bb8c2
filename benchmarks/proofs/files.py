"""Damaged and hostile files of every kind that the toolkit reads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from measuring import MeasurementError, output
from sandboxes import clean

CLAIM: Final = (
    "Whatever stands in a configuration, a journal, a plan, a baseline, a ready file, a world or a file of faults: it "
    "is taken, or refused in one sentence; no traceback, and none that is read for ever."
)
COMMAND: Final = "python -m tests.fuzz.files --cases 3500"
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Read all of them; return how many, and what came of it."""
    words = [sys.executable, "-m", "tests.fuzz.files", "--cases", "3500"]
    message, _ = output(words, clean() | {"PYTHONPATH": str(ROOT)})
    lines = message.strip().splitlines()
    if not lines:
        raise MeasurementError("nothing was told")
    return lines[-1:]
