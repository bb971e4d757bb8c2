"""``provision terraform``: Hand the same project to Terraform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli import command_help
from provision.cli.explained import explained
from provision.cli.options import CHAT, ENDPOINTS, LIMITS, MODEL, USABLE, config_from, config_options
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.config import Config


@click.group()
def command() -> None:
    """Hand the same project to Terraform."""


@command.command("vars", cls=command_help.Command, examples=("provision terraform vars --out terraform.tfvars.json",))
@config_options(without=("model.endpoint", *CHAT, *ENDPOINTS, *LIMITS, *USABLE), calls=False)
@click.option(
    "--out",
    default="terraform.tfvars.json",
    show_default=True,
    metavar="FILE",
    help="Where to write, such as DIR/terraform.tfvars.json; - is standard output.",
)
def variables(*, out: str, **options: Any) -> None:
    """Write the module's input from provision.yaml.

    Calls no one. Settings that only Terraform carries out (budget, organization policy, your own model) are in it.
    """
    from provision.terraform_io import tfvars

    with config_from(options) as config:
        _tell_of_another_project(config)
        _write(out, tfvars.render(config))


@command.command("import", cls=command_help.Command, examples=("provision terraform import --out imports.tf",))
@config_options(
    without=(
        "project.undelete",
        "project.parent",
        "project.display_name",
        "billing.relink",
        *MODEL,
        *CHAT,
        *ENDPOINTS,
        *USABLE,
    )
)
@click.option(
    "--out",
    default="imports.tf",
    show_default=True,
    metavar="FILE",
    help="Where to write, beside the root's main.tf; - is standard output.",
)
@click.option(
    "--module",
    default="provision",
    show_default=True,
    metavar="NAME",
    help="The name of the `module` block that calls the module; empty where the module itself is the root.",
)
def import_(*, out: str, module: str, **options: Any) -> None:
    """Write `import` blocks for what is there already.

    Then `terraform apply` takes over what `provision apply` made, and makes nothing twice. Reads the project, and
    changes nothing.
    """
    from provision.clients import start
    from provision.terraform_io import imports

    with config_from(options) as config, explained("what is there could not be seen", config):
        _write(out, imports.imports(config, imports.look(config, start(config)), module))


def _tell_of_another_project(config: Config) -> None:
    """Say that a variable replaces the file's project: what is written stays, and the variable may be gone.

    Raises:
        UsageError: the file says that the project is to be created; another one would be.
    """
    place = config.overridden.get("project.id")
    if place is None:
        return
    what = f"{config.project_id} ({config.sources['project.id']}) replaces the project that is in {place}"
    if config.create_project:
        raise UsageError(
            what,
            cause="the file says to create its project, and Terraform would create the other one",
            fix="unset the variable, or say --project",
        )
    click.echo(f"note: {what}", err=True)


def _write(out: str, text: str) -> None:
    if out == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(out).write_text(text, "utf-8")
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written", cause=error.strerror or str(error), fix="name another file with --out"
        ) from error
    click.echo(f"wrote {out}", err=True)
