"""Each diagnosis can be provoked in the sandbox, or says why not; what comes out of it is that diagnosis."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from gcp_emulator import error_cases
from gcp_emulator.server import Running, running

from provision.diagnoses import ROWS
from provision.diagnoses.reproductions import reproduction_of
from provision.explain import explain_text

REPRODUCED = [row.key for row in ROWS if reproduction_of(row.key).error]
# The same error in other words, or with another reason of the same meaning, or no error but an effect.
SAME: dict[str, str] = {
    "BILLING_DISABLED_TEXT": "BILLING_DISABLED",
    "BILLING_ACCOUNT_ABSENT": "BILLING_DISABLED",
    "SERVICE_DISABLED_TEXT": "SERVICE_DISABLED",
    "GCP_SUSPENDED": "CONSUMER_SUSPENDED",
    "RATE_LIMIT_AS_INTERNAL": "RATE_LIMIT_EXCEEDED",
    "LOCATION_NOT_PERMITTED": "LOCATION_FORBIDDEN",
    "LOCATION_POLICY_VIOLATED": "LOCATION_FORBIDDEN",
    "PROJECT_NOT_VISIBLE": "PROJECT_CREATE_DENIED",
    "METADATA_NOT_FOUND": "GKE_NO_WORKLOAD_IDENTITY",
    "METADATA_JSON": "METADATA_SERVER",
    "TOS_TEXT": "TOS",
    "CHAT_EMPTY": "CHAT_EMPTY",
    "UNAUTHENTICATED": "ACCESS_TOKEN_EXPIRED",
    "NO_BILLING_ACCOUNT_VISIBLE": "BILLING_NO_ACCOUNTS",
}
EFFECTS = {row.name for row in error_cases.ROWS if row.effect}


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    with running(clock=0) as found:
        yield found


@pytest.fixture
def ready(shared: Running) -> Iterator[Running]:
    yield shared
    shared.reset()


def test_every_row_is_reproduced_or_says_why_not() -> None:
    for row in ROWS:
        reproduction = reproduction_of(row.key)
        assert bool(reproduction.error) != bool(reproduction.text_only), row.key
        if row.match and reproduction.text_only:
            assert "sees it" not in reproduction.text_only, f"{row.key} is met by calls: reproduce it, or say why not"


def test_the_two_catalogs_know_the_same_errors() -> None:
    ours = {reproduction_of(key).error for key in REPRODUCED}
    assert ours <= error_cases.names()
    assert error_cases.names() - ours - EFFECTS <= set(SAME)
    assert set(SAME.values()) <= {row.key for row in ROWS}


def test_a_reproduction_ends_in_its_diagnosis(subtests: pytest.Subtests, ready: Running) -> None:
    for key in REPRODUCED:
        ready.reset()
        with subtests.test(key=key):
            reproduction = reproduction_of(key)
            for fault in json.loads(reproduction.faults):
                ready.fail_next(fault.pop("method", "*"), **fault)
            path = reproduction.path.replace("PROJECT", ready["project"])
            form = path == "/token"
            headers = {"Authorization": f"Bearer {ready['token']}"} | (
                {} if form else {"Content-Type": "application/json"}
            )
            headers |= {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
            answer = requests.request(
                reproduction.verb, ready["rest_url"] + path, headers=headers, data=reproduction.body or None, timeout=30
            )
            if reproduction.operation:
                ready.advance(60)
                version = path.split("/")[1]
                answer = requests.get(
                    f"{ready['rest_url']}/{version}/{answer.json()['name']}", headers=headers, timeout=30
                )
            head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
            asked = f"{reproduction.verb} https://{reproduction.host}{path}"
            text = f"{asked}\nHTTP/1.1 {answer.status_code} X\n{head}\n\n{answer.text}"
            assert [each.key for each in explain_text(text)[1]][:1] == [key], text


def test_the_commands_of_a_reproduction_hold_together() -> None:
    for key in REPRODUCED:
        write, run = reproduction_of(key).commands()
        assert json.loads(write.split("'")[1]) == [{"error": reproduction_of(key).error}]
        assert run.startswith("provision sandbox run --faults faults.json -- sh -c '{ echo ")
        assert run.endswith("| provision explain'")
