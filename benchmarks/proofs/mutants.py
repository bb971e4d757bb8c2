"""Small changes of the rules, one at a time: a test notices nearly each of them."""

from __future__ import annotations

import os
from typing import Final

from measuring import MeasurementError
from mutating import run

CLAIM: Final = (
    "Of 300 small changes of the rules of the emulator and of the toolkit's graph, steps and diagnoses, drawn by a "
    "seed from all there are, at least 90 % make a test fail."
)
COMMAND: Final = "python benchmarks/mutating.py --sample 300 --seed 0"
SAMPLE: Final = 300
GOAL: Final = 0.9


def prove() -> list[str]:
    """Try them; return how many were noticed, and in which modules those are that were not."""
    lived = run(SAMPLE, 0, jobs=os.cpu_count() or 1, progress=lambda _: None)
    killed = SAMPLE - len(lived)
    found = [f"{killed} of {SAMPLE} noticed ({killed / SAMPLE:.0%})"]
    if killed < GOAL * SAMPLE:
        raise MeasurementError("; ".join([*found, *map(str, lived[:20])]))
    return [*found, f"not noticed in {len({each.file for each in lived})} modules"]
