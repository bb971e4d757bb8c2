"""``provision init``: Write a provision.yaml to start from."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from provision.cli import command_help
from provision.config import FILE_NAME, load
from provision.errors import UsageError
from provision.settings import BY_KEY, template


@command_help.with_examples(
    "provision init",
    "provision init --project my-team-chat --billing-account 000000-AAAAAA-111111",
)
@click.option("--project", default="", metavar="PROJECT_ID", help="The project's id.")
@click.option("--billing-account", default="", metavar="ID", help="The billing account, such as 000000-AAAAAA-111111.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default=Path(FILE_NAME),
    metavar="FILE",
    help=f"Where to write; ./{FILE_NAME} if left out.",
)
def command(*, project: str, billing_account: str, force: bool, file: Path) -> None:
    """Write a provision.yaml to start from.

    It shows every setting, with what it means. Asks for what was not given, but only on a terminal. Calls no one.
    """
    if file.exists() and not force:
        raise UsageError(
            f"{file} exists", cause="it would be lost", fix="name another file with --config, or add --force"
        )
    project = project or os.environ.get("GOOGLE_CLOUD_PROJECT", "")
    if sys.stdin.isatty():
        project = project or click.prompt("Project id", err=True)
        billing_account = billing_account or click.prompt(
            "Billing account (empty: leave it as it is)", default="", show_default=False, err=True
        )
    values = {"project.id": project, "billing.account": billing_account}
    given = {key: value for key, value in values.items() if value}
    load(options=given, project_required=False)  # refuses what cannot be used
    try:
        file.write_text(template(given), "utf-8")
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written",
            cause=error.strerror or str(error),
            fix="name another file with --config",
        ) from error
    click.echo(f"wrote {file}")
    click.echo(
        "next: provision check"
        if given.get("project.id")
        else f"next: set {BY_KEY['project.id'].key} in it, then run provision check"
    )
