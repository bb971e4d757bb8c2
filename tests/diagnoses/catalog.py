"""Every class of refusal in the catalogue that was collected from Google's pages and public threads, as data.

The numbers are the catalogue's (1 to 104; `n1` and on are classes found later, letters are corrections). They stand
here and nowhere in the product, to prove that nothing of the catalogue is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal["server", "oauth", "operation", "text", "seen"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One class of refusal.

    Attributes:
        kind: what sends it: a server, a token endpoint, an operation's error, nobody (text of a client), or nobody at
            all (a step sees it).
        texts: how a client words it, where no server does.
    """

    row: str
    key: str
    kind: Kind = "server"
    code: int = 403
    status: str = "PERMISSION_DENIED"
    reason: str = ""
    domain: str = "googleapis.com"
    metadata: dict[str, str] = field(default_factory=dict)
    violations: tuple[tuple[str, str, str, str], ...] = ()
    message: str = ""
    service: str = "aiplatform.googleapis.com"
    texts: tuple[str, ...] = ()
    oauth: dict[str, str] = field(default_factory=dict)

    @property
    def details(self) -> list[dict[str, Any]]:
        """The google.rpc details, as JSON."""
        listed: list[dict[str, Any]] = []
        if self.reason:
            listed.append(
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": self.reason,
                    "domain": self.domain,
                    "metadata": self.metadata,
                }
            )
        for name, kind, subject, description in self.violations:
            violation = {"subject": subject, "description": description} | ({"type": kind} if kind else {})
            listed.append({"@type": f"type.googleapis.com/google.rpc.{name}", "violations": [violation]})
        return listed


CRM, SU, BILLING, IAM = (
    f"{name}.googleapis.com" for name in ("cloudresourcemanager", "serviceusage", "cloudbilling", "iam")
)
DISABLED = (
    "{title} has not been used in project {project} before or it is disabled. Enable it by visiting "
    "https://console.developers.google.com/apis/api/{service}/overview?project={project} then retry."
)
MODEL = "Publisher Model `projects/my-team-chat/locations/global/publishers/openai/models/gpt-oss-120b-maas`"


def server(row: str, key: str, code: int, status: str, message: str = "", **more: Any) -> Case:
    return Case(row=row, key=key, code=code, status=status, message=message, **more)


def denied(row: str, key: str, reason: str, message: str = "", **more: Any) -> Case:
    return Case(row=row, key=key, reason=reason, message=message or "The call is refused.", **more)


def oauth(row: str, key: str, error: str, description: str, **more: str) -> Case:
    return Case(row=row, key=key, kind="oauth", oauth={"error": error, "error_description": description, **more})


def text(row: str, key: str, *texts: str) -> Case:
    return Case(row=row, key=key, kind="text", texts=texts)


def policy(row: str, key: str, constraint: str, message: str) -> Case:
    return server(
        row,
        key,
        400,
        "FAILED_PRECONDITION",
        message,
        violations=(("PreconditionFailure", f"constraints/{constraint}", "orgpolicy:projects/my-team-chat", message),),
        service=IAM,
    )


def _precondition(kind: str, subject: str) -> tuple[tuple[str, str, str, str], ...]:
    return (("PreconditionFailure", kind, subject, ""),)


