"""Why a model is not found, and what is known of it, for the rows that say so."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from provision import catalog

if TYPE_CHECKING:
    from provision.catalog import Lookup, Outcome

KEYS: Final[dict[Outcome, str]] = {
    "retired": "MODEL_RETIRED",
    "elsewhere": "WRONG_LOCATION",
    "other_route": "MODEL_OTHER_ROUTE",
    "needs_offer": "MODEL_NEEDS_OFFER",
    "wrong_publisher": "WRONG_PUBLISHER",
    "near": "MODEL_NOT_SERVED",
    "publisher_known": "MODEL_NOT_SERVED",
    "misspelled": "MODEL_MISSPELLED",
    "unknown": "MODEL_MISSPELLED",
}
"""Each thing that the catalog says, and the row that explains it; what it knows of none is only explained where
Model Garden does not know it either."""

_GENERATION: Final = re.compile(r"google/gemini-(\d+(?:\.\d+)?)(?:-|$)")
_REGIONLESS: Final = frozenset({"global", "us", "eu"})


def why_not_found(
    model: str, location: str, *, shown: bool | None, by_chat: bool = True, today: date | None = None
) -> str:
    """Return the key of why Google does not find a model: it has one 404 for all of this.

    First what the catalog knows (retired, elsewhere, another address, another publisher), then what Model Garden
    shows, then whether the name may be wrong. Empty where none of these says, and no cause is claimed then.
    Model Garden shows models in locations that do not serve them (reported on 2026-09-22), so the catalog is first.

    Args:
        shown: whether Model Garden shows the model at this location; None if it did not say.
        by_chat: it was asked by chat completions; where that is not known, another address is no cause.
    """
    found = catalog.lookup(model, location, today)
    if found.outcome in {"retired", "elsewhere", "other_route", "needs_offer", "wrong_publisher"}:
        return KEYS[found.outcome] if by_chat or found.outcome != "other_route" else ""
    if found.row is None and found.offered_at and location not in _REGIONLESS:
        return "WRONG_LOCATION"
    if found.outcome == "found":
        if found.row and location in found.row.reported_locations:
            return "WRONG_LOCATION"  # the evidence that it runs there was wrong
        # Google's own models have nothing to enable.
        return "MODEL_NOT_ENABLED" if shown and found.row and found.row.enable != "no" else ""
    if shown:
        return "" if model.startswith("google/") else "MODEL_NOT_ENABLED"
    return KEYS[found.outcome] if shown is False else ""


def of_past_generation(model: str, today: date | None = None) -> bool:
    """Whether a Gemini that the catalog does not list is of a generation before those that it lists as retired.

    Google retires generations in their order: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/model-versions
    """
    day = today or datetime.now(UTC).date()
    asked = _GENERATION.match(model)
    if asked is None or model in catalog.models():
        return False
    listed = [
        (float(found[1]), row.stage(day) == "retired")
        for row in catalog.models().values()
        if (found := _GENERATION.match(row.id))
    ]
    retired = [number for number, gone in listed if gone]
    living = [number for number, gone in listed if not gone]
    return bool(retired) and float(asked[1]) < min(retired) <= min(living, default=0)


def model_facts(model: str, location: str = "", today: date | None = None) -> dict[str, str]:
    """Return what the catalog knows of a model, under the names that fixes use; what it does not know is left out."""
    found = catalog.lookup(model, location, today)
    row = found.row
    # Where it is asked for in vain, it is not sent to again, whatever the evidence.
    offered = tuple(each for each in found.offered_at if each != location or not row or each in row.locations)
    facts = {
        "offered_at": " or ".join(offered),
        "offered_first": next(iter(offered), ""),
        "nearest": found.successor,
        "candidates": _candidates(found),
        "catalog_date": max(each.last_read for each in catalog.models().values()).isoformat(),
        # Called so only where nothing is near: what is like a known name may as well be newer than the catalog.
        "misspelled": ": the id is probably misspelled"
        if found.outcome == "unknown"
        else f"; {found.successor} is known",
        "ask_for": found.ask_for,
        "other_route": _other_route(found),
    }
    if row is not None:
        facts |= {"enable_evidence": row.enable_evidence, "successor": found.successor or row.successor}
        if found.outcome == "retired":
            facts |= {"retired_on": str(row.retires or ""), "instead": _instead(found)}
    if found.publisher is not None:
        facts["maker"] = found.publisher.title
    return {name: value for name, value in facts.items() if value}


def _candidates(found: Lookup) -> str:
    near = f"did you mean --model {found.successor}?" if found.successor else ""
    where = f"its family is served at {' and '.join(found.offered_at)}" if found.offered_at and not found.row else ""
    return "; ".join(each for each in (near, where) if each)


def _instead(found: Lookup) -> str:
    if not found.successor:
        return "a model that `provision models` lists; Google recommends to deploy a retired open model oneself"
    ours = found.row is not None and found.row.successor_by == "provision"
    note = "   (this project's choice: Google recommends to deploy a retired open model oneself)" if ours else ""
    return f"--model {found.successor}{note}"


def _other_route(found: Lookup) -> str:
    routes = (found.row.route,) if found.row else found.publisher.routes if found.publisher else ()
    return " or ".join(_ROUTES[each] for each in routes if each != "openapi")


_ROUTES: Final[dict[str, str]] = {
    "responses": "the Responses API (publishers/openai/v1/responses)",
    "embeddings": "embeddings (endpoints/openapi/embeddings)",
    "generate-content": "generateContent",
    "raw-predict": "rawPredict or streamRawPredict of its publisher",
}
