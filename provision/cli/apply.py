"""``provision apply``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli.options import config_from, config_options
from provision.cli.output import check_formats, format_option, print_report, progress, wants_colour
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.plan import Change


@click.command()
@config_options
@click.option("--yes", is_flag=True, help="Do not ask before changing something.")
@click.option("--skip-chat", is_flag=True, help="Do not ask the model at the end.")
@click.option(
    "--journal",
    "journal_file",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Where each change is recorded before and after it is made.",
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    yes: bool,
    skip_chat: bool,
    journal_file: Path | None,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Make the project ready, and ask the model.

    Shows the plan first and asks; without a terminal it needs --yes. Can be stopped at any moment and run again. May
    cost money: a linked billing account pays for what is used from then on.
    """
    check_formats(formats)
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "apply has nobody to ask",
            cause="there is no terminal, and --yes was not given",
            fix="look at `provision plan`, then add --yes",
        )

    from provision import workflow
    from provision.clients import start
    from provision.journal import Journal, default_path
    from provision.reports.text import render_changes

    with config_from(options) as config, progress(plain_lines=True) as shown:

        def approve(changes: tuple[Change, ...]) -> bool:
            with shown.paused():
                click.echo(f"target: {config.target.name}   project: {config.project_id}", err=True)
                for line in render_changes(changes, colour=wants_colour(sys.stderr)):
                    click.echo(line, err=True)
                return yes or click.confirm("Do this?", err=True)

        run = workflow.apply(
            config,
            start(config, shown.say),
            journal=Journal(journal_file or default_path()),
            approve=approve,
            smoke=not skip_chat,
        )
    print_report(run, formats)
    ctx.exit(run.exit_code)
