"""``provision run``: Run CMD with what an OpenAI client needs."""

from __future__ import annotations

import math
import os
import secrets
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from provision.cli import command_help
from provision.cli.child_process import run_child
from provision.cli.env import asked_as, environment_of
from provision.cli.explained import explained
from provision.cli.options import CHAT, CREATING, USABLE, config_from, config_options
from provision.cli.proxy import served_models
from provision.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.config import Config
    from provision.google.auth import Credentials

LOOK_EVERY_S: Final = 1.0
"""google-auth renews a token 225 seconds before it ends, so one that is read from the file has minutes left."""


@command_help.with_examples(
    "provision run -- python chat.py",
    "provision run --sandbox -- pytest",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@config_options(without=(*CREATING, *CHAT, *USABLE))
@click.option("--proxy", is_flag=True, help="Give CMD a loopback address whose key never ends.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD...")
@click.pass_context
def command(ctx: click.Context, /, words: tuple[str, ...], proxy: bool, **options: Any) -> None:  # noqa: FBT001 - an option
    """Run CMD with what an OpenAI client needs.

    As `provision env` prints it, and PROVISION_TOKEN_FILE as well: a file whose token is kept fresh while CMD runs; if
    CMD removes it, because the token was refused, a new one is there within a second or two.
    With --proxy CMD gets a loopback address instead, and a key that never expires: for what reads its key only once.
    The exit code is CMD's.
    """
    with ExitStack() as stack:
        config = stack.enter_context(config_from(options))
        with explained("CMD was not started", config):
            from provision.clients import start

            clients = start(config, wait_s=math.inf)
            clients.credentials.fresh_token()
            if proxy:
                variables = stack.enter_context(_through_proxy(config, clients))
            else:
                variables = environment_of(config, clients).variables()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="provision-"))
        token_file = Path(folder) / "token"
        stack.enter_context(_kept_fresh(token_file, clients.credentials))
        code = run_child(words, os.environ | variables | {"PROVISION_TOKEN_FILE": str(token_file)}, folder)
    ctx.exit(code)


@contextmanager
def _through_proxy(config: Config, clients: Clients) -> Iterator[dict[str, str]]:
    from provision.chat.proxy import Proxy, base_url, bind, serving
    from provision.client_configuration.environment import Environment

    found = clients.serving
    key = f"local-{secrets.token_urlsafe(24)}"
    listener = bind(0)
    proxy = Proxy(found, clients.credentials, key, find_models=served_models(config, clients))
    with serving(proxy, listener):
        yield Environment(
            base_url=base_url(listener),
            token=key,
            model=asked_as(found, config),
            project_id=config.project_id,
            location=found.location,
        ).variables()


class TokenFile:
    """A file with a token that is good; who reads it meets a whole one at any time."""

    def __init__(self, path: Path, credentials: Credentials) -> None:
        self._path = path
        self._credentials = credentials
        self._written = ""

    def update(self) -> None:
        """Write the token if there is a new one, or if the file was removed because its token was refused.

        Raises:
            ApiError: there is no token.
            OSError: the file cannot be written.
        """
        # Looked for once: asked a second time, a file that CMD removes in between would come back with the token that
        # was refused. The next look sees that it is gone.
        removed = bool(self._written) and not self._path.exists()
        if removed:
            self._credentials.renew(self._written)
        token = self._credentials.fresh_token()
        if token == self._written and not removed:
            return
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
        new.replace(self._path)
        self._written = token


@contextmanager
def _kept_fresh(path: Path, credentials: Credentials) -> Iterator[None]:
    """Keep a file's token fresh while the block runs."""
    ended = threading.Event()
    token_file = TokenFile(path, credentials)

    def keep() -> None:
        while not ended.wait(LOOK_EVERY_S):
            try:
                token_file.update()
            # Tried again in a moment; the token that is there may still be good.
            except (ApiError, OSError) as error:
                click.echo(f"Warning: the token was not renewed: {error}", err=True)

    token_file.update()
    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(timeout=1.0)
