"""The servers that people met, behind a sandbox: what commands make of them, and what their programs are given."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gcp_emulator.server import Running, running

from provision.cli import main
from provision.commands.check import check
from provision.commands.smoke_test import smoke_test
from provision.plan import Run
from provision.reports import FORMATS
from tests.chat.scenario_server import Server, serving
from tests.chat.scenarios import MODEL, SCENARIOS
from tests.conftest import clients_for, config_for

ASK = """
import json, os, sys, urllib.error, urllib.request
urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))
found = {}
for name, more in json.loads(sys.argv[1]).items():
    body = {"model": os.environ["MODEL_ID"], "stream": True, "max_tokens": 1024, **more}
    body["messages"] = [{"role": "user", "content": name}]
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json.dumps(body).encode(),
        {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"], "content-type": "application/json"})
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    found[name] = [answer.status, answer.read().decode()]
open(sys.argv[2], "w").write(json.dumps(found))
raise SystemExit(7)
"""
LISTS = {"an error list in the stream", "an error list that is no event"}
"""What the proxy puts into the form that clients read."""
SEEN = (
    *("nothing is wrong", "no choices beside the counts", "an empty 404", "cut off", "content_filter"),
    *("all spent on thinking", "a signature on the call", "a polluted name", "vLLM without a tool parser"),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as ready:
        yield ready


@pytest.fixture(scope="module")
def sandbox(server: Server) -> Iterator[Running]:
    with running(clock=0, propagation=0, grpc=False, chat_upstream=server.url) as ready:
        yield ready


@pytest.mark.parametrize("command", [smoke_test, check])
@pytest.mark.parametrize("name", SEEN)
def test_a_command_comes_to_the_verdict_that_a_server_deserves(
    name: str, command: Callable[..., Run], server: Server, sandbox: Running
) -> None:
    server.scenario = scenario = SCENARIOS[name]
    config = config_for(sandbox, chat__capabilities=("text", "tools") if scenario.tools else ("text",))
    run = command(config, clients_for(config))
    assert (run.exit_code == 0) is ("ready" in scenario.verdicts), FORMATS["text"](run)
    assert not [each for each in run.checks if each.diagnosis == "INTERNAL_ERROR"]


@pytest.mark.parametrize("options", [(), ("--proxy",)], ids=["run", "run --proxy"])
def test_what_a_server_sends_reaches_a_program_that_is_run(
    options: tuple[str, ...], sandbox: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, out = tmp_path / "ready.json", tmp_path / "out.json"
    ready.write_text(json.dumps(dict(sandbox)))
    monkeypatch.setenv("PROVISION_TARGET", str(ready))
    asked = {name: {"tools": [{"type": "function"}]} if each.tools else {} for name, each in SCENARIOS.items()}
    words = ["run", *options, "--", sys.executable, "-c", ASK, json.dumps(asked), str(out)]
    assert CliRunner().invoke(main, words, catch_exceptions=False).exit_code == 7
    found: dict[str, tuple[int, str]] = json.loads(out.read_text())
    assert set(found) == set(SCENARIOS)
    for name, (status, body) in found.items():
        sent = SCENARIOS[name].answer({"model": MODEL, "messages": [{}], "max_tokens": 1024, **asked[name]})
        assert status == sent.status, name
        if options and (status >= 400 or name in LISTS):
            assert message_of(body), name
        else:
            assert body.encode() == sent.bytes, name


def message_of(body: str) -> str:
    """What an OpenAI client shows of an error, whole or as an event."""
    events = [line.removeprefix("data: ") for line in body.splitlines() if "error" in line]
    value: Any = json.loads(events[-1])
    return str(value["error"]["message"])
