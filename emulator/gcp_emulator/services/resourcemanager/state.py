"""Projects: the rules of Resource Manager, whichever version of it is asked.

A project that is unknown and one that is hidden are the same answer, 403 (recorded). An id is taken forever
, also by a project that is being created or has been deleted.
https://github.com/googleapis/googleapis/blob/master/google/cloud/resourcemanager/v3/projects.proto
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, iam
from gcp_emulator.services.resourcemanager import owner_policy
from gcp_emulator.services.resourcemanager.hierarchy import (
    ORGANIZATIONS,
    RESTORABLE,
    Organization,
    denied,
    etag_of,
    find_parent,
    require_parent,
)
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.call import Call, Json
    from gcp_emulator.errors import ApiError
    from gcp_emulator.seed_data import SeedData

DOMAIN: Final = "sandbox.example.com"
PROJECT_ID: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
DISPLAY_NAME: Final = re.compile(r"[A-Za-z0-9 '\"!-]{4,30}")
LABEL_KEY: Final = re.compile(r"[a-z]([a-z0-9_-]{0,62})")
LABEL_VALUE: Final = re.compile(r"[a-z0-9_-]{0,63}")
FORBIDDEN_WORDS: Final = ("google", "ssl", "null", "undefined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project. `state` is ACTIVE or DELETE_REQUESTED; times are sandbox seconds."""

    id: str
    number: str
    display_name: str
    parent: str
    state: str
    created: float
    updated: float
    revision: int
    labels: dict[str, str] = field(default_factory=dict)
    deleted: float | None = None

    @property
    def etag(self) -> str:
        """Eight bytes in base64, as recorded."""
        return etag_of(self.revision)


PROJECTS: Final = Table("resourcemanager.projects", Project, key="id", indexes=("number",))

AfterDeletion = Callable[[State, Project], None]
WHEN_DELETED: Final[list[AfterDeletion]] = []


def when_deleted(remove: AfterDeletion) -> AfterDeletion:
    """Declare what another API loses for good when a project is marked for deletion."""
    WHEN_DELETED.append(remove)
    return remove


def seed(state: State, seed_data: SeedData) -> None:
    """Put the organization and the three projects of a fresh state.

    A new organization lets everyone of its domain create projects and billing accounts:
    https://cloud.google.com/resource-manager/docs/default-access-control
    """
    organization = Organization(name=seed_data.organization, display_name=DOMAIN, created=state.clock.now())
    state[ORGANIZATIONS].put(organization)
    iam.grant(
        state, seed_data.organization, "roles/resourcemanager.organizationAdmin", [f"serviceAccount:{seed_data.email}"]
    )
    for role in ("roles/billing.creator", "roles/resourcemanager.projectCreator"):
        iam.grant(state, seed_data.organization, role, [f"domain:{DOMAIN}"])
    for project_id, number, display_name in (
        (seed_data.host, seed_data.host_number, "Sandbox host"),
        (seed_data.ready, seed_data.ready_number, "Ready project"),
        (seed_data.empty, seed_data.empty_number, "Empty project"),
    ):
        insert(
            state,
            project_id=project_id,
            number=number,
            display_name=display_name,
            parent=seed_data.organization,
            labels={},
            creator=f"serviceAccount:{seed_data.email}",
            when=state.clock.now(),
        )


def insert(
    state: State,
    *,
    project_id: str,
    number: str,
    display_name: str,
    parent: str,
    labels: dict[str, str],
    creator: str,
    when: float,
) -> Project:
    """Put a new project, of which its creator is the owner."""
    project = Project(
        id=project_id,
        number=number,
        display_name=display_name,
        parent=parent,
        state="ACTIVE",
        created=when,
        updated=when,
        revision=int.from_bytes(state.draw()[:8], "big") >> 1,
        labels=labels,
    )
    state[PROJECTS].put(project)
    iam.grant(state, f"projects/{number}", "roles/owner", [creator])
    return project


