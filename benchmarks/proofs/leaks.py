"""Where calls go, and where secrets do not."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from measuring import MeasurementError, output
from sandboxes import clean

CLAIM: Final = (
    "With a hostile file in its folder every command looks up and asks Google's own hosts, and no other; and a live "
    "token that servers echo, as it is, cut, in base64, percent-encoded, hexadecimal, as HTML and JSON write it, or "
    "broken by tags, lines and characters no one sees, is in no report of any form."
)
COMMAND: Final = "pytest -n0 tests/google/test_wires.py tests/test_secret_values.py tests/reports/test_live_secrets.py"
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Run these tests; return how many there are."""
    tests = [str(ROOT / word) for word in COMMAND.split() if word.endswith(".py")]
    command = [sys.executable, "-m", "pytest", "-n0", "-q", f"--rootdir={ROOT}", "-c", str(ROOT / "pyproject.toml")]
    message, _ = output([*command, *tests], clean())
    passed = re.search(r"(\d+) passed", message)
    if passed is None or "failed" in message:
        raise MeasurementError(f"not all of it holds:\n{message}")
    return [f"{passed[1]} tests passed"]