UREQ = "serviceusage.googleapis.com/billing-enabled"
WHERE = {"service": "aiplatform.googleapis.com", "method": "google.cloud.aiplatform.v1.EndpointService.ListEndpoints"}
CASES: Final = (
    text(
        "1",
        "NO_CREDENTIALS",
        "google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To set up Application Default Credentials, see https://cloud.google.com/docs/authentication/external/set-up-adc for more information.",
    ),
    text(
        "2",
        "CREDENTIALS_FILE_MISSING",
        "google.auth.exceptions.DefaultCredentialsError: File /home/ann/key.json was not found.",
    ),
    denied(
        "3",
        "CREDENTIALS_MISSING",
        "CREDENTIALS_MISSING",
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
        code=401,
        status="UNAUTHENTICATED",
        metadata=WHERE,
    ),
    denied(
        "3a",
        "API_KEY_UNSUPPORTED",
        "CREDENTIALS_MISSING",
        "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.",
        code=401,
        status="UNAUTHENTICATED",
        metadata=WHERE,
    ),
    denied(
        "4",
        "ACCESS_TOKEN_EXPIRED",
        "ACCESS_TOKEN_EXPIRED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
        code=401,
        status="UNAUTHENTICATED",
        metadata=WHERE,
    ),
    denied(
        "5",
        "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        "The access token type is not supported.",
        code=401,
        status="UNAUTHENTICATED",
        metadata=WHERE,
    ),
    denied(
        "6",
        "ACCOUNT_STATE_INVALID",
        "ACCOUNT_STATE_INVALID",
        "The account is disabled.",
        code=401,
        status="UNAUTHENTICATED",
        metadata=WHERE | {"email": "ci@my-team-chat.iam.gserviceaccount.com"},
    ),
    denied(
        "7",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "Request had insufficient authentication scopes.",
        metadata=WHERE,
    ),
    oauth("8", "INVALID_RAPT", "invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt"),
    oauth("9", "TOKEN_REVOKED", "invalid_grant", "Token has been expired or revoked."),
    oauth(
        "10",
        "CLOCK_SKEW",
        "invalid_grant",
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    ),
    oauth("11", "INVALID_JWT_SIGNATURE", "invalid_grant", "Invalid JWT Signature."),
    oauth("12", "ACCOUNT_NOT_FOUND", "invalid_grant", "Invalid grant: account not found"),
    oauth("13", "STS_ISSUER_UNREACHABLE", "invalid_grant", "Error connecting to the given credential's issuer."),
    oauth(
        "14",
        "STS_SUBJECT_TOO_LONG",
        "invalid_request",
        "The size of mapped attribute google.subject exceeds the 127 bytes limit.",
    ),
    oauth("15", "STS_CONDITION", "unauthorized_client", "The given credential is rejected by the attribute condition."),
    oauth(
        "15a",
        "STS_AUDIENCE",
        "invalid_grant",
        "The audience in ID Token [https://example.com] does not match the expected audience.",
    ),
    oauth(
        "15b",
        "STS_INVALID_TARGET",
        "invalid_target",
        'The target service indicated by the "audience" parameters is invalid.',
    ),
    oauth(
        "15c",
        "STS_AUDIENCE_MALFORMED",
        "invalid_request",
        'Invalid value for "audience". This value should be the full resource name of the Identity Provider.',
    ),
    oauth(
        "16",
        "STS_THROTTLED",
        "quota_exceeded",
        "The request was throttled due to rate limit: sts.googleapis.com/token_exchange",
    ),
    denied(
        "17",
        "IMPERSONATION_DENIED",
        "IAM_PERMISSION_DENIED",
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        domain="iam.googleapis.com",
        metadata={"permission": "iam.serviceAccounts.getAccessToken"},
        service="iamcredentials.googleapis.com",
    ),
    text(
        "18",
        "UNIVERSE_MISMATCH",
        "google.api_core.universe.UniverseMismatchError: The configured universe domain (example.com) does not match the universe domain found in the credentials (googleapis.com).",
        "Error: Universe domain mismatch: 'example.com' supplied in config does not match 'googleapis.com'\n\n  with provider[\"registry.terraform.io/hashicorp/google\"],",
    ),
    text(
        "19",
        "OPENAI_KEY_MISSING",
        "openai.OpenAIError: Missing credentials. Please pass an `api_key`, or set the OPENAI_API_KEY environment variable.",
    ),
    denied(
        "20",
        "USER_BLOCKED_BY_ADMIN",
        "USER_BLOCKED_BY_ADMIN",
        "Access to the service has been turned off for this user by an administrator.",
        metadata=WHERE,
    ),
    denied(
        "21",
        "SERVICE_DISABLED",
        "SERVICE_DISABLED",
        DISABLED.format(title="Agent Platform API", project="my-team-chat", service="aiplatform.googleapis.com"),
        metadata={"consumer": "projects/my-team-chat", "service": "aiplatform.googleapis.com"},
    ),
    denied(
        "22",
        "QUOTA_PROJECT_MISSING",
        "SERVICE_DISABLED",
        "Your application is authenticating by using local Application Default Credentials. The cloudresourcemanager.googleapis.com API requires a quota project, which is not set by default.",
        metadata={"consumer": "projects/764086051850", "service": CRM},
        service=CRM,
    ),
    denied(
        "23",
        "USER_PROJECT_DENIED",
        "USER_PROJECT_DENIED",
        "Caller does not have required permission to use project my-team-chat. Grant the caller the roles/serviceusage.serviceUsageConsumer role",
        metadata={"consumer": "projects/my-team-chat", "service": CRM},
        service=CRM,
    ),
    denied(
        "24",
        "CONSUMER_INVALID",
        "CONSUMER_INVALID",
        "Permission denied on resource project my-taem-chat.",
        metadata={"consumer": "projects/my-taem-chat", "service": SU},
        service=SU,
    ),
    denied(
        "25",
        "CONSUMER_DELETED",
        "CONSUMER_INVALID",
        "Project #123456 has been deleted.",
        metadata={"consumer": "projects/123456", "service": SU},
        service=SU,
    ),
    denied(
        "26",
        "CONSUMER_SUSPENDED",
        "CONSUMER_SUSPENDED",
        "Consumer 'projects/my-team-chat' has been suspended.",
        metadata={"consumer": "projects/my-team-chat", "service": SU},
        service=SU,
    ),
    denied(
        "26a",
        "CONSUMER_SUSPENDED",
        "GCP_SUSPENDED",
        "The project is suspended.",
        metadata={"consumer": "projects/my-team-chat", "service": SU},
        service=SU,
    ),
    denied(
        "27",
        "RESOURCE_PROJECT_INVALID",
        "RESOURCE_PROJECT_INVALID",
        "Invalid resource field value in the request.",
        code=400,
        status="INVALID_ARGUMENT",
        metadata=WHERE,
    ),
    server(
        "28",
        "PROJECT_UNKNOWN_TO_SERVICE_USAGE",
        403,
        "PERMISSION_DENIED",
        "Project '123456' not found or permission denied.",
        service=SU,
    ),
    server("29", "PROJECT_CREATE_DENIED", 403, "PERMISSION_DENIED", "The caller does not have permission", service=CRM),
    denied(
        "30",
        "IAM_PERMISSION_DENIED",
        "IAM_PERMISSION_DENIED",
        "Permission 'resourcemanager.projects.get' denied on resource '//cloudresourcemanager.googleapis.com/projects/my-team-chat' (or it may not exist).",
        domain=CRM,
        metadata={"permission": "resourcemanager.projects.get", "resource": "projects/my-team-chat"},
        service=CRM,
    ),
    server("31", "PROJECT_ID_TAKEN", 409, "ALREADY_EXISTS", "Requested entity already exists", service=CRM),
    text(
        "31a",
        "PROJECT_ID_TAKEN",
        "ERROR: (gcloud.projects.create) Project creation failed. The project ID you specified is already in use by another project. Please try an alternative ID.",
    ),
    Case(
        row="32",
        key="PROJECT_QUOTA",
        kind="operation",
        code=8,
        status="RESOURCE_EXHAUSTED",
        message="The project cannot be created because you have exceeded your allotted project quota.",
        violations=(
            (
                "QuotaFailure",
                "",
                "",
                "The project cannot be created because you have exceeded your allotted project quota.",
            ),
        ),
        service=CRM,
    ),
    Case(
        row="33",
        key="TOS",
        kind="operation",
        code=9,
        status="FAILED_PRECONDITION",
        message="Callers must accept Terms of Service",
        violations=_precondition("TOS", "cloud"),
        service=CRM,
    ),
    server(
        "34",
        "UREQ_TOS_NOT_ACCEPTED",
        400,
        "FAILED_PRECONDITION",
        "The terms of service 'cloud' with id 'cloud' must be accepted.",
        reason="UREQ_TOS_NOT_ACCEPTED",
        domain="serviceusage.googleapis.com/terms-of-service",
        service=SU,
    ),
    text(
        "35",
        "BAD_PROJECT_ID",
        "ERROR: (gcloud.projects.create) argument PROJECT_ID: Bad value [My_Chat]: Project IDs must start with a lowercase letter.",
    ),
    server("36", "PROJECT_HAS_LIENS", 400, "FAILED_PRECONDITION", "Project has an active child resource.", service=CRM),
    server("37", "OPERATION_GONE", 404, "NOT_FOUND", "The operation operations/cp.123 was not found.", service=CRM),
    denied(
        "38",
        "BILLING_DISABLED",
        "BILLING_DISABLED",
        "This API method requires billing to be enabled. Please enable billing on project #123456 by visiting https://console.developers.google.com/billing/enable?project=123456 then retry.",
        metadata={"consumer": "projects/123456", "service": "aiplatform.googleapis.com"},
    ),
    server(
        "39",
        "BILLING_DISABLED",
        403,
        "PERMISSION_DENIED",
        "Project my-team-chat (#123456) has billing disabled. Please enable it.",
    ),
    server(
        "40",
        "BILLING_DISABLED",
        403,
        "PERMISSION_DENIED",
        "The project to be billed is associated with an absent billing account.",
        service="storage.googleapis.com",
    ),
    server(
        "41",
        "UREQ_PROJECT_BILLING_NOT_FOUND",
        400,
        "FAILED_PRECONDITION",
        "Billing account for project '123456' is not found. Billing must be enabled for activation of service(s) 'aiplatform.googleapis.com' to proceed.",
        reason="UREQ_PROJECT_BILLING_NOT_FOUND",
        domain=UREQ,
        metadata={"project": "123456", "services": "aiplatform.googleapis.com"},
        violations=_precondition(
            "googleapis.com/billing-enabled", "?error_code=390001&project=123456&services=aiplatform.googleapis.com"
        ),
        service=SU,
    ),
    server(
        "42",
        "UREQ_PROJECT_BILLING_NOT_OPEN",
        400,
        "FAILED_PRECONDITION",
        "Billing account for project '123456' is not open. Billing must be enabled for activation of service(s) 'aiplatform.googleapis.com' to proceed.",
        reason="UREQ_PROJECT_BILLING_NOT_OPEN",
        domain=UREQ,
        metadata={"project": "123456", "services": "aiplatform.googleapis.com"},
        violations=_precondition(
            "googleapis.com/billing-enabled", "?error_code=390002&project=123456&services=aiplatform.googleapis.com"
        ),
        service=SU,
    ),
    server(
        "43",
        "BILLING_QUOTA",
        400,
        "FAILED_PRECONDITION",
        "Precondition check failed.",
        violations=(
            (
                "QuotaFailure",
                "",
                "billingAccounts/012345-6789AB-CDEF01",
                "Cloud billing quota exceeded: https://support.google.com/code/contact/billing_quota_increase",
            ),
        ),
        service=BILLING,
    ),
    server(
        "44",
        "BILLING_CONSTRAINT",
        400,
        "FAILED_PRECONDITION",
        "Precondition check failed.",
        violations=(
            ("PreconditionFailure", "", "", "Constraint `constraints/billing.restrictBillingAccounts` violated"),
        ),
        service=BILLING,
    ),
    server(
        "45", "BILLING_PERMISSION", 403, "PERMISSION_DENIED", "The caller does not have permission", service=BILLING
    ),
    text(
        "45a",
        "BILLING_PERMISSION",
        'Error: failed pre-requisites: missing permission on "billingAccounts/012345-6789AB-CDEF01": billing.resourceAssociations.create\n\n  with google_project.chat,\n',
    ),
    text(
        "46",
        "BILLING_NO_ACCOUNTS",
        "gcloud billing accounts list: No billing accounts found.",
        '{"billingAccounts": []}',
    ),
    denied(
        "47",
        "CALLERS_SERVICE_DISABLED",
        "SERVICE_DISABLED",
        DISABLED.format(title="Cloud Billing API", project="123456", service=BILLING),
        metadata={"consumer": "projects/123456", "service": BILLING},
        service=BILLING,
    ),
    server("48", "BILLING_ACCOUNT_UNKNOWN", 404, "NOT_FOUND", "Requested entity was not found.", service=BILLING),
    server(
        "49",
        "AUTH_PERMISSION_DENIED",
        403,
        "PERMISSION_DENIED",
        "Permission denied to enable service [aiplatform.googleapis.com]",
        reason="AUTH_PERMISSION_DENIED",
        domain=SU,
        violations=_precondition(
            "googleapis.com",
            "?error_code=110002&service=serviceusage.googleapis.com&permission=serviceusage.services.enable",
        ),
        service=SU,
    ),
    server(
        "50",
        "SERVICES_LIST_DENIED",
        403,
        "PERMISSION_DENIED",
        "Permission denied to list services for consumer container [projects/123456]",
        reason="AUTH_PERMISSION_DENIED",
        domain=SU,
        violations=_precondition("googleapis.com", "110002"),
        service=SU,
    ),
    server(
        "51",
        "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        403,
        "PERMISSION_DENIED",
        "Not found or permission denied for service(s): aiplatform.googeapis.com.",
        reason="SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED",
        domain=SU,
        metadata={"services": "aiplatform.googeapis.com"},
        service=SU,
    ),
    server(
        "52",
        "ACTIVATION_IN_PROGRESS",
        400,
        "FAILED_PRECONDITION",
        "Another activation or deactivation is in progress for the service(s).",
        service=SU,
    ),
    server("53", "PRECONDITION_FAILED", 400, "FAILED_PRECONDITION", "Precondition check failed.", service=SU),
    Case(
        row="54",
        key="ENABLE_INTERNAL_ERROR",
        kind="operation",
        code=13,
        status="INTERNAL",
        message="[google.rpc.error_details_ext] encountered internal error. Help Token: abc 160009 with failed services [aiplatform.googleapis.com]",
        service=SU,
    ),
    server(
        "55",
        "SERVICE_HAS_DEPENDENTS",
        400,
        "FAILED_PRECONDITION",
        "The service compute.googleapis.com is depended on by the following active service(s): container.googleapis.com. Please specify disable_dependent_services=true",
        service=SU,
    ),
    denied(
        "56",
        "RATE_LIMIT_EXCEEDED",
        "RATE_LIMIT_EXCEEDED",
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'cloudresourcemanager.googleapis.com' for consumer 'project_number:123456'.",
        code=429,
        status="RESOURCE_EXHAUSTED",
        metadata={"consumer": "projects/123456", "service": CRM, "quota_limit": "ReadRequestsPerMinutePerProject"},
        service=CRM,
    ),
    denied(
        "56a",
        "SHARED_PROJECT_THROTTLED",
        "RATE_LIMIT_EXCEEDED",
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'cloudresourcemanager.googleapis.com' for consumer 'project_number:764086051850'.",
        code=429,
        status="RESOURCE_EXHAUSTED",
        metadata={"consumer": "projects/764086051850", "service": CRM},
        service=CRM,
    ),
    server(
        "56b",
        "RATE_LIMIT_EXCEEDED",
        500,
        "INTERNAL",
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service 'iam.googleapis.com' for consumer 'project_number:123456'.",
        service=IAM,
    ),
    denied(
        "57",
        "RESOURCE_QUOTA_EXCEEDED",
        "RESOURCE_QUOTA_EXCEEDED",
        "The quota is used up.",
        code=429,
        status="RESOURCE_EXHAUSTED",
        metadata={"quota_limit": "EndpointsPerProject", "consumer": "projects/123456"},
    ),
    server(
        "57a",
        "RESOURCE_QUOTA_EXCEEDED",
        429,
        "RESOURCE_EXHAUSTED",
        "The following quota metrics exceed quota limits: aiplatform.googleapis.com/custom_model_serving_nvidia_l4_gpus",
    ),
    denied(
        "58",
        "RESOURCE_USAGE_RESTRICTION_VIOLATED",
        "RESOURCE_USAGE_RESTRICTION_VIOLATED",
        "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for 'projects/123456' attempting to use service 'aiplatform.googleapis.com'.",
        metadata={"consumer": "projects/123456", "service": "aiplatform.googleapis.com"},
    ),
    denied(
        "59",
        "CUSTOM_ORG_POLICY_VIOLATION",
        "CUSTOM_ORG_POLICY_VIOLATION",
        'Operation denied by org policy on resource \'projects/my-team-chat\': ["customConstraints/custom.noBuckets": "none"].',
        code=400,
        status="FAILED_PRECONDITION",
        service=IAM,
    ),
    policy(
        "60",
        "KEY_CREATION_FORBIDDEN",
        "iam.disableServiceAccountKeyCreation",
        "Key creation is not allowed on this service account.",
    ),
    policy(
        "61",
        "ACCOUNT_CREATION_FORBIDDEN",
        "iam.disableServiceAccountCreation",
        "Service account creation is not allowed on this project.",
    ),
    policy(
        "62",
        "MEMBER_DOMAIN_FORBIDDEN",
        "iam.allowedPolicyMemberDomains",
        "One or more users named in the policy do not belong to a permitted customer, perhaps due to an organization policy.",
    ),
    policy(
        "63",
        "WIF_ISSUER_FORBIDDEN",
        "iam.workloadIdentityPoolProviders",
        "Org Policy violated for value: 'https://token.example.com'",
    ),
    policy(
        "64",
        "LOCATION_FORBIDDEN",
        "gcp.resourceLocations",
        "The request has violated one or more Org Policies. Please refer to the respective violations for more information.",
    ),
    denied(
        "64a",
        "LOCATION_FORBIDDEN",
        "LOCATION_ORG_POLICY_VIOLATED",
        "Location us-central1 is not allowed.",
        metadata={"location": "us-central1", "resource": "projects/my-team-chat"},
    ),
    denied(
        "64b",
        "LOCATION_FORBIDDEN",
        "LOCATION_POLICY_VIOLATED",
        "Permission denied on 'locations/us-cetral1' (or it may not exist).",
        metadata={"consumer": "projects/123456", "service": "aiplatform.googleapis.com"},
    ),
    denied(
        "65",
        "LOCATION_TAX_POLICY_VIOLATED",
        "LOCATION_TAX_POLICY_VIOLATED",
        "The location is not allowed.",
        metadata={"location": "europe-west1", "consumer": "projects/123456"},
    ),
    denied(
        "66",
        "SECURITY_POLICY_VIOLATED",
        "SECURITY_POLICY_VIOLATED",
        "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abcDEF123.",
        metadata={"uid": "abcDEF123", "service": "aiplatform.googleapis.com"},
        violations=_precondition("VPC_SERVICE_CONTROLS", "abcDEF123"),
    ),
    server(
        "66a",
        "SECURITY_POLICY_VIOLATED",
        403,
        "PERMISSION_DENIED",
        "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: abcDEF123.",
        violations=_precondition("VPC_SERVICE_CONTROLS", "abcDEF123"),
    ),
    denied(
        "67",
        "TLS_ORG_POLICY_VIOLATED",
        "TLS_ORG_POLICY_VIOLATED",
        "The TLS version is refused.",
        metadata={"service": "aiplatform.googleapis.com", "tlsVersion": "1.1"},
    ),
    server(
        "68",
        "CONCURRENT_POLICY_CHANGE",
        409,
        "ABORTED",
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
        service=CRM,
    ),
    server(
        "69",
        "SERVICE_ACCOUNT_NOT_THERE",
        400,
        "INVALID_ARGUMENT",
        "Service account ci@my-team-chat.iam.gserviceaccount.com does not exist.",
        service=CRM,
    ),
    denied(
        "70",
        "SERVICE_ACCOUNT_NEW",
        "IAM_PERMISSION_DENIED",
        "Permission 'iam.serviceAccounts.get' denied on resource (or it may not exist).",
        domain=IAM,
        metadata={"permission": "iam.serviceAccounts.get"},
        service=IAM,
    ),
    denied(
        "71",
        "ORG_POLICY_UNREADABLE",
        "IAM_PERMISSION_DENIED",
        "Permission 'orgpolicy.policy.get' denied on resource '//orgpolicy.googleapis.com/projects/my-team-chat/policies/gcp.resourceLocations' (or it may not exist).",
        domain="orgpolicy.googleapis.com",
        metadata={"permission": "orgpolicy.policy.get"},
        service="orgpolicy.googleapis.com",
    ),
    denied(
        "72",
        "PREDICT_DENIED",
        "IAM_PERMISSION_DENIED",
        "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/my-team-chat/locations/global/endpoints/openapi' (or it may not exist).",
        domain="aiplatform.googleapis.com",
        metadata={
            "permission": "aiplatform.endpoints.predict",
            "resource": "projects/my-team-chat/locations/global/endpoints/openapi",
        },
    ),
    server(
        "73",
        "PUBLISHER_MODEL_NOT_FOUND",
        404,
        "NOT_FOUND",
        f"{MODEL} was not found or your project does not have access to it. Please ensure you are using a valid model version.",
    ),
    server(
        "74",
        "PUBLISHER_MODEL_NOT_ALLOWED",
        400,
        "FAILED_PRECONDITION",
        f"Project `123456` is not allowed to use {MODEL}",
    ),
    server(
        "75",
        "PUBLISHER_MODEL_NOT_SERVABLE",
        400,
        "FAILED_PRECONDITION",
        f"{MODEL} is not servable in region us-central1.",
    ),
    server(
        "76",
        "ALLOWED_MODELS",
        400,
        "FAILED_PRECONDITION",
        "Organization Policy constraint constraints/vertexai.allowedModels violated for `projects/123456` attempting to use a disallowed Gen AI model gpt-oss-120b-maas. Please contact your organization administrator to fix this violation by adding `publishers/openai/models/gpt-oss-120b-maas:predict` to the allowed values.",
    ),
    server(
        "77",
        "MALFORMED_PUBLISHER_MODEL",
        400,
        "INVALID_ARGUMENT",
        "Malformed publisher model (`model`: 'gpt-oss-120b') for the 'openapi' request endpoint ID; expected '<publisher>/<model>'.",
    ),
    server(
        "78",
        "SERVICE_AGENTS",
        400,
        "FAILED_PRECONDITION",
        "Service agents are being provisioned (https://cloud.google.com/vertex-ai/docs/general/access-control#service-agents). Service agents are needed to read the Cloud Storage file provided. So please try again in a few minutes.",
    ),
    server(
        "79",
        "SHARED_CAPACITY",
        429,
        "RESOURCE_EXHAUSTED",
        "Resource exhausted, please try again later. Please refer to https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.",
    ),
    server(
        "80",
        "MODEL_QUOTA",
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: gpt-oss. Please submit a quota increase request.",
    ),
    server(
        "81",
        "PROVISIONED_THROUGHPUT",
        429,
        "RESOURCE_EXHAUSTED",
        "Too many requests. Exceeded the Provisioned Throughput.",
    ),
    server(
        "82",
        "ENDPOINT_NOT_FOUND",
        404,
        "NOT_FOUND",
        "Endpoint `projects/123456/locations/us-central1/endpoints/42` not found.",
    ),
    server(
        "83",
        "ENDPOINT_EMPTY",
        400,
        "FAILED_PRECONDITION",
        "Endpoint projects/123456/locations/us-central1/endpoints/42 doesn't have traffic_split.",
    ),
    server(
        "84",
        "DEDICATED_ENDPOINT",
        400,
        "FAILED_PRECONDITION",
        "Dedicated Endpoint cannot be accessed through the shared Vertex AI domain aiplatform.googleapis.com. Please access the endpoint using its dedicated domain name '42.us-central1-123456.prediction.vertexai.goog'",
    ),
    text(
        "85",
        "DEDICATED_DNS",
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='42.us-central1-my-team-chat.prediction.vertexai.goog', port=443): Max retries exceeded (Caused by NameResolutionError: [Errno -2] Name or service not known)",
    ),
    text(
        "86",
        "WRONG_PATH",
        "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> <ins>That's an error.</ins> <p>The requested URL <code>/v1/v1/projects</code> was not found on this server.",
        "openai.NotFoundError: 404 status code (no body)  (https://aiplatform.googleapis.com/v1/models)",
    ),
    server("87", "WRONG_HOST", 501, "UNIMPLEMENTED", "Received http2 header with status: 404"),
    text(
        "88",
        "UNSUPPORTED_REGION",
        "ValueError: Unsupported region for Vertex AI, select from frozenset({'us-central1', 'europe-west4'})",
    ),
    server(
        "89",
        "PROMPT_TOO_LONG",
        400,
        "INVALID_ARGUMENT",
        "The input token count (1400000) exceeds the maximum number of tokens allowed (1048576).",
    ),
    Case(row="90", key="CHAT_EMPTY", kind="seen"),
    server("91", "UNAVAILABLE", 503, "UNAVAILABLE", "The service is currently unavailable."),
    server("91a", "CANCELLED", 499, "CANCELLED", "The operation was cancelled."),
    server("91b", "DEADLINE_EXCEEDED", 504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    server("92", "NO_HEALTHY_UPSTREAM", 503, "UNAVAILABLE", "no healthy upstream"),
    server("93", "INTERNAL", 500, "INTERNAL", "Internal error encountered."),
    text(
        "94",
        "EDGE_ERROR",
        "$ curl -i https://aiplatform.googleapis.com/v1/x\r\nHTTP/2 403 \r\ndate: Sat, 21 Nov 2026 12:00:00 GMT\r\ncontent-length: 0\r\n\r\n",
        "HTTP/2 403 \r\ncontent-type: text/html; charset=UTF-8\r\n\r\n<!DOCTYPE html><html lang=en><title>Error 403 (Forbidden)!!1</title><p>That's an error.",
    ),
    server(
        "95",
        "UNSUPPORTED_PARAMETER",
        400,
        "INVALID_ARGUMENT",
        'tool_choice "required" is not supported for this model.',
    ),
    text(
        "96",
        "PLAINTEXT_SERVER",
        "google.api_core.exceptions.ServiceUnavailable: 503 failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:8080: Ssl handshake failed (TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER",
    ),
    text(
        "97",
        "TLS",
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='oauth2.googleapis.com', port=443): Max retries exceeded with url: /token (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate')))",
        "Error: unable to get local issuer certificate at TLSSocket (gaxios https://oauth2.googleapis.com/token)",
    ),
    text(
        "97a",
        "TLS_STRICT",
        "httpx.ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: CA cert does not include key usage extension (_ssl.c:1018) (https://aiplatform.googleapis.com/v1)",
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='oauth2.googleapis.com', port=443): Max retries exceeded with url: /token (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Missing Authority Key Identifier (_ssl.c:1018)')))",
    ),
    text(
        "98",
        "IPV6",
        "google.api_core.exceptions.ServiceUnavailable: 503 failed to connect to all addresses; last error: UNKNOWN: ipv6:%5B2607:f8b0::200a%5D:443: No route to host",
    ),
    text(
        "99",
        "NAME_NOT_RESOLVED",
        "curl: (6) Could not resolve host: us-cetral1-aiplatform.googleapis.com",
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='us-cetral1-aiplatform.googleapis.com', port=443): Failed to resolve 'us-cetral1-aiplatform.googleapis.com' ([Errno -2] Name or service not known)",
    ),
    text(
        "100",
        "RESTRICTED_HOST_TLS",
        "curl: (60) SSL: no alternative certificate subject name matches target host name 'aiplatform.us.rep.googleapis.com'",
    ),
    text("101", "DEADLINE_EXCEEDED", "google.api_core.exceptions.DeadlineExceeded: 504 Deadline Exceeded"),
    text(
        "101a",
        "TIMEOUT",
        "openai.APITimeoutError: Request timed out. (https://aiplatform.googleapis.com/v1/projects/my-team-chat)",
    ),
    text(
        "102",
        "GCLOUD_OVERRIDE_SLASH",
        "ERROR: (gcloud.ai.endpoints.list) The endpoint_overrides property [http://127.0.0.1:8080] must be an absolute URI beginning with http:// or https:// and ending with a trailing '/'.",
    ),
    text(
        "103",
        "DELETION_POLICY",
        "╷\n│ Error: Cannot destroy project as deletion_policy is set to PREVENT.\n│ \n│   with google_project.chat,\n╵",
    ),
    text(
        "104",
        "METADATA_SERVER",
        "google.auth.exceptions.RefreshError: Failed to retrieve http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/ from the Google Compute Engine metadata service. Compute Engine Metadata server unavailable",
    ),
    text(
        "n1",
        "OIDC_PERMISSION_MISSING",
        "Error: google-github-actions/auth failed with: GitHub Actions did not inject $ACTIONS_ID_TOKEN_REQUEST_TOKEN or $ACTIONS_ID_TOKEN_REQUEST_URL into this job.",
    ),
    server(
        "n2",
        "WIF_PROVIDER_NEEDS_CONDITION",
        400,
        "INVALID_ARGUMENT",
        "The attribute condition must reference one of the provider's claims. For more information, see https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines",
        service=IAM,
    ),
    server("n3", "WIF_ID_TAKEN", 409, "ALREADY_EXISTS", "Requested entity already exists", service=IAM),
    text(
        "n4",
        "PRIVATE_KEY_MALFORMED",
        "google.auth.exceptions.MalformedError: No key could be detected.",
        "ValueError: ('Could not deserialize key data. The data may be in an incorrect format.', ...) in google/auth/crypt",
        "Error: error:1E08010C:DECODER routines::unsupported at google-auth-library",
    ),
    text(
        "n5",
        "GCLOUD_NO_ACCOUNT",
        "ERROR: (gcloud.projects.list) You do not currently have an active account selected.\nPlease run:\n\n  $ gcloud auth login\n",
    ),
    text(
        "n6",
        "GKE_NO_WORKLOAD_IDENTITY",
        "google.auth.exceptions.TransportError: Failed to retrieve http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token from the Google Compute Engine metadata service. Status: 404 Response: b'Unable to find'",
    ),
    server(
        "n7",
        "WRONG_PUBLISHER",
        404,
        "NOT_FOUND",
        "Publisher Model `projects/my-team-chat/locations/us-east5/publishers/google/models/claude-sonnet-4` was not found or your project does not have access to it.",
    ),
    server(
        "n8",
        "GEMINI_THROUGH_PREDICT",
        400,
        "FAILED_PRECONDITION",
        "Gemini cannot be accessed through Vertex Predict/RawPredict API. Please follow the documentation.",
    ),
    server(
        "55a",
        "SERVICE_HAS_USAGE",
        400,
        "FAILED_PRECONDITION",
        "The service compute.googleapis.com has usage in the last 30 days. Please specify check_if_service_has_usage=SKIP if you want to proceed with disabling the service.",
        service=SU,
    ),
    server(
        "82a",
        "LOCATION_MISMATCH",
        400,
        "INVALID_ARGUMENT",
        "List of found errors:\t1.Field: parent; Message: The provided location ID doesn't match the endpoint. The valid location ID is `us-central1`.\t",
    ),
    server("82b", "LOCATION_MISMATCH", 400, "INVALID_ARGUMENT", "Invalid hostname: eu-aiplatform.googleapis.com"),
    text("31e", "OWNER_MUST_BE_INVITED", "  role: roles/owner\n  type: SOLO_MUST_INVITE_OWNERS"),
    text("31b", "OWNER_MUST_BE_INVITED", "  role: roles/owner\n  type: ORG_MUST_INVITE_EXTERNAL_OWNERS"),
    text("74e", "EULA_NOT_ACCEPTED", "The End User License Agreement (EULA) of the model has not been accepted."),
    server("n9", "USER_LOCATION", 400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
    server(
        "n10",
        "GEMINI_DEVELOPER_API",
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests",
    ),
)
