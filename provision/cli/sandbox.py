"""``provision sandbox``: Run Google Cloud on this machine.

The emulator is a package of its own; this is its command line, under this tool's name.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from provision.cli.child_process import watched
from provision.errors import ProvisionError, UsageError

try:
    from gcp_emulator import readyfile
    from gcp_emulator.cli import command
except ImportError as error:
    raise UsageError(
        "the sandbox cannot run",
        cause=f"packages are not installed: gcp-emulator ({error})",
        fix="pip install 'vertex-provision[sandbox]'",
    ) from error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["attached", "attached_or_private", "command"]

_START = "provision sandbox serve --detach"


def attached() -> Path:
    """Return the ready file of the sandbox that runs.

    Raises:
        UsageError: none does.
    """
    try:
        readyfile.attach(readyfile.state_file())
    except readyfile.NotRunningError as error:
        raise UsageError(
            "--sandbox needs a sandbox that goes on running", cause=f"{error.what}: {error.cause}", fix=_START
        ) from error
    return readyfile.state_file()


@contextmanager
def attached_or_private(progress: Callable[[str], None]) -> Iterator[Path]:
    """Yield the ready file of the sandbox that runs, else of one that lives as long as the caller needs it.

    Raises:
        ProvisionError: one had to be started, and did not.
    """
    try:
        readyfile.attach(readyfile.state_file())
    except readyfile.NotRunningError:
        progress("no sandbox is running: starting one for this command")
    else:
        yield readyfile.state_file()
        return
    with tempfile.TemporaryDirectory(prefix="provision-") as folder:
        ready_file = Path(folder) / "ready.json"
        # A state folder of its own, so that no one else attaches to it.
        with watched(folder) as watch:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "gcp_emulator", "serve", "--ready-file", str(ready_file)],
                env=os.environ | {"XDG_STATE_HOME": folder},
                stdout=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us; it is stopped when we are done, and when we are killed
            )
            watch(process.pid)
            try:
                _await(ready_file, process)
                yield ready_file
            finally:
                process.terminate()
                process.wait()


def _await(ready_file: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while not ready_file.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise ProvisionError(
                "the sandbox did not start", cause="its own message is above", fix="try `provision sandbox serve`"
            )
        time.sleep(0.01)
