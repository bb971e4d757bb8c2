"""``provision models``: List the publisher models that are known."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from provision import catalog
from provision.cli.explained import explained
from provision.cli.options import CHAT, CREATING, ENDPOINTS, USABLE, config_from, config_options
from provision.cli.output import check_formats, deliver, progress
from provision.cli.tables import columns
from provision.errors import ErrorStatus, NoAnswer, ProvisionError, UsageError

if TYPE_CHECKING:
    from provision.commands.availability import ModelAvailability

OLD_DAYS = 90
ENABLES = "roles/consumerprocurement.entitlementManager"
FORMATS = ("text", "json")


@click.command()
@config_options(
    without=(*CREATING, "model.endpoint", *CHAT, *ENDPOINTS, *USABLE),
    says={
        "model.id": "With --probe, ask this one too if it is retired, as publisher/model.",
        "model.location": "Only what is offered in this location, such as `global`; --probe asks there only.",
    },
)
@click.option("--offline", is_flag=True, help="Read the catalog only; make no calls.")
@click.option("--probe", is_flag=True, help="Ask each model for one token, in every location that may have it.")
@click.option("--check-catalog", is_flag=True, help=f"Exit 1 if the catalog is older than {OLD_DAYS} days.")
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
    offline: bool,
    probe: bool,
    check_catalog: bool,
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
    if check_catalog:
        _check_catalog(datetime.now(UTC).date())
    location = options["model_location"] or ""
    if location and location not in catalog.locations():
        guess = catalog.nearest(location, catalog.locations())
        raise UsageError(
            f"--location {location!r} cannot be used",
            cause="it is no Vertex AI location of the published list",
            fix=f"did you mean {guess!r}?" if guess else "use `global`, or a region such as `us-central1`",
        )
    rows = read_catalog(location)
    places: tuple[str, ...] = ()
    with config_from(options, project_required=probe) as config:
        asked = not offline and bool(config.project_id)
        if probe and offline:
            raise UsageError("--probe asks, and --offline makes no calls", cause="both were given", fix="leave one out")
        if asked:
            if probe:
                places = (location,) if location else candidates(config)
                rows = tuple(row for row in rows if row.stage != "retired" or row.model.id == config.model)
            with progress() as shown, explained("Vertex AI was not asked", config):
                from provision.clients import start

                rows = model_availability(config, start(config, shown.progress), rows, probe_in=places)
    for each in formats:
        name, _, file = each.partition("=")
        deliver(_json(rows) if name == "json" else _text(rows, places, config.target.name if asked else ""), file)
    ctx.exit(3 if any(_unseen(row) for row in rows) else 0)


def _check_catalog(today: date) -> None:
    """Refuse a catalog with rows that were read too long ago. Raises `ProvisionError`."""
    old = catalog.outdated(today, OLD_DAYS)
    if not old:
        return
    by_source: dict[str, list[catalog.Model]] = {}
    for row in old:
        by_source.setdefault(row.source, []).append(row)
    listed = "; ".join(
        f"{', '.join(row.id for row in rows)} ({(today - min(row.as_of for row in rows)).days} days, from {source})"
        for source, rows in by_source.items()
    )
    raise ProvisionError(
        f"{len(old)} of {len(catalog.models())} rows of the catalog were read more than {OLD_DAYS} days ago",
        cause=listed,
        fix="install a newer provision; until then, `provision models --probe` asks Vertex AI itself. Whoever "
        "maintains it reads those pages again, corrects provision/catalog/models.json, and dates the rows anew",
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
    table = [["model", "stage", "location", "USD per million", "Vertex AI says" if asked else ""]]
    for row in rows:
        at = ", ".join(row.model.locations) or "-"
        table.append([row.model.id, _stage(row), at, _price(row), _says(row)])
    parts = [columns(table)]
    if places:
        answers = [[row.model.id, *_outcomes(row, places)] for row in rows]
        parts.append(columns([["probe", *places], *answers]))
    notes = [f"{row.model.id} is retired; use {row.model.successor}" for row in rows if row.stage == "retired"]
    notes += [f"{row.model.id} ends on {row.model.retires}" for row in rows if row.stage == "deprecated"]
    notes += [
        f"{row.model.id} is there, and not for this project: enable it at {row.model.card} (needs {ENABLES})"
        for row in rows
        if row.after_enable
    ]
    notes += sorted({str(each) for row in rows for each in _errors(row)})
    if not asked:
        notes.append("Vertex AI was not asked: no project is named, or --offline was given.")
    if asked:
        notes.append(f"target: {asked}")
    if rows:
        notes.append(f"The catalog was read on {min(row.model.as_of for row in rows)}.")
    return "\n".join((*parts, "\n".join(notes))) + "\n"


def _stage(row: ModelAvailability) -> str:
    return f"{row.stage} {row.model.retires}" if row.stage == "retired" else row.stage


def _price(row: ModelAvailability) -> str:
    model = row.model
    return "-" if model.cost_usd(0, 0) is None else f"{model.input_usd:g} in, {model.output_usd:g} out"


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
    probes = (row.probes[place] for place in places)
    return [
        probe.outcome if probe.first_token_s is None else f"{probe.outcome} ({probe.first_token_s:.2f} s)"
        for probe in probes
    ]


def _errors(row: ModelAvailability) -> list[ErrorStatus]:
    probed = [probe.error for probe in row.probes.values() if probe.outcome in {"refused", "no answer"}]
    return _refused(row) + [replace(each, metadata={}) for each in probed if each]
