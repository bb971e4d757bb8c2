"""Shared VPC: projects that are hosts, and the projects that use their networks.

https://docs.cloud.google.com/vpc/docs/provisioning-shared-vpc; discovery document of compute v1. Sentences are
assumed. Turning a host off while projects use it is refused, says that page. Networks of hosts are not served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome, effect
from gcp_emulator.services.compute import lro
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host project and the numbers of those that use it."""

    number: str
    users: list[str]


HOSTS: Final = Table("compute.xpn_hosts", Host, key="number")


def get_project(call: Call) -> Json:
    """`projects.get`: of quotas and metadata nothing is told."""
    return _shown(call.state, _project(call, "compute.projects.get"))


def enable_host(call: Call) -> Json:
    """`projects.enableXpnHost`: only in an organization."""
    project = _administered(call, "compute.organizations.enableXpnHost")
    host = call.state[HOSTS].get(project.number)  # asked for again, it keeps those that use it
    return _start(call, project, "EnableXpnHost", {"host": project.number, "users": host.users if host else []})


def disable_host(call: Call) -> Json:
    """`projects.disableXpnHost`: refused while projects use it."""
    project = _administered(call, "compute.organizations.disableXpnHost")
    host = call.state[HOSTS].get(project.number)
    if host is not None and host.users:
        raise errors.invalid_argument(f"Cannot disable project {project.id} as a shared VPC host: it has resources.")
    return _start(call, project, "DisableXpnHost", {"host": project.number, "users": None})


def enable_resource(call: Call) -> Json:
    """`projects.enableXpnResource`: a project uses one host."""
    project = _administered(call, "compute.organizations.enableXpnResource")
    host, user = _host(call, project), _user(call)
    other = host_of(call.state, user.number)
    if other is not None and other != host:
        raise errors.invalid_argument(f"The project {user.id} is already associated with another shared VPC host.")
    return _start(call, project, "EnableXpnResource", {"host": host.number, "users": [*host.users, user.number]})


def disable_resource(call: Call) -> Json:
    """`projects.disableXpnResource`."""
    project = _administered(call, "compute.organizations.disableXpnResource")
    host, user = _host(call, project), _user(call)
    left = [each for each in host.users if each != user.number]
    return _start(call, project, "DisableXpnResource", {"host": host.number, "users": left})


def get_host(call: Call) -> Json:
    """`projects.getXpnHost`: empty where a project uses none."""
    project = _project(call, "compute.projects.get")
    host = host_of(call.state, project.number)
    found = projects.find(call.state, host.number) if host else None
    return _shown(call.state, found) if found else {}


def get_resources(call: Call) -> Json:
    """`projects.getXpnResources`."""
    project = _project(call, "compute.projects.get")
    host = call.state[HOSTS].get(project.number)
    users = [projects.find(call.state, each) for each in (host.users if host else [])]
    shown = [{"id": each.id, "type": "PROJECT"} for each in users if each]
    return {"kind": "compute#projectsGetXpnResources", **({"resources": shown} if shown else {})}


def host_of(state: State, number: str) -> Host | None:
    """Return the host that a project uses."""
    return next((each for each in state[HOSTS] if number in each.users), None)


@effect("compute.xpn")
def _changed(state: State, args: Json, when: float) -> Outcome:  # noqa: ARG001 - all effects are called alike
    if args["users"] is None:
        state[HOSTS].remove(args["host"])
    else:
        state[HOSTS].put(Host(number=args["host"], users=list(dict.fromkeys(args["users"]))))
    return Outcome(response={})


def _start(call: Call, project: Project, kind: str, args: Json) -> Json:
    within = f"projects/{project.id}/global"
    return lro.start(
        call, "compute.xpn", args, kind=kind, within=within, target=f"projects/{project.id}", target_id=project.number
    )


def _project(call: Call, permission: str) -> Project:
    project = projects.find(call.state, call.vars["project"])
    denied = _denied(permission, call.vars["project"])
    if project is None:
        raise denied
    call.require(permission, f"projects/{project.number}", denied)
    return project


def _administered(call: Call, permission: str) -> Project:
    """The project, if the caller may administer Shared VPC above it: a project's own policy does not count."""
    project = projects.find(call.state, call.vars["project"])
    denied = _denied(permission, call.vars["project"])
    if project is None:
        raise denied
    if not project.parent:
        raise errors.invalid_argument(f"The project {project.id} is in no organization; shared VPC needs one.")
    call.require(permission, project.parent, denied)
    return project


def _denied(permission: str, project: str) -> errors.ApiError:
    return errors.ApiError("PERMISSION_DENIED", f"Required '{permission}' permission for 'projects/{project}'")


def _host(call: Call, project: Project) -> Host:
    host = call.state[HOSTS].get(project.number)
    if host is None:
        raise errors.invalid_argument(f"The project {project.id} is not a shared VPC host project.")
    return host


def _user(call: Call) -> Project:
    given = call.message("xpnResource")
    found = projects.find(call.state, str(given.get("id", "")))
    if given.get("type") != "PROJECT" or found is None:
        raise errors.not_found(f"The resource 'projects/{given.get('id', '')}' was not found")
    return found


def _shown(state: State, project: Project) -> Json:
    shown: Json = {
        "kind": "compute#project",
        "id": project.number,
        "creationTimestamp": timestamp(project.created),
        "name": project.id,
        "selfLink": f"{lro.SITE}projects/{project.id}",
        "defaultServiceAccount": f"{project.number}-compute@developer.gserviceaccount.com",
    }
    return shown | ({"xpnProjectStatus": "HOST"} if project.number in state[HOSTS] else {})
