"""What was asked in the current minute of the emulator's clock; a restart begins anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MINUTE: Final = 60.0


@dataclass(slots=True)
class Counters:
    """Counts by key, all of them of one minute."""

    minute: int = -1
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)

    def over(self, now: float, key: tuple[str, ...], cost: int, most: int) -> bool:
        """Count, unless that would be too much: a refused call costs nothing.

        Args:
            now: seconds of the emulator's clock.
            key: what is counted together.
            cost: how much this call counts.
            most: what a minute may come to; negative where there is no limit.
        """
        minute = int(now // MINUTE)
        if minute != self.minute:
            self.minute = minute
            self.counts.clear()
        count = self.counts.get(key, 0) + cost
        if 0 <= most < count:
            return True
        self.counts[key] = count
        return False
