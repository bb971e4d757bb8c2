"""The default network of a project and its firewall rules: found, and deleted through an operation.

No one can add a network or a rule here. Shapes: discovery document of
compute v1; rules: https://docs.cloud.google.com/firewall/docs/firewalls#more_rules_default_vpc; sentences of errors as
public reports show them (`The resource '…' was not found`, `Required '…' permission for '…'`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome
from gcp_emulator.services.compute import lro
from gcp_emulator.services.compute.lro import SITE
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.errors import ApiError
    from gcp_emulator.services.resourcemanager.state import Project

SERVICE: Final = "compute.googleapis.com"

RULES: Final[dict[str, tuple[str, list[str], list[Json]]]] = {
    "default-allow-icmp": ("Allow ICMP from anywhere", ["0.0.0.0/0"], [{"IPProtocol": "icmp"}]),
    "default-allow-internal": (
        "Allow internal traffic on the default network",
        ["10.128.0.0/9"],
        [
            {"IPProtocol": "tcp", "ports": ["0-65535"]},
            {"IPProtocol": "udp", "ports": ["0-65535"]},
            {"IPProtocol": "icmp"},
        ],
    ),
    "default-allow-rdp": ("Allow RDP from anywhere", ["0.0.0.0/0"], [{"IPProtocol": "tcp", "ports": ["3389"]}]),
    "default-allow-ssh": ("Allow SSH from anywhere", ["0.0.0.0/0"], [{"IPProtocol": "tcp", "ports": ["22"]}]),
}
"""The firewall rules of a default network: description, sources, what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A network or a firewall rule.

    Args:
        name: `{project number}/global/{networks or firewalls}/{name}`.
        id: as Google numbers it.
        created: sandbox time.
    """

    name: str
    id: str
    created: float


RESOURCES: Final = Table("compute.resources", Resource, key="name")


def insert_default_network(state: State, number: str, when: float) -> None:
    """Make the network `default` and its rules."""
    for path in ("networks/default", *(f"firewalls/{rule}" for rule in RULES)):
        state[RESOURCES].put(Resource(name=f"{number}/global/{path}", id=state.digits(19), created=when))


def get_network(call: Call) -> Json:
    """`networks.get`."""
    return _network(*_fetch(call, "networks", "get"))


def list_networks(call: Call) -> Json:
    """`networks.list`."""
    project = _project(call, "compute.networks.list", "global/networks")
    return _listed(call, project, "networks", [_network(project, each) for each in _of(call, project, "networks")])


def delete_network(call: Call) -> Json:
    """`networks.delete`: refused while it has firewall rules."""
    project, found = _fetch(call, "networks", "delete")
    rules = _of(call, project, "firewalls")
    if rules:
        raise in_use(_path(project, found), _path(project, rules[0]))
    return _start(call, project, found)


def get_firewall(call: Call) -> Json:
    """`firewalls.get`."""
    return _firewall(*_fetch(call, "firewalls", "get"))


def list_firewalls(call: Call) -> Json:
    """`firewalls.list`; a filter may name the network."""
    project = _project(call, "compute.firewalls.list", "global/firewalls")
    shown = [_firewall(project, each) for each in _of(call, project, "firewalls")]
    if wanted := call.text("filter"):
        match = FILTER.fullmatch(wanted)
        if match is None:
            raise errors.invalid_argument(f"Invalid value for field 'filter': '{wanted[:200]}'. Invalid list filter.")
        shown = [each for each in shown if each["network"].endswith(match[1].rpartition("/projects/")[2])]
    return _listed(call, project, "firewalls", shown)


FILTER: Final = re.compile(r"""\(?\s*network\s*(?:=|eq)\s*"?([^\s"()]+)"?\s*\)?""")


def delete_firewall(call: Call) -> Json:
    """`firewalls.delete`."""
    return _start(call, *_fetch(call, "firewalls", "delete"))


