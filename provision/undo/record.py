"""The record of one `destroy`: every resource that is ours by the journal, and what became of it. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from provision.plan import Change, Check
    from provision.undo import OwnedResource

Outcome = Literal["planned", "undone", "deleted", "retained", "unknown", "failed"]
SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Undoing:
    """One resource that is ours by the journal, and what becomes of it."""

    owned: OwnedResource
    change: Change
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Undone:
    """Everything that `destroy` saw and did."""

    target: str
    target_address: str
    project_id: str
    items: tuple[Undoing, ...]
    notes: tuple[Check, ...] = ()
    unread: bool = False

    @property
    def exit_code(self) -> int:
        """0 done, or nothing to do; 1 something failed; 3 something could not be seen, or not read in the journal."""
        outcomes = {item.outcome for item in self.items}
        return 1 if "failed" in outcomes else 3 if "unknown" in outcomes or self.unread else 0

    @property
    def planned(self) -> tuple[Change, ...]:
        """What is to be done, in order."""
        return tuple(item.change for item in self.items if item.outcome == "planned")
