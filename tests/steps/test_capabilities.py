"""What a model can do, asked of a server that does it well, or badly in one way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from provision.commands.smoke_test import smoke_test
from provision.plan import Check, Run
from tests.conftest import clients_for, config_for
from tests.upstream import Upstream, calling, chunk, messages, upstream

ALL = ("text", "stream", "tools", "json", "reasoning", "turns")


@pytest.fixture
def server() -> Iterator[Upstream]:
    with upstream() as serving:
        yield serving


@pytest.fixture
def passing(server: Upstream) -> Iterator[Running]:
    """A sandbox whose chats the server answers."""
    with running(grpc=False, chat_upstream=server.url) as ready:
        yield ready


def asked(ready: Running, *capabilities: str, **more: Any) -> Run:
    config = config_for(ready, chat__capabilities=capabilities, **more)
    return smoke_test(config, clients_for(config))


def named(run: Run, name: str) -> Check:
    return next(check for check in run.checks if check.id == name)


def test_a_good_server_passes_in_everything(passing: Running, server: Upstream) -> None:
    run = asked(passing, *ALL)
    assert {check.status for check in run.checks if check.step == "chat"} == {"pass"}
    assert run.verdict == "ready"
    assert not [body for body in server.asked if body.get("tool_choice") not in (None, "auto")]


def test_the_sandbox_itself_passes_in_everything(sandbox: Running) -> None:
    run = asked(sandbox, *ALL, "long")
    assert {check.id: check.status for check in run.checks if check.step == "chat" and check.status != "pass"} == {}
    evidence: Any = named(run, "chat.long").evidence
    assert evidence["prompt_tokens"] > 50_000


@pytest.mark.parametrize(
    ("part", "answer", "capability", "check", "diagnosis"),
    [
        ("text", messages("All is well."), "stream", "chat.streams", "CHAT_NOT_STREAMED"),
        ("tool", messages("It is ", "21 degrees."), "tools", "chat.tools", "CHAT_NO_TOOL_CALL"),
        ("tool", calling("get_temperature", '{"town": "Paris"}'), "tools", "chat.tools", "CHAT_TOOL_ARGUMENTS"),
        ("tool", calling("get_temperature", "Paris, please"), "tools", "chat.tools", "CHAT_TOOL_ARGUMENTS"),
        ("tool", calling("get_weather", '{"city": "Paris"}'), "tools", "chat.tools", "CHAT_TOOL_NAME"),
        ("result", messages(), "tools", "chat.tools", "CHAT_TOOL_UNANSWERED"),
        ("schema", messages("Rome, ", "two."), "json", "chat.json", "CHAT_NOT_JSON"),
        ("schema", messages('{"city": "Rome", "inhabitants": "two"}'), "json", "chat.json", "CHAT_NOT_JSON"),
        ("reasoning", messages("9.", "9"), "reasoning", "chat.reasoning", "CHAT_NO_REASONING"),
        ("turns", messages(), "turns", "chat.multi_turn", "CHAT_NO_TEXT"),
        ("text", messages("All ", "is ", "well.", finish=None), "stream", "chat.answers", "CHAT_UNFINISHED"),
    ],
)
def test_one_thing_done_badly_is_named(
    passing: Running,
    server: Upstream,
    part: str,
    answer: list[dict[str, Any]],
    capability: str,
    check: str,
    diagnosis: str,
) -> None:
    setattr(server, part, answer)
    run = asked(passing, capability)
    assert (named(run, check).status, named(run, check).diagnosis) == ("fail", diagnosis)
    assert named(run, check).fix
    assert run.verdict == "not ready"


def test_counts_before_the_end_are_told_from_counts_at_the_end(passing: Running, server: Upstream) -> None:
    early = messages("All ", "is ", "well.")
    server.text = [{**early[0], "usage": early[-1]["usage"]}, *early[1:-1]]
    assert named(asked(passing, "stream"), "chat.streams").diagnosis == "CHAT_NOT_STREAMED"


def test_what_no_one_asked_for_by_name_is_a_warning(passing: Running, server: Upstream) -> None:
    from dataclasses import replace

    server.schema = messages("no")
    config = replace(config_for(passing), capabilities=ALL)
    run = smoke_test(config, clients_for(config))
    assert named(run, "chat.json").status == "warn"
    assert run.verdict == "ready"


def test_a_capability_that_is_refused_is_not_green(sandbox: Running) -> None:
    config = config_for(sandbox, chat__capabilities=("json",), limits__call_timeout=0.5)
    clients = clients_for(config)
    clients.chat.complete("", "hi", max_tokens=1)
    sandbox.fail_next(
        "*ChatCompletions", 403, reason="IAM_PERMISSION_DENIED", domain="aiplatform.googleapis.com", first=9
    )
    from provision.steps import chat
    from provision.steps.chat import capabilities

    answer = capabilities.ask(config, clients.chat)
    (check,) = capabilities.evaluate(config, answer)
    assert (check.status, check.required) == ("unknown", True)
    assert check.id in {each.id for each in chat.CHECKS}


def test_what_the_catalog_does_not_claim_is_not_asked(sandbox: Running) -> None:
    config = config_for(sandbox, chat__capabilities=("tools", "turns"), model__id="example/not-in-the-catalog")
    from provision.steps.chat import capabilities

    assert capabilities._offered(config, "tools") is None
    assert capabilities._offered(config, "long") is False


def test_a_slow_answer_is_too_slow(sandbox: Running) -> None:
    check = named(asked(sandbox, "text", chat__max_latency=0.0001), "chat.latency")
    assert (check.status, check.diagnosis) == ("fail", "CHAT_TOO_SLOW")
    assert "you asked for 0.0001 s" in check.cause
    assert named(asked(sandbox, "text", chat__max_latency=60), "chat.latency").status == "pass"


def test_a_self_deployed_endpoint_is_asked_whatever_the_catalog_says(sandbox: Running) -> None:
    config = config_for(sandbox, endpoints__locations=("us-central1",))
    (endpoint,) = clients_for(config).vertex.list_endpoints(config.project_id, "us-central1")
    run = asked(sandbox, "tools", "json", model__endpoint=endpoint.endpoint_id)
    assert run.verdict == "ready"
    assert named(run, "model.offered").status == "skipped"
    assert f"endpoint {endpoint.endpoint_id} answered" in named(run, "chat.answers").summary


def test_tool_calls_in_pieces_are_put_together(passing: Running, server: Upstream) -> None:
    first, *rest = calling("get_temperature", '{"city": "Paris"}')
    second = {"index": 1, "id": "c2", "type": "function", "function": {"name": "get_temperature", "arguments": "{}"}}
    server.tool = [first, chunk({"tool_calls": [second]}), *rest]
    config = config_for(passing)
    answer = clients_for(config).chat.complete(
        "", "hi", max_tokens=9, tools=[{"type": "function", "function": {"name": "x"}}]
    )
    assert [(call.id, call.arguments) for call in answer.tool_calls] == [("c1", '{"city": "Paris"}'), ("c2", "{}")]
