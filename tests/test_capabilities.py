"""Calling a tool, keeping to a schema, being quick: asked only on request, and judged without mercy."""

from __future__ import annotations

import pytest

from provision import workflow
from provision.capabilities import JSON_SCHEMA, TOOLS, Shown, judge
from provision.errors import ConfigError
from provision.plan import Check, Run
from provision.sandbox.server import Running
from tests.conftest import clients_for, config_for

ASKED = {"chat__capabilities": (TOOLS, JSON_SCHEMA), "chat__max_latency": 60.0}


def check(sandbox: Running, **options: object) -> Run:
    config = config_for(sandbox, **options)
    return workflow.check(config, clients_for(config), only=("chat",))


def found(run: Run, name: str) -> Check:
    return next(each for each in run.checks if each.id == name)


@pytest.mark.parametrize(
    ("capability", "shown", "good"),
    [
        (TOOLS, Shown(calls=(("get_weather", '{"city": "Paris"}'),)), True),
        (TOOLS, Shown(text="It is sunny in Paris."), False),
        (TOOLS, Shown(calls=(("get_time", '{"city": "Paris"}'),)), False),
        (TOOLS, Shown(calls=(("get_weather", '{"town": "Paris"}'),)), False),
        (TOOLS, Shown(calls=(("get_weather", "Paris"),)), False),
        (JSON_SCHEMA, Shown(text='{"city": "Paris", "country": "France"}'), True),
        (JSON_SCHEMA, Shown(text='```json\n{"city": "Paris", "country": "France"}\n```'), False),
        (JSON_SCHEMA, Shown(text='{"city": "Paris"}'), False),
        (JSON_SCHEMA, Shown(text='{"city": "Paris", "country": "France", "more": "words"}'), False),
        (JSON_SCHEMA, Shown(text='{"city": "Paris", "country": 1}'), False),
        (JSON_SCHEMA, Shown(text='["Paris", "France"]'), False),
        (JSON_SCHEMA, Shown(), False),
    ],
)
def test_an_answer_shows_a_capability_or_it_does_not(capability: str, shown: Shown, *, good: bool) -> None:
    assert (judge(capability, shown) == "") is good


def test_nothing_more_is_asked_unless_somebody_wants_it(sandbox: Running) -> None:
    run = check(sandbox)
    assert {each.id for each in run.checks if each.step == "chat"} == {"chat.answers", "chat.usage"}
    assert [call.method for call in run.calls].count("ChatCompletions") == 1


def test_what_is_wanted_is_asked_and_shown(sandbox: Running) -> None:
    run = check(sandbox, **ASKED)
    statuses = {each.id: each.status for each in run.checks if each.step == "chat"}
    assert statuses == dict.fromkeys(
        ("chat.answers", "chat.usage", "chat.latency", "chat.tools", "chat.json"), "pass"
    ), [each.summary for each in run.checks]
    assert [call.method for call in run.calls].count("ChatCompletions") == 3


def test_an_answer_that_takes_longer_than_allowed_fails_with_both_numbers(sandbox: Running) -> None:
    run = check(sandbox, chat__max_latency=0.000001)
    late = found(run, "chat.latency")
    assert (late.status, late.diagnosis, late.required) == ("fail", "CHAT_TOO_SLOW", True)
    assert "1e-06 s" in late.cause
    assert run.verdict == "not ready"
    assert found(run, "chat.answers").status == "pass"


def test_a_capability_that_is_refused_is_a_symptom_of_what_refuses_the_chat(sandbox: Running) -> None:
    sandbox.fail_next("*hat*ompletions", 403, first=99, reason="BILLING_DISABLED", domain="googleapis.com")
    run = check(sandbox, **ASKED)
    assert run.root_cause is not None
    assert run.root_cause.id == "chat.answers"
    assert {each.id for each in run.checks if each.blocked_by == "chat.answers"} == {"chat.tools", "chat.json"}


def test_a_capability_nobody_knows_is_refused_before_anything_is_asked(sandbox: Running) -> None:
    with pytest.raises(ConfigError, match="tools"):
        config_for(sandbox, chat__capabilities=("tool",))
