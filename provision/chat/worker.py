"""Ask the model from a process of its own: the openai SDK loads there while this one loads Google's clients.

Importing both takes most of a check, and a second core is nearly always idle (docs/adr/0003). Whatever goes wrong
here is no answer at all: the caller then asks by itself, as if there were no such process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from provision.chat.messages import METHOD
from provision.errors import ApiError, ErrorStatus
from provision.google.vertex import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.chat.messages import ChatRequest, Completion


class ChatWorker:
    """A process that has the SDK at hand; it answers one question at a time, and ends with its standard input."""

    def __init__(self) -> None:
        # -P: a folder `provision` or `openai` where someone happens to be is not what is meant.
        command = [sys.executable, "-P", "-m", __name__]
        # A session of its own: the Ctrl-C that is meant for us would only make it print what it was doing.
        # No one is told what goes wrong there: it is asked again here, where it can be told as what it is.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._one = threading.Lock()
        self._stopped = False

    def ask(self, request: ChatRequest) -> Completion | ErrorStatus | None:
        """Return the answer or Google's error; None where the caller has to ask by itself.

        Once stopped, it refuses: whoever still waits for an answer then must not ask again.
        """
        if not self._one.acquire(blocking=False):
            return None
        process = self._process
        try:
            assert process.stdin is not None  # noqa: S101 - opened above; tells the type checker
            assert process.stdout is not None  # noqa: S101 - likewise
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            answer: Completion | ErrorStatus | None = pickle.load(process.stdout)  # noqa: S301 - written by ourselves
        except (OSError, ValueError, EOFError, pickle.PickleError):
            if self._stopped:
                return ErrorStatus(service=SERVICE, method=METHOD, status="CANCELLED", message="no one waits any more")
            return None
        else:
            return answer
        finally:
            self._one.release()

    def stop(self) -> None:
        """End it, whatever it is doing."""
        self._stopped = True
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was never read is lost
                    pipe.close()


@contextmanager
def chat_worker() -> Iterator[ChatWorker | None]:
    """Have such a process for a while; None where it would not help or cannot be started."""
    process = None
    if sys.executable and _cores() > 1:
        try:
            process = ChatWorker()
        except OSError:
            process = None  # too many processes, for one; the question is asked anyway
    try:
        yield process
    finally:
        if process is not None:
            process.stop()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer each question until there are no more."""
    from provision.local.certificates import share

    share(os.environ)
    from provision.chat.client import answer, get_ready

    get_ready()
    while True:
        try:
            question: ChatRequest = pickle.load(questions)  # noqa: S301 - written by ourselves
        except EOFError:
            return
        result: Completion | ErrorStatus | None
        try:
            result = answer(question)
        except ApiError as error:
            result = error.status
        except Exception:  # noqa: BLE001 - whatever it is, it comes up again where it can be told
            result = None
        pickle.dump(result, answers)
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
