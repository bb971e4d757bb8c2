"""What is wrong with an answer, where two names are one model, and what an answer costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provision import catalog
from provision.chat.faults import same_model
from provision.config import Target, load
from provision.steps.chat import cost_evidence, price_of


@pytest.mark.parametrize(
    ("named", "same"),
    [
        ("openai/gpt-oss-120b-maas", True),
        ("gpt-oss-120b", True),
        ("publishers/openai/models/gpt-oss-120b@001", True),
        ("gpt-oss:120b", True),
        ("/models/gpt-oss-120b-Q4_K_M.gguf", True),
        ("gpt-oss-120b-mxfp4", True),
        ("gpt-oss-120b-mxfp4-00001-of-00003.gguf", True),
        ("unsloth/gpt-oss-120b-GGUF:UD-Q4_K_XL", True),
        (r"C:\models\gpt-oss-120b-Q4_0.gguf", True),
        ("RedHatAI/gpt-oss-120b-quantized.w4a16", True),
        ("openai.gpt-oss-120b-1:0", True),
        ("openai/gpt-oss-20b-maas", False),
        ("gpt-4o-mini", False),
        ("gpt-oss-120b-safeguard", False),
        ("gpt-oss-120b-turbo", False),
        ("gpt-oss", False),
    ],
)
def test_a_model_is_known_by_all_its_names(named: str, same: bool) -> None:
    assert same_model("openai/gpt-oss-120b-maas", named) is same


@pytest.mark.parametrize(
    ("named", "same"),
    [
        ("gemini-3.5-flash-001", True),
        ("google/gemini-3.5-flash", True),
        ("gemini-3.5-flash-lite", False),
        ("gemini-3.6-flash", False),
        ("gemini-3.5-flash-2", False),
    ],
)
def test_a_smaller_or_newer_one_is_another_model(named: str, same: bool) -> None:
    assert same_model("google/gemini-3.5-flash", named) is same


def config(**options: Any) -> Any:
    return load(options={"project.id": "my-project", **options}, file=None, target=Target(name="Google Cloud"))


def test_cached_tokens_cost_less_and_a_region_costs_more() -> None:
    row = next(each for each in catalog.models().values() if each.id == "google/gemini-3.5-flash")
    at_global = config(**{"model.id": row.id})
    at_eu = config(**{"model.id": row.id, "model.location": "eu"})
    plain, cached = price_of(at_global, 1000, 100), price_of(at_global, 1000, 100, 900)
    assert plain is not None
    assert cached is not None
    assert cached < plain
    assert price_of(at_eu, 1000, 100) == pytest.approx(plain * row.regional_multiplier)


def test_a_price_has_a_day_and_a_source_and_a_sandbox_has_none() -> None:
    real = config()
    found = cost_evidence(real, 0.5)
    assert found["cost_usd"] == 0.5
    assert found["price_as_of"]
    sandbox = replace(real, target=Target(name="sandbox", address="http://127.0.0.1:1"))
    assert cost_evidence(sandbox, 0.5) == {"cost_usd": 0.0}
    assert cost_evidence(real, None) == {}