@iam.node("projects")
def _place(state: State, reference: str) -> tuple[str, str] | None:
    """Say where a project is, also one that awaits deletion."""
    project = find(state, reference)
    return None if project is None else (policy_resource(project), project.parent)


def find(state: State, reference: str) -> Project | None:
    """Return a project by id or number, also one that awaits deletion."""
    rows = state[PROJECTS]
    project = rows.find("number", reference) if reference.isdigit() else rows.get(reference)
    if project is None or _is_gone(state, project):
        return None
    return project


def _is_gone(state: State, project: Project) -> bool:
    """Tell whether a project was deleted so long ago that only its id remains taken."""
    return project.deleted is not None and state.clock.now() > project.deleted + RESTORABLE


def visible(call: Call, project: Project) -> bool:
    """Tell whether the caller may know that a project exists."""
    return call.may("resourcemanager.projects.get", f"projects/{project.number}")


def fetch(call: Call, permission: str) -> Project:
    """Return the project named in the path, if the caller may do this to it."""
    project = find(call.state, call.vars["project"])
    name = f"projects/{project.id if project else call.vars['project']}"
    refused = denied(call, permission, name)
    if project is None:
        raise refused
    call.require(permission, name, refused)
    return project


def listed(call: Call) -> Iterable[Project]:
    """Return all projects that the caller may see."""
    return [each for each in call.state[PROJECTS] if not _is_gone(call.state, each) and visible(call, each)]


def check_new(call: Call, project_id: str, display_name: str, parent: str, labels: Any) -> None:
    """Refuse a project that cannot be created.

    An id that is taken is ALREADY_EXISTS, whoever has it:
    https://github.com/hashicorp/terraform-provider-google/issues/10267
    """
    if not PROJECT_ID.fullmatch(project_id):
        raise invalid_field(
            "project_id",
            "project IDs must be between 6 and 30 characters and consist of lowercase letters, digits, and "
            "hyphens, starting with a letter and not ending with a hyphen",
        )
    if any(word in project_id for word in FORBIDDEN_WORDS):
        raise invalid_field("project_id", "the project ID contains a forbidden word")
    check_display_name(display_name)
    check_labels(labels)
    _check_parent(call, parent)
    if project_id in call.state[PROJECTS] or f"projects/{project_id}" in call.state.claims:
        raise errors.already_exists()


def home(call: Call, parent: str) -> str:
    """Return where a new project goes: a user's, who names no parent, to the organization of his domain.

    https://cloud.google.com/resource-manager/docs/creating-managing-organization
    """
    if parent or not call.caller.member.startswith("user:"):
        return parent
    domain = call.caller.member.rpartition("@")[2].lower()
    return next((each.name for each in call.state[ORGANIZATIONS] if each.display_name == domain), "")


def _check_parent(call: Call, parent: str) -> None:
    """Refuse a parent in which the caller may not create; only people need none.

    Service accounts: https://github.com/googleapis/nodejs-resource-manager/issues/95, which is a 403
    (https://github.com/googleapis/google-cloud-python/issues/7815). The sandbox's owner may do without.
    """
    if parent:
        if not re.fullmatch(r"(organizations|folders)/\d+", parent):
            raise invalid_field("parent", "the parent must be organizations/<number> or folders/<number>")
        require_parent(call, "resourcemanager.projects.create", parent)
    elif not call.caller.owner and not call.caller.member.startswith("user:"):
        raise errors.ApiError("PERMISSION_DENIED", "Service accounts cannot create projects without a parent.")


def check_move(call: Call, project: Project, parent: str) -> None:
    """Refuse a move unless the caller may move the project, out of its parent, and into the new one.

    https://cloud.google.com/resource-manager/docs/project-migration; comments of MoveProject in projects.proto
    """
    if not re.fullmatch(r"(organizations|folders)/\d+", parent):
        raise invalid_field("destination_parent", "it must be organizations/<number> or folders/<number>")
    name, move = f"projects/{project.id}", "resourcemanager.projects.move"
    call.require(move, name, denied(call, move, name))
    if find_parent(call.state, project.parent):
        call.require(move, project.parent, denied(call, move, project.parent))
    else:
        owner = "resourcemanager.projects.setIamPolicy"
        call.require(owner, name, denied(call, owner, name))
    require_parent(call, "resourcemanager.projects.move", parent)


