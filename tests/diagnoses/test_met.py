"""Errors in the words in which programs print them, one for each program: what a person really has in hand to paste."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provision.diagnoses import diagnose
from provision.errors import ErrorStatus
from provision.explain import explain_text

MET = [
    # Python
    (
        "NO_CREDENTIALS",
        "google.auth.exceptions.DefaultCredentialsError: Could not automatically determine credentials.",
    ),
    ("PROJECT_NOT_NAMED", "GoogleAuthError: Unable to find your project. Please provide a project ID by:\n- Using x()"),
    ("PROJECT_NOT_NAMED", "OSError: Project was not passed and could not be determined from the environment."),
    ("SCOPE_NOT_NAMED", "google.auth.exceptions.RefreshError: ('No access token in response.', {'id_token': 'x'})"),
    (
        "SCOPE_NOT_NAMED",
        'RefreshError: (\'Unable to acquire impersonated credentials\', \'{\\n  "error": {\\n    "code": 400,\\n    '
        '"message": "Request contains an invalid argument.",\\n    "status": "INVALID_ARGUMENT"\\n  }\\n}\\n\')',
    ),
    (
        "IMPERSONATED_ACCOUNT_UNKNOWN",
        'RefreshError: (\'Unable to acquire impersonated credentials\', \'{\\n  "error": {\\n    "code": 404,\\n    '
        '"message": "Not found; Gaia id not found for email a@p-123456.iam.gserviceaccount.com",\\n    '
        '"status": "NOT_FOUND"\\n  }\\n}\\n\')',
    ),
    (
        "DELEGATION_DENIED",
        "google.auth.exceptions.RefreshError: ('unauthorized_client: Client is unauthorized to retrieve access tokens "
        "using this method', {'error': 'unauthorized_client', 'error_description': 'Client is unauthorized to retrieve "
        "access tokens using this method'})",
    ),
    (
        "CLOCK_SKEW",
        "RefreshError: ('invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
        "reasonable timeframe. Check your iat and exp values in the JWT claim.', {'error': 'invalid_grant'})",
    ),
    (
        "CREDENTIALS_MISSING",
        "Forbidden: 403 Method doesn't allow unregistered callers. https://aiplatform.googleapis.com",
    ),
    ("RESOURCE_QUOTA_EXCEEDED", "ResourceExhausted: 429 The following quotas are exceeded: T4GPUsPerProjectPerRegion"),
    ("PROJECT_UNKNOWN_TO_SERVICE_USAGE", "PermissionDenied: 403 Project 'projects/none' not found or deleted."),
    (
        "PREDICT_DENIED",
        r"\"Permission \'aiplatform.endpoints.predict\' denied on resource \'//aiplatform.googleapis.com/x\'\"",
    ),
    # Node
    ("NO_CREDENTIALS", "Error: Could not load the default credentials. Browse to https://cloud.google.com/docs"),
    ("NO_CREDENTIALS", "[VertexAI.GoogleAuthError]: \nUnable to authenticate your request        \nDepending on"),
    ("PROJECT_NOT_NAMED", "Error: Unable to detect a Project Id in the current environment. \nTo learn more"),
    (
        "CREDENTIALS_FILE_MISSING",
        "Error: The file at ./k.json does not exist, or it is not a file. ENOENT: no such file",
    ),
    ("CREDENTIALS_FILE_MALFORMED", "Error: The incoming JSON object does not contain a client_email field"),
    (
        "NAME_NOT_RESOLVED",
        "Error: 14 UNAVAILABLE: Name resolution failed for target dns:x-aiplatform.googleapis.com:443",
    ),
    ("NAME_NOT_RESOLVED", "Error: getaddrinfo EAI_AGAIN aiplatform.googleapis.com"),
    ("UNREACHABLE", "Error: 14 UNAVAILABLE: Last error: connect ECONNREFUSED 192.0.2.1:443 aiplatform.googleapis.com"),
    (
        "UNREACHABLE",
        "TypeError: fetch failed\n  cause: connect ETIMEDOUT 192.0.2.1:443 https://aiplatform.googleapis.com",
    ),
    (
        "GKE_NO_WORKLOAD_IDENTITY",
        "Error: Could not refresh access token: Unsuccessful response status code. Request failed with status code 404",
    ),
    (
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "Error: Could not refresh access token: A Forbidden error was returned while attempting to retrieve an access "
        "token for the Compute Engine built-in service account.",
    ),
    # Go, and with it Terraform
    ("CREDENTIALS_FILE_MALFORMED", "google: missing 'type' field in credentials"),
    ("CREDENTIALS_FILE_MALFORMED", 'google: unknown credential type: ""'),
    ("UNREACHABLE", 'Post "https://oauth2.googleapis.com/token": dial tcp 192.0.2.1:443: i/o timeout'),
    (
        "IPV6",
        'Post "https://x.googleapis.com/": dial tcp [2001:db8::200a]:443: connect: cannot assign requested address',
    ),
    ("NAME_NOT_RESOLVED", "dial tcp: lookup oauth2.googleapis.com on 127.0.0.11:53: server misbehaving"),
    ("METADATA_SERVER", 'Get "https://x.googleapis.com/": oauth2/google: invalid token JSON from metadata: EOF'),
    (
        "NO_CREDENTIALS",
        "Error: Attempted to load application default credentials since neither `credentials` nor `access_token` was "
        "set in the provider block.  No credentials loaded.",
    ),
    ("PROJECT_NOT_NAMED", "│ Error: project: required field is not set\n│\n│   with google_project_service.ai,"),
    ("BILLING_ACCOUNT_UNKNOWN", "Error: Billing account not found: Mine\n\n  with data.google_billing_account.mine"),
    ("BILLING_DISABLED", "Error 403: The project to be billed is associated with a closed billing account."),
    (
        "QUOTA_PROJECT_MISSING",
        "googleapi: Error 403: Your application has authenticated using end user credentials from the Google Cloud SDK "
        "or Google Cloud Shell which are not supported by the x.googleapis.com.\nDetails:\n[\n  {\n    "
        '"@type": "type.googleapis.com/google.rpc.ErrorInfo",\n    "domain": "googleapis.com",\n    "metadata": {\n'
        '      "consumer": "projects/xxx",\n      "service": "x.googleapis.com"\n    },\n    '
        '"reason": "SERVICE_DISABLED"\n  }\n]',
    ),
    (
        "SERVICES_LIST_DENIED",
        "Error: Error when reading or editing Project Service p/x: Request `List Project Services p` returned error: "
        "Failed to list enabled services for project p: googleapi: Error 403: The caller does not have permission, "
        "forbidden",
    ),
    (
        "POLICY_UPDATE_DENIED",
        'Error setting IAM policy for project "p": googleapi: Error 403: Policy update access denied.',
    ),
    # gcloud
    ("SERVICE_DISABLED", "API [aiplatform.googleapis.com] not enabled on project [p-123456]. Would you like to enable"),
    ("GCLOUD_NO_ACCOUNT", "ERROR: (gcloud.x) Your current active account [a@b.c] does not have any valid credentials"),
    ("PROJECT_NOT_NAMED", "ERROR: (gcloud.services.list) The required property [project] is not currently set."),
    (
        "PROJECT_NOT_VISIBLE",
        "ERROR: (gcloud.projects.describe) [a@b.c] does not have permission to access projects instance [p-123456] "
        "(or it may not exist): The caller does not have permission.",
    ),
    (
        "POLICY_UPDATE_DENIED",
        "ERROR: (gcloud.projects.add-iam-policy-binding) [a@b.c] does not have permission to access projects instance "
        "[p-123456:setIamPolicy] (or it may not exist): Policy update access denied.",
    ),
    (
        "USER_PROJECT_DENIED",
        'ERROR: (gcloud.auth.application-default.set-quota-project) Cannot add the project "p-123456" to application '
        "default credentials (ADC) as a quota project because the account in ADC does not have the "
        '"serviceusage.services.use" permission on this project.',
    ),
    ("NO_QUOTA_PROJECT", "WARNING: \nCannot find a quota project to add to ADC."),
    (
        "BILLING_ACCOUNT_UNKNOWN",
        "ERROR: (gcloud.billing.projects.link) INVALID_ARGUMENT: Request contains an invalid argument.",
    ),
    (
        "BAD_PROJECT_ID",
        "ERROR: (gcloud.projects.create) INVALID_ARGUMENT: field [project_id] has issue [project_id contains invalid "
        "characters]",
    ),
    # Java, .NET, Ruby, PHP
    ("METADATA_SERVER", "java.io.IOException: ComputeEngineCredentials cannot find the metadata server."),
    ("NAME_NOT_RESOLVED", "java.net.UnknownHostException: us-foo-aiplatform.googleapis.com"),
    ("TLS", "com.google.api.gax.rpc.UnavailableException: SSLHandshakeException: PKIX path building failed"),
    (
        "SHARED_CAPACITY",
        "io.grpc.StatusRuntimeException: RESOURCE_EXHAUSTED: Unable to submit request because the service is "
        "temporarily out of capacity. Try again later.",
    ),
    ("NO_CREDENTIALS", "System.InvalidOperationException: The Application Default Credentials are not available."),
    ("NO_CREDENTIALS", "Your credentials were not found. To set up Application Default Credentials for (RuntimeError)"),
    (
        "SCOPE_NOT_NAMED",
        '(Signet::AuthorizationError) {"error":"invalid_scope","error_description":"Invalid OAuth scope"}',
    ),
    # pipelines and browsers
    (
        "IMPERSONATION_DENIED",
        "Error: google-github-actions/auth failed with: Error: Failed to generate Google Cloud access token for "
        'a@p-123456.iam.gserviceaccount.com: {\n  "error": {\n    "code": 403,\n    "message": "The caller does not '
        'have permission",\n    "status": "PERMISSION_DENIED"\n  }\n}',
    ),
    (
        "USER_BLOCKED_BY_ADMIN",
        "Access blocked: Authorization Error. Error 400: admin_policy_enforced. Google Workspace",
    ),
    (
        "GEMINI_DEVELOPER_API",
        '{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT",'
        '"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":'
        '"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}}]}}',
    ),
    (
        "GEMINI_DEVELOPER_API",
        '{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED",'
        '"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT",'
        '"domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}}]}}',
    ),
]


def test_what_a_program_prints_leads_to_its_cause(subtests: pytest.Subtests) -> None:
    for key, text in MET:
        with subtests.test(key=key, text=text):
            assert [each.key for each in explain_text(text)[1]] == [key]


def test_a_warning_above_the_error_is_not_its_cause() -> None:
    warning = "UserWarning: Your application has authenticated using end user credentials without a quota project."
    error = "google.genai.errors.ClientError: 429 RESOURCE_EXHAUSTED. Resource exhausted, please try again later."
    assert [each.key for each in explain_text(warning)[1]] == ["NO_QUOTA_PROJECT"]
    assert [each.key for each in explain_text(f"{warning}\n{error}")[1]] == ["SHARED_CAPACITY"]


@pytest.mark.parametrize("before", [0, 1_400, 1_900, 2_600, 9_000])
def test_an_error_is_found_wherever_it_stands_in_a_long_line(before: int) -> None:
    error = (
        "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/p-123456'"
    )
    found = explain_text(f"{'x' * before} {error} {'y' * 9_000}")[1]
    assert [each.key for each in found] == ["PREDICT_DENIED"]


def test_what_the_words_tell_is_in_the_fix() -> None:
    message = explain_text("API [aiplatform.googleapis.com] not enabled on project [p-123456].")[1][0]
    assert message.fix.startswith("gcloud services enable aiplatform.googleapis.com --project=p-123456")
    denied = (
        "does not have permission to access projects instance [p-123456:setIamPolicy]: Policy update access denied."
    )
    assert "gcloud projects add-iam-policy-binding p-123456" in explain_text(denied)[1][0].request


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("At least one scope is required.", True),
        ("Request contains an invalid argument.", True),
        ("The access token lifetime cannot exceed 3600 seconds.", False),
        ("Invalid form of account ID scope-robot. Should be [Gaia ID |Email |Unique ID |] of the account", False),
    ],
)
def test_only_a_word_about_scopes_says_that_none_was_named(message: str, *, named: bool) -> None:
    refused = ErrorStatus(
        service="iamcredentials.googleapis.com",
        method="GenerateAccessToken",
        code=400,
        status="INVALID_ARGUMENT",
        message=message,
    )
    found, of_another = diagnose(refused), diagnose(replace(refused, method="SignJwt"))
    assert (found is not None and found.key == "SCOPE_NOT_NAMED") is named
    assert of_another is None or of_another.key != "SCOPE_NOT_NAMED"
