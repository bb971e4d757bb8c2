"""Every declared permission taken away in turn, and the step that declares it does not get on."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from measuring import MeasurementError, output
from sandboxes import clean

CLAIM: Final = (
    "A caller with exactly the permissions that `provision permissions` prints makes an empty project ready, with "
    "identity and keyless CI, and one with those for `destroy` undoes all of it; with any one of them taken away, not "
    "all is done, and the report names it, or where all that is needed is listed."
)
COMMAND: Final = "PROOF_PERMISSIONS=all pytest -n0 tests/steps/test_least_privilege.py"
EXACT: Final = 3  # of the tests, those that take nothing away
ROOT: Final = Path(__file__).parents[2]


def prove() -> list[str]:
    """Take each away; return what was counted."""
    tests = [str(ROOT / word) for word in COMMAND.split() if word.endswith(".py")]
    command = [sys.executable, "-m", "pytest", "-n0", "-q", f"--rootdir={ROOT}", "-c", str(ROOT / "pyproject.toml")]
    message, _ = output([*command, *tests], clean() | {"PROOF_PERMISSIONS": "all"})
    passed = re.search(r"(\d+) passed", message)
    if passed is None or "failed" in message:
        raise MeasurementError(f"not all held:\n{message[-2000:]}")
    return [
        f"{int(passed[1]) - EXACT} permissions taken away one by one",
        "exactly all of them: ready, undone, and the project deleted",
    ]
