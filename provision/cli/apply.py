"""``provision apply``: Make the project ready, and ask the model."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli import command_help
from provision.cli.journal import journal_option
from provision.cli.options import config_from, config_options
from provision.cli.output import check_formats, confirmed, format_option, print_report, progress, show_changes
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.plan import Change


@command_help.with_examples(
    "provision apply --project my-team-chat --billing-account 000000-AAAAAA-111111",
    "provision apply --yes --skip-chat",
)
@click.argument("plan_file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@config_options()
@click.option("--yes", is_flag=True, help="Do not ask before changing something.")
@click.option("--skip-chat", is_flag=True, help="Do not ask the model at the end.")
@journal_option
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    plan_file: Path | None,
    yes: bool,
    skip_chat: bool,
    journal_file: Path | None,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Make the project ready, and ask the model.

    With PLAN, a file that `provision plan --out` wrote, does exactly what is in it, or refuses and says what has
    changed since; that plan was approved when it was read, so nothing is asked. The options it was made with need not
    be given again, but for --config and --sandbox, which say where to look.

    Without, shows the plan first and asks; without a terminal it needs --yes. Can be stopped at any moment and run
    again. May cost money: a linked billing account pays for what is used from then on.
    """
    check_formats(formats)
    if plan_file is None and not yes and not sys.stdin.isatty():
        raise UsageError(
            "apply needs confirmation, and there is no terminal",
            cause="there is no terminal, and --yes was not given",
            fix="look at `provision plan`, then add --yes, or write it with --out FILE and apply that",
        )

    from provision.clients import start
    from provision.commands.apply import apply
    from provision.commands.plan_file import given, read
    from provision.journal import Journal, default_path

    planned = read(plan_file) if plan_file else None
    with (
        config_from(options, outputs=given(planned, os.environ) if planned else None) as config,
        progress(plain_lines=True) as shown,
    ):

        def approve(changes: tuple[Change, ...]) -> bool:
            with shown.paused():
                show_changes(config, changes)
                return plan_file is not None or yes or confirmed("Do this?")

        run = apply(
            config,
            start(config, shown.progress, applied=shown.applied),
            journal=Journal(journal_file or default_path()),
            approve=approve,
            smoke=not skip_chat,
            planned=planned,
        )
    print_report(run, formats)
    ctx.exit(run.exit_code)
