"""`serve --detach`: an emulator in a process of its own, which lives on when the terminal is closed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import readyfile
from gcp_emulator.cli.attached import found
from gcp_emulator.cli.failure import Failure

if TYPE_CHECKING:
    from pathlib import Path

_START: Final = 60.0
"""Seconds it may take; a large seed file on a busy machine needs some."""


def start(arguments: list[str]) -> tuple[dict[str, Any], Path]:
    """Start `serve` with these options, and return its ready file's content and its log once it answers.

    Raises:
        Failure: it does not start; what it said is the cause.
    """
    record = readyfile.state_file()
    log = record.with_name(f"serve-{os.getpid()}.log")
    _remove_old_logs(record.parent)
    try:
        record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Failure(
            "the sandbox did not start", cause=str(error), fix="set XDG_STATE_HOME to a folder that you may write to"
        ) from error
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "gcp_emulator", "serve", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    finally:
        os.close(output)
    end = time.monotonic() + _START
    try:
        while process.poll() is None and time.monotonic() < end:
            ready = found(record)
            if ready is not None and ready["pid"] == process.pid:
                process.returncode = 0  # no one will wait for it, which Python would warn of
                return ready, log.rename(record.with_name(f"serve-{process.pid}.log"))
            time.sleep(0.05)
    finally:
        if process.returncode is None:  # it takes too long, or Ctrl-C: no one would know of it
            process.terminate()
            process.wait()
    said = log.read_text("utf-8", "replace").strip()
    log.unlink(missing_ok=True)
    raise Failure(
        "the sandbox did not start",
        cause=said.removeprefix("Error: ") or f"it did not answer within {_START:g} s",
        fix="correct what it says, and start it again",
    )


def _remove_old_logs(folder: Path) -> None:
    """Remove the logs of those that have ended."""
    for old in folder.glob("serve-*.log"):
        pid = old.stem.removeprefix("serve-")
        if not (pid.isdecimal() and readyfile.lives(int(pid))):
            old.unlink(missing_ok=True)
