"""The program around its commands: its streams, and the signals that end it."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gcp_emulator.cli.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if os.name == "posix" else []))
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class Program(click.Group):
    """A group that says so where its output cannot be written, and leaves nothing behind when told to end."""

    def main(self, *arguments: Any, **named: Any) -> Any:
        """Run the command line."""
        if isinstance(sys.stderr, io.TextIOWrapper) and sys.stderr is sys.__stderr__:
            sys.stderr = _Lossy(sys.stderr.buffer, encoding=sys.stderr.encoding, errors="replace", line_buffering=True)
        with _interruptible():
            try:
                return super().main(*arguments, **named)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                # What is left in the stream must not be tried again as the interpreter ends.
                sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it is for the whole run
                shown = Failure(
                    "the output cannot be written",
                    cause=error.strerror or "",
                    fix="make room there, or send it elsewhere",
                )
        shown.show()
        sys.exit(shown.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what ends a class that is just being made, Python reports as the cause of another error."""
        try:
            return super().invoke(ctx)
        except RuntimeError as error:
            if not isinstance(error.__cause__, KeyboardInterrupt):
                raise
            raise KeyboardInterrupt from None


class _Lossy(io.TextIOWrapper):
    """Standard error that loses what its disk has no room for: a message that is not read ends no command."""

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have what tells a program to end interrupt the command; a hangup that is ignored (`nohup`) is ignored."""
    numbers = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = [(number, signal.signal(number, signal.default_int_handler)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
