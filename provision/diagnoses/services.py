"""Services: off, not there yet, forbidden, misspelled."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match, Request, granted
from provision.gcloud import add_binding

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_PAGE: Final = "https://cloud.google.com/service-usage/docs/enable-disable"
_CONTROL_APIS: Final = (
    r"(cloudbilling|cloudresourcemanager|serviceusage|iam|iamcredentials|orgpolicy|cloudquotas|sts)\.googleapis\.com"
)
_PROVIDER: Final = "https://github.com/hashicorp/terraform-provider-google/blob/main/google/services/resourcemanager/resource_google_project_service.go"

ROWS: Final = (
    Diagnosis(
        key="SERVICE_AGENT_MISSING",
        fix_owner="admin",
        source="https://cloud.google.com/iam/docs/service-agents",
        cause="Vertex AI's own service account has lost its role in {project_id}, or was never made: models that you "
        "deploy yourself are loaded by it.",
        fix="gcloud beta services identity create --service=aiplatform.googleapis.com --project={project_id}   (then give "
        "the account that it prints roles/aiplatform.serviceAgent: "
        + add_binding("projects/{project_id}", "serviceAccount:SERVICE_AGENT", "roles/aiplatform.serviceAgent")
        + ")",
        request=Request(
            ask="make Vertex AI's service agent, and give it roles/aiplatform.serviceAgent",
            reason="models that are deployed in the project are loaded by it",
            command="gcloud beta services identity create --service=aiplatform.googleapis.com --project={project_id}   "
            "(then: "
            + add_binding("projects/{project_id}", "serviceAccount:SERVICE_AGENT", "roles/aiplatform.serviceAgent")
            + ")",
        ),
        triggered_by=("services.agent",),
    ),
    Diagnosis(
        key="SERVICES_NOT_ENABLED",
        fix_owner="you",
        source=_PAGE,
        cause="Not enabled on {project_id}: {missing}.",
        fix="gcloud services enable {missing} --project={project_id}   (or run `provision apply`)",
        triggered_by=("services.enabled",),
    ),
    Diagnosis(
        key="SERVICE_NOT_YET_USABLE",
        fix_owner="google",
        retryable=True,
        settles=True,
        source="https://github.com/terraform-google-modules/terraform-google-project-factory/issues/753",
        cause="The service is listed as enabled, and calls to it are still refused: it was enabled a moment ago.",
        fix="wait one to three minutes and run it again; `provision apply` waits by itself",
        triggered_by=("services.usable",),
    ),
    Diagnosis(
        key="NOT_USABLE_IN_TIME",
        match=Match(reason="NOT_USABLE_IN_TIME"),
        fix_owner="google",
        retryable=True,
        source=_PAGE,
        cause="The API did not become usable in time: {message}",
        fix="run `provision apply` again: it goes on waiting; or raise --usable-timeout",
        triggered_by=("services.usable",),
    ),
    Diagnosis(
        key="SERVICE_DISABLED",
        reproduced_by=("SERVICE_DISABLED", "chat"),
        match=Match(reason="SERVICE_DISABLED"),
        also=(
            Match(
                text=r"API has not been used in project|it is disabled\. Enable it by visiting"
                r"|API \[[\w.-]+\] not enabled on project"
            ),
        ),
        fix_owner="you",
        retryable=True,
        settles=True,
        source=_REASONS,
        cause="The API {service} is off in the project {consumer}, or was enabled less than a few minutes ago.",
        fix="gcloud services enable {service} --project={consumer}   (then wait one to three minutes)",
        triggered_by=("any",),
    ),
    Diagnosis(
        key="CALLERS_SERVICE_DISABLED",
        reproduced_by=("SERVICE_DISABLED", "accounts"),
        match=Match(reason="SERVICE_DISABLED", metadata=("service", rf"^{_CONTROL_APIS}$")),
        also=(
            Match(
                text=rf"(cloud (billing|resource manager)|service usage|identity and access management \(iam\)|organization policy|IAM service account credentials) API has not been used in project|/apis/api/{_CONTROL_APIS}/",
                priority=10,
            ),
        ),
        fix_owner="you",
        retryable=True,
        source="https://github.com/GoogleCloudPlatform/k8s-config-connector/issues/187",
        cause="The API {service} is off in {consumer}: that is the project your calls are charged to, which can be another than the one you look at.",
        fix="gcloud services enable {service} --project={consumer}   (or charge calls to a project where it is on: gcloud auth application-default set-quota-project {project_id})",
        triggered_by=("GetProject", "BatchGetServices", "GetProjectBillingInfo", "GetBillingAccount"),
    ),
    Diagnosis(
        key="AUTH_PERMISSION_DENIED",
        reproduced_by=("AUTH_PERMISSION_DENIED", "enable"),
        match=Match(reason="AUTH_PERMISSION_DENIED", domain=r"serviceusage\.googleapis\.com|"),
        also=(
            Match(text=r"Permission denied to enable service"),
            Match(
                text=r"(Error enabling service|waiting for apis? .{0,80}enable|Error creating service:).{0,300}The caller does not have permission",
                priority=-1,
            ),
            Match(subject=r"error_code=110002\b"),
        ),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/iam/docs/roles-permissions/serviceusage",
        cause="{principal} may not enable APIs in {project_id}, or the API is closed to new users.",
        fix="{grant}   (an administrator; a new grant takes some minutes)",
        request=granted("APIs have to be enabled, and serviceusage.services.enable is missing"),
        permission="serviceusage.services.enable",
        triggered_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="SERVICE_NETWORKING_DENIED",
        match=Match(reason="AUTH_PERMISSION_DENIED", domain=r"servicenetworking\.googleapis\.com", priority=10),
        also=(Match(text=r"Permission denied to (add|update|delete) peering for service", priority=80),),
        fix_owner="admin",
        retryable=True,
        source="https://docs.cloud.google.com/vpc/docs/configure-private-services-access",
        cause="{principal} may not add a network peering for Service Networking in the project of the network: servicenetworking.services.addPeering is missing.",
        fix="{grant}   (on the project of the VPC network; roles/compute.networkAdmin holds it too, with much more)",
        request=granted(
            "a peering for private services access is refused: servicenetworking.services.addPeering is missing"
        ),
        permission="servicenetworking.services.addPeering",
        triggered_by=("AddPeering",),
        not_reproduced="the sandbox does not serve Service Networking.",
    ),
    Diagnosis(
        key="SERVICES_LIST_DENIED",
        match=Match(reason="AUTH_PERMISSION_DENIED", text=r"Permission denied to (list|get) services?"),
        also=(
            Match(text=r"Permission denied to (list|get) services?\b"),
            Match(text=r"Failed to list enabled services.{0,200}does not have permission"),
            Match(reason="AUTH_PERMISSION_DENIED", metadata=("permission", r"^serviceusage\.services\.(list|get)$")),
            Match(reason="IAM_PERMISSION_DENIED", metadata=("permission", r"^serviceusage\.services\.(list|get)$")),
        ),
        fix_owner="admin",
        retryable=True,
        source="https://github.com/aquasecurity/cloudsploit/issues/1606",
        cause="{principal} may not see which APIs are enabled in {project_id}.",
        fix="{grant}   (an administrator; a new grant takes some minutes)",
        request=granted("whether the APIs are enabled cannot be seen: serviceusage.services.list is missing"),
        permission="serviceusage.services.list",
        triggered_by=("BatchGetServices",),
    ),
    Diagnosis(
        key="SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        reproduced_by=("SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED", "enable"),
        match=Match(reason="SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"),
        also=(
            Match(text=r"Not found or permission denied for service\(s\)"),
            Match(subject=r"error_code=220002\b"),
        ),
        fix_owner="you",
        retryable=True,
        source="https://github.com/google/stellar-engine/issues/19",
        cause="An API's name is misspelled (such as `googeapis`), several were passed as one word, it is not for you, or the project is seconds old: {message}",
        fix="gcloud services list --available --project={project_id}   (is the name there? on a new project, wait a minute)",
        triggered_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="ACTIVATION_IN_PROGRESS",
        reproduced_by=("ACTIVATION_IN_PROGRESS", "enable"),
        match=Match(text=r"Another activation or deactivation is in progress"),
        fix_owner="google",
        retryable=True,
        source="https://github.com/hashicorp/terraform-provider-google/blob/main/google/transport/error_retry_predicates.go",
        cause="Someone else is enabling or disabling APIs in the project just now.",
        fix="wait a minute and run it again; let only one job at a time enable APIs",
        triggered_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="PRECONDITION_FAILED",
        reproduced_by=("PRECONDITION_CHECK_FAILED", "enable"),
        match=Match(status="FAILED_PRECONDITION"),
        also=(Match(text=r"googleapi: Error 4(00|12): Precondition check failed", priority=-10),),
        fix_owner="you",
        verdict="unknown",
        retryable=True,
        source=_PROVIDER,
        cause="{called_service} says that something must be done first, and this text does not say what: the program that called it left Google's details out.",
        fix="run `provision check --project {project_id}`, which shows them (billing and organization policy are the commonest); or repeat the call with `gcloud --log-http`",
        triggered_by=("BatchEnableServices", "UpdateProjectBillingInfo"),
    ),
    Diagnosis(
        key="ENABLE_INTERNAL_ERROR",
        reproduced_by=("BATCH_ENABLE_INTERNAL", "enable"),
        match=Match(text=r"encountered internal error.{0,200}(160009|failed services)"),
        fix_owner="google",
        retryable=True,
        source="https://github.com/hashicorp/terraform-provider-google/issues/14691",
        cause="Google stumbled while it enabled several APIs at once; some are on, some are not.",
        fix="run it again: what is on stays on",
        triggered_by=("BatchEnableServices",),
    ),
    Diagnosis(
        key="SERVICE_HAS_DEPENDENTS",
        reproduced_by=("COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES", "disable"),
        match=Match(text=r"is depended on by the following active service|disable_dependent_services"),
        fix_owner="you",
        source="https://github.com/hashicorp/terraform-provider-google/issues/5424",
        cause="Other enabled APIs need the one that is to be disabled.",
        fix="leave it enabled (it costs nothing), or disable all: gcloud services disable {service} --force --project={project_id}",
        triggered_by=("DisableService",),
    ),
    Diagnosis(
        key="SERVICE_HAS_USAGE",
        reproduced_by=("COMMON_SU_SERVICE_HAS_USAGE", "disable"),
        match=Match(reason="COMMON_SU_SERVICE_HAS_USAGE"),
        also=(Match(text=r"has usage in the last 30 days|check_if_service_has_usage"),),
        fix_owner="you",
        source="https://github.com/GoogleCloudPlatform/magic-modules/pull/11494",
        cause="The project has called the API within the last 30 days, and Google was asked to look for that before it is disabled.",
        fix="leave it enabled (it costs nothing), or disable it anyway: gcloud services disable {service} --force --project={project_id}",
        triggered_by=("DisableService",),
    ),
    Diagnosis(
        key="OPERATION_NOT_DONE",
        match=Match(reason="OPERATION_NOT_DONE"),
        fix_owner="google",
        verdict="unknown",
        retryable=True,
        source="https://cloud.google.com/apis/design/design_patterns",
        cause="The operation goes on without us: {message}",
        fix="run the command again: it looks what has become of it",
        triggered_by=("GetOperation",),
    ),
)
