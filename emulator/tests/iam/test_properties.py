"""IAM against a naive reading of the same rules, in hierarchies and policies made at random."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import requests
from gcp_emulator import iam, seeding
from gcp_emulator.caller import Caller
from gcp_emulator.clock import Clock
from gcp_emulator.services.resourcemanager import folders
from gcp_emulator.services.resourcemanager.hierarchy import FOLDERS
from gcp_emulator.services.resourcemanager.state import PROJECTS
from gcp_emulator.store import State
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

PERMISSIONS = (
    "resourcemanager.projects.get",
    "resourcemanager.projects.setIamPolicy",
    "resourcemanager.folders.get",
    "aiplatform.endpoints.predict",
    "serviceusage.services.enable",
    "billing.accounts.get",
)
CUSTOM = "organizations/1/roles/mine"
ROLES = (
    "roles/owner",
    "roles/editor",
    "roles/viewer",
    "roles/browser",
    "roles/aiplatform.user",
    "roles/resourcemanager.folderAdmin",
    "roles/billing.viewer",
    "roles/unheard.of",
    CUSTOM,
)
POOL = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci"
PEOPLE = ("user:a@x.example", "user:b@y.example", "serviceAccount:s@p.iam.gserviceaccount.com")
MEMBERS = (*PEOPLE, "group:g@x.example", "group:h@x.example", "domain:x.example", "allUsers", "allAuthenticatedUsers")
CONDITIONS = (None, "true", "false", "resource.type == 'x'", "resource.name.startsWith('projects/')")


@dataclass(frozen=True)
class Plan:
    """A random state: who is below whom, and who may do what where."""

    parents: list[int]
    project: int
    groups: tuple[list[str], list[str]]
    custom: list[str]
    bindings: list[tuple[int, str, list[str], str | None]]


PLANS = st.builds(
    Plan,
    parents=st.lists(st.integers(0, 100), max_size=5),
    project=st.integers(0, 100),
    groups=st.tuples(
        st.lists(st.sampled_from([*PEOPLE, "group:h@x.example"]), max_size=3),
        st.lists(st.sampled_from([*PEOPLE, "group:g@x.example"]), max_size=3),
    ),
    custom=st.lists(st.sampled_from(PERMISSIONS), max_size=3),
    bindings=st.lists(
        st.tuples(
            st.integers(0, 100),
            st.sampled_from(ROLES),
            st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3),
            st.sampled_from(CONDITIONS),
        ),
        max_size=8,
    ),
)


@functools.cache
def _permissions(role: str) -> frozenset[str]:
    known = iam.predefined().get(role)
    return frozenset(known.permissions if known else ())


def _naive(plan: Plan, places: list[str], up: dict[str, str], member: str, permission: str, resource: str) -> bool:
    """Say the same in the plainest words: walk up, look at every binding."""
    place = resource
    while place:
        for index, role, members, condition in plan.bindings:
            holds = {
                None: True,
                "true": True,
                "resource.name.startsWith('projects/')": resource.startswith("projects/"),
            }
            given = (
                plan.custom
                if role == CUSTOM
                else iam.predefined()[role].permissions
                if role in iam.predefined()
                else []
            )
            meant = any(_is_meant(plan, each, member, set()) for each in members)
            if places[index % len(places)] == place and meant and permission in given and holds.get(condition, False):
                return True
        place = up[place]
    return False


def _is_meant(plan: Plan, named: str, member: str, seen: set[str]) -> bool:
    if named in seen:
        return False
    if named.startswith("group:"):
        inside = plan.groups[0 if named == "group:g@x.example" else 1]
        return any(_is_meant(plan, each, member, {*seen, named}) for each in inside)
    if named.startswith("domain:"):
        return member.startswith("user:") and member.endswith("@" + named.removeprefix("domain:"))
    return named in {"allUsers", "allAuthenticatedUsers", member}


@given(PLANS)
@settings(max_examples=150, deadline=None)
def test_the_answer_is_that_of_the_plainest_reading(plan: Plan) -> None:
    it = State(Clock(0))
    seed_data = seeding.seed(it)
    it[iam.POLICIES].put(iam.Policy(resource=seed_data.organization, stamp=1))
    project = it[PROJECTS].get(seed_data.empty)
    assert project is not None
    places = [seed_data.organization]
    up = {seed_data.organization: ""}
    for index, choice in enumerate(plan.parents):
        parent = places[choice % len(places)]
        folder = folders.insert(it, name=f"folders/{index}", display_name=f"F{index}", parent=parent, when=0)
        places.append(folder.name)
        up[folder.name] = parent
    it[PROJECTS].put(replace(project, parent=places[plan.project % len(places)]))
    name = f"projects/{project.number}"
    up[name] = places[plan.project % len(places)]
    places.append(name)
    it[iam.GROUPS].put(iam.Group(email="g@x.example", members=plan.groups[0]))
    it[iam.GROUPS].put(iam.Group(email="h@x.example", members=plan.groups[1]))
    it[iam.CUSTOM_ROLES].put(iam.CustomRole(name=CUSTOM, permissions=plan.custom))
    for place in places:
        bindings = [
            {"role": role, "members": members, **({"condition": {"expression": condition}} if condition else {})}
            for index, role, members, condition in plan.bindings
            if places[index % len(places)] == place
        ]
        it[iam.POLICIES].put(iam.Policy(resource=place, stamp=2, bindings=bindings))
    for member in PEOPLE:
        for permission in PERMISSIONS:
            for resource in (*_folders(it), name, seed_data.organization):
                caller = Caller(member=member, email=member)
                expected = _naive(plan, places, up, member, permission, resource)
                assert iam.allows(it, caller, permission, resource) == expected, (member, permission, resource)


def _folders(it: State) -> list[str]:
    """Return the names of the folders of a state."""
    return [each.name for each in it[FOLDERS]]


@given(st.lists(st.booleans(), min_size=1, max_size=6), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_inside_the_window_a_call_sees_the_old_or_the_new_and_outside_the_new(grants: list[bool], seed: int) -> None:
    it = State(Clock(0), seed)
    seed_data = seeding.seed(it)
    resource, caller = f"projects/{seed_data.empty_number}", Caller(member="user:a@x.example", email="")
    history: list[Any] = []
    before: list[Any] = []
    for step, granted in enumerate(grants):
        bindings = [{"role": "roles/browser", "members": [caller.member]}] if granted else []
        history = [*history, {"until": it.clock.now() + 3, "bindings": before}]
        it[iam.POLICIES].put(iam.Policy(resource=resource, stamp=step, bindings=bindings, history=history))
        seen = {iam.allows(it, caller, PERMISSIONS[0], resource, number) for number in range(40)}
        old = next((bool(each["bindings"]) for each in history if it.clock.now() < each["until"]), granted)
        assert seen == {old, granted}
        it.clock.advance(2)
        before = bindings
    it.clock.advance(3)
    assert {iam.allows(it, caller, PERMISSIONS[0], resource, number) for number in range(40)} == {grants[-1]}


def test_read_modify_write_with_etags_loses_nothing(cloud: Cloud) -> None:
    path = cloud["rest_url"] + f"/v1/projects/{cloud['project']}"
    names = [f"user:u{index}@sandbox.example.com" for index in range(12)]

    def add(mine: list[str]) -> None:
        with requests.Session() as session:
            session.headers["authorization"] = f"Bearer {cloud['token']}"
            for name in mine:
                while True:
                    policy = session.post(f"{path}:getIamPolicy", json={}, timeout=10).json()
                    policy["bindings"].append({"role": "roles/viewer", "members": [name]})
                    answer = session.post(f"{path}:setIamPolicy", json={"policy": policy}, timeout=10)
                    if answer.status_code == 200:
                        break
                    assert answer.json()["error"]["status"] == "ABORTED"

    writers = [threading.Thread(target=add, args=(names[index::3],)) for index in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = cloud.post(f"/v1/projects/{cloud['project']}:getIamPolicy")["bindings"]
    assert next(each["members"] for each in found if each["role"] == "roles/viewer") == sorted(names)
