"""Let a finding be for a while, where someone answers for it; and say where that time is over.

A waiver names one check. While it holds, that check's `fail`, `warn` or `unknown` is `waived`, which is in
no one's way. What is blocked by a waived check stays blocked: a waiver says that a finding is known, not that what
needs it works.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from provision.checks import CheckSpec, Explanation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from provision.plan import Check, Waiver

EXPIRED: Final = CheckSpec(
    id="waivers.valid",
    passes_when="No waiver has expired.",
    evidence={"*": "person"},  # who answers for it and why, by the id of the check
)
UNUSED: Final = CheckSpec(
    id="waivers.used", passes_when="Every waiver still has something to waive.", weight="advisory"
)
CHECKS: Final = (EXPIRED, UNUSED)


def holds(waiver: Waiver, today: date) -> bool:
    """Whether a waiver still holds; on its last day it does."""
    return today.isoformat() <= waiver.expires


def waive(checks: Iterable[Check], waivers: Iterable[Waiver], today: date) -> tuple[Check, ...]:
    """Mark what someone has waived."""
    valid = {waiver.check: waiver for waiver in waivers if holds(waiver, today)}
    return tuple(
        replace(check, status="waived", waiver=valid[check.id])
        if check.id in valid and check.status in {"fail", "warn", "unknown"}
        else check
        for check in checks
    )


def notes(checks: Iterable[Check], seen: Iterable[str], waivers: Iterable[Waiver], today: date) -> list[Check]:
    """Return a failure for what has expired, and a warning for what waives nothing any more.

    Args:
        checks: the findings of the run.
        seen: the steps that were looked at; of the others nothing is said.
    """
    passed = {check.id for check in checks if check.status == "pass"}
    seen = set(seen)
    applicable = [waiver for waiver in waivers if waiver.check.partition(".")[0] in seen]
    expired = [waiver for waiver in applicable if not holds(waiver, today)]
    unused = [waiver for waiver in applicable if holds(waiver, today) and waiver.check in passed]
    found = []
    if expired:
        decided: dict[str, Any] = {each.check: f"{each.owner}: {each.reason}" for each in expired}
        found.append(
            EXPIRED.failed(
                "expired: "
                + ", ".join(f"the waiver of {each.check} by {each.owner} on {each.expires}" for each in expired),
                Explanation(
                    cause="Someone decided to live with it for a while, and the time is over.",
                    fix="fix the finding and remove the waiver from provision.yaml, or agree with its owner on a new"
                    " date",
                    owner="you",
                ),
                **decided,
            )
        )
    if unused:
        found.append(
            UNUSED.warned(
                f"nothing left to waive: {', '.join(each.check for each in unused)}",
                Explanation(
                    cause="The check passes without the waiver, which would hide it if it failed again.",
                    fix="remove the waiver from provision.yaml",
                    owner="you",
                ),
            )
        )
    return found
