from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provision.commands.run import REQUIRES
from provision.errors import ErrorStatus
from provision.graph import ancestors, block_unreached, find_causes, waves
from provision.plan import Check, Status

REFUSED = ErrorStatus(service="s", method="m", code=403, status="PERMISSION_DENIED")
CHAIN = {"a": (), "b": ("a",), "c": ("b",), "other": ()}


def check(identifier: str, status: Status, **more: Any) -> Check:
    return Check(id=identifier, status=status, summary="", **more)


def statuses(*checks: Check) -> dict[str, str]:
    return {each.id: each.blocked_by or each.status for each in find_causes(checks, CHAIN)}


def test_a_error_below_a_failure_is_its_symptom() -> None:
    found = statuses(check("a.x", "fail"), check("b.x", "fail", error=REFUSED), check("c.x", "unknown", error=REFUSED))
    assert found == {"a.x": "fail", "b.x": "a.x", "c.x": "a.x"}


def test_what_was_really_seen_stays_a_finding_of_its_own() -> None:
    assert statuses(check("a.x", "fail"), check("b.x", "fail"))["b.x"] == "fail"


def test_a_failure_elsewhere_explains_nothing() -> None:
    assert statuses(check("a.x", "fail"), check("other.x", "fail", error=REFUSED))["other.x"] == "fail"


def test_a_failure_is_not_explained_by_something_unknown() -> None:
    found = statuses(
        check("a.x", "unknown", error=REFUSED), check("b.x", "fail", error=REFUSED), check("c.x", "unknown")
    )
    assert found == {"a.x": "unknown", "b.x": "fail", "c.x": "b.x"}


def test_an_advisory_failure_blocks_no_one() -> None:
    assert statuses(check("a.x", "fail", required=False), check("b.x", "fail", error=REFUSED))["b.x"] == "fail"


def test_an_earlier_failure_of_the_same_step_explains_a_later_error() -> None:
    assert statuses(check("b.x", "fail"), check("b.y", "fail", error=REFUSED))["b.y"] == "b.x"


def test_what_a_failed_change_was_to_fix_is_its_symptom() -> None:
    assert statuses(check("b.applied", "unknown"), check("b.x", "fail")) == {"b.applied": "unknown", "b.x": "b.applied"}


def test_what_was_not_begun_is_blocked_by_what_failed_before_it() -> None:
    checks = (check("a.applied", "fail"), check("b.x", "fail"), check("c.x", "fail"), check("other.x", "fail"))
    found = {each.id: each.blocked_by for each in block_unreached(checks, {"b", "other"}, CHAIN)}
    assert found == {"a.applied": "", "b.x": "a.applied", "c.x": "", "other.x": ""}


def test_a_step_that_broke_over_its_plan_explains_what_it_was_to_fix_and_what_was_not_begun() -> None:
    ours = check("b.planned", "unknown")
    assert statuses(ours, check("b.x", "fail")) == {"b.planned": "unknown", "b.x": "b.planned"}
    found = {each.id: each.blocked_by for each in block_unreached((ours, check("c.x", "fail")), {"c"}, CHAIN)}
    assert found == {"b.planned": "", "c.x": "b.planned"}


def test_passing_stays_passing() -> None:
    assert statuses(check("a.x", "fail"), check("b.x", "pass"))["b.x"] == "pass"


@given(
    st.lists(st.sampled_from(["pass", "fail", "unknown", "warn"]), min_size=4, max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_nothing_turns_green_and_every_cause_is_a_real_one(values: list[Status], refused: list[bool]) -> None:
    checks = [
        check(f"{step}.x", status, error=REFUSED if bad else None)
        for step, status, bad in zip(CHAIN, values, refused, strict=True)
    ]
    found = {each.id: each for each in find_causes(checks, CHAIN)}
    for before in checks:
        after = found[before.id]
        assert (after.status == "pass") == (before.status == "pass")
        if after.status == "blocked":
            assert found[after.blocked_by].status in {"fail", "unknown"}


def test_the_steps_form_a_graph_in_running_order() -> None:
    order = list(REQUIRES)
    assert sorted(name for wave in waves(REQUIRES) for name in wave) == sorted(order)
    for name in order:
        assert all(order.index(needed) < order.index(name) for needed in ancestors(name, REQUIRES))
