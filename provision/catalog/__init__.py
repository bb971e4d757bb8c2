"""Which publisher models exist, where they run and until when; which locations there are; what services are called.

Data files with a date and a source per row; nothing here asks Google.
"""

from __future__ import annotations

import json
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from importlib.resources import files

from provision.catalog.lookup import Lookup, Outcome, lookup, resolve
from provision.catalog.model import Model, Price, Publisher, Stage, models, outdated, publishers

__all__ = [
    "Lookup",
    "Model",
    "Outcome",
    "Price",
    "Publisher",
    "Stage",
    "locations",
    "lookup",
    "models",
    "nearest",
    "outdated",
    "publishers",
    "resolve",
    "service_titled",
    "services",
]


@cache
def locations() -> frozenset[str]:
    """Return the Vertex AI locations of the published API description, ``global`` included."""
    data = json.loads(files(__package__).joinpath("locations.json").read_text("utf-8"))
    return frozenset(data["locations"])


@cache
def services() -> dict[str, str]:
    """Return the services of Google Cloud by their titles, such as ``Cloud Billing API``."""
    data = json.loads(files(__package__).joinpath("services.json").read_text("utf-8"))
    return dict(data["titles"])


def service_titled(text: str) -> str:
    """Return the service whose title a text ends with, or an empty string."""
    title = max((each for each in services() if text.endswith(each)), key=len, default="")
    return services().get(title, "")


def nearest(name: str, candidates: frozenset[str] | tuple[str, ...]) -> str:
    """Return the candidate that was probably meant, of equally near ones the first by name; or an empty string."""
    near = get_close_matches(name, candidates, n=9, cutoff=0.6)
    return min(near, key=lambda each: (-SequenceMatcher(None, each, name).ratio(), each), default="")
