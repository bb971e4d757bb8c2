"""``provision token``: Print a fresh access token."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from provision.cli import command_help
from provision.cli.explained import explained
from provision.cli.options import CHAT, CREATING, ENDPOINTS, MODEL, USABLE, config_from, config_options
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.google.auth import Credentials


@command_help.with_examples(
    "provision token --show-token",
    'curl -H "Authorization: Bearer $(provision token)" URL',
)
@config_options(without=(*CREATING, *MODEL, *CHAT, *ENDPOINTS, *USABLE, "limits.check_timeout"))
@click.option("--show-token", is_flag=True, help="Print it on a terminal too.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it."
)
def command(show_token: bool, form: str, **options: Any) -> None:  # noqa: FBT001 - an option
    """Print a fresh access token.

    For the header `Authorization: Bearer ...` or an API key. It is good for an hour at most; a program asks again, or
    reads the file that `provision run` keeps fresh.
    """
    refuse_terminal(show_token=show_token, instead='curl -H "Authorization: Bearer $(provision token)" ...')
    with config_from(options, project_required=False, outlived=True) as config, explained("no token was given", config):
        from provision.clients import start

        credentials = start(config).credentials
        token = credentials.fresh_token()
    if form == "json":
        click.echo(json.dumps({"token": token, "expires": expiry(credentials)}, indent=2))
    else:
        click.echo(token)


def expiry(credentials: Credentials) -> str | None:
    """Return when the token ends, as RFC 3339 writes it; None if it does not say."""
    return f"{credentials.expiry.isoformat(timespec='seconds')}Z" if credentials.expiry else None


def refuse_terminal(*, show_token: bool, instead: str) -> None:
    """Refuse to show a token on a terminal, where it stays in the scroll-back, unless that was asked for.

    Raises:
        UsageError: standard output is a terminal.
    """
    if sys.stdout.isatty() and not show_token:
        raise UsageError(
            "a token is not shown on a terminal",
            cause="whoever sees the screen, or its history, could act as you for an hour",
            fix=f"pass it on ({instead}), or say --show-token",
        )
