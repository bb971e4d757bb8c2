"""What the catalog knows of the name that was given for a model.

Google has one 404 for a model that is retired, elsewhere, asked by another address, not enabled, or misspelled.
The catalog knows of the first three, Model Garden of the fourth; only what neither knows may be misspelled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, Literal

from provision.catalog.model import Model, Publisher, models, publishers

Outcome = Literal[
    "found",
    "retired",
    "elsewhere",
    "other_route",
    "needs_offer",
    "wrong_publisher",
    "near",
    "misspelled",
    "publisher_known",
    "unknown",
]

_DECORATED: Final = re.compile(
    r"(?:.*/)?publishers/(?P<publisher>[\w.-]+)/models/(?P<name>[\w.-]+)"  # a resource name, or an address
    r"|(?:vertex_ai|vertex-ai|vertexai|google-vertex|models)/(?P<rest>[\w./-]+)"  # LiteLLM, aider, google-genai
)
_MULTI_REGIONS: Final = ("global", "us", "eu")
_GEMINI_3_AND_LATER: Final = re.compile(r"gemini-(?:[3-9]|\d\d)\b")


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """What the catalog says.

    Attributes:
        outcome: ``elsewhere``: not in this location; ``other_route``: not by chat completions; ``needs_offer``: a
            partner's model that is served by private offer; ``near``: not known, and another
            version has almost this name; ``misspelled``: it differs from a known one in letters only;
            ``publisher_known``: not known, and may be newer than the catalog; ``unknown``: no publisher is called so.
        id: the name, with its publisher where one could be told.
        row: the model that was meant; None where the catalog has none.
        successor: what to use instead of a retired one, or the living one that is nearest; never itself retired.
        offered_at: where the model runs; of a Gemini that the catalog does not know, where its family does.
        publisher: whose model it is; None where that is not known.
    """

    outcome: Outcome
    id: str
    row: Model | None = None
    successor: str = ""
    offered_at: tuple[str, ...] = ()
    publisher: Publisher | None = None

    @property
    def ask_for(self) -> str:
        """What has to be done before a partner's model answers; empty where nothing is known to be needed."""
        if self.row is not None:
            return self.row.enable_evidence if self.row.enable in {"required", "offer"} else ""
        return ""


def lookup(name: str, location: str = "", today: date | None = None) -> Lookup:
    """Say what a name is, at a location where one is named, on a day; makes no calls."""
    return _lookup(name, location, today or datetime.now(UTC).date())


@lru_cache(maxsize=256)
def _lookup(name: str, location: str, today: date) -> Lookup:
    id_ = resolve(name, today)
    row = models().get(id_) or models().get(f"{id_}-maas")
    if row is not None and (row.id == id_ or row.stage(today) == "retired"):
        return _known(row, location, today)
    publisher, _, model = id_.partition("/")
    maker, said = _maker(model), publishers().get(publisher)
    if maker is not None and publisher != maker.id:
        right = models().get(f"{maker.id}/{model}") or models().get(f"{maker.id}/{model}-maas")
        if right is None:
            better = f"{maker.id}/{model}"
        else:
            better = _successor(right, today) if right.stage(today) == "retired" else right.id
        return Lookup(outcome="wrong_publisher", id=id_, row=right, successor=better, publisher=maker)
    if publisher == "google" and maker is None and model.endswith("-maas"):
        return Lookup(outcome="wrong_publisher", id=id_, successor=_nearest(id_, today))
    if said is not None and "openapi" not in said.routes:
        return Lookup(outcome="other_route", id=id_, publisher=said)
    if said is not None and said.enable == "offer" and maker is said and not model.startswith("gpt-oss"):
        return Lookup(outcome="needs_offer", id=id_, publisher=said)
    near = _nearest(id_, today)
    family = _MULTI_REGIONS if publisher == "google" and _GEMINI_3_AND_LATER.match(model) else ()
    outcome: Outcome = "publisher_known" if said is not None else "unknown"
    if near:
        # Another number is another version, perhaps one that came after the catalog.
        outcome = "misspelled" if _numbers(near) == _numbers(id_) else "near"
    return Lookup(outcome=outcome, id=id_, successor=near, offered_at=family, publisher=said)


def _known(row: Model, location: str, today: date) -> Lookup:
    places = (*row.locations, *row.reported_locations)
    outcome: Outcome = "found"
    if row.stage(today) == "retired":
        outcome = "retired"
    elif row.route != "openapi":
        outcome = "needs_offer" if row.enable == "offer" else "other_route"
    elif location and places and not row.offered_in(location):
        outcome = "elsewhere"
    successor = _successor(row, today) if outcome == "retired" else ""
    return Lookup(
        outcome=outcome,
        id=row.id,
        row=row,
        successor=successor,
        offered_at=places,
        publisher=publishers().get(row.publisher),
    )


def resolve(name: str, today: date | None = None) -> str:
    """Return the id that a name stands for; the name itself where the catalog knows no better.

    Takes a bare name (``gpt-oss-120b-maas``, ``gpt-oss-120b``), a resource name, an address, and the prefixes that
    libraries put before it. A bare name of a maker whose model is not known gets its publisher.
    """
    day = today or datetime.now(UTC).date()
    plain = name.strip().partition("@")[0]
    decorated = _DECORATED.fullmatch(plain)
    if decorated:
        plain = decorated["rest"] or f"{decorated['publisher']}/{decorated['name']}"
    if "/" in plain:
        return plain
    wanted = {plain.lower(), f"{plain.lower()}-maas"}
    found = [row for row in models().values() if row.id.partition("/")[2].lower() in wanted]
    found.sort(key=lambda row: row.stage(day) == "retired")  # stable: a living one first
    if found:
        return found[0].id
    maker = _maker(plain)
    return f"{maker.id}/{plain}" if maker else plain


def _numbers(id_: str) -> list[str]:
    return re.findall(r"\d+", id_)


def _maker(model: str) -> Publisher | None:
    """Return whose models are called so."""
    named = [(begin, row) for row in publishers().values() for begin in row.names if model.lower().startswith(begin)]
    return max(named, key=lambda each: len(each[0]), default=("", None))[1]


def _successor(row: Model, today: date) -> str:
    """Follow successors to one that lives; empty where none is named."""
    seen: set[str] = set()
    successor = row.successor
    while successor and successor not in seen:
        seen.add(successor)
        after = models().get(successor)
        if after is None or after.stage(today) != "retired":
            return successor
        successor = after.successor
    return ""


def _nearest(id_: str, today: date) -> str:
    """Return the living chat model whose id is like this one."""
    living = [row.id for row in models().values() if row.stage(today) != "retired" and row.route == "openapi"]
    exact = f"{id_}-maas"
    if exact in living:
        return exact
    return next(iter(get_close_matches(id_, sorted(living), n=1, cutoff=0.8)), "")
