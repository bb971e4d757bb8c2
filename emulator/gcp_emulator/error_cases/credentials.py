"""Credentials and tokens that are missing, stale, of the wrong kind, or refused by the server that issues them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, quotas
from gcp_emulator.error_cases import methods
from gcp_emulator.error_cases.row import ErrorCase
from gcp_emulator.errors import ApiError, error_info
from gcp_emulator.services.iam.common import denied
from gcp_emulator.services.oauth2.state import oauth_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.error_cases.facts import Facts

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_STS: Final = "https://docs.cloud.google.com/iam/docs/troubleshooting-workload-identity-federation"
_SEEN: Final = "seen in public repositories"


def _oauth(error: str, description: str) -> Callable[[Facts], ApiError]:
    return lambda facts: oauth_error(error, description)  # noqa: ARG005 - says the same of every call


def _api_key(facts: Facts) -> ApiError:
    return errors.api_key_not_supported(facts.service, facts.method)


def _unauthenticated(reason: str) -> Callable[[Facts], ApiError]:
    def refuse(facts: Facts) -> ApiError:
        info = error_info(reason, service=facts.service, method=facts.method)
        return ApiError(
            "UNAUTHENTICATED",
            f"Request had invalid authentication credentials. {errors.CREDENTIALS_HELP}",
            *([info] if reason else []),
        )

    return refuse


def _blocked(facts: Facts) -> ApiError:
    return ApiError(
        "PERMISSION_DENIED",
        "Access to the service has been turned off for this user by an administrator.",
        error_info("USER_BLOCKED_BY_ADMIN", service=facts.service, method=facts.method),
    )


def _rapt(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    return ApiError(
        "INVALID_ARGUMENT",
        "reauth related error (invalid_rapt)",
        oauth="invalid_grant",
        more={"error_subtype": "invalid_rapt", "error_uri": "https://support.google.com/a/answer/9368756"},
    )


def _throttled(facts: Facts) -> ApiError:  # noqa: ARG001 - there is one limit
    return quotas.exchange_throttled()


ROWS: Final = (
    ErrorCase(
        name="CREDENTIALS_MISSING",
        what="The call carries no credential.",
        make=lambda facts: errors.credentials_missing(facts.service, facts.method),
        source=_REASONS,
    ),
    ErrorCase(
        name="API_KEY_NOT_SUPPORTED",
        what="An API key was sent where OAuth is required; the reason is CREDENTIALS_MISSING too.",
        make=_api_key,
        source=_SEEN,
    ),
    ErrorCase(
        name="ACCESS_TOKEN_EXPIRED",
        what="The token is older than an hour, revoked or malformed.",
        make=lambda facts: errors.credentials_invalid(facts.service, facts.method),
        source=_REASONS,
    ),
    ErrorCase(
        name="ACCESS_TOKEN_TYPE_UNSUPPORTED",
        what="A federated or self-signed token, or a key of another vendor, where an OAuth token is required.",
        make=_unauthenticated("ACCESS_TOKEN_TYPE_UNSUPPORTED"),
        source=_REASONS,
    ),
    ErrorCase(
        name="UNAUTHENTICATED",
        what="401 without any detail, as a proxy or an older API sends it.",
        make=_unauthenticated(""),
        source="https://cloud.google.com/apis/design/errors",
    ),
    ErrorCase(
        name="ACCOUNT_STATE_INVALID",
        what="The account is disabled or deleted.",
        make=lambda facts: errors.account_state_invalid(facts.service, facts.method, facts.principal),
        source=_REASONS,
    ),
    ErrorCase(
        name="ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        what="The token was made for other purposes, as on a virtual machine with narrow scopes.",
        make=lambda facts: errors.scope_insufficient(facts.service, facts.method),
        source=_REASONS,
    ),
    ErrorCase(
        name="USER_BLOCKED_BY_ADMIN",
        what="An administrator of Workspace has turned Google Cloud off for the user; the sentence is assumed.",
        make=_blocked,
        source=_REASONS,
    ),
    ErrorCase(
        name="INVALID_RAPT",
        what="Workspace's session length asks the user to log in again.",
        methods=methods.TOKEN,
        make=_rapt,
        source=_SEEN,
    ),
    ErrorCase(
        name="INVALID_GRANT",
        what="The refresh token was revoked, or is too old.",
        methods=methods.TOKEN,
        make=_oauth("invalid_grant", "Token has been expired or revoked."),
        source=_SEEN,
    ),
    ErrorCase(
        name="CLOCK_SKEW",
        what="The host's clock is off by more than about an hour.",
        methods=methods.TOKEN,
        make=_oauth(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        ),
        source="recorded on 2026-09-02, in a public repository",
    ),
    ErrorCase(
        name="INVALID_JWT_SIGNATURE",
        what="The key was deleted or rotated, or its file is damaged.",
        methods=methods.TOKEN,
        make=_oauth("invalid_grant", "Invalid JWT Signature."),
        source="recorded on 2026-09-02, in a public repository",
    ),
    ErrorCase(
        name="ACCOUNT_NOT_FOUND",
        what="The service account of the key was deleted.",
        methods=methods.TOKEN,
        make=_oauth("invalid_grant", "Invalid grant: account not found"),
        source="recorded on 2026-09-02, in a public repository",
    ),
    ErrorCase(
        name="STS_ISSUER_UNREACHABLE",
        what="The provider's issuer does not show its keys.",
        methods=methods.STS,
        make=_oauth("invalid_grant", "Error connecting to the given credential's issuer."),
        source=_STS,
    ),
    ErrorCase(
        name="STS_SUBJECT_TOO_LONG",
        what="google.subject is longer than 127 bytes; the sentence is assumed.",
        methods=methods.STS,
        make=_oauth(
            "invalid_request",
            "The size of mapped attribute google.subject exceeds the 127 bytes limit. "
            "Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is "
            "less than 127 bytes.",
        ),
        source=_STS,
    ),
    ErrorCase(
        name="STS_CONDITION_REFUSED",
        what="The provider's attribute condition does not let the token in.",
        methods=methods.STS,
        make=_oauth("unauthorized_client", "The given credential is rejected by the attribute condition."),
        source=_SEEN,
    ),
    ErrorCase(
        name="STS_AUDIENCE_REFUSED",
        what="The token was made for another audience.",
        methods=methods.STS,
        make=_oauth(
            "invalid_grant", "The audience in ID Token [https://example.com] does not match the expected audience."
        ),
        source=_SEEN,
    ),
    ErrorCase(
        name="STS_TARGET_INVALID",
        what="The pool or provider does not exist, or the project's id is where its number belongs.",
        methods=methods.STS,
        make=_oauth(
            "invalid_target",
            'The target service indicated by the "audience" parameters is invalid. '
            "This might either be because the pool or provider is disabled or deleted or because it doesn't "
            "exist.",
        ),
        source=_SEEN,
    ),
    ErrorCase(
        name="STS_RATE_LIMIT",
        what="More than 6,000 exchanges in a minute.",
        methods=methods.STS,
        make=_throttled,
        source=_STS,
    ),
    ErrorCase(
        name="IMPERSONATION_DENIED",
        what="No Token Creator (or, with federation, no Workload Identity User) on the service account.",
        methods=methods.IMPERSONATE,
        make=lambda facts: denied(facts.permission, facts.resource, facts.service),
        source="https://docs.cloud.google.com/iam/docs/service-account-permissions",
    ),
    ErrorCase(
        name="METADATA_NOT_FOUND",
        what="The metadata server knows no account, as on GKE without Workload Identity.",
        methods=methods.METADATA,
        effect={"status": 404, "raw_body": "404 page not found\n", "content_type": "text/plain; charset=utf-8"},
        source=_SEEN,
    ),
    ErrorCase(
        name="METADATA_JSON",
        what="The metadata server answers with JSON's content type, and clients find no project.",
        methods=("metadata.project.*",),
        effect={"status": 200, "raw_body": "{}", "content_type": "application/json"},
        source="google/auth/compute_engine/_metadata.py of google-auth: JSON is parsed, text is taken as it is",
    ),
)
