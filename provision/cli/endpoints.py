"""``provision endpoints``."""

from __future__ import annotations

from typing import Any

import click

from provision.cli.options import config_from, config_options
from provision.cli.output import check_formats, format_option, print_report, progress


@click.command()
@config_options
@format_option
@click.pass_context
def command(ctx: click.Context, /, *, formats: tuple[str, ...], **options: Any) -> None:
    """List the self-deployed endpoints.

    Of every asked location, at once; says which answer on a DNS name of their own. A location that could not be seen is
    shown as such, never as empty.
    """
    from provision import workflow
    from provision.clients import start

    check_formats(formats)
    with config_from(options) as config, progress() as shown:
        run = workflow.look(config, start(config, shown.say), "endpoints")
    print_report(run, formats)
    ctx.exit(run.exit_code)
