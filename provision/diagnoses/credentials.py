"""Credentials, tokens and the project that calls are charged to."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_ADC: Final = "https://cloud.google.com/docs/authentication/application-default-credentials"
_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_LOGIN: Final = "gcloud auth application-default login"

ROWS: Final = (
    Diagnosis(
        key="NO_CREDENTIALS", match=Match(reason="NO_CREDENTIALS"), who="you", source=_ADC,
        cause="There are no Google credentials on this machine: no GOOGLE_APPLICATION_CREDENTIALS, no gcloud login, no metadata server.",
        fix=f"{_LOGIN}   (in CI: use workload identity federation; to try without an account: add --sandbox)",
        provoked_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_FILE_MISSING", match=Match(reason="CREDENTIALS_FILE_MISSING"), who="you", source=_ADC,
        cause="{message}", fix="correct the variable, or `unset GOOGLE_APPLICATION_CREDENTIALS` to use your gcloud login",
        provoked_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_FILE_UNREADABLE", match=Match(reason="CREDENTIALS_FILE_UNREADABLE"), who="you", source=_ADC,
        cause="{message}", fix="give yourself read permission on the file (chmod u+r), or use another one",
        provoked_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_FILE_MALFORMED", match=Match(reason="CREDENTIALS_FILE_MALFORMED"), who="you", source=_ADC,
        cause="{message}",
        fix=f"use a complete credentials file, or `unset GOOGLE_APPLICATION_CREDENTIALS` and run `{_LOGIN}` (a file of zero bytes is what gcloud leaves where keys are forbidden)",
        provoked_by=("LoadCredentials",),
    ),
    Diagnosis(
        key="CREDENTIALS_MISSING", match=Match(reason="CREDENTIALS_MISSING"), who="you", source=_REASONS,
        cause="The call carried no token.", fix=_LOGIN, provoked_by=("any",),
    ),
    Diagnosis(
        key="ACCESS_TOKEN_EXPIRED", match=Match(reason="ACCESS_TOKEN_EXPIRED"), who="you", source=_REASONS,
        cause="Google does not accept the token: it is expired, revoked or garbled, and a new one did not help.", fix=_LOGIN,
        provoked_by=("any",),
    ),
    Diagnosis(
        key="ACCESS_TOKEN_TYPE_UNSUPPORTED", match=Match(reason="ACCESS_TOKEN_TYPE_UNSUPPORTED"), who="you", source=_REASONS,
        cause="{called_service} does not take this kind of token.", fix="use an OAuth access token: impersonate a service account with federated credentials",
        provoked_by=("any",),
    ),
    Diagnosis(
        key="UNAUTHENTICATED", match=Match(code=401), who="you", source="https://cloud.google.com/apis/design/errors",
        cause="Google does not accept the token: {message}", fix=_LOGIN, provoked_by=("any",),
    ),
    Diagnosis(
        key="ACCOUNT_STATE_INVALID", match=Match(reason="ACCOUNT_STATE_INVALID"), who="admin", source=_REASONS,
        cause="The account behind the credentials is disabled or deleted.",
        fix="gcloud iam service-accounts enable {principal}", provoked_by=("any",),
    ),
    Diagnosis(
        key="ACCESS_TOKEN_SCOPE_INSUFFICIENT", match=Match(reason="ACCESS_TOKEN_SCOPE_INSUFFICIENT"), who="you", source=_REASONS,
        cause="The token lacks the scope cloud-platform; no role helps while it does.",
        fix=f"{_LOGIN} --scopes=https://www.googleapis.com/auth/cloud-platform", provoked_by=("any",),
    ),
    Diagnosis(
        key="INVALID_RAPT", match=Match(reason="invalid_grant", text=r"rapt"), who="you",
        source="https://support.google.com/a/answer/9368756",
        cause="Your organization asks you to log in again from time to time, and that time has come.", fix=_LOGIN, provoked_by=("Token",),
    ),
    Diagnosis(
        key="INVALID_JWT_SIGNATURE", match=Match(reason="invalid_grant", text=r"Invalid JWT Signature"), who="you",
        source="https://developers.google.com/identity/protocols/oauth2/service-account",
        cause="The service account's key was deleted or replaced, or the file is damaged.",
        fix="use a current key, or better none: run as yourself with `gcloud auth application-default login --impersonate-service-account={principal}`",
        provoked_by=("Token",),
    ),
    Diagnosis(
        key="CLOCK_SKEW", match=Match(reason="invalid_grant", text=r"short-lived token|\biat\b|reasonable timeframe"), who="you",
        source="https://developers.google.com/identity/protocols/oauth2/service-account",
        cause="This machine's clock is wrong by more than a few minutes.", fix="sudo timedatectl set-ntp true", provoked_by=("Token",),
    ),
    Diagnosis(
        key="ACCOUNT_NOT_FOUND", match=Match(reason="invalid_grant", text=r"account not found"), who="admin",
        source="https://developers.google.com/identity/protocols/oauth2/service-account",
        cause="The service account {principal} does not exist any more.", fix="gcloud iam service-accounts list --project={project_id}",
        provoked_by=("Token",),
    ),
    Diagnosis(
        key="INVALID_GRANT", match=Match(reason="invalid_grant"), who="you",
        source="https://developers.google.com/identity/protocols/oauth2",
        cause="Google does not accept these credentials any more: {message}", fix=_LOGIN, provoked_by=("Token",),
    ),
    Diagnosis(
        key="QUOTA_PROJECT_MISSING", who="you", source="https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds",
        match=Match(reason="SERVICE_DISABLED", metadata=("consumer", r"(764086051850|618104708054)$")),
        cause="Your login names no project that calls are charged to, so Google charges its own, where {service} is off for you. Enabling it on your project does not help.",
        fix="gcloud auth application-default set-quota-project {project_id}", provoked_by=("any control-plane call",),
    ),
    Diagnosis(
        key="USER_PROJECT_DENIED", match=Match(reason="USER_PROJECT_DENIED"), who="admin", source=_REASONS,
        cause="The caller may not charge calls to the quota project {consumer}.",
        fix="gcloud projects add-iam-policy-binding {consumer} --member={member} --role=roles/serviceusage.serviceUsageConsumer",
        provoked_by=("any control-plane call",), retryable=True,
    ),
    Diagnosis(
        key="CONTROL_APIS_DISABLED", who="you", source="https://cloud.google.com/service-usage/docs/enabled-service",
        cause="Calls with these credentials are charged to the project {consumer_project}, and there the APIs that look after projects are off.",
        fix="gcloud services enable cloudresourcemanager.googleapis.com serviceusage.googleapis.com cloudbilling.googleapis.com --project={consumer_project}",
        provoked_by=("BatchGetServices",),
    ),
    Diagnosis(
        key="NO_QUOTA_PROJECT", who="you", source="https://cloud.google.com/docs/quotas/set-quota-project",
        cause="Your login names no project that calls are charged to; some APIs refuse that.",
        fix="gcloud auth application-default set-quota-project {project_id}",
        provoked_by=("credentials.consumer",),
    ),
)
