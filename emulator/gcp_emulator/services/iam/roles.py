"""Roles: those of Google, and those that projects and organizations make.

A deleted role can be restored for 7 days; then it is gone, and its id stays taken for 30 more.
https://cloud.google.com/iam/docs/creating-custom-roles
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, iam, paging
from gcp_emulator.errors import ApiError
from gcp_emulator.iam import CUSTOM_ROLES, CustomRole
from gcp_emulator.iam.levels import ABOVE, INSIDE, is_grantable, level_of
from gcp_emulator.iam.roles import is_permission, known_permissions, short
from gcp_emulator.services.iam.common import check_text, denied, mask_of, project_of
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.call import Call, Json
    from gcp_emulator.iam.levels import Level
    from gcp_emulator.iam.roles import PredefinedRole

ID: Final = re.compile(r"[a-zA-Z0-9_.]{3,64}")
STAGES: Final = {"ALPHA": 0, "BETA": 1, "GA": 2, "DEPRECATED": 4, "DISABLED": 5, "EAP": 6}
RESTORABLE: Final = 7 * 86400.0
TAKEN: Final = 37 * 86400.0
MOST_PERMISSIONS: Final = 3000
MASK: Final = {
    name: name.replace("_p", "P")
    for name in ("title", "description", "stage", "included_permissions", "includedPermissions", "etag")
}
ORGANIZATION_ONLY: Final = frozenset(
    {"resourcemanager.projects.list", "resourcemanager.folders.list", "resourcemanager.organizations.get"}
)
"""Permissions that a project's own role cannot hold.

https://cloud.google.com/iam/docs/understanding-custom-roles#access
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """When a custom role was deleted."""

    name: str
    when: float


DELETIONS: Final = Table("iam.role_deletions", Deletion, key="name")


def render(role: CustomRole, *, full: bool = True) -> Json:
    """Return a Role; stage ALPHA is left out, being zero (captured)."""
    answer: Json = {"name": role.name}
    if role.title:
        answer["title"] = role.title
    if role.description:
        answer["description"] = role.description
    if full and role.permissions:
        answer["includedPermissions"] = role.permissions
    if role.stage != "ALPHA":
        answer["stage"] = role.stage
    answer["etag"] = _etag(role)
    return answer | ({"deleted": True} if role.deleted else {})


def render_predefined(name: str, role: PredefinedRole, *, full: bool) -> Json:
    """Return one of Google's roles; its etag is that of every one (https://github.com/iann0036/iam-dataset)."""
    answer: Json = {"name": name, "title": role.title, "description": role.description}
    if full:
        answer["includedPermissions"] = role.permissions
    if role.stage != "ALPHA":
        answer["stage"] = role.stage
    answer["etag"] = "AA=="
    return {key: value for key, value in answer.items() if value}


def get(call: Call) -> Json:
    """GetRole: everyone may get Google's own; a custom one is there while it can be restored."""
    name = call.text("name")
    if not name.startswith("roles/"):
        return render(_fetch(call, "iam.roles.get"))
    role = iam.predefined().get(name)
    if role is None:
        raise not_there(name)
    return render_predefined(name, role, full=True)


def list_roles(call: Call) -> Json:
    """ListRoles: Google's own, or those of `parent`."""
    parent = call.text("parent")
    if parent:
        kind, _, identifier = parent.partition("/")
        call.vars = {**call.vars, kind.removesuffix("s"): identifier}
        if kind not in {"projects", "organizations"} or not identifier:
            raise errors.invalid_argument(f"Invalid parent: {parent[:100]}")
        return _list_custom(call)
    full = _is_full(call)
    names = sorted(iam.predefined())
    return _page(call, names, lambda name: render_predefined(name, iam.predefined()[name], full=full))


RESOURCE: Final = re.compile(
    r"//[a-z]+\.googleapis\.com/((?:projects|folders|organizations|billingAccounts|locations)/[^/]+(?:/.+)?)"
)


def query_grantable(call: Call) -> Json:
    """QueryGrantableRoles: Google's that this kind of resource takes, and the custom ones of its hierarchy."""
    resource, above = _resource(call)
    level = level_of(resource)
    full = _is_full(call)
    custom = {role.name: role for role in call.state[CUSTOM_ROLES] if not role.deleted and _owner(call, role) in above}
    googles = [name for name in iam.predefined() if is_grantable(name, level)]

    def show(name: str) -> Json:
        if name in custom:
            return render(custom[name], full=full)
        return render_predefined(name, iam.predefined()[name], full=full)

    return _page(call, sorted([*custom, *googles]), show)


