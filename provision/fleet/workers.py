"""Many projects at once, each in turn by one of some threads."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Item = TypeVar("Item")
_HEARD_S: Final = 0.2  # how soon Ctrl-C is heard


def run_each(items: Iterable[Item], do: Callable[[Item], object], *, threads: int) -> None:
    """Do something with each item, several at once; once one raises, or it is interrupted, no other is begun.

    What was begun is waited for where one raised, and left to itself where a person interrupts.

    Raises:
        BaseException: what the first of them raised.
    """
    waiting: SimpleQueue[Item] = SimpleQueue()
    for item in items:
        waiting.put(item)
    stopped: list[BaseException] = []
    workers = [
        threading.Thread(target=_work, args=(waiting, do, stopped), name=f"provision-fleet-{number}", daemon=True)
        for number in range(min(threads, waiting.qsize()))
    ]
    for worker in workers:
        worker.start()
    try:
        while any(worker.is_alive() for worker in workers):
            workers[0].join(_HEARD_S)
            workers.append(workers.pop(0))
    except BaseException as error:
        stopped.append(error)
        raise
    if stopped:
        raise stopped[0]


def _work(waiting: SimpleQueue[Item], do: Callable[[Item], object], stopped: list[BaseException]) -> None:
    """Take one item after the other until there is none, or something is in ``stopped``."""
    while not stopped:
        try:
            item = waiting.get_nowait()
        except Empty:
            return
        try:
            do(item)
        except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
            stopped.append(error)
