"""Many questions at once: how long they took, what they cost, and what became of those that were refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gcp_emulator.server import Running, running

from provision.cli import main
from provision.commands import load_test
from provision.commands.smoke_test import smoke_test
from provision.errors import UsageError
from provision.plan import Check, Run
from tests.conftest import clients_for, config_for
from tests.upstream import messages, upstream


def loaded(ready: Running, *, requests: int = 12, concurrency: int = 4, max_cost: float = 0.0, **more: Any) -> Run:
    config = config_for(ready, chat__capabilities=("text",), **more)
    return smoke_test(config, clients_for(config), requests=requests, concurrency=concurrency, max_cost_usd=max_cost)


def check_of(run: Run) -> Check:
    return next(check for check in run.checks if check.id == "chat.load")


def chats(ready: Running) -> int:
    return sum(entry["path"].endswith("/chat/completions") for entry in ready.requests())


def test_as_many_are_asked_as_were_wanted(sandbox: Running) -> None:
    run = loaded(sandbox)
    assert check_of(run).summary == "12 of 12 answered"
    assert chats(sandbox) == 1 + 12
    evidence: Any = check_of(run).evidence
    for name in ("first_token_s", "total_s", "token_ms", "tokens_per_s"):
        assert len(evidence[name]["picture"]) == 12
    for name in ("first_token_s", "total_s", "token_ms"):
        assert evidence[name]["p50"] <= evidence[name]["p95"] <= evidence[name]["p99"]
    speeds = evidence["tokens_per_s"]
    assert speeds["p50"] >= speeds["p95"] >= speeds["p99"], "the slow end"
    assert evidence["requests_per_s"] == pytest.approx(12 / evidence["took_s"], rel=0.01)
    assert evidence["all_tokens_per_s"] > evidence["requests_per_s"]
    assert evidence["cost_usd"] == 0, "nothing costs anything in a sandbox"
    assert "price_source" not in evidence


def test_no_question_is_asked_beyond_the_limit(sandbox: Running) -> None:
    run = loaded(sandbox, requests=100, concurrency=1, max_cost=0.001)
    done = check_of(run)
    assert "stopped at" in done.summary
    evidence: Any = done.evidence
    assert 0 < evidence["asked"] < 100
    assert run.verdict == "ready"
    config = config_for(sandbox, chat__capabilities=("text",))
    counted = load_test.load(config, clients_for(config), requests=100, concurrency=1, max_cost_usd=0.001)
    assert counted.cost_usd is not None
    assert 0 < counted.cost_usd <= 0.001


def test_where_the_limit_lets_no_question_through_nothing_is_known(sandbox: Running) -> None:
    run = loaded(sandbox, max_cost=0.0000001)
    assert (check_of(run).status, check_of(run).summary[:15]) == ("unknown", "0 of 0 answered")
    assert run.verdict == "unknown"


def test_a_limit_that_cannot_be_kept_is_refused_before_the_first_call(sandbox: Running) -> None:
    with pytest.raises(UsageError, match="cannot be kept"):
        loaded(sandbox, max_cost=1.0, model__id="example/without-a-price")
    assert chats(sandbox) == 0


def test_a_quota_that_outlasts_the_retries_is_a_failure_and_says_so(sandbox: Running) -> None:
    sandbox.instance.sandbox.settings  # noqa: B018 - the sandbox is up
    config = config_for(sandbox, chat__capabilities=("text",), limits__call_timeout=0.5)
    clients = clients_for(config)
    clients.chat.complete("", "hi", max_tokens=9)
    sandbox.fail_next("*ChatCompletions", 429, first=500)
    done = load_test.load(config, clients, requests=3, concurrency=3)
    (check,) = load_test.evaluate(config, done)
    assert check.summary == "0 of 3 answered"
    assert check.error is not None
    assert check.error.status == "RESOURCE_EXHAUSTED"


def test_an_answer_that_a_filter_stopped_is_not_answered() -> None:
    with upstream() as server, running(grpc=False, chat_upstream=server.url) as ready:
        good = server.text
        server.answers = iter([good, good, messages("All ", finish="content_filter")])
        run = loaded(ready, requests=2, concurrency=1)
    done = check_of(run)
    assert (done.status, done.diagnosis) == ("fail", "CHAT_FILTERED")
    assert done.summary.startswith("1 of 2 answered; 1 badly")
    assert run.verdict == "not ready"


def test_the_95th_of_100_must_be_fast_enough(sandbox: Running) -> None:
    run = loaded(sandbox, chat__max_latency=0.0001)
    assert [check.id for check in run.checks if check.status == "fail"] == ["chat.latency"]


@pytest.fixture
def provision(ready_file: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PROVISION_TARGET", str(ready_file))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return run


def test_the_report_shows_the_figures(provision: Any) -> None:
    result = provision("smoke-test", "--requests", "5", "--concurrency", "2", "--capability", "text,stream")
    assert result.exit_code == 0
    for title in (
        "first token",
        "whole answer",
        "each token",
        "tokens/s",
        "requests/s",
        "nothing: this was the sandbox",
    ):
        assert title in result.stdout
    evidence = next(
        check["evidence"]
        for check in json.loads(provision("smoke-test", "--requests", "2", "--format", "json").stdout)["checks"]
        if check["id"] == "chat.load"
    )
    assert len(evidence["total_s"]["values"]) == 2


def test_at_once_without_several_is_a_mistake(provision: Any) -> None:
    assert provision("smoke-test", "--concurrency", "3").exit_code == 2


def test_an_unknown_capability_is_refused_with_a_guess(provision: Any) -> None:
    result = provision("smoke-test", "--capability", "text,tool")
    assert result.exit_code == 2
    assert "did you mean 'tools'?" in result.stderr
