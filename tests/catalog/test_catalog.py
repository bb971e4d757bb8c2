"""What the catalog holds, what it says of a name, and how it is brought up to date."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from provision import catalog
from provision.catalog import update
from provision.catalog.model import data

TODAY = date(2026, 11, 30)
ROWS = catalog.models()


def test_every_row_says_where_and_when_each_thing_was_read() -> None:
    for row in ROWS.values():
        assert row.source.startswith("https://")
        assert row.enable_evidence
        assert row.enable_source.startswith("https://")
        assert bool(row.prices) is bool(row.price_source) is bool(row.price_by) is (row.price_as_of is not None)
        assert row.publisher in catalog.publishers()
        assert set(row.locations) | set(row.reported_locations) <= catalog.locations()
        assert not row.successor or row.successor_by


def test_the_sixteen_that_ended_together_are_retired_and_nothing_leads_to_one_that_is() -> None:
    ended = [row for row in ROWS.values() if row.retires == date(2026, 10, 21)]
    assert len(ended) == 16
    for row in ROWS.values():
        successor = catalog.lookup(row.id, today=TODAY).successor
        assert not successor or ROWS[successor].stage(TODAY) != "retired"


def test_only_what_was_read_long_ago_is_outdated() -> None:
    newest = max(row.last_read for row in ROWS.values())
    oldest = min(row.last_read for row in ROWS.values())
    assert not catalog.outdated(oldest + timedelta(days=90))
    assert len(catalog.outdated(newest + timedelta(days=91))) == len(ROWS)


@pytest.mark.parametrize(
    ("name", "location", "outcome", "successor"),
    [
        ("openai/gpt-oss-120b-maas", "global", "found", ""),
        ("openai/gpt-oss-120b-maas", "us-central1", "found", ""),
        ("openai/gpt-oss-120b-maas", "europe-west4", "elsewhere", ""),
        ("gpt-oss-120b", "global", "found", ""),
        ("vertex_ai/openai/gpt-oss-120b-maas", "", "found", ""),
        ("publishers/google/models/gemini-3.5-flash@001", "eu", "found", ""),
        ("projects/p/locations/l/publishers/google/models/gemini-3.8-flash", "us-east1", "elsewhere", ""),
        ("openai/gpt-oss-20b", "global", "retired", "openai/gpt-oss-120b-maas"),
        ("glm-5", "global", "retired", "zai-org/glm-5.2-maas"),
        ("google/gemini-3.6-flash", "global", "retired", "google/gemini-3.8-flash"),
        ("google/gpt-oss-20b-maas", "global", "wrong_publisher", "openai/gpt-oss-120b-maas"),
        ("google/gemma-4-26b-a4b-it-maas", "global", "found", ""),
        ("gpt-6.1-terra", "global", "needs_offer", ""),
        ("intfloat/multilingual-e5-small-maas", "global", "retired", ""),
        ("claude-opus-5-5", "global", "other_route", ""),
        ("meta/muse-spark-1.3", "global", "publisher_known", ""),
        ("xai/grok-4.8", "global", "near", "xai/grok-4.7"),
        ("zai-org/glm-5.2", "global", "misspelled", "zai-org/glm-5.2-maas"),
        ("acme/foo", "global", "unknown", ""),
        ("", "global", "unknown", ""),
    ],
)
def test_what_a_name_is(name: str, location: str, outcome: str, successor: str) -> None:
    found = catalog.lookup(name, location, TODAY)
    assert (found.outcome, found.successor) == (outcome, successor)


@pytest.mark.parametrize(
    ("name", "prompt", "completion", "more", "usd"),
    [
        ("openai/gpt-oss-120b-maas", 1_000_000, 1_000_000, {}, 0.45),
        ("google/gemini-3.8-flash", 100_000, 100_000, {}, 0.45),
        ("google/gemini-3.8-flash", 100_000, 100_000, {"location": "eu"}, 0.495),
        ("google/gemini-3.8-flash", 100_000, 0, {"cached": 100_000}, 0.0075),
        ("google/gemini-3.8-flash", 100_000, 100_000, {"on": date(2027, 1, 1)}, 0.9),
        ("google/gemini-3.1-pro-preview", 200_000, 100_000, {}, 1.6),
        ("google/gemini-3.1-pro-preview", 200_001, 100_000, {}, 2.600004),
        ("openai/gpt-6.1-terra", 1, 1, {}, None),
    ],
)
def test_a_cost_knows_the_day_the_place_long_input_and_what_was_cached(
    name: str, prompt: int, completion: int, more: dict[str, Any], usd: float | None
) -> None:
    cost = ROWS[name].cost_usd(prompt, completion, **({"on": TODAY} | more))
    assert cost == (usd if usd is None else pytest.approx(usd))


CHAT = {"mode": "chat", "litellm_provider": "vertex_ai-openai_models", "source": "https://example.com/prices"}


def changed(lists: update.Published, day: date = TODAY) -> dict[tuple[str, str], Any]:
    _, changes = update.updated(data(), lists, day)
    return {(each.id, each.field): each.after for each in changes}


def test_an_update_takes_prices_limits_and_dates_and_leaves_what_was_read_elsewhere() -> None:
    ours = CHAT | {"input_cost_per_token": 1e-7, "output_cost_per_token": 4e-7, "max_output_tokens": 5}
    gemini = CHAT | {"deprecation_date": "2027-06-01", "max_input_tokens": 7}
    old = CHAT | {"deprecation_date": "2026-10-20"}
    found = changed(
        update.Published(
            litellm={
                "vertex_ai/openai/gpt-oss-120b-maas": ours,
                "vertex_ai/gemini-3.5-flash": gemini,
                "gemini-2.5-pro": old,
            },
            versions=("litellm 9.9",),
        )
    )
    assert found["openai/gpt-oss-120b-maas", "prices"] == [{"input_usd": 0.1, "output_usd": 0.4}]
    assert ("openai/gpt-oss-120b-maas", "output_tokens") not in found
    assert found["google/gemini-3.5-flash", "retires_not_before"] == "2027-06-01"
    assert found["google/gemini-3.5-flash", "context_tokens"] == 7
    assert ("google/gemini-2.5-pro", "retires") not in found


def test_an_update_adds_a_new_chat_model_and_passes_over_what_is_asked_otherwise() -> None:
    lists = update.Published(
        litellm={
            "vertex_ai/zai-org/glm-6-maas": CHAT | {"supported_regions": ["global"], "supports_function_calling": True},
            "vertex_ai/claude-9": CHAT | {"litellm_provider": "vertex_ai-anthropic_models"},
            "vertex_ai/gemini-9-tts": CHAT | {"mode": "audio_speech"},
            "vertex_ai/meta/llama3-8b-instruct-maas": CHAT,
            "openrouter/zai-org/glm-7": CHAT | {"litellm_provider": "openrouter"},
        },
        versions=("litellm 9.9",),
    )
    new, changes = update.updated(data(), lists, TODAY)
    assert [(each.id, each.field) for each in changes] == [("zai-org/glm-6-maas", "model")]
    row = new["models"][-1]
    assert (row["locations"], row["capabilities"]) == (["global"], ["stream", "tools"])
    assert "its own page was not read" in row["note"]


def test_a_price_that_was_announced_holds_from_its_day_until_the_list_follows() -> None:
    entry = CHAT | {"input_cost_per_token": 7.5e-7, "output_cost_per_token": 3.75e-6, "max_input_tokens": 1_048_576}
    later = ({"since": "2027-01-01", "input_usd": 1.5, "output_usd": 7.5},)
    lists = update.Published(
        litellm={"vertex_ai/gemini-3.8-flash": entry}, later={"gemini-3.8-flash": later}, versions=("a 1", "b 2")
    )
    new, _ = update.updated(data(), lists, date(2027, 1, 2))
    row = next(each for each in new["models"] if each["id"] == "google/gemini-3.8-flash")
    assert [each.get("since") for each in row["prices"]] == [None, "2027-01-01"]
    follows = entry | {"input_cost_per_token": 1.5e-6, "output_cost_per_token": 7.5e-6}
    lists = update.Published(litellm={"vertex_ai/gemini-3.8-flash": follows}, versions=("a 1",))
    new, _ = update.updated(new, lists, date(2027, 1, 3))
    row = next(each for each in new["models"] if each["id"] == "google/gemini-3.8-flash")
    assert [each["input_usd"] for each in row["prices"]] == [1.5]


def test_what_is_written_is_what_was_read(tmp_path: Path) -> None:
    file = tmp_path / "models.json"
    update.write(data(), file)
    assert json.loads(file.read_text("utf-8")) == data()
    assert file.read_text("utf-8") == update.FILE.read_text("utf-8")
