"""Calls wait for room in the quota of the project that they are charged to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provision.errors import ErrorStatus
from provision.google.budgets import Budgets

USAGE = "serviceusage.googleapis.com"


class Clock:
    """Time that goes only where someone sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def budgets(path: Path, clock: Clock, consumer: str = "host", workers: int = 1) -> Budgets:
    return Budgets(path, lambda: consumer, workers=workers, sleep=clock.sleep, clock=clock)


def moments(one: Budgets, clock: Clock, calls: int, method: str = "BatchGetServices") -> Iterator[float]:
    for _ in range(calls):
        one.take(USAGE, method)
        yield clock.now


def most_in_a_minute(found: list[float]) -> int:
    return max(sum(start <= other < start + 60 for other in found) for start in found)


def test_no_minute_holds_more_calls_than_are_allowed(tmp_path: Path, clock: Clock) -> None:
    found = list(moments(budgets(tmp_path / "b", clock), clock, 1000))
    assert most_in_a_minute(found) <= 240
    assert found[-1] - found[0] < 1000 / (240 * 0.8) * 60  # and none waits longer than that asks


def test_processes_of_one_machine_share_it_and_consumers_do_not(tmp_path: Path, clock: Clock) -> None:
    one, other = budgets(tmp_path / "b", clock), budgets(tmp_path / "b", clock)
    found = [moment for _ in range(300) for each in (one, other) for moment in moments(each, clock, 1)]
    assert most_in_a_minute(found) <= 240
    before = clock.now
    list(moments(budgets(tmp_path / "b", clock, "another"), clock, 10))
    assert clock.now == before


def test_a_call_that_counts_five_times_waits_as_long_as_five(tmp_path: Path, clock: Clock) -> None:
    found = list(moments(budgets(tmp_path / "b", clock), clock, 100, "BatchEnableServices"))
    assert most_in_a_minute(found) <= 60 / 5


def test_machines_that_know_nothing_of_each_other_take_their_part(tmp_path: Path, clock: Clock) -> None:
    found = list(moments(budgets(tmp_path / "b", clock, workers=10), clock, 100))
    assert most_in_a_minute(found) <= 24


def test_a_429_makes_everyone_wait_and_tells_the_limit(tmp_path: Path, clock: Clock) -> None:
    one, other = budgets(tmp_path / "b", clock), budgets(tmp_path / "b", clock)
    one.take(USAGE, "BatchGetServices")
    refused = clock.now
    one.refused(
        ErrorStatus(
            service=USAGE, method="BatchGetServices", status="RESOURCE_EXHAUSTED", metadata={"quota_limit_value": "30"}
        )
    )
    found = list(moments(other, clock, 200))
    assert found[0] >= refused + 60
    assert most_in_a_minute(found) <= 30
    assert (one.used()[0].per_minute, one.used()[0].refused) == (30, 1)


def test_what_counts_for_the_project_that_is_asked_about_waits_for_nothing(tmp_path: Path, clock: Clock) -> None:
    one, before = budgets(tmp_path / "b", clock), clock.now
    for _ in range(2000):
        one.take("aiplatform.googleapis.com", "ListEndpoints")
    assert clock.now == before
    assert one.used() == ()
