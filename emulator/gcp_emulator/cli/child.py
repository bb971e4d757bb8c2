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

    Where no terminal is there to tell who is in its foreground, the command gets a process group of its own, and what
    it started (`sh -c`) gets the signals too.

    127 if there is no such command, 126 if it cannot be run, 128 + N if signal N ended it. ``folder``: see `watched`.
    """
    early: list[int] = []
    process: subprocess.Popen[bytes] | None = None
    with_group = not _has_terminal()

    def send(to: subprocess.Popen[bytes], number: int) -> None:
        if not with_group:
            to.send_signal(number)
        elif to.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(to.pid, number)

    def pass_on(number: int, _frame: object) -> None:
        if process is None:
            early.append(number)
        elif number != signal.SIGINT or not _terminal_tells_both():
            send(process, number)

    handled = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in handled}
    try:
        with watched(folder) as watch:
            process = subprocess.Popen(words, env=dict(environment), process_group=0 if with_group else None)
            watch(process.pid)
            for number in early:
                send(process, number)
            code = process.wait()
    except OSError as error:
        click.echo(f"Error: {words[0]} cannot be run\n  cause: {error.strerror}\n  fix: check the spelling", err=True)
        return 127 if isinstance(error, FileNotFoundError) else 126
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


# Of a command with a group of its own, all that is in it; else what descends from it, the last first.
_WATCH: Final = """
tree() {
  for child in $(ps -A -o pid= -o ppid= | awk -v parent="$1" '$2 == parent { print $1 }'); do tree "$child"; done
  echo "$1"
}
read -r command && { read -r _; kill -s TERM -- "-$command" || kill -s TERM $(tree "$command"); }
if [ -n "$1" ]; then rm -rf -- "$1"; fi
"""


@contextmanager
def watched(folder: str = "") -> Iterator[Callable[[int], None]]:
    """Have the command, and what it started, told to stop (SIGTERM) if we are killed: no one could pass a signal on.

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


def _has_terminal() -> bool:
    """Tell whether a terminal controls this session: a command in a group of its own could not read from it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _terminal_tells_both() -> bool:
    """Tell whether Ctrl-C reaches the command without us, because both are the terminal's foreground."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
