from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from provision.errors import ErrorStatus, ProvisionError, UsageError
from provision.journal import Entry, Journal, Scope, default_path, ledger, named_path, read, read_whole
from provision.plan import Change, Mutation

CHANGE = Change(
    step="billing", action="link", resource="projects/p/billingInfo", after="billingAccounts/x", why="because"
)
MUTATION = Mutation(
    service="cloudbilling.googleapis.com",
    method="UpdateProjectBillingInfo",
    resource="projects/p/billingInfo",
    does={"billing_account": "billingAccounts/x"},
    before="",
)
SCOPE = Scope(target="sandbox", address="http://127.0.0.1:1", project_id="p")


def entry(path: Path, **more: str) -> Entry:
    return Journal(path).begin("apply", SCOPE, principal="me@example.com", **more)


def test_intent_call_answer_and_outcome_are_read_back_in_their_order() -> None:
    path = Path("deep/journal.jsonl")
    run = entry(path)
    identifier = run.intent(CHANGE)
    call = run.begin(MUTATION)
    run.end(call, "OK", retried_statuses=("UNAVAILABLE",), error=None, operation="")
    run.outcome(identifier, "done", measured={"x.googleapis.com": 12.5})
    run.close("ready")
    records = list(read(path))
    assert [each["record"] for each in records] == ["run", "intent", "call", "answer", "outcome", "end"]
    assert {each["run"] for each in records} == {run.run}
    assert records[2]["intent"] == identifier
    assert path.stat().st_mode & 0o777 == 0o600
    (read_back,) = ledger.runs(records)
    assert (read_back.principal, read_back.result) == ("me@example.com", "ready")
    assert read_back.mutations[0].mutation == MUTATION
    assert read_back.mutations[0].confirmed
    assert ledger.median_s(records, "x.googleapis.com") == 12.5


def test_a_torn_last_line_is_passed_over_and_swallows_nothing() -> None:
    path = Path("journal.jsonl")
    entry(path).intent(CHANGE)
    with path.open("a") as file:
        file.write('{"version": 2, "rec')
    entry(path).intent(CHANGE)
    assert [each["record"] for each in read(path)] == ["run", "intent", "run", "intent"]


def test_wherever_the_last_line_is_torn_nothing_is_lost() -> None:
    path = Path("journal.jsonl")
    run = entry(path)
    run.outcome(run.intent(CHANGE), "done", 'it said {"a": {"b": 1}} and {c}')
    *before, last = path.read_bytes().splitlines(keepends=True)
    for cut in range(1, len(last) - 1):
        path.write_bytes(b"".join(before) + last[:cut])
        assert read_whole(path).skipped == (), last[:cut]


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_wherever_a_line_is_torn_the_rest_is_read(cut: int) -> None:
    path = Path("journal.jsonl")
    run = entry(path)
    call = run.begin(MUTATION)
    whole = path.read_bytes()
    run.end(call, "OK", retried_statuses=(), error=None, operation="")
    path.write_bytes(path.read_bytes()[: len(whole) + cut])
    (mutation,) = ledger.mutations(read(path), SCOPE)
    assert mutation.open
    assert not mutation.confirmed


def write_many(path: str, count: int) -> None:
    run = entry(Path(path))
    for _ in range(count):
        run.outcome(run.intent(CHANGE), "done", "x" * 3000)


def test_writers_of_many_processes_do_not_mix_their_lines() -> None:
    path = Path("journal.jsonl").resolve()
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write_many, args=(str(path), 10)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = path.read_text().splitlines()
    assert len(lines) == 3 * 21
    assert all(json.loads(line)["version"] == 3 for line in lines)


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/provision/journal.jsonl"),
        ({"XDG_STATE_HOME": "", "HOME": "/h"}, "/h/.local/state/provision/journal.jsonl"),
        ({"PROVISION_JOURNAL": "", "XDG_STATE_HOME": "/s"}, "/s/provision/journal.jsonl"),
    ],
)
def test_an_empty_or_relative_state_folder_counts_as_none(environment: dict[str, str], path: str) -> None:
    assert default_path(environment) == Path(path)


@pytest.mark.parametrize("environment", [{"HOME": ""}, {"HOME": "relative"}, {}])
def test_without_a_home_it_is_the_users_own_and_never_the_current_folder(environment: dict[str, str]) -> None:
    assert default_path(environment).is_absolute()
    assert len(default_path(environment).parts) > 4


def test_a_journal_that_was_named_and_is_not_there_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match=r"typo\.jsonl does not exist"):
        named_path(Path("typo.jsonl"), {})
    with pytest.raises(UsageError, match="PROVISION_JOURNAL"):
        named_path(None, {"PROVISION_JOURNAL": "typo.jsonl"})
    assert named_path(None, {"XDG_STATE_HOME": "/none"}) == Path("/none/provision/journal.jsonl")


