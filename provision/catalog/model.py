"""One publisher model: where it is asked, until when, what it can, what it costs, and where each of that was read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Stage = Literal["ga", "preview", "private preview", "unknown", "deprecated", "retired"]

Route = Literal["openapi", "responses", "embeddings", "generate-content", "raw-predict"]
"""By which address a model is asked.

``openapi``: ``endpoints/openapi/chat/completions``; ``embeddings``: ``endpoints/openapi/embeddings``; ``responses``:
``publishers/openai/v1/responses`` (all in the discovery document 20261106). ``generate-content`` and ``raw-predict``
are methods of the publisher model itself.
"""

Enable = Literal["no", "probably not", "required", "offer"]
"""Whether someone has to click *Enable* on the model's card first.

``probably not`` where evidence leans to it, and Google's page says otherwise; ``offer``: a private offer must be
accepted too.
"""


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars per million tokens, from a day on.

    Attributes:
        since: the first day; None for what has been asked until then.
        cached_usd: of input that was read from a cache; None where no such price was found.
        batch_input_usd, batch_output_usd: in a batch job.
        long_above_tokens: a request with more input than that is charged at the ``long_`` prices, all of it; 0: never.
    """

    since: date | None = None
    input_usd: float
    output_usd: float
    cached_usd: float | None = None
    batch_input_usd: float | None = None
    batch_output_usd: float | None = None
    long_above_tokens: int = 0
    long_input_usd: float = 0.0
    long_output_usd: float = 0.0
    long_cached_usd: float | None = None

    def cost_usd(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float:
        """Return what so many tokens cost, in US dollars; input without a price for cached tokens is charged whole."""
        if self.long_above_tokens and prompt_tokens > self.long_above_tokens:
            taken, given, cached = self.long_input_usd, self.long_output_usd, self.long_cached_usd
        else:
            taken, given, cached = self.input_usd, self.output_usd, self.cached_usd
        read = min(cached_tokens, prompt_tokens)
        kept = taken if cached is None else cached
        return ((prompt_tokens - read) * taken + read * kept + completion_tokens * given) / 1_000_000


@dataclass(frozen=True, kw_only=True)
class Model:
    """One publisher model as Vertex AI offers it.

    Attributes:
        id: what goes into the ``model`` field of a chat request, publisher included.
        launch: what its page calls it; empty where that was not seen.
        locations: where it is documented to run; empty once it is retired.
        reported_locations: where evidence says that it runs too, and which; its own page does not.
        deprecated, retires: the published dates; None where none is published.
        retires_not_before: the day before which it will not be retired, where that is all that is published.
        successor: the id to use instead, by ``successor_by``: Google, a price list, or this project's own choice.
        context_tokens, output_tokens: the documented limits; 0 where none is.
        capabilities: what its pages say it can: ``stream``, ``tools``, ``json``, ``reasoning``, ``vision``, and
            ``tool_choice`` where a call can be forced.
        prices: in the order of their days.
        regional_multiplier: by what a price rises at any location but ``global``.
        price_source, price_by, price_as_of: the page of the price, who copied it from there, and when it was read.
        enable, enable_evidence, enable_source: whether it has to be enabled for a project, and who says so.
        note: what else is known.
        kept: fields that `catalog.update` leaves alone, since a better source than a price list was read.
        source: the page the row was written from; ``as_of``: when.
    """

    id: str
    route: Route = "openapi"
    launch: Literal["", "ga", "preview", "private preview"] = ""
    locations: tuple[str, ...]
    reported_locations: Mapping[str, str] = field(default_factory=dict)
    released: date | None = None
    deprecated: date | None = None
    retires: date | None = None
    retires_not_before: date | None = None
    successor: str = ""
    successor_by: str = ""
    context_tokens: int = 0
    output_tokens: int = 0
    capabilities: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    regional_multiplier: float = 1.0
    price_source: str = ""
    price_by: str = ""
    price_as_of: date | None = None
    enable: Enable
    enable_evidence: str
    enable_source: str
    note: str = ""
    kept: tuple[str, ...] = ()
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

    @property
    def last_read(self) -> date:
        """When its page was read, or a price list was last compared with it."""
        return max(self.as_of, self.price_as_of or self.as_of)

    def offered_in(self, location: str) -> bool:
        """Whether it is documented or reported to run in a location."""
        return location in self.locations or location in self.reported_locations

    def price(self, on: date | None = None) -> Price | None:
        """Return the price of a day, today's where none is named; None where the catalog has none."""
        day = on or _today()
        return next((each for each in reversed(self.prices) if each.since is None or each.since <= day), None)

    def cost_usd(
        self,
        prompt_tokens: int,
        completion_tokens: int,
        *,
        cached: int = 0,
        location: str = "global",
        on: date | None = None,
    ) -> float | None:
        """Return what so many tokens cost, in US dollars; None where the catalog has no price.

        Args:
            prompt_tokens: all input, what was read from a cache included.
            completion_tokens: all output, what was spent on thinking included.
            cached: those of the input that were read from a cache.
            location: where it was asked; ``global`` is the cheapest.
            on: the day; today where none is named.
        """
        price = self.price(on)
        if price is None:
            return None
        multiplier = 1.0 if location == "global" else self.regional_multiplier
        return price.cost_usd(prompt_tokens, completion_tokens, cached) * multiplier

    def stage(self, today: date) -> Stage:
        """Return the life-cycle stage on a day, from the published dates."""
        if self.retires and today >= self.retires:
            return "retired"
        if self.deprecated and today >= self.deprecated:
            return "deprecated"
        return self.launch or "unknown"


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who makes models, and how theirs are asked.

    Attributes:
        names: how the names of its models begin.
        routes: by which addresses its models are asked.
        enable: whether its partner models have to be enabled first.
    """

    id: str
    title: str
    names: tuple[str, ...]
    routes: tuple[Route, ...]
    enable: Enable
    source: str


@cache
def data() -> dict[str, Any]:
    """Return the file as it is."""
    read: dict[str, Any] = json.loads(files(__package__).joinpath("models.json").read_text("utf-8"))
    return read


@cache
def models() -> dict[str, Model]:
    """Return every model of the catalog, by id."""
    return {row["id"]: model(row) for row in data()["models"]}


@cache
def publishers() -> dict[str, Publisher]:
    """Return every publisher of the catalog, by id."""
    return {
        row["id"]: Publisher(**(row | {"names": tuple(row["names"]), "routes": tuple(row["routes"])}))
        for row in data()["publishers"]
    }


def model(row: Mapping[str, Any]) -> Model:
    """Return one row of the file as a record."""
    days = ("released", "deprecated", "retires", "retires_not_before", "price_as_of", "as_of")
    return Model(
        **(
            dict(row)
            | {key: tuple(row.get(key, ())) for key in ("locations", "capabilities", "kept")}
            | {"prices": tuple(_price(each) for each in row.get("prices", ()))}
            | {key: date.fromisoformat(row[key]) for key in days if key in row}
        )
    )


def _price(row: Mapping[str, Any]) -> Price:
    return Price(**(dict(row) | ({"since": date.fromisoformat(row["since"])} if "since" in row else {})))


def outdated(today: date, days: int = 90) -> tuple[Model, ...]:
    """Return the rows that were read, or compared with a price list, more than so many days ago."""
    return tuple(row for row in models().values() if (today - row.last_read).days > days)


def _today() -> date:
    return datetime.now(UTC).date()
