"""Resource Manager v3: projects by number in their names, and every change an operation.

https://cloud.google.com/resource-manager/reference/rest/v3/projects
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, filters, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome
from gcp_emulator.services.resourcemanager import liens, state
from gcp_emulator.services.resourcemanager.hierarchy import require_parent

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.store import State

TYPE: Final = "type.googleapis.com/google.cloud.resourcemanager.v3."
SECONDS: Final = 1.0  # how long a change takes: "usually seconds"


def render(project: Project) -> Json:
    """Return a v3 Project; times, etag and displayName are there from the start (recorded)."""
    answer: Json = {"name": f"projects/{project.number}"}
    if project.parent:
        answer["parent"] = project.parent
    answer |= {
        "projectId": project.id,
        "state": project.state,
        "displayName": project.display_name,
        "createTime": timestamp(project.created),
        "updateTime": timestamp(project.updated),
    }
    if project.deleted is not None:
        answer["deleteTime"] = timestamp(project.deleted)
    answer["etag"] = project.etag
    if project.labels:
        answer["labels"] = project.labels
    return answer


def get(call: Call) -> Json:
    """GetProject: an unknown project is 403."""
    return render(state.fetch(call, "resourcemanager.projects.get"))


def list_children(call: Call) -> Json:
    """ListProjects: direct children of a parent, by display name, without deleted ones unless asked."""
    parent = call.text("parent")
    if not parent:
        raise state.invalid_field("parent", "the parent is required")
    require_parent(call, "resourcemanager.projects.list", parent)
    shown = call.flag("showDeleted")
    found = [each for each in state.listed(call) if each.parent == parent and (shown or each.state == "ACTIVE")]
    return _page(call, sorted(found, key=_by_display_name), _by_display_name)


def search(call: Call) -> Json:
    """SearchProjects: several fields in a query mean any of them."""
    test = filters.parse(call.text("query"), beside_means_or=True)
    found = [each for each in state.listed(call) if test(state.field_values(each))]
    return _page(call, sorted(found, key=_by_id), _by_id)


def _by_display_name(project: Project) -> str:
    return f"{project.display_name}\n{project.id}"


def _by_id(project: Project) -> str:
    return project.id


def _page(call: Call, found: list[Project], name: Any) -> Json:
    shown, token = paging.page(call, found, name, default=100, most=300)
    answer: Json = {}
    if shown:
        answer["projects"] = [render(project) for project in shown]
    if token:
        answer["nextPageToken"] = token
    return answer


def create(call: Call) -> Json:
    """CreateProject: an operation `operations/cp.…`; billing is not linked and no API is enabled by it."""
    project = call.message("project")
    args = create_args(
        call,
        project_id=project.get("projectId", ""),
        display_name=project.get("displayName") or project.get("projectId", ""),
        parent=project.get("parent", ""),
        labels=project.get("labels", {}),
    )
    operation = operations.start(
        call,
        name=f"operations/cp.{call.state.digits(19)}",
        effect="resourcemanager.v3.create",
        args=args,
        seconds=SECONDS,
        metadata={"@type": TYPE + "CreateProjectMetadata", "createTime": timestamp(call.clock.now())},
        claim=f"projects/{args['project_id']}",
    )
    return operations.render(operation)


def create_args(call: Call, *, project_id: Any, display_name: Any, parent: Any, labels: Any) -> Json:
    """Check a new project, and return what its creation needs."""
    if not all(isinstance(each, str) for each in (project_id, display_name, parent)):
        raise errors.invalid_argument()
    parent = state.home(call, parent)
    state.check_new(call, project_id, display_name, parent, labels)
    return {
        "project_id": project_id,
        "number": call.state.digits(12),
        "display_name": display_name,
        "parent": parent,
        "labels": labels,
        "creator": call.caller.member,
    }


@operations.effect("resourcemanager.v3.create")
def _created(store: State, args: Json, when: float) -> Outcome:
    project = state.insert(store, when=when, **args)
    metadata = {
        "@type": TYPE + "CreateProjectMetadata",
        "createTime": timestamp(when),
        "gettable": True,
        "ready": True,
    }
    return Outcome(response=_typed(project), metadata=metadata)


def _typed(project: Project) -> Json:
    return {"@type": TYPE + "Project", **render(project)}


def update(call: Call) -> Json:
    """UpdateProject: display name and labels, as the mask says; nothing else can change."""
    project = state.fetch(call, "resourcemanager.projects.update")
    given = call.message("project")
    mask = [part.strip() for part in call.text("updateMask").split(",") if part.strip()]
    fields: Json = {}
    for part in mask or [name for name in ("displayName", "labels") if name in given]:
        if part in {"displayName", "display_name"}:
            fields["display_name"] = given.get("displayName", "")
            state.check_display_name(fields["display_name"])
        elif part.partition(".")[0] == "labels":
            fields["labels"] = given.get("labels", {})
            state.check_labels(fields["labels"])
        else:
            raise state.invalid_field("update_mask", f"{part} cannot be updated")
    if given.get("etag") and given["etag"] != project.etag:
        raise errors.ApiError("ABORTED", "The etag does not match the current etag of the project.")
    return _start(call, project, "up", "update", "UpdateProjectMetadata", fields)


def delete(call: Call) -> Json:
    """DeleteProject: the project goes to DELETE_REQUESTED."""
    project = state.fetch(call, "resourcemanager.projects.delete")
    state.require_active(project)
    liens.require_none(call.state, project)
    return _start(call, project, "dp", "delete", "DeleteProjectMetadata")


def undelete(call: Call) -> Json:
    """UndeleteProject: ACTIVE again within 30 days, without its billing link."""
    project = state.fetch(call, "resourcemanager.projects.undelete")
    state.require_deleted(project)
    return _start(call, project, "rp", "undelete", "UndeleteProjectMetadata")


def move(call: Call) -> Json:
    """MoveProject: under another folder or organization; its own policy moves with it."""
    project = state.fetch(call, "resourcemanager.projects.move")
    target = call.text("destinationParent")
    state.check_move(call, project, target)
    return _start(call, project, "mp", "update", "MoveProjectMetadata", {"parent": target})


def _start(call: Call, project: Project, prefix: str, effect: str, metadata: str, fields: Json | None = None) -> Json:
    operation = operations.start(
        call,
        name=f"operations/{prefix}.{call.state.digits(19)}",
        effect=f"resourcemanager.v3.{effect}",
        args={"project_id": project.id, "fields": fields or {}},
        seconds=SECONDS,
        metadata={"@type": TYPE + metadata},
    )
    return operations.render(operation)


@operations.effect("resourcemanager.v3.update")
def _updated(store: State, args: Json, when: float) -> Outcome:
    return Outcome(response=_typed(state.change(store, _still(store, args), when, **args["fields"])))


@operations.effect("resourcemanager.v3.delete")
def _deleted(store: State, args: Json, when: float) -> Outcome:
    project = _still(store, args)
    state.require_active(project)
    return Outcome(response=_typed(state.delete(store, project, when)))


@operations.effect("resourcemanager.v3.undelete")
def _undeleted(store: State, args: Json, when: float) -> Outcome:
    project = _still(store, args)
    state.require_deleted(project)
    return Outcome(response=_typed(state.change(store, project, when, state="ACTIVE", deleted=None)))


def _still(store: State, args: Json) -> Project:
    project = state.find(store, args["project_id"])
    if project is None:
        raise errors.not_found()
    return project
