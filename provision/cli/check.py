"""``provision check``: Say whether the project is ready, and if not, why."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from provision.cli import command_help
from provision.cli.completion_values import CHECKS
from provision.cli.options import USABLE, Duration, config_from, config_options
from provision.cli.output import check_formats, format_option, print_report, progress


@command_help.with_examples(
    "provision check --project my-team-chat",
    "provision check --wait 10m --format junit=report.xml",
)
@config_options(without=("project.display_name", *USABLE))
@click.option(
    "--only",
    multiple=True,
    metavar="CHECK",
    shell_complete=CHECKS,
    help="Only this check or step. Repeatable.",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="CHECK",
    shell_complete=CHECKS,
    help="Leave this check or step out, such as `chat`. Repeatable.",
)
@click.option(
    "--wait",
    "wait_s",
    type=Duration(),
    default=None,
    metavar="DURATION",
    help="Check again until it is ready, as long as waiting can help, such as `10m` right after an apply.",
)
@click.option(
    "--baseline",
    "baseline_file",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="An earlier JSON report: tell only what changed since, and fail only for what became worse.",
)
@click.option("--list", "listing", is_flag=True, help="List every check, asking nothing; `--format json` for machines.")
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    wait_s: float | None,
    baseline_file: Path | None,
    listing: bool,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Say whether the project is ready, and if not, why.

    Changes nothing. Everything is asked at once; the one chat question costs a fraction of a cent (`--skip chat` leaves
    it out). Exit 0: ready. 1: not ready. 2: wrong usage. 3: cannot tell.
    """
    check_formats(formats)
    if listing:
        from provision.commands.check import check as run_check
        from provision.commands.check import chosen
        from provision.commands.check_until_ready import check_until_ready

        _list(chosen(only, skip).steps, as_json=formats == ("json",))
        return
    from provision.chat.worker import chat_worker

    asks = "chat" not in skip and (not only or any(each.startswith("chat") for each in only))
    with chat_worker() if asks else nullcontext() as process:  # first: it loads while this one does
        from provision import baseline
        from provision.clients import start
        from provision.commands.check import check as run_check
        from provision.commands.check import chosen
        from provision.commands.check_until_ready import check_until_ready

        with config_from(options) as config, progress(plain_lines=wait_s is not None) as shown:
            before = (
                baseline.read(baseline_file, project_id=config.project_id, target=config.target.name)
                if baseline_file
                else None
            )
            clients = start(config, shown.progress, chat_worker=process, wait_s=wait_s or 0.0)
            if wait_s is None:
                run = run_check(config, clients, only=only, skip=skip)
            else:
                run = check_until_ready(config, clients, wait_s=wait_s, only=only, skip=skip)
            if before is not None:
                run = replace(run, comparison=baseline.compare(run, before))
    print_report(run, formats)
    ctx.exit(run.exit_code)


def _list(names: tuple[str, ...], *, as_json: bool) -> None:
    """Print every check of the steps, with what it says when it passes."""
    from provision.commands.run import BY_NAME, REQUIRES

    rows = [
        {"id": check.id, "step": name, "passes_when": check.passes_when, "requires": list(REQUIRES[name])}
        for name in names
        for check in BY_NAME[name].CHECKS
    ]
    if as_json:
        click.echo(json.dumps({"checks": rows}, indent=2))
        return
    width = max((len(str(row["id"])) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['id']:{width}}  {row['passes_when']}")
