"""What stands before every method: whose API must be on, is it usable there, has the project billing?

The *consumer* of a call is the project in `x-goog-user-project`, else the project of the calling service
account; a person without a quota project is charged to his client's own (recorded: Google's SDK), where most APIs
of the sandbox are on: see `NOT_ON_AT_THE_SDK`. For Vertex AI it is always the project in the path.
https://cloud.google.com/docs/quotas/quota-project
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, uses
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.orgpolicy import physics
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage import state as serviceusage

if TYPE_CHECKING:
    from gcp_emulator.call import Call
    from gcp_emulator.requestlog import Entry
    from gcp_emulator.services.resourcemanager.state import Project

BOOTSTRAP: Final = frozenset(
    {
        "google.api.serviceusage.v1.ServiceUsage/EnableService",
        "google.api.serviceusage.v1.ServiceUsage/BatchEnableServices",
    }
)
"""A new project can enable its first API through itself, though Service Usage is not yet on there.

https://github.com/dora-team/fourkeys/issues/320
"""

NOT_ON_AT_THE_SDK: Final = frozenset(
    {
        "billingbudgets.googleapis.com",  # https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/issues/3360
        "cloudquotas.googleapis.com",  # https://docs.cloud.google.com/docs/quotas/troubleshoot
        "orgpolicy.googleapis.com",  # https://github.com/golang/oauth2/issues/702
    }
)
"""APIs that people have been refused for want of a quota project.

Others of the sandbox's are used without one every day (Terraform with a person's credentials), and are on.
"""

PREDICT: Final = "aiplatform.endpoints.predict"
"""Who may do this and no more, by a custom role, must not see the project to ask a model in it."""


def identify(call: Call, entry: Entry) -> None:
    """Write into the log whose call this is: the project in the path, and the consumer."""
    in_path = call.vars.get("project", "")
    if in_path:
        project = projects.find(call.world, in_path)
        entry.project = project.id if project else in_path
    entry.consumer = _consumer_name(call, entry.project)


def _consumer_name(call: Call, in_path: str) -> str:
    if call.method.consumer == "none":
        return ""
    if call.method.consumer == "path":
        return in_path
    return call.headers.get("x-goog-user-project") or call.caller.project


def check(call: Call) -> None:
    """Refuse a call whose API is off or forbidden for its consumer, or whose project has no billing; note it as a use.

    Raises:
        Refused: CONSUMER_INVALID, USER_PROJECT_DENIED, SERVICE_DISABLED, BILLING_DISABLED or
            RESOURCE_USAGE_RESTRICTION_VIOLATED.
    """
    if call.method.consumer == "none":
        return
    service = call.method.service
    consumer, named = _path_consumer(call) if call.method.consumer == "path" else _caller_consumer(call)
    if consumer is None:
        if call.caller.member.startswith("user:") and service in NOT_ON_AT_THE_SDK:
            raise errors.quota_project_missing(service, serviceusage.title(service))
        return  # nobody to charge; the method itself refuses what it cannot show
    if consumer.state != "ACTIVE":
        raise errors.project_deleted(service, consumer.number)
    if not serviceusage.usable(call.world, consumer.number, service, call.number) and not _bootstraps(call, consumer):
        title = serviceusage.title(service)
        raise errors.service_disabled(service, title, consumer.id if named else consumer.number)
    if call.method.billed and not billing.enabled(call.world, consumer):
        raise errors.billing_disabled(service, consumer.number)
    if call.method.consumer == "path":  # an API that makes resources: the control APIs cannot be restricted
        physics.check(call, "gcp.restrictServiceUsage", f"projects/{consumer.number}", service)
    uses.note(call.world, consumer.number, service, call.clock.now())


def _path_consumer(call: Call) -> tuple[Project | None, bool]:
    asked = call.vars.get("project", "")
    project = projects.find(call.world, asked)
    if project is None or not (projects.visible(call, project) or call.may(PREDICT, f"projects/{project.number}")):
        raise errors.consumer_invalid(call.method.service, asked)
    return project, False


def _caller_consumer(call: Call) -> tuple[Project | None, bool]:
    named = call.headers.get("x-goog-user-project", "")
    if named:
        project = projects.find(call.world, named)
        denied = errors.user_project_denied(call.method.service, named)
        if project is None:
            raise denied
        call.require("serviceusage.services.use", f"projects/{project.id}", denied)
        return project, True
    return projects.find(call.world, call.caller.project) if call.caller.project else None, False


def _bootstraps(call: Call, consumer: Project) -> bool:
    return call.method.name in BOOTSTRAP and projects.find(call.world, call.vars["project"]) == consumer
