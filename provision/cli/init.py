"""``provision init``: Write a provision.yaml to start from."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from provision.cli import command_help
from provision.config import FILE_NAME, load
from provision.errors import NoAnswer, UsageError
from provision.redaction import redact
from provision.settings import BY_KEY, template

_LOOK_S: Final = 15.0
"""Seconds: who waits at a question can type the answer as well."""


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

    It shows every setting, with what it means. On a terminal it asks for what was not given, and offers the projects
    and the billing accounts that you can see; elsewhere it calls no one.
    """
    if file.exists() and not force:
        raise UsageError(
            f"{file} exists", cause="it would be lost", fix="name another file with --config, or add --force"
        )
    project = project or os.environ.get("GOOGLE_CLOUD_PROJECT", "")
    if sys.stdin.isatty() and not (project and billing_account):
        projects, accounts = _visible()
        project = project or _asked("Project id", "project.id", projects)
        billing_account = billing_account or _asked(
            "Billing account (empty: leave it as it is)", "billing.account", accounts, needed=False
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


def _visible() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the projects and the open billing accounts that the caller sees; says why where none can be listed."""
    from provision.cli.output import progress
    from provision.cli.target import target_for
    from provision.clients import ask_all, start

    with target_for(sandbox=False, insist_on=None) as target, progress() as shown:
        shown.progress("looking for projects and billing accounts")
        clients = start(load(target=target, project_required=False), shown.progress)
        found = ask_all(
            {
                "projects": lambda: clients.resource_manager.search_projects(),  # noqa: PLW0108 - made there, since it may have no credentials
                "accounts": lambda: clients.cloud_billing.open_accounts(),  # noqa: PLW0108 - likewise
            },
            deadline_s=_LOOK_S,
        )
    missing = next((each for each in found.values() if isinstance(each, NoAnswer)), None)
    if missing is not None:
        click.echo(
            f"nothing to choose from could be read: {redact(missing.told.message or missing.told.status)}", err=True
        )
    projects, accounts = (() if isinstance(found[each], NoAnswer) else found[each] for each in ("projects", "accounts"))
    return projects, tuple(each.removeprefix("billingAccounts/") for each in accounts)


def _asked(question: str, key: str, offered: tuple[str, ...], *, needed: bool = True) -> str:
    """Ask for the value of a setting until it can be used; the only one that is offered is taken by Enter."""
    if offered:
        click.echo(f"you can see: {', '.join(offered)}", err=True)

    def usable(answer: str) -> str:
        if answer:
            try:
                load(options={key: answer}, project_required=False)
            except UsageError as error:
                raise click.UsageError(str(error)) from None
        return answer

    default = offered[0] if len(offered) == 1 else None if needed else ""
    answer: str = click.prompt(question, default=default, show_default=bool(default), value_proc=usable, err=True)
    return answer
