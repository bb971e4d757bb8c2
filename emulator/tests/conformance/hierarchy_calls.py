"""Calls of folders, organizations and policies of billing accounts, one for each served method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud.billing_v1 import CloudBillingClient
from google.cloud.resourcemanager_v3 import Folder, FoldersClient, OrganizationsClient, ProjectsClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

CRM, BILLING = "google.cloud.resourcemanager.v3", "google.cloud.billing.v1.CloudBilling"


def _folder(clients: Any, sandbox: Running) -> str:
    folder = Folder(display_name="Team", parent=sandbox["organization"])
    name: str = clients.of(FoldersClient).create_folder(folder=folder).result(timeout=20).name
    return name


def _moved(clients: Any, sandbox: Running) -> Any:
    folder = Folder(display_name="Other", parent=sandbox["organization"])
    other = clients.of(FoldersClient).create_folder(folder=folder).result(timeout=20).name
    return clients.of(FoldersClient).move_folder(name=_folder(clients, sandbox), destination_parent=other)


CALLS: dict[str, Callable[[Any, Running], Any]] = {
    f"{CRM}.Projects/MoveProject": lambda c, s: c.of(ProjectsClient).move_project(
        name="projects/sandbox-empty", destination_parent=_folder(c, s)
    ),
    f"{CRM}.Folders/GetFolder": lambda c, s: c.of(FoldersClient).get_folder(name=_folder(c, s)),
    f"{CRM}.Folders/ListFolders": lambda c, s: (
        _folder(c, s) and list(c.of(FoldersClient).list_folders(parent=s["organization"]))
    ),
    f"{CRM}.Folders/SearchFolders": lambda c, s: (
        _folder(c, s) and list(c.of(FoldersClient).search_folders(query="displayName=Te*"))
    ),
    f"{CRM}.Folders/CreateFolder": lambda c, s: c.of(FoldersClient).create_folder(
        folder=Folder(display_name="Team", parent=s["organization"])
    ),
    f"{CRM}.Folders/UpdateFolder": lambda c, s: c.of(FoldersClient).update_folder(
        folder=Folder(name=_folder(c, s), display_name="Renamed"), update_mask={"paths": ["display_name"]}
    ),
    f"{CRM}.Folders/MoveFolder": _moved,
    f"{CRM}.Folders/DeleteFolder": lambda c, s: c.of(FoldersClient).delete_folder(name=_folder(c, s)),
    f"{CRM}.Folders/UndeleteFolder": lambda c, s: c.of(FoldersClient).undelete_folder(name=_folder(c, s)),
    f"{CRM}.Folders/GetIamPolicy": lambda c, s: c.of(FoldersClient).get_iam_policy(resource=_folder(c, s)),
    f"{CRM}.Folders/SetIamPolicy": lambda c, s: c.of(FoldersClient).set_iam_policy(
        request={"resource": _folder(c, s), "policy": {"bindings": []}}
    ),
    f"{CRM}.Folders/TestIamPermissions": lambda c, s: c.of(FoldersClient).test_iam_permissions(
        resource=_folder(c, s), permissions=["resourcemanager.folders.get"]
    ),
    f"{CRM}.Organizations/GetOrganization": lambda c, s: c.of(OrganizationsClient).get_organization(
        name=s["organization"]
    ),
    f"{CRM}.Organizations/SearchOrganizations": lambda c, _: list(
        c.of(OrganizationsClient).search_organizations(query="domain:sandbox.example.com")
    ),
    f"{CRM}.Organizations/GetIamPolicy": lambda c, s: c.of(OrganizationsClient).get_iam_policy(
        resource=s["organization"]
    ),
    f"{CRM}.Organizations/SetIamPolicy": lambda c, s: c.of(OrganizationsClient).set_iam_policy(
        request={"resource": s["organization"], "policy": {"bindings": []}}
    ),
    f"{CRM}.Organizations/TestIamPermissions": lambda c, s: c.of(OrganizationsClient).test_iam_permissions(
        resource=s["organization"], permissions=["resourcemanager.organizations.get"]
    ),
    f"{BILLING}/GetIamPolicy": lambda c, s: c.of(CloudBillingClient).get_iam_policy(resource=s["billing_account"]),
    f"{BILLING}/SetIamPolicy": lambda c, s: c.of(CloudBillingClient).set_iam_policy(
        request={"resource": s["billing_account"], "policy": {"bindings": []}}
    ),
}
