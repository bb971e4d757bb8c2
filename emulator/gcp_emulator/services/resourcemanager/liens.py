"""Liens: what keeps a project from being deleted until it is taken away.

Fields, paths and permissions: discovery document of cloudresourcemanager v3, `liens`; the same in v1. Only projects
and only the restriction `resourcemanager.projects.delete` can have one, as
https://cloud.google.com/resource-manager/docs/project-liens says. The words of the errors are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.services.resourcemanager import state
from gcp_emulator.services.resourcemanager.hierarchy import denied
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.store import State

DELETE: Final = "resourcemanager.projects.delete"
LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Lien:
    """One lien."""

    name: str
    number: str
    restrictions: list[str]
    reason: str
    origin: str
    created: float


LIENS: Final = Table("resourcemanager.liens", Lien, key="name")


def render(lien: Lien) -> Json:
    """Return a Lien."""
    answer: Json = {"name": lien.name, "parent": f"projects/{lien.number}", "restrictions": lien.restrictions}
    optional = {"reason": lien.reason, "origin": lien.origin}
    return answer | {key: text for key, text in optional.items() if text} | {"createTime": timestamp(lien.created)}


def _project(call: Call, parent: str, permission: str) -> Project:
    """Return the project a lien is attached to, if the caller may do this there."""
    kind, _, asked = parent.partition("/")
    if kind != "projects" or not asked:
        raise errors.invalid_argument(f"Invalid parent: {parent[:100]}")
    project = state.find(call.state, asked)
    name = f"projects/{project.id if project else asked}"
    if project is None:
        raise denied(call, permission, name)
    call.require(permission, name, denied(call, permission, name))
    return project


def create(call: Call) -> Json:
    """`liens.create`."""
    project = _project(call, call.text("parent"), "resourcemanager.projects.updateLiens")
    restrictions = call.texts("restrictions")
    if restrictions != [DELETE]:
        raise errors.invalid_argument(f"A lien restricts {DELETE}, and nothing else.")
    reason, origin = call.text("reason"), call.text("origin")
    if max(len(reason), len(origin)) > LONGEST:
        raise errors.invalid_argument(f"Reason and origin have at most {LONGEST} characters.")
    lien = Lien(
        name=f"liens/p{project.number}-l{call.state.draw().hex()[:16]}",
        number=project.number,
        restrictions=restrictions,
        reason=reason,
        origin=origin,
        created=call.clock.now(),
    )
    call.state[LIENS].put(lien)
    return render(lien)


def get(call: Call) -> Json:
    """`liens.get`."""
    return render(_held(call, "resourcemanager.projects.get"))


def delete(call: Call) -> Json:
    """`liens.delete`."""
    call.state[LIENS].remove(_held(call, "resourcemanager.projects.updateLiens").name)
    return {}


def list_all(call: Call) -> Json:
    """`liens.list`."""
    project = _project(call, call.text("parent"), "resourcemanager.projects.get")
    found = sorted(of(call.state, project), key=_name)
    shown, token = paging.page(call, found, _name, default=100, most=1000)
    answer: Json = {"liens": [render(lien) for lien in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _name(lien: Lien) -> str:
    return lien.name


def _held(call: Call, permission: str) -> Lien:
    lien = call.state[LIENS].get(call.text("name"))
    if lien is None:
        raise denied(call, permission, call.text("name"))
    _project(call, f"projects/{lien.number}", permission)
    return lien


def of(state: State, project: Project) -> list[Lien]:
    """Return a project's liens."""
    return [lien for lien in state[LIENS] if lien.number == project.number]


def require_none(state: State, project: Project) -> None:
    """Refuse to delete a project that a lien protects.

    That it is FAILED_PRECONDITION:
    https://cloud.google.com/resource-manager/docs/troubleshooting-project-deletion
    """
    if found := of(state, project):
        text = f"A lien to prevent deletion was placed on the project by [{found[0].origin}]. Remove the lien first."
        raise errors.failed_precondition(text, errors.precondition("LIEN", f"projects/{project.number}", text))
