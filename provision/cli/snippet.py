"""``provision snippet``: Print a program that asks the model."""

from __future__ import annotations

from typing import Any

import click

from provision.cli import command_help
from provision.cli.env import asked_as
from provision.cli.explained import explained
from provision.cli.options import CHAT, CREATING, USABLE, config_from, config_options
from provision.client_configuration.programs import LANGUAGES, program
from provision.errors import UsageError


def _list(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001 - click's signature
    if not value:
        return
    for name, file in LANGUAGES.items():
        click.echo(f"{name:13} {file}")
    ctx.exit()


@command_help.with_examples(
    "provision snippet",
    "provision snippet --language curl",
)
@config_options(without=(*CREATING, *CHAT, *USABLE))
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="python", show_default=True, help="Which one.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List them and stop.")
def command(language: str, **options: Any) -> None:
    """Print a program that asks the model.

    Complete, for this project and this model, with credentials that refresh themselves.
    """
    with config_from(options) as config, explained("the program could not be written", config):
        from provision.clients import start

        found = start(config).serving
    if found.host:
        raise UsageError(
            f"endpoint {config.endpoint} has a name of its own, which leads to Google and not into a sandbox",
            cause=f"it answers to {found.host} only",
            fix="use `provision proxy` with the same options",
        )
    click.echo(program(language, base_url=found.base_url, model=asked_as(found, config)), nl=False)
