"""Cloud Resource Manager v3: projects.

https://cloud.google.com/resource-manager/reference/rest/v3/projects
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provision.google.operations import wait_rest
from provision.google.pagination import stream_pages
from provision.google.responses import fits, listed, mapped, reading, text
from provision.partial_import import partial_import_google
from provision.plan import Mutation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.google.transport import Transport

SERVICE: Final = "cloudresourcemanager.googleapis.com"
CHILDREN_ASKED: Final = 1000
"""Children asked for on a page; no limit is documented, and the server gives as many as it likes."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project as Resource Manager shows it.

    Attributes:
        state: ACTIVE, DELETE_REQUESTED, or a word that Google has made since.
        created: ISO 8601.
    """

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
        name = f"projects/{project_id}"
        answer = self._transport.ask(
            SERVICE,
            "GetProject",
            self._client.get_project,
            request={"name": name},
            resource=name,
            fields=("name", "projectId"),
            may_be_empty=False,
        )
        with reading(SERVICE, "GetProject"):
            project = _project(answer)
            if project_id.isdigit():
                fits("project", project.project_number, project_id)
            else:
                fits("project", project.project_id, project_id)
                self._transport.same_project(project_id, project.project_number)
            return project

    def search_projects(self, at_most: int = 20) -> tuple[str, ...]:
        """Return the ids of active projects that the caller may see, by name; asks one page.

        https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/search
        """
        answer = self._transport.ask(
            SERVICE,
            "SearchProjects",
            self._client.search_projects,
            request={"query": "state:ACTIVE", "page_size": at_most},
            resource="projects",
            fields=("projects",),
        )
        with reading(SERVICE, "SearchProjects"):
            return tuple(
                sorted(text(each, "projectId") for each in listed(answer, "projects") if each.get("projectId"))
            )

    def projects_in(self, parent: str) -> Iterator[Project]:
        """Yield the projects directly in an organization or folder, those being deleted as well.

        Strongly consistent, unlike any search; needs ``resourcemanager.projects.list`` on the parent.
        https://docs.cloud.google.com/resource-manager/reference/rest/v3/projects/list
        """
        for page in self._children("ListProjects", "projects", parent, {"showDeleted": "true"}):
            with reading(SERVICE, "ListProjects"):
                found = [_project(each) for each in page]
                for project in found:
                    fits("parent", project.parent, parent)
            yield from found

    def folders_in(self, parent: str) -> Iterator[tuple[str, str]]:
        """Yield name (``folders/NUMBER``) and display name of the folders directly in an organization or folder.

        Needs ``resourcemanager.folders.list`` on the parent.
        https://docs.cloud.google.com/resource-manager/reference/rest/v3/folders/list
        """
        for page in self._children("ListFolders", "folders", parent, {}):
            with reading(SERVICE, "ListFolders"):
                found = [(text(each, "name"), text(each, "displayName")) for each in page]
            yield from found

    def _children(self, method: str, kind: str, parent: str, query: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
        asked = {"parent": parent, "pageSize": str(CHILDREN_ASKED), **query}
        return stream_pages(self._transport, SERVICE, method, f"/v3/{kind}", kind, query=asked)

    def create_project(
        self, project_id: str, *, parent: str, display_name: str, labels: dict[str, str], deadline_s: float
    ) -> None:
        """Create the project and wait until its operation is done.

        Needs ``resourcemanager.projects.create`` on the parent. An id is taken forever, by anyone: the error
        is then ``ALREADY_EXISTS``.
        """
        # Repeated only when it was certainly not carried out; else the second try would be told "already exists".
        project = {"project_id": project_id, "parent": parent, "display_name": display_name, "labels": labels}
        started = self._transport.ask(
            SERVICE,
            "CreateProject",
            self._client.create_project,
            request={"project": project},
            resource=f"projects/{project_id}",
            mutation=Mutation(
                service=SERVICE,
                method="CreateProject",
                resource=f"projects/{project_id}",
                does={"parent": parent, "display_name": display_name, "labels": dict(labels)},
            ),
            transient=frozenset({"RESOURCE_EXHAUSTED", "UNAVAILABLE"}),
            patience=6,
        )
        wait_rest(self._transport, SERVICE, started, deadline_s=deadline_s, version="v3")

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


def _project(answer: dict[str, Any]) -> Project:
    labels = mapped(answer, "labels")
    return Project(
        project_id=text(answer, "projectId"),
        project_number=text(answer, "name").removeprefix("projects/"),
        state=text(answer, "state"),
        parent=text(answer, "parent"),
        display_name=text(answer, "displayName"),
        labels={name: text(labels, name) for name in labels},
        created=text(answer, "createTime"),
    )
