"""Run blocking calls side by side, each in a thread that never keeps the process alive.

The executors of the standard library join their threads at exit, so that one silent server would hold up an
interrupted command; these threads are daemons.
"""

from __future__ import annotations

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
