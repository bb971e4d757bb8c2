"""Speak with the emulator that runs: `env`, `stop`, `reset` and `faults`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Final, TextIO

import click

from gcp_emulator import jsonfile
from gcp_emulator.cli.failure import Failure, MisuseError

_STOP: Final = 30.0
"""Seconds that `stop` waits; `serve` gives calls that run a few seconds to end."""


@click.command()
@click.option(
    "--format",
    "style",
    type=click.Choice(["shell", "dotenv", "json", "powershell", "github", "terraform"]),
    default="shell",
    show_default=True,
    help="How to write them; shell and terraform are for eval, github is for $GITHUB_ENV.",
)
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=0,
    metavar="S",
    help="Wait up to S seconds for a sandbox that is still starting.",
)
def env(style: str, wait: float) -> None:
    """Print what points gcloud, Terraform, google-auth and openai at the running sandbox."""
    from gcp_emulator import environment, gcloud, readyfile

    target, record = _target(), readyfile.state_file()
    end = time.monotonic() + wait
    while (ready := found(target)) is None and time.monotonic() < end:
        time.sleep(0.05)
    if ready is None and not wait and (ready := found(record)) is not None:
        click.echo(
            f"Warning: the sandbox of PROVISION_TARGET={target} does not run; this is the one at {ready['rest_url']}",
            err=True,
        )
    if ready is None:
        ready = _attach(target)  # which says why not
    gcloud.log_in(ready)
    click.echo(environment.render(environment.variables(ready), style))


@click.command()
def stop() -> None:
    """End the running sandbox, and wait until it has: what --data-dir keeps is then whole."""
    from gcp_emulator import readyfile

    target = _target()
    _attach(target)
    try:
        ready = readyfile.stop(target, _STOP)
    except readyfile.NotRunningError as error:
        raise Failure(error.what, cause=error.cause, fix="nothing: it has ended") from error
    except (TimeoutError, PermissionError) as error:
        raise Failure(
            "the sandbox did not end", cause=str(error), fix="see what it says where it was started, or kill it there"
        ) from error
    click.echo(f"The sandbox at {ready['rest_url']} has ended.")


@click.command()
@click.option("--to", "snapshot", metavar="NAME", help="Go back to this snapshot instead of a fresh state.")
def reset(snapshot: str | None) -> None:
    """Begin again in the running sandbox: a fresh state, no faults, an empty log."""
    ready = attach_target()
    ask(ready, "POST", "reset" if snapshot is None else f"snapshots/{snapshot}:load")
    what = "is fresh" if snapshot is None else f"is as in the snapshot {snapshot}"
    click.echo(f"The sandbox at {ready['rest_url']} {what}.")


@click.command()
@click.argument("file", required=False, type=click.File())
@click.option("--clear", is_flag=True, help="Take all faults away; with FILE, before its faults are added.")
@click.option("--list", "show", is_flag=True, help="Print those in force, each with how often it fired.")
def faults(file: TextIO | None, clear: bool, show: bool) -> None:  # noqa: FBT001 - options
    """Add the faults in FILE (- is standard input) to the running sandbox, list them, or clear them."""
    if file is None and not clear and not show:
        raise click.UsageError("Say which: FILE, --clear or --list.")
    given = None if file is None else _parsed(file)
    ready = attach_target()
    if clear:
        ask(ready, "DELETE", "faults")
    if given is not None:
        ask(ready, "POST", "faults", given)
    in_force = ask(ready, "GET", "faults")
    if show:
        click.echo(json.dumps(in_force, indent=2))
    else:
        click.echo(
            f"The sandbox at {ready['rest_url']} has {len(in_force)} {'fault' if len(in_force) == 1 else 'faults'}."
        )


def program() -> str:
    """Return how the program was called: `gcp-emulator`, or `provision sandbox`."""
    context = click.get_current_context().parent
    while context is not None and not (
        isinstance(context.command, click.Group) and "serve" in context.command.commands
    ):
        context = context.parent  # a group of commands within the program, such as `clock`
    return "gcp-emulator" if context is None else context.command_path


def _parsed(file: TextIO) -> Any:
    try:
        return jsonfile.read(file)
    except ValueError as error:
        raise MisuseError(
            "the faults cannot be read", cause=f"{file.name} is not JSON ({error})", fix="correct it"
        ) from None


def _target() -> Path:
    """Return the ready file that `sandbox run` or `env` set, else the record of the sandbox that runs."""
    from gcp_emulator import readyfile

    named = os.environ.get("PROVISION_TARGET", "")
    return Path(named) if named else readyfile.state_file()


def found(path: Path) -> dict[str, Any] | None:
    """Return the ready file of an emulator that runs."""
    from gcp_emulator import readyfile

    try:
        return readyfile.attach(path)
    except readyfile.NotRunningError:
        return None


def _attach(path: Path) -> dict[str, Any]:
    from gcp_emulator import readyfile

    try:
        return readyfile.attach(path)
    except readyfile.NotRunningError as error:
        raise Failure(
            error.what,
            cause=error.cause,
            fix=f"start one with `{program()} serve`, or use `{program()} run -- CMD`"
            if path == readyfile.state_file()
            else "start that sandbox again, or unset PROVISION_TARGET, which names it",
        ) from error


def attach_target() -> dict[str, Any]:
    """Return the ready file of the emulator that is meant.

    Raises:
        Failure: it does not run.
    """
    return _attach(_target())


def ask(ready: dict[str, Any], verb: str, path: str, body: Any = None) -> Any:
    """Ask it something of its own API, and return the answer.

    Raises:
        Failure: it does not answer.
        MisuseError: it refuses.
    """
    from gcp_emulator import readyfile

    try:
        status, answer = readyfile.control(ready, verb, path, body)
    except readyfile.NotRunningError as error:
        raise Failure(error.what, cause=error.cause, fix="start it again") from error
    if status != 200:
        raise MisuseError(
            "the sandbox did not do it",
            cause=str(answer.get("error", answer)),
            fix="correct what the cause names and run it again",
        )
    return answer
