"""Every verdict on a chat, provoked in a sandbox: what it is called, and what a person is told to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from gcp_emulator.server import Running, running

from provision.commands.smoke_test import smoke_test
from provision.plan import Check, Run
from provision.reports import text
from tests.conftest import clients_for, config_for
from tests.upstream import Upstream, messages, upstream

CHAT = "*ChatCompletions*"


@pytest.fixture
def ready() -> Iterator[Running]:
    with running(clock=0, propagation=0, grpc=False) as sandbox:
        yield sandbox


# Seconds for a call, and so for its retries, which pass for real: where all of them are in vain.
IN_VAIN = {"limits__call_timeout": 1}


def asked(ready: Running, **options: Any) -> Run:
    options = {"chat__capabilities": ("text", "stream"), "limits__call_timeout": 5} | options
    config = config_for(ready, **options)
    return smoke_test(config, clients_for(config))


def answers(run: Run) -> Check:
    return next(check for check in run.checks if check.id == "chat.answers")


@pytest.mark.parametrize(
    ("error", "named"),
    [
        ("RATE_LIMIT_EXCEEDED", "PerMinute"),
        ("MODEL_QUOTA", "aiplatform.googleapis.com/"),
        ("SHARED_CAPACITY", "shared capacity"),
    ],
)
def test_a_quota_that_outlasts_the_retries_says_all_else_ready(ready: Running, error: str, named: str) -> None:
    ready.fail_next(CHAT, error=error, first=500)
    run = asked(ready, **IN_VAIN)
    check = answers(run)
    assert (check.status, check.diagnosis) == ("fail", error)
    assert check.cause.startswith("All else ready")
    assert named in check.cause
    assert "All else ready" in text.render(run)
    assert not [each for each in run.checks if each.required and each.status == "fail" and each.id != "chat.answers"]


def test_a_quota_that_is_retried_away_is_no_failure(ready: Running) -> None:
    ready.fail_next(CHAT, error="SHARED_CAPACITY", first=1)
    assert answers(asked(ready)).status in {"pass", "warn"}


def of_model(**given: str) -> dict[str, str]:
    return {f"model__{name}": value for name, value in given.items()}


def test_a_misspelled_model_is_named_with_its_neighbor(ready: Running) -> None:
    check = answers(asked(ready, **of_model(id="openai/gpt-oss-120b-mass")))
    assert check.diagnosis == "MODEL_MISSPELLED"
    assert "--model openai/gpt-oss-120b-maas" in check.fix


def test_a_wrong_location_is_named_with_the_right_one(ready: Running) -> None:
    check = answers(asked(ready, **of_model(location="us-east1")))
    assert check.diagnosis == "WRONG_LOCATION"
    assert "--location global" in check.fix


def test_a_retired_model_is_named_with_its_successor(ready: Running) -> None:
    run = asked(ready, **of_model(id="openai/gpt-oss-20b-maas", location="us-central1"))
    root = next(check for check in run.checks if check.status == "fail")
    assert (root.id, root.diagnosis) == ("model.offered", "MODEL_RETIRED")
    assert "--model openai/gpt-oss-120b-maas" in root.fix
    assert answers(run).status == "blocked"


def test_a_model_that_after_enable_is_named_with_the_role_and_the_card(ready: Running) -> None:
    ready.fail_next(CHAT, error="PUBLISHER_MODEL_NOT_FOUND", first=500)
    check = answers(asked(ready))
    assert check.diagnosis == "MODEL_NOT_ENABLED"
    assert "roles/consumerprocurement.entitlementManager" in check.fix
    assert "/publishers/openai/model-garden/gpt-oss-120b-maas?project=sandbox-ready" in check.fix


def test_a_model_that_the_project_may_not_use_is_named_with_the_role_and_the_card(ready: Running) -> None:
    ready.fail_next(CHAT, error="PUBLISHER_MODEL_NOT_ALLOWED", first=500)
    check = answers(asked(ready))
    assert check.diagnosis == "PUBLISHER_MODEL_NOT_ALLOWED"
    assert "roles/consumerprocurement.entitlementManager" in check.fix
    assert "/publishers/openai/model-garden/gpt-oss-120b-maas?project=sandbox-ready" in check.fix


@pytest.mark.parametrize("status", [403, 404])
def test_where_no_one_tells_the_candidates_are_listed_and_none_is_claimed(ready: Running, status: int) -> None:
    ready.fail_next(CHAT, error="PUBLISHER_MODEL_NOT_FOUND", first=500)
    ready.fail_next("*GetPublisherModel*", status, first=500)
    check = answers(asked(ready))
    assert check.diagnosis == "PUBLISHER_MODEL_NOT_FOUND"
    for candidate in ("misspelled", "not offered at global", "retired", "not enabled"):
        assert candidate in check.cause


def test_a_broken_stream_is_not_a_slow_one(ready: Running) -> None:
    ready.fail_next(CHAT, cut_stream_after=3, first=500)
    check = answers(asked(ready, **IN_VAIN))
    assert (check.status, check.diagnosis) == ("unknown", "STREAM_BROKEN")


def test_a_stream_that_goes_silent_is_not_a_broken_one(ready: Running) -> None:
    ready.fail_next(CHAT, slow_body_ms=5000, first=500)
    check = answers(asked(ready, limits__call_timeout=0.3))
    assert (check.status, check.diagnosis) == ("unknown", "STREAM_STALLED")


def test_a_slow_stream_is_a_whole_one(ready: Running) -> None:
    ready.fail_next(CHAT, slow_body_ms=300, first=500)
    assert answers(asked(ready)).status == "pass"
    run = asked(ready, chat__max_latency=0.05)
    assert [check.diagnosis for check in run.checks if check.status == "fail"] == ["CHAT_TOO_SLOW"]


def test_a_stream_that_ends_without_an_end_is_broken_though_no_one_says_so(ready: Running) -> None:
    ready.fail_next(CHAT, end_stream_after=4, first=500)
    check = answers(asked(ready))
    assert (check.status, check.diagnosis) == ("fail", "CHAT_UNFINISHED")


def test_a_budget_that_reasoning_spent_is_enlarged_once_and_said() -> None:
    with upstream() as server, running(grpc=False, propagation=0, chat_upstream=server.url) as ready:
        server.text = _within(server, 2000)
        run = asked(ready)
        check = answers(run)
        assert check.status == "pass"
        assert "asked again: 1024 tokens went into reasoning" in check.summary
        assert [body["max_tokens"] for body in server.asked] == [1024, 4096]


class _Budget(list[dict[str, Any]]):
    """An answer that is nothing but reasoning to whoever allows less than a number of tokens."""

    def __init__(self, server: Upstream, needed: int) -> None:
        super().__init__()
        self._server, self._needed = server, needed

    def __iter__(self) -> Iterator[dict[str, Any]]:
        enough = self._server.asked[-1]["max_tokens"] >= self._needed
        return iter(messages("All ", "is ", "well.") if enough else messages(finish="length", reasoning="hm"))


def _within(server: Upstream, needed: int) -> list[dict[str, Any]]:
    return _Budget(server, needed)


@pytest.fixture
def deployed(ready: Running) -> Callable[[str], str]:
    """The id of the only endpoint of a location."""

    def find(location: str) -> str:
        config = config_for(ready)
        (endpoint,) = clients_for(config).vertex.list_endpoints(config.project_id, location)
        return endpoint.endpoint_id

    return find


@pytest.mark.parametrize("location", ["us-central1", "europe-west4"])
def test_a_self_deployed_model_answers_where_vertex_says(
    ready: Running, deployed: Callable[[str], str], location: str
) -> None:
    """The first on the shared host, the second on a name of its own."""
    run = asked(ready, model__endpoint=deployed(location), model__location=location)
    assert answers(run).status == "pass"
    assert run.verdict == "ready"


def test_a_dedicated_endpoint_asked_through_the_shared_host_is_named(
    ready: Running, deployed: Callable[[str], str]
) -> None:
    ready.fail_next(CHAT, error="DEDICATED_ENDPOINT", first=500)
    check = answers(asked(ready, model__endpoint=deployed("europe-west4"), model__location="europe-west4"))
    assert check.diagnosis == "DEDICATED_ENDPOINT"
    assert "provision endpoints" in check.fix


def test_an_endpoint_without_a_model_is_named(ready: Running, deployed: Callable[[str], str]) -> None:
    parent = f"{ready['rest_url']}/v1/projects/{ready['project']}/locations/europe-west1"
    headers = {"Authorization": f"Bearer {ready['token']}"}
    made = httpx2.post(f"{parent}/endpoints", json={"displayName": "empty"}, headers=headers, trust_env=False)
    assert made.status_code == 200, made.text
    ready.advance(600)
    check = answers(asked(ready, model__endpoint=deployed("europe-west1"), model__location="europe-west1"))
    assert check.diagnosis == "ENDPOINT_EMPTY"
    assert "deploy-model" in check.fix


def test_an_endpoint_that_does_not_exist_is_named(ready: Running) -> None:
    for location in ("us-central1", "global"):  # where the model is asked; endpoints are in regions
        check = answers(asked(ready, model__endpoint="12345", model__location=location))
        assert check.diagnosis == "ENDPOINT_NOT_FOUND"
        assert "12345" in check.cause
        assert "--region=us-central1 " in check.fix
        assert "must be us-central1-aiplatform.googleapis.com" in check.fix
