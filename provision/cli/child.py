"""Run somebody else's command as our child."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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
        code = process.wait()
    except OSError as error:
        click.echo(f"Error: {words[0]} cannot be run\n  cause: {error.strerror}\n  fix: check the spelling", err=True)
        return 127 if isinstance(error, FileNotFoundError) else 126
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def _terminal_tells_both() -> bool:
    """Tell whether Ctrl-C reaches the command without us, because both are the terminal's foreground."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False
