"""What projects are in: organizations and folders, and who is above whom.

https://cloud.google.com/resource-manager/docs/cloud-platform-resource-hierarchy
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call

SERVICE: Final = "cloudresourcemanager.googleapis.com"
RESTORABLE: Final = 30 * 86400.0  # "within 30 days"


def etag_of(revision: int) -> str:
    """Return an etag: eight bytes in base64, as recorded."""
    return base64.b64encode(revision.to_bytes(8, "big")).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization; `display_name` is its domain, `customer` its id in Workspace or Cloud Identity."""

    name: str
    display_name: str
    customer: str = "C00000000"
    created: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One folder, `folders/123`. `state` is ACTIVE or DELETE_REQUESTED; times are sandbox seconds."""

    name: str
    display_name: str
    parent: str
    state: str
    created: float
    updated: float
    revision: int
    deleted: float | None = None

    @property
    def etag(self) -> str:
        """What guards it against changes that cross."""
        return etag_of(self.revision)


ORGANIZATIONS: Final = Table("resourcemanager.organizations", Organization, key="name")
FOLDERS: Final = Table("resourcemanager.folders", Folder, key="name")


@iam.node("organizations")
def _organization(state: State, identifier: str) -> tuple[str, str] | None:
    name = f"organizations/{identifier}"
    return (name, "") if name in state[ORGANIZATIONS] else None


@iam.node("folders")
def _folder(state: State, identifier: str) -> tuple[str, str] | None:
    folder = find_folder(state, f"folders/{identifier}")
    return None if folder is None else (folder.name, folder.parent)


def find_folder(state: State, name: str) -> Folder | None:
    """Return a folder, also one that awaits deletion."""
    folder = state[FOLDERS].get(name)
    gone = folder is not None and folder.deleted is not None and state.clock.now() > folder.deleted + RESTORABLE
    return None if gone else folder


def find_parent(state: State, name: str) -> Organization | Folder | None:
    """Return the organization or folder of this name."""
    return find_folder(state, name) if name.startswith("folders/") else state[ORGANIZATIONS].get(name)


def above(state: State, parent: str) -> list[str]:
    """Return the names of a parent and of all that is above it."""
    names = []
    while parent:
        names.append(parent)
        folder = find_folder(state, parent)
        parent = folder.parent if folder else ""
    return names


def is_v1(call: Call) -> bool:
    """Tell whether it is a call of version 1."""
    return call.method.name.startswith("cloudresourcemanager.") and not re.match(
        r"cloudresourcemanager\.v\d", call.method.name
    )


def denied(call: Call, permission: str, resource: str) -> errors.ApiError:
    """Refuse what is forbidden, and what does not exist alike: v3 and v2 name permission and resource, v1 does not.

    Nor do other APIs that ask for the permission on a project.

    v1: recorded for projects (`GET /v1/projects/{unknown}`); its sentence about policies:
    https://github.com/fullsend-ai/fullsend/issues/1264. v3:
    https://docs.cloud.google.com/iam/docs/permission-error-messages
    """
    if call.method.service == SERVICE and not is_v1(call):
        return errors.permission_denied(permission, resource, SERVICE)
    if permission == "resourcemanager.projects.setIamPolicy":
        return errors.ApiError("PERMISSION_DENIED", "Policy update access denied.")
    return errors.caller_lacks_permission()


def require_parent(call: Call, permission: str, parent: str) -> None:
    """Refuse unless a parent exists and the caller may do this there: both are one answer.

    Raises:
        Refused: also FAILED_PRECONDITION if it is a folder that awaits deletion.
    """
    found = find_parent(call.state, parent)
    if found is None:
        raise denied(call, permission, parent)
    call.require(permission, parent, denied(call, permission, parent))
    if isinstance(found, Folder) and found.state != "ACTIVE":
        raise violation("PARENT_DELETED_VIOLATION", parent, "The parent is marked for deletion.")


def violation(kind: str, subject: str, text: str) -> errors.ApiError:
    """Refuse what breaks a rule of the hierarchy.

    The kinds are those of `FolderOperationError` in Resource Manager's discovery document; that they are told
    in a PreconditionFailure is what CreateFolder's comment says, the sentences are assumed.
    """
    return errors.failed_precondition(text, errors.precondition(kind, subject, text))
