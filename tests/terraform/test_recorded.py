"""What the stand-in sends is what the real provider was seen to send (`recorded/`): call by call, for each thing.

What two things do at the same time is in no order; so the calls are compared thing by thing, each in its order. How
often an operation, a new account or the list of services is looked at depends on the moment: one look stands for all,
and the moments themselves are compared on their own.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running

from tests.terraform.conftest import working_in
from tests.terraform.standin.rest import Google, Sent, Settings
from tests.terraform.test_end_to_end import ACCOUNT, INPUTS, PARENT
from tests.terraform.test_faults import grant_accelerators
from tests.terraform.working import copy_module

RECORDED = Path(__file__).with_name("recorded")
CHAT: dict[str, Any] = {
    "identity": {"service_account": "chat-runtime", "roles": ["roles/aiplatform.user", "roles/browser"]},
    "ci": {"provider": "github", "repository": "my-team/chat"},
    "budget": {"amount": 500, "currency": "USD", "pubsub_topic": "projects/adopted-project/topics/spend"},
    "organization_policy": {"allowed_models": ["publishers/openai/models/gpt-oss:deploy"]},
    "billing": {"account": ACCOUNT},
}
MACHINE = {"type": "a3-highgpu-1g", "accelerator_type": "NVIDIA_H100_80GB", "accelerator_count": 1}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "keyless-ci": ("keyless-ci", INPUTS["keyless-ci"]),
    "provision-yaml-new": (
        "provision-yaml",
        {
            **CHAT,
            "project": {
                "id": "my-team-chat",
                "create": True,
                "parent": PARENT,
                "labels": {"team": "chat"},
                "deletion_policy": "DELETE",
            },
        },
    ),
    "provision-yaml-adopted": (
        "provision-yaml",
        {**CHAT, "project": {"id": "adopted-project"}, "endpoint": {"machine": MACHINE}},
    ),
}
Call = tuple[str, str, str, str]
"""Verb, path, query, and the keys of the body."""

PROJECT = ("GET", "/v1/projects/P", "alt=json&prettyPrint=false", "")
LINK = ("GET", "/v1/projects/P/billingInfo", "alt=json&prettyPrint=false", "")
SINCE: dict[str, dict[str, list[Call]]] = {
    "provision-yaml-new": {
        "apply": [PROJECT, LINK],
        "plan2": [PROJECT, PROJECT, LINK],
        "destroy": [PROJECT, PROJECT, LINK],
    }
}
"""What the module asks since the records were made: who pays, once more, and the guard of the project."""


def named(path: str) -> str:
    """Return a path without what is another each time."""
    path = re.sub(r"/operations/[\w.-]+", "/operations/OP", path)
    path = re.sub(r"/budgets/[\w-]+|/endpoints/[\w-]+", lambda found: found[0].rpartition("/")[0] + "/ID", path)
    return re.sub(
        r"/projects/[\w-]+",
        "/projects/P",
        path.replace("@my-team-chat", "@P").replace("@paid-by-another", "@P").replace("@adopted-project", "@P"),
    )


def keys(body: Any, here: str = "") -> Iterator[str]:
    """Yield the keys of a body as the records have them."""
    if isinstance(body, dict) and body:
        for name, value in body.items():
            yield from keys(value, f"{here}.{name}" if here else name)
    elif isinstance(body, list):
        for each in body:
            yield from keys(each, f"{here}[]")
    elif body is None:
        yield f"{here}=null"
    elif here:
        yield here


def thing(path: str) -> str:
    """Return what a call is about."""
    for name, pattern in {
        "pool provider": r"/providers",
        "pool": r"/workloadIdentityPools",
        "link": r"/billingInfo|:testIamPermissions",
        "budget": r"/budgets",
        "rules": r"/policies",
        "endpoint": r"/endpoints|:deploy$|/locations/",
        "account's policy": r"/serviceAccounts/.*IamPolicy$",
        "services": r"/services|/operations/OP$",
        "project's policy": r"IamPolicy$",
    }.items():
        if re.search(pattern, path):
            return name
    account = re.search(r"/serviceAccounts(/[\w-]+)?", path)
    return account[0] if account else "project"


def looked(path: str) -> bool:
    """Tell whether it is asked until it is so, or for all who ask within a moment."""
    return "/operations/" in path or re.search(r"/serviceAccounts/[^:]+$|/services$", path) is not None


def by_thing(calls: list[Call]) -> dict[str, list[Call]]:
    """Return the calls of each thing; of what is looked at again and again, one look."""
    found: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        held = found[thing(call[1])]
        if not (held and held[-1] == call and call[0] == "GET" and looked(call[1])):
            held.append(call)
    return {name: in_order(name, held) for name, held in found.items()}


def in_order(name: str, calls: list[Call]) -> list[Call]:
    """Return them so that only what has an order is held to it."""
    if name == "project's policy":
        # How many grants come together depends on the moment: each round is read, written, and looked at three times.
        text = "".join("w" if each[1].endswith("set" + "IamPolicy") else "r" for each in calls)
        rounds = re.findall("rwrrr", text)
        return [*dict.fromkeys(calls), ("ROUNDS", str(bool(rounds)), str(len(text) - 5 * len(rounds)), "")]
    reads = [each for each in calls if each[0] == "GET"]
    if name in {"project", "link"}:
        return [*sorted(reads), *(each for each in calls if each[0] != "GET")]
    return calls


def recorded(case: str, phase: str) -> list[Call]:
    held = json.loads((RECORDED / f"{case}.json").read_text("utf-8"))[phase]
    return [(verb, named(path), query, ",".join(body or ())) for _, verb, path, query, _, body in held]


def told(sent: Sent) -> Call:
    path = re.sub(r"^http://[^/]+(/(?!v\d)[a-z]+)?", "", sent.url)
    query = "&".join(f"{name}={text}" for name, text in sorted(sent.query.items()))
    body = "" if sent.body is None else ",".join(sorted(set(keys(sent.body))))
    return sent.verb, named(path), query, body


@pytest.mark.parametrize("case", CASES)
def test_each_thing_is_called_for_as_it_was_seen(
    case: str, cloud: Running, either: tuple[str, ...], tmp_path: Path
) -> None:
    folder, given = CASES[case]
    sent: list[Sent] = []
    cloud.do(grant_accelerators)
    with working_in(cloud, copy_module(tmp_path) / "examples" / folder, either, heard=sent.append, pace=0.03) as root:
        root.write(**given)
        for phase, words in {
            "apply": ("apply", "-auto-approve"),
            "plan2": ("plan",),
            "destroy": ("destroy", "-auto-approve"),
        }.items():
            sent.clear()
            root.must(*words)
            expected = by_thing([*recorded(case, phase), *SINCE.get(case, {}).get(phase, ())])
            assert by_thing([told(each) for each in sent]) == expected, phase
            assert all(shape(each) for each in sent)
            services = sum(each.url.endswith("/services") for each in sent)
            assert services < 10, "one list for all of a batch: there are seven services or more, looked at twice"


def shape(sent: Sent) -> bool:
    """Tell whether the headers are those that generated clients send, and those of the provider's own sender."""
    agent = re.fullmatch(
        r"(google-api-go-client/0\.5 )?Terraform/1\.\d+\.\d+ \(\+https://www\.terraform\.io\)"
        r" Terraform-Plugin-SDK/2\.40\.1 terraform-provider-google/\S+ stand-in-of-provision",
        sent.headers["User-Agent"],
    )
    generated = "prettyPrint" in sent.query
    assert agent is not None
    return (
        (agent[1] is not None) == ("X-Goog-Api-Client" in sent.headers) == generated
        and ("Content-Type" in sent.headers) == (sent.body is not None or not generated)
        and sent.headers["Accept-Encoding"] == "gzip"
    )


