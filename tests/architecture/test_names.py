"""Names are the field's: a word that was retired does not come back, in code, JSON, messages or documentation."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

RETIRED: Final = {
    "deeds?": "mutation",
    "fates?": "outcome",
    "catalogues?": "catalog",
    "(un)?coloured|colours?": "color",
    "licen[c]es?": "license",
    "behaviours?": "behavior",
    "(un)?recognised?|normalised?|honoured?|neighbours?|favours?": "US spelling, as in Google's documentation",
    "misspelt": "misspelled",
    "physics": "enforcement",
    "surroundings": "environment",
    "handover": "client configuration",
    "rehears(al|als|e|ed|es)": "reproduction, reproduce",
    "doomed": "pending error",
    "obstacles?": "blocking check",
    "garbled": "malformed",
    "(no|some|any|every)body": "no one, someone, anyone, everyone",
    "(in)?cur(e|es|ed|able)": "fix",
    "besides": "also, in addition to",
    "told apart|tells? apart": "distinguished",
    "of your own": "your own, custom",
    "retried for": "retried statuses",
    "provoked by": "triggered by",
    "waits for enable": "after enable",
    "would see more with": "missing permissions",
    "even if used": "force",
    "unproven": "unverified",
    "token life": "token lifetime",
    "enable gate": "require model enablement",
    "wish(es|ed)?": "options, requested",
    "judge[sd]?|judging": "evaluate",
    "witnesse?s?": "probes",
    "refusals?": "error",
    "both faces|grpc face|rest face|site face": "transport",
    "world file": "seed file",
    "afresh": "again",
    "project elsewhere": "WRONG_PARENT",
    "model elsewhere": "WRONG_LOCATION",
    "still spreading": "PROPAGATION_PENDING",
    "network reached|quota throttled|policy seen|chat reasons|chat turns": "the check ids of docs/reference/steps.md",
}
"""What is matched, with any case and with ``_`` and humps of camelCase read as spaces, and what is written instead."""

ALLOWED: Final = {
    "tests/architecture/test_names.py": "names them",
    "provision/journal/earlier.py": "reads what earlier versions wrote",
    "CHANGELOG.md": "says what was renamed",
    "provision/chat/reader.py": "reads a member that OpenAI named",
    "provision/chat/apis.py": "reads it too",
    "tests/chat/scenarios.py": "writes it",
    "tests/chat/test_apis.py": "writes it",
}
DATA: Final = re.compile(
    r"recorded|predefined\.json|/catalog/\w+\.json|standin/schema\.json|discovery/|emulator/gcp_emulator/apis/"
    r"|tests/diagnoses/(catalog\.py|met\.json)|^LICENSE$|\.lock$|^constraints\.txt$"
)
"""Google's own words, as they were sent or published."""
# Without groups, so that an alternative whose first letter is another is skipped at once: ten times as fast.
_PATTERN: Final = re.compile(rf"\b(?:{'|'.join(RETIRED).replace('(', '(?:')})\b")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_.]")


def words(line: str) -> str:
    """Return a line as plain words: names taken apart, all in lower case."""
    return _HUMP.sub(" ", line.replace('"refusal"', "")).lower()  # so OpenAI calls a field, and Anthropic a value


def found(text: str) -> list[tuple[int, str, str]]:
    """Return the line, the retired word, and what is written instead."""
    return [
        (number, match[0], next(instead for word, instead in RETIRED.items() if re.fullmatch(word, match[0])))
        for number, line in enumerate(text.splitlines(), 1)
        for match in _PATTERN.finditer(words(line))
    ]


def tracked() -> list[str]:
    """Return the files of the project that are text."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a clone: which files belong to the project is not known")
    return [path for path in listed.stdout.splitlines() if path not in ALLOWED and not DATA.search(path)]


def test_no_retired_word_comes_back() -> None:
    problems = []
    for path in tracked():
        file = ROOT / path
        try:
            text = file.read_text("utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        problems += [
            f"{path}:{line}: {word!r} is written {instead}" for line, word, instead in found(f"{path}\n{text}")
        ]
    assert problems == []


@pytest.mark.parametrize("line", ["DeedRecord", "retried_for=()", "the Catalogue's rows", "MODEL_ELSEWHERE", "a cure"])
def test_a_retired_word_is_found_in_any_spelling(line: str) -> None:
    assert found(line)


@pytest.mark.parametrize("line", ["indeed", "a secure curve", "License", "mutation", "interface", "fateful"])
def test_a_word_that_only_looks_like_one_is_not(line: str) -> None:
    assert found(line) == []
