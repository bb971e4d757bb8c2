"""`provision --help` against importing click: what the command line costs before it does anything."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from measuring import Series, in_turn, ratio, seconds
from sandboxes import PROVISION, PYTHON, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Figure


def measure(runs: int) -> Iterator[Figure]:
    """Run both in turn."""
    ours, click = in_turn(
        runs,
        partial(seconds, [PROVISION, "--help"], clean()),
        partial(seconds, [PYTHON, "-c", "import click"], clean()),
    )
    yield ratio(
        "provision --help / python -c 'import click'",
        Series(name="provision --help", values=ours),
        Series(name="python -c 'import click'", values=click),
        "<=",
        1.6,
    )
