"""``provision models``: List the publisher models that are known."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from provision import catalog
from provision.cli import command_help
from provision.cli.explained import explained
from provision.cli.options import CHAT, CREATING, ENDPOINTS, USABLE, config_from, config_options
from provision.cli.output import check_formats, deliver, progress
from provision.cli.tables import columns
from provision.errors import ErrorStatus, NoAnswer, ProvisionError, UsageError

if TYPE_CHECKING:
    from provision.commands.availability import ModelAvailability
    from provision.commands.update_catalog import CatalogUpdate
    from provision.config import Config

OLD_DAYS = 90
ENABLES = "roles/consumerprocurement.entitlementManager"
FORMATS = ("text", "json")


@command_help.with_examples(
    "provision models",
    "provision models --location europe-west4 --format json",
)
@config_options(
    without=(*CREATING, "model.endpoint", *CHAT, *ENDPOINTS, *USABLE),
    says={
        "model.id": "With --probe, ask this one too if it is retired, as publisher/model.",
        "model.location": "Only what is offered in this location, such as `global`; --probe asks there only.",
    },
)
@click.option("--all", "retired", is_flag=True, help="Show retired models too.")
@click.option("--offline", is_flag=True, help="Read the catalog only; make no calls.")
@click.option("--probe", is_flag=True, help="Ask each model for one token, in every location that may have it.")
@click.option("--check-catalog", is_flag=True, help=f"Exit 1 if the catalog is older than {OLD_DAYS} days.")
@click.option(
    "--update",
    is_flag=True,
    help="Bring the catalog up to what price lists and, with a project, Model Garden publish; show what changed.",
)
@click.option("--dry-run", is_flag=True, help="With --update: show what would change, and write nothing.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME[=FILE]",
    default=("text",),
    show_default=True,
    help=f"How to print: {', '.join(FORMATS)}; with =FILE into a file. Repeatable.",
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    retired: bool,
    offline: bool,
    probe: bool,
    check_catalog: bool,
    update: bool,
    dry_run: bool,
    formats: tuple[str, ...],
    **options: Any,
) -> None:
    """List the publisher models that are known.

    With where they run, until when and for how much: from the catalog that comes with this tool, each row with its
    date and source. Where a project is named, Vertex AI is asked about each as well; --location shows those offered
    there. Exit 3 if it was asked and did not say.
    """
    from provision.commands.availability import candidates, model_availability, read_catalog

    check_formats(formats, FORMATS)
    _check_options(probe=probe, offline=offline, update=update, dry_run=dry_run)
    today = datetime.now(UTC).date()
    if check_catalog:
        _check_catalog(today)
    location = options["model_location"] or ""
    _check_location(location)
    rows = read_catalog(location)
    places: tuple[str, ...] = ()
    with config_from(options, project_required=probe) as config:
        asked = not offline and bool(config.project_id)
        if update:
            ctx.exit(_update(config if asked else None, today, dry_run=dry_run))
        rows = tuple(
            row for row in rows if retired or row.stage != "retired" or (probe and row.model.id == config.model)
        )
        if asked:
            if probe:
                places = (location,) if location else candidates(config)
            with progress() as shown, explained("Vertex AI was not asked", config):
                from provision.clients import start

                rows = model_availability(config, start(config, shown.progress), rows, probe_in=places)
    for each in formats:
        name, _, file = each.partition("=")
        deliver(_json(rows) if name == "json" else _text(rows, places, config.target.name if asked else ""), file)
    _warn_of_age(today)
    ctx.exit(3 if any(_unseen(row) for row in rows) else 0)


def _check_options(*, probe: bool, offline: bool, update: bool, dry_run: bool) -> None:
    if probe and offline:
        raise UsageError("--probe asks, and --offline makes no calls", cause="both were given", fix="leave one out")
    if dry_run and not update:
        raise UsageError(
            "--dry-run changes nothing here", cause="only --update writes", fix="add --update, or leave it out"
        )


def _check_location(location: str) -> None:
    if location and location not in catalog.locations():
        guess = catalog.nearest(location, catalog.locations())
        raise UsageError(
            f"--location {location!r} cannot be used",
            cause="it is no Vertex AI location of the published list",
            fix=f"did you mean {guess!r}?" if guess else "use `global`, or a region such as `us-central1`",
        )


def _update(config: Config | None, today: date, *, dry_run: bool) -> int:
    """Bring the catalog up to date, and print what changed. Raises `ProvisionError`."""
    from provision.catalog import update
    from provision.commands.update_catalog import find_update

    if config is None:
        found = find_update(today)
    else:
        with progress() as shown, explained("Vertex AI was not asked", config):
            from provision.clients import start

            found = find_update(today, config, start(config, shown.progress))
    click.echo(_updated(found), nl=False)
    if dry_run:
        click.echo("nothing was written (--dry-run)")
    else:
        try:
            update.write(found.data, update.FILE)
        except OSError as error:
            raise ProvisionError(
                f"{update.FILE} cannot be written",
                cause=error.strerror or str(error),
                fix="run it as who installed provision",
            ) from error
        click.echo(f"wrote {update.FILE}")
    return 3 if found.unanswered else 0


def _updated(found: CatalogUpdate) -> str:
    lines = [f"read: {', '.join(found.read)}"]
    if found.changes:
        table = [["model", "what", "before", "after"]]
        table += [
            [each.id, each.field, _short(each.field, each.before), _short(each.field, each.after)]
            for each in found.changes
        ]
        lines.append(columns(table).rstrip("\n"))
    else:
        lines.append("no price, limit or date differs")
    lines.append(f"in no price list, so read their pages: {', '.join(found.unconfirmed) or 'none'}")
    if found.listed is None:
        lines.append("Model Garden was not asked: no project is named, or --offline was given.")
    else:
        lines.append(f"listed by Model Garden and not in the catalog: {', '.join(found.listed) or 'none'}")
    lines += sorted({str(each) for each in found.unanswered})
    return "\n".join(lines) + "\n"


def _short(field: str, value: Any) -> str:
    if field == "prices":
        return ", ".join(
            f"{each['input_usd']:g} / {each['output_usd']:g}" + (f" from {each['since']}" if "since" in each else "")
            for each in value or ()
        )
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value)


def _warn_of_age(today: date) -> None:
    """Say by itself that the catalog is old."""
    old = catalog.outdated(today, OLD_DAYS)
    if old:
        oldest = min(row.last_read for row in old)
        click.echo(
            f"Warning: {len(old)} rows of the catalog were last read on {oldest}, {(today - oldest).days} days ago: "
            "provision models --update",
            err=True,
        )


def _check_catalog(today: date) -> None:
    """Refuse a catalog with rows that were read too long ago. Raises `ProvisionError`."""
    old = catalog.outdated(today, OLD_DAYS)
    if not old:
        return
    by_source: dict[str, list[catalog.Model]] = {}
    for row in old:
        by_source.setdefault(row.source, []).append(row)
    listed = "; ".join(
        f"{', '.join(row.id for row in rows)} ({(today - min(row.last_read for row in rows)).days} days, from {source})"
        for source, rows in by_source.items()
    )
    raise ProvisionError(
        f"{len(old)} of {len(catalog.models())} rows of the catalog were read more than {OLD_DAYS} days ago",
        cause=listed,
        fix="run `provision models --update`, or install a newer provision; until then, `provision models --probe` "
        "asks Vertex AI itself. What no price list has needs its page read again: correct "
        "provision/catalog/models.json and date the row anew",
    )


def _unseen(row: ModelAvailability) -> bool:
    """Whether something was asked and not answered; that Model Garden shows no such model is an answer."""
    return bool(_refused(row)) or any(probe.outcome == "no answer" for probe in row.probes.values())


def _json(rows: tuple[ModelAvailability, ...]) -> str:
    listed = [
        asdict(row.model)
        | {"stage": row.stage, "card": row.model.card, "after_enable": row.after_enable}
        | {"published": asdict(row.published.told) if isinstance(row.published, NoAnswer) else row.published}
        | {"probes": {place: asdict(probe) for place, probe in row.probes.items()}}
        for row in rows
    ]
    return json.dumps({"schema_version": 2, "models": listed}, indent=2, default=str) + "\n"


def _text(rows: tuple[ModelAvailability, ...], places: tuple[str, ...], asked: str) -> str:
    """Return the tables; ``asked`` is the target that was, empty if none was."""
    table = [
        ["model", "stage", "location", "context", "input", "output", "enable", "Model Garden" if asked else ""],
        *(
            [
                row.model.id,
                _stage(row),
                _locations(row),
                f"{row.model.context_tokens:,}" if row.model.context_tokens else "-",
                *_prices(row),
                row.model.enable,
                _says(row),
            ]
            for row in rows
        ),
    ]
    parts = [columns(table)] if rows else ["none found\n"]
    if places and rows:
        answers = [[row.model.id, *_outcomes(row, places)] for row in rows]
        parts.append(columns([["probe", *places], *answers]))
    notes = _notes(rows)
    if not asked:
        notes.append("Vertex AI was not asked: no project is named, or --offline was given.")
    if asked:
        notes.append(f"target: {asked}")
    notes.append(
        "Input and output are in USD per million tokens; (?) marks a location that is reported, not documented."
    )
    if rows:
        notes.append(f"The catalog was read on {min(row.model.last_read for row in rows)}.")
    return "\n".join((*parts, "\n".join(notes))) + "\n"


def _notes(rows: tuple[ModelAvailability, ...]) -> list[str]:
    notes = []
    for row in rows:
        found = catalog.lookup(row.model.id)
        if row.stage == "retired":
            notes.append(f"{row.model.id} is retired" + (f"; use {found.successor}" if found.successor else ""))
        elif row.model.retires:
            notes.append(f"{row.model.id} ends on {row.model.retires}")
        later = [each for each in row.model.prices if each.since and each.since > datetime.now(UTC).date()]
        notes += [
            f"{row.model.id} costs {each.input_usd:g} in, {each.output_usd:g} out from {each.since}" for each in later
        ]
        if row.after_enable:
            notes.append(
                f"{row.model.id} is there, and not for this project: enable it at {row.model.card} (needs {ENABLES})"
            )
    return notes + sorted({str(each) for row in rows for each in _errors(row)})


def _stage(row: ModelAvailability) -> str:
    return f"{row.stage} {row.model.retires}" if row.stage == "retired" else row.stage


def _locations(row: ModelAvailability) -> str:
    return ", ".join((*row.model.locations, *(f"{each} (?)" for each in row.model.reported_locations))) or "-"


def _prices(row: ModelAvailability) -> tuple[str, str]:
    price = row.model.price()
    return (f"{price.input_usd:g}", f"{price.output_usd:g}") if price else ("-", "-")


def _says(row: ModelAvailability) -> str:
    if row.published is None:
        return ""
    if isinstance(row.published, NoAnswer):
        return "not seen" if _refused(row) else "no such model"
    return row.published


def _refused(row: ModelAvailability) -> list[ErrorStatus]:
    """Return why Model Garden did not tell; that it shows no such model is an answer."""
    published = row.published
    if not isinstance(published, NoAnswer) or (isinstance(published, ErrorStatus) and published.code == 404):
        return []
    return [published.told]


def _outcomes(row: ModelAvailability, places: tuple[str, ...]) -> list[str]:
    probes = (row.probes.get(place) for place in places)
    return [
        "-"
        if probe is None
        else probe.outcome
        if probe.first_token_s is None
        else f"{probe.outcome} ({probe.first_token_s:.2f} s)"
        for probe in probes
    ]


def _errors(row: ModelAvailability) -> list[ErrorStatus]:
    probed = [probe.error for probe in row.probes.values() if probe.outcome in {"refused", "no answer"}]
    return _refused(row) + [replace(each, metadata={}) for each in probed if each]
