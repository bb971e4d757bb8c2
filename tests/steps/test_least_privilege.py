"""What the steps declare is enough, and nothing in it can be left out.

A caller with a custom role of exactly the declared permissions makes an empty project ready; with one of them taken
away, the step that declares it is the one that does not get on, and the report names the permission. A sample of the
permissions in every run; all of them with PROOF_PERMISSIONS=all. So for what `destroy` needs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator.server import Running, running

from provision.clients import Clients
from provision.commands import destroy as destroying
from provision.commands.apply import apply as run_apply
from provision.commands.required_permissions import permissions_by_level, required_permissions
from provision.config import Config, load
from provision.google.auth import Credentials, Identity
from provision.journal import Journal
from provision.plan import Level, Run
from provision.reports.destroy import render
from provision.undo import DestroyOptions
from provision.undo.record import Undone
from tests import issuer
from tests.accounts import api, grant
from tests.conftest import clients_for, config_for

CALLER = "user:deployer@sandbox.example.com"
HOST = "sandbox-host"
COMMANDS = ("check", "apply")
OPTIONS: dict[str, Any] = {
    "identity.service_account": "chat-runtime",
    "ci.provider": "github",
    "ci.repository": "my-team/chat",
    "ci.jwks": issuer.jwks(),
}
# Without a name of what it would be, no billing account can be configured before the sandbox runs.
SHAPE = load(options=OPTIONS | {"project.id": "my-team-chat", "billing.account": "000000-AAAAAA-111111"})
ALL: list[tuple[Level, str]] = [
    (level, permission) for level, listed in permissions_by_level(SHAPE, COMMANDS).items() for permission in listed
]
ADVISORY = {
    (required.level, required.permission) for _, required in required_permissions(SHAPE) if required.advisory
} - {(required.level, required.permission) for _, required in required_permissions(SHAPE) if not required.advisory}
SAMPLE = {
    "aiplatform.endpoints.predict",
    "iam.googleapis.com/workloadIdentityPoolProviders.create",
    "iam.googleapis.com/workloadIdentityPools.undelete",
    "iam.serviceAccounts.create",
    "resourcemanager.projects.setIamPolicy",
}
TRIED = [
    each for each in ALL if each not in ADVISORY and (each[1] in SAMPLE or os.environ.get("PROOF_PERMISSIONS") == "all")
]


class Given:
    """A token that was given, and never changes."""

    universe_domain = "googleapis.com"
    expiry = None

    def __init__(self, token: str) -> None:
        self.token = token

    def refresh(self, request: object) -> None:
        """Have it still."""


class World:
    """An empty project, and a caller who may do exactly what he was given."""

    def __init__(self, sandbox: Running) -> None:
        self.sandbox = sandbox
        self.project = sandbox["empty_project"]

    def config(self, **more: Any) -> Config:
        options = {key.replace(".", "__"): value for key, value in OPTIONS.items()}
        options |= {
            "project__id": self.project,
            "billing__account": self.sandbox["billing_account"],
            "auth__quota_project": HOST,
        }
        return config_for(self.sandbox, **(options | more))

    def clients(self, config: Config) -> Clients:
        found = clients_for(config)
        identity = Identity(kind="user", source="a test", quota_project=HOST, consumer_project=HOST)
        found._credentials = Credentials(Given(self.sandbox.token_for(CALLER)), identity, timeout_s=5)
        return found

    def give(self, without: tuple[str, str] = ("", ""), commands: tuple[str, ...] = COMMANDS) -> None:
        """Grant the caller all that is declared for the commands, but one."""
        places: dict[Level, str] = {
            "project": f"projects/{self.project}",
            "billing account": self.sandbox["billing_account"],
            "consumer": f"projects/{HOST}",
        }
        for level, listed in permissions_by_level(SHAPE, commands).items():
            permissions = [each for each in listed if (level, each) != without]
            body = {"title": level, "includedPermissions": permissions, "stage": "GA"}
            role = api(
                self.sandbox,
                "POST",
                f"/v1/{self.sandbox['organization']}/roles",
                {"roleId": level.replace(" ", "_"), "role": body},
            )
            if permissions:
                grant(self.sandbox, places[level], CALLER, role["name"])

    def apply(self, config: Config, clients: Clients) -> Run:
        return run_apply(config, clients, journal=Journal(Path("journal.jsonl")), approve=lambda _: True)


@pytest.fixture
def world() -> Iterator[World]:
    with running(clock=0, propagation=0, grpc=False) as ready:
        yield World(ready)


def test_exactly_what_is_declared_makes_an_empty_project_ready(world: World) -> None:
    world.give()
    config = world.config()
    run = world.apply(config, world.clients(config))
    assert run.verdict == "ready", run.root_cause
    assert [each.outcome for each in run.applied] == ["done"] * len(run.applied)
    unseen = [check.id for check in run.checks if check.status in {"unknown", "blocked"}]
    assert unseen == []
    look = next(check for check in run.checks if check.id == "permissions.read")
    assert look.evidence["missing_permissions"] == []


def prepare(world: World, permission: str) -> dict[str, Any]:
    """Bring about what has to be there for the permission to matter; return settings that ask for the change."""
    kind, _, verb = permission.rpartition("/")[2].partition(".")
    if verb not in {"undelete", "update"}:
        return {}
    config = world.config()
    owner = clients_for(config)
    assert world.apply(config, owner).verdict == "ready"
    if verb == "update":
        return {"ci__branch": "main"}
    pool = f"/v1/projects/{world.project}/locations/global/workloadIdentityPools/provision-ci"
    api(world.sandbox, "DELETE", f"{pool}/providers/github" if "Providers" in kind else pool)
    world.sandbox.advance(600)
    return {}


@pytest.mark.parametrize(("level", "permission"), TRIED, ids=[f"{level}: {each}" for level, each in TRIED])
def test_without_one_permission_its_step_does_not_get_on_and_names_it(
    world: World, level: Level, permission: str
) -> None:
    more = prepare(world, permission)
    world.give(without=(level, permission))
    config = world.config(limits__usable_timeout=60, **more)
    run = world.apply(config, world.clients(config))
    assert run.verdict != "ready"
    steps = {
        step
        for step, required in required_permissions(config)
        if (required.level, required.permission) == (level, permission)
    }
    failing = {check.step for check in run.checks if check.status in {"fail", "unknown"}}
    failing |= {each.change.step for each in run.applied if each.outcome == "failed"}
    if run.blocking_check.startswith("permissions."):  # seen before anything was begun: it says whose permission it is
        assert run.applied == ()
        finding = next(check for check in run.checks if check.id == run.blocking_check)
        failing.update(finding.evidence["steps"])  # type: ignore[arg-type] # a list of names
    assert failing & steps, (run.blocking_check, failing, steps)
    spelled = {permission, permission.replace(".googleapis.com/", ".", 1)}
    message = " ".join(f"{check.summary} {check.cause} {check.fix} {check.error}" for check in run.checks)
    assert any(each in message for each in spelled), message


UNDOING: list[tuple[Level, str]] = [
    (level, permission) for level, listed in permissions_by_level(SHAPE, ("destroy",)).items() for permission in listed
]
UNDONE_WITHOUT = [
    each
    for each in UNDOING
    if os.environ.get("PROOF_PERMISSIONS") == "all"
    or each[1] in {"iam.serviceAccounts.delete", "serviceusage.services.disable", "serviceusage.services.list"}
]


def destroy(world: World, config: Config, clients: Clients, *, delete_project: bool = False) -> Undone:
    return destroying.destroy(
        config,
        clients,
        journal=Journal(Path("journal.jsonl")),
        options=DestroyOptions(project_id=config.project_id, delete_project=delete_project),
        include_unverified=False,
        approve=lambda _: True,
    )


@pytest.fixture
def made(world: World) -> World:
    """The project, made ready by its owner, whose journal it is."""
    config = world.config()
    assert world.apply(config, clients_for(config)).verdict == "ready"
    return world


def test_exactly_what_is_declared_undoes_everything(made: World) -> None:
    made.give(commands=("destroy",))
    config = made.config()
    undone = destroy(made, config, made.clients(config))
    assert {item.outcome for item in undone.items} == {"undone"}, render(undone)
    assert {item.change.step for item in undone.items} == {"services", "billing", "bindings", "resources"}


@pytest.mark.parametrize(
    ("level", "permission"), UNDONE_WITHOUT, ids=[f"{level}: {each}" for level, each in UNDONE_WITHOUT]
)
def test_without_one_permission_not_all_is_undone_and_it_is_named(made: World, level: Level, permission: str) -> None:
    made.give(without=(level, permission), commands=("destroy",))
    config = made.config()
    undone = destroy(made, config, made.clients(config))
    assert undone.exit_code != 0, render(undone)
    spelled = {permission, permission.replace(".googleapis.com/", ".", 1)}
    message = render(undone)
    assert any(each in message for each in {*spelled, "provision permissions --for destroy"}), message


@pytest.mark.parametrize("without", ["", "resourcemanager.projects.get", "resourcemanager.projects.delete"])
def test_a_project_is_deleted_with_what_is_declared_and_not_with_less(world: World, without: str) -> None:
    options = {
        "project__id": "brand-new-project",
        "project__create": True,
        "project__parent": world.sandbox["organization"],
    }
    config = world.config(**options)
    run = run_apply(
        config, clients_for(config), journal=Journal(Path("journal.jsonl")), approve=lambda _: True, smoke=False
    )
    assert str(run.applied[0].change) == "create projects/brand-new-project"
    permissions = {
        permission
        for _, required in required_permissions(config, ("delete",), steps=("project",))
        for permission in [required.permission]
    }
    assert permissions == {"resourcemanager.projects.get", "resourcemanager.projects.delete"}
    for place, listed in (("brand-new-project", permissions - {without}), (HOST, {"serviceusage.services.use"})):
        role = {"title": "some", "includedPermissions": sorted(listed), "stage": "GA"}
        path = f"/v1/{world.sandbox['organization']}/roles"
        name = api(world.sandbox, "POST", path, {"roleId": f"of_{place.replace('-', '_')}", "role": role})["name"]
        grant(world.sandbox, f"projects/{place}", CALLER, name)
    undone = destroy(world, config, world.clients(config), delete_project=True)
    outcome = next(item.outcome for item in undone.items if item.change.action == "delete")
    assert (outcome == "undone") is (not without), render(undone)
    assert not without or without in render(undone) or "provision permissions --for destroy" in render(undone)
