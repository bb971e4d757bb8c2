"""``provision destroy``: Undo what the journal proves that we did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from provision.cli import command_help
from provision.cli.journal import journal_option
from provision.cli.options import CHAT, CREATING, ENDPOINTS, MODEL, USABLE, config_from, config_options
from provision.cli.output import confirmed, progress
from provision.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from provision.undo.record import Undone


@command_help.with_examples(
    "provision destroy",
    "provision destroy --yes --project my-team-chat",
)
@config_options(without=(*CREATING, *MODEL, *CHAT, *ENDPOINTS, *USABLE))
@click.option("--yes", is_flag=True, help="Do not ask before undoing something.")
@click.option("--delete-project", is_flag=True, help="Delete the project too, if the journal says that we created it.")
@click.option(
    "--confirm", metavar="PROJECT_ID", default="", help="The id of the project to delete, instead of typing it."
)
@click.option(
    "--force",
    is_flag=True,
    help="Undo also what others use: services that Google counts as used, billing that others need, "
    "accounts and pools that others have built on.",
)
@click.option(
    "--include-unverified",
    is_flag=True,
    help="Undo also what may be another's: where an answer was lost, and services that came along with ours.",
)
@journal_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="How to report.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    yes: bool,
    delete_project: bool,
    confirm: str,
    force: bool,
    include_unverified: bool,
    journal_file: Path | None,
    format_: str,
    **options: Any,
) -> None:
    """Undo what the journal proves that we did.

    In reverse order, and only what is still as we left it. Everything else stays, and is named with the reason. Shows
    the plan first and asks; without a terminal it needs --yes, and --confirm to delete a project. Exit 0: done, or
    nothing to do. 1: something failed. 3: something could not be seen.
    """
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "destroy needs confirmation, and there is no terminal",
            cause="there is no terminal, and --yes was not given",
            fix="look at `provision history`, then add --yes",
        )

    from provision.clients import start
    from provision.commands.destroy import destroy
    from provision.journal import Journal, named_path
    from provision.reports.destroy import render, render_json
    from provision.undo import DestroyOptions

    journal = named_path(journal_file)
    with config_from(options) as config, progress(plain_lines=True) as shown:
        _require_confirmation(config.project_id, confirm, delete_project=delete_project)

        def approve(found: Undone) -> bool:
            with shown.paused():
                click.echo(render(found), err=True)
                if any(change.action == "delete" and change.step == "project" for change in found.planned):
                    return bool(confirm) or _typed(config.project_id)
                return yes or confirmed("Undo this?", "nothing was undone")

        undone = destroy(
            config,
            start(config, shown.progress),
            journal=Journal(journal),
            options=DestroyOptions(project_id=config.project_id, delete_project=delete_project, force=force),
            include_unverified=include_unverified,
            approve=approve,
        )
    click.echo(render(undone) if format_ == "text" else render_json(undone), nl=False)
    ctx.exit(undone.exit_code)


def _require_confirmation(project_id: str, confirm: str, *, delete_project: bool) -> None:
    if confirm and (not delete_project or confirm != project_id):
        raise UsageError(
            f"--confirm {confirm} does not confirm the deletion of {project_id}",
            cause="it is not that project's id" if delete_project else "--delete-project was not given",
            fix=f"to delete it: --delete-project --confirm {project_id}",
        )
    if delete_project and not confirm and not sys.stdin.isatty():
        raise UsageError(
            f"deleting {project_id} needs its id once more",
            cause="there is no terminal to type it into; --yes is not enough for this",
            fix=f"--delete-project --confirm {project_id}",
        )


def _typed(project_id: str) -> bool:
    try:
        typed = click.prompt(f"Type {project_id} to delete the project and all that is in it", err=True, default="")
    except (KeyboardInterrupt, click.Abort):
        raise Interrupted("stopped at the question: nothing was undone", fix="run it again, and answer it") from None
    return str(typed).strip() == project_id
