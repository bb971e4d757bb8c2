"""Services: off, not there yet, forbidden, misspelt."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_PAGE: Final = "https://cloud.google.com/service-usage/docs/enable-disable"

ROWS: Final = (
    Diagnosis(
        key="SERVICES_NOT_ENABLED",
        who="you",
        source=_PAGE,
        cause="Not enabled on {project_id}: {missing}.",
        fix="gcloud services enable {missing} --project={project_id}   (or run `provision apply`)",
        provoked_by=("services.enabled",),
    ),
    Diagnosis(
        key="SERVICE_NOT_YET_USABLE",
        who="google",
        retryable=True,
        settles=True,
        source="https://github.com/terraform-google-modules/terraform-google-project-factory/issues/753",
        cause="The service is listed as enabled, and calls to it are still refused: it was enabled a moment ago.",
        fix="wait one to three minutes and run it again; `provision apply` waits by itself",
        provoked_by=("services.usable",),
    ),
    Diagnosis(
        key="NOT_USABLE_IN_TIME",
        match=Match(reason="NOT_USABLE_IN_TIME"),
        who="google",
        retryable=True,
        source=_PAGE,
        cause="{message}",
        fix="run `provision apply` again: it goes on waiting; or raise --usable-timeout",
        provoked_by=("wait",),
    ),
    Diagnosis(
        key="SERVICE_DISABLED",
        match=Match(reason="SERVICE_DISABLED"),
        who="you",
        retryable=True,
        settles=True,
        source=_REASONS,
        cause="{service} is off in the project {consumer}, or was enabled a moment ago.",
        fix="gcloud services enable {service} --project={consumer}   (then wait one to three minutes)",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="SERVICE_DISABLED_TEXT",
        match=Match(
            status="PERMISSION_DENIED",
            text=r"API has not been used in project|it is disabled\. Enable it by visiting",
        ),
        who="you",
        retryable=True,
        settles=True,
        source=_REASONS,
        cause="{called_service} is off, or was enabled a moment ago.",
        fix="gcloud services enable {called_service} --project={project_id}   (then wait one to three minutes)",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="UREQ_TOS_NOT_ACCEPTED",
        match=Match(reason="UREQ_TOS_NOT_ACCEPTED"),
        who="you",
        source=_PAGE,
        cause="Terms of service have not been accepted.",
        fix="accept them, logged in as {principal}: https://console.cloud.google.com/terms/cloud",
        provoked_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="AUTH_PERMISSION_DENIED",
        match=Match(reason="AUTH_PERMISSION_DENIED"),
        who="admin",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/roles-permissions/serviceusage",
        cause="{principal} may not look at or enable services of {project_id}.",
        fix="gcloud projects add-iam-policy-binding {project_id} --member={member} --role=roles/serviceusage.serviceUsageAdmin",
        provoked_by=("BatchEnableServices", "BatchGetServices"),
    ),
    Diagnosis(
        key="SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        match=Match(reason="SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"),
        who="you",
        retryable=True,
        source=_PAGE,
        cause="A service name is misspelt, is not for you, or the project is seconds old: {message}",
        fix="gcloud services list --available --project={project_id}   (is the name there? on a new project, wait a minute)",
        provoked_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="RESOURCE_USAGE_RESTRICTION_VIOLATED",
        match=Match(reason="RESOURCE_USAGE_RESTRICTION_VIOLATED"),
        who="admin",
        source=_REASONS,
        cause="Your organization forbids {service} (constraint gcp.restrictServiceUsage); enabling it worked all the same.",
        fix="ask an organization policy administrator to allow {service} (and cloudcommerceconsumerprocurement.googleapis.com) for {project_id}",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="SECURITY_POLICY_VIOLATED",
        match=Match(reason="SECURITY_POLICY_VIOLATED"),
        who="admin",
        source=_REASONS,
        cause="A VPC Service Controls perimeter keeps this caller out.",
        fix="send your security team this id: {uid}",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="OPERATION_NOT_DONE",
        match=Match(reason="OPERATION_NOT_DONE"),
        who="google",
        verdict="unknown",
        retryable=True,
        source="https://cloud.google.com/apis/design/design_patterns",
        cause="{message} It goes on without us.",
        fix="run the command again: it looks what has become of it",
        provoked_by=("GetOperation",),
    ),
    Diagnosis(
        key="PROJECT_UNKNOWN_TO_SERVICE_USAGE",
        match=Match(text=r"Project '?[\w-]+'? not found or permission denied"),
        who="you",
        source=_PAGE,
        cause="The project does not exist, or the caller may not see it.",
        fix="gcloud projects describe {project_id}",
        provoked_by=("BatchGetServices",),
    ),
)
