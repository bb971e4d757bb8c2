"""Services that are off, misspelled, in motion, or too often asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, quotas
from gcp_emulator.error_cases import methods
from gcp_emulator.error_cases.row import ErrorCase
from gcp_emulator.errors import SDK_PROJECT, ApiError, error_info
from gcp_emulator.services.serviceusage import state as serviceusage

if TYPE_CHECKING:
    from gcp_emulator.error_cases.facts import Facts

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_RETRIED: Final = "retried by Google's provider for Terraform: transport/error_retry_predicates.go"
_TERMS: Final = "seen in public repositories"


def _disabled(facts: Facts) -> ApiError:
    in_path = facts.call.method.consumer == "path"
    return errors.service_disabled(facts.service, facts.title, facts.number if in_path else facts.charged)


def _disabled_text(facts: Facts) -> ApiError:
    refused = _disabled(facts)
    refused.details.clear()
    return refused


def _terms(facts: Facts) -> ApiError:
    subject = f"?error_code=390003&project={facts.number}&tos_id=cloud"
    return errors.failed_precondition(
        f"Operation does not satisfy the following requirements: the terms of service 'cloud' must be accepted by "
        f"'{facts.principal}' for project '{facts.number}'. "
        f"Visit https://console.developers.google.com/terms/cloud.\n{errors.help_token(subject)}",
        errors.precondition("googleapis.com/tos", subject),
        error_info(
            "UREQ_TOS_NOT_ACCEPTED",
            "serviceusage.googleapis.com/tos",
            project=facts.number,
            services=",".join(facts.services),
            tos_id="cloud",
        ),
    )


def _denied(facts: Facts) -> ApiError:
    verb = facts.permission.rpartition(".")[2]
    what = f"{verb} service [{facts.services[0]}]"
    if verb == "list":
        what = f"list services for consumer container [projects/{facts.number}]"
    subject = f"?error_code=110002&service={facts.services[0]}&permission={facts.permission}&resource={facts.number}"
    return ApiError(
        "PERMISSION_DENIED",
        f"Permission denied to {what}\n{errors.help_token(subject)}",
        errors.precondition("googleapis.com", subject),
        error_info(
            "AUTH_PERMISSION_DENIED",
            "serviceusage.googleapis.com",
            permission=facts.permission,
            resource=facts.number,
            service=facts.services[0],
        ),
    )


def _precondition(facts: Facts) -> ApiError:
    text = f"Service {facts.services[0]} is not ready for {facts.number}."
    return errors.failed_precondition(
        "Precondition check failed.", errors.precondition("googleapis.com", facts.services[0], text)
    )


def _batch_broke(facts: Facts) -> ApiError:
    return ApiError(
        "INTERNAL",
        f"The operation has encountered internal error, error code: 160009, with failed services "
        f"[{','.join(facts.services)}]",
    )


def _limit(facts: Facts) -> quotas.Limit:
    found = quotas.limit_of(facts.call.method)
    if found:
        return found[0]
    return quotas.Limit(service=facts.service, metric="default_requests", title="Requests", value=600)


def _rate(facts: Facts) -> ApiError:
    limit = _limit(facts)
    number = facts.number if facts.call.method.consumer == "path" else facts.charged
    return quotas.exceeded(number, limit, facts.location if limit.regional else "", limit.value)


def _shared_rate(facts: Facts) -> ApiError:
    limit = _limit(facts)
    return quotas.exceeded(SDK_PROJECT, limit, "", limit.value)


def _rate_as_500(facts: Facts) -> ApiError:
    return ApiError("INTERNAL", _shared_rate(facts).message)


def _resource_quota(facts: Facts) -> ApiError:
    metric = f"{facts.service}/{facts.permission.split('.')[-2]}"
    return ApiError(
        "RESOURCE_EXHAUSTED",
        f"Quota exceeded for quota metric '{metric}' of service '{facts.service}' for consumer "
        f"'project_number:{facts.number}': the following quota metrics exceed quota limits: {metric}",
        error_info(
            "RESOURCE_QUOTA_EXCEEDED",
            consumer=f"projects/{facts.number}",
            service=facts.service,
            quota_metric=metric,
            quota_limit="per-project",
        ),
        {
            "@type": f"{errors.TYPE}QuotaFailure",
            "violations": [{"subject": f"project_number:{facts.number}", "description": f"{metric} is exhausted."}],
        },
    )


ROWS: Final = (
    ErrorCase(
        name="SERVICE_DISABLED",
        what="The API is off for the consumer, or was enabled moments ago; asked with a quota project, for that one.",
        make=_disabled,
        source=_REASONS,
    ),
    ErrorCase(
        name="SERVICE_DISABLED_TEXT",
        what="The same without details, as some clients and proxies leave it.",
        make=_disabled_text,
        source="https://github.com/GoogleCloudPlatform/vertex-ai-samples/issues/476",
    ),
    ErrorCase(
        name="UREQ_TOS_NOT_ACCEPTED",
        what="Enabling asks for terms of service that no one has accepted.",
        methods=methods.ENABLE,
        make=_terms,
        source=_TERMS,
    ),
    ErrorCase(
        name="AUTH_PERMISSION_DENIED",
        what="Service Usage's own words for a missing permission, or for a service closed to new users.",
        methods=methods.SERVICE_USAGE,
        make=_denied,
        source="https://github.com/su-kaka/gcli2api/issues/283",
    ),
    ErrorCase(
        name="SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        what="A service's name is misspelled, or the project is seconds old.",
        methods=methods.ENABLE,
        make=lambda facts: errors.services_not_found(facts.services),
        source="https://github.com/google/stellar-engine/issues/19",
    ),
    ErrorCase(
        name="ACTIVATION_IN_PROGRESS",
        what="Something else is being enabled or disabled in the project.",
        methods=(*methods.ENABLE, *methods.DISABLE),
        make=lambda facts: errors.failed_precondition(
            f"Another activation or deactivation is in progress for the project {facts.number}."
        ),
        source=_RETRIED,
    ),
    ErrorCase(
        name="PRECONDITION_CHECK_FAILED",
        what="A precondition of enabling, which the message does not name; the violation is assumed.",
        methods=methods.ENABLE,
        make=_precondition,
        source="retried by Google's provider for Terraform: resource_google_project_service.go",
    ),
    ErrorCase(
        name="BATCH_ENABLE_INTERNAL",
        what="The operation ends with an internal error, for some of the services.",
        methods=methods.ENABLE,
        make=_batch_broke,
        operation=True,
        source="https://github.com/hashicorp/terraform-provider-google/issues/14691",
    ),
    ErrorCase(
        name="COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES",
        what="A service that others need is disabled.",
        methods=methods.DISABLE,
        make=lambda facts: serviceusage.has_dependents(facts.services[0], ["cloudapis.googleapis.com"]),
        source="https://github.com/hashicorp/terraform-provider-google/issues/5424",
    ),
    ErrorCase(
        name="COMMON_SU_SERVICE_HAS_USAGE",
        what="A service that was used in the last 30 days is disabled, and it is asked for that.",
        methods=methods.DISABLE,
        make=lambda facts: serviceusage.has_usage(facts.services[0]),
        source="https://github.com/GoogleCloudPlatform/magic-modules/pull/11494",
    ),
    ErrorCase(
        name="RATE_LIMIT_EXCEEDED",
        what="Too many calls in a minute.",
        make=_rate,
        source=_REASONS,
    ),
    ErrorCase(
        name="RATE_LIMIT_SHARED_PROJECT",
        what="The same for Google's own project, to which calls without a quota project are charged.",
        make=_shared_rate,
        source="https://github.com/googleapis/repo-automation-bots/issues/4469",
    ),
    ErrorCase(
        name="RATE_LIMIT_AS_INTERNAL",
        what="The same text, sent with HTTP 500 and without details.",
        make=_rate_as_500,
        source="seen in public repositories",
    ),
    ErrorCase(
        name="RESOURCE_QUOTA_EXCEEDED",
        what="There are as many of these resources as there may be.",
        make=_resource_quota,
        source=_REASONS,
    ),
    ErrorCase(
        name="RESOURCE_EXHAUSTED",
        what="429 without any detail.",
        make=lambda facts: ApiError("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),  # noqa: ARG005 - says the same of every call
        source="https://cloud.google.com/apis/design/errors",
    ),
)
