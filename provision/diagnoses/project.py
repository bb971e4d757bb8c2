"""The project: absent, invisible, deleted, suspended, or impossible to create."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_CREATING: Final = "https://cloud.google.com/resource-manager/docs/creating-managing-projects"

ROWS: Final = (
    Diagnosis(
        key="PROJECT_NOT_VISIBLE",
        who="you",
        source=_CREATING,
        cause="Either no project has the id {project_id}, or {principal} may not see it: Google gives both the same answer.",
        fix="gcloud projects list   (is the id right?); to create it: add --create-project; to be let in, ask its owner for: "
        "gcloud projects add-iam-policy-binding {project_id} --member={member} --role=roles/browser",
        provoked_by=("GetProject",),
    ),
    Diagnosis(
        key="PROJECT_DELETE_REQUESTED",
        who="you",
        source="https://docs.cloud.google.com/resource-manager/docs/delete-restore-projects",
        cause="The project {project_id} is being deleted.",
        fix="gcloud projects undelete {project_id}   (then link billing again: a restored project has none)",
        provoked_by=("GetProject",),
    ),
    Diagnosis(
        key="CONSUMER_DELETED",
        match=Match(reason="CONSUMER_INVALID", text=r"has been deleted"),
        who="you",
        source=_REASONS,
        cause="The project has been deleted.",
        fix="gcloud projects undelete {project_id}   (then link billing again)",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="CONSUMER_INVALID",
        match=Match(reason="CONSUMER_INVALID"),
        who="you",
        source=_REASONS,
        cause="The project {consumer} does not exist, or the caller may not see it.",
        fix="gcloud projects describe {project_id}",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="CONSUMER_SUSPENDED",
        match=Match(reason="CONSUMER_SUSPENDED"),
        who="admin",
        source=_REASONS,
        cause="Google has suspended the project.",
        fix="appeal at https://console.cloud.google.com/appeal",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="PROJECT_ID_TAKEN",
        match=Match(status="ALREADY_EXISTS", service="cloudresourcemanager.googleapis.com"),
        who="you",
        source=_CREATING,
        cause="The id {project_id} is taken: ids belong to one project in all of Google Cloud, for ever, deleted ones included.",
        fix="choose another id, such as one with a suffix: --project {project_id}-2",
        provoked_by=("CreateProject",),
    ),
    Diagnosis(
        key="PROJECT_QUOTA",
        match=Match(status="RESOURCE_EXHAUSTED", text=r"allotted project quota"),
        who="admin",
        source="https://support.google.com/cloud/answer/6330231",
        cause="You have created as many projects as Google allows you; projects waiting for deletion count.",
        fix="ask for more at https://support.google.com/code/contact/project_quota_increase, or use a project you have",
        provoked_by=("CreateProject",),
    ),
    Diagnosis(
        key="TOS",
        match=Match(violation="TOS"),
        who="you",
        source="https://cloud.google.com/terms",
        cause="The account has never accepted Google Cloud's terms of service.",
        fix="accept them, logged in as {principal}: https://console.cloud.google.com/terms/cloud",
        provoked_by=("CreateProject",),
    ),
    Diagnosis(
        key="TOS_TEXT",
        match=Match(text=r"must accept Terms of Service"),
        who="you",
        source="https://cloud.google.com/terms",
        cause="The account has never accepted Google Cloud's terms of service.",
        fix="accept them, logged in as {principal}: https://console.cloud.google.com/terms/cloud",
        provoked_by=("CreateProject",),
    ),
    Diagnosis(
        key="PROJECT_CREATE_DENIED",
        match=Match(
            status="PERMISSION_DENIED",
            text=r"does not have permission|resourcemanager\.projects\.create",
            service="cloudresourcemanager.googleapis.com",
        ),
        who="admin",
        source=_CREATING,
        cause="The caller may not do this, or it does not exist: Resource Manager gives both the same answer.",
        fix="ask an administrator of {parent} for: roles/resourcemanager.projectCreator for {member}   (to look at an existing project: roles/browser on it)",
        provoked_by=("CreateProject", "GetProject"),
    ),
)