def query_testable(call: Call) -> Json:
    """QueryTestablePermissions: those that roles of Google's hold and that are about such a resource.

    Which of them custom roles cannot hold is not in what Google publishes in a form that could be read, so none is
    marked so, but for those that a project's own role refuses, which are left out.
    https://cloud.google.com/iam/docs/reference/rest/v1/permissions/queryTestablePermissions
    """
    resource, _ = _resource(call)
    level = level_of(resource)
    names = [each for each in known_permissions() if _is_testable(each, level)]
    shown, token = paging.page(call, sorted(names), str, default=100, most=1000)
    answer: Json = {"permissions": [{"name": name, "stage": "GA"} for name in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _is_testable(permission: str, level: Level) -> bool:
    if level in INSIDE:
        return short(permission).startswith(INSIDE[level])
    if level == "organization":
        return True
    return not short(permission).startswith(ABOVE) and (level == "folder" or permission not in ORGANIZATION_ONLY)


def _resource(call: Call) -> tuple[str, set[str]]:
    """Return the resource that is asked about, and the names of the policies that count for it."""
    full_name = call.text("fullResourceName")
    match = RESOURCE.fullmatch(full_name)
    if not match:
        raise errors.invalid_argument(f"Invalid full resource name: {full_name[:100]}")
    above = set(iam.lineage(call.state, match[1]))
    if not above:
        raise errors.caller_lacks_permission()
    return match[1], above


def _owner(call: Call, role: CustomRole) -> str:
    """Return the name under which the policy of a role's project or organization is kept."""
    parent = role.name.partition("/roles/")[0]
    found = iam.lineage(call.state, parent)
    return found[0] if found else parent


def _page(call: Call, names: list[str], show: Any, *, most: int = 1000) -> Json:
    shown, token = paging.page(call, names, str, default=300, most=most)
    answer: Json = {"roles": [show(name) for name in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _is_full(call: Call) -> bool:
    return call.text("view") in {"FULL", "1"}


def create_custom(call: Call) -> Json:
    """CreateRole."""
    parent = _parent(call, "iam.roles.create")
    role_id = call.text("roleId")
    if not ID.fullmatch(role_id):
        message = f"The role_id {role_id[:100]} must be 3 to 64 letters, digits, underscores and periods."
        raise errors.invalid_argument(message, errors.bad_request(("role_id", message)))
    name = f"{parent}/roles/{role_id}"
    old = call.state[CUSTOM_ROLES].get(name)
    if old is not None and not _is_free(call.state, old):
        if old.deleted:
            message = f"You can't create a role_id ({role_id}) which has been marked for deletion."
            raise errors.failed_precondition(message)
        raise errors.already_exists(f"A role named {role_id} in {parent} already exists.")
    given = call.message("role")
    role = _changed(
        CustomRole(name=name, stage="ALPHA"), given, ["title", "description", "stage", "includedPermissions"]
    )
    if old is not None:
        role = replace(role, revision=old.revision + 1)
    call.state[CUSTOM_ROLES].put(role)
    call.state[DELETIONS].remove(name)
    return render(role)


def _list_custom(call: Call) -> Json:
    """Return the roles of a project or organization."""
    parent = _parent(call, "iam.roles.list")
    deleted, full = call.flag("showDeleted"), _is_full(call)
    found: Iterable[CustomRole] = (each for each in call.state[CUSTOM_ROLES] if each.name.startswith(f"{parent}/"))
    roles = {each.name: each for each in found if not _is_gone(call.state, each) and (deleted or not each.deleted)}
    return _page(call, sorted(roles), lambda name: render(roles[name], full=full))


def patch_custom(call: Call) -> Json:
    """UpdateRole."""
    role = _fetch(call, "iam.roles.update")
    given = call.message("role")
    if role.deleted:
        raise errors.failed_precondition(f"The role named {role.name} has been marked for deletion.")
    _check_etag(role, given.get("etag"))
    named = mask_of(call, MASK)
    fields = named or [name for name in ("title", "description", "stage", "includedPermissions") if name in given]
    changed = replace(_changed(role, given, fields), revision=role.revision + 1)
    call.state[CUSTOM_ROLES].put(changed)
    return render(changed)


def delete_custom(call: Call) -> Json:
    """DeleteRole: soft; what it gave, it gives no more."""
    role = _fetch(call, "iam.roles.delete")
    _check_etag(role, call.text("etag"))
    if not role.deleted:
        role = replace(role, deleted=True, revision=role.revision + 1)
        call.state[CUSTOM_ROLES].put(role)
        call.state[DELETIONS].put(Deletion(name=role.name, when=call.clock.now()))
    return render(role)


def undelete_custom(call: Call) -> Json:
    """UndeleteRole."""
    role = _fetch(call, "iam.roles.undelete")
    _check_etag(role, call.text("etag"))
    if not role.deleted:
        raise errors.failed_precondition(f"The role named {role.name} is not deleted.")
    role = replace(role, deleted=False, revision=role.revision + 1)
    call.state[CUSTOM_ROLES].put(role)
    call.state[DELETIONS].remove(role.name)
    return render(role)


def not_there(name: str) -> ApiError:
    """Refuse a role that no one knows; the sentence, like those of the other errors here, is assumed."""
    return errors.not_found(f"The role named {name[:200]} was not found.")


def _parent(call: Call, permission: str) -> str:
    """Return the project, by id (captured), or the organization that holds the roles."""
    if "project" in call.vars:
        return f"projects/{project_of(call, permission).id}"
    name = f"organizations/{call.vars['organization']}"
    if not iam.lineage(call.state, name):
        raise denied(permission, name)
    call.require(permission, name, denied(permission, name))
    return name


def _fetch(call: Call, permission: str) -> CustomRole:
    name = f"{_parent(call, permission)}/roles/{call.vars['role']}"
    role = call.state[CUSTOM_ROLES].get(name)
    if role is None or _is_gone(call.state, role):
        raise not_there(name)
    return role


def _is_gone(state: State, role: CustomRole) -> bool:
    deletion = state[DELETIONS].get(role.name) if role.deleted else None
    return deletion is not None and state.clock.now() > deletion.when + RESTORABLE


def _is_free(state: State, role: CustomRole) -> bool:
    deletion = state[DELETIONS].get(role.name) if role.deleted else None
    return deletion is not None and state.clock.now() > deletion.when + TAKEN


def _changed(role: CustomRole, given: Json, fields: list[str]) -> CustomRole:
    changes: dict[str, Any] = {}
    if "title" in fields:
        changes["title"] = check_text(given.get("title"), "title", 100)
    if "description" in fields:
        changes["description"] = check_text(given.get("description"), "description", 300)
    if "stage" in fields:
        stage = given.get("stage") or "ALPHA"
        if stage not in STAGES:
            raise errors.invalid_argument(f"Invalid value at 'role.stage', \"{str(stage)[:100]}\"")
        changes["stage"] = stage
    if "includedPermissions" in fields:
        changes["permissions"] = _permissions(role.name, given.get("includedPermissions") or [])
    return replace(role, **changes)


def _permissions(name: str, given: Any) -> list[str]:
    """Return permissions that a role may hold: they exist, and a project can give them to its own role.

    A permission exists if a role of Google's holds it, by data of a known day (`iam.roles.as_of`).
    https://github.com/hashicorp/terraform-provider-google/issues/2453
    """
    if not isinstance(given, list) or len(given) > MOST_PERMISSIONS:
        raise errors.invalid_argument(f"A role holds a list of at most {MOST_PERMISSIONS} permissions.")
    for permission in given:
        wrong = not isinstance(permission, str) or short(permission) not in is_permission()
        if wrong or (name.startswith("projects/") and not _is_testable(permission, "project")):
            raise errors.invalid_argument(f"Permission {str(permission)[:200]} is not valid.")
    return sorted(set(given))


def _etag(role: CustomRole) -> str:
    return base64.b64encode(b"\x07" + role.revision.to_bytes(7, "big")).decode()


def _check_etag(role: CustomRole, given: Any) -> None:
    """Refuse a change of what someone else has changed; the sentence is assumed to be that of policies."""
    if not given:
        return
    try:
        sent = base64.b64decode(str(given).replace("-", "+").replace("_", "/") + "==")
    except (ValueError, binascii.Error):
        sent = b""
    if sent != base64.b64decode(_etag(role)):
        raise ApiError(
            "ABORTED",
            "There were concurrent role changes. Please retry the whole read-modify-write with exponential backoff.",
        )
