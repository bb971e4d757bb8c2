"""What a recording may hold, and what it must not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running

from provision.commands.check import check
from tests.conftest import clients_for, config_for
from tests.live.recorder import LeakError, Recorder, Redactor, recording

PROJECT = "acme-secret-project"
TOKEN = "ya29.a0AfB_byCsecretsecretsecret"


def exchange(answer: Any, **more: Any) -> dict[str, Any]:
    return {"method": "GET", "url": f"https://example.googleapis.com/v3/projects/{PROJECT}", "answer": answer, **more}


def redacted(answer: Any) -> Any:
    return Redactor([PROJECT]).exchanges([exchange(answer)])[0]["answer"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"projectId": PROJECT}, {"projectId": "project-1"}),
        ({"name": "projects/853121360342"}, {"name": "projects/100000000001"}),
        ({"parent": "organizations/4711"}, {"parent": "organizations/100000001"}),
        ({"email": "jo.doe@acme.com"}, {"email": "person-1@example.com"}),
        (
            {"email": f"deploy@{PROJECT}.iam.gserviceaccount.com"},
            {"email": "robot-1@project-1.iam.gserviceaccount.com"},
        ),
        ({"billingAccountName": "billingAccounts/01AB23-45CD67-89EF01"}, "billingAccounts/000000-000000-000001"),
        ({"displayName": "Acme's secret", "labels": {"team": "x"}}, {"displayName": "[redacted]", "labels": {}}),
        ({"access_token": TOKEN, "expires_in": 3599}, {"access_token": "[redacted]", "expires_in": 3599}),
        ({"message": f"Bearer {TOKEN}"}, {"message": "Bearer [redacted]"}),
        (
            {"azp": "853121360342-abc.apps.googleusercontent.com"},
            {"azp": "client-1.apps.googleusercontent.com"},
        ),
        ({"message": "denied\nHelp Token: AbC_123-x"}, {"message": "denied\nHelp Token: [redacted]"}),
        ({"message": f"visit https://x/?project={PROJECT} then retry"}, "https://x/?project=project-1 then"),
        ({"dns": "1234567890.us-central1-987654321098.prediction.vertexai.goog"}, "1000000001.us-central1-1000"),
        ({"callerIp": "203.0.113.77"}, {"callerIp": "192.0.2.1"}),
    ],
)
def test_what_tells_whose_it_is_is_replaced(answer: Any, expected: Any) -> None:
    found = redacted(answer)
    assert found == expected if isinstance(expected, dict) else expected in json.dumps(found)


@pytest.mark.parametrize(
    "answer",
    [
        {"createTime": "2026-11-21T22:00:00.123456789Z"},
        {"consumer": "projects/764086051850"},
        {"reason": "SERVICE_DISABLED", "domain": "googleapis.com"},
        {"model": "openai/gpt-oss-120b-maas", "usage": {"total_tokens": 1153}},
        {"billingAccountName": "", "billingEnabled": False},
    ],
)
def test_what_tells_nothing_stays(answer: Any) -> None:
    assert redacted(answer) == answer


def test_the_same_thing_has_the_same_stand_in_everywhere() -> None:
    found = Redactor().exchanges([exchange({"a": "projects/853121360342"}), exchange({"b": "of 853121360342"})])
    assert found[0]["answer"]["a"].removeprefix("projects/") == found[1]["answer"]["b"].removeprefix("of ")


def test_a_project_that_no_one_named_is_found_in_resource_names() -> None:
    found = Redactor().exchanges([exchange({"message": "other-project-7 is off", "x": "projects/other-project-7"})])
    assert "other-project-7" not in json.dumps(found)


def test_nothing_is_written_while_something_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redactor, "_clean", lambda _, value: value)
    with pytest.raises(LeakError, match=PROJECT), recording(tmp_path / "x.json", [PROJECT]) as recorder:
        recorder.exchanges.append(exchange({"projectId": PROJECT}))
    assert not (tmp_path / "x.json").exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/projects/p/billingInfo"),
        ("POST", "/v3/projects"),
        ("POST", "/v1/projects/p/services:batchEnable"),
        ("DELETE", "/v3/projects/p"),
        ("PATCH", "/v3/projects/p"),
    ],
)
def test_what_would_change_something_is_never_sent(method: str, path: str, sandbox: Running, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=method), recording(tmp_path / "x.json"):
        requests.request(method, f"{sandbox['rest_url']}{path}", timeout=5)
    assert sandbox.requests() == []


def test_reads_pass() -> None:
    recorder = Recorder()
    recorder.guard("GET", "https://cloudresourcemanager.googleapis.com/v3/projects/p")
    recorder.guard("POST", "https://oauth2.googleapis.com/token")
    recorder.guard("POST", "https://aiplatform.googleapis.com/v1/projects/p/x/endpoints/openapi/chat/completions?a=b")
    assert not recorder.refused


def test_a_whole_check_is_recorded_and_tells_nothing(sandbox: Running, tmp_path: Path) -> None:
    file = tmp_path / "check.json"
    config = config_for(sandbox)
    with recording(file, [sandbox["project"]]):
        run = check(config, clients_for(config))
    assert run.verdict == "ready"
    text = file.read_text()
    for private in (sandbox["token"], sandbox["project"], sandbox["billing_account"], "sandbox-host", "owner@"):
        assert private not in text
    exchanges = json.loads(text)["exchanges"]
    assert {urlpath(each["url"]) for each in exchanges} >= {
        "/token",
        "/v3/projects/project-1",
        "/v1/projects/project-1/billingInfo",
        "/v1/projects/project-1/locations/global/endpoints/openapi/chat/completions",
    }
    chat = next(each for each in exchanges if each["url"].endswith("/chat/completions"))
    assert chat["answer"]["events"][-1] == "[DONE]"
    assert chat["body"]["model"] == "openai/gpt-oss-120b-maas"


def urlpath(url: str) -> str:
    return "/" + url.split("/", 3)[3].partition("?")[0]
