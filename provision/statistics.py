"""Figures over many measurements: percentiles, and a picture of them in one line of text. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

_BARS: Final = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How measurements spread; in the unit of the measurements. p95 and p99 are the slow end."""

    p50: float
    p95: float
    p99: float
    least: float
    most: float


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that ``share`` (0 to 1) of all do not exceed: the nearest-rank percentile.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no percentile of nothing")
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def spread(values: Sequence[float], *, slow_is: Literal["large", "small"] = "large") -> Spread:
    """Return the spread of at least one value; raises `ValueError` for none.

    Args:
        slow_is: which values are the bad ones: large times, or small speeds.
    """
    sign = 1 if slow_is == "large" else -1
    signed = [sign * value for value in values]
    return Spread(
        p50=sign * percentile(signed, 0.50),
        p95=sign * percentile(signed, 0.95),
        p99=sign * percentile(signed, 0.99),
        least=min(values),
        most=max(values),
    )


def sparkline(values: Sequence[float], width: int = 40) -> str:
    """Return the values in their order as bars from zero to the largest; several share a bar where there are many."""
    if not values or max(values) <= 0:
        return ""
    per_bar = max(math.ceil(len(values) / width), 1)
    bars = [max(values[start : start + per_bar]) for start in range(0, len(values), per_bar)]
    return "".join(_BARS[min(int(bar / max(bars) * len(_BARS)), len(_BARS) - 1)] for bar in bars)
