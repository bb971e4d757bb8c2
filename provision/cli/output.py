"""Show progress while something runs, and reports when it is done."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from provision.errors import Interrupted, ProvisionError, UsageError
from provision.reports import FORMATS, NAMES
from provision.reports.cleaning import without_secrets
from provision.reports.text import render as render_text
from provision.reports.text import render_changes

if TYPE_CHECKING:
    from rich.status import Status

    from provision.config import Config
    from provision.plan import AppliedChange, Change, Run

Command = TypeVar("Command", bound=Callable[..., Any])
_REDACT: Final = "provision.redact"


def format_option(command: Command) -> Command:
    """Add ``--format`` and ``--redact``."""
    command = click.option(
        "--redact",
        is_flag=True,
        expose_value=False,
        callback=lambda ctx, _, value: ctx.meta.update({_REDACT: value}),
        help="Replace ids and e-mail addresses by placeholders, so that a report can be shown to anyone.",
    )(command)
    return click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="NAME[=FILE]",
        default=("text",),
        show_default=True,
        help=f"How to report: {', '.join(FORMATS)}; with =FILE into a file. Repeatable.",
    )(command)


def check_formats(formats: tuple[str, ...], available: Collection[str] = NAMES) -> None:
    """Refuse a format that does not exist, or a file that cannot be written, before anything is asked.

    Raises:
        UsageError: see above.
    """
    for each in formats:
        name, equals, file = each.partition("=")
        if name not in available:
            raise UsageError(
                f"{name!r} is not a report format" + (" of this command" if name in NAMES else ""),
                cause="--format takes NAME or NAME=FILE",
                fix=f"use one of {', '.join(available)}",
            )
        if equals and not file:
            raise UsageError(f"--format {each} names no file", cause="nothing follows the =", fix=f"write {name}=FILE")
        if file:
            _check_writable(Path(file))
        if name == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
            _check_writable(Path(summary))
    if sum("=" not in each for each in formats) > 1:
        raise UsageError(
            "two reports cannot both go to standard output",
            cause="--format was given twice without a file",
            fix="give one a file: --format json=FILE",
        )
    files = [file for each in formats if (file := each.partition("=")[2])]
    if len(set(files)) < len(files):
        raise UsageError(
            "two reports cannot both go to one file", cause="the later would replace the earlier", fix="name two files"
        )


def _check_writable(path: Path) -> None:
    fix = "name another file, or give this folder to the user who runs it"
    if path.is_dir():
        raise UsageError(f"{path} cannot be written", cause="it is a folder", fix="name a file in it")
    if not path.resolve().parent.is_dir():
        raise UsageError(
            f"{path} cannot be written",
            cause="its folder does not exist",
            fix="create the folder, or name another file",
        )
    try:
        if path.exists() and not path.is_file():  # a device or a pipe, such as /dev/stderr
            return
        with NamedTemporaryFile(dir=path.resolve().parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise UsageError(f"{path} cannot be written", cause=error.strerror or str(error), fix=fix) from error


def _is_redacted() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_REDACT))


def to_show(run: Run) -> Run:
    """Return the run without secrets, and without ids where ``--redact`` was given."""
    if _is_redacted():
        from provision.reports.cleaning import without_ids

        run = without_ids(run)
    return without_secrets(run)


def show_changes(config: Config, changes: tuple[Change, ...]) -> None:
    """Tell on standard error what is about to be done, cleaned as a report is."""
    from provision.plan import Run

    planned = Run(
        command="plan",
        target=config.target.name,
        target_address="",
        project_id=config.project_id,
        started="",
        duration_s=0.0,
        settings=config.settings(),
        changes=changes,
    )
    shown = to_show(planned)
    click.echo(f"target: {shown.target}   project: {shown.project_id}", err=True)
    for line in render_changes(shown.changes, color=wants_color(sys.stderr)):
        click.echo(line, err=True)


def print_report(run: Run, formats: tuple[str, ...]) -> None:
    """Write each report where it is wanted, without ids where ``--redact`` was given.

    Raises:
        ProvisionError: one could not be written; the others were.
    """
    run = to_show(run)
    broken: dict[str, OSError] = {}
    for each in formats:
        try:
            _print_one(run, *each.partition("=")[::2])
        except BrokenPipeError:  # no one reads on, such as `head`: click ends quietly
            raise
        except OSError as error:
            broken[each] = error
    files = [file for each in formats if (file := each.partition("=")[2]) and each not in broken]
    if files:
        shown = "" if len(files) + len(broken) < len(formats) else f"{run.verdict}; "
        click.echo(f"{shown}wrote {', '.join(files)}", err=True)
    if broken:
        raise ProvisionError(
            f"a report could not be written: {', '.join(broken)}",
            cause="; ".join(dict.fromkeys(error.strerror or str(error) for error in broken.values())),
            fix="make room there, or name another file with --format NAME=FILE",
        ) from next(iter(broken.values()))


def _print_one(run: Run, name: str, file: str) -> None:
    if name == "text" and not file:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        color = wants_color(sys.stdout)
        click.echo(render_text(without_secrets(run), color=color, width=width), nl=False, color=color)
    else:
        deliver(FORMATS[name](run), file)
    if name == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        from provision.reports.github import render_summary

        with Path(summary).open("a", encoding="utf-8") as stream:
            stream.write(render_summary(without_secrets(run)))


def deliver(text: str, file: str) -> None:
    """Print a report, or write it into its file: whole, or not at all."""
    if not file:
        click.echo(text, nl=False)
        return
    path = Path(file)
    if path.exists() and not path.is_file():
        path.write_text(text, "utf-8")
        return
    path = path.resolve()  # what a link points at is written, and the link stays
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False, newline=""
    ) as stream:
        try:
            stream.write(text)
            stream.close()
            Path(stream.name).chmod(mode)
            Path(stream.name).replace(path)
        except BaseException:
            Path(stream.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def wants_color(stream: Any) -> bool:
    """Whether colors help: on a terminal, unless NO_COLOR (https://no-color.org) or FORCE_COLOR says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0"}:  # https://force-color.org
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


class Progress:
    """Tells what is being done: one live line on a terminal, else a line each, or nothing."""

    def __init__(self, *, plain_lines: bool) -> None:
        self._plain_lines = plain_lines
        self._message: set[str] = set()
        self._status: Status | None = None
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            from rich.console import Console

            self._status = Console(stderr=True).status("…")

    def progress(self, text: str) -> None:
        """Tell what is being done now."""
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(text))
            return
        # Waiting says the same words with other numbers; once is enough in a log.
        start = text.partition(":")[0]
        if self._plain_lines and start not in self._message:
            self._message.add(start)
            click.echo(f"{text} …", err=True)

    def applied(self, change: AppliedChange) -> None:
        """Tell what became of a change; on a terminal it stays, above what is being done now."""
        from provision.reports.changes import words_of
        from provision.reports.cleaning import without_commands

        done = change.outcome == "done"
        words = without_commands(f"{words_of(change.change, done=done)}  {change.duration_s:.1f} s")
        if self._status is not None:
            from rich.text import Text

            self._status.console.print(Text("done    " if done else "FAILED  ", "green" if done else "bold red"), words)
        elif self._plain_lines:
            click.echo(words if done else f"could not {words}", err=True)

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
    """Show progress while something runs; ``plain_lines`` says whether a log gets lines too.

    With ``--redact`` it gets none: before anything was read, no one knows which words of them are names.
    """
    shown = Progress(plain_lines=plain_lines and not _is_redacted())
    status = shown._status  # noqa: SLF001 - the same file
    if status is not None:
        status.start()
    try:
        yield shown
    finally:
        if status is not None:
            status.stop()


def confirmed(question: str, undone: str = "nothing was changed") -> bool:
    """Ask on the terminal.

    Raises:
        Interrupted: it was stopped there; says that nothing was done.
    """
    try:
        return click.confirm(question, err=True)
    except (KeyboardInterrupt, click.Abort):
        raise Interrupted(f"stopped at the question: {undone}", fix="run it again, and answer it") from None
