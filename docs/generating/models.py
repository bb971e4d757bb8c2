"""models.md: the catalog."""

from __future__ import annotations

import json
from importlib.resources import files

from generating.markdown import code, page, table
from provision import catalog


def models() -> str:
    """Return the catalog of publisher models and the list of locations."""
    places = json.loads(files(catalog).joinpath("locations.json").read_text("utf-8"))
    return page(
        "Models",
        "`provision/catalog/`",
        "What was published about each model on the day in the last column; no one was asked since.\n"
        "`provision models` adds what stage that makes it today.",
        table(
            (
                "model",
                "locations",
                "released",
                "deprecated",
                "retires",
                "successor",
                "context",
                "output",
                "can",
                "USD per million tokens, in / out",
                "read on",
            ),
            (
                (
                    code(row.id),
                    " ".join(map(code, row.locations)),
                    str(row.released or ""),
                    str(row.deprecated or ""),
                    str(row.retires or ""),
                    code(row.successor),
                    f"{row.context_tokens:,}" if row.context_tokens else "",
                    f"{row.output_tokens:,}" if row.output_tokens else "",
                    " ".join(row.capabilities),
                    f"{row.input_usd:g} / {row.output_usd:g} ([read]({row.price_source}) {row.price_as_of})"
                    if row.cost_usd(0, 0) is not None
                    else "",
                    f"[{row.as_of}]({row.source})",
                )
                for row in catalog.models().values()
            ),
        ),
        "Context and output are limits in tokens; empty cells were not published there.",
        "## Locations",
        f"From {places['source']}:",
        " ".join(map(code, sorted(catalog.locations()))),
    )
