"""``provision endpoints``: List the self-deployed endpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli import command_help
from provision.cli.options import CHAT, CREATING, USABLE, config_from, config_options
from provision.cli.output import check_formats, format_option, print_report, progress, to_show
from provision.cli.tables import columns

if TYPE_CHECKING:
    from provision.plan import Run


@command_help.with_examples(
    "provision endpoints --project my-team-chat",
    "provision endpoints --endpoint-location all --format json",
)
@config_options(
    without=(*CREATING, "model.id", "model.endpoint", *CHAT, *USABLE),
    says={"model.location": "Where to look, beside --endpoint-location; several with commas, or `all`."},
)
@click.option("--probe", is_flag=True, help="Ask each endpoint that has a model for one token.")
@click.option(
    "--from-terraform",
    "states",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIR",
    help="Tell what no Terraform state holds: the root's folder, or a file of `state pull`; once for each state.",
)
@format_option
@click.pass_context
def command(
    ctx: click.Context, /, *, formats: tuple[str, ...], probe: bool, states: tuple[Path, ...], **options: Any
) -> None:
    """List the self-deployed endpoints.

    Of every asked location, at once (`--location all`: of every location that Vertex AI has), with what is deployed on
    them, the traffic each gets, and the base URL for an OpenAI client. A location that could not be seen is shown as
    such, never as empty. With --from-terraform also which of them no state holds: a deployment that was refused half
    way leaves one, and no destroy takes it away.
    """
    from provision.clients import start
    from provision.commands.endpoints import look_at_endpoints

    check_formats(formats)
    # Here a location is where to look, and not where a publisher model is asked.
    location = options["model_location"]
    if location:
        options["model_location"] = None
        options["endpoints_locations"] = (*options["endpoints_locations"], *location.split(","))
    held = None
    if states:
        from provision.terraform_io import state

        held = state.endpoints(states)
    with config_from(options) as config, progress() as shown:
        run = look_at_endpoints(config, start(config, shown.progress), probe=probe, held=held)
    if "text" in formats:
        click.echo(_table(to_show(run)), nl=False)
    print_report(run, formats)
    ctx.exit(run.exit_code)


def _table(run: Run) -> str:
    listed = next((check.evidence for check in run.checks if check.id == "endpoints.listed"), {})
    found: Any = listed.get("endpoints") or ()
    if not found:
        return ""
    lines = [["location", "id", "name", "models", "traffic", "probe", "host", "base URL"]]
    for each in found:
        probed = each.get("probe") or {}
        lines.append(
            [
                each["location"],
                each["name"].rpartition("/")[2],
                each["display_name"],
                ", ".join(each["deployed_models"]) or "none",
                ", ".join(f"{share}%" for share in each["traffic"].values()),
                probed.get("outcome", ""),
                each["dedicated_dns"] or "shared",
                each["base_url"],
            ]
        )
    if not any(line[5] for line in lines[1:]):
        lines[0][5] = ""
    return columns(lines) + "\n"
