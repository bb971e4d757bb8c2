"""Check again and again, for a pipeline that comes right after an `apply`.

Only what waiting can fix is waited for: what the diagnoses call retryable, or settling after a change. Anything else
ends it at once, and so does the deadline. Ready means usable: the data plane has answered several times in a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.commands.check import chosen, close
from provision.commands.run import COSTS_MONEY, Flow
from provision.diagnoses import by_key
from provision.errors import NoAnswer
from provision.plan import Check
from provision.steps import services

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Check, Run

_FIRST_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 10.0
# A right that was just granted can take some minutes; one that no one granted would be waited for in vain.
# https://cloud.google.com/iam/docs/access-change-propagation
_GRANT_LAG_S: Final = 120.0


def check_until_ready(
    config: Config, clients: Clients, *, wait_s: float, only: Iterable[str] = (), skip: Iterable[str] = ()
) -> Run:
    """Check until everything is ready, until something is in the way that waiting cannot fix, or for ``wait_s``.

    The model is asked only when nothing else is in the way, so that waiting costs nothing.

    Raises:
        UsageError: ``only`` or ``skip`` name something that does not exist.
    """
    choice = chosen(only, skip)
    names = choice.steps
    flow = Flow("check", config, clients)
    began = clients.clock()
    pause = _FIRST_PAUSE_S
    clients.progress(f"asking {config.target.name} about {config.project_id}")
    while True:
        observed = flow.observe(name for name in names if name != COSTS_MONEY)
        run = close(flow, observed, choice)
        if not any(check.required for check in run.standing):
            refused = _refused_in_a_row(config, clients) if "services" in names else None
            if refused is not None:
                run = close(
                    flow, observed, choice, instead=[services.invalid("Vertex AI does not answer every time", refused)]
                )
            elif COSTS_MONEY in names:
                clients.progress(f"asking {config.model}")
                observed |= flow.observe((COSTS_MONEY,))
                run = close(flow, observed, choice)
        waited = clients.clock() - began
        cause = run.root_cause
        # What is only advisory need not pass: an answer of the model proves the whole path.
        needed = [check for check in run.standing if check.required] or run.standing
        # What is blocked goes with what blocks it; where that is waived, it is there to stay.
        helps = cause is not None and cause.status != "waived" and all(_can_pass(check, waited) for check in needed)
        if cause is None or not run.standing or waited >= wait_s or not helps:
            return run
        clients.progress(f"waiting for {cause.id}: {cause.summary}, {waited:.0f} of {wait_s:.0f} s")
        clients.wait(min(pause, max(0.0, wait_s - waited)), cause.id)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)


def _can_pass(check: Check, waited_s: float) -> bool:
    """Whether waiting can still fix it; a symptom goes with its cause, which is evaluated itself."""
    if check.status == "blocked":
        return True
    row = by_key(check.diagnosis) if check.diagnosis else None
    if row is None or not (row.settles or row.retryable):
        return False
    return row.settles or row.fix_owner == "google" or waited_s < _GRANT_LAG_S


def _refused_in_a_row(config: Config, clients: Clients) -> NoAnswer | None:
    """Ask the data plane until it has answered as often as makes it usable; return an error, if one comes."""
    if services.VERTEX_AI not in config.services:
        return None
    for number in range(config.usable_answers):
        if number:
            clients.wait(config.usable_interval_s, f"{config.usable_answers} answers in a row")
        clients.progress(f"{services.VERTEX_AI}: {number} of {config.usable_answers} answers in a row")
        answer = services.answers_once(config, clients)
        if isinstance(answer, NoAnswer):
            return answer
    return None
