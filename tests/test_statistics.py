"""Percentiles and the picture of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.statistics import percentile, sparkline, spread

values = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@given(values, st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(measured: list[float], share: float) -> None:
    found = percentile(measured, share)
    assert found in measured
    assert sum(value <= found for value in measured) >= share * len(measured) - 1e-6
    assert sum(value < found for value in measured) < share * len(measured) + 1e-6


@given(values)
def test_a_spread_is_in_order(measured: list[float]) -> None:
    found = spread(measured)
    assert found.least <= found.p50 <= found.p95 <= found.p99 <= found.most


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


@given(values)
def test_a_picture_fits_and_its_highest_bar_is_the_largest_value(measured: list[float]) -> None:
    picture = sparkline(measured, width=40)
    assert len(picture) <= 40
    assert (max(measured) > 0) == ("█" in picture)


def test_a_picture_grows_with_the_values() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8]) == "▂▃▄▅▆▇██"
    assert sparkline([]) == sparkline([0, 0]) == ""
