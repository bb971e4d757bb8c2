"""Which APIs a project has used, as far as Google counts it by now.

Only `DisableService` asks. That it reads the metrics of consumption, which are visible up to half an hour after the
call, is assumed; so an API that was first called a moment ago can still be disabled.

https://docs.cloud.google.com/monitoring/api/v3/latency-n-retention
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.store import State

COUNTED_FOR: Final = 30 * 24 * 3600.0
"""How long a service that was used counts as one, in sandbox seconds."""

VISIBLE_AFTER: Final = 1800.0
"""How long it takes until a use is seen, in sandbox seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The first and the last use of an API by a project, of those that do not lie too far apart (sandbox time).

    The key is `<project number>/<service>`. The last is that of the half hour: to write each would slow every call.
    """

    key: str
    first: float
    last: float


USAGE: Final = Table("serviceusage.uses", Use, key="key", secret=True)  # who reads a state changes nothing in it


def note(state: State, number: str, service: str, now: float) -> None:
    """Note a call that was charged to a project, at most once in half an hour."""
    key = f"{number}/{service}"
    row = state[USAGE].get(key)
    if row is None or now - row.last >= COUNTED_FOR:
        state[USAGE].put(Use(key=key, first=now, last=now))
    elif now - row.last >= VISIBLE_AFTER:
        state[USAGE].put(replace(row, last=now))


def counts(state: State, number: str, service: str, now: float) -> bool:
    """Whether a project counts as using a service."""
    row = state[USAGE].get(f"{number}/{service}")
    return row is not None and row.first <= now - VISIBLE_AFTER and row.last >= now - COUNTED_FOR
