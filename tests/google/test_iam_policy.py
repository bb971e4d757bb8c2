"""Whatever is in a policy, and whoever writes at the same time: nothing foreign is lost."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from gcp_emulator.server import Running, running
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provision.errors import ApiError
from provision.google.iam_policy import Grant, add_members, missing, read, remove_members
from provision.google.transport import Transport
from tests.conftest import clients_for, config_for

OURS = Grant(role="roles/aiplatform.user", member="user:ours@example.com")
ROLES = ["roles/browser", "roles/aiplatform.user", "roles/logging.admin", "roles/logging.viewer"]
MEMBERS = [
    "user:a@example.com",
    "group:team@example.com",
    "domain:example.com",
    "principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount",
    "deleted:user:gone@example.com?uid=123456789012345678901",
]
CONDITIONS: list[dict[str, str] | None] = [
    None,
    {"title": "soon over", "expression": 'request.time < timestamp("2030-01-01T00:00:00Z")'},
    {"title": "also", "description": "why", "expression": "true"},
]
bindings = st.lists(
    st.builds(
        lambda role, members, condition: (
            {"role": role, "members": sorted(members)} | ({"condition": condition} if condition else {})
        ),
        st.sampled_from(ROLES),
        st.sets(st.sampled_from(MEMBERS), min_size=1),
        st.sampled_from(CONDITIONS),
    ),
    max_size=6,
)
audit_configs = st.lists(
    st.builds(
        lambda service, kind: {"service": service, "auditLogConfigs": [{"logType": kind}]},
        st.sampled_from(["allServices", "aiplatform.googleapis.com"]),
        st.sampled_from(["DATA_READ", "DATA_WRITE"]),
    ),
    max_size=2,
)
grants = st.sets(
    st.tuples(
        st.sampled_from(ROLES),
        st.sampled_from([*MEMBERS[:4], "user:A@Example.com"]),
        st.integers(0, len(CONDITIONS) - 1),
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    with running(propagation=0, grpc=False) as ready:
        yield ready


def transport_to(ready: Running) -> Transport:
    return clients_for(config_for(ready)).transport


class Foreign:
    """Someone else, with code of their own."""

    def __init__(self, ready: Running) -> None:
        self.project = f"projects/{ready['project']}"
        self.url = f"{ready['rest_url']}/v3/{self.project}"
        self.headers = {"authorization": f"Bearer {ready['token']}"}

    def get(self) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}:getIamPolicy",
            json={"options": {"requestedPolicyVersion": 3}},
            headers=self.headers,
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def put(self, policy: dict[str, Any], mask: str = "bindings,etag") -> bool:
        answer = requests.post(
            f"{self.url}:setIamPolicy",
            json={"policy": {**policy, "version": 3}, "updateMask": mask},
            headers=self.headers,
            timeout=10,
        )
        assert answer.status_code in {200, 409}, answer.text
        return answer.status_code == 200

    def add(self, member: str) -> None:
        while True:
            policy = self.get()
            policy["bindings"] = [*policy.get("bindings", []), {"role": "roles/viewer", "members": [member]}]
            if self.put(policy):
                return


def entries(policy: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (each["role"], member, repr(each.get("condition")))
        for each in policy.get("bindings", [])
        for member in each["members"]
    }


def grant_of(each: tuple[str, str, int]) -> Grant:
    return Grant(role=each[0], member=each[1], condition=dict(CONDITIONS[each[2]] or {}))


def owner(ready: Running) -> dict[str, Any]:
    """The sandbox's own account stays owner, or it could not write at all."""
    email = json.loads(Path(ready["credentials_file"]).read_text())["client_email"]
    return {"role": "roles/owner", "members": [f"serviceAccount:{email}"]}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(there=bindings, audited=audit_configs, wanted=grants)
def test_adding_and_removing_touches_nothing_else(
    shared: Running, there: list[dict[str, Any]], audited: list[dict[str, Any]], wanted: set[tuple[str, str, int]]
) -> None:
    foreign = Foreign(shared)
    assert foreign.put({"bindings": [owner(shared), *there], "auditConfigs": audited}, "bindings,auditConfigs")
    before = foreign.get()
    transport = transport_to(shared)
    asked = [grant_of(each) for each in wanted]
    added = add_members(transport, foreign.project, asked)
    after = foreign.get()
    assert missing(read(transport, foreign.project), asked) == ()
    assert entries(after) - entries(before) == {
        (each.role, each.member, repr(each.condition or None)) for each in added
    }
    assert entries(before) <= entries(after)
    assert after.get("auditConfigs") == before.get("auditConfigs")
    assert add_members(transport, foreign.project, asked) == ()
    assert foreign.get()["etag"] == after["etag"]  # nothing to add is nothing written
    assert remove_members(transport, foreign.project, added) == added
    final = foreign.get()
    assert entries(final) == entries(before)
    assert final.get("auditConfigs") == before.get("auditConfigs")


