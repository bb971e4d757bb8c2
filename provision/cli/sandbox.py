"""`provision sandbox`: Google Cloud on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from provision.cli.child import run_child, watched
from provision.errors import ProvisionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from provision.sandbox.server import Options, StartError

NEEDED: Final = ("cryptography", "grpc", "h2", "httptools", "uvicorn")
"""What the extra `sandbox` installs and the rest of provision does without."""

_STOP: Final = 30.0
"""Seconds that `stop` waits; `serve` gives calls that run a few seconds to end."""


def _clock(ctx: click.Context, param: click.Parameter, value: str) -> float:
    from provision.sandbox.clock import parse_scale

    try:
        return parse_scale(value)
    except ValueError:
        raise click.BadParameter("it is like 1x, 60x or stepped", ctx, param) from None


def _upstream(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse what is no address, and one where nothing listens: better now than at the first chat."""
    if not value:
        return value
    import socket
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise click.BadParameter(f"{value} is not an address ({error})", ctx, param) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.BadParameter(f"{value} is not an http or https address", ctx, param)
    try:
        socket.create_connection((parts.hostname, port), timeout=5).close()
    except OSError as error:
        raise ProvisionError(
            f"the chat upstream {value} does not answer",
            cause=str(error),
            fix="start that server first, or leave --chat-upstream out for the built-in responder",
        ) from error
    return value


def _faults(ctx: click.Context, param: click.Parameter, value: Path | None) -> Any:
    try:
        return None if value is None else json.loads(value.read_text())
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{value} is not a JSON file of faults ({error})", ctx, param) from None


