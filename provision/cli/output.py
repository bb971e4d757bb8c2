"""Show progress while something runs, and reports when it is done."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from provision.errors import UsageError
from provision.reports import FORMATS
from provision.reports.text import render as render_text

if TYPE_CHECKING:
    from rich.status import Status

    from provision.plan import Run

Command = TypeVar("Command", bound=Callable[..., Any])


def format_option(command: Command) -> Command:
    """Add ``--format``."""
    return click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="NAME[=FILE]",
        default=("text",),
        show_default=True,
        help=f"How to report: {', '.join(FORMATS)}; with =FILE into a file. Repeatable.",
    )(command)


def check_formats(formats: tuple[str, ...]) -> None:
    """Refuse a format that does not exist, or a file that cannot be written, before anything is asked.

    Raises:
        UsageError: see above.
    """
    for each in formats:
        name, _, file = each.partition("=")
        if name not in FORMATS:
            raise UsageError(
                f"{name!r} is not a report format",
                cause="--format takes NAME or NAME=FILE",
                fix=f"use one of {', '.join(FORMATS)}",
            )
        if file and not Path(file).resolve().parent.is_dir():
            raise UsageError(
                f"{file} cannot be written",
                cause="its folder does not exist",
                fix="create the folder, or name another file",
            )
    if sum("=" not in each for each in formats) > 1:
        raise UsageError(
            "two reports cannot both go to standard output",
            cause="--format was given twice without a file",
            fix="give one a file: --format json=FILE",
        )


def print_report(run: Run, formats: tuple[str, ...]) -> None:
    """Write each report where it is wanted."""
    for each in formats:
        name, _, file = each.partition("=")
        if file:
            Path(file).write_text(FORMATS[name](run), "utf-8")
        elif name == "text":
            click.echo(render_text(run, colour=wants_colour(sys.stdout)), nl=False)
        else:
            click.echo(FORMATS[name](run), nl=False)


def wants_colour(stream: Any) -> bool:
    """Whether colours help: on a terminal, unless NO_COLOR says otherwise (https://no-color.org)."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Progress:
    """Tells what is being done: one live line on a terminal, else a line each, or nothing."""

    def __init__(self, *, plain_lines: bool) -> None:
        self._plain_lines = plain_lines
        self._said: set[str] = set()
        self._status: Status | None = None
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            from rich.console import Console

            self._status = Console(stderr=True).status("…")

    def say(self, text: str) -> None:
        """Tell what is being done now."""
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(text))
            return
        # Waiting says the same words with other numbers; once is enough in a log.
        start = text.partition(":")[0]
        if self._plain_lines and start not in self._said:
            self._said.add(start)
            click.echo(f"{text} …", err=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the live line away while something else is shown or asked."""
        if self._status is not None:
            self._status.stop()
        try:
            yield
        finally:
            if self._status is not None:
                self._status.start()


@contextmanager
def progress(*, plain_lines: bool = False) -> Iterator[Progress]:
    """Show progress while something runs; ``plain_lines`` says whether a log gets lines too."""
    shown = Progress(plain_lines=plain_lines)
    status = shown._status  # noqa: SLF001 - the same file
    if status is not None:
        status.start()
    try:
        yield shown
    finally:
        if status is not None:
            status.stop()
