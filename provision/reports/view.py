"""What several formats show in the same words."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from provision.reports.changes import words_of

if TYPE_CHECKING:
    from provision.plan import Check, Comparison, Difference, Run, Status, Waiver

FIX_OWNERS: Final = {"you": "you", "admin": "an administrator", "google": "Google (wait)"}
# The worst first, as a person wants to read them.
STATUSES: Final[tuple[Status, ...]] = ("fail", "unknown", "warn", "blocked", "waived", "skipped", "pass")


def cause_of(run: Run) -> Check | None:
    """Return the finding to fix first; None where nothing is in the way."""
    if run.blocking_check:
        return next((check for check in run.checks if check.id == run.blocking_check), None)
    return run.root_cause if run.verdict != "ready" else None


def other_causes(run: Run) -> list[Check]:
    """Return what else something can be done about; where all is ready, what could not be seen is only named."""
    cause = cause_of(run)
    if run.command == "plan" and run.blockers:  # what the changes fix is no cause of anything
        return [check for check in run.checks if check is not cause and check.fix and check.id in run.blockers]
    statuses = {"fail", "warn"} if run.verdict == "ready" else {"fail", "unknown", "warn"}
    others = [check for check in run.checks if check is not cause and check.fix and check.status in statuses]
    # One fault can be seen at several places: what the same words mend is told once.
    told = {cause.fix} if cause else set()
    return [check for check in others if check.fix not in told and not told.add(check.fix)]  # type: ignore[func-returns-value] # adds, and is None


def planned(run: Run) -> str:
    """Return what a plan comes to: how many changes, and how much is in their way."""
    blockers = many(len(run.blockers), "blocker") if run.blockers else "no blockers"
    changes = sum(each.action != "wait" for each in run.changes)
    waits = "; then wait until usable" if changes < len(run.changes) else ""
    return f"Plan: {changes} to change, {blockers}{waits}" if run.changes or run.blockers else "nothing to do"


def counts(run: Run) -> dict[Status, int]:
    """Return how many checks came to each status, the worst first; only those that occur."""
    found = Counter(check.status for check in run.checks)
    return {status: found[status] for status in STATUSES if found[status]}


def headline(run: Run) -> str:
    """Return the outcome as one sentence."""
    if run.command == "plan" and not run.blocking_check:
        return planned(run) if run.changes else "Nothing to do"
    cause = cause_of(run)
    if cause is not None:
        return f"{cause.id}: {cause.summary}"
    passed = sum(check.status == "pass" for check in run.checks)
    if run.verdict == "ready":
        done = sum(each.change.action != "wait" for each in run.applied)
        return f"{many(passed, 'check')} passed" + (f", {many(done, 'change')} done" if done else "")
    failed = next((each for each in run.applied if each.outcome == "failed"), None)
    return f"could not {words_of(failed.change)}: {failed.detail}" if failed else "Nothing could be seen"


def many(count: int, noun: str) -> str:
    """Return the count with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def waiver_text(waiver: Waiver) -> str:
    """Return who waived, why, and until when."""
    return f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"


def note_of(check: Check) -> str:
    """Return what a finding needs in addition to its summary."""
    if check.status == "blocked":
        return f"by {check.blocked_by}"
    return waiver_text(check.waiver) if check.waiver and check.status == "waived" else ""


def unseen(run: Run) -> list[str]:
    """Return the advisory checks that could not be seen."""
    return [check.id for check in run.checks if not check.required and check.status in {"unknown", "blocked"}]


def place_of(run: Run) -> tuple[str, int] | None:
    """Return file and line of the configuration that named the project; None where no file did."""
    for setting in run.settings:
        found = re.fullmatch(r"(.+\.ya?ml):(\d+)", setting.source)
        if found:
            return found[1], int(found[2])
    return None


def difference_text(difference: Difference) -> str:
    """Return what became of a finding, in a few words."""
    was, now = difference.status_before or "not reported", difference.status_after or "not reported"
    return f"{was} -> {now}" if was != now else f"{now}, for another reason"


def comparison_text(comparison: Comparison) -> str:
    """Return what changed since then, as one sentence."""
    worse = sum(each.worse for each in comparison.differences)
    changed = many(len(comparison.differences), "finding") if comparison.differences else "nothing"
    return (
        f"since {comparison.started} ({comparison.verdict}): {changed} changed"
        f"{f', {worse} for the worse' if worse else ''}"
    )


def commands_of(fix: str) -> list[str]:
    """Return the commands that a fix names, ready to be copied: the one it begins with, and those in backticks."""
    head = re.split(r"\s{2,}| \(|[,;] (?:or|then|and) |\n|`", fix, maxsplit=1)[0].strip()
    named = [head, *re.findall(r"`([^`]+)`", fix)]
    return list(dict.fromkeys(each for each in named if _is_command(each)))


def in_lines(fix: str) -> list[str]:
    """Return a fix with what is to be done on a line of its own, ready to be copied, and the words beside it below."""
    action, gap, beside = fix.partition("   (")
    if not gap:
        return [fix]
    depth = 1
    for at, letter in enumerate(beside):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if not depth:
            return [action, beside[:at], *([rest] if (rest := beside[at + 1 :].lstrip(",; ")) else [])]
    return [action, beside]


_COMMAND: Final = re.compile(r"(gcloud|provision|curl|export|unset|terraform|make|kubectl|bq|gsutil|pip)\s\S")


def _is_command(text: str) -> bool:
    return _COMMAND.match(text) is not None


def names_command(text: str) -> bool:
    """Whether a command is somewhere in a text, which must stay whole to be copied."""
    return re.search(rf"(?<!\S)`?{_COMMAND.pattern}", text) is not None


def waited_s(run: Run) -> float:
    """Return the seconds in which something was waited for; waits that overlap count once."""
    total, end = 0.0, 0.0
    for wait in run.waits:
        until = wait.started_s + wait.duration_s
        total += max(0.0, until - max(end, wait.started_s))
        end = max(end, until)
    return total
