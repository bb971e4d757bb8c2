"""The only reader of time.

Everything the sandbox does takes its time from here, so that a test can turn an hour into a keystroke.
The sandbox's clock is real (one second is one second), scaled (`60x`: a minute passes each second) or
stepped (it is until someone moves it). Only a JWT's own `iat` and `exp` are evaluated by the host's
clock, because google-auth signs them with it, and latency is slept in host seconds.
Tokens age no faster than the clock of the client that keeps them, see `client_now`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Final

REAL: Final = "real"
SCALED: Final = "scaled"
STEPPED: Final = "stepped"


class Clock:
    """Sandbox time in Unix seconds.

    Args:
        scale: sandbox seconds per host second; 0 stops the clock until `advance` moves it.
    """

    __slots__ = ("_anchor_client", "_anchor_host", "_anchor_now", "_date", "scale")

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._anchor_host = time.time()
        self._anchor_now = self._anchor_client = self._anchor_host
        self._date = (0, b"")

    @property
    def mode(self) -> str:
        """Real, scaled or stepped."""
        if self.scale == 0:
            return STEPPED
        return REAL if self.scale == 1 else SCALED

    def now(self) -> float:
        """Return the sandbox's time."""
        return self._anchor_now + (time.time() - self._anchor_host) * self.scale

    def client_now(self) -> float:
        """Return the time by which tokens age: it is advanced as this clock is, but goes no faster than the host's.

        A client counts the seconds of `expires_in` on its own clock. If its token aged by a clock of 60x, it would
        be refused after a minute that the client takes for the first of sixty.
        """
        return self._anchor_client + (time.time() - self._anchor_host) * min(self.scale, 1.0)

    def host_time(self, client_time: float) -> float:
        """Return when a moment of `client_now` comes on the host's clock, for a client that is told a date."""
        return client_time - self.client_now() + time.time()

    def advance(self, seconds: float) -> None:
        """Move the clock forward; it goes on at its own speed from there."""
        if seconds < 0:
            raise ValueError(f"a clock only goes forward, not by {seconds:g} seconds")
        self._anchor(self.now() + seconds, self.client_now() + seconds)

    def rescale(self, scale: float) -> None:
        """Go on at another speed from now on; 0 stops the clock."""
        if scale < 0:
            raise ValueError("a clock only goes forward")
        self._anchor(self.now(), self.client_now())
        self.scale = scale

    def not_before(self, moment: float, client_moment: float) -> None:
        """Continue at these if they lie ahead: a state that is loaded again has not grown younger."""
        self._anchor(max(moment, self.now()), max(client_moment, self.client_now()))

    def _anchor(self, now: float, client_now: float) -> None:
        self._anchor_host = time.time()
        self._anchor_now = now
        self._anchor_client = client_now

    def host(self) -> float:
        """Return the host's own time, for what is signed elsewhere."""
        return time.time()

    def stopwatch(self) -> float:
        """Return host seconds from an arbitrary start, for measuring."""
        return time.perf_counter()

    def http_date(self) -> bytes:
        """Return the host's time as the `Date` header of an answer."""
        second = int(time.time())
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True).encode())
        return self._date[1]


def timestamp(moment: float) -> str:
    """Write a moment as proto-JSON writes a Timestamp: UTC, microseconds, `Z`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_scale(text: str) -> float:
    """Read `1x`, `60x`, `0.5x` or `stepped` (a clock that is frozen until it is moved).

    Raises:
        ValueError: it is none of these.
    """
    if text == STEPPED:
        return 0.0
    scale = float(text.removesuffix("x"))
    if not 0 <= scale <= 1_000_000:  # also refuses NaN
        raise ValueError(text)
    return scale
