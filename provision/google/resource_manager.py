"""Cloud Resource Manager v3: projects.

https://cloud.google.com/resource-manager/reference/rest/v3/projects
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provision.google.operations import wait, wait_rest
from provision.partial_import import partial_import_google
from provision.plan import Mutation

if TYPE_CHECKING:
    from provision.google.transport import Transport

SERVICE: Final = "cloudresourcemanager.googleapis.com"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project as Resource Manager shows it; ``state`` is ACTIVE or DELETE_REQUESTED, ``created`` ISO 8601."""

    project_id: str
    project_number: str
    state: str
    parent: str = ""
    display_name: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    created: str = ""


class ResourceManager:
    """Projects. Every method raises `ApiError`; 403 is also the answer for a project that does not exist."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @cached_property
    def _client(self) -> Any:
        partial_import_google("resourcemanager_v3", "projects")
        from google.cloud.resourcemanager_v3.services.projects.client import ProjectsClient

        return self._transport.client(ProjectsClient)

    def get_project(self, project_id: str) -> Project:
        """Return the project; needs ``resourcemanager.projects.get``."""
        answer = self._transport.call(SERVICE, "GetProject", self._client.get_project, name=f"projects/{project_id}")
        return _project(answer)

    def create_project(
        self, project_id: str, *, parent: str, display_name: str, labels: dict[str, str], deadline_s: float
    ) -> None:
        """Create the project and wait until its operation is done.

        Needs ``resourcemanager.projects.create`` on the parent. An id is taken forever, by anyone: the error
        is then ``ALREADY_EXISTS``.
        """
        client = self._client
        from google.cloud.resourcemanager_v3.types import projects

        project = projects.Project(project_id=project_id, parent=parent, display_name=display_name, labels=labels)
        # Repeated only when it was certainly not carried out; else the second try would be told "already exists".
        started = self._transport.call(
            SERVICE,
            "CreateProject",
            client.create_project,
            project=project,
            mutation=Mutation(
                service=SERVICE,
                method="CreateProject",
                resource=f"projects/{project_id}",
                does={"parent": parent, "display_name": display_name, "labels": dict(labels)},
            ),
            transient=frozenset({"RESOURCE_EXHAUSTED", "UNAVAILABLE"}),
            patience=6,
        )
        wait(self._transport, SERVICE, client, started, deadline_s=deadline_s)

    def delete_project(self, project_id: str, *, deadline_s: float) -> None:
        """Ask for its deletion, which can be taken back for 30 days; needs ``resourcemanager.projects.delete``.

        It stops working at once, and its billing link is gone for good.
        """
        name = f"projects/{project_id}"
        started = self._transport.rest(
            SERVICE,
            "DeleteProject",
            f"/v3/{name}",
            verb="DELETE",
            mutation=Mutation(service=SERVICE, method="DeleteProject", resource=name, before="ACTIVE"),
            transient=frozenset({"RESOURCE_EXHAUSTED", "UNAVAILABLE", "ABORTED"}),
            patience=6,
        )
        wait_rest(self._transport, SERVICE, started, deadline_s=deadline_s, version="v3")

    def undelete_project(self, project_id: str, *, deadline_s: float) -> None:
        """Take the deletion back; needs ``resourcemanager.projects.undelete``. Billing stays unlinked."""
        name = f"projects/{project_id}"
        started = self._transport.rest(
            SERVICE,
            "UndeleteProject",
            f"/v3/{name}:undelete",
            body={},
            mutation=Mutation(service=SERVICE, method="UndeleteProject", resource=name, before="DELETE_REQUESTED"),
            transient=frozenset({"RESOURCE_EXHAUSTED", "UNAVAILABLE", "ABORTED"}),
            patience=6,
        )
        wait_rest(self._transport, SERVICE, started, deadline_s=deadline_s, version="v3")


def _project(answer: Any) -> Project:
    return Project(
        project_id=answer.project_id,
        project_number=answer.name.rpartition("/")[2],
        state=answer.state.name,
        parent=answer.parent,
        display_name=answer.display_name,
        labels=dict(answer.labels),
        created=answer.create_time.isoformat() if answer.create_time else "",
    )
