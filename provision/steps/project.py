"""See that the project exists and is active; create it, or take its deletion back, when asked.

Google gives the same answer, 403, for a project that does not exist and for one the caller may not see. Without
`--create-project` that is a failure that names both; with it the plan says "create", and creating tells which it was:
an id belongs to one project in all of Google Cloud, forever. A project whose deletion was asked for is restored only
with `--undelete-project`: someone wanted it gone.

Permissions: `resourcemanager.projects.get` on the project; to create it, `resourcemanager.projects.create` on the
organization or folder; to restore it, `resourcemanager.projects.undelete`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from provision.checks import NEWER, CheckSpec, permissions_of
from provision.clients import Clients, ask
from provision.errors import ApiError, ErrorStatus, NoAnswer
from provision.plan import Change, Check, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.google.resource_manager import Project

REQUIRES: Final = ("credentials",)
ACTIVE: Final = CheckSpec(
    id="project.active",
    passes_when="The project exists, can be seen and is ACTIVE.",
    evidence={
        "project_number": "id",
        "state": "public",
        "parent": "id",
        "display_name": "person",
        "labels": "person",
    },
    diagnoses=("PROJECT_NOT_VISIBLE", "PROJECT_DELETE_REQUESTED"),
    permissions=(RequiredPermission(permission="resourcemanager.projects.get"),),
)
PARENT: Final = CheckSpec(
    id="project.parent",
    passes_when="It is where the configuration says; evaluated only where that names a parent.",
    weight="advisory",
    evidence={"actual_parent": "id"},
    diagnoses=("WRONG_PARENT",),
    permissions=(RequiredPermission(permission="resourcemanager.projects.get"),),
)
CHECKS: Final = (ACTIVE, PARENT)
PERMISSIONS: Final[tuple[RequiredPermission, ...]] = (
    *permissions_of(CHECKS),
    RequiredPermission(
        permission="resourcemanager.projects.create",
        level="parent",
        purpose="write",
        when=("create_project",),
        actions=("create",),
    ),
    RequiredPermission(
        permission="resourcemanager.projects.undelete",
        purpose="write",
        when=("undelete_project",),
        actions=("restore",),
    ),
    RequiredPermission(permission="resourcemanager.projects.get", purpose="delete", when=("create_project",)),
    RequiredPermission(permission="resourcemanager.projects.delete", purpose="delete", when=("create_project",)),
)
_SAYS_SO: Final = r"permission|not found|denied|does not exist"
CREATE_DEADLINE_S: Final = 300.0
# Until a project is created, even its creator is told what anyone is told about an id that is taken.
OTHERS_CREATE_S: Final = 20.0
OTHERS_CREATE_PAUSE_S: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The project, or what Google answered instead."""

    project: Project | NoAnswer


UNOBSERVED: Final = Observed(
    project=ErrorStatus(
        service="cloudresourcemanager.googleapis.com",
        method="GetProject",
        code=403,
        status="PERMISSION_DENIED",
    )
)


def _not_visible(error: ErrorStatus) -> bool:
    if error.status not in {"PERMISSION_DENIED", "NOT_FOUND"}:
        return False
    # Without a reason, the words tell: of a 403 for billing or for an API that is off, too.
    says_so = not error.message or re.search(_SAYS_SO, error.message, re.IGNORECASE) is not None
    return error.reason == "IAM_PERMISSION_DENIED" or (not error.reason and says_so)


def observe(config: Config, clients: Clients) -> Observed:
    """Get the project."""
    return Observed(project=ask(lambda: clients.resource_manager.get_project(config.project_id)))


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether it is there, visible and ACTIVE."""
    project = observed.project
    if isinstance(project, NoAnswer):
        if isinstance(project, ErrorStatus) and _not_visible(project):
            yield ACTIVE.failed(f"{config.project_id} does not exist, or you may not see it", "PROJECT_NOT_VISIBLE")
        else:
            yield ACTIVE.unknown(f"{config.project_id} could not be seen", project)
        return
    evidence: dict[str, Any] = {
        "project_number": project.project_number,
        "state": project.state,
        "parent": project.parent,
        "display_name": project.display_name,
        "labels": project.labels,
    }
    if project.state == "ACTIVE":
        yield ACTIVE.passed(f"{config.project_id} (number {project.project_number}) is ACTIVE", **evidence)
    elif project.state == "DELETE_REQUESTED":
        yield ACTIVE.failed(f"{config.project_id} is {project.state}", "PROJECT_DELETE_REQUESTED", **evidence)
    else:
        yield ACTIVE.unknown(
            f"{config.project_id} is in the state {project.state or '(none told)'}, which is not known here",
            NEWER,
            **evidence,
        )
    if config.parent:
        actual = project.parent or "no organization"
        summary = f"it is in {actual}"
        if project.parent == config.parent:
            yield PARENT.passed(summary, actual_parent=actual)
        else:
            yield PARENT.warned(f"{summary}, not in {config.parent}", "WRONG_PARENT", actual_parent=actual)


def plan(config: Config, observed: Observed) -> Iterator[Change]:
    """Create it if that is asked for and it is not to be seen; take its deletion back only if that is asked for."""
    if not isinstance(observed.project, NoAnswer):
        if observed.project.state == "DELETE_REQUESTED" and config.undelete_project:
            yield Change(
                step="project",
                action="restore",
                resource=f"projects/{config.project_id}",
                before="DELETE_REQUESTED",
                after="ACTIVE",
                why="you asked to take its deletion back; its billing link is gone for good",
            )
        return
    seen = isinstance(observed.project, ErrorStatus) and _not_visible(observed.project)
    if seen and config.create_project:
        yield Change(
            step="project",
            action="create",
            resource=f"projects/{config.project_id}",
            after={
                "parent": config.parent,
                "display_name": config.display_name or config.project_id,
                "labels": cast("dict[str, Any]", config.labels),
            },
            why="it is not to be seen: create it, or learn that its id is taken",
        )


def apply(config: Config, change: Change, clients: Clients) -> str:
    """Create the project and wait for its operation; a project that an interrupted run created is taken as it is.

    Raises:
        ApiError: Google refused, at once or in the operation's result.
    """
    project_id = change.resource.removeprefix("projects/")
    if change.action == "restore":
        clients.progress(f"restoring {change.resource}")
        clients.resource_manager.undelete_project(project_id, deadline_s=CREATE_DEADLINE_S)
        return "services can take hours until they all answer again"
    wanted = cast("dict[str, Any]", change.after)
    clients.progress(f"creating {change.resource}")
    try:
        clients.resource_manager.create_project(project_id, **wanted, deadline_s=CREATE_DEADLINE_S)
    except ApiError as error:
        if error.status.status != "ALREADY_EXISTS" or not _comes_to_light(config, project_id, clients):
            raise
        return "it was there already, and is visible to you"
    return ""


def _comes_to_light(config: Config, project_id: str, clients: Clients) -> bool:
    """Whether a project whose id is taken is ours to see, and ACTIVE: another apply may be creating it right now."""
    for left in reversed(range(int(min(OTHERS_CREATE_S, config.usable_timeout_s) / OTHERS_CREATE_PAUSE_S) + 1)):
        found = ask(lambda: clients.resource_manager.get_project(project_id))
        if not isinstance(found, NoAnswer):
            return found.state == "ACTIVE"
        if not left or not (isinstance(found, ErrorStatus) and _not_visible(found)):
            break
        clients.progress(f"the id {project_id} is taken: looking whether someone is creating it at this moment")
        clients.wait(OTHERS_CREATE_PAUSE_S, f"someone else to have created {project_id}")
    return False
