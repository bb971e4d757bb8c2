"""What limits a project has been granted instead of Google's defaults: its quota preferences.

They are written by `services/cloudquotas/preferences.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.store import State

UNLIMITED: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A quota preference: what a project would like a limit to be.

    Args:
        key: `<project number>/<id>`.
        number: the project's.
        service: the API.
        quota: the quota's id.
        dimensions: where it holds; none is everywhere.
        preferred: the value asked for; -1 is without a limit.
        before: what was in force until it was decided.
        approved: whether it is granted once it is decided.
        decided: when that is (sandbox time).
        message: the fields that are only kept: annotations, justification.
        trace: the number of the request, where it asks for more.
        created: when it was first made.
        updated: when it was last changed.
        stamp: grows with every change, also while the clock is: what its etag is made of.
    """

    key: str
    number: str
    service: str
    quota: str
    dimensions: dict[str, str]
    preferred: int
    before: int
    approved: bool
    decided: float
    message: dict[str, Any]
    trace: str
    created: float
    updated: float
    stamp: int = 0

    def granted(self, now: float) -> int:
        """Return the value in force at a moment."""
        return self.preferred if self.approved and now >= self.decided else self.before


PREFERENCES: Final = Table("cloudquotas.preferences", Preference, key="key")


class Limited(Protocol):
    """A limit, of whichever kind."""

    @property
    def service(self) -> str:
        """The API."""

    @property
    def id(self) -> str:
        """The quota's id."""

    @property
    def default(self) -> int:
        """What a project has unless it was granted another."""


def in_force(state: State, number: str, limit: Limited, region: str) -> int:
    """Return the value of a limit for a project in a region: Google's default, unless it was granted another.

    A preference for the region goes before one for all of them: `QuotaPreference.dimensions`,
    google/api/cloudquotas/v1/resources.proto
    """
    value = limit.default
    for row in _overrides(state).get((limit.service, limit.id), {}).get(number, ()):
        if row.dimensions.get("region") == region:
            return row.granted(state.clock.now())
        if not row.dimensions:
            value = row.granted(state.clock.now())
    return value


def _overrides(state: State) -> dict[tuple[str, str], dict[str, list[Preference]]]:
    """Return the preferences by quota and project."""
    rows = state[PREFERENCES]
    version, known = state.memo.get("quotas.overrides", (-1, {}))
    if version != rows.version:
        known = {}
        for row in rows:
            known.setdefault((row.service, row.quota), {}).setdefault(row.number, []).append(row)
        state.memo["quotas.overrides"] = (rows.version, known)
    found: dict[tuple[str, str], dict[str, list[Preference]]] = known
    return found
