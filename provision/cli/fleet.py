"""``provision fleet``: Look at many projects at once."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from provision.cli import command_help
from provision.cli.journal import journal_option
from provision.cli.options import CHAT, CREATING, LIMITS, MODEL, USABLE, config_from, config_options
from provision.cli.output import check_formats, confirmed, progress, wants_color
from provision.errors import ProvisionError, StalePlanError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from provision.config import Config
    from provision.fleet.store import Store
    from provision.fleet.summary import Summary

_FORMATS: Final = ("text", "json", "jsonl", "csv", "html")


@click.group()
def command() -> None:
    """Look at many projects at once.

    An organization, a folder, what a billing account pays for, or a list. `check` reads all of them in bulk and asks
    some themselves, within Google's limits per minute. `report` shows a run again, or the parts of one; `runs` lists
    them.
    """


def _formats(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="NAME[=FILE]",
        default=("text",),
        show_default=True,
        help=f"How to report: {', '.join(_FORMATS)}; with =FILE into a file. Repeatable.",
    )(command)


@command.command(
    "check",
    cls=command_help.Command,
    examples=(
        "provision fleet check --organization 123456789012",
        "provision fleet check --folder 456 --label env=prod --confirm all --format csv=fleet.csv",
    ),
)
@click.option("--organization", "organizations", multiple=True, metavar="NUMBER", help="All in it. Repeatable.")
@click.option("--folder", "folders", multiple=True, metavar="NUMBER", help="All in it, at any depth. Repeatable.")
@click.option("--billing-account", "accounts", multiple=True, metavar="ID", help="All that it pays for. Repeatable.")
@click.option("--project", "projects", multiple=True, metavar="PROJECT_ID", help="This one. Repeatable.")
@click.option(
    "--projects",
    "projects_file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Those in FILE, an id a line; - for standard input.",
)
@click.option("--label", "labels", multiple=True, metavar="NAME[=VALUE]", help="Only with this label. Repeatable.")
@click.option(
    "--confirm",
    type=click.Choice(["sample", "all", "none"]),
    default="sample",
    show_default=True,
    help="Which projects to ask themselves: some of each kind, all, or none. Only what was asked can be `ready`.",
)
@click.option(
    "--shard",
    default="",
    metavar="INDEX/COUNT",
    help="Only this part, such as 3/10; by default the one that Cloud Run, Kubernetes or SLURM names.",
)
@click.option("--run", "run_name", default="", metavar="NAME", help="The run to go on with, or a file for a new one.")
@config_options(
    without=(
        *(key for key in CREATING if key != "services"),
        *("project.id", *MODEL, *CHAT, *USABLE, *LIMITS),
    )
)
@_formats
@click.pass_context
def check(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    /,
    *,
    organizations: tuple[str, ...],
    folders: tuple[str, ...],
    accounts: tuple[str, ...],
    projects: tuple[str, ...],
    projects_file: Path | None,
    labels: tuple[str, ...],
    confirm: str,
    shard: str,
    run_name: str,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Say which projects are ready, and what stands in the way of the others.

    Changes nothing, and asks no model. Stopped, the same command goes on where it stood. Exit 0: every project is
    ready, having been asked itself. 1: at least one is not. 2: wrong usage. 3: not all can be told.
    """
    from provision.clients import start
    from provision.fleet import check as fleet
    from provision.fleet import runs, scope, summary
    from provision.google.budgets import Budgets

    check_formats(formats, _FORMATS)
    chosen = scope.read(
        organizations=organizations,
        folders=folders,
        billing_accounts=accounts,
        projects=(*projects, *_ids(projects_file)),
        labels=labels,
        shard=shard,
        environment=os.environ,
    )
    with ExitStack() as held:
        config = _with_services(held.enter_context(config_from(options, project_required=False)))
        store, previous = held.enter_context(runs.working_on(chosen, config, run_name))
        with progress(plain_lines=True) as shown:
            clients = start(config, shown.progress, wait_s=float("inf"))
            clients.pace = Budgets(
                runs.folder() / "budgets",
                lambda: clients.credentials.identity.consumer_project,
                workers=chosen.shard.count,
                sleep=clients.sleep,
            )
            fleet.check(chosen, config, clients, store, confirm=confirm, previous=previous)  # type: ignore[arg-type] # one of its choices
        found = summary.summarize([store], budgets=clients.pace.used(), previous=previous)
        _print([store], found, formats)
    ctx.exit(found.exit_code)


_CHANGING = config_options(
    without=(
        *(key for key in CREATING if key not in {"services", "billing.account"}),
        *("project.id", *MODEL, *CHAT, *LIMITS),
    )
)


@command.command(
    "plan", cls=command_help.Command, examples=("provision fleet plan --billing-account 000000-AAAAAA-111111",)
)
@click.argument("run_name", metavar="[RUN]", default="")
@_CHANGING
def plan(*, run_name: str, **options: Any) -> None:
    """Say what `fleet apply` would change, by what a run knows; the last run if none is named.

    Asks no one. `apply` looks at each project again before it touches it.
    """
    from provision.fleet import apply as fleet
    from provision.fleet import runs
    from provision.fleet.text import render_plan

    with config_from(options, project_required=False) as given:
        config = _with_services(given)
        with runs.opened(run_name, config) as store:
            click.echo(render_plan(fleet.plan(config, store), config, store.path.stem), nl=False)