def _physics(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that `serve` and `run` have in common."""
    for option in reversed(
        [
            click.option(
                "--data-dir",
                type=click.Path(file_okay=False, path_type=Path),
                metavar="DIR",
                help="Keep the world in DIR, so that it is there again next time.",
            ),
            click.option(
                "--latency",
                type=click.FloatRange(min=0),
                default=0,
                metavar="MS",
                help="Add MS milliseconds to every answer, such as 80.",
            ),
            click.option(
                "--propagation",
                type=click.FloatRange(min=0),
                default=3,
                show_default=True,
                metavar="S",
                help="Seconds until an enabled API is usable everywhere.",
            ),
            click.option(
                "--clock",
                default="1x",
                show_default=True,
                callback=_clock,
                metavar="SCALE",
                help="How fast the sandbox's time goes: 60x, or stepped.",
            ),
            click.option(
                "--world",
                type=click.Path(dir_okay=False, exists=True, path_type=Path),
                metavar="FILE",
                help="A YAML file of what is there from the start, besides the sandbox's own projects.",
            ),
            click.option(
                "--faults",
                type=click.Path(dir_okay=False, path_type=Path),
                callback=_faults,
                metavar="FILE",
                help="A JSON list of faults to start with.",
            ),
            click.option(
                "--random-seed",
                type=int,
                default=0,
                show_default=True,
                metavar="N",
                help="The same N and the same calls give the same numbers.",
            ),
            click.option(
                "--chat-upstream",
                default="",
                callback=_upstream,
                metavar="URL",
                help="Let an OpenAI-compatible server answer the chats, such as http://127.0.0.1:8000/v1.",
            ),
            click.option(
                "--chat-upstream-model",
                default="",
                metavar="NAME",
                help="What that server calls its model; without it, it is asked for the model of each request.",
            ),
            click.option(
                "--enable-gate",
                is_flag=True,
                help="Refuse open models until they are enabled in Model Garden (assumed, not established).",
            ),
            click.option(
                "--intercept",
                is_flag=True,
                help="Answer under Google's own host names too, through a proxy, and refuse all others.",
            ),
            click.option(
                "--no-rate-limits",
                is_flag=True,
                help="Do not refuse what goes beyond Google's documented limits per minute.",
            ),
            click.option(
                "--token-life",
                type=click.IntRange(1, 3600),
                default=3599,
                show_default=True,
                metavar="S",
                help="Seconds that an access token is good for; Google's clients ask for another 225 s before.",
            ),
        ]
    ):
        function = option(function)
    return function


@click.group()
def command() -> None:
    """Run Google Cloud on this machine."""


@command.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port for REST; 0 picks a free one."
)
@click.option(
    "--grpc-port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port for gRPC; 0 picks a free one.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write addresses, token and names to FILE as JSON, once it answers.",
)
@_physics
def serve(port: int, grpc_port: int, ready_file: Path | None, **physics: Any) -> None:
    """Serve until stopped, and tell `sandbox env` where."""
    _require_packages()
    from provision.sandbox.secret import Secrets

    stored = physics["data_dir"] is not None and physics["data_dir"].exists()
    secret = Secrets.new if stored else Secrets.soon()  # in a thread, while the rest is imported
    from provision.sandbox import readyfile, server

    record = readyfile.state_file()
    earlier = _found(record)
    try:
        server.serve(
            _options(physics, port=port, grpc_port=grpc_port, ready_file=ready_file),
            lambda ready: _announce(ready, record, earlier),
            secret,
        )
    except server.StartError as error:
        raise _told(error) from error
    finally:
        readyfile.remove_own(record, earlier)


@command.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--empty-project", is_flag=True, help="Start from the empty project instead of the ready one.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD...")
@_physics
@click.pass_context
def run(ctx: click.Context, /, words: tuple[str, ...], empty_project: bool, **physics: Any) -> None:  # noqa: FBT001 - an option
    """Run CMD in a fresh sandbox of its own, and return CMD's exit code."""
    _require_packages()
    from provision.sandbox import environment, server

    options = _options(physics)
    try:
        with server.running_with(options) as ready:
            code = run_child(words, environment.child(ready, empty_project=empty_project))
            if options.intercept:
                _tell_refused(ready.requests())
    except server.StartError as error:
        raise _told(error) from error
    ctx.exit(code)


@command.command()
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
    from provision.sandbox import environment, readyfile

    target, record = _target(), readyfile.state_file()
    end = time.monotonic() + wait
    while (ready := _found(target)) is None and time.monotonic() < end:
        time.sleep(0.05)
    if ready is None and not wait and (ready := _found(record)) is not None:
        click.echo(
            f"Warning: the sandbox of PROVISION_TARGET={target} does not run; this is the one at {ready['rest_url']}",
            err=True,
        )
    if ready is None:
        ready = _attach(target)  # which says why not
    click.echo(environment.render(environment.variables(ready), style))


@command.command()
def stop() -> None:
    """End the running sandbox, and wait until it has: what --data-dir keeps is then whole."""
    from provision.sandbox import readyfile

    target = _target()
    _attach(target)
    try:
        ready = readyfile.stop(target, _STOP)
    except readyfile.NotRunningError as error:
        raise ProvisionError(error.what, cause=error.cause, fix="nothing: it has ended") from error
    except (TimeoutError, PermissionError) as error:
        raise ProvisionError(
            "the sandbox did not end", cause=str(error), fix="see what it says where it was started, or kill it there"
        ) from error
    click.echo(f"The sandbox at {ready['rest_url']} has ended.")


@command.command()
@click.option("--to", "snapshot", metavar="NAME", help="Go back to this snapshot instead of a fresh world.")
def reset(snapshot: str | None) -> None:
    """Begin again in the running sandbox: a fresh world, no faults, an empty log."""
    ready = _attach(_target())
    _ask(ready, "POST", "reset" if snapshot is None else f"snapshots/{snapshot}:load")
    what = "is fresh" if snapshot is None else f"is as in the snapshot {snapshot}"
    click.echo(f"The sandbox at {ready['rest_url']} {what}.")


@command.command()
@click.argument("file", required=False, type=click.File())
@click.option("--clear", is_flag=True, help="Take all faults away; with FILE, before its faults are added.")
@click.option("--list", "show", is_flag=True, help="Print those in force, each with how often it fired.")
def faults(file: TextIO | None, clear: bool, show: bool) -> None:  # noqa: FBT001 - options
    """Add the faults in FILE (- is standard input) to the running sandbox, list them, or clear them."""
    if file is None and not clear and not show:
        raise click.UsageError("Say which: FILE, --clear or --list.")
    given = None if file is None else _parsed(file)
    ready = _attach(_target())
    if clear:
        _ask(ready, "DELETE", "faults")
    if given is not None:
        _ask(ready, "POST", "faults", given)
    in_force = _ask(ready, "GET", "faults")
    if show:
        click.echo(json.dumps(in_force, indent=2))
    else:
        click.echo(
            f"The sandbox at {ready['rest_url']} has {len(in_force)} {'fault' if len(in_force) == 1 else 'faults'}."
        )


def _parsed(file: TextIO) -> Any:
    try:
        return json.load(file)
    except ValueError as error:
        raise UsageError(
            "the faults cannot be read", cause=f"{file.name} is not JSON ({error})", fix="correct it"
        ) from None


def _target() -> Path:
    """Return the ready file that `sandbox run` or `env` set, else the record of the sandbox that runs."""
    from provision.sandbox import readyfile

    named = os.environ.get("PROVISION_TARGET", "")
    return Path(named) if named else readyfile.state_file()


def _found(path: Path) -> dict[str, Any] | None:
    from provision.sandbox import readyfile

    try:
        return readyfile.attach(path)
    except readyfile.NotRunningError:
        return None


def _attach(path: Path) -> dict[str, Any]:
    from provision.sandbox import readyfile

    try:
        return readyfile.attach(path)
    except readyfile.NotRunningError as error:
        raise ProvisionError(
            error.what,
            cause=error.cause,
            fix="start one with `provision sandbox serve`, or use `provision sandbox run -- CMD`"
            if path == readyfile.state_file()
            else "start that sandbox again, or unset PROVISION_TARGET, which names it",
        ) from error


def _ask(ready: dict[str, Any], verb: str, path: str, body: Any = None) -> Any:
    from provision.sandbox import readyfile

    try:
        status, answer = readyfile.control(ready, verb, path, body)
    except readyfile.NotRunningError as error:
        raise ProvisionError(error.what, cause=error.cause, fix="start it again") from error
    if status != 200:
        raise UsageError(
            "the sandbox did not do it",
            cause=str(answer.get("error", answer)),
            fix="correct what the cause names, and say it again",
        )
    return answer


def _told(error: StartError) -> ProvisionError:
    from provision.sandbox.server import BadFileError

    kind = UsageError if isinstance(error, BadFileError) else ProvisionError
    return kind(error.what, cause=error.cause, fix=error.fix)


def _options(physics: Mapping[str, Any], **ports: Any) -> Options:
    from provision.sandbox.core import Settings
    from provision.sandbox.server import Options

    settings = Settings(
        latency=physics["latency"] / 1000,
        propagation=physics["propagation"],
        clock=physics["clock"],
        seed=physics["random_seed"],
        chat_upstream=physics["chat_upstream"],
        chat_upstream_model=physics["chat_upstream_model"],
        enable_gate=physics["enable_gate"],
        rate_limits=not physics["no_rate_limits"],
        token_life=physics["token_life"],
    )
    kept = {name: physics[name] for name in ("data_dir", "faults", "world", "intercept")}
    return Options(settings=settings, **kept, **ports)


def _announce(ready: Mapping[str, Any], record: Path, earlier: Mapping[str, Any] | None) -> None:
    from provision.sandbox.readyfile import READY_FILE, write_private

    try:
        write_private(record, ready)
    except OSError as error:
        click.echo(f"Warning: `provision sandbox env` will not find this sandbox: {error}", err=True)
    click.echo(f"The sandbox is ready: REST {ready['rest_url']}, gRPC {ready['grpc_target']}")
    click.echo(f"  projects: {ready['project']} (ready), {ready['empty_project']} (empty)")
    click.echo(f"  billing:  {ready['billing_account']} (open), {ready['closed_billing_account']} (closed)")
    if "proxy_url" in ready:
        click.echo(f"  proxy:    {ready['proxy_url']} for Google's own host names, trusted by {ready['ca_file']}")
    if earlier is not None:
        file = Path(earlier["credentials_file"]).with_name(READY_FILE)
        click.echo(
            f"  another:  {earlier['rest_url']} runs too; to mean that one: export PROVISION_TARGET={quote(str(file))}"
        )
    click.echo('  use it:   eval "$(provision sandbox env)"    stop it: Ctrl-C, or provision sandbox stop')


def _tell_refused(log: Sequence[Mapping[str, Any]]) -> None:
    """Say which hosts a command asked for that it was not let through to: it may have failed for that."""
    from provision.sandbox.intercept import told

    for line in told.lines(log):
        click.echo(f"sandbox: {line}", err=True)


def _require_packages() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(
            "the sandbox cannot run",
            cause=f"packages are not installed: {', '.join(missing)}",
            fix="pip install 'vertex-provision[sandbox]'",
        )


@contextmanager
def attached_or_private(say: Callable[[str], None]) -> Iterator[Path]:
    """Yield the ready file of the sandbox that runs, else of one that lives as long as the caller needs it.

    Raises:
        ProvisionError: one had to be started, and did not.
    """
    from provision.sandbox import readyfile

    try:
        readyfile.attach(readyfile.state_file())
    except readyfile.NotRunningError:
        say("no sandbox is running: starting one for this command")
    else:
        yield readyfile.state_file()
        return
    _require_packages()
    with tempfile.TemporaryDirectory(prefix="provision-") as folder:
        ready_file = Path(folder) / "ready.json"
        # A state folder of its own, so that nobody else attaches to it.
        with watched(folder) as watch:
            process = subprocess.Popen(
                [sys.executable, "-m", "provision", "sandbox", "serve", "--ready-file", str(ready_file)],
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
                "the sandbox did not start", cause="its own message stands above", fix="try `provision sandbox serve`"
            )
        time.sleep(0.01)
