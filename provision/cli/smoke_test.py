"""``provision smoke-test``: Ask the model, and say what it can do; change nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from provision.cli import command_help
from provision.cli.options import USABLE, config_from, config_options
from provision.cli.output import check_formats, format_option, print_report, progress
from provision.errors import UsageError

APIS = ("chat", "responses", "generate-content", "embeddings", "raw-predict")
"""As in `provision.chat.apis`, which takes its time to load."""


@command_help.with_examples(
    "provision smoke-test --project my-team-chat",
    "provision smoke-test --capability tools,json --requests 20",
)
@config_options(without=("project.display_name", "project.undelete", *USABLE))
@click.option(
    "--api",
    type=click.Choice(APIS),
    default="chat",
    help="Ask by another API than chat completions: for a text only, and not streamed.",
)
@click.option(
    "--requests", type=click.IntRange(min=1), default=1, metavar="N", help="Ask N times more, and say how long it took."
)
@click.option(
    "--concurrency", type=click.IntRange(1, 256), default=1, metavar="N", help="Ask N times at once; with --requests."
)
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="USD",
    help="Ask no more once the next answer might take --requests beyond this; 0: no limit.",
)
@click.option(
    "--from-terraform",
    "terraform",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Take project, model and location from a Terraform state: the root's folder, or a file of `output -json`.",
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    formats: tuple[str, ...],
    api: str,
    requests: int,
    concurrency: int,
    max_cost: float,
    terraform: Path | None,
    **options: Any,
) -> None:
    """Ask the model, and say what it can do; change nothing.

    It must answer; that it streams, calls tools, keeps to a JSON schema, reasons and goes on with a conversation is
    asked too, and only a warning unless --capability asks for it. Where it does not answer, everything else is looked
    at to say why. Costs a fraction of a cent. Exit 0: it answered. 1: it did not, and why. 2: wrong usage. 3: cannot
    tell.
    """
    from provision.clients import start
    from provision.commands.smoke_test import smoke_test
    from provision.settings import CAPABILITIES

    check_formats(formats)
    if concurrency > 1 and requests == 1:
        raise UsageError(
            f"--concurrency {concurrency} of one request",
            cause="there is nothing to ask at once",
            fix="add --requests N",
        )
    outputs = None
    if terraform is not None:
        from provision.terraform_io.tfvars import read_outputs

        outputs = read_outputs(terraform)
    with config_from(options, outputs=outputs) as config, progress() as shown:
        by_name = "chat.capabilities" in config.sources
        wanted = config.capabilities if by_name else tuple(each for each in CAPABILITIES if each != "long")
        if api != "chat":
            if by_name and set(wanted) != {"text"}:
                raise UsageError(
                    f"--capability {','.join(wanted)} by {api}",
                    cause="only a text is asked for by another API than chat completions",
                    fix="leave --capability out, or --api",
                )
            wanted = ("text",)
        clients = start(config, shown.progress)
        clients.api = api
        run = smoke_test(
            replace(config, capabilities=wanted),
            clients,
            requests=requests,
            concurrency=concurrency,
            max_cost_usd=max_cost,
        )
    print_report(run, formats)
    ctx.exit(run.exit_code)
