"""Run someone else's command as our child."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def run_child(words: Sequence[str], environment: Mapping[str, str], folder: str = "") -> int:
    """Run a command to its end and return its exit code, passing on the signals that are meant for it.

    127 if there is no such command, 126 if it cannot be run, 128 + N if signal N ended it. ``folder``: see `watched`.
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
        with watched(folder) as watch:
            process = subprocess.Popen(words, env=dict(environment))
            watch(process.pid)
            for number in early:
                process.send_signal(number)
            code = process.wait()
    except OSError as error:
        click.echo(f"Error: {words[0]} cannot be run\n  cause: {error.strerror}\n  fix: check the spelling", err=True)
        return 127 if isinstance(error, FileNotFoundError) else 126
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


_WATCH: Final = """
read -r command && { read -r _; kill -TERM "$command"; }
if [ -n "$1" ]; then rm -rf -- "$1"; fi
"""


@contextmanager
def watched(folder: str = "") -> Iterator[Callable[[int], None]]:
    """Have the command told to stop (SIGTERM) if we are killed: no one could pass a signal on then.

    ``folder``, the command's temporary one, is removed then, too: what is in it is for no one else.

    A shell waits at a pipe that only we hold the other end of, in a session of its own, so that what is meant for
    the command does not end it. Give it the command's number.
    """
    try:
        watcher = subprocess.Popen(
            ["sh", "-c", _WATCH, "gcp-emulator", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:  # there is no shell: then the command outlives us
        yield lambda _: None
        return
    with watcher, suppress(BrokenPipeError):
        try:
            yield lambda number: _tell(watcher, number)
        finally:
            watcher.kill()  # before its pipe closes: the command's number may be another's by now


def _tell(watcher: subprocess.Popen[bytes], number: int) -> None:
    if watcher.stdin is not None:
        watcher.stdin.write(b"%d\n" % number)
        watcher.stdin.flush()


def _terminal_tells_both() -> bool:
    """Tell whether Ctrl-C reaches the command without us, because both are the terminal's foreground."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
