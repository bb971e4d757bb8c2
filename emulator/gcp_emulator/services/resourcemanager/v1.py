"""Resource Manager v1: what gcloud and the Terraform provider still call.

https://cloud.google.com/resource-manager/reference/rest/v1/projects
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gcp_emulator import filters, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome
from gcp_emulator.services.resourcemanager import liens, state, v3
from gcp_emulator.services.resourcemanager.hierarchy import above

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.store import State

TYPE = "type.googleapis.com/google.cloudresourcemanager.v1."


def render(project: Project) -> Json:
    """Return a v1 Project: no etag, no update time, `parent` in two parts (recorded)."""
    answer: Json = {
        "projectNumber": project.number,
        "projectId": project.id,
        "lifecycleState": project.state,
        "name": project.display_name,
    }
    if project.labels:
        answer["labels"] = project.labels
    answer["createTime"] = timestamp(project.created)
    if project.parent:
        kind, _, number = project.parent.partition("/")
        answer["parent"] = {"type": kind.removesuffix("s"), "id": number}
    return answer


def get(call: Call) -> Json:
    """`projects.get`."""
    return render(state.fetch(call, "resourcemanager.projects.get"))


def list_all(call: Call) -> Json:
    """`projects.list`: everything the caller sees that fits the filter, which gcloud does not apply again."""
    test = filters.parse(call.text("filter"))
    found = sorted((each for each in state.listed(call) if test(state.field_values(each))), key=_name)
    shown, token = paging.page(call, found, _name, default=500, most=500)
    answer: Json = {"projects": [render(project) for project in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _name(project: Project) -> str:
    return project.id


def create(call: Call) -> Json:
    """`projects.create`: answers no more than the operation's name (recorded)."""
    args = v3.create_args(
        call,
        project_id=call.request.get("projectId", ""),
        display_name=call.request.get("name") or call.request.get("projectId", ""),
        parent=_parent(call.message("parent")),
        labels=call.request.get("labels", {}),
    )
    operation = operations.start(
        call,
        name=f"operations/cp.{call.state.digits(19)}",
        effect="resourcemanager.v1.create",
        args=args,
        seconds=v3.SECONDS,
        claim=f"projects/{args['project_id']}",
    )
    return {"name": operation.name}


def _parent(parent: Json) -> str:
    return f"{parent.get('type', '')}s/{parent.get('id', '')}" if parent else ""


@operations.effect("resourcemanager.v1.create")
def _created(store: State, args: Json, when: float) -> Outcome:
    project = state.insert(store, when=when, **args)
    return Outcome(
        response={"@type": TYPE + "Project", **render(project)},
        metadata={"@type": TYPE + "ProjectCreationStatus", "gettable": True, "ready": True},
    )


def update(call: Call) -> Json:
    """`projects.update`: PUT of the whole project, answered at once; another parent moves it."""
    project = state.fetch(call, "resourcemanager.projects.update")
    name, labels = call.text("name") or project.display_name, call.message("labels")
    state.check_display_name(name)
    state.check_labels(labels)
    parent = _parent(call.message("parent")) or project.parent
    if parent != project.parent:
        state.check_move(call, project, parent)
    return render(state.change(call.state, project, call.clock.now(), display_name=name, labels=labels, parent=parent))


def delete(call: Call) -> Json:
    """`projects.delete`: done at once, answered `{}` (recorded)."""
    project = state.fetch(call, "resourcemanager.projects.delete")
    state.require_active(project)
    liens.require_none(call.state, project)
    state.delete(call.state, project, call.clock.now())
    return {}


def undelete(call: Call) -> Json:
    """`projects.undelete`: done at once, answered `{}`."""
    project = state.fetch(call, "resourcemanager.projects.undelete")
    state.require_deleted(project)
    state.change(call.state, project, call.clock.now(), state="ACTIVE", deleted=None)
    return {}


def get_ancestry(call: Call) -> Json:
    """`projects.getAncestry`: from the project upward."""
    project = state.fetch(call, "resourcemanager.projects.get")
    ancestors: list[Any] = [{"resourceId": {"type": "project", "id": project.id}}]
    for name in above(call.state, project.parent):
        kind, _, number = name.partition("/")
        ancestors.append({"resourceId": {"type": kind.removesuffix("s"), "id": number}})
    return {"ancestor": ancestors}