@pytest.mark.parametrize("seed", range(3))
def test_writers_at_the_same_time_all_find_their_entries_in_the_end(sandbox: Running, seed: int) -> None:
    foreign = Foreign(sandbox)
    count = 4
    began = threading.Barrier(2 * count)
    chance = random.Random(seed)  # noqa: S311 - a run that can be repeated
    order = [chance.random() * 0.01 for _ in range(2 * count)]
    broken: list[BaseException] = []

    def run(number: int) -> None:
        try:
            began.wait(timeout=20)
            threading.Event().wait(order[number])
            if number < count:
                foreign.add(f"user:foreign-{number}@example.com")
            else:
                member = f"user:ours-{number}@example.com"
                transport = transport_to(sandbox)
                add_members(transport, foreign.project, [Grant(role="roles/viewer", member=member)])
        except BaseException as error:  # noqa: BLE001 - a thread has no one else to tell
            broken.append(error)

    before = entries(foreign.get())
    threads = [threading.Thread(target=run, args=(number,)) for number in range(2 * count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    assert entries(foreign.get()) == before | {
        ("roles/viewer", f"user:{'foreign' if number < count else 'ours'}-{number}@example.com", "None")
        for number in range(2 * count)
    }


def test_an_answer_that_was_lost_is_not_written_twice(sandbox: Running) -> None:
    foreign = Foreign(sandbox)
    sandbox.fail_next("*Projects/SetIamPolicy", drop=True, after=True)
    add_members(transport_to(sandbox), foreign.project, [OURS])
    writes = [entry for entry in sandbox.requests() if entry["method"].endswith("SetIamPolicy")]
    assert [entry["changed"] for entry in writes] == [True, False]  # the etag fits once
    assert (OURS.role, OURS.member, "None") in entries(foreign.get())


def test_a_policy_without_an_etag_is_never_written_back(sandbox: Running) -> None:
    sandbox.fail_next("*Projects/GetIamPolicy", 200, first=9, raw_body='{"bindings": []}')
    with pytest.raises(ApiError, match="without an etag"):
        add_members(transport_to(sandbox), f"projects/{sandbox['project']}", [OURS])
    assert not [entry for entry in sandbox.requests() if entry["mutates"]]


def test_a_field_that_is_newer_than_this_program_survives() -> None:
    binding = {"role": "roles/viewer", "members": ["user:b@x.y"], "also": 7}
    newer = {"etag": "BwA=", "newer": {"x": 1}, "bindings": [binding]}
    sent: list[Any] = []

    class Wire:
        retry_budget_s = 1.0

        def rest(self, _: str, method: str, __: str, **more: Any) -> dict[str, Any]:
            if method == "SetIamPolicy":
                sent.append(more["body"]["policy"])
            return newer

    wire: Any = Wire()
    add_members(wire, "projects/p", [Grant(role="roles/viewer", member="user:c@x.y")])
    assert sent == [{**newer, "bindings": [{**binding, "members": ["user:b@x.y", "user:c@x.y"]}]}]


def test_policies_of_accounts_and_billing_accounts_are_edited_where_they_are_kept(sandbox: Running) -> None:
    transport = transport_to(sandbox)
    project = f"projects/{sandbox['project']}"
    made = transport.rest(
        "iam.googleapis.com", "CreateServiceAccount", f"/v1/{project}/serviceAccounts", body={"accountId": "runtime-x"}
    )
    for resource, role in (
        (str(made["name"]), "roles/iam.serviceAccountUser"),
        (sandbox["billing_account"], "roles/billing.viewer"),
    ):
        grant = Grant(role=role, member="user:ours@example.com")
        assert add_members(transport, resource, [grant]) == (grant,)
        assert missing(read(transport, resource), [grant]) == ()
        assert remove_members(transport, resource, [grant]) == (grant,)
