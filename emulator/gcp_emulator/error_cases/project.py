"""Projects that are missing, hidden, deleted, suspended, or impossible to create; quota projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.error_cases import methods
from gcp_emulator.error_cases.row import ErrorCase
from gcp_emulator.errors import ApiError, error_info
from gcp_emulator.services.serviceusage import state as serviceusage

if TYPE_CHECKING:
    from gcp_emulator.error_cases.facts import Facts

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_DELETION: Final = "https://cloud.google.com/resource-manager/docs/troubleshooting-project-deletion"
_TERMS: Final = "Callers must accept Terms of Service"
_QUOTA: Final = "The project cannot be created because you have exceeded your allotted project quota."


def _quota_project_missing(facts: Facts) -> ApiError:
    return errors.quota_project_missing(facts.service, facts.title)


def _suspended(facts: Facts) -> ApiError:
    message = f"Permission denied: Consumer 'projects/{facts.number}' has been suspended."
    return ApiError(
        "PERMISSION_DENIED",
        message,
        error_info(
            "CONSUMER_SUSPENDED",
            service=facts.service,
            consumer=f"projects/{facts.number}",
            containerInfo=f"projects/{facts.number}",
        ),
    )


def _gcp_suspended(facts: Facts) -> ApiError:
    return ApiError(
        "PERMISSION_DENIED",
        f"Consumer 'projects/{facts.number}' has been suspended: Google Cloud is suspended for its account.",
        error_info("GCP_SUSPENDED", service=facts.service, consumer=f"projects/{facts.number}"),
    )


def _project_invalid(facts: Facts) -> ApiError:
    return ApiError(
        "INVALID_ARGUMENT",
        "Invalid resource field value in the request.",
        error_info("RESOURCE_PROJECT_INVALID", service=facts.service, method=facts.method),
    )


def _project_quota(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    return ApiError(
        "RESOURCE_EXHAUSTED",
        _QUOTA,
        {"@type": f"{errors.TYPE}QuotaFailure", "violations": [{"description": _QUOTA}]},
    )


def _terms(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    return errors.failed_precondition(_TERMS, errors.precondition("TOS", "cloud", _TERMS))


def _active_children(facts: Facts) -> ApiError:
    text = "The project has an active child resource: delete it, or the lien that protects the project, first."
    return errors.failed_precondition(text, errors.precondition("active child resource", facts.resource, text))


ROWS: Final = (
    ErrorCase(
        name="QUOTA_PROJECT_MISSING",
        what="User credentials without a quota project are charged to one of Google's; the reason is SERVICE_DISABLED.",
        make=_quota_project_missing,
        source="https://github.com/GoogleCloudPlatform/dlp-pdf-redaction/issues/31",
    ),
    ErrorCase(
        name="USER_PROJECT_DENIED",
        what="The quota project is wrong, or the caller may not use it.",
        make=lambda facts: errors.user_project_denied(facts.service, facts.consumer_name or facts.project_id),
        source="https://github.com/google-github-actions/get-gke-credentials/issues/191",
    ),
    ErrorCase(
        name="CONSUMER_INVALID",
        what="The project is misspelled, does not exist, or is not visible.",
        make=lambda facts: errors.consumer_invalid(facts.service, facts.project_id),
        source="https://github.com/gemini-cli-extensions/nanobanana/issues/16",
    ),
    ErrorCase(
        name="CONSUMER_DELETED",
        what="The project is in DELETE_REQUESTED; the reason is CONSUMER_INVALID.",
        make=lambda facts: errors.project_deleted(facts.service, facts.number),
        source="https://github.com/googleapis/google-api-php-client/issues/2422",
    ),
    ErrorCase(
        name="CONSUMER_SUSPENDED",
        what="The project is suspended for abuse or missing payment; the sentence is assumed.",
        make=_suspended,
        source=_REASONS,
    ),
    ErrorCase(
        name="GCP_SUSPENDED",
        what="Google Cloud is suspended for the account as a whole; the sentence is assumed.",
        make=_gcp_suspended,
        source=_REASONS,
    ),
    ErrorCase(
        name="RESOURCE_PROJECT_INVALID",
        what="The project in the URL is empty or malformed.",
        make=_project_invalid,
        source=_REASONS,
    ),
    ErrorCase(
        name="PROJECT_UNKNOWN_TO_SERVICE_USAGE",
        what="Service Usage's words for a project that is missing or hidden.",
        methods=methods.SERVICE_USAGE,
        make=lambda facts: serviceusage.project_not_found(facts.number),
        source="retried by Google's provider for Terraform: services/resourcemanager/resource_google_project.go",
    ),
    ErrorCase(
        name="PROJECT_NOT_VISIBLE",
        what="Resource Manager hides what does not exist behind 403.",
        methods=methods.GET_PROJECT,
        make=lambda facts: errors.caller_lacks_permission(),  # noqa: ARG005 - says the same of every call
        source="https://github.com/hashicorp/terraform-provider-google/issues/10267",
    ),
    ErrorCase(
        name="PROJECT_CREATE_DENIED",
        what="No Project Creator on the parent.",
        methods=methods.CREATE_PROJECT,
        make=lambda facts: errors.caller_lacks_permission(),  # noqa: ARG005 - says the same of every call
        source="https://github.com/hashicorp/terraform-provider-google/issues/10267",
    ),
    ErrorCase(
        name="PROJECT_ID_TAKEN",
        what="The id is in use, perhaps by a deleted or by a stranger's project.",
        methods=methods.CREATE_PROJECT,
        make=lambda facts: errors.already_exists(),  # noqa: ARG005 - says the same of every call
        source="https://github.com/terraform-google-modules/terraform-google-project-factory/issues/702",
    ),
    ErrorCase(
        name="PROJECT_QUOTA",
        what="The operation ends with an error: the account may have no more projects.",
        methods=methods.CREATE_PROJECT,
        make=_project_quota,
        operation=True,
        source="https://github.com/taers232c/GAMADV-XTD3/issues/116",
    ),
    ErrorCase(
        name="TOS",
        what="The operation ends with an error: the account never accepted the terms of service.",
        methods=methods.CREATE_PROJECT,
        make=_terms,
        operation=True,
        source="https://github.com/taers232c/GAMADV-X/issues/12",
    ),
    ErrorCase(
        name="TOS_TEXT",
        what="The same without details, as some clients leave it.",
        methods=methods.CREATE_PROJECT,
        make=lambda facts: errors.failed_precondition(_TERMS),  # noqa: ARG005 - says the same of every call
        operation=True,
        source="https://github.com/udx/wp-stateless/issues/190",
    ),
    ErrorCase(
        name="PROJECT_HAS_ACTIVE_CHILDREN",
        what="A lien or an active Endpoints service keeps the project from being deleted; the words are ours.",
        methods=methods.DELETE_PROJECT,
        make=_active_children,
        source=_DELETION,
    ),
    ErrorCase(
        name="OPERATION_NOT_FOUND",
        what="The operation was collected after some hours, or is asked for at another API.",
        methods=methods.OPERATIONS,
        make=lambda facts: errors.not_found(),  # noqa: ARG005 - says the same of every call
        source="https://cloud.google.com/resource-manager/reference/rest/v3/operations/get",
    ),
    ErrorCase(
        name="OPERATION_NOT_DONE",
        what="The operation never ends.",
        methods=methods.STARTS_OPERATION,
        effect={"lro_never": True},
        source="https://cloud.google.com/resource-manager/reference/rest/v3/projects/create",
    ),
)
