"""``provision proxy``: Serve the model at a loopback address."""

from __future__ import annotations

import math
import os
import secrets
import stat
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli import command_help
from provision.cli.env import asked_as
from provision.cli.explained import explained
from provision.cli.options import CHAT, CREATING, USABLE, config_from, config_options
from provision.errors import ApiError, ProvisionError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from provision.catalog import Model
    from provision.chat.proxy import Passed
    from provision.chat.proxy.listing import Listed
    from provision.clients import Clients
    from provision.config import Config


@command_help.with_examples(
    "provision proxy --project my-team-chat",
    "provision proxy --port 8000",
)
@config_options(without=(*CREATING, *CHAT, *USABLE))
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The port; 0 picks a free one.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take the key from FILE, and make one there if it does not exist; else each start has a new key.",
)
@click.option(
    "--cors-origin",
    "cors_origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let a web page of this origin use it (http://localhost:3000), with the key all the same. Repeatable.",
)
@click.option("--quiet", is_flag=True, help="Do not print a line for each request.")
def command(
    port: int,
    key_file: Path | None,
    cors_origins: tuple[str, ...],
    quiet: bool,  # noqa: FBT001 - an option
    **options: Any,
) -> None:
    """Serve the model at a loopback address.

    For tools that only take a base URL and a key. Fresh Google credentials are added to each request; streams pass as
    they come, and no body is logged. A model may be named without its publisher, /v1/models lists those that are
    served, errors come as OpenAI's do, and /health needs no key. Stops with Ctrl-C.
    """
    key = _key(key_file)
    with config_from(options) as config:
        with explained("the proxy was not started", config):
            from provision.chat.proxy import Proxy, base_url, serve
            from provision.clients import start

            clients = start(config, wait_s=math.inf)
            clients.credentials.fresh_token()
            found = clients.serving
        listener = _listen(port)
        click.echo(f"target: {config.target.name}, {config.project_id}, {found.location}")
        click.echo(f"OPENAI_BASE_URL={base_url(listener)}")
        click.echo(f"OPENAI_API_KEY={key}")
        click.echo(f"MODEL_ID={asked_as(found, config)}")
        tell = _silent if quiet else _tell
        models = served_models(config, clients)
        serve(
            Proxy(found, clients.credentials, key, tell, find_models=models, cors_origins=cors_origins),
            listener,
        )


def served_models(config: Config, clients: Clients) -> Callable[[], tuple[Listed, ...]]:
    """Return what finds the models that the proxy lists: the configured one first, since tools take the first."""
    from provision import catalog
    from provision.chat.proxy.listing import Listed
    from provision.commands.availability import chat_models

    def find() -> tuple[Listed, ...]:
        own = asked_as(clients.serving, config)
        known = catalog.models().get(own)
        maker = own.partition("/")[0] if "/" in own else "deployed"
        first = Listed(id=own, owned_by=maker, created=_released(known) if known else 0)
        if config.endpoint:
            return (first,)
        try:
            others = chat_models(config, clients)
        except ApiError:  # there is no token just now: /health says so
            return (first,)
        return (first, *(Listed(id=row.id, owned_by=row.publisher, created=_released(row)) for row in others))

    return find


def _released(row: Model) -> int:
    """Return seconds since the epoch; 0 where the day is not known."""
    return int(datetime.combine(row.released, time.min, UTC).timestamp()) if row.released else 0


def _key(file: Path | None) -> str:
    """Return the key: a new one, or the file's.

    Raises:
        ProvisionError: the file cannot be used.
    """
    new = f"local-{secrets.token_urlsafe(24)}"
    if file is None:
        return new
    try:
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = file.read_text("ascii").strip()
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                click.echo(f"Warning: others on this machine may read {file}: chmod 600 {file}", err=True)
        else:
            with os.fdopen(descriptor, "w") as made:
                made.write(new + "\n")
            return new
    except (OSError, UnicodeDecodeError) as error:
        raise ProvisionError(f"{file} cannot be used", cause=str(error), fix="name another --key-file") from error
    if len(key) < 16 or not key.isprintable() or " " in key:
        raise ProvisionError(
            f"{file} holds no key",
            cause="a key has at least 16 characters, no blank among them",
            fix="remove the file, and one is made",
        )
    return key


def _listen(port: int) -> socket.socket:
    from provision.chat.proxy import bind

    try:
        return bind(port)
    except OSError as error:
        raise ProvisionError(
            f"port {port} cannot be used", cause=error.strerror or str(error), fix="name another --port, or none"
        ) from error


def _tell(passed: Passed) -> None:
    click.echo(f"{passed.method} {passed.path} {passed.status or 'left'} {passed.duration_s:.2f} s", err=True)


def _silent(passed: Passed) -> None:
    """Say nothing."""
