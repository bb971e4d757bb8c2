"""A fixed sample of the fault matrix; all of it is in `make proof`. And what holds of every check, whatever fails."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from gcp_emulator.server import running

from provision.commands.check import check as run_check
from provision.commands.run import BY_NAME
from provision.steps import STEPS, name_of
from tests.conftest import clients_for
from tests.matrix.matrix import READY, Matrix
from tests.matrix.pairs import Fault, Pairs, draw, is_chat, waits
from tests.matrix.relay import ELSEWHERE, relaying

SEED = 20_261_122
SAMPLE = 28


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_GCE_CHECK", "true")
        with running(clock=0, grpc=False) as sandbox:
            yield Matrix(sandbox, tmp_path_factory.mktemp("matrix"))


def test_whatever_fails_is_named_and_nothing_is_green_that_was_not_seen(matrix: Matrix) -> None:
    """One of each way to fail has its turn before any has a second, so that a small sample is wide."""
    cases = [case for case in matrix.cases() if not case.failure.waits]
    random.Random(SEED).shuffle(cases)  # noqa: S311 - chance that can be repeated is what it is for
    turns: dict[str, int] = {}
    for case in cases:
        turns[case.failure.name] = turns.get(case.failure.name, 0) + 1
        turns[str(case)] = turns[case.failure.name]
    sample = sorted(cases, key=lambda case: turns[str(case)])[:SAMPLE]
    assert len({case.call for case in sample}) > 10
    broken = {str(case): outcome.broken for case in sample if (outcome := matrix.prove(case)).broken}
    assert not broken


def test_silence_ends_at_the_deadline_and_is_no_no(matrix: Matrix) -> None:
    cases = [case for case in matrix.cases() if case.failure.waits and case.which == "all"]
    for case in random.Random(SEED).sample(cases, 2):  # noqa: S311 - likewise
        assert not matrix.prove(case).broken, str(case)


def test_two_faults_at_once_make_nothing_green_and_refute_nothing_and_end_in_time(matrix: Matrix) -> None:
    """A few of those that are over quickly; `make proof` draws hundreds."""
    with relaying(matrix.sandbox["rest_url"]) as relay:
        pairs = Pairs(matrix, relay)
        drawn = (draw(matrix, SEED, number) for number in range(20))
        quick = [pair for pair in drawn if not any(map(waits, pair))][:4]
        assert {str(pair): found.broken for pair in quick if (found := pairs.prove(pair)).broken} == {}


def test_a_redirect_takes_nothing_along(matrix: Matrix) -> None:
    """Neither a token nor what was asked goes where an answer points to."""
    with relaying(matrix.sandbox["rest_url"]) as relay:
        pairs = Pairs(matrix, relay)
        for number in (0, 1):
            calls = [call for call in matrix.calls if is_chat(call) is bool(number)]
            for called in ("*", "POST */chat/completions")[number:]:
                relay.play(called, ELSEWHERE)
            found = pairs.prove((Fault(call=calls[0]), Fault(call=calls[0])))
            assert (found.exit_code, found.broken) == (3, ())


def test_the_matrix_holds_every_step_that_asks_google(matrix: Matrix) -> None:
    asking = {step for call in matrix.calls for step in call.steps}
    assert asking == {name_of(step) for step in STEPS} - {"environment", "network"}


def test_a_check_that_asks_for_everything_changes_nothing(matrix: Matrix) -> None:
    matrix.sandbox.load(READY)
    before = matrix.sandbox.state()
    run_check(matrix.config, clients_for(matrix.config))
    assert [entry["method"] for entry in matrix.sandbox.requests() if entry["mutates"]] == []
    assert matrix.sandbox.state() == before


def test_what_cannot_be_reached_at_all_is_unknown(matrix: Matrix) -> None:
    target = replace(matrix.config.target, address="http://127.0.0.1:1")
    run = run_check(*_quick(matrix, target=target))
    assert run.exit_code == 3
    assert {check.blocked_by for check in run.checks if check.step == "project"} == {"network.connectivity"}
    assert run.root_cause is not None
    assert run.root_cause.diagnosis == "HOST_UNREACHABLE"
    assert not run.root_cause.required  # it says nothing of the project


def _quick(matrix: Matrix, **changes: Any) -> tuple[Any, Any]:
    config = replace(matrix.config, call_timeout_s=1.0, **changes)
    return config, clients_for(config)


@pytest.mark.parametrize("name", [name_of(step) for step in STEPS])
def test_a_crash_in_one_check_is_its_own_unknown(matrix: Matrix, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = BY_NAME[name]

    def crash(*_: object) -> None:
        raise ZeroDivisionError("no one foresaw this")

    broken: Any = SimpleNamespace(**{**vars(real), "observe": crash})
    monkeypatch.setitem(BY_NAME, name, broken)
    matrix.sandbox.load(READY)
    clients = matrix.clients()
    run = run_check(clients.config, clients)
    assert run.exit_code == 3
    assert run.root_cause is not None
    assert run.root_cause.id == f"{name}.observed"
    assert run.root_cause.status == "unknown"
    assert "ZeroDivisionError" in run.root_cause.summary
    assert {check.status for check in run.checks if check.step != name} <= {"pass", "skipped"}
