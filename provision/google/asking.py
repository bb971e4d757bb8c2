"""Make calls whose error is an answer too: one, or several at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from provision.concurrency import DeadlinePassed, run_all
from provision.errors import ApiError, CommandTimeout, ErrorStatus, NoAnswer, NotSent, TokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Answer = TypeVar("Answer")


def ask(call: Callable[[], Answer]) -> Answer | NoAnswer:
    """Make a call; an error is an answer too, but not that there was no token: then nothing was asked.

    Raises:
        CommandTimeout: there is no time left to ask anything.
    """
    try:
        return call()
    except CommandTimeout:
        raise
    except TokenError as error:
        return NotSent(because=error.status)
    except ApiError as error:
        return error.status


def raised(answer: NoAnswer) -> ApiError:
    """Return what to raise where nothing can be done without the answer."""
    return TokenError(answer.told) if isinstance(answer, NotSent) else ApiError(answer.told)


def ask_for_token(call: Callable[[], Answer]) -> Answer | ErrorStatus:
    """Find the credentials or get a token for them; what is in the way is the answer to that very question."""
    try:
        return call()
    except ApiError as error:
        return error.status


def ask_all(calls: Mapping[str, Callable[[], Any]], *, deadline_s: float) -> dict[str, Any]:
    """Make several calls at once; an error is an answer too, and so is silence (status ``TIMEOUT``).

    Raises:
        Exception: whatever a call raised that is no error.
    """
    answers = run_all({name: partial(ask, call) for name, call in calls.items()}, deadline_s=deadline_s)
    for name, answer in answers.items():
        if isinstance(answer, DeadlinePassed):
            answers[name] = ErrorStatus(service="Google Cloud", method=name, status="TIMEOUT", message=str(answer))
        elif isinstance(answer, Exception):
            raise answer
    return dict(answers)
