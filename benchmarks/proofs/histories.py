"""Random histories over both transports, many more than in a normal test run."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from measuring import MeasurementError, output
from sandboxes import clean

CLAIM: Final = (
    "Whatever is done in whatever order, over REST or gRPC: a project's id is never used again, a service is usable "
    "only once enabled, no billing means gated, a service account is made once and its unique id is never another's, "
    "an organization's policy binds as it was last set, no one sees what he may not, lists equal gets, pages add up, "
    "and both transports tell the same."
)
COMMAND: Final = "PROOF_EXAMPLES=200 pytest -n0 emulator/tests/test_invariants.py"
EXAMPLES: Final = "200"
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Run the property tests with many examples; return what was counted."""
    tests = [str(ROOT / word) for word in COMMAND.split() if word.endswith(".py")]
    command = [sys.executable, "-m", "pytest", "-n0", "-q", f"--rootdir={ROOT}", "-c", str(ROOT / "pyproject.toml")]
    message, _ = output([*command, *tests], clean() | {"PROOF_EXAMPLES": EXAMPLES})
    passed = re.search(r"(\d+) passed", message)
    if passed is None:
        raise MeasurementError(f"no test was run:\n{message}")
    return [f"{passed[1]} test passed", f"{EXAMPLES} random histories over both transports"]
