"""The requirement graph of the steps: what runs when, and which finding is the cause of which.

Pure functions over step names; nothing here knows what a step does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from provision.plan import Check

APPLIED: Final = "applied"
"""How the check is called that tells of a step's change that failed."""
PLANNED: Final = "planned"
"""How the check is called that tells of a step that broke over what it would change."""
CREDENTIALS: Final = "credentials"
"""The step whose finding stands for every call that was not made for want of a token."""

Requires = Mapping[str, tuple[str, ...]]


def waves(requires: Requires) -> list[tuple[str, ...]]:
    """Return the steps in groups: each group needs only what is before it, and may run side by side."""
    sorter = TopologicalSorter(requires)
    sorter.prepare()
    groups = []
    while sorter.is_active():
        ready = set(sorter.get_ready())
        sorter.done(*ready)
        groups.append(tuple(name for name in requires if name in ready))
    return groups


def ancestors(step: str, requires: Requires) -> frozenset[str]:
    """Return every step that ``step`` needs, directly or not."""
    found: set[str] = set()
    waiting = list(requires.get(step, ()))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(requires.get(name, ()))
    return frozenset(found)


def find_causes(
    checks: Iterable[Check], requires: Requires, explains: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Check, ...]:
    """Mark what is merely a symptom as ``blocked`` by the finding that explains it.

    A symptom is a check that was refused an answer while something it needs has failed, or that could not be seen
    while something it needs could not be seen either. What was really observed is a finding of its own: a
    project without billing and without services has two things wrong with it. What a change of the same step was to
    fix, and did not, is a symptom of that change's failure.

    A call that was not made says nothing: its check is blocked by the finding on the credentials, whatever else is
    wrong, and wherever it stands.

    What is only advisory explains nothing but the errors that are named as coming of it; where it explains the failure
    of a required check, it decides as that one did.

    Args:
        checks: in running order.
        requires: each step's direct requirements.
        explains: the diagnoses of errors that come of a finding, by the finding's own diagnosis.
    """
    checks = tuple(checks)
    settled: list[Check] = []
    for check in sorted(checks, key=lambda each: each.not_sent is not None):
        if check.not_sent is not None:
            blocker = _without_token(settled)
        else:
            blocker = _explanation(check, settled, requires, explains or {}) or _blocker(check, settled, requires)
        if blocker is None:
            settled.append(check)
        else:
            if check.required and check.status == "fail" and not blocker.required:
                settled[settled.index(blocker)] = blocker = replace(blocker, required=True)
            settled.append(_blocked(check, blocker))
    order = [check.id for check in checks]
    return tuple(sorted(settled, key=lambda check: order.index(check.id)))


def _without_token(settled: list[Check]) -> Check | None:
    """Return the finding on the credentials: nothing that needed them was asked, whichever step wanted to."""
    found = [each for each in settled if each.step == CREDENTIALS and each.status in {"fail", "unknown", "blocked"}]
    return next((each for each in found if each.required), None)


def _blocked(check: Check, blocker: Check) -> Check:
    by = blocker.blocked_by or blocker.id
    return replace(check, status="blocked", blocked_by=by, cause="", fix="", fix_owner="", request="")


def block_unreached(checks: tuple[Check, ...], unreached: Collection[str], requires: Requires) -> tuple[Check, ...]:
    """Mark the failures of steps whose changes were not begun as blocked by the change that failed before them.

    Args:
        checks: as `find_causes` returns them.
        unreached: the steps that had changes planned, and none begun.
    """
    failed = [each for each in checks if _is_of_a_change(each)]

    def one(check: Check) -> Check:
        if check.status != "fail" or check.step not in unreached:
            return check
        needed = ancestors(check.step, requires)
        blocker = next((each for each in failed if each.step in needed), None)
        return check if blocker is None else _blocked(check, blocker)

    return tuple(map(one, checks))


def _is_of_a_change(check: Check) -> bool:
    """Whether it tells of a step's change that failed, or that could not even be planned."""
    return check.id in {f"{check.step}.{APPLIED}", f"{check.step}.{PLANNED}"}


def _explanation(
    check: Check, before: list[Check], requires: Requires, explains: Mapping[str, tuple[str, ...]]
) -> Check | None:
    if check.status not in {"fail", "unknown"} or check.error is None:
        return None
    needed = ancestors(check.step, requires) | {check.step}
    return next(
        (
            other
            for other in before
            if other.step in needed
            and other.status == "fail"
            and other.error is None
            and check.diagnosis in explains.get(other.diagnosis, ())
        ),
        None,
    )


def _blocker(check: Check, before: list[Check], requires: Requires) -> Check | None:
    if check.status not in {"fail", "unknown"}:
        return None
    failed_change = next((other for other in before if other.step == check.step and _is_of_a_change(other)), None)
    if failed_change is not None:
        return failed_change
    if check.status == "fail" and check.error is None:
        return None
    needed = ancestors(check.step, requires) | {check.step}
    candidates = [other for other in before if other.step in needed and other.required]
    for other in candidates:
        if other.status == "fail":
            return other
    if check.status == "unknown":
        for other in candidates:
            if other.status in {"unknown", "blocked"}:
                return other
    return None
