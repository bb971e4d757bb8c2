"""Five hundred histories of faults, kills and other actors, at the end of which every promise is kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from measuring import MeasurementError, output
from sandboxes import clean

CLAIM: Final = (
    "Whatever is refused, lost or killed, and whoever else writes at the same time: in the end the project is what the "
    "configuration asks and holds all that was foreign, the journal explains every change, none was made twice, and "
    "`destroy` leaves what was there before."
)
COMMAND: Final = "make chaos"
SEEDS: Final = "500"
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Live the histories; return what was counted."""
    message, _ = output(
        [sys.executable, "-m", "tests.chaos.run", "--seeds", SEEDS], clean() | {"PYTHONPATH": str(ROOT)}
    )
    lines = message.strip().splitlines()
    if len(lines) < 2:
        raise MeasurementError(f"nothing was told: {message}")
    return [lines[-2], *lines[-1].rpartition("; ")[0].split(", ")]
