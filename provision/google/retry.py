"""Make a call again that was refused with what passes by itself, where only the caller of a method can tell.

What is transient for every method is the transport's own business (`Transport.call`).
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from provision.errors import ApiError, ErrorStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.google.transport import Transport

Answer = TypeVar("Answer")


def retry(
    transport: Transport,
    what: str,
    call: Callable[[], Answer],
    can_help: Callable[[ErrorStatus], bool],
    *,
    deadline_s: float,
    first_pause_s: float = 1.0,
    longest_pause_s: float = 15.0,
) -> Answer:
    """Make a call until it is answered, with pauses that double and differ by chance.

    Args:
        what: the method, as the note of a wait names it.
        can_help: whether an error passes by itself.

    Raises:
        ApiError: another error came, or the deadline passed.
    """
    end = time.monotonic() + deadline_s
    pause = first_pause_s
    while True:
        try:
            return call()
        except ApiError as error:
            if not can_help(error.status) or time.monotonic() + pause > end:
                raise
            refused = error.status
        chance = random.uniform(0.3, 1)  # noqa: S311 - not a secret: those who met must not meet again
        transport.wait(pause * chance, f"another try of {what} ({refused.reason or refused.status})")
        pause = min(pause * 2, longest_pause_s)
