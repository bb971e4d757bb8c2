"""Folders, in v3 and in v2, which gcloud still speaks.

A folder that is unknown and one that is hidden are the same answer, 403 with the permission by name
(https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/issues/2194). What makes a change an operation,
and which constraints hold, is in the comments of
https://github.com/googleapis/googleapis/blob/master/google/cloud/resourcemanager/v3/folders.proto
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, filters, iam, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome
from gcp_emulator.services.resourcemanager import state
from gcp_emulator.services.resourcemanager.hierarchy import (
    FOLDERS,
    SERVICE,
    Folder,
    above,
    find_folder,
    require_parent,
    violation,
)

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State

DISPLAY_NAME: Final = re.compile(r"[^\W_](?:[\w \-]{0,28}[^\W_])?")
HIGHEST: Final = 10
MOST_CHILDREN: Final = 300
SECONDS: Final = 1.0
V2, V3 = "google.cloud.resourcemanager.v2.", "google.cloud.resourcemanager.v3."


def version(call: Call) -> str:
    """Return the package of the version that was asked, as the type of its messages begins."""
    return V3 if call.method.name.startswith(V3) else V2


def render(folder: Folder, version: str = V3) -> Json:
    """Return a Folder; v2 calls its state `lifecycleState` and knows neither etag nor times of later changes."""
    answer: Json = {"name": folder.name, "parent": folder.parent, "displayName": folder.display_name}
    answer["state" if version == V3 else "lifecycleState"] = folder.state
    answer["createTime"] = timestamp(folder.created)
    if version == V3:
        answer["updateTime"] = timestamp(folder.updated)
        if folder.deleted is not None:
            answer["deleteTime"] = timestamp(folder.deleted)
        answer["etag"] = folder.etag
    return answer


def fetch(call: Call, permission: str) -> Folder:
    """Return the folder named in the path, if the caller may do this to it."""
    name = f"folders/{call.vars['folder']}"
    folder = find_folder(call.state, name)
    if folder is None:
        raise errors.permission_denied(permission, name, SERVICE)
    call.require(permission, name)
    return folder


def get(call: Call) -> Json:
    """GetFolder."""
    return render(fetch(call, "resourcemanager.folders.get"), version(call))


def list_children(call: Call) -> Json:
    """ListFolders: direct children of a parent, by display name, without deleted ones unless asked.

    Its error: https://github.com/terraform-google-modules/terraform-example-foundation/issues/778
    """
    parent = call.text("parent")
    if not parent:
        raise state.invalid_field("parent", "the parent is required")
    require_parent(call, "resourcemanager.folders.list", parent)
    deleted = call.flag("showDeleted")
    found = [each for each in _visible(call) if each.parent == parent and (deleted or each.state == "ACTIVE")]
    return _page(call, found)


def search(call: Call) -> Json:
    """SearchFolders: those the caller may get that fit the query."""
    test = filters.parse(call.text("query"))
    return _page(call, [each for each in _visible(call) if test(_values(each))])


def _visible(call: Call) -> list[Folder]:
    return [
        each
        for each in call.state[FOLDERS]
        if find_folder(call.state, each.name) and call.may("resourcemanager.folders.get", each.name)
    ]


def _values(folder: Folder) -> Any:
    values = {
        "": [folder.display_name],
        "displayname": [folder.display_name],
        "parent": [folder.parent],
        "state": [folder.state],
        "lifecyclestate": [folder.state],
    }
    return lambda name: values.get(name, [])


def _page(call: Call, found: list[Folder]) -> Json:
    shown, token = paging.page(call, sorted(found, key=_order), _order, default=100, most=300)
    answer: Json = {"folders": [render(each, version(call)) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _order(folder: Folder) -> str:
    return f"{folder.display_name}\n{folder.name}"


def create(call: Call) -> Json:
    """CreateFolder: an operation, at whose end the folder is there and its creator administers it."""
    given = call.message("folder")
    name, parent = given.get("displayName", ""), given.get("parent", "") or call.text("parent")
    _check_name(name)
    if not isinstance(parent, str) or not re.fullmatch(r"(organizations|folders)/\d+", parent):
        raise state.invalid_field("parent", "the parent must be organizations/<number> or folders/<number>")
    require_parent(call, "resourcemanager.folders.create", parent)
    _check_place(call.state, "", name, parent, 1)
    if f"{parent}/{name}" in call.state.claims:
        raise _taken(name, parent)
    operation = operations.start(
        call,
        name=f"operations/cf.{call.state.digits(19)}",
        effect="resourcemanager.folders.create",
        args={
            "name": f"folders/{call.state.digits(12)}",
            "display_name": name,
            "parent": parent,
            "creator": call.caller.member,
            "version": version(call),
        },
        seconds=SECONDS,
        metadata={"@type": f"type.googleapis.com/{V3}CreateFolderMetadata", "displayName": name, "parent": parent},
        claim=f"{parent}/{name}",
    )
    return operations.render(operation)


@operations.effect("resourcemanager.folders.create")
def _created(state: State, args: Json, when: float) -> Outcome:
    folder = insert(state, name=args["name"], display_name=args["display_name"], parent=args["parent"], when=when)
    for role in ("roles/resourcemanager.folderAdmin", "roles/resourcemanager.folderEditor"):  # assumed: no page says so
        iam.grant(state, folder.name, role, [args["creator"]])
    return _outcome(folder, args["version"])


def insert(state: State, *, name: str, display_name: str, parent: str, when: float) -> Folder:
    """Put a new folder, without a policy."""
    folder = Folder(
        name=name,
        display_name=display_name,
        parent=parent,
        state="ACTIVE",
        created=when,
        updated=when,
        revision=int.from_bytes(state.draw()[:8], "big") >> 1,
    )
    state[FOLDERS].put(folder)
    return folder


def update(call: Call) -> Json:
    """UpdateFolder: the display name and nothing else; an operation in v3, the folder itself in v2."""
    folder = fetch(call, "resourcemanager.folders.update")
    given = call.message("folder")
    mask = [part.strip() for part in call.text("updateMask").split(",") if part.strip()]
    other = [part for part in mask if part not in {"displayName", "display_name"}]
    if other:
        raise state.invalid_field("update_mask", f"{other[0]} cannot be updated")
    _check_name(given.get("displayName", ""))
    if given.get("etag") and given["etag"] != folder.etag:
        raise errors.ApiError("ABORTED", "The etag does not match the current etag of the folder.")
    fields = {"display_name": given["displayName"]}
    _check_place(call.state, folder.name, fields["display_name"], folder.parent, _height(call.state, folder.name))
    return _changed(call, folder, "uf", "UpdateFolderMetadata", fields)


def move(call: Call) -> Json:
    """MoveFolder: under another parent, where the constraints hold."""
    folder = fetch(call, "resourcemanager.folders.move")
    target = call.text("destinationParent")
    if not re.fullmatch(r"(organizations|folders)/\d+", target):
        raise state.invalid_field("destination_parent", "it must be organizations/<number> or folders/<number>")
    call.require("resourcemanager.folders.move", folder.parent)
    require_parent(call, "resourcemanager.folders.move", target)
    if folder.name in above(call.state, target):
        raise violation("CYCLE_INTRODUCED_VIOLATION", folder.name, "The move would introduce a cycle.")
    _check_place(call.state, folder.name, folder.display_name, target, _height(call.state, folder.name))
    metadata = {"displayName": folder.display_name, "sourceParent": folder.parent, "destinationParent": target}
    return _start(call, folder, "mf", "MoveFolderMetadata", {"parent": target}, metadata)


def delete(call: Call) -> Json:
    """DeleteFolder: an empty folder goes to DELETE_REQUESTED at once; one that is there already stays."""
    folder = fetch(call, "resourcemanager.folders.delete")
    if folder.state == "ACTIVE":
        if _occupied(call.state, folder):
            raise violation(
                "FOLDER_TO_DELETE_NON_EMPTY_VIOLATION", folder.name, "The folder holds active folders or projects."
            )
        folder = _put(call.state, folder, call.clock.now(), state="DELETE_REQUESTED", deleted=call.clock.now())
    return _at_once(call, folder, "df", "DeleteFolderMetadata")


def _occupied(store: State, folder: Folder) -> bool:
    inside = any(each.parent == folder.name and each.state == "ACTIVE" for each in store[FOLDERS])
    return inside or any(each.parent == folder.name and each.state == "ACTIVE" for each in store[state.PROJECTS])


def undelete(call: Call) -> Json:
    """UndeleteFolder: ACTIVE again, if its parent is and its name is still free; an active one stays."""
    folder = fetch(call, "resourcemanager.folders.undelete")
    if folder.state != "ACTIVE":
        parent = find_folder(call.state, folder.parent)
        if parent is not None and parent.state != "ACTIVE":
            raise violation("PARENT_DELETED_VIOLATION", folder.parent, "The parent is marked for deletion.")
        _check_place(call.state, folder.name, folder.display_name, folder.parent, _height(call.state, folder.name))
        folder = _put(call.state, folder, call.clock.now(), state="ACTIVE", deleted=None)
    return _at_once(call, folder, "rf", "UndeleteFolderMetadata")


def _put(state: State, folder: Folder, when: float, /, **fields: Any) -> Folder:
    changed = replace(folder, updated=when, revision=folder.revision + 1, **fields)
    state[FOLDERS].put(changed)
    return changed


def _at_once(call: Call, folder: Folder, prefix: str, metadata: str) -> Json:
    """Answer a change that is done: v2 with the folder, v3 with an operation (recorded for delete)."""
    if version(call) == V2:
        return render(folder, V2)
    outcome = _outcome(folder, V3)
    name = f"operations/{prefix}.{call.state.digits(19)}"
    typed = replace(outcome, metadata={"@type": f"type.googleapis.com/{V3}{metadata}"})
    return operations.render(operations.finished(call, name=name, outcome=typed))


def _changed(call: Call, folder: Folder, prefix: str, metadata: str, fields: Json) -> Json:
    if version(call) == V2:
        return render(_put(call.state, folder, call.clock.now(), **fields), V2)
    return _start(call, folder, prefix, metadata, fields, {})


def _start(call: Call, folder: Folder, prefix: str, kind: str, fields: Json, metadata: Json) -> Json:
    operation = operations.start(
        call,
        name=f"operations/{prefix}.{call.state.digits(19)}",
        effect="resourcemanager.folders.change",
        args={"name": folder.name, "fields": fields, "version": version(call)},
        seconds=SECONDS,
        metadata={"@type": f"type.googleapis.com/{V3}{kind}", **metadata},
    )
    return operations.render(operation)


@operations.effect("resourcemanager.folders.change")
def _change(state: State, args: Json, when: float) -> Outcome:
    folder = find_folder(state, args["name"])
    if folder is None:
        raise errors.not_found()
    changed = replace(folder, **args["fields"])
    if folder.name in above(state, changed.parent):
        raise violation("CYCLE_INTRODUCED_VIOLATION", folder.name, "The move would introduce a cycle.")
    _check_place(state, folder.name, changed.display_name, changed.parent, _height(state, folder.name))
    return _outcome(_put(state, folder, when, **args["fields"]), args["version"])


def _outcome(folder: Folder, version: str) -> Outcome:
    return Outcome(response={"@type": f"type.googleapis.com/{version}Folder", **render(folder, version)})


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or not DISPLAY_NAME.fullmatch(name):
        raise state.invalid_field(
            "display_name",
            "the display name must start and end with a letter or digit, may contain letters, digits, spaces, "
            "hyphens and underscores and can be no longer than 30 characters",
        )


def _check_place(state: State, name: str, display_name: str, parent: str, height: int) -> None:
    """Refuse a place that breaks the naming, the height or the fanout constraint."""
    siblings = [
        each for each in state[FOLDERS] if each.parent == parent and each.name != name and each.state == "ACTIVE"
    ]
    if any(each.display_name == display_name for each in siblings):
        raise _taken(display_name, parent)
    if len(siblings) >= MOST_CHILDREN:
        raise violation("MAX_CHILD_FOLDERS_VIOLATION", parent, "The parent has as many folders as it may have.")
    depth = sum(each.startswith("folders/") for each in above(state, parent))
    if depth + height > HIGHEST:
        raise violation("ACTIVE_FOLDER_HEIGHT_VIOLATION", parent, "The folder hierarchy would be higher than 10.")


def _taken(display_name: str, parent: str) -> errors.ApiError:
    return violation(
        "FOLDER_NAME_UNIQUENESS_VIOLATION", parent, f"A folder named {display_name} is already under {parent}."
    )


def _height(state: State, name: str) -> int:
    """Return how many folders stand one below the other, this one included."""
    level, height = {name}, 0
    while level:
        height += 1
        level = {each.name for each in state[FOLDERS] if each.parent in level and each.state == "ACTIVE"}
    return height


def get_iam_policy(call: Call) -> Json:
    """`getIamPolicy`."""
    return iam.get_policy(call, fetch(call, "resourcemanager.folders.getIamPolicy").name)


def set_iam_policy(call: Call) -> Json:
    """`setIamPolicy`."""
    return iam.set_policy(call, fetch(call, "resourcemanager.folders.setIamPolicy").name)


def test_iam_permissions(call: Call) -> Json:
    """`testIamPermissions`: it needs no permission; what does not exist gives none."""
    return iam.test_permissions(call, f"folders/{call.vars['folder']}")
