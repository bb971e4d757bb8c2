"""Service agents: the identities that Google's services act as in a project.

`generateServiceIdentity` is done at once and needs no permission; a second call answers the same identity (recorded:
serviceusage--bigquerydatatransferconfig-cmek, ai-other--metadatastorefullyconfigured). It grants no role.
https://cloud.google.com/iam/docs/create-service-agents

Their addresses are data, `agents.json`, from https://docs.cloud.google.com/iam/docs/service-agents: for each service
its agents with address and role. All of a service are made; the answer tells the primary one, and neither address nor
id where there is none (recorded for BigQuery).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage.catalog import rows, titles
from gcp_emulator.services.serviceusage.state import DONE, is_enabled, project_not_found
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State

OWN: Final = "service-{number}@"
LEVELS: Final = {
    "project": OWN,
    "folder": "service-folder-{number}@",
    "organization": "service-org-{number}@",
}
"""What the address of an agent begins with, by whose it is; Access Approval's are called otherwise there.

https://docs.cloud.google.com/iam/docs/service-agents
"""
TYPE: Final = "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A service agent, which allow policies may name `serviceAccount:{email}`."""

    email: str
    number: str
    service: str
    unique_id: str


AGENTS: Final = Table("serviceusage.agents", Agent, key="email")

CREATED_WITH_THE_API: Final = frozenset(
    {
        "cloudbuild.googleapis.com",  # https://cloud.google.com/build/docs/cloud-build-service-account
        "compute.googleapis.com",  # https://cloud.google.com/compute/docs/access/service-accounts
        "container.googleapis.com",  # https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts
        "iam.googleapis.com",  # Cloud Foundation Fabric grants roles to these two as soon as the API is on
        "privilegedaccessmanager.googleapis.com",
    }
)
"""APIs whose agents are there as soon as the API is on; others come with the first need or when they are asked for."""

GOOGLES: Final = re.compile(r"[^@]+@(?:system|[^@]*google\.com\.iam)\.gserviceaccount\.com")
"""Accounts that belong to no customer's project, such as `cloud-logs@system.gserviceaccount.com`."""

OF_A_PROJECT: Final = re.compile(r"(\d+)@cloudservices\.gserviceaccount\.com")
"""The Google APIs service agent. https://cloud.google.com/iam/docs/service-account-types#google-apis-service-agent"""


def generate(call: Call) -> Json:
    """GenerateServiceIdentity of a project, a folder or an organization."""
    level = next(each for each in LEVELS if each in call.vars)
    number, service = call.vars[level], call.vars["service"]
    if level == "project":
        project = projects.find(call.state, number)
        if project is None:
            raise project_not_found(number)
        number = project.number
    elif not iam.lineage(call.state, f"{level}s/{number}"):
        raise errors.caller_lacks_permission()
    if service not in titles():
        raise errors.services_not_found([service])
    primary = create(call.state, number, service, level)
    response: Json = {"@type": TYPE}
    response |= {"email": primary.email, "uniqueId": primary.unique_id} if primary else {}
    return {"name": DONE, "done": True, "response": response}


def create(state: State, number: str, service: str, level: str = "project") -> Agent | None:
    """Make the agents of a service in a project, and return the primary one; there may be none.

    A folder and an organization have the primary one alone, under a number of their own.
    """
    found = None
    for pattern, _, primary in published().get(service, ()):
        if level != "project" and not (primary and pattern.startswith(OWN)):
            continue
        email = pattern.replace(OWN, LEVELS[level], 1).format(number=number)
        agent = state[AGENTS].get(email)
        if agent is None:
            own = number if level == "project" else ""
            agent = Agent(email=email, number=own, service=service, unique_id=state.digits(21))
            state[AGENTS].put(agent)
        found = agent if primary else found
    return found


@functools.cache
def published() -> dict[str, list[tuple[str, str, bool]]]:
    """Return the agents of each service: address with `{number}`, role (empty for none), whether it is the primary."""
    found: dict[str, list[tuple[str, str, bool]]] = rows("agents.json")
    return found


@iam.finds_accounts
def exists(state: State, email: str) -> bool:
    """Tell whether an account of Google's own is there: made, or come with its API."""
    if email in state[AGENTS]:
        return True
    if match := OF_A_PROJECT.fullmatch(email):
        return projects.find(state, match[1]) is not None
    number = re.search(r"\d{6,}", email)
    service = _service_of().get(email.replace(number[0], "{number}", 1), "") if number else ""
    if number and service:
        return service in CREATED_WITH_THE_API and is_enabled(state, number[0], service)
    return GOOGLES.fullmatch(email) is not None


def is_published(email: str) -> bool:
    """Tell whether an address is that of an agent which Google's page lists, in whatever project."""
    return re.sub(r"\d{6,}", "{number}", email, count=1) in _service_of()


@functools.cache
def _service_of() -> dict[str, str]:
    """Return the service of each address."""
    return {address: service for service, listed in published().items() for address, _, _ in listed}
