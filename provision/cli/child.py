"""Run somebody else's command as our child."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def run_child(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end and return its exit code, passing on the signals that are meant for it.

    127 if there is no such command, 126 if it cannot be run, 128 + N if signal N ended it.
    """
    early: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _frame: object) -> None:
        if process is None:
            early.append(number)
        elif number != signal.SIGINT or not _terminal_tells_both():
            process.send_signal(number)

    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in handled}
    try:
        process = subprocess.Popen(words, env=dict(environment))
        for number in early:
            process.send_signal(number)
        with _outliving_nobody(process):
            code = process.wait()
    except OSError as error:
        click.echo(f"Error: {words[0]} cannot be run\n  cause: {error.strerror}\n  fix: check the spelling", err=True)
        return 127 if isinstance(error, FileNotFoundError) else 126
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


@contextmanager
def _outliving_nobody(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Have the command told to stop (SIGTERM) if we are killed: nobody could pass a signal on then.

    A shell waits at a pipe that only we hold the other end of, in a session of its own, so that what is meant for
    the command does not end it.
    """
    watch = ["sh", "-c", 'read -r _; kill -TERM "$0"', str(process.pid)]
    try:
        watcher = subprocess.Popen(
            watch,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:  # there is no shell: then the command outlives us
        yield
        return
    with watcher:
        try:
            yield
        finally:
            watcher.kill()  # before its pipe closes: the command's number may be another's by now


def _terminal_tells_both() -> bool:
    """Tell whether Ctrl-C reaches the command without us, because both are the terminal's foreground."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
