"""Bring the catalog's prices, limits and dates up to what price lists publish.

Two packages publish them, and neither is needed to run anything here: litellm's file of prices and limits, whose rows
name Google's pricing page, and genai-prices, which knows prices that begin on a later day. What was read from a
better source stays (``kept``), and what no list has is left to whoever reads the model's page.

https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json
https://github.com/pydantic/genai-prices
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

FILE: Final = Path(__file__).with_name("models.json")
LITELLM_FILE: Final = "litellm/model_prices_and_context_window_backup.json"
_OTHER_ROUTES: Final = ("anthropic", "mistral", "ai21")
_PER_MILLION: Final = 1_000_000
_PRICES: Final = {
    "input_usd": "input_cost_per_token",
    "output_usd": "output_cost_per_token",
    "cached_usd": "cache_read_input_token_cost",
    "batch_input_usd": "input_cost_per_token_batches",
    "batch_output_usd": "output_cost_per_token_batches",
    "long_input_usd": "input_cost_per_token_above_200k_tokens",
    "long_output_usd": "output_cost_per_token_above_200k_tokens",
    "long_cached_usd": "cache_read_input_token_cost_above_200k_tokens",
}
_LONG_ABOVE: Final = 200_000  # as litellm's names of the fields say
_SUPPORTS: Final = {
    "tools": "supports_function_calling",
    "json": "supports_response_schema",
    "reasoning": "supports_reasoning",
    "vision": "supports_vision",
}


@dataclass(frozen=True, kw_only=True)
class Published:
    """What the price lists say.

    Attributes:
        litellm: litellm's rows, by its own names of the models.
        later: prices that begin on a later day, by the name of a Gemini: the day, and the prices.
        versions: the packages that were read, with their versions.
    """

    litellm: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    later: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One difference between the catalog and what is published."""

    id: str
    field: str
    before: Any
    after: Any


def published() -> Published:
    """Read the packages that are installed here; empty where none is."""
    litellm: dict[str, Any] = {}
    versions = []
    try:
        file = distribution("litellm").locate_file(LITELLM_FILE)
        litellm = json.loads(Path(str(file)).read_text("utf-8"))
        versions.append(f"litellm {version('litellm')}")
    except (PackageNotFoundError, OSError):
        pass
    later: dict[str, tuple[Mapping[str, Any], ...]] = {}
    try:
        later = dict(_later(importlib.import_module("genai_prices.data")))
        versions.append(f"genai-prices {version('genai-prices')}")
    except ImportError:
        pass
    return Published(litellm=litellm, later=later, versions=tuple(versions))


def _later(data: Any) -> Iterator[tuple[str, tuple[Mapping[str, Any], ...]]]:
    for row in next(each for each in data.providers if each.id == "google").models:
        dated = [each for each in row.prices if each.constraint] if isinstance(row.prices, list) else []
        found = tuple(
            {
                "since": each.constraint.start_date.isoformat(),
                **{
                    name: float(value)
                    for name, value in (
                        ("input_usd", each.prices.input_mtok),
                        ("output_usd", each.prices.output_mtok),
                        ("cached_usd", each.prices.cache_read_mtok),
                    )
                    # A price in tiers is a record, and has no float: litellm's is kept then.
                    if isinstance(value, (int, float)) or type(value).__name__ == "Decimal"
                },
            }
            for each in dated
            if hasattr(each.constraint, "start_date")
        )
        if found:
            yield row.id, tuple(each for each in found if "input_usd" in each and "output_usd" in each)


def updated(data: Mapping[str, Any], lists: Published, today: date) -> tuple[dict[str, Any], tuple[Changed, ...]]:
    """Return the catalog as it would be, and what differs; a row that a list confirms is dated today."""
    changes: list[Changed] = []
    rows = []
    for row in data["models"]:
        entry = _entry(lists, row["id"])
        new = {**row, **_facts(row, entry, lists, today)} if entry else dict(row)
        changes += (
            Changed(id=row["id"], field=name, before=row.get(name), after=new[name])
            for name in new
            if name not in {"price_as_of", "price_by"} and new[name] != row.get(name)
        )
        rows.append(new)
    passed_over = set(data["passed_over"])
    for id_ in sorted(_chat_models(lists) - {row["id"] for row in rows} - passed_over):
        new = _new(id_, lists, data, today)
        changes.append(Changed(id=id_, field="model", before=None, after="new"))
        rows.append(new)
    return {**data, "models": rows}, tuple(changes)


