from __future__ import annotations

from pathlib import Path

import pytest

from provision.errors import ProvisionError
from provision.journal import Journal, default_path, read
from provision.plan import Change

CHANGE = Change(
    step="billing", action="link", resource="projects/p/billingInfo", after="billingAccounts/x", why="because"
)


def test_intent_and_outcome_are_read_back() -> None:
    path = Path("deep/journal.jsonl")
    journal = Journal(path)
    identifier = journal.intent(CHANGE, target="sandbox", principal="me@example.com")
    journal.outcome(identifier, "done")
    intent, outcome = read(path)
    assert intent["change"]["resource"] == CHANGE.resource
    assert intent["principal"] == "me@example.com"
    assert (outcome["id"], outcome["outcome"]) == (identifier, "done")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_line_is_passed_over_and_swallows_nothing() -> None:
    path = Path("journal.jsonl")
    Journal(path).intent(CHANGE, target="sandbox", principal="")
    with path.open("a") as file:
        file.write('{"version": 1, "rec')
    Journal(path).intent(CHANGE, target="sandbox", principal="")
    assert len(list(read(path))) == 2


def test_no_journal_is_an_empty_one() -> None:
    assert list(read(Path("none.jsonl"))) == []


def test_what_cannot_be_written_down_is_not_done() -> None:
    Path("file").write_text("")
    with pytest.raises(ProvisionError, match="cannot be written"):
        Journal(Path("file/journal.jsonl")).intent(CHANGE, target="sandbox", principal="")


def test_the_journal_stands_in_the_state_folder() -> None:
    assert default_path({"XDG_STATE_HOME": "/state"}) == Path("/state/provision/journal.jsonl")
