"""Service agents: the identities that Google's services act as in a project.

`generateServiceIdentity` is done at once and needs no permission; a second call answers the same identity (recorded:
serviceusage--bigquerydatatransferconfig-cmek, ai-other--metadatastorefullyconfigured). It grants no role.
https://cloud.google.com/iam/docs/create-service-agents
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage.catalog import TITLES
from gcp_emulator.services.serviceusage.state import DONE, project_not_found
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

TYPE: Final = "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity"

DOMAINS: Final = {
    "cloudfunctions": "gcf-admin-robot",
    "compute": "compute-system",
    "container": "container-engine-robot",
    "run": "serverless-robot-prod",
}
"""Projects of Google's whose names are older than the rule. https://cloud.google.com/iam/docs/service-agents"""

WITHOUT_ADDRESS: Final = ("bigquery.googleapis.com",)
"""Services whose answer tells neither address nor id (recorded)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A service agent, which allow policies may name `serviceAccount:{email}`."""

    email: str
    number: str
    service: str
    unique_id: str


AGENTS: Final = Table("serviceusage.agents", Agent, key="email")


def generate(call: Call) -> Json:
    """GenerateServiceIdentity."""
    project = projects.find(call.state, call.vars["project"])
    service = call.vars["service"]
    if project is None:
        raise project_not_found(call.vars["project"])
    if service not in TITLES:
        raise errors.services_not_found([service])
    response: Json = {"@type": TYPE}
    if service not in WITHOUT_ADDRESS:
        email = address(project.number, service)
        agent = call.state[AGENTS].get(email) or Agent(
            email=email, number=project.number, service=service, unique_id=call.state.digits(21)
        )
        call.state[AGENTS].put(agent)
        response |= {"email": agent.email, "uniqueId": agent.unique_id}
    return {"name": DONE, "done": True, "response": response}


def address(number: str, service: str) -> str:
    """The address of a service's agent in a project."""
    name = service.partition(".")[0]
    return f"service-{number}@{DOMAINS.get(name, f'gcp-sa-{name}')}.iam.gserviceaccount.com"
