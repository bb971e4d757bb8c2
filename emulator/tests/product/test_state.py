"""`/sandbox/v1/state`: what two sandboxes with one seed and one history have in common is all of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

HISTORY: list[tuple[str, str, Any]] = [
    ("POST", "/v3/projects", {"projectId": "my-team-chat", "labels": {"team": "chat"}}),
    ("POST", "/sandbox/v1/clock", {"advance": 5}),
    ("PUT", "/v1/projects/my-team-chat/billingInfo", {"billingAccountName": "ACCOUNT"}),
    ("POST", "/v1/projects/my-team-chat/services/aiplatform.googleapis.com:enable", {}),
    ("POST", "/v1/projects/my-team-chat/serviceAccounts", {"accountId": "ci-deploy"}),
    ("POST", "/sandbox/v1/clock", {"advance": 60}),  # until then it is not there for those who use it
    ("POST", "/v1/projects/my-team-chat/serviceAccounts/ci-deploy@my-team-chat.iam.gserviceaccount.com/keys", {}),
    (
        "POST",
        "/v3/projects/my-team-chat:setIamPolicy",
        {"policy": {"bindings": [{"role": "roles/viewer", "members": ["user:ann@example.com"]}]}},
    ),
    ("POST", "/sandbox/v1/clock", {"advance": 5}),
    ("DELETE", "/v3/projects/sandbox-empty", None),
    ("POST", "/sandbox/v1/clock", {"advance": 5}),
]


def lived(rest_url: str, token: str, account: str) -> dict[str, Any]:
    """The state of a sandbox once all of this has happened."""
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {token}"
        for verb, path, body in HISTORY:
            sent = json.loads(json.dumps(body).replace("ACCOUNT", account))
            answer = session.request(verb, rest_url + path, json=sent, timeout=30)
            assert answer.status_code == 200, answer.text
        state: dict[str, Any] = session.get(f"{rest_url}/sandbox/v1/state?comparable=true", timeout=30).json()
    return state


def test_one_seed_and_one_history_give_one_state(tmp_path: Path) -> None:
    """The first in this process, the second, later, in another."""
    with running(clock=0, grpc=False, seed=7) as ready:
        first = lived(ready["rest_url"], ready["token"], ready["billing_account"])
    file = tmp_path / "ready.json"
    words = ["serve", "--clock", "stepped", "--random-seed", "7", "--ready-file", str(file)]
    process = subprocess.Popen([sys.executable, "-m", "gcp_emulator", *words], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while not file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        other = json.loads(file.read_text())
        second = lived(other["rest_url"], other["token"], other["billing_account"])
    finally:
        process.terminate()
        process.wait()
    assert first == second
    assert first["resourcemanager.projects"]["my-team-chat"]["labels"] == {"team": "chat"}
    assert first["resourcemanager.projects"]["sandbox-empty"]["state"] == "DELETE_REQUESTED"


def test_another_seed_gives_other_numbers() -> None:
    states = []
    for seed in (1, 2):
        with running(clock=0, grpc=False, seed=seed) as ready:
            states.append(lived(ready["rest_url"], ready["token"], ready["billing_account"]))
    assert states[0] != states[1]
    assert list(states[0]) == list(states[1])


def test_what_is_due_has_happened_when_the_state_is_asked_for(cloud: Cloud) -> None:
    cloud.post("/v3/projects", {"projectId": "my-team-chat", "parent": cloud["organization"]})
    assert "my-team-chat" not in cloud.get("/sandbox/v1/state")["resourcemanager.projects"]
    cloud.advance(5)
    assert "my-team-chat" in cloud.get("/sandbox/v1/state")["resourcemanager.projects"]


def test_the_state_is_ordered_by_name(cloud: Cloud) -> None:
    state = cloud.get("/sandbox/v1/state")
    assert list(state) == sorted(state)
    assert all(list(rows) == sorted(rows) for rows in state.values())


def test_comparable_is_true_or_false(cloud: Cloud) -> None:
    assert cloud("GET", "/sandbox/v1/state?comparable=perhaps")[0] == 400
    assert cloud.get("/sandbox/v1/state?comparable=false") == cloud.get("/sandbox/v1/state")
