"""The corpus that `provision explain` is scored on: texts as people paste them, and decoys that are not Google's.

Each text was written anew after a public report, with ids, names and addresses replaced; sentences of Google are facts.
A case begins with a line ``=== KEYS | who can fix it | what cause or fix must say | what they must not``: the last two
are regular expressions, and the first key is the root cause. A decoy begins with ``=== decoy``.

What the corpus passes says little about other texts. ``questions.txt`` and its decoys were scored once, before anything
was changed for them: of 79 texts 53 had the cause and 48 the fix in the words that were written down beforehand (64 and
62, read by a person, who let other words of the same meaning pass), of 31 decoys all were refused. Some of both (six
texts, two decoys) turned out to be known already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from provision.catalog import roles
from provision.cli import main
from provision.explain import Finding, explain_text

FOLDER = Path(__file__).with_name("corpus")
BASIC = ("roles/owner", "roles/editor", "roles/viewer")


@dataclass(frozen=True)
class Case:
    keys: tuple[str, ...]
    fix_owner: str
    says: str
    says_not: str
    text: str


def blocks() -> Iterator[tuple[str, str]]:
    for file in sorted(FOLDER.glob("*.txt")):
        for block in re.split(r"^=== ", file.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            head, _, text = block.partition("\n")
            yield head, text


def errors() -> list[Case]:
    listed = []
    for head, text in blocks():
        if not head.startswith("decoy"):
            keys, owner, says, says_not, *_ = (*(each.strip() for each in head.split(" | ")), "")
            listed.append(Case(tuple(keys.split(", ")), owner, says, says_not, text))
    return listed


@cache
def explained(text: str) -> tuple[Finding, ...]:
    return explain_text(text)[1]


DECOYS = [text for head, text in blocks() if head.startswith("decoy")]


def test_every_error_is_recognized_with_its_cause_its_fix_and_who_can_do_it(subtests: pytest.Subtests) -> None:
    for case in errors():
        with subtests.test(case.text[:100]):
            findings = explained(case.text)
            assert tuple(each.key for each in findings) == case.keys
            first = findings[0]
            assert first.fix_owner == case.fix_owner
            told = f"{first.cause}\n{first.fix}\n{first.request}"
            assert re.search(case.says, told), told
            answer = first.request.partition("\nGoogle's answer")[0]
            said = f"{first.cause}\n{first.fix}\n{answer}"
            assert not (case.says_not and re.search(case.says_not, said)), said


def test_no_decoy_is_taken_for_google_s(subtests: pytest.Subtests) -> None:
    for text in DECOYS:
        with subtests.test(text[:100]):
            assert [each.key for each in explained(text)] == []


def test_a_decoy_is_told_by_the_exit_code() -> None:
    result = CliRunner().invoke(main, ["explain"], input=DECOYS[0])
    assert result.exit_code == 1
    assert "not recognized" in result.stdout


def test_no_fix_of_the_corpus_grants_a_basic_role_where_a_smaller_one_holds_the_permission() -> None:
    for case in errors():
        for finding in explained(case.text):
            granted = re.findall(r"--role=(roles/[\w.]+)", f"{finding.fix}\n{finding.request}")
            assert not set(granted) & set(BASIC), case.text


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(errors()) >= 150
    assert len(DECOYS) >= 60


def test_the_role_of_a_permission_holds_it() -> None:
    """The table of all permissions agrees with the table of the few roles that is kept in full."""
    for role in roles.roles():
        for permission in role.permissions:
            chosen = next((each for each in roles.roles() if each.name == roles.role_of(permission)), None)
            assert chosen is None or permission in chosen.permissions, (permission, chosen)
