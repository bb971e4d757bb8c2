"""Measure sides in turn, and say what came out: medians, ratios, and the raw figures they come from."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class MeasurementError(Exception):
    """Something that was to be measured did not do what it is measured for."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """What one side took, run by run."""

    name: str
    values: tuple[float, ...]
    unit: str = "s"

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the result.

    Attributes:
        values: one for each run; the figure is their median.
        unit: ``x`` for a ratio.
        bound: whether the goal is the most or the least that is wanted.
        raw: what it was computed from.
        note: what a reader must know to read it right.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    bound: Literal["<=", ">="]
    goal: float
    raw: tuple[Series, ...] = ()
    note: str = ""

    @property
    def median(self) -> float:
        """The figure itself."""
        return statistics.median(self.values)

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.median <= self.goal if self.bound == "<=" else self.median >= self.goal


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A figure that cannot be measured here."""

    name: str
    why: str


def ratio(name: str, above: Series, below: Series, bound: Literal["<=", ">="], goal: float, note: str = "") -> Figure:
    """Divide run by run: neighbor in time met the same machine."""
    values = tuple(a / b for a, b in zip(above.values, below.values, strict=True))
    return Figure(name=name, values=values, unit="x", bound=bound, goal=goal, raw=(above, below), note=note)


def in_turn(runs: int, *sides: Callable[[], float]) -> list[tuple[float, ...]]:
    """Measure ABAB…; a first round is thrown away, because it fills caches and writes bytecode."""
    for side in sides:
        side()
    rounds = [[side() for side in sides] for _ in range(runs)]
    return list(zip(*rounds, strict=True))


def output(command: Sequence[str], environment: Mapping[str, str], codes: tuple[int, ...] = (0,)) -> tuple[str, str]:
    """Run a command, in a folder without a ``provision.yaml``; return what it wrote to both streams.

    Raises:
        MeasurementError: it ended with another exit code than these.
    """
    done = subprocess.run(
        command,
        env=dict(environment),
        cwd=tempfile.gettempdir(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in codes:
        message = (done.stderr or done.stdout)[-2_000:]
        raise MeasurementError(f"{' '.join(command)} ended with exit code {done.returncode}\n{message}")
    return done.stdout, done.stderr


def seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Return how long a command takes, from starting the process to its end."""
    began = time.perf_counter()
    output(command, environment)
    return time.perf_counter() - began
