"""The page as a real browser shows it: light and dark, narrow and wide, on paper, and with a hostile project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from provision.plan import CallRecord, Change, Check, Run, Wait
from provision.reports import FORMATS
from tests.reports import browser
from tests.reports.runs import HOSTILE, RUNS, hostile

PATH = browser.find()
pytestmark = pytest.mark.skipif(PATH is None, reason=f"needs a browser: one of {', '.join(browser.NAMES)}")

MANY = replace(
    RUNS["not-ready"],
    requires={name: () if name == "a" else ("a",) for name in "abcdefghijklm"},
    checks=tuple(
        Check(id=f"{name}.looks", status="pass", summary="x" * 300, evidence={"long": "y" * 400})
        for name in "abcdefghijklm"
    ),
    calls=tuple(
        CallRecord(service="s.googleapis.com", method=f"M{n % 40}", started_s=n * 0.7, duration_s=0.1, status="OK")
        for n in range(400)
    ),
    waits=(Wait(what="z" * 80, started_s=3.0, duration_s=200.0),),
    changes=(Change(step="a", action="create", resource="projects/" + "p" * 200, why="w" * 200),),
    duration_s=290.0,
)
PAGES: dict[str, Run] = {"not-ready": RUNS["not-ready"], "apply": RUNS["apply"], "hostile": hostile(), "many": MANY}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Page]:
    assert PATH is not None
    with browser.browser(PATH, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_shown_whole_loads_nothing_and_complains_of_nothing(
    page: browser.Page, name: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(FORMATS["html"](PAGES[name]), "utf-8")
    page.open(file)
    seen = set()
    for width in (400, 1280):
        for dark in (False, True):
            page.look(width=width, dark=dark)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, "it can be moved sideways"
            seen.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            shown = page.evaluate(
                "[...document.querySelectorAll('svg.graph, svg.timeline')].filter(e => e.checkVisibility()).length"
            )
            drawn = page.evaluate("document.querySelectorAll('svg.graph, svg.timeline').length")
            assert shown == drawn / 2, "one of the two pictures, for this width"
    assert len(seen) == 2, "light and dark"
    page.look(width=800, dark=True, media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", "paper is white"
    assert page.requests == [file.resolve().as_uri()]
    assert page.complaints == []
    assert page.evaluate("document.querySelectorAll('button').length") == page.evaluate(
        "document.querySelectorAll('.copyable').length"
    )


def test_no_text_of_a_picture_stands_outside_of_it_or_of_its_box(page: browser.Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(FORMATS["html"](PAGES["not-ready"]), "utf-8")
    page.open(file)
    for width in (400, 1280):
        page.look(width=width, dark=False)
        outside = page.evaluate(
            """[...document.querySelectorAll('svg.graph .node')].filter(n => n.checkVisibility()).flatMap(n => {
                 const box = n.querySelector('.box').getBoundingClientRect();
                 return [...n.querySelectorAll('text')].filter(t => t.getBoundingClientRect().right > box.right)
                   .map(t => t.textContent); })"""
        )
        assert outside == []


def test_a_hostile_project_gets_no_element_and_runs_no_script(page: browser.Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(FORMATS["html"](PAGES["hostile"]), "utf-8")
    page.open(file)
    assert page.evaluate("document.querySelectorAll('img, iframe, object, form, a').length") == 0
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("window.hacked === undefined")
    assert page.evaluate("document.body.innerText").count(HOSTILE.strip()[:20]) > 3, "it is shown as text"


def test_the_policy_stops_a_script_that_got_in_all_the_same(page: browser.Page, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    report = FORMATS["html"](RUNS["ready"]).replace("</main>", "<script>window.hacked = 1</script></main>")
    file.write_text(report, "utf-8")
    page.open(file)
    assert page.evaluate("window.hacked === undefined")
    assert any("Content Security Policy" in message for message in page.complaints)
