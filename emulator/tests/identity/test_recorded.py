"""What Google's IAM really answered, asked again of the sandbox: the same status, the same fields, the same values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

SCENARIOS = json.loads((Path(__file__).parent / "recorded.json").read_text())["scenarios"]

NORMALIZED = re.compile(
    r"abcdef0123A=|111111111111111111111|888888888888888888888|2024-04-01T12:34:56(\.123456)?Z"
    r"|.*(\$\{serviceAccountKeyID\}|/operations/[a-z0-9]+).*|VGhpcyBzaG91bGQ.*"
)
"""What the recorder put in the place of ids, times, etags and key data."""


def _agrees(answer: Any, recorded: Any) -> bool:
    if isinstance(recorded, dict):
        return isinstance(answer, dict) and {*answer} == {*recorded} and all(map(_agrees, *_pairs(answer, recorded)))
    if isinstance(recorded, list):
        return len(answer) == len(recorded) and all(map(_agrees, answer, recorded))
    if isinstance(recorded, str) and NORMALIZED.fullmatch(recorded):
        return isinstance(answer, str) and bool(answer)
    return bool(answer == recorded)


def _pairs(answer: dict[str, Any], recorded: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    return [answer[name] for name in recorded], [recorded[name] for name in recorded]


class _Replay:
    """Fills in what stands for ids: those of the sandbox, and those that an answer has told."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        number = cloud.get("/v1/projects/sandbox-ready")["projectNumber"]
        self.known = {"${projectId}": "sandbox-ready", "${projectNumber}": number, "${uniqueId}": "x1y2z3"}

    def __call__(self, value: Any) -> Any:
        text = json.dumps(value)
        for name, known in self.known.items():
            text = text.replace(name, known)
        return json.loads(text)

    def learn(self, recorded: Any, answer: Any) -> None:
        name = str(answer.get("name", ""))
        if "/keys/" in name:
            self.known["${serviceAccountKeyID}"] = name.rpartition("/")[2]
        if "/operations/" in name:
            self.known[recorded["name"].rpartition("/")[2]] = name.rpartition("/")[2]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_google_and_the_sandbox_agree(scenario: dict[str, Any], cloud: Cloud) -> None:
    replay = _Replay(cloud)
    for exchange in scenario["exchanges"]:
        body = replay(exchange["body"]) if "body" in exchange else None
        if body and "etag" in body:
            body["etag"] = cloud.get(replay(exchange["path"]).partition("?")[0])["etag"]
        status, answer = cloud(exchange["verb"], replay(exchange["path"]), body)
        if "keys" in exchange.get("answer", {}):  # what was recorded is from before Google's own key was there
            answer["keys"] = [each for each in answer["keys"] if each["keyType"] == "USER_MANAGED"]
        assert status == exchange["status"], answer
        if "answer" in exchange:
            assert _agrees(answer, replay(exchange["answer"])), (answer, replay(exchange["answer"]))
            replay.learn(exchange["answer"], answer)
        cloud.advance(10)
