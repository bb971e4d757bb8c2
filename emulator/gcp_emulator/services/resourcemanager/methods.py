"""The methods of Resource Manager: v3 over REST and gRPC, v1 and v2 (gcloud, Terraform) over REST."""

from __future__ import annotations

from typing import Final

from gcp_emulator import operations
from gcp_emulator.api import Api, serve
from gcp_emulator.services.resourcemanager import folders, liens, organizations, state, tags, v1, v3
from gcp_emulator.services.resourcemanager.hierarchy import SERVICE

REFERENCE: Final = "https://cloud.google.com/resource-manager/reference/rest/"

APIS: Final = (
    Api(
        document="cloudresourcemanager.v3",
        service=SERVICE,
        rpc="google.cloud.resourcemanager.v3",
        rest="cloudresourcemanager.v3.",
        reference=f"{REFERENCE}v3/",
        methods={
            "Projects/GetProject": v3.get,
            "Projects/ListProjects": v3.list_children,
            "Projects/SearchProjects": v3.search,
            "Projects/CreateProject": v3.create,
            "Projects/UpdateProject": v3.update,
            "Projects/DeleteProject": v3.delete,
            "Projects/UndeleteProject": v3.undelete,
            "Projects/MoveProject": v3.move,
            "Projects/GetIamPolicy": state.get_iam_policy,
            "Projects/SetIamPolicy": state.set_iam_policy,
            "Projects/TestIamPermissions": state.test_iam_permissions,
            # Operations are told from other APIs' by how their names begin.
            "google.longrunning.Operations/GetOperation": serve(
                operations.get_own,
                http=("GET /v3/{name=operations/{operation=?p.*}}", "GET /v3/{name=operations/{operation}}"),
            ),
            "Folders/GetFolder": folders.get,
            "Folders/ListFolders": folders.list_children,
            "Folders/SearchFolders": folders.search,
            "Folders/CreateFolder": folders.create,
            "Folders/UpdateFolder": folders.update,
            "Folders/MoveFolder": folders.move,
            "Folders/DeleteFolder": folders.delete,
            "Folders/UndeleteFolder": folders.undelete,
            "Folders/GetIamPolicy": folders.get_iam_policy,
            "Folders/SetIamPolicy": folders.set_iam_policy,
            "Folders/TestIamPermissions": folders.test_iam_permissions,
            "Organizations/GetOrganization": organizations.get,
            "Organizations/SearchOrganizations": organizations.search,
            "Organizations/GetIamPolicy": organizations.get_iam_policy,
            "Organizations/SetIamPolicy": organizations.set_iam_policy,
            "Organizations/TestIamPermissions": organizations.test_iam_permissions,
            "liens.create": liens.create,
            "liens.get": liens.get,
            "liens.list": liens.list_all,
            "liens.delete": liens.delete,
            **{
                f"{kind}s/{verb}": handle
                for kind in ("TagKey", "TagValue")
                for verb, handle in (
                    (f"Create{kind}", tags.create),
                    (f"Get{kind}", tags.get),
                    (f"GetNamespaced{kind}", tags.get_namespaced),
                    (f"List{kind}s", tags.list_all),
                    (f"Update{kind}", tags.update),
                    (f"Delete{kind}", tags.delete),
                    ("GetIamPolicy", tags.get_iam_policy),
                    ("SetIamPolicy", tags.set_iam_policy),
                    ("TestIamPermissions", tags.test_iam_permissions),
                )
            },
            "TagBindings/CreateTagBinding": tags.bind,
            "TagBindings/ListTagBindings": tags.list_bindings,
            "TagBindings/DeleteTagBinding": serve(
                tags.unbind, http=("DELETE /v3/{name=tagBindings/{binding}/tagValues/{value}}",)
            ),
            "TagBindings/ListEffectiveTags": tags.list_effective,
        },
    ),
    Api(
        document="cloudresourcemanager.v1",
        service=SERVICE,
        rest="cloudresourcemanager.",
        reference=f"{REFERENCE}v1/",
        facts={"errors": "legacy"},  # recorded for projects
        methods={
            "projects.get": v1.get,
            "projects.list": v1.list_all,
            "projects.create": v1.create,
            "projects.update": v1.update,
            "projects.delete": v1.delete,
            "projects.undelete": v1.undelete,
            "projects.getAncestry": v1.get_ancestry,
            "projects.getIamPolicy": state.get_iam_policy,
            "projects.setIamPolicy": state.set_iam_policy,
            "projects.testIamPermissions": state.test_iam_permissions,
            "operations.get": serve(
                operations.get_own,
                http=("GET /v1/{name=operations/{operation=?p.*}}", "GET /v1/{name=operations/{operation=?f.*}}"),
            ),
            "organizations.get": organizations.get,
            "organizations.search": organizations.search,
            "organizations.getIamPolicy": organizations.get_iam_policy,
            "organizations.setIamPolicy": organizations.set_iam_policy,
            "organizations.testIamPermissions": organizations.test_iam_permissions,
            "liens.create": serve(liens.create, errors="object"),
            "liens.get": serve(liens.get, errors="object"),
            "liens.list": serve(liens.list_all, errors="object"),
            "liens.delete": serve(liens.delete, errors="object"),
        },
    ),
    Api(
        document="cloudresourcemanager.v2",
        service=SERVICE,
        rest="cloudresourcemanager.v2.",
        reference=f"{REFERENCE}v2/",
        methods={
            "folders.get": folders.get,
            "folders.list": folders.list_children,
            "folders.search": folders.search,
            "folders.create": serve(folders.create, body="folder"),
            "folders.patch": serve(folders.update, body="folder"),
            "folders.move": folders.move,
            "folders.delete": folders.delete,
            "folders.undelete": folders.undelete,
            "folders.getIamPolicy": folders.get_iam_policy,
            "folders.setIamPolicy": folders.set_iam_policy,
            "folders.testIamPermissions": folders.test_iam_permissions,
        },
    ),
)