class Told(Google):
    """Waits for nothing, tells how long it would have, and answers what it is given."""

    def __init__(self, answers: Iterable[Any] = ()) -> None:
        super().__init__(Settings({}, "token"))
        self.moments = [0.0]
        self._answers = iter(answers)

    def pause(self, seconds: float) -> None:
        self.moments.append(self.moments[-1] + seconds)

    def call(self, *words: Any, **how: Any) -> Any:  # noqa: ARG002 - what is asked makes no difference
        return next(self._answers)


def looks(case: str, pattern: str) -> dict[str, list[tuple[float, int]]]:
    """Return when each of these was looked at, from its first look on, and the statuses."""
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for seconds, verb, path, _, status, _ in json.loads((RECORDED / f"{case}.json").read_text("utf-8"))["apply"]:
        if verb == "GET" and re.search(pattern, path):
            held = found[path]
            held.append((seconds - (held[0][0] if held else 0.0), status))
    return {path: [(0.0, held[0][1]), *held[1:]] for path, held in found.items()}


@pytest.mark.parametrize("case", CASES)
def test_a_new_account_is_looked_at_until_it_is_there_three_times_and_when_it_was(case: str) -> None:
    seen = looks(case, r"/serviceAccounts/[^:]+$")
    assert seen
    for path, held in seen.items():
        answers, google = iter(held), Told()
        google.repeat_until(3, lambda answers=answers: next(answers)[1] == 200)  # type: ignore[misc] # bound now
        assert google.moments == pytest.approx([moment for moment, _ in held], abs=0.2), path


DEPLOYED = "/8582285458700654613"
"""The operation of a deployment."""


@pytest.mark.parametrize("case", CASES)
def test_an_operation_is_looked_at_at_once_and_when_it_was(case: str) -> None:
    seen = looks(case, r"/operations/")
    assert seen
    for path, held in seen.items():
        moments = [moment for moment, _ in held]
        again = moments.pop() if path.endswith(DEPLOYED) else None  # awaited twice: the second time it is done
        google = Told([*[{"name": "o"}] * (len(moments) - 1), {"done": True}])
        google.wait("iam_beta", {"name": "o"})
        assert google.moments == pytest.approx(moments, abs=0.3), path
        assert again is None or again == pytest.approx(moments[-1], abs=0.3)
