"""``provision plan``: Show what apply would change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from provision.cli import command_help
from provision.cli.options import CHAT, USABLE, config_from, config_options
from provision.cli.output import check_formats, format_option, print_report, progress
from provision.errors import ProvisionError


class _PlanCommand(command_help.Command):
    """With --detailed-exitcode, 2 means changes, so wrong usage has to be 1."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line."""
        detailed = "--detailed-exitcode" in args
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            error.exit_code = 1 if detailed else error.exit_code  # type: ignore[misc] # click reads it from the instance
            raise


@command_help.with_examples(
    "provision plan --project my-team-chat",
    "provision plan --out change.plan --detailed-exitcode",
    cls=_PlanCommand,
)
@config_options(without=(*CHAT, *USABLE))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Write the plan, for `provision apply FILE`.",
)
@click.option(
    "--detailed-exitcode",
    is_flag=True,
    help="Exit 0: nothing to do. 2: changes. 1: any error, usage included.",
)
@format_option
@click.pass_context
def command(
    ctx: click.Context, /, *, detailed_exitcode: bool, out: Path | None, formats: tuple[str, ...], **options: Any
) -> None:
    """Show what apply would change.

    Changes nothing. Exit 0: apply can do this. 1: something is in its way. 3: something could not be seen.
    """
    from provision.clients import start
    from provision.commands.plan import plan

    try:
        check_formats(formats)
        with config_from(options) as config, progress() as shown:
            run = plan(config, start(config, shown.progress), out=out)
    except ProvisionError as error:
        if detailed_exitcode:
            raise ProvisionError(str(error)) from error  # as it would have been said, every problem of it
        raise
    print_report(run, formats)
    if out is not None:
        click.echo(
            f"not written: {out}, because {run.blocking_check} is in the way"
            if run.blocking_check
            else f"wrote {out}; apply it: provision apply {out}",
            err=True,
        )
    if detailed_exitcode:
        ctx.exit(1 if run.blocking_check else 2 if run.changes else 0)
    ctx.exit(run.exit_code)
