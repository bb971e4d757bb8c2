"""Every server that people met comes to a verdict: never an exception, never falsely green, never falsely red."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from provision.chat.messages import METHOD, Completion
from provision.chat.reader import read_answer
from provision.commands.run import evaluate_step
from provision.config import Config, load
from provision.errors import ApiError
from provision.explain import explain, facts
from provision.google.errors import error_from_body
from provision.google.openai_errors import as_google
from provision.google.vertex import SERVICE
from provision.plan import Check
from provision.steps import chat
from tests.chat.scenarios import SCENARIOS, Answer, Scenario


class Server:
    """A chat that answers with the bytes of a scenario, read as what comes over a wire is."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer]) -> None:
        self._answer = answer

    def complete(self, model: str, prompt: Any, *, max_tokens: int, **more: Any) -> Completion:
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
        request = {"model": model, "messages": messages, "max_tokens": max_tokens, **more}
        answer = self._answer(request)
        if answer.status >= 400:
            import json

            try:
                body = as_google(json.loads(answer.bytes))
            except ValueError:
                body = answer.bytes
            raise ApiError(error_from_body(SERVICE, METHOD, answer.status, body))
        whole = answer.bytes
        pieces = [whole[start : start + 7] for start in range(0, len(whole), 7)]
        return read_answer(pieces, request, began=time.perf_counter(), content_type=answer.content_type)


def config_for(*capabilities: str) -> Config:
    return load(options={"project.id": "sandbox-ready", "chat.capabilities": capabilities}, file=None)


def checks_of(answer: Callable[[dict[str, Any]], Answer], config: Config) -> dict[str, Check]:
    clients: Any = SimpleNamespace(chat=Server(answer), progress=lambda _: None)
    checks = evaluate_step(chat, config, chat.observe(config, clients))
    return {check.id: explain(check, facts(config, None, "")) for check in checks}


def verdict_of(checks: dict[str, Check]) -> str:
    """As a run counts it: a failure is worse than what is not known."""
    found = {check.status for check in checks.values() if check.required}
    return "not ready" if "fail" in found else "unknown" if found - {"pass", "warn", "skipped"} else "ready"


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_server_comes_to_the_verdict_that_it_deserves(name: str) -> None:
    scenario: Scenario = SCENARIOS[name]
    config = (
        config_for("text", "tools") if scenario.tools else replace(config_for("text"), capabilities=("text", "stream"))
    )
    if not scenario.tools:
        config = replace(config, sources=without_capabilities(config))
    checks = checks_of(scenario.answer, config)
    shown = {check.id: (check.status, check.diagnosis, check.summary, check.cause) for check in checks.values()}
    assert verdict_of(checks) in scenario.verdicts, shown
    for check, expected in scenario.checks.items():
        found = checks[check]
        assert expected in {found.status, found.diagnosis}, shown
    said = " ".join(f"{each.cause} {each.fix}" for each in checks.values() if each.status != "pass")
    assert not scenario.says or re.search(scenario.says, said), said
    assert not scenario.says_not or not re.search(scenario.says_not, said), said
    assert all(each.fix for each in checks.values() if each.status in {"fail", "unknown"}), shown


def without_capabilities(config: Config) -> Any:
    return {name: source for name, source in config.sources.items() if name != "chat.capabilities"}
