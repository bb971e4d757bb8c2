"""The assets: organizations, folders, projects and what is in them, of the types that the emulator holds.

Names carry a project's id in some types and its number in others. Types and what each holds:
https://cloud.google.com/asset-inventory/docs/asset-types. That what Google searches is minutes to days old is not
imitated: what is found is what is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import iam
from gcp_emulator.clock import timestamp
from gcp_emulator.identity import ACCOUNTS
from gcp_emulator.services.aiplatform.state import ENDPOINTS
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.iam import accounts
from gcp_emulator.services.orgpolicy.effective import POLICIES as ORG_POLICIES
from gcp_emulator.services.resourcemanager import folders, organizations, v1
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resourcemanager.hierarchy import FOLDERS, ORGANIZATIONS
from gcp_emulator.services.serviceusage.state import ENABLEMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.call import Json
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.store import State

CRM: Final = "cloudresourcemanager.googleapis.com"
ORGANIZATION, FOLDER, PROJECT = (f"{CRM}/{kind}" for kind in ("Organization", "Folder", "Project"))
BILLING: Final = "cloudbilling.googleapis.com/ProjectBillingInfo"
SERVICE: Final = "serviceusage.googleapis.com/Service"
ACCOUNT: Final = "iam.googleapis.com/ServiceAccount"
POLICY: Final = "orgpolicy.googleapis.com/Policy"
ENDPOINT: Final = "aiplatform.googleapis.com/Endpoint"
TYPES: Final = (ORGANIZATION, FOLDER, PROJECT, BILLING, SERVICE, ACCOUNT, POLICY, ENDPOINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One asset.

    Args:
        type: `{service}/{kind}`.
        name: its full name.
        places: of itself or what it is in, as policies name them, the innermost first.
        policy: under which name its allow policy is kept; empty where it has none of its own.
        parent: the full name of what it is in, and the type of that.
        shown: further fields of a search result.
        data: the resource, as its own API writes it.
        version: of that API.
    """

    type: str
    name: str
    places: tuple[str, ...]
    policy: str = ""
    parent: tuple[str, str] = ("", "")
    shown: Json = field(default_factory=dict)
    data: Json = field(default_factory=dict)
    version: str = "v1"

    def whereabouts(self) -> Json:
        """Return project, folders and organization, as a search names them."""
        of = {kind: [each for each in self.places if each.startswith(kind)] for kind in ("projects/", "folders/")}
        top = [each for each in self.places if each.startswith("organizations/")]
        return {
            **({"project": of["projects/"][0]} if of["projects/"] else {}),
            **({"folders": of["folders/"]} if of["folders/"] else {}),
            **({"organization": top[0]} if top else {}),
        }


def assets(state: State) -> Iterator[Asset]:
    """Yield every asset."""
    for organization in state[ORGANIZATIONS]:
        yield Asset(
            type=ORGANIZATION,
            name=f"//{CRM}/{organization.name}",
            places=(organization.name,),
            policy=organization.name,
            shown={"displayName": organization.display_name, "state": "ACTIVE", "location": "global"},
            data=organizations.render_v1(organization),
        )
    for folder in state[FOLDERS]:
        yield Asset(
            type=FOLDER,
            name=f"//{CRM}/{folder.name}",
            places=tuple(iam.lineage(state, folder.name)),
            policy=folder.name,
            parent=_named(folder.parent),
            shown={
                "displayName": folder.display_name,
                "state": folder.state,
                "location": "global",
                "createTime": timestamp(folder.created),
            },
            data=folders.render(folder),
            version="v3",
        )
    for project in state[projects.PROJECTS]:
        yield from _of(state, project)
    yield from _below(state)


def _of(state: State, project: Project) -> Iterator[Asset]:
    places = tuple(iam.lineage(state, f"projects/{project.number}"))
    own = (f"//{CRM}/projects/{project.id}", PROJECT)
    yield Asset(
        type=PROJECT,
        name=own[0],
        places=places,
        policy=places[0],
        parent=_named(project.parent),
        shown={
            "displayName": project.display_name,
            "state": project.state,
            "location": "global",
            "createTime": timestamp(project.created),
            "additionalAttributes": {"projectId": project.id},
            **({"labels": project.labels} if project.labels else {}),
        },
        data=v1.render(project),
    )
    info = billing.render_info(state, project)
    yield Asset(
        type=BILLING,
        name=f"//cloudbilling.googleapis.com/projects/{project.id}/billingInfo",
        places=places,
        parent=own,
        shown={"location": "global"},
        data=info,
    )


def _below(state: State) -> Iterator[Asset]:
    """Yield what is in projects, or belongs to any of the three."""
    for row in state[ENABLEMENTS]:
        parent = _project(state, row.number)
        if row.enabled and parent:
            name = f"projects/{row.number}/services/{row.service}"
            yield Asset(
                type=SERVICE,
                name=f"//serviceusage.googleapis.com/{name}",
                places=parent[0],
                parent=parent[1],
                shown={"displayName": row.service, "state": "ENABLED", "location": "global"},
                data={"name": name, "parent": f"projects/{row.number}", "state": "ENABLED"},
            )
    for account in state[ACCOUNTS]:
        parent = _project(state, account.project)
        if parent:
            resource = f"{parent[0][0]}/serviceAccounts/{account.email}"
            yield Asset(
                type=ACCOUNT,
                name=f"//iam.googleapis.com/projects/{account.project}/serviceAccounts/{account.unique_id}",
                places=parent[0],
                policy=resource,
                parent=parent[1],
                shown={
                    "displayName": account.display_name or account.email,
                    "location": "global",
                    "additionalAttributes": {"email": account.email, "uniqueId": account.unique_id},
                },
                data=accounts.render(account),
            )
    for policy in state[ORG_POLICIES]:
        holder = policy.name.partition("/policies/")[0]
        places = tuple(iam.lineage(state, holder))
        if places:
            yield Asset(
                type=POLICY,
                name=f"//orgpolicy.googleapis.com/{policy.name}",
                places=places,
                parent=_named(holder),
                shown={"location": "global"},
                data={"name": policy.name, **policy.policy},
                version="v2",
            )
    for endpoint in state[ENDPOINTS]:
        _, number, _, location, *_ = endpoint.name.split("/")
        parent = _project(state, number)
        if parent:
            data = {name: value for name, value in endpoint.resource.items() if name != "deployedModels"}
            yield Asset(
                type=ENDPOINT,
                name=f"//aiplatform.googleapis.com/{endpoint.name}",
                places=parent[0],
                parent=parent[1],
                shown={
                    "location": location,
                    **{
                        name: data[name]
                        for name in ("displayName", "labels", "createTime", "updateTime")
                        if data.get(name)
                    },
                },
                data=data,
            )


def _project(state: State, asked: str) -> tuple[tuple[str, ...], tuple[str, str]] | None:
    """Return the places of what is in a project, and the project's full name and type."""
    project = projects.find(state, asked)
    if project is None:
        return None
    return tuple(iam.lineage(state, f"projects/{project.number}")), (f"//{CRM}/projects/{project.id}", PROJECT)


def _named(parent: str) -> tuple[str, str]:
    kinds: dict[str, Any] = {"folders": FOLDER, "organizations": ORGANIZATION, "projects": PROJECT}
    return (f"//{CRM}/{parent}", kinds[parent.partition("/")[0]]) if parent else ("", "")
