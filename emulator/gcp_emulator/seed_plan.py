"""What a seed file asks for, put into a fresh state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gcp_emulator.allocations import ALLOCATIONS
from gcp_emulator.iam.members import GROUPS, Group
from gcp_emulator.iam.policy import POLICIES, Policy
from gcp_emulator.iam.principals import USERS, User
from gcp_emulator.identity import ACCOUNTS, Account
from gcp_emulator.services.aiplatform import state as aiplatform
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.cloudquotas import state as cloudquotas
from gcp_emulator.services.orgpolicy import state as orgpolicy
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resourcemanager.hierarchy import FOLDERS, ORGANIZATIONS, Folder, Organization
from gcp_emulator.services.serviceusage import state as serviceusage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator import seed_model as model
    from gcp_emulator.call import Json
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.seed_model import SeedFile
    from gcp_emulator.store import State


def above(parents: Mapping[str, Any], name: str) -> list[str]:
    """Return the folders above one, by each one's parent, as far as they repeat nothing."""
    found: list[str] = []
    parent = parents[name]
    while isinstance(parent, str) and parent in parents and parent not in found:
        found.append(parent)
        parent = parents[parent]
    return found


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was read, and is right."""

    state: SeedFile

    def build(self, state: State, seed_data: SeedData) -> None:
        """Put it all into a fresh state."""
        _Builder(state, seed_data).build(self.state)
        for email, members in self.state.groups.items():
            state[GROUPS].put(Group(email=email, members=list(members)))
        for address in _people(self.state):
            state[USERS].put(User(email=address, seeded=True))


def _people(given: SeedFile) -> list[str]:
    """Return everyone whom a seed file names, in lower case."""
    parts: list[model.Governed | model.BillingAccount] = [
        *given.organizations.values(),
        *given.folders.values(),
        *given.projects.values(),
        *given.billing_accounts.values(),
    ]
    named = [*(binding.members for part in parts for binding in part.policy), *given.groups.values()]
    people = [member.removeprefix("user:") for members in named for member in members if member.startswith("user:")]
    return list(dict.fromkeys(address.lower() for address in (*given.users, *people)))


class _Builder:
    def __init__(self, state: State, seed_data: SeedData) -> None:
        self.state = state
        self.seed_data = seed_data
        self.now = state.clock.now()
        self.names = {projects.DOMAIN: seed_data.organization}
        self.accounts = {"open": seed_data.billing_account, "closed": seed_data.closed_billing_account}

    def build(self, given: SeedFile) -> None:
        for domain, organization in given.organizations.items():
            self._organization(domain, organization)
        parents = {name: folder.parent for name, folder in given.folders.items()}
        for name in sorted(parents, key=lambda name: len(above(parents, name))):
            self._folder(name, given.folders[name])
        for name, account in given.billing_accounts.items():
            self._account(name, account)
        for name, project in given.projects.items():
            self._project(name, project)

    def _organization(self, domain: str, given: model.Organization) -> None:
        name = self.names[domain] = f"organizations/{given.id or self.state.digits(12)}"
        self.state[ORGANIZATIONS].put(Organization(name=name, display_name=domain, created=self.now))
        self._constrain(name, given)

    def _folder(self, handle: str, given: model.Folder) -> None:
        name = self.names[handle] = f"folders/{given.id or self.state.digits(12)}"
        self.state[FOLDERS].put(
            Folder(
                name=name,
                display_name=given.display_name or handle,
                parent=self.names[given.parent],
                state="ACTIVE",
                created=self.now,
                updated=self.now,
                revision=int.from_bytes(self.state.draw()[:8], "big") >> 1,
            )
        )
        self._constrain(name, given)

    def _account(self, handle: str, given: model.BillingAccount) -> None:
        drawn = self.state.draw().hex().upper()
        name = f"billingAccounts/{given.id or '-'.join((drawn[:6], drawn[6:12], drawn[12:18]))}"
        self.accounts[handle] = name
        self.state[billing.ACCOUNTS].put(
            billing.Account(
                name=name,
                open=given.open,
                display_name=given.display_name or handle,
                parent=self.names[given.parent],
                currency=given.currency,
            )
        )
        self._allow(name, given.policy)

    def _project(self, project_id: str, given: model.Project) -> None:
        project = projects.insert(
            self.state,
            project_id=project_id,
            number=given.number or self.state.digits(12),
            display_name=given.display_name or project_id,
            parent=self.names[given.parent],
            labels=dict(given.labels),
            creator=f"serviceAccount:{self.seed_data.email}",
            when=self.now,
        )
        if given.billing:
            link = billing.Link(number=project.number, account=self.accounts[given.billing])
            self.state[billing.LINKS].put(link)
        serviceusage.enable_at_once(self.state, project.number, list(given.services))
        for account_id, account in given.service_accounts.items():
            self._service_account(project_id, account_id, account)
        for endpoint in given.endpoints:
            aiplatform.put_serving(
                self.state,
                project.number,
                endpoint.location,
                endpoint.display_name,
                dedicated=endpoint.dedicated,
            )
        for name, count in given.accelerators.items():
            [quota] = (each for each in ALLOCATIONS if (each.accelerator, each.spot) == (name, False))
            cloudquotas.grant(self.state, project.number, quota.id, count, f"state-{name.lower().replace('_', '-')}")
        self._constrain(f"projects/{project.number}", given)
        if given.state == "DELETE_REQUESTED":
            projects.delete(self.state, project, self.now)

    def _service_account(self, project_id: str, account_id: str, given: model.ServiceAccount) -> None:
        self.state[ACCOUNTS].put(
            Account(
                email=f"{account_id}@{project_id}.iam.gserviceaccount.com",
                project=project_id,
                unique_id=self.state.digits(21),
                display_name=given.display_name,
                disabled=given.disabled,
            )
        )

    def _constrain(self, resource: str, given: model.Governed) -> None:
        self._allow(resource, given.policy)
        for constraint, spec in given.organization_policies.items():
            orgpolicy.put_at_once(self.state, resource, constraint, spec)

    def _allow(self, resource: str, given: tuple[model.Binding, ...]) -> None:
        if not given:
            return
        bindings = [_binding(each) for each in given]
        old = self.state[POLICIES].get(resource)
        merged: dict[tuple[str, str], Json] = {}
        for binding in [*(old.bindings if old else []), *bindings]:
            same = merged.setdefault((binding["role"], repr(binding.get("condition"))), {**binding, "members": []})
            same["members"] = sorted({*same["members"], *binding["members"]})
        self.state[POLICIES].put(
            Policy(
                resource=resource,
                stamp=old.stamp + 1 if old else int(self.now * 1_000_000),
                bindings=[merged[key] for key in sorted(merged)],
            )
        )


def _binding(given: model.Binding) -> Json:
    condition = {"condition": given.condition} if given.condition else {}
    return {"role": given.role, "members": given.members, **condition}
