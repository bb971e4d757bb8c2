from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provision.baseline import compare, read
from provision.errors import UsageError
from provision.plan import Check, Run, Status
from provision.reports import FORMATS
from tests.reports.runs import ANSWER, run


def checked(**statuses: Status) -> Run:
    """A run whose checks have these statuses, and no chat answer."""
    checks = tuple(
        Check(id=f"{name}.looks", status=status, summary=status, diagnosis="X" if status == "fail" else "")
        for name, status in statuses.items()
    )
    return run("check", checks=checks)


def compared(before: Run, after: Run) -> tuple[dict[str, tuple[str, bool]], int]:
    """What is told, and the exit code."""
    comparison = compare(after, json.loads(FORMATS["json"](before)))
    return (
        {each.check.partition(".")[0]: (each.kind, each.worse) for each in comparison.differences},
        replace(after, comparison=comparison).exit_code,
    )


@pytest.mark.parametrize(
    ("was", "now", "message", "code"),
    [
        ("pass", "pass", None, 0),
        ("fail", "fail", None, 0),
        ("warn", "warn", None, 0),
        ("blocked", "blocked", None, 0),
        ("pass", "fail", ("new", True), 1),
        ("pass", "warn", ("new", False), 0),
        ("pass", "blocked", ("new", True), 3),
        ("warn", "fail", ("changed", True), 1),
        ("unknown", "fail", ("changed", True), 1),
        ("fail", "pass", ("fixed", False), 0),
        ("unknown", "pass", ("fixed", False), 0),
        ("fail", "waived", ("changed", False), 0),
        ("fail", "blocked", ("changed", False), 0),
        # Unknown is never green: no one knows whether it is as it was.
        ("pass", "unknown", ("new", True), 3),
        ("fail", "unknown", ("changed", True), 3),
        ("unknown", "unknown", None, 3),
    ],
)
def test_only_what_changed_is_told_and_only_what_became_worse_counts(
    was: Status, now: Status, message: tuple[str, bool] | None, code: int
) -> None:
    # Beside a failure that was there before: the project is not ready, and that is known.
    differences, exit_code = compared(checked(old="fail", it=was), checked(old="fail", it=now))
    assert differences.get("it") == message
    assert "old" not in differences
    assert exit_code == code


def test_a_failure_for_another_reason_is_a_new_one() -> None:
    before = checked(it="fail")
    after = replace(before, checks=(replace(before.checks[0], diagnosis="Y"),))
    assert compared(before, after) == ({"it": ("changed", True)}, 1)


def test_what_is_not_reported_any_more_is_said_and_is_not_called_fixed() -> None:
    differences, code = compared(checked(it="fail", other="fail"), checked(other="fail"))
    assert differences == {"it": ("removed", False)}
    assert code == 0


def test_a_finding_that_was_not_reported_before_is_new() -> None:
    assert compared(checked(other="fail"), checked(other="fail", it="fail")) == ({"it": ("new", True)}, 1)


def test_what_is_ready_is_ready_whatever_was_before() -> None:
    after = run("check", checks=(ANSWER, Check(id="a.b", status="unknown", required=False, summary="")))
    assert compared(checked(chat="fail"), after)[1] == 0


def written(**more: Any) -> Path:
    path = Path("before.json")
    path.write_text(json.dumps(json.loads(FORMATS["json"](checked(it="fail"))) | more))
    return path


def test_a_baseline_of_the_same_project_is_read() -> None:
    assert read(written(), project_id="my-team-chat", target="Google Cloud")["verdict"] == "not ready"


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({"schema_version": 99}, "schema_version 99"),
        ({"project_id": "another-project"}, "about project another-project, not my-team-chat"),
        ({"target": "sandbox"}, "sandbox answered then"),
        ({"redacted": True}, "--redact"),
        ({"command": "apply"}, "provision apply"),
        ({"checks": [{"id": 3}]}, "missing or broken"),
        ({"checks": [{"id": "a.b", "status": "fine"}]}, "missing or broken"),
        ({"verdict": "fine"}, "missing or broken"),
    ],
)
def test_a_baseline_that_cannot_be_compared_is_refused(more: dict[str, Any], cause: str) -> None:
    with pytest.raises(UsageError, match=cause) as caught:
        read(written(**more), project_id="my-team-chat", target="Google Cloud")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", '"x"', "\ud800"])
def test_a_file_that_is_no_report_is_refused(text: str) -> None:
    path = Path("before.json")
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError):
        read(path, project_id="x", target="sandbox")
    with pytest.raises(UsageError, match="does not exist"):
        read(Path("none.json"), project_id="x", target="sandbox")
