"""The command line: one file per command, loaded when it is named."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from provision import __version__
from provision.errors import Interrupted, ProvisionError, UsageError

SYSTEM: Final[str] = os.name
COMMANDS: Final = {
    "init": "Write a provision.yaml to start from.",
    "check": "Say whether the project is ready, and if not, why.",
    "plan": "Show what apply would change.",
    "apply": "Make the project ready, and ask the model.",
    "destroy": "Undo what the journal proves that we did.",
    "history": "Say what was changed, by whom and when.",
    "smoke-test": "Ask the model, and say what it can do; change nothing.",
    "endpoints": "List the self-deployed endpoints.",
    "models": "List the publisher models that are known.",
    "env": "Print what an OpenAI client needs.",
    "run": "Run CMD with what an OpenAI client needs.",
    "token": "Print a fresh access token.",
    "proxy": "Serve the model at a loopback address.",
    "snippet": "Print a program that asks the model.",
    "explain": "Say what an error of Google Cloud means.",
    "permissions": "Print the smallest role that is enough.",
    "ci": "Let a pipeline in without a key.",
    "terraform": "Hand the same project to Terraform.",
    "sandbox": "Run Google Cloud on this machine.",
}


class _Shown(click.ClickException):
    """One of our errors, as click ends a command with it."""

    def __init__(self, error: ProvisionError) -> None:
        super().__init__(str(error))
        self.exit_code: int = error.exit_code  # type: ignore[misc] # click reads it from the instance


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the summaries without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; our errors become what click prints, an interruption exit 130."""
        signal.signal(signal.SIGTERM, _interrupt)
        _make_streams_safe()
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
            raise _Shown(Interrupted("stopped", fix="run it again: it goes on from what is there")) from None
        finally:
            gc.freeze()  # or the interpreter looks through them all once more as it ends


def _make_streams_safe() -> None:
    """Let no closed stream and no narrow encoding end a command: what was found out counts, not a missing letter."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:  # closed by who started us, as in `>&-`
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it is for the whole run
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _interrupt(signum: int, frame: object) -> NoReturn:  # noqa: ARG001 - the signal module's signature
    raise KeyboardInterrupt


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="provision")
def main() -> None:
    """Take a Google Cloud project from nothing to a first chat answer on Vertex AI."""
