"""What a project gets when an API is enabled in it for the first time: a network, accounts, and what they may do.

- Compute Engine: the network `default` with four firewall rules, unless `compute.skipDefaultNetworkCreation` is in
  force (https://docs.cloud.google.com/vpc/docs/vpc#default-network), and the default service account.
- App Engine: its default service account.

The default accounts and Google's own get Editor; the first do not where
`iam.automaticIamGrantsForDefaultServiceAccounts` or
`iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts` is in force.
https://docs.cloud.google.com/iam/docs/service-account-types#default
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import iam
from gcp_emulator.identity import ACCOUNTS, Account
from gcp_emulator.services.compute.state import insert_default_network
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage import agents
from gcp_emulator.services.serviceusage.state import first_time

if TYPE_CHECKING:
    from gcp_emulator.store import State

COMPUTE: Final = "compute.googleapis.com"
EDITOR: Final = "roles/editor"
NO_GRANTS: Final = (
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts",
)


@first_time(COMPUTE)
def compute_engine(state: State, number: str, when: float) -> None:
    """Make what a project has of Compute Engine."""
    resource = f"projects/{number}"
    agents.create(state, number, COMPUTE)
    iam.grant(state, resource, "roles/compute.serviceAgent", [f"serviceAccount:{_agent(number)}"])
    iam.grant(state, resource, EDITOR, [f"serviceAccount:{number}@cloudservices.gserviceaccount.com"])
    _account(state, number, f"{number}-compute@developer.gserviceaccount.com", "Compute Engine", when)
    if not enforcement.is_enforced(state, resource, "compute.skipDefaultNetworkCreation"):
        insert_default_network(state, number, when)


@first_time("appengine.googleapis.com")
def app_engine(state: State, number: str, when: float) -> None:
    """Make App Engine's account. That the API makes it, and not the first application, is assumed."""
    project = projects.find(state, number)
    if project is not None:
        _account(state, number, f"{project.id}@appspot.gserviceaccount.com", "App Engine", when)


def _agent(number: str) -> str:
    return f"service-{number}@compute-system.iam.gserviceaccount.com"


def _account(state: State, number: str, email: str, what: str, when: float) -> None:
    project = projects.find(state, number)
    if project is None or email in state[ACCOUNTS]:
        return
    title = f"{what} default service account"
    state[ACCOUNTS].put(
        Account(email=email, project=project.id, unique_id=state.digits(21), display_name=title, created=when)
    )
    if not any(enforcement.is_enforced(state, f"projects/{number}", each) for each in NO_GRANTS):
        iam.grant(state, f"projects/{number}", EDITOR, [f"serviceAccount:{email}"])
