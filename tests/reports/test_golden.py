"""Reports, letter by letter.

Rewrite them with `UPDATE_GOLDEN=1 make test ARGS=tests/reports`, and look at the difference.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from provision import __version__
from provision.plan import Check
from provision.reports import FORMATS
from provision.reports.text import render
from tests.reports.runs import ANSWER, RUNS, run

GOLDEN = Path(__file__).parent / "golden"
# A page is large, and most of it is the same in each.
CASES = [(name, form) for name in RUNS for form in FORMATS if form != "html" or name in {"not-ready", "apply"}]


def test_a_report_is_as_it_was(subtests: pytest.Subtests) -> None:
    for name, form in CASES:
        with subtests.test(name=name, form=form):
            path = GOLDEN / f"{name}.{form}"
            printed = FORMATS[form](RUNS[name]).replace(__version__, "VERSION")
            if os.environ.get("UPDATE_GOLDEN"):
                path.write_text(printed, "utf-8")
            assert printed == path.read_text("utf-8"), "if this is meant: UPDATE_GOLDEN=1 make test ARGS=tests/reports"


def test_json_says_what_text_says(subtests: pytest.Subtests) -> None:
    for name in RUNS:
        with subtests.test(name=name):
            report = json.loads(FORMATS["json"](RUNS[name]))
            text = FORMATS["text"](RUNS[name])
            if report["command"] != "plan" or report["blocking_check"]:
                assert report["verdict"] in text.splitlines()[-1]
            assert report["target"] == "Google Cloud"
            assert "target: Google Cloud" in text


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ready", 0),
        ("not-ready", 1),
        ("unknown", 3),
        ("not-seen-but-proven", 0),
        ("partial", 0),
        ("apply", 0),
        ("apply-failed", 1),
    ],
)
def test_the_exit_code_follows_the_verdict(name: str, code: int) -> None:
    assert RUNS[name].exit_code == code


def test_what_was_not_seen_is_green_only_if_a_chat_proved_the_path() -> None:
    unseen = Check(id="endpoints.listed", status="unknown", required=False, summary="")
    passed = Check(id="project.active", status="pass", summary="")
    assert run("check", checks=(passed, unseen)).exit_code == 3
    assert run("check", checks=(passed, unseen, ANSWER)).exit_code == 0
    assert run("check", checks=()).exit_code == 3


def test_colors_are_only_added_never_words() -> None:
    for each in RUNS.values():
        assert re.sub(r"\x1b\[[0-9;]*m", "", render(each, color=True)) == render(each)
