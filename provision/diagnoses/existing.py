"""What is already there: no failure of the cloud, but of whoever makes it twice."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_CALL: Final = "the sandbox answers so by itself when the same thing is made twice."
_IMPORT: Final = "in Terraform: terraform import, or an import block"

ROWS: Final = (
    Diagnosis(
        key="SERVICE_ACCOUNT_EXISTS",
        match=Match(text=r"Service account \S+ already exists within project", priority=10),
        also=(
            Match(status="ALREADY_EXISTS", text=r"service.?account", priority=9, conclusive=False),
            Match(text=r"(creating service account|google_service_account\b).{0,200}already exists", priority=9),
        ),
        fix_owner="you",
        source="https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_service_account",
        cause="The service account {account_id} is already there.",
        fix="use it as it is: gcloud iam service-accounts describe {account_id}@{project_id}.iam.gserviceaccount.com   "
        f"({_IMPORT}, or create_ignore_already_exists = true; or choose another id)",
        triggered_by=("CreateServiceAccount",),
        not_reproduced=_CALL,
    ),
    Diagnosis(
        key="ROLE_EXISTS",
        match=Match(text=r"A role named \S+ (in \S+ )?already exists", priority=10),
        also=(
            Match(
                text=r"(custom_role|custom (project |organization )?role|roles/\w+).{0,200}already exists", priority=9
            ),
            Match(
                text=r"can't create a role_id .{0,80}which has been marked for deletion|role.{0,60}marked for deletion|existing role with that role_id in a deleted state",
                priority=12,
            ),
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/iam/docs/creating-custom-roles",
        cause="A custom role of this id is already there, or was deleted less than 44 days ago, which keeps its id taken.",
        fix=f"gcloud iam roles describe ROLE_ID --project={{project_id}}   (deleted: gcloud iam roles undelete ROLE_ID --project={{project_id}}; {_IMPORT}; or choose another id)",
        triggered_by=("CreateRole",),
        not_reproduced=_CALL,
    ),
    Diagnosis(
        key="FOLDER_NAME_TAKEN",
        match=Match(text=r"FOLDER_NAME_UNIQUENESS_VIOLATION|violates display name uniqueness within the parent"),
        fix_owner="you",
        source="https://docs.cloud.google.com/resource-manager/docs/creating-managing-folders",
        cause="A folder of this name is already there, under the same parent.",
        fix=f"gcloud resource-manager folders list --organization=ORGANIZATION_ID   (or --folder=FOLDER_ID; then use it: {_IMPORT}; or choose another name)",
        triggered_by=("any",),
        not_reproduced=_CALL,
    ),
    Diagnosis(
        key="ALREADY_EXISTS",
        match=Match(status="ALREADY_EXISTS"),
        also=(
            Match(
                text=r"googleapi: Error 409: .{0,200}already (exists|own)|Requested entity already exists|Resource in \w+ \[.{1,80}\] is the subject of a conflict",
                priority=-26,
            ),
            Match(text=r"\b409\b.{0,200}already exists", priority=-26, generic=True),
        ),
        fix_owner="you",
        source="https://cloud.google.com/apis/design/errors",
        cause="What should be made is already there: {message}",
        fix=f"use it as it is ({_IMPORT}), or choose another name; what was deleted may keep its name for some weeks, and can often be had back with `undelete`",
        triggered_by=("any",),
        not_reproduced=_CALL,
    ),
)