def check_display_name(name: Any) -> None:
    """Refuse a display name that is not 4 to 30 letters, digits, quotes, hyphens, spaces and `!`."""
    if not isinstance(name, str) or not DISPLAY_NAME.fullmatch(name):
        raise invalid_field("display_name", "the display name must be 4 to 30 characters long and valid")


def check_labels(labels: Any) -> None:
    """Refuse labels that break the rules: at most 64, lower case, keys not empty."""
    if not isinstance(labels, dict) or len(labels) > 64:
        raise invalid_field("labels", "at most 64 labels are allowed")
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key) or not isinstance(value, str) or not LABEL_VALUE.fullmatch(value):
            raise invalid_field("labels", f"the label {key!r} is not valid")


def invalid_field(name: str, issue: str) -> ApiError:
    """Refuse a field's value, as Resource Manager words it.

    https://github.com/hashicorp/terraform-provider-google/issues/4178
    """
    return errors.invalid_argument(f"field [{name}] has issue [{issue}]", errors.bad_request((name, issue)))


def change(call_state: State, project: Project, when: float, **fields: Any) -> Project:
    """Put a changed project, with a new etag."""
    changed = replace(project, updated=when, revision=project.revision + 1, **fields)
    call_state[PROJECTS].put(changed)
    return changed


def delete(state: State, project: Project, when: float) -> Project:
    """Mark a project for deletion, with what does not come back when it is restored.

    https://cloud.google.com/resource-manager/docs/delete-restore-projects
    """
    for remove in WHEN_DELETED:
        remove(state, project)
    return change(state, project, when, state="DELETE_REQUESTED", deleted=when)


def require_active(project: Project) -> None:
    """Refuse to delete what is deleted."""
    if project.state != "ACTIVE":
        raise errors.failed_precondition("Cannot delete an inactive project.")


def require_deleted(project: Project) -> None:
    """Refuse to restore what is not deleted."""
    if project.state != "DELETE_REQUESTED":
        raise errors.failed_precondition("The project is not in the DELETE_REQUESTED state.")


def field_values(project: Project) -> Any:
    """Return a lookup of the fields that a filter may name, in both versions' words."""
    kind, _, number = project.parent.partition("/")

    def values(name: str) -> list[str]:
        if name == "":
            return [project.id, project.display_name, project.number]
        if name.startswith("labels."):
            key = name.removeprefix("labels.")
            return [project.labels[key]] if key in project.labels else []
        return {
            "id": [project.id],
            "projectid": [project.id],
            "projectnumber": [project.number],
            "name": [project.display_name],
            "displayname": [project.display_name],
            "state": [project.state],
            "lifecyclestate": [project.state],
            "parent": [project.parent],
            "parent.type": [kind.removesuffix("s")],
            "parent.id": [number],
            "labels": [*project.labels, *project.labels.values()],
        }.get(name, [])

    return values


def policy_resource(project: Project) -> str:
    """Return the name under which a project's policy is kept."""
    return f"projects/{project.number}"


def get_iam_policy(call: Call) -> Json:
    """`getIamPolicy`, the same in v1 and v3."""
    project = fetch(call, "resourcemanager.projects.getIamPolicy")
    return iam.get_policy(call, policy_resource(project))


def set_iam_policy(call: Call) -> Json:
    """`setIamPolicy`, the same in v1 and v3."""
    project = fetch(call, "resourcemanager.projects.setIamPolicy")
    return iam.set_policy(
        call, policy_resource(project), functools.partial(owner_policy.check, call.state, project.parent)
    )


def test_iam_permissions(call: Call) -> Json:
    """`testIamPermissions`, the same in v1 and v3; it needs no permission."""
    return iam.test_permissions(call, f"projects/{call.vars['project']}")