def unconfirmed(data: Mapping[str, Any], lists: Published) -> tuple[str, ...]:
    """Return the models that no list has: someone has to read their pages."""
    return tuple(row["id"] for row in data["models"] if not _entry(lists, row["id"]))


def write(data: Mapping[str, Any], file: Path) -> None:
    """Write the catalog, one field a line. Raises `OSError`."""
    rows = ",\n".join(_lines(row) for row in data["models"])
    makers = ",\n".join(f"    {json.dumps(each)}" for each in data["publishers"])
    over = ",\n".join(f"    {json.dumps(each)}" for each in data["passed_over"])
    file.write_text(
        f'{{\n  "models": [\n{rows}\n  ],\n  "publishers": [\n{makers}\n  ],\n  "passed_over": [\n{over}\n  ]\n}}\n',
        "utf-8",
    )


def _lines(row: Mapping[str, Any]) -> str:
    return "    {\n" + ",\n".join(f"      {json.dumps(name)}: {json.dumps(row[name])}" for name in row) + "\n    }"


def _entry(lists: Published, id_: str) -> Mapping[str, Any]:
    publisher, _, name = id_.partition("/")
    keys = (f"vertex_ai/{id_}", *((f"vertex_ai/{name}", name) if publisher == "google" else ()))
    return next((lists.litellm[key] for key in keys if key in lists.litellm), {})


def _facts(row: Mapping[str, Any], entry: Mapping[str, Any], lists: Published, today: date) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, key in (("context_tokens", "max_input_tokens"), ("output_tokens", "max_output_tokens")):
        if entry.get(key):
            facts[name] = int(entry[key])
    if entry.get("deprecation_date"):
        facts["retires_not_before" if "retires_not_before" in row else "retires"] = entry["deprecation_date"]
    if "input_cost_per_token" in entry:
        later = [
            dict(each) for each in lists.later.get(row["id"].partition("/")[2], ()) if each["since"] > today.isoformat()
        ]
        # What was announced for a day that is over now holds, until the list of litellm follows.
        begun = [each for each in row.get("prices", ()) if "since" in each and each["since"] <= today.isoformat()]
        current = _price(entry)
        if any(each["input_usd"] == current["input_usd"] for each in begun):
            begun = []
        facts["prices"] = [current, *begun, *later]
        facts["price_source"] = str(entry.get("source", ""))
        facts["price_by"] = " and ".join(lists.versions if later else lists.versions[:1])
        facts["price_as_of"] = today.isoformat()
    if "regional_endpoint_uplift_multiplier" in entry:
        facts["regional_multiplier"] = entry["regional_endpoint_uplift_multiplier"]
    return {name: value for name, value in facts.items() if name not in row.get("kept", ())}


def _price(entry: Mapping[str, Any]) -> dict[str, Any]:
    price = {name: round(entry[key] * _PER_MILLION, 6) for name, key in _PRICES.items() if key in entry}
    return price | ({"long_above_tokens": _LONG_ABOVE} if "long_input_usd" in price else {})


def _chat_models(lists: Published) -> set[str]:
    """Return what litellm asks for through Vertex AI's chat completions or as Gemini, by our ids."""
    found = set()
    for key, entry in lists.litellm.items():
        provider = str(entry.get("litellm_provider", ""))
        if entry.get("mode") == "chat" and provider.startswith("vertex_ai"):
            name = key.removeprefix("vertex_ai/")
            if not any(each in provider for each in _OTHER_ROUTES) and "@" not in name:
                found.add(name if "/" in name else f"google/{name}")
    return found


def _new(id_: str, lists: Published, data: Mapping[str, Any], today: date) -> dict[str, Any]:
    entry = _entry(lists, id_)
    maker = next((each for each in data["publishers"] if each["id"] == id_.partition("/")[0]), None)
    row: dict[str, Any] = {
        "id": id_,
        "locations": list(entry.get("supported_regions", ())),
        "capabilities": ["stream", *(name for name, key in _SUPPORTS.items() if entry.get(key))],
        "enable": maker["enable"] if maker and maker["enable"] != "offer" else "required",
        "enable_evidence": "as the other models of its publisher; its own page was not read",
        "enable_source": maker["source"] if maker else str(entry.get("source", "")),
        "note": "added from a price list: its own page was not read",
        "source": str(entry.get("source", "")),
        "as_of": today.isoformat(),
    }
    return row | _facts(row, entry, lists, today)
