"""Ask a model for one token: the cheapest question that tells whether it answers there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from provision.chat.client import Chat
from provision.chat.faults import how_it_ended
from provision.chat.reader import malformed
from provision.errors import ApiError, ErrorStatus

if TYPE_CHECKING:
    from provision.chat.serving import Serving
    from provision.google.transport import Transport

Outcome = Literal["answers", "throttled", "not there", "refused", "no answer"]

PROMPT: Final = "Hi"
_SILENCE: Final = frozenset({"TIMEOUT", "UNREACHABLE", "MALFORMED_RESPONSE"})


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What became of one question.

    Attributes:
        outcome: ``throttled`` is an answer too: everything but the quota is in order.
        first_token_s: seconds until the first token; None if none came.
        error: what was said instead of an answer.
    """

    outcome: Outcome
    first_token_s: float | None = None
    error: ErrorStatus | None = None


class Prober:
    """Asks models at one place; costs a token or two each time."""

    def __init__(self, transport: Transport, serving: Serving) -> None:
        self._chat = Chat(transport, serving)

    def ask(self, model: str = "") -> Probe:
        """Ask ``model``, or the one that is served here, for one token."""
        try:
            answer = self._chat.complete(model, PROMPT, max_tokens=1)
        except ApiError as error:
            return Probe(outcome=_outcome(error.status), error=error.status)
        fault = how_it_ended(answer)
        if fault is not None:
            return Probe(outcome="no answer", error=malformed(fault.summary))
        return Probe(outcome="answers", first_token_s=answer.first_token_s)


def _outcome(error: ErrorStatus) -> Outcome:
    if error.status == "RESOURCE_EXHAUSTED":
        return "throttled"
    # In a region that does not have the model, Vertex AI answers 400 and not 404.
    if error.code == 404 or "not servable in region" in error.message:
        return "not there"
    return "no answer" if error.status in _SILENCE or error.code >= 500 else "refused"
