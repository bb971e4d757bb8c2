"""Which APIs a project has used, as far as Google counts it by now.

Only `DisableService` asks. That it reads the metrics of consumption, which are visible up to half an hour after the
call, is assumed; so an API that was first called a moment ago can still be disabled.

https://docs.cloud.google.com/monitoring/api/v3/latency-n-retention
"""

from __future__ import annotations

from typing import Final

COUNTED_FOR: Final = 30 * 24 * 3600.0
"""How long a service that was used counts as one, in sandbox seconds."""

VISIBLE_AFTER: Final = 1800.0
"""How long it takes until a use is seen, in sandbox seconds."""


class Uses:
    """The first and the last use of each API by each project, of those that do not lie too far apart."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], tuple[float, float]] = {}

    def note(self, number: str, service: str, now: float) -> None:
        """Note a call that was charged to a project."""
        first, last = self._seen.get((number, service), (now, now))
        self._seen[number, service] = (first if now - last < COUNTED_FOR else now, now)

    def counts(self, number: str, service: str, now: float) -> bool:
        """Whether a project counts as using a service."""
        first, last = self._seen.get((number, service), (now, now))
        return first <= now - VISIBLE_AFTER and last >= now - COUNTED_FOR

    def clear(self) -> None:
        """Begin anew, as a restart does."""
        self._seen.clear()
