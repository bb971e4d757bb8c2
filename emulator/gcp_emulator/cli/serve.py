"""Start an emulator: `serve` until stopped, `run` for as long as a command takes."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from gcp_emulator.cli.attached import found, program
from gcp_emulator.cli.child import run_child
from gcp_emulator.cli.options import explained, read_options, require_packages, server_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ARGUMENTS = "gcp_emulator.arguments"


class _KeepsItsArguments(click.Command):
    """A command that remembers its arguments, to give them to another process."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[_ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)


@click.command(cls=_KeepsItsArguments)
@click.option("--detach", is_flag=True, help="Serve in the background: return once it answers.")
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
@server_options
@click.pass_context
def serve(
    ctx: click.Context,
    /,
    detach: bool,  # noqa: FBT001 - an option
    port: int,
    grpc_port: int,
    ready_file: Path | None,
    **given: Any,
) -> None:
    """Serve until stopped, and tell `sandbox env` where."""
    require_packages()
    if detach:
        from gcp_emulator.cli import detached

        ready, log = detached.start([each for each in ctx.meta[_ARGUMENTS] if each != "--detach"])
        _tell(ready, None, stop="")
        click.echo(f"  log:      {log}")
        return
    from gcp_emulator.secret import Secrets

    stored = given["data_dir"] is not None and given["data_dir"].exists()
    secret = Secrets.new if stored else Secrets.lazy()  # in a thread, while the rest is imported
    from gcp_emulator import readyfile, server

    record = readyfile.state_file()
    earlier = found(record)
    try:
        server.serve(
            read_options(given, port=port, grpc_port=grpc_port, ready_file=ready_file),
            lambda ready: _announce(ready, record, earlier),
            secret,
        )
    except server.StartError as error:
        raise explained(error) from error
    finally:
        readyfile.remove_own(record, earlier)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--empty-project", is_flag=True, help="Start from the empty project instead of the ready one.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD...")
@server_options
@click.pass_context
def run(ctx: click.Context, /, words: tuple[str, ...], empty_project: bool, **given: Any) -> None:  # noqa: FBT001 - an option
    """Run CMD in a fresh sandbox of its own, and return CMD's exit code."""
    require_packages()
    from gcp_emulator import directory, environment, gcloud, server

    options = read_options(given)
    directory.remove_stale()
    try:
        with server.running_with(options) as ready:
            gcloud.log_in(ready)
            # What is not kept in a folder of the caller's goes with us, should we be killed.
            own = "" if options.data_dir else str(Path(ready["credentials_file"]).parent)
            code = run_child(words, environment.child(ready, empty_project=empty_project), own)
            if options.intercept:
                _tell_refused(ready.requests())
    except server.StartError as error:
        raise explained(error) from error
    ctx.exit(code)


def _announce(ready: Mapping[str, Any], record: Path, earlier: Mapping[str, Any] | None) -> None:
    from gcp_emulator.readyfile import write_private

    try:
        write_private(record, ready)
    except OSError as error:
        click.echo(f"Warning: `{program()} env` will not find this sandbox: {error}", err=True)
    _tell(ready, earlier, stop="Ctrl-C, or ")


def _tell(ready: Mapping[str, Any], earlier: Mapping[str, Any] | None, *, stop: str) -> None:
    from gcp_emulator.readyfile import READY_FILE

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
    click.echo(f'  use it:   eval "$({program()} env)"    stop it: {stop}{program()} stop')


def _tell_refused(log: Sequence[Mapping[str, Any]]) -> None:
    """Say which hosts a command asked for that it was not let through to: it may have failed for that."""
    from gcp_emulator.intercept import console

    for line in console.lines(log):
        click.echo(f"sandbox: {line}", err=True)
