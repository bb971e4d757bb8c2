"""The agent that BigQuery encrypts as: https://cloud.google.com/bigquery/docs/customer-managed-encryption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage import agents

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

SERVICE: Final = "bigquery.googleapis.com"


def get_service_account(call: Call) -> Json:
    """`projects.getServiceAccount`: makes it, where it was never asked for."""
    project = projects.find(call.state, call.vars["project"])
    assert project is not None  # noqa: S101 - the way of every call has found it
    agents.create(call.state, project.number, SERVICE)
    email = f"bq-{project.number}@bigquery-encryption.iam.gserviceaccount.com"
    return {"kind": "bigquery#getServiceAccountResponse", "email": email}
