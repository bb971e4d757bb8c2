"""The private directory of a sandbox that keeps no state on disk: keys, token, ready file.

It goes with its sandbox. One that was killed could not tidy up, so the next to start removes what it left:
directories of this user, by their name ours, whose process has ended and which no one holds locked (a
process of another container may have the same number).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

PREFIX: Final = "gcp-emulator-"
OURS: Final = re.compile(PREFIX + r"(\d+)-\w+")
LOCK: Final = "lock"


class PrivateDirectory:
    """A new directory for its owner's eyes only, locked as long as it is used."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def remove_stale() -> list[Path]:
    """Remove what killed sandboxes of this user left behind; return what was."""
    removed = []
    with contextlib.suppress(OSError):
        for path in Path(tempfile.gettempdir()).iterdir():
            name = OURS.fullmatch(path.name)
            if name and not _alive(int(name[1])) and _is_own(path) and not _locked(path):
                shutil.rmtree(path, ignore_errors=True)
                removed.append(path)
    return removed


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _is_own(path: Path) -> bool:
    """Tell whether it is a real directory of this user."""
    with contextlib.suppress(OSError):
        return not path.is_symlink() and path.is_dir() and path.stat().st_uid == os.getuid()
    return False


def _locked(path: Path) -> bool:
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(lock)
