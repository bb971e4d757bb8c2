"""Wait until something can really be used: what was granted or enabled is proven by a probe of what it is for."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision.clients import ask, raised
from provision.errors import ApiError, ErrorStatus, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.clients import Clients

# Times the interval. Many grants are there after a moment, and others after minutes.
_FIRST: Final = 0.3
_GROWTH: Final = 1.6
_LONGEST: Final = 3.0


@dataclass(frozen=True, kw_only=True)
class Settled:
    """How long it took until the first of the answers in a row, in seconds, and how many errors came before."""

    after_s: float
    errors: int

    def __str__(self) -> str:
        return f"usable after {self.after_s:.1f} s (errors on the way: {self.errors})"


def until_usable(
    clients: Clients,
    what: str,
    probe: Callable[[], object],
    can_settle: Callable[[ErrorStatus, float], bool],
    *,
    deadline_s: float,
    answers: int = 1,
    interval_s: float = 1.0,
) -> Settled:
    """Probe until it was answered several times in a row.

    Args:
        what: what is waited for, as the progress line and the journal name it.
        probe: a call of the kind that it will be used for.
        can_settle: whether an error passes by itself, the given seconds after the start; any other ends the wait.
        answers: so many in a row; what propagates flaps.
        interval_s: between two probes; after an error it is a third of that, and grows to three times as much, each
            time a little by chance.

    Raises:
        ApiError: an error that does not pass, or the deadline did (status ``TIMEOUT``, reason ``NOT_USABLE_IN_TIME``).
    """
    began = clients.clock()
    in_a_row = errors = 0
    first_answer = 0.0
    last: ErrorStatus | None = None
    usual = clients.expected_s(what)
    message = f", usually {usual:.0f} s" if usual is not None else ""
    while True:
        answer = ask(probe)
        waited = clients.clock() - began
        if isinstance(answer, NoAnswer):
            if not isinstance(answer, ErrorStatus) or not can_settle(answer, waited):
                raise raised(answer)
            in_a_row, errors, last = 0, errors + 1, answer
        else:
            first_answer = first_answer if in_a_row else waited
            in_a_row += 1
            if in_a_row >= answers:
                return Settled(after_s=round(first_answer, 3), errors=errors)
        clients.progress(f"waiting for {what}: {in_a_row} of {answers} answers in a row, {waited:.0f} s{message}")
        pause = interval_s
        if not in_a_row:
            chance = random.uniform(0.7, 1)  # noqa: S311 - not a secret: those who met must not meet again
            pause *= min(_FIRST * _GROWTH ** (errors - 1), _LONGEST) * chance
        if waited + pause > deadline_s:
            raise ApiError(
                ErrorStatus(
                    service=last.service if last else "Google Cloud",
                    method=last.method if last else "Probe",
                    status="TIMEOUT",
                    reason="NOT_USABLE_IN_TIME",
                    message=f"{what} was not usable within {deadline_s:g} s"
                    f" ({errors} errors; the last: {last.reason or last.status if last else 'none'}).",
                )
            )
        clients.wait(pause, f"{what} to become usable")
