"""The run as JUnit XML, as GitLab, Jenkins and the GitHub actions for test reports read it.

A suite for each step, a test case for each check, and first the verdict itself, so that the file is green exactly
where the exit code is 0: a failure is a ``failure``, what could not be seen an ``error``, what was waived, left out
or is only advisory is ``skipped`` with the reason. A symptom is ``skipped`` as well: its cause is what failed.

https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from provision.reports.view import FIX_OWNERS, cause_of, headline, note_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.plan import Check, Run

# What XML 1.0 cannot hold, not even escaped.
_UNHOLDABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(run: Run) -> str:
    """Return the run as JUnit XML."""
    suites = ET.Element("testsuites", name="provision")
    _suite(suites, run, "verdict", [_verdict(run)])
    steps: dict[str, list[ET.Element]] = {}
    for check in run.checks:
        steps.setdefault(check.step, []).append(_case(run, check))
    for name, cases in steps.items():
        _suite(suites, run, name, cases)
    for attribute in ("tests", "failures", "errors", "skipped"):
        suites.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in suites)))
    suites.set("time", f"{run.duration_s:.3f}")
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _suite(parent: ET.Element, run: Run, name: str, cases: Iterable[ET.Element]) -> None:
    suite = ET.SubElement(parent, "testsuite", name=_text(f"provision {run.command}: {name}"))
    cases = list(cases)
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{run.duration_s if name == 'verdict' else 0:.3f}")
    suite.set("timestamp", run.started.partition("+")[0])
    if name == "verdict":
        properties = ET.SubElement(suite, "properties")
        for key, value in (("target", run.target), ("project", run.project_id), ("partial", str(run.partial).lower())):
            ET.SubElement(properties, "property", name=key, value=_text(value))
    suite.extend(cases)


def _verdict(run: Run) -> ET.Element:
    case = ET.Element("testcase", classname="provision.verdict", name="verdict", time=f"{run.duration_s:.3f}")
    if run.exit_code:
        tag = "error" if run.exit_code == 3 else "failure"
        cause = cause_of(run)
        message = ET.SubElement(case, tag, type=run.verdict, message=_text(f"{run.verdict}: {headline(run)}"))
        message.text = _text(_words(cause)) if cause else ""
    return case


def _case(run: Run, check: Check) -> ET.Element:
    case = ET.Element(
        "testcase", classname=_text(f"provision.{check.step}"), name=_text(check.id), time="0.000"
    )  # a check costs no time of its own: all are evaluated from what was read at once
    matters = check in run.standing and run.exit_code != 0
    note = note_of(check)
    message = _text(f"{check.summary}{f' ({note})' if note else ''}")
    if check.status == "fail" and matters:
        ET.SubElement(case, "failure", type=check.diagnosis or "fail", message=message).text = _text(_words(check))
    elif check.status == "unknown" and matters:
        ET.SubElement(case, "error", type=check.diagnosis or "unknown", message=message).text = _text(_words(check))
    elif check.status in {"blocked", "waived", "skipped", "fail", "unknown"}:
        ET.SubElement(case, "skipped", message=f"{check.status}: {message}")
    else:
        ET.SubElement(case, "system-out").text = _text("\n".join((message, _words(check))).strip())
    return case


def _words(check: Check) -> str:
    lines = [
        check.cause and f"why: {check.cause}",
        check.fix and f"fix: {check.fix}",
        check.fix_owner and f"who can fix it: {FIX_OWNERS[check.fix_owner]}",
        check.request and f"ready to send:\n{check.request}",
    ]
    return "\n".join(line for line in lines if line)


def _text(text: str) -> str:
    return _UNHOLDABLE.sub("\ufffd", text)
