"""models.md: the catalog."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from generating.markdown import code, page, table
from provision import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable


def models() -> str:
    """Return the catalog of publisher models and the list of locations."""
    places = json.loads(files(catalog).joinpath("locations.json").read_text("utf-8"))
    return page(
        "Models",
        "`provision/catalog/`",
        "What was published about each model on the day in the last column; no one was asked since.\n"
        "`provision models` adds what stage that makes it today, and `provision models --update` reads the price lists "
        "again.",
        "## Served",
        _table(row for row in catalog.models().values() if not _ended(row)),
        "A location with a question mark is reported and not documented; the row's page says otherwise or nothing.\n"
        "Context and output are limits in tokens; empty cells were not published there.\n"
        "At any location but `global`, a price is multiplied by the figure after the x.\n"
        "Enable: whether someone has to click *Enable* on the model's card in Model Garden first; the link leads to "
        "who says so.",
        "## Retired",
        _table(row for row in catalog.models().values() if _ended(row)),
        "The successor is Google's where it names one, else a price list's or this project's own choice, as the row in "
        "`provision/catalog/models.json` says; Google recommends to deploy a retired open model oneself.",
        "## Notes",
        "\n".join(f"- {code(row.id)}: {row.note}" for row in catalog.models().values() if row.note),
        "## Locations",
        f"From {places['source']}:",
        " ".join(map(code, sorted(catalog.locations()))),
    )


def _ended(row: catalog.Model) -> bool:
    """Whether it was retired when its row was last read: a page that is generated knows no other today."""
    return row.stage(row.last_read) == "retired"


def _table(rows: Iterable[catalog.Model]) -> str:
    return table(
        (
            "model",
            "locations",
            "stage",
            "released",
            "retires",
            "successor",
            "context",
            "output",
            "can",
            "USD per million tokens, in / out (cached)",
            "enable",
            "read on",
        ),
        (
            (
                code(row.id),
                " ".join((*map(code, row.locations), *(f"{code(each)}?" for each in row.reported_locations))),
                row.stage(row.last_read) + ("" if row.route == "openapi" else f", by {row.route}"),
                str(row.released or ""),
                _end(row),
                code(row.successor),
                f"{row.context_tokens:,}" if row.context_tokens else "",
                f"{row.output_tokens:,}" if row.output_tokens else "",
                " ".join(row.capabilities),
                _prices(row),
                f"[{row.enable}]({row.enable_source})",
                f"[{row.as_of}]({row.source})",
            )
            for row in rows
        ),
    )


def _end(row: catalog.Model) -> str:
    return str(row.retires) if row.retires else f"not before {row.retires_not_before}" if row.retires_not_before else ""


def _prices(row: catalog.Model) -> str:
    if not row.prices:
        return ""
    parts = []
    for price in row.prices:
        cached = "" if price.cached_usd is None else f" ({price.cached_usd:g})"
        since = f" from {price.since}" if price.since else ""
        parts.append(f"{price.input_usd:g} / {price.output_usd:g}{cached}{since}")
        if price.long_above_tokens:
            parts.append(
                f"above {price.long_above_tokens:,} tokens {price.long_input_usd:g} / {price.long_output_usd:g}"
            )
    more = f", x{row.regional_multiplier:g}" if row.regional_multiplier != 1 else ""
    return f"{'; '.join(parts)}{more} ([{row.price_by} {row.price_as_of}]({row.price_source}))"
