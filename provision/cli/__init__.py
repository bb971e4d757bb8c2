"""The command line: one file per command, loaded when it is named."""

from __future__ import annotations

import errno
import gc
import io
import os
import re
import signal
import sys
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from provision import __version__
from provision.errors import Interrupted, ProvisionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEM: Final[str] = os.name
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if os.name == "posix" else []))
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_STOPPED: Final = Interrupted("stopped", fix="run it again: it goes on from what is there")
# The order in which a person meets them; what is not named here follows, by name.
_ORDER: Final = (
    *("init", "check", "plan", "apply", "destroy", "history", "smoke-test", "endpoints", "models", "env", "run"),
    *("token", "proxy", "snippet", "explain", "permissions", "ci", "terraform", "completion", "sandbox"),
)
_FIRST_LINE: Final = re.compile(r'"""``provision (?P<name>[a-z-]+)``: (?P<summary>.+?)(?:""")?\n')


@cache
def commands() -> dict[str, str]:
    """Return every command with its summary, as the first line of its file says; none is imported."""
    found = {}
    for file in Path(__file__).parent.glob("*.py"):
        with file.open(encoding="utf-8") as lines:
            if line := _FIRST_LINE.fullmatch(lines.readline()):
                found[line["name"]] = line["summary"]
    return {name: found[name] for name in sorted(found, key=lambda name: (_place(name), name))}


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


class _Shown(click.ClickException):
    """One of our errors, as click ends a command with it."""

    def __init__(self, error: ProvisionError) -> None:
        super().__init__(str(error))
        self.exit_code: int = error.exit_code  # type: ignore[misc] # click reads it from the instance


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order a person meets them."""
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import and return one command."""
        if cmd_name not in commands():
            return None
        module = import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed; say which one was probably meant where there is none of that name."""
        if args and not args[0].startswith("-") and args[0] not in commands() and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(args[0], commands(), n=1)
            ctx.fail(f"No such command '{args[0]}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the summaries without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(commands().items()))

    def main(self, *arguments: Any, **named: Any) -> Any:
        """Run the command line, whatever its streams are and whichever signal ends it."""
        _make_streams_safe()
        with _interruptible():
            try:
                return super().main(*arguments, **named)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                # What is left in the stream must not be tried again as the interpreter ends.
                sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it is for the whole run
                shown = _Shown(
                    ProvisionError(
                        "the output cannot be written",
                        cause=error.strerror or "",
                        fix="make room there, or send it elsewhere; what the command did is done (provision history)",
                    )
                )
        shown.show()
        sys.exit(shown.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our errors become what click prints, an interruption exit 130."""
        # Imports make many objects that stay, and looking through them again and again takes a tenth of a check.
        gc.set_threshold(100_000)
        try:
            if SYSTEM == "nt":
                raise UsageError(
                    "provision does not run on Windows itself",
                    cause="the locks of its journal and of its sandbox are those of Linux and macOS",
                    fix="run it inside WSL: https://learn.microsoft.com/windows/wsl/install",
                )
            return super().invoke(ctx)
        except ProvisionError as error:
            raise _Shown(error) from error
        except (KeyboardInterrupt, click.Abort):  # click's own, at a question
            raise _Shown(_STOPPED) from None
        except RuntimeError as error:
            # What ends a class that is just being made, Python reports as the cause of an error of its own.
            if not isinstance(error.__cause__, KeyboardInterrupt):
                raise
            raise _Shown(_STOPPED) from None
        finally:
            gc.freeze()  # or the interpreter looks through them all once more as it ends


class _Lossy(io.TextIOWrapper):
    """Standard error that loses what its disk has no room for: a message that is not read ends no command."""

    def write(self, text: str, /) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def _make_streams_safe() -> None:
    """Let no closed or full stream and no narrow encoding end a command: what was found out counts, not a letter."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started us, as in `>&-`
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it is for the whole run
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if isinstance(sys.stderr, io.TextIOWrapper) and sys.stderr is sys.__stderr__:
        sys.stderr = _Lossy(sys.stderr.buffer, encoding=sys.stderr.encoding, errors="replace", line_buffering=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Have what tells a program to end interrupt the command, so that it says what is done and leaves nothing behind.

    A hangup that whoever started us ignores (`nohup`) is ignored.
    """
    numbers = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = [(number, signal.signal(number, signal.default_int_handler)) for number in numbers]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="provision")
def main() -> None:
    """Take a Google Cloud project from nothing to a first chat answer on Vertex AI."""
