"""Who may do what: inheritance, members of every kind, custom roles, conditions, the time a change takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from gcp_emulator import iam, seeding
from gcp_emulator.caller import Caller
from gcp_emulator.clock import Clock
from gcp_emulator.iam import evaluate
from gcp_emulator.services.resourcemanager import folders
from gcp_emulator.services.resourcemanager.state import PROJECTS
from gcp_emulator.store import State

if TYPE_CHECKING:
    from gcp_emulator.seed_data import SeedData

GET = "resourcemanager.projects.get"
POOL = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci"


@pytest.fixture
def seeded() -> tuple[State, SeedData]:
    fresh = State(Clock(0))
    return fresh, seeding.seed(fresh)


def _ann() -> Caller:
    return Caller(member="user:ann@sandbox.example.com", email="ann@sandbox.example.com")


def test_a_grant_holds_for_all_that_is_below(seeded: tuple[State, SeedData]) -> None:
    it, seed_data = seeded
    outer = folders.insert(it, name="folders/1", display_name="Outer", parent=seed_data.organization, when=0)
    inner = folders.insert(it, name="folders/2", display_name="Inner", parent=outer.name, when=0)
    project = it[PROJECTS].get(seed_data.empty)
    assert project is not None
    it[PROJECTS].put(replace(project, parent=inner.name))
    iam.grant(it, outer.name, "roles/browser", [_ann().member])
    number = project.number
    assert iam.lineage(it, f"projects/{seed_data.empty}/serviceAccounts/x@y") == [
        f"projects/{number}/serviceAccounts/x@y",
        f"projects/{seed_data.empty}/serviceAccounts/x@y",
        f"projects/{number}",
        "folders/2",
        "folders/1",
        seed_data.organization,
    ]
    for resource in (
        f"projects/{seed_data.empty}",
        f"projects/{number}",
        f"projects/{number}/locations/x",
        "folders/2",
    ):
        assert iam.allows(it, _ann(), GET, resource)
    assert not iam.allows(it, _ann(), GET, f"projects/{seed_data.ready}")
    assert not iam.allows(it, _ann(), GET, seed_data.organization)
    assert not iam.allows(it, _ann(), "resourcemanager.projects.delete", f"projects/{seed_data.empty}")
    it[PROJECTS].put(replace(project, parent=seed_data.organization))
    assert not iam.allows(it, _ann(), GET, f"projects/{seed_data.empty}")


def test_a_billing_account_inherits_from_its_organization(seeded: tuple[State, SeedData]) -> None:
    it, seed_data = seeded
    assert not iam.allows(it, _ann(), "billing.accounts.get", seed_data.billing_account)
    iam.grant(it, seed_data.organization, "roles/billing.viewer", [_ann().member])
    assert iam.allows(it, _ann(), "billing.accounts.get", seed_data.billing_account)


@pytest.mark.parametrize(
    ("named", "caller"),
    [
        ("user:Ann@Sandbox.example.com", _ann()),
        ("domain:sandbox.example.com", _ann()),
        ("group:team@sandbox.example.com", _ann()),
        ("allAuthenticatedUsers", _ann()),
        ("allUsers", _ann()),
        ("allUsers", Caller(member="", email="")),
        ("allAuthenticatedUsers", Caller(member="serviceAccount:a@b.iam.gserviceaccount.com", email="a@b")),
        (
            "serviceAccount:a@b.iam.gserviceaccount.com",
            Caller(member="serviceAccount:a@b.iam.gserviceaccount.com", email=""),
        ),
        (f"principal://{POOL}/subject/Me", Caller(member=f"principal://{POOL}/subject/Me", email="")),
        (f"principalSet://{POOL}/*", Caller(member=f"principal://{POOL}/subject/Me", email="")),
        (
            f"principalSet://{POOL}/attribute.repository/Mine",
            Caller(
                member=f"principal://{POOL}/subject/Me",
                email="",
                sets=(f"principalSet://{POOL}/attribute.repository/Mine",),
            ),
        ),
    ],
)
def test_a_member_of_every_kind_is_known(seeded: tuple[State, SeedData], named: str, caller: Caller) -> None:
    it, seed_data = seeded
    it[iam.GROUPS].put(iam.Group(email="inner@sandbox.example.com", members=["user:ann@sandbox.example.com"]))
    it[iam.GROUPS].put(iam.Group(email="Team@sandbox.example.com", members=["group:inner@sandbox.example.com"]))
    iam.grant(it, f"projects/{seed_data.ready_number}", "roles/browser", [named])
    assert iam.allows(it, caller, GET, f"projects/{seed_data.ready}")


@pytest.mark.parametrize(
    ("named", "caller"),
    [
        ("domain:sandbox.example.com", Caller(member="user:eve@evil-sandbox.example.com", email="")),
        ("domain:b.iam.gserviceaccount.com", Caller(member="serviceAccount:a@b.iam.gserviceaccount.com", email="")),
        ("deleted:user:ann@sandbox.example.com?uid=1", _ann()),
        ("projectOwner:sandbox-ready", Caller(member="user:owner@sandbox.example.com", email="")),
        ("user:ann@sandbox.example.com", Caller(member="serviceAccount:ann@sandbox.example.com", email="")),
        (f"principal://{POOL}/subject/me", Caller(member=f"principal://{POOL}/subject/Me", email="")),
        (f"principalSet://{POOL}/*", Caller(member=f"principal://{POOL}x/subject/Me", email="")),
        ("allAuthenticatedUsers", Caller(member=f"principal://{POOL}/subject/Me", email="")),
        ("allAuthenticatedUsers", Caller(member="", email="")),
        ("group:no-one@sandbox.example.com", _ann()),
    ],
)
def test_who_is_not_meant_gets_nothing(seeded: tuple[State, SeedData], named: str, caller: Caller) -> None:
    it, seed_data = seeded
    iam.grant(it, f"projects/{seed_data.ready_number}", "roles/browser", [named])
    assert not iam.allows(it, caller, GET, f"projects/{seed_data.ready}")


def test_groups_that_hold_each_other_end(seeded: tuple[State, SeedData]) -> None:
    it, seed_data = seeded
    it[iam.GROUPS].put(iam.Group(email="a@x.example", members=["group:b@x.example"]))
    it[iam.GROUPS].put(iam.Group(email="b@x.example", members=["group:a@x.example"]))
    iam.grant(it, f"projects/{seed_data.ready_number}", "roles/browser", ["group:a@x.example"])
    assert not iam.allows(it, _ann(), GET, f"projects/{seed_data.ready}")
    it[iam.GROUPS].put(iam.Group(email="b@x.example", members=["group:a@x.example", _ann().member]))
    assert iam.allows(it, _ann(), GET, f"projects/{seed_data.ready}")


def test_a_custom_role_gives_what_it_holds_now(seeded: tuple[State, SeedData]) -> None:
    it, seed_data = seeded
    role = iam.CustomRole(name="projects/sandbox-ready/roles/mine", permissions=[GET])
    it[iam.CUSTOM_ROLES].put(role)
    iam.grant(it, f"projects/{seed_data.ready_number}", role.name, [_ann().member])
    asked = f"projects/{seed_data.ready}"
    assert iam.allows(it, _ann(), GET, asked)
    it[iam.CUSTOM_ROLES].put(replace(role, permissions=["resourcemanager.projects.delete"]))
    assert not iam.allows(it, _ann(), GET, asked)
    assert iam.allows(it, _ann(), "resourcemanager.projects.delete", asked)
    for gone in (replace(role, deleted=True), replace(role, stage="DISABLED")):
        it[iam.CUSTOM_ROLES].put(gone)
        assert not iam.allows(it, _ann(), GET, asked)


def test_an_unknown_role_gives_nothing_and_an_unknown_resource_is_nobodys(seeded: tuple[State, SeedData]) -> None:
    it, seed_data = seeded
    iam.grant(it, f"projects/{seed_data.ready_number}", "roles/no.one", [_ann().member])
    assert not iam.allows(it, _ann(), GET, f"projects/{seed_data.ready}")
    for resource in ("projects/no-one-has-this", "folders/1", "organizations/1", "billingAccounts/x", "", "x/y"):
        assert iam.lineage(it, resource) == []
        assert not iam.allows(it, _ann(), GET, resource)
        assert iam.allows(it, Caller(member="", email="", owner=True), GET, resource)


def test_what_is_remembered_of_many_policies_is_bounded_and_shared(seeded: tuple[State, SeedData]) -> None:
    it, seed_data = seeded
    number = int(seed_data.ready_number)
    for project in range(number + 1, number + 1 + evaluate.REMEMBERED + 10):
        for role in ("roles/viewer", "roles/browser"):
            iam.grant(it, f"projects/{project}", role, [_ann().member])
        policy = it[iam.POLICIES].get(f"projects/{project}")
        assert policy is not None
        assert evaluate._grants(it, policy, (_ann().member,), "resourcemanager.projects.get", "", 0, ())
    remembered = it.memo["iam.expanded"]
    assert len(remembered) == evaluate.REMEMBERED
    sets = {id(always) for [(_, _, given), *_] in remembered.values() for always, _ in given.values()}
    assert len(sets) == 1
