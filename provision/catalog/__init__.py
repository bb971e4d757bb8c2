"""Which publisher models exist, where they run and until when; which locations there are; what services are called.

Data files with a date and a source per row; nothing here asks Google.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Literal

Stage = Literal["ga", "preview", "deprecated", "retired"]


@dataclass(frozen=True, kw_only=True)
class Model:
    """One publisher model as Vertex AI offers it.

    Attributes:
        id: what goes into the ``model`` field of a chat request, publisher included.
        locations: where it is documented to run; empty once it is retired.
        deprecated, retires: the published dates; None where none is published.
        successor: the id to use instead; where Google names none, the one we would take.
        context_tokens, output_tokens: the documented limits; 0 where none is.
        capabilities: what its pages say it can: ``stream``, ``tools``, ``json``, ``reasoning``, and ``tool_choice``
            where a call can be forced.
        input_usd, output_usd: US dollars per million tokens; None where no price was found.
        price_source, price_as_of: where and when the price was read.
        source: the page the row was written from; ``as_of``: when.
    """

    id: str
    locations: tuple[str, ...]
    released: date | None = None
    deprecated: date | None = None
    retires: date | None = None
    successor: str = ""
    context_tokens: int = 0
    output_tokens: int = 0
    capabilities: tuple[str, ...] = ()
    input_usd: float | None = None
    output_usd: float | None = None
    price_source: str = ""
    price_as_of: date | None = None
    source: str
    as_of: date

    @property
    def publisher(self) -> str:
        """The part before the slash."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """The model's resource name, ``publishers/{publisher}/models/{model}``."""
        publisher, _, model = self.id.partition("/")
        return f"publishers/{publisher}/models/{model}"

    @property
    def card(self) -> str:
        """The model's page in Model Garden, where it is enabled for a project."""
        name = self.id.partition("/")[2]
        return f"https://console.cloud.google.com/agent-platform/publishers/{self.publisher}/model-garden/{name}"

    def cost_usd(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """Return what so many tokens cost at the catalog's price, in US dollars; None where it has none."""
        if self.input_usd is None or self.output_usd is None:
            return None
        return (prompt_tokens * self.input_usd + completion_tokens * self.output_usd) / 1_000_000

    def stage(self, today: date) -> Stage:
        """Return the life-cycle stage on a day, from the published dates."""
        if self.retires and today >= self.retires:
            return "retired"
        if self.deprecated and today >= self.deprecated:
            return "deprecated"
        return "ga"


@cache
def models() -> dict[str, Model]:
    """Return every model of the catalog, by id."""
    data = json.loads(files(__package__).joinpath("models.json").read_text("utf-8"))

    def day(value: str | None) -> date | None:
        return date.fromisoformat(value) if value else None

    rows = {}
    for row in data["models"]:
        rows[row["id"]] = Model(
            **(
                row
                | {key: tuple(row[key]) for key in ("locations", "capabilities")}
                | {key: day(row.get(key)) for key in ("released", "deprecated", "retires", "price_as_of")}
                | {"as_of": date.fromisoformat(row["as_of"])}
            )
        )
    return rows


def outdated(today: date, days: int = 90) -> tuple[Model, ...]:
    """Return the rows that were read more than so many days ago."""
    return tuple(row for row in models().values() if (today - row.as_of).days > days)


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
    """Return the candidate that was probably meant, or an empty string."""
    return next(iter(get_close_matches(name, sorted(candidates), n=1, cutoff=0.6)), "")