@command.command(
    "apply",
    cls=command_help.Command,
    examples=("provision fleet apply --limit 20", "provision fleet apply --yes --billing-account 000000-AAAAAA-111111"),
)
@click.argument("run_name", metavar="[RUN]", default="")
@click.option("--limit", type=click.IntRange(1), default=None, metavar="COUNT", help="Only so many projects: a canary.")
@click.option(
    "--max-failures",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    metavar="COUNT",
    help="Begin no other project after so many that did not become ready.",
)
@click.option("--yes", is_flag=True, help="Do not ask before changing something.")
@_CHANGING
@journal_option
@_formats
@click.pass_context
def apply(
    ctx: click.Context,
    /,
    *,
    run_name: str,
    limit: int | None,
    max_failures: int,
    yes: bool,
    journal_file: Path | None,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """Make the projects of a run ready; the last run if none is named.

    Links the configured billing account where none is linked, enables what is not enabled, waits until it is usable,
    and does nothing else. Each project's changes are in the journal, as those of `provision apply`. Stopped, the same
    command goes on with what is left.
    """
    from provision.clients import start
    from provision.fleet import apply as fleet
    from provision.fleet import runs, summary
    from provision.fleet.text import render_plan
    from provision.google.budgets import Budgets
    from provision.journal import Journal, default_path

    check_formats(formats, _FORMATS)
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "fleet apply needs confirmation, and there is no terminal",
            cause="there is no terminal, and --yes was not given",
            fix="look at `provision fleet plan`, then add --yes",
        )
    with ExitStack() as entered:
        config = _with_services(entered.enter_context(config_from(options, project_required=False)))
        store = entered.enter_context(runs.opened(run_name, config))
        planned = fleet.plan(config, store)
        chosen = planned.projects[:limit]
        click.echo(render_plan(planned, config, store.path.stem), nl=False, err=True)
        if chosen and not yes and not confirmed(f"Change {len(chosen)} of them?"):
            raise StalePlanError("nothing was changed", cause="the plan was not approved", fix="run it again")
        with progress(plain_lines=True) as shown:
            clients = start(config, shown.progress, wait_s=float("inf"))
            clients.pace = Budgets(
                runs.folder() / "budgets",
                lambda: clients.credentials.identity.consumer_project,
                sleep=clients.sleep,
            )
            journal = Journal(journal_file or default_path())
            fleet.apply(chosen, planned, config, clients, store, journal=journal, most_failures=max_failures)
        found = summary.summarize([store], budgets=clients.pace.used())
        _print([store], found, formats)
    ctx.exit(found.exit_code)


def _with_services(config: Config) -> Config:
    """Return the configuration with the services that a fleet needs, where no one named others.

    The others of the default are for the service accounts of a project that look at it themselves.
    """
    return config if "services" in config.sources else replace(config, services=config.services[:1])


@command.command(
    "report",
    cls=command_help.Command,
    examples=("provision fleet report", "provision fleet report shard-*.run --format csv=fleet.csv"),
)
@click.argument("names", nargs=-1, metavar="[RUN]...")
@_formats
@click.pass_context
def report(ctx: click.Context, /, *, names: tuple[str, ...], formats: tuple[str, ...]) -> None:
    """Show a run again, or several that are the parts of one; the last one if none is named.

    Calls no one. Its exit code is that of the run.
    """
    from provision.fleet import runs, summary
    from provision.fleet.store import Store

    check_formats(formats, _FORMATS)
    paths = [runs.find(each) for each in names] or runs.kept()[:1]
    if not paths:
        raise UsageError("there is no run", cause=f"none is in {runs.folder()}", fix="provision fleet check --help")
    stores = [Store(each) for each in dict.fromkeys(paths)]
    found = summary.summarize(stores)
    _print(stores, found, formats)
    ctx.exit(found.exit_code)


@command.command("runs", cls=command_help.Command, examples=("provision fleet runs",))
def list_runs() -> None:
    """List the runs of this machine, the newest first."""
    from provision.fleet import runs, summary
    from provision.fleet.store import Store
    from provision.fleet.text import counts

    for path in runs.kept():
        try:
            found = summary.summarize([Store(path)])
        except ProvisionError as error:  # of the others there is something to tell
            click.echo(f"{path.stem}  cannot be read: {error.cause}")
            continue
        click.echo(f"{path.stem}  {found.state:8}  {found.projects:>7,} projects  {found.scope}: {counts(found)}")


def _ids(path: Path | None) -> Iterable[str]:
    """Return the ids in a file, one a line; # begins a comment."""
    if path is None:
        return ()
    try:
        lines = sys.stdin.readlines() if str(path) == "-" else path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise UsageError(
            f"{path} cannot be read", cause=why, fix="write a file with a project id on each line"
        ) from error
    return [word for line in lines if (word := line.partition("#")[0].strip())]


def _print(stores: Sequence[Store], found: Summary, formats: tuple[str, ...]) -> None:
    for each in formats:
        name, _, file = each.partition("=")
        if not file:
            for piece in _rendered(name, stores, found, to_terminal=True):
                click.echo(piece, nl=False)
            continue
        with Path(file).open("w", encoding="utf-8", newline="") as out:
            out.writelines(_rendered(name, stores, found, to_terminal=False))
        click.echo(f"wrote {file}", err=True)


def _rendered(name: str, stores: Sequence[Store], found: Summary, *, to_terminal: bool) -> Iterable[str]:
    from provision.fleet import machine, text

    if name == "json":
        return [machine.as_json(found)]
    if name == "jsonl":
        return machine.as_json_lines(stores)
    if name == "csv":
        return machine.as_csv(stores)
    if name == "html":
        from provision.fleet import html

        return [html.render(found, stores)]
    wide = to_terminal and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if wide else 0
    return [text.render(found, color=to_terminal and wants_color(sys.stdout), width=width)]