def get_operation(call: Call) -> Json:
    """`globalOperations.get`."""
    project = _project(call, "compute.globalOperations.get", f"global/operations/{call.vars['operation']}")
    return lro.find(call, f"projects/{project.id}/global")


def wait_operation(call: Call) -> Json:
    """`globalOperations.wait`: answers at once, which it may ("might not be done", says the document)."""
    return get_operation(call)


def not_found(path: str) -> ApiError:
    """404, in Compute Engine's words."""
    return errors.not_found(f"The resource '{path}' was not found")


def in_use(path: str, user: str) -> ApiError:
    """400 resourceInUseByAnotherResource, as people report it of networks."""
    return errors.invalid_argument(f"The network resource '{path}' is already being used by '{user}'")


def _project(call: Call, permission: str, path: str) -> Project:
    project = projects.find(call.state, call.vars["project"])
    denied = errors.ApiError(
        "PERMISSION_DENIED", f"Required '{permission}' permission for 'projects/{call.vars['project']}/{path}'"
    )
    if project is None:
        raise denied
    call.require(permission, f"projects/{project.id}/{path}", denied)
    return project


def _fetch(call: Call, kind: str, verb: str) -> tuple[Project, Resource]:
    path = f"global/{kind}/{call.vars[kind.removesuffix('s')]}"
    project = _project(call, f"compute.{kind}.{verb}", path)
    found = call.state[RESOURCES].get(f"{project.number}/{path}")
    if found is None:
        raise not_found(f"projects/{project.id}/{path}")
    return project, found


def _of(call: Call, project: Project, kind: str) -> list[Resource]:
    prefix = f"{project.number}/global/{kind}/"
    return [each for each in call.state[RESOURCES] if each.name.startswith(prefix)]


def _listed(call: Call, project: Project, kind: str, items: list[Json]) -> Json:
    call.request.setdefault("pageSize", call.request.get("maxResults", 0))
    shown, token = paging.page(call, items, lambda item: str(item["name"]), default=500, most=500)
    answer: Json = {
        "kind": f"compute#{kind.removesuffix('s')}List",
        "id": f"projects/{project.id}/global/{kind}",
        "selfLink": f"{SITE}projects/{project.id}/global/{kind}",
    }
    return answer | ({"items": list(shown)} if shown else {}) | ({"nextPageToken": token} if token else {})


def _path(project: Project, found: Resource) -> str:
    return f"projects/{project.id}/{found.name.partition('/')[2]}"


def _shared(project: Project, found: Resource, kind: str, description: str) -> Json:
    return {
        "kind": f"compute#{kind}",
        "id": found.id,
        "creationTimestamp": timestamp(found.created),
        "name": found.name.rpartition("/")[2],
        "description": description,
        "selfLink": SITE + _path(project, found),
    }


def _network(project: Project, found: Resource) -> Json:
    """Return a Network; its subnetworks, one in each region, are not served and not listed."""
    return {
        **_shared(project, found, "network", "Default network for the project"),
        "autoCreateSubnetworks": True,
        "routingConfig": {"routingMode": "REGIONAL"},
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    }


def _firewall(project: Project, found: Resource) -> Json:
    description, sources, allowed = RULES[found.name.rpartition("/")[2]]
    return {
        **_shared(project, found, "firewall", description),
        "network": f"{SITE}projects/{project.id}/global/networks/default",
        "priority": 65534,
        "sourceRanges": sources,
        "allowed": allowed,
        "direction": "INGRESS",
        "logConfig": {"enable": False},
        "disabled": False,
    }


def _start(call: Call, project: Project, found: Resource) -> Json:
    """Start the operation that deletes a resource."""
    return lro.start(
        call,
        "compute.delete",
        {"name": found.name},
        kind="delete",
        within=f"projects/{project.id}/global",
        target=_path(project, found),
        target_id=found.id,
    )


@operations.effect("compute.delete")
def _deleted(state: State, args: Json, when: float) -> Outcome:  # noqa: ARG001 - all effects are called alike
    state[RESOURCES].remove(args["name"])
    return Outcome(response={})
