"""``provision permissions``: Print the smallest role that is enough."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from provision.cli import command_help
from provision.cli.options import CHAT, ENDPOINTS, LIMITS, MODEL, USABLE, config_from, config_options
from provision.errors import UsageError
from provision.gcloud import add_binding

if TYPE_CHECKING:
    from provision.config import Config
    from provision.plan import Level

ROLE_ID: Final = "provision"
_WHERE: Final[dict[Level, str]] = {
    "project": "on the project {project_id}",
    "billing account": "on {billing_account}",
    "parent": "on {parent}",
    "consumer": "on the project that calls are charged to",
    "service account": "on the service account",
}


@command_help.with_examples(
    "provision permissions",
    "provision permissions --for apply --terraform --member user:ana@example.com",
)
@config_options(without=("project.display_name", "services", *MODEL, *ENDPOINTS, *CHAT, *LIMITS, *USABLE), calls=False)
@click.option(
    "--for",
    "commands",
    default="check,apply",
    show_default=True,
    metavar="NAMES",
    help="What for: check, plan, apply, destroy, smoke-test, or run for the application, with commas between.",
)
@click.option("--role-file", "form", flag_value="role-file", help="A custom role for gcloud iam roles create --file.")
@click.option("--terraform", "form", flag_value="terraform", help="The same role for Terraform.")
@click.option("--gcloud", "form", flag_value="gcloud", help="Commands with Google's own roles, the smallest that do.")
@click.option("--member", default="", metavar="MEMBER", help="Whom to grant it: user:EMAIL or serviceAccount:EMAIL.")
def command(*, commands: str, form: str | None, member: str, **options: Any) -> None:
    """Print the smallest role that is enough.

    Each step says what it needs, and what is not configured needs nothing. Asks Google nothing.
    """
    from provision.commands.required_permissions import PURPOSES, permissions_by_level

    names = [name.strip() for name in commands.split(",") if name.strip()]
    unknown = [name for name in names if name not in PURPOSES]
    if unknown or not names:
        raise UsageError(
            f"{', '.join(unknown) or 'nothing'} is not a command that needs permissions",
            cause="--for takes names with commas between",
            fix=f"use some of {', '.join(PURPOSES)}",
        )
    with config_from(options) as config:
        found = permissions_by_level(config, names)
    render = {"role-file": _role_file, "terraform": _terraform, "gcloud": _gcloud}.get(form or "", _text)
    click.echo(render(config, found, names, member or "MEMBER"), nl=False)


Needed = dict["Level", tuple[str, ...]]


def _place(config: Config, level: Level) -> str:
    return _WHERE[level].format(
        project_id=config.project_id,
        billing_account=config.billing_account or "the billing account",
        parent=config.parent or "the organization",
    )


def _roles(level: Level, permissions: tuple[str, ...]) -> tuple[str, ...]:
    from provision.catalog.roles import smallest_roles

    return smallest_roles(permissions, level)


def _text(config: Config, found: Needed, names: list[str], member: str) -> str:  # noqa: ARG001 - one signature for all
    from provision.commands.required_permissions import PURPOSES, required_permissions

    purposes = {purpose for name in names for purpose in PURPOSES[name]}
    lines = []
    for level, permissions in found.items():
        lines.append(f"{_place(config, level)}:")
        for permission in permissions:
            needing = [
                (step, required)
                for step, required in required_permissions(config, purposes)
                if required.permission == permission
            ]
            needing = [(step, required) for step, required in needing if required.level == level]
            steps = ", ".join(dict.fromkeys(step for step, _ in needing))
            more = " (only to see more)" if all(required.advisory for _, required in needing) else ""
            lines.append(f"  {permission:<58} {steps}{more}")
        lines += [f"  smallest of Google's own: {', '.join(_roles(level, permissions)) or 'none'}", ""]
    lines.append("a custom role of exactly these: --role-file or --terraform; Google's own: --gcloud")
    return "\n".join(lines) + "\n"


def _others(config: Config, found: Needed, member: str, mark: str) -> list[str]:
    """Return what a role of the project cannot hold, as comments with commands."""
    lines = []
    for level, permissions in found.items():
        if level == "project":
            continue
        lines.append(f"{mark} As well, {_place(config, level)}: {', '.join(permissions)}")
        lines += [f"{mark}   {_binding(config, level, role, member)}" for role in _roles(level, permissions)]
    return lines


def _binding(config: Config, level: Level, role: str, member: str) -> str:
    account = config.impersonate_service_account.rpartition(",")[2]
    resources = {
        "billing account": config.billing_account or "billingAccounts/BILLING_ACCOUNT_ID",
        "parent": config.parent or "organizations/NUMBER",
        "consumer": f"projects/{config.quota_project or 'CONSUMER_PROJECT_ID'}",
        "service account": f"serviceAccounts/{account or 'SERVICE_ACCOUNT_EMAIL'}",
    }
    return add_binding(resources.get(level, f"projects/{config.project_id}"), member, role)


def _role_file(config: Config, found: Needed, names: list[str], member: str) -> str:
    import yaml

    permissions = list(found.get("project", ()))
    role = {
        "title": f"provision {' '.join(names)}",
        "description": f"All that provision {', '.join(names)} needs on a project, and no more.",
        "stage": "GA",
        "includedPermissions": permissions,
    }
    lines = [
        f"# gcloud iam roles create {ROLE_ID} --project={config.project_id} --file=FILE",
        f"# {_binding(config, 'project', f'projects/{config.project_id}/roles/{ROLE_ID}', member)}",
        *_others(config, found, member, "#"),
        yaml.safe_dump(role, sort_keys=False, width=120).rstrip(),
    ]
    return "\n".join(lines) + "\n"


def _terraform(config: Config, found: Needed, names: list[str], member: str) -> str:
    listed = "".join(f"    {json.dumps(permission)},\n" for permission in found.get("project", ()))
    lines = [
        f'resource "google_project_iam_custom_role" "{ROLE_ID}" {{',
        f"  project     = {json.dumps(config.project_id)}",
        f"  role_id     = {json.dumps(ROLE_ID)}",
        f"  title       = {json.dumps('provision ' + ' '.join(names))}",
        f"  description = {json.dumps('All that provision ' + ', '.join(names) + ' needs on a project, and no more.')}",
        f"  permissions = [\n{listed}  ]",
        "}",
        "",
        f'resource "google_project_iam_member" "{ROLE_ID}" {{',
        f"  project = {json.dumps(config.project_id)}",
        f"  role    = google_project_iam_custom_role.{ROLE_ID}.name",
        f"  member  = {json.dumps(member)}",
        "}",
        *_others(config, found, member, "#"),
    ]
    return "\n".join(lines) + "\n"


def _gcloud(config: Config, found: Needed, names: list[str], member: str) -> str:  # noqa: ARG001 - one signature for all
    lines = [
        _binding(config, level, role, member)
        for level, permissions in found.items()
        for role in _roles(level, permissions)
    ]
    return "\n".join(lines) + "\n"
