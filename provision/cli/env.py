"""``provision env``: Print what an OpenAI client needs."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from provision.cli import command_help
from provision.cli.explained import explained
from provision.cli.options import CHAT, CREATING, USABLE, config_from, config_options
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.chat.serving import Serving
    from provision.client_configuration.environment import Environment
    from provision.clients import Clients
    from provision.config import Config

STYLES = ("shell", "dotenv", "json", "github", "powershell", "docker")


@command_help.with_examples(
    "provision env",
    'eval "$(provision env --show-token)"',
)
@config_options(without=(*CREATING, *CHAT, *USABLE))
@click.option(
    "--format",
    "style",
    type=click.Choice(STYLES),
    default="shell",
    show_default=True,
    help="How to write it: shell and powershell to be evaluated, github for $GITHUB_ENV, docker for --env-file.",
)
@click.option("--show-token", is_flag=True, help="Print the token on a terminal too.")
def command(style: str, show_token: bool, **options: Any) -> None:  # noqa: FBT001 - an option
    """Print what an OpenAI client needs.

    OPENAI_BASE_URL, OPENAI_API_KEY, MODEL_ID, PROJECT_ID and LOCATION: eval "$(provision env)". The key is a token that
    ends after an hour; `provision run` and `provision proxy` serve what runs longer.
    """
    from provision.client_configuration.environment import HIDDEN, render

    with config_from(options, outlived=True) as config, explained("the environment could not be made", config):
        from provision.clients import start

        clients = start(config)
        clients.credentials.fresh_token()
        found = environment_of(config, clients)
    if sys.stdout.isatty() and not show_token:
        found = replace(found, token=HIDDEN)
    elif style == "github" and not sys.stderr.isatty():
        # The runner reads commands from both streams; this one hides the token in every log that follows.
        click.echo(f"::add-mask::{found.token}", err=True)
    click.echo(render(found, style), nl=False)


def environment_of(config: Config, clients: Clients) -> Environment:
    """Return what an OpenAI client needs, with a fresh token.

    Raises:
        ApiError: no token, or the endpoint could not be looked up.
        UsageError: it cannot be said in variables.
    """
    from provision.client_configuration.environment import Environment

    serving = clients.serving
    if serving.host:
        raise UsageError(
            f"endpoint {config.endpoint} has a name of its own, which variables cannot lead into a sandbox",
            cause=f"it answers to {serving.host} only",
            fix="use `provision proxy`, or `provision run --proxy`, with the same options",
        )
    return Environment(
        base_url=serving.base_url,
        token=clients.credentials.fresh_token(),
        model=asked_as(serving, config),
        project_id=config.project_id,
        location=serving.location,
        expires=clients.credentials.expiry,
    )


def asked_as(serving: Serving, config: Config) -> str:
    """Return what a client says as the model; a self-deployed endpoint passes over it, but clients want one."""
    return serving.model or config.endpoint
