"""Pairs of faults, over REST and the chat."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from measuring import MeasurementError, output
from sandboxes import clean

CLAIM: Final = (
    "Whichever two faults meet a check at once, a hostile server's endless, dripping, packed and redirecting answers "
    "among them: nothing is green that was not seen, nothing is refuted that no one refuted, no one else is asked, and "
    "it ends within 2 s of its deadline and in 300 MB, the sandbox included."
)
COMMAND: Final = "python -m tests.matrix.pairs --cases 600"
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Prove all of them; return the figures."""
    message, _ = output([sys.executable, *COMMAND.split()[1:]], clean() | {"PYTHONPATH": str(ROOT)})
    lines = message.strip().splitlines()
    if len(lines) < 3:
        raise MeasurementError(f"nothing was told: {message}")
    return lines[-3:]
