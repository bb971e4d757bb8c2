"""``provision smoke-test``."""

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
    """Ask the model one question; change nothing.

    Where it does not answer, everything else is looked at to say why. Costs a fraction of a cent. Exit 0: it answered.
    1: it did not, and why. 2: wrong usage. 3: cannot tell.
    """
    from provision import workflow
    from provision.clients import start

    check_formats(formats)
    with config_from(options) as config, progress() as shown:
        run = workflow.smoke_test(config, start(config, shown.say))
    print_report(run, formats)
    ctx.exit(run.exit_code)