def test_no_journal_is_an_empty_one() -> None:
    assert list(read(Path("none.jsonl"))) == []


def test_nothing_is_written_while_there_is_nothing_to_write() -> None:
    path = Path("journal.jsonl")
    entry(path).close("ready")
    assert not path.exists()


def test_what_cannot_be_written_down_is_not_done() -> None:
    Path("file").write_text("")
    with pytest.raises(ProvisionError, match="cannot be written"):
        entry(Path("file/journal.jsonl")).begin(MUTATION)


def test_the_journal_stands_where_it_is_told_or_in_the_state_folder() -> None:
    assert default_path({"XDG_STATE_HOME": "/state"}) == Path("/state/provision/journal.jsonl")
    assert default_path({"XDG_STATE_HOME": "/state", "PROVISION_JOURNAL": "/ci/j"}) == Path("/ci/j")


def test_a_record_of_a_newer_version_is_refused_and_not_guessed_at() -> None:
    Path("journal.jsonl").write_text('{"version": 99, "record": "intent"}\n')
    with pytest.raises(ProvisionError, match="version 99"):
        list(read(Path("journal.jsonl")))


def test_a_journal_of_the_first_version_is_still_read() -> None:
    old = {"version": 1, "time": "2026-01-01T00:00:00", "record": "intent", "id": "a", "target": "sandbox"}
    Path("journal.jsonl").write_text(json.dumps({**old, "change": {"resource": "projects/p/billingInfo"}}) + "\n")
    (run,) = ledger.runs(read(Path("journal.jsonl")))
    assert (run.project_id, run.target, len(run.changes)) == ("p", "sandbox", 1)
    assert run.mutations == ()


LOST = ErrorStatus(service="s", method="m", status="UNREACHABLE")
NO = ErrorStatus(service="s", method="m", code=403, status="PERMISSION_DENIED", message="Bearer ya29.secret-token-xyz")


@pytest.mark.parametrize(
    ("status", "retried", "operation", "ended", "confirmed", "still_open"),
    [
        ("OK", (), "", "", True, False),
        ("OK", ("UNAVAILABLE",), "", "", True, False),
        ("OK", (), "operations/1", "OK", True, False),
        ("OK", (), "operations/1", "", False, True),
        ("OK", (), "operations/1", "TIMEOUT", False, True),
        ("OK", (), "operations/1", "PERMISSION_DENIED", False, False),
        ("OK", (), "operations/finished.DONE_OPERATION", "OK", False, False),
        ("OK", ("UNREACHABLE",), "operations/finished.DONE_OPERATION", "OK", False, True),
        ("PERMISSION_DENIED", (), "", "", False, False),
        ("UNREACHABLE", (), "", "", False, True),
        ("ABORTED", ("UNREACHABLE",), "", "", False, True),
        ("ABORTED", (), "", "", False, False),
        ("NOT_ATTEMPTED", ("NOT_ATTEMPTED", "NOT_ATTEMPTED"), "", "", False, False),
        ("NOT_ATTEMPTED", ("UNREACHABLE",), "", "", False, True),
    ],
)
def test_only_what_google_said_is_confirmed_and_what_it_refused_is_closed(
    status: str, retried: tuple[str, ...], operation: str, ended: str, *, confirmed: bool, still_open: bool
) -> None:
    path = Path("journal.jsonl")
    run = entry(path)
    call = run.begin(MUTATION)
    run.end(call, status, retried_statuses=retried, error=None if status == "OK" else NO, operation=operation)
    if ended:
        run.operation_ended(operation, ended)
    (mutation,) = ledger.mutations(read(path), SCOPE)
    assert (mutation.confirmed, mutation.open) == (confirmed, still_open)
    assert "ya29" not in path.read_text()


def test_a_journal_that_is_a_device_is_refused_before_it_is_read() -> None:
    with pytest.raises(ProvisionError, match="/dev/full cannot be used"):
        Journal(Path("/dev/full")).read()


@pytest.mark.parametrize(
    "line",
    [
        '{"version": 2, "record": "call", "run": "x"}',
        '{"version": 2, "record": "run", "run": "r", "time": "2026-01-01T00:00:00", "pid": "x"}',
        '{"version": 2, "record": "call", "run": "r", "time": "2026", "id": "i", "mutation": {"method": "M"}}',
        '{"version": 2, "record": "gone", "run": "r", "time": "2026", "names": "all"}',
    ],
)
def test_a_line_that_something_else_wrote_is_named(line: str) -> None:
    path = Path("journal.jsonl")
    entry(path).begin(MUTATION)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ProvisionError, match="is no record of provision"):
        list(read(path))
