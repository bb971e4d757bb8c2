"""What a world file asks for, put into a fresh world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.allocations import ALLOCATIONS
from gcp_emulator.iam.members import GROUPS, Group
from gcp_emulator.iam.policy import POLICIES, Policy
from gcp_emulator.identity import ACCOUNTS, Account
from gcp_emulator.services.aiplatform import state as aiplatform
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.cloudquotas import state as cloudquotas
from gcp_emulator.services.orgpolicy import state as orgpolicy
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resourcemanager.hierarchy import FOLDERS, ORGANIZATIONS, Folder, Organization
from gcp_emulator.services.serviceusage import state as serviceusage

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.seeds import Seeds
    from gcp_emulator.store import World

SECTIONS: Final = ("organizations", "folders", "billing_accounts", "projects")


def records(world: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return what stands in a section, by name; what is no record is an empty one, and told elsewhere."""
    found = world.get(name)
    if not isinstance(found, dict):
        return {}
    return {str(key): each if isinstance(each, dict) else {} for key, each in found.items()}


def above(folders: dict[str, dict[str, Any]], name: str) -> list[str]:
    """Return the folders above one, as far as they repeat nothing."""
    found: list[str] = []
    parent = folders[name].get("parent")
    while isinstance(parent, str) and parent in folders and parent not in found:
        found.append(parent)
        parent = folders[parent].get("parent")
    return found


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was read, and is right."""

    content: dict[str, Any]

    def build(self, world: World, seeds: Seeds) -> None:
        """Put it all into a fresh world."""
        _Builder(world, seeds, {name: records(self.content, name) for name in SECTIONS}).build()
        for email, members in (self.content.get("groups") or {}).items():
            world[GROUPS].put(Group(email=email, members=list(members)))


class _Builder:
    def __init__(self, world: World, seeds: Seeds, held: dict[str, dict[str, dict[str, Any]]]) -> None:
        self.world = world
        self.held = held
        self.seeds = seeds
        self.now = world.clock.now()
        self.names = {projects.DOMAIN: seeds.organization}
        self.accounts = {"open": seeds.billing_account, "closed": seeds.closed_billing_account}

    def build(self) -> None:
        for domain, each in self.held["organizations"].items():
            self._organization(domain, each)
        folders = self.held["folders"]
        for name in sorted(folders, key=lambda name: len(above(folders, name))):
            self._folder(name, folders[name])
        for name, each in self.held["billing_accounts"].items():
            self._account(name, each)
        for name, each in self.held["projects"].items():
            self._project(name, each)

    def _organization(self, domain: str, given: dict[str, Any]) -> None:
        name = self.names[domain] = f"organizations/{given.get('id') or self.world.digits(12)}"
        self.world[ORGANIZATIONS].put(Organization(name=name, display_name=domain, created=self.now))
        self._policies(name, given)

    def _folder(self, handle: str, given: dict[str, Any]) -> None:
        name = self.names[handle] = f"folders/{given.get('id') or self.world.digits(12)}"
        self.world[FOLDERS].put(
            Folder(
                name=name,
                display_name=str(given.get("display_name", handle)),
                parent=self.names[given["parent"]],
                state="ACTIVE",
                created=self.now,
                updated=self.now,
                revision=int.from_bytes(self.world.draw()[:8], "big") >> 1,
            )
        )
        self._policies(name, given)

    def _account(self, handle: str, given: dict[str, Any]) -> None:
        drawn = self.world.draw().hex().upper()
        name = f"billingAccounts/{given.get('id') or '-'.join((drawn[:6], drawn[6:12], drawn[12:18]))}"
        self.accounts[handle] = name
        self.world[billing.ACCOUNTS].put(
            billing.Account(
                name=name,
                open=given.get("open", True),
                display_name=str(given.get("display_name", handle)),
                parent=self.names[given.get("parent", projects.DOMAIN)],
                currency=given.get("currency", "USD"),
            )
        )
        self._policies(name, given)

    def _project(self, project_id: str, given: dict[str, Any]) -> None:
        project = projects.insert(
            self.world,
            project_id=project_id,
            number=str(given.get("number") or self.world.digits(12)),
            display_name=str(given.get("display_name", project_id)),
            parent=self.names[given.get("parent", projects.DOMAIN)],
            labels=dict(given.get("labels") or {}),
            creator=f"serviceAccount:{self.seeds.email}",
            when=self.now,
        )
        if "billing" in given:
            link = billing.Link(number=project.number, account=self.accounts[given["billing"]])
            self.world[billing.LINKS].put(link)
        serviceusage.enable_at_once(self.world, project.number, given.get("services", []))
        for account_id, account in (given.get("service_accounts") or {}).items():
            self._service_account(project_id, account_id, account or {})
        for endpoint in given.get("endpoints", ()):
            aiplatform.put_serving(
                self.world,
                project.number,
                endpoint["location"],
                str(endpoint["display_name"]),
                dedicated=endpoint.get("dedicated", False),
            )
        for name, count in (given.get("accelerators") or {}).items():
            [quota] = (each for each in ALLOCATIONS if (each.accelerator, each.spot) == (name, False))
            cloudquotas.grant(self.world, project.number, quota.id, count, f"world-{name.lower().replace('_', '-')}")
        self._policies(f"projects/{project.number}", given)
        if given.get("state") == "DELETE_REQUESTED":
            projects.delete(self.world, project, self.now)

    def _service_account(self, project_id: str, account_id: str, given: dict[str, Any]) -> None:
        self.world[ACCOUNTS].put(
            Account(
                email=f"{account_id}@{project_id}.iam.gserviceaccount.com",
                project=project_id,
                unique_id=self.world.digits(21),
                display_name=str(given.get("display_name", "")),
                disabled=given.get("disabled", False),
            )
        )

    def _policies(self, resource: str, given: dict[str, Any]) -> None:
        self._allow(resource, given.get("policy", []))
        for constraint, spec in (given.get("organization_policies") or {}).items():
            orgpolicy.put_at_once(self.world, resource, constraint, spec)

    def _allow(self, resource: str, bindings: list[Json]) -> None:
        if not bindings:
            return
        old = self.world[POLICIES].get(resource)
        merged: dict[tuple[str, str], Json] = {}
        for binding in [*(old.bindings if old else []), *bindings]:
            same = merged.setdefault((binding["role"], repr(binding.get("condition"))), {**binding, "members": []})
            same["members"] = sorted({*same["members"], *binding["members"]})
        self.world[POLICIES].put(
            Policy(
                resource=resource,
                stamp=old.stamp + 1 if old else int(self.now * 1_000_000),
                bindings=[merged[key] for key in sorted(merged)],
            )
        )
