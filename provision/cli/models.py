"""``provision models``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from provision import catalogue
from provision.errors import UsageError


@click.command()
@click.option(
    "--location", default="", metavar="LOCATION", help="Only models that are offered there, such as `global`."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def command(location: str, form: str) -> None:
    """List the publisher models that are known.

    With where they run and until when.

    Read from the catalogue that comes with this tool; each row has its date and source. Asks nobody.
    """
    if location and location not in catalogue.locations():
        guess = catalogue.nearest(location, catalogue.locations())
        raise UsageError(
            f"--location {location!r} cannot be used",
            cause="it is no Vertex AI location of the published list",
            fix=f"did you mean {guess!r}?" if guess else "use `global`, or a region such as `us-central1`",
        )
    today = datetime.now(UTC).date()
    rows = [row for row in catalogue.models().values() if not location or location in row.locations]
    if form == "json":
        listed = [asdict(row) | {"stage": row.stage(today)} for row in rows]
        click.echo(json.dumps({"schema_version": 1, "models": listed}, indent=2, default=str))
        return
    width = max((len(row.id) for row in rows), default=0)
    for row in rows:
        stage = row.stage(today)
        note = (
            f"  since {row.retires}; use {row.successor}"
            if stage == "retired"
            else f"  until {row.retires}"
            if row.retires
            else ""
        )
        click.echo(f"{row.id:{width}}  {stage:10}  {', '.join(row.locations):12}{note}  (as of {row.as_of})")
