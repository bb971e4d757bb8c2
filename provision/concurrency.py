"""Run blocking calls side by side, each in a thread that never keeps the process alive.

The executors of the standard library join their threads at exit, so that one silent server would hold up an
interrupted command; these threads are daemons.
"""

from __future__ import annotations

import contextvars
import math
import queue
import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Key = TypeVar("Key")
Result = TypeVar("Result")


class DeadlinePassed(TimeoutError):
    """The answer had not come when the deadline passed."""


class Deadline:
    """The moment at which a whole command must have ended, by the monotonic clock; there is none without seconds."""

    def __init__(self, seconds: float = math.inf) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left_s(self) -> float:
        """Return the seconds that are left, never less than none."""
        return max(0.0, self._end - time.monotonic())


def within(seconds: float, function: Callable[[], Result]) -> Result:
    """Call a function that may block in many places, and wait for it so long and no longer.

    It runs in a thread of its own, in this one's context, which is left to itself when the time is up: what it reads
    must have an end of its own.

    Raises:
        DeadlinePassed: it had not returned in time.
        BaseException: what it raised.
    """
    answers: queue.SimpleQueue[tuple[bool, Result | BaseException]] = queue.SimpleQueue()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            answers.put((True, context.run(function)))
        except BaseException as error:  # noqa: BLE001 - raised below, in the caller's thread
            answers.put((False, error))

    threading.Thread(target=run, name="provision-call", daemon=True).start()
    try:
        good, answer = answers.get(timeout=None if seconds == math.inf else seconds)
    except queue.Empty:
        raise DeadlinePassed(f"no whole answer within {seconds:g} s") from None
    if good:
        return answer  # type: ignore[return-value] # what the function returned
    raise answer  # type: ignore[misc] # what it raised


def run_all(tasks: Mapping[Key, Callable[[], Result]], *, deadline_s: float) -> dict[Key, Result | Exception]:
    """Run all tasks at once and wait for them.

    Args:
        tasks: what to run, by name.
        deadline_s: seconds after which the rest counts as not answered; ``math.inf`` waits for all.

    Raises:
        BaseException: what stopped a task and is no ordinary error, such as `SystemExit`.

    Returns:
        each task's result, the exception it raised, or `DeadlinePassed`, in the order of ``tasks``.
    """
    answers: queue.SimpleQueue[tuple[Key, Result | BaseException]] = queue.SimpleQueue()

    def run(key: Key, task: Callable[[], Result]) -> None:
        try:
            answers.put((key, task()))
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who evaluates it
            answers.put((key, error))

    for key, task in tasks.items():
        threading.Thread(target=run, args=(key, task), name=f"provision-{key}", daemon=True).start()

    results: dict[Key, Result | Exception] = {}
    end = time.monotonic() + deadline_s
    while len(results) < len(tasks):
        try:
            key, answer = answers.get(timeout=None if end == math.inf else max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        if isinstance(answer, BaseException) and not isinstance(answer, Exception):
            raise answer
        results[key] = answer
    late = DeadlinePassed(f"no answer within {deadline_s:g} s")
    return {key: results.get(key, late) for key in tasks}
