"""How an emulator is started: the options that `serve` and `run` have in common."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gcp_emulator import jsonfile
from gcp_emulator.cli.failure import Failure, MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gcp_emulator.requestlog import Entry
    from gcp_emulator.server import Options, StartError

NEEDED: Final = ("cryptography", "grpc", "httptools", "uvicorn")
"""What an emulator cannot start without; click alone is enough to say so."""


def _clock(ctx: click.Context, param: click.Parameter, value: str) -> float:
    from gcp_emulator.clock import parse_scale

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
        raise Failure(
            f"the chat upstream {value} does not answer",
            cause=str(error),
            fix="start that server first, or leave --chat-upstream out for the built-in responder",
        ) from error
    return value


def faults_in(path: Path) -> Any:
    """Return what a file of faults holds, as JSON; it is not yet checked.

    Raises:
        click.BadParameter: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return jsonfile.read(file)
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path} is not a JSON file of faults ({error})") from None


def _faults(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Any:
    return None if value is None else faults_in(value)


def server_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that `serve` and `run` have in common."""
    for option in reversed(
        [
            click.option(
                "--data-dir",
                type=click.Path(file_okay=False, path_type=Path),
                metavar="DIR",
                help="Keep the state in DIR, so that it is there again next time.",
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
                "--seed-file",
                type=click.Path(dir_okay=False, exists=True, path_type=Path),
                metavar="FILE",
                help="A YAML file of what is there from the start, in addition to the sandbox's own projects.",
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
                "--require-model-enablement",
                is_flag=True,
                help="Refuse open models until they are enabled in Model Garden (assumed, not established).",
            ),
            click.option(
                "--intercept",
                is_flag=True,
                help="Answer under Google's own host names too, through a proxy, and refuse all others.",
            ),
            click.option(
                "--verbose",
                is_flag=True,
                help="Print each call on standard error when it has been answered.",
            ),
            click.option(
                "--no-rate-limits",
                is_flag=True,
                help="Do not refuse what goes beyond Google's documented limits per minute.",
            ),
            click.option(
                "--token-lifetime",
                type=click.IntRange(1, 3600),
                default=3599,
                show_default=True,
                metavar="S",
                help="Seconds that an access token is good for. google-auth asks for another 225 s before it ends, "
                "Node and gcloud some 5 minutes before; over REST with a key file, clients sign their own, "
                "and never ask.",
            ),
        ]
    ):
        function = option(function)
    return function


def explained(error: StartError) -> Failure:
    """Return why no emulator could be started, as the command line says it."""
    from gcp_emulator.server import BadFileError

    kind = MisuseError if isinstance(error, BadFileError) else Failure
    return kind(error.what, cause=error.cause, fix=error.fix)


def read_options(given: Mapping[str, Any], **ports: Any) -> Options:
    """Return what the options ask for."""
    from gcp_emulator.server import Options
    from gcp_emulator.settings import Settings

    settings = Settings(
        latency=given["latency"] / 1000,
        propagation=given["propagation"],
        clock=given["clock"],
        seed=given["random_seed"],
        chat_upstream=given["chat_upstream"],
        chat_upstream_model=given["chat_upstream_model"],
        require_model_enablement=given["require_model_enablement"],
        rate_limits=not given["no_rate_limits"],
        token_lifetime=given["token_lifetime"],
    )
    kept = {name: given[name] for name in ("data_dir", "faults", "seed_file", "intercept")}
    return Options(settings=settings, observer=_print_call if given["verbose"] else None, **kept, **ports)


def _print_call(entry: Entry) -> None:
    from gcp_emulator.requestlog import line

    click.echo(line(entry.as_json()), err=True)


def require_packages() -> None:
    """Say at once which packages are not installed, rather than fail on the way."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MisuseError(
            "the sandbox cannot run",
            cause=f"packages are not installed: {', '.join(missing)}",
            fix="pip install gcp-emulator",
        )
