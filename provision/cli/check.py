"""``provision check``."""

from __future__ import annotations

from typing import Any

import click

from provision.cli.options import config_from, config_options
from provision.cli.output import check_formats, format_option, print_report, progress


@click.command()
@config_options
@click.option("--only", multiple=True, metavar="CHECK", help="Only this check or step. Repeatable.")
@click.option(
    "--skip", multiple=True, metavar="CHECK", help="Leave this check or step out, such as `chat`. Repeatable."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Say whether the project is ready, and if not, why.

    Changes nothing. Everything is asked at once; the one chat question costs a fraction of a cent (`--skip chat` leaves
    it out). Exit 0: ready. 1: not ready. 2: wrong usage. 3: cannot tell.
    """
    from provision import workflow
    from provision.clients import start

    check_formats(formats)
    with config_from(options) as config, progress() as shown:
        run = workflow.check(config, start(config, shown.say), only=only, skip=skip)
    print_report(run, formats)
    ctx.exit(run.exit_code)
