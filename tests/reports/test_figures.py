"""The picture of many answers: a bar for each, a line at each percentile, and nothing that is not there."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from provision.plan import Check
from provision.reports import html, text
from provision.reports.html import figures
from provision.statistics import spread
from tests.reports.runs import RUNS


def message(values: list[float]) -> dict[str, Any]:
    found = spread(values)
    return {"p50": found.p50, "p95": found.p95, "p99": found.p99, "values": values, "picture": ""}


EVIDENCE = {"first_token_s": message([0.1, 0.2, 0.4]), "total_s": message([1.0, 1.5, 2.0]), "cost_usd": 0.00012}


def loaded(**evidence: Any) -> str:
    check = Check(id="chat.load", status="pass", summary="3 of 3 answered", evidence=evidence)
    run = RUNS["ready"]
    return html.render(replace(run, checks=(*run.checks, check)))


def test_every_answer_has_a_bar_and_every_percentile_a_line() -> None:
    picture = figures.wide(EVIDENCE)
    assert len(re.findall("<rect ", picture)) == 6
    assert len(re.findall('class="share-line"', picture)) == 6
    for words in ("p50 200 ms", "p95 400 ms", "p99 2.0 s", "answer 2: 1.5 s"):
        assert words in picture


def test_a_bar_is_as_high_as_its_answer_was_long() -> None:
    heights = [float(each) for each in re.findall('height="([0-9.]+)" class="bar', figures.wide(EVIDENCE))]
    assert heights[:3] == sorted(heights[:3])
    assert heights[2] == pytest.approx(heights[0] * 4, abs=0.5)


def test_the_page_shows_it_where_it_was_measured() -> None:
    page = loaded(**EVIDENCE)
    assert "How long the answers took" in page
    assert "About USD 0.000120 in all" in page
    assert "How long the answers took" not in loaded(requests=3)
    assert "How long the answers took" not in html.render(RUNS["ready"])


@pytest.mark.parametrize("count", [1, 2000])
def test_one_answer_and_very_many_fit_too(count: int) -> None:
    picture = figures.narrow({"total_s": message([0.0] * count)})
    right = [float(x) + float(w) for x, w in re.findall('<rect x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"', picture)]
    assert len(right) == count
    assert max(right) <= 240.5


def test_a_price_is_told_with_its_day() -> None:
    check = Check(
        id="chat.answers",
        status="pass",
        summary="answered",
        evidence={"cost_usd": 0.000012, "price_as_of": "2026-01-02", "price_source": "https://example.com/prices"},
    )
    shown = text.render(replace(RUNS["ready"], checks=(check,)))
    assert "about USD 0.000012, at the price of 2026-01-02" in shown
