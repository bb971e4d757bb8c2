"""The whole fault matrix: every call that a check makes, failing in every way there is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from measuring import MeasurementError, output
from sandboxes import clean

CLAIM: Final = (
    "Whichever call of a check fails, and however: the run is never green unless the failure was retried away, the "
    "first root cause names what was injected where the catalog knows it, anything else is unknown (exit 3), nothing "
    "else is blamed, nothing crashes, and silence ends at the deadline."
)
COMMAND: Final = "python -m tests.matrix.run"
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Go through all of it; return its size and score."""
    message, _ = output([sys.executable, "-m", "tests.matrix.run"], clean() | {"PYTHONPATH": str(ROOT)})
    lines = message.strip().splitlines()
    if len(lines) < 3:
        raise MeasurementError(f"nothing was told: {message}")
    return lines[-3:]
