"""The project: absent, invisible, deleted, suspended, or impossible to create."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request
from provision.gcloud import add_binding

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_CREATING: Final = "https://cloud.google.com/resource-manager/docs/creating-managing-projects"
_TERMS: Final = (
    "open https://console.cloud.google.com/terms/cloud logged in as {principal}, and accept   "
    "(school and lab accounts cannot: use another account; a service account takes the terms of its organization)"
)
_BROWSER: Final = add_binding("projects/{project_id}", "{member}", "roles/browser")
_CREATOR: Final = add_binding("organizations/ORGANIZATION_ID", "{member}", "roles/resourcemanager.projectCreator")

ROWS: Final = (
    Diagnosis(
        key="WRONG_PARENT",
        fix_owner="admin",
        source="https://cloud.google.com/resource-manager/docs/moving-projects-folders",
        cause="{project_id} is in {actual_parent}, and the configuration says {parent}: other policies and roles are "
        "inherited there. `provision apply` moves no project.",
        fix="correct project.parent if the project is where it should be; else have it moved: gcloud beta projects move "
        "{project_id} --organization=NUMBER (or --folder=NUMBER)",
        request=Request(
            ask="move the project to {parent} (needs roles/resourcemanager.projectMover on both sides)",
            reason="it is in {actual_parent}, where other policies and roles are inherited",
            command="gcloud beta projects move {project_id} --organization=NUMBER   (or --folder=NUMBER)",
        ),
        triggered_by=("project.parent",),
    ),
    Diagnosis(
        key="PROJECT_NOT_NAMED",
        match=Match(
            text=r"Unable to find your project\. Please provide|To use the Google Cloud API, provide \(`vertexai`|Project was not passed and could not be determined"
            r"|Unable to detect a Project Id in the current environment|property \[(core/)?project\] is not currently set"
            r"|\bproject: required field is not set|project property is set to the empty string"
        ),
        fix_owner="you",
        source="https://cloud.google.com/docs/authentication/application-default-credentials",
        cause="The program was not told which project to use, and found none by itself.",
        fix='export GOOGLE_CLOUD_PROJECT={project_id}   (gcloud: gcloud config set project {project_id}; Terraform: project = "{project_id}" in the provider\'s block)',
        triggered_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="PROJECT_NOT_VISIBLE",
        also=(
            Match(
                text=r"does not have permission to access projects instance \[[\w.:-]+\]|do(es)? not have permission to access (the )?project \[?[\w.:-]+\]?|Project lookup error: permission denied",
                priority=6,
            ),
        ),
        fix_owner="you",
        source=_CREATING,
        cause="Either no project has the id {project_id}, or {principal} may not see it: Google gives both the same answer.",
        fix="gcloud projects list   (is the id right?); to create it: {create_with}; to be let in, ask its owner for: "
        + _BROWSER,
        triggered_by=("GetProject",),
    ),
    Diagnosis(
        key="PROJECT_DELETE_REQUESTED",
        fix_owner="you",
        source="https://docs.cloud.google.com/resource-manager/docs/delete-restore-projects",
        cause="The project {project_id} is being deleted.",
        fix="gcloud projects undelete {project_id}   (then link billing again: a restored project has none; or {undelete_with})",
        triggered_by=("GetProject",),
    ),
    Diagnosis(
        key="CONSUMER_DELETED",
        reproduced_by=("CONSUMER_DELETED", "project"),
        match=Match(reason="CONSUMER_INVALID", text=r"has been deleted"),
        also=(
            Match(reason="USER_PROJECT_DENIED", text=r"has been deleted"),
            Match(
                text=r"Project [\"'#]*[\w:.-]+[\"']? (has been deleted|is being deleted|is pending deletion|was deleted)"
            ),
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/resource-manager/docs/delete-restore-projects",
        cause="The project {consumer} has been deleted; for 30 days it can be had back. It is the one that the call is charged to, which is often the quota project of the login and not the project that is worked on.",
        fix="gcloud auth application-default set-quota-project OTHER_PROJECT   (if it is wanted back: gcloud projects undelete {consumer}, then link billing again: a restored project has none)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="CONSUMER_INVALID",
        reproduced_by=("CONSUMER_INVALID", "project"),
        match=Match(reason="CONSUMER_INVALID"),
        also=(Match(text=r"Permission denied on resource project\b"),),
        fix_owner="you",
        source=_REASONS,
        cause="The project {consumer} does not exist, or {principal} may not see it. Look for a stray blank or quote in the id.",
        fix="gcloud projects describe {consumer}   (those you may see: gcloud projects list)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="CONSUMER_SUSPENDED",
        reproduced_by=("CONSUMER_SUSPENDED", "project"),
        match=Match(reason="CONSUMER_SUSPENDED|GCP_SUSPENDED"),
        also=(Match(text=r"(project|consumer)\b.{0,80}\b(has been|is) suspended"),),
        fix_owner="admin",
        source=_REASONS,
        cause="Google has suspended the project {consumer}: its use broke the terms, or a payment is doubted.",
        fix="an owner of the project appeals at https://console.cloud.google.com/appeal?project={consumer}",
        request=Request(
            ask="appeal against the suspension of the project {consumer} (you need to be its owner: roles/owner)",
            resource="projects/{consumer}",
            reason="every call from the project is refused (CONSUMER_SUSPENDED)",
            command="https://console.cloud.google.com/appeal?project={consumer}",
        ),
        triggered_by=("any",),
    ),
    Diagnosis(
        key="RESOURCE_PROJECT_INVALID",
        reproduced_by=("RESOURCE_PROJECT_INVALID", "project"),
        match=Match(reason="RESOURCE_PROJECT_INVALID"),
        also=(
            Match(text=r"Invalid resource field value in the request|resource project (is )?(invalid|malformed)"),
            Match(text=r"/projects/(/|%7B|\$|<)[\w${}<>-]*"),
        ),
        fix_owner="you",
        source=_REASONS,
        cause="The project in the address is empty or malformed: most often a variable that was not set.",
        fix='echo "$GOOGLE_CLOUD_PROJECT"   (empty? export GOOGLE_CLOUD_PROJECT=your project\'s id; gcloud projects list shows it)',
        triggered_by=("any",),
    ),
    Diagnosis(
        key="BAD_PROJECT_ID",
        match=Match(
            text=r"argument .{0,80}: Bad value \[|project_?id.{0,40}(is invalid|must be 6 to 30|has issue|contains invalid)|must be 6 to 30 lowercase"
        ),
        fix_owner="you",
        source=_CREATING,
        cause="That cannot be a project id: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter, not ending with a hyphen.",
        fix="choose an id such as my-team-chat-2",
        triggered_by=("CreateProject",),
    ),
    Diagnosis(
        key="PROJECT_ID_TAKEN",
        reproduced_by=("PROJECT_ID_TAKEN", "create"),
        match=Match(status="ALREADY_EXISTS", service="cloudresourcemanager.googleapis.com"),
        also=(
            Match(text=r"project ID you specified is already in use|already in use by another project"),
            Match(text=r"error creating project.{0,200}Requested entity already exists"),
        ),
        fix_owner="you",
        source=_CREATING,
        cause="The id {project_id} is taken: ids belong to one project in all of Google Cloud, forever, deleted ones included.",
        fix="choose another id, such as {project_id}-2   (if the project is yours already: {create_without}; in Terraform: terraform import)",
        triggered_by=("CreateProject",),
    ),
    Diagnosis(
        key="PROJECT_NEEDS_PARENT",
        match=Match(text=r"Service accounts cannot create projects without a parent", priority=10),
        fix_owner="you",
        source=_CREATING,
        cause="A service account makes projects in an organization or a folder only, and none was named.",
        fix="gcloud projects create {project_id} --folder=FOLDER_ID   (or --organization=ORGANIZATION_ID; the account needs roles/resourcemanager.projectCreator there; Terraform: folder_id or org_id)",
        triggered_by=("CreateProject",),
        not_reproduced="the sandbox answers so by itself where a service account names no parent.",
    ),
    Diagnosis(
        key="PROJECT_QUOTA",
        reproduced_by=("PROJECT_QUOTA", "create"),
        match=Match(status="RESOURCE_EXHAUSTED", text=r"allotted project quota"),
        also=(
            Match(
                text=r"exceeded your allotted project quota|reached (your|the) .{0,20}limit .{0,40}\bprojects\b(?! on which)|projects? remaining in your quota"
            ),
        ),
        fix_owner="admin",
        source="https://support.google.com/cloud/answer/6330231",
        cause="{principal} has created as many projects as Google allows; projects waiting for deletion count.",
        fix="use a project you have (gcloud projects list; gcloud projects undelete ID), or ask for more at https://support.google.com/code/contact/project_quota_increase",
        request=Request(
            ask="create the project {project_id} for me and grant {member} the role roles/owner on it, or ask Google for a larger project quota for {principal}",
            resource="{parent}",
            reason="my allotment of projects is used up",
            command="gcloud projects create {project_id}   (or: https://support.google.com/code/contact/project_quota_increase)",
        ),
        triggered_by=("CreateProject",),
    ),
    Diagnosis(
        key="TOS",
        reproduced_by=("TOS", "create"),
        match=Match(violation="TOS"),
        also=(Match(text=r"must accept Terms of Service"),),
        fix_owner="you",
        source="https://cloud.google.com/terms",
        cause="{principal} has never accepted Google Cloud's terms of service.",
        fix=_TERMS,
        triggered_by=("CreateProject",),
    ),
    Diagnosis(
        key="UREQ_TOS_NOT_ACCEPTED",
        reproduced_by=("UREQ_TOS_NOT_ACCEPTED", "enable"),
        match=Match(reason="UREQ_TOS_NOT_ACCEPTED"),
        also=(Match(text=r"terms of service\b.{0,80}must be accepted"),),
        fix_owner="you",
        source="https://cloud.google.com/service-usage/docs/enable-disable",
        cause="{principal} has never accepted the terms of service that this API wants. Nothing is wrong if the API is enabled already.",
        fix=_TERMS,
        triggered_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="PROJECT_HAS_LIENS",
        reproduced_by=("PROJECT_HAS_ACTIVE_CHILDREN", "delete"),
        match=Match(text=r"active child resource|a lien to prevent deletion|liens? .{0,60}prevent"),
        fix_owner="you",
        source="https://cloud.google.com/resource-manager/docs/troubleshooting-project-deletion",
        cause="Something in the project keeps it from being deleted: a lien, or a resource of Cloud Endpoints.",
        fix="gcloud alpha resource-manager liens list --project={project_id}   (then `gcloud alpha resource-manager liens delete NAME`; also: gcloud endpoints services list --project={project_id})",
        triggered_by=("DeleteProject",),
    ),
    Diagnosis(
        key="OPERATION_GONE",
        reproduced_by=("OPERATION_NOT_FOUND", "operation"),
        match=Match(
            status="NOT_FOUND", text=r"\boperations?/|\boperation\b.{0,60}(not found|does not exist|was not found)"
        ),
        fix_owner="you",
        verdict="unknown",
        source="https://cloud.google.com/resource-manager/reference/rest/v3/operations/get",
        cause="The operation is not known any more: Google forgets one hours after its end, and knows it only at the API and version that began it.",
        fix="look at the thing itself instead: gcloud projects describe {project_id}   (or `provision check`)",
        triggered_by=("GetOperation",),
    ),
    Diagnosis(
        key="PROJECT_UNKNOWN_TO_SERVICE_USAGE",
        reproduced_by=("PROJECT_UNKNOWN_TO_SERVICE_USAGE", "enable"),
        match=Match(text=r"Project '?[\w:./-]+'? not found or (permission denied|deleted)"),
        fix_owner="you",
        source="https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/resourcemanager/resource_google_project.go",
        cause="The project does not exist, or {principal} may not see it: Google gives both the same answer.",
        fix="gcloud projects describe {consumer}   (those you may see: gcloud projects list; to be let in, ask its owner for roles/viewer)",
        triggered_by=("BatchGetServices",),
    ),
    Diagnosis(
        key="PROJECT_CREATE_DENIED",
        reproduced_by=("PROJECT_CREATE_DENIED", "create"),
        match=Match(
            status="PERMISSION_DENIED",
            text=r"does not have permission|resourcemanager\.projects\.create",
            service="cloudresourcemanager.googleapis.com",
            method=r"(?i)^(?!.*iam)",  # the request below asks for the right to see or to create, not to read policies
            conclusive=False,
        ),
        also=(Match(text=r"resourcemanager\.projects\.create\b", priority=15),),
        fix_owner="admin",
        source="https://github.com/hashicorp/terraform-provider-google/issues/10267",
        cause="{principal} may not do this, or the project does not exist: Resource Manager gives both the same answer.",
        fix="is the id right? gcloud projects list   (if it is: send the request below)",
        request=Request(
            ask="grant {member} the role roles/browser on the project {project_id}, or, if I am to create it, roles/resourcemanager.projectCreator on {parent}",
            reason='Resource Manager answers "The caller does not have permission"',
            command=f"{_BROWSER}   (to create: {_CREATOR})",
        ),
        triggered_by=("CreateProject", "GetProject"),
    ),
)
