"""Reports, letter by letter.

Rewrite them with `UPDATE_GOLDEN=1 make test ARGS=tests/reports`, and look at the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from provision.errors import Refusal
from provision.plan import AppliedChange, CallRecord, Change, Check, Run, Setting
from provision.reports import FORMATS
from provision.reports.text import render

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = (Setting(name="project.id", value="my-team-chat", source="option --project"),)
CHANGES = (
    Change(
        step="billing",
        action="link",
        resource="projects/my-team-chat/billingInfo",
        before="billingAccounts/B",
        after="billingAccounts/A",
        why="you asked to change who pays",
        dangerous=True,
    ),
    Change(
        step="services",
        action="enable",
        resource="projects/my-team-chat/services",
        after=["aiplatform.googleapis.com"],
        why="the project cannot use them yet",
    ),
)
REFUSAL = Refusal(
    service="aiplatform.googleapis.com",
    method="ListEndpoints",
    code=403,
    status="PERMISSION_DENIED",
    reason="SERVICE_DISABLED",
)
ANSWER = Check(
    id="chat.answers",
    status="pass",
    summary="openai/gpt-oss-120b-maas answered",
    evidence={"text": "A cloud is water."},
)
CALLS = (CallRecord(service="s", method="m", started_s=0.1, duration_s=0.2, status="OK", retried_for=("UNAVAILABLE",)),)


def run(command: str, **more: Any) -> Run:
    given: dict[str, Any] = {
        "command": command,
        "target": "Google Cloud",
        "target_address": "",
        "project_id": "my-team-chat",
        "started": "2026-11-21T12:00:00+00:00",
        "duration_s": 1.25,
        "settings": SETTINGS,
        "calls": CALLS,
    }
    return Run(**(given | more))


RUNS = {
    "ready": run("check", checks=(Check(id="project.active", status="pass", summary="my-team-chat is ACTIVE"), ANSWER)),
    "not-ready": run(
        "check",
        checks=(
            Check(
                id="billing.enabled",
                status="fail",
                summary="no billing account is linked",
                cause="None is linked.",
                fix="gcloud …",
                who="you",
                diagnosis="BILLING_NOT_LINKED",
            ),
            Check(
                id="services.usable",
                status="blocked",
                summary="Vertex AI does not answer",
                blocked_by="billing.enabled",
                refusal=REFUSAL,
            ),
            Check(
                id="model.offered",
                status="warn",
                summary="will be retired",
                cause="It is deprecated.",
                fix="--model x",
                who="you",
            ),
        ),
    ),
    "cannot-tell": run(
        "check",
        checks=(
            Check(
                id="project.active",
                status="unknown",
                summary="no answer",
                cause="It timed out.",
                fix="again",
                who="google",
            ),
        ),
    ),
    "not-seen-but-proven": run(
        "check",
        checks=(ANSWER, Check(id="endpoints.listed", status="unknown", required=False, summary="not to be seen")),
    ),
    "partial": run(
        "check",
        checks=(
            Check(id="project.active", status="pass", summary="is ACTIVE"),
            Check(id="chat", status="skipped", summary="left out"),
        ),
        partial=True,
    ),
    "plan": run("plan", changes=CHANGES),
    "plan-nothing": run("plan"),
    "plan-obstacle": run(
        "plan",
        changes=CHANGES[1:],
        obstacle="billing.enabled",
        checks=(
            Check(
                id="billing.enabled", status="fail", summary="not linked", cause="None.", fix="link one", who="admin"
            ),
        ),
    ),
    "apply": run(
        "apply",
        changes=CHANGES,
        checks=(ANSWER,),
        applied=(
            AppliedChange(change=CHANGES[0], outcome="done", duration_s=0.5),
            AppliedChange(change=CHANGES[1], outcome="done", duration_s=61.2, detail="usable after 60.0 s"),
        ),
    ),
    "apply-failed": run(
        "apply",
        changes=CHANGES,
        checks=(Check(id="services.applied", status="fail", summary="was refused", cause="Off.", fix="on", who="you"),),
        applied=(
            AppliedChange(change=CHANGES[1], outcome="failed", duration_s=0.5, detail="refused", refusal=REFUSAL),
        ),
    ),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", RUNS)
def test_a_report_is_as_it_was(name: str, form: str) -> None:
    path = GOLDEN / f"{name}.{form}"
    printed = FORMATS[form](RUNS[name])
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(printed, "utf-8")
    assert printed == path.read_text("utf-8"), "if this is meant: UPDATE_GOLDEN=1 make test ARGS=tests/reports"


@pytest.mark.parametrize("name", RUNS)
def test_json_says_what_text_says(name: str) -> None:
    report = json.loads(FORMATS["json"](RUNS[name]))
    text = FORMATS["text"](RUNS[name])
    if report["command"] != "plan" or report["obstacle"]:
        assert report["verdict"] in text.splitlines()[-1]
    assert report["target"] == "Google Cloud"
    assert "target: Google Cloud" in text


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ready", 0),
        ("not-ready", 1),
        ("cannot-tell", 3),
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


def test_colours_are_only_added_never_words() -> None:
    import re

    for each in RUNS.values():
        assert re.sub(r"\x1b\[[0-9;]*m", "", render(each, colour=True)) == render(each)
