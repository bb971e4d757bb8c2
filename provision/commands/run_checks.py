"""The checks that the run makes, and no step: their findings appear only where something is wrong.

Those that are named ``STEP.`` are each step's own, by its name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from provision import waivers
from provision.checks import CheckSpec
from provision.graph import APPLIED as _APPLIED
from provision.graph import PLANNED as _PLANNED

# What the evidence of a step that broke names: the error, and the line of this program that it came from.
INTERNAL_ERROR: Final = "crash"
_STEP: Final = "STEP."

OBSERVED: Final = CheckSpec(
    id=f"{_STEP}observed",
    passes_when="The step could look: its calls were made, and in time.",
    evidence={INTERNAL_ERROR: "public"},
)
PLANNED: Final = CheckSpec(
    id=f"{_STEP}{_PLANNED}",
    passes_when="The step could say what it would change; one that breaks over that changes nothing.",
    evidence={INTERNAL_ERROR: "public"},
)
APPLIED: Final = CheckSpec(
    id=f"{_STEP}{_APPLIED}",
    passes_when="Every change of the step that `apply` made succeeded.",
    evidence={INTERNAL_ERROR: "public"},
)
UNFINISHED: Final = CheckSpec(
    id="journal.unfinished",
    passes_when="Every former `apply` and `destroy` wrote down how each of its changes ended.",
    weight="advisory",
)
JOURNAL: Final = CheckSpec(
    id="journal.read",
    passes_when="Every line of the journal was read, and is of this project and this world (`provision destroy`).",
    weight="advisory",
)
THROTTLED: Final = CheckSpec(
    id="quota.rate_limited",
    passes_when="Google throttled no call, so that none had to be made again.",
    weight="advisory",
)
CHECKS: Final = (OBSERVED, PLANNED, APPLIED, UNFINISHED, JOURNAL, THROTTLED, *waivers.CHECKS)


def of_step(check: CheckSpec, step: str) -> CheckSpec:
    """Return a step's own check of those that every step has."""
    return replace(check, id=check.id.replace(_STEP, f"{step}."))
