"""A small set of seeds, always the same; `make chaos` lives hundreds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.chaos import live


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_promises_are_kept(seed: int) -> None:
    live(seed, Path("history"))


def test_a_process_that_is_really_killed_keeps_them_too() -> None:
    # When a signal finds the process still at work is for the machine to say.
    assert any(live(seed, Path(f"history-{seed}"), real=True).real_kills for seed in range(100, 110))
