"""What was sent as a credential that is none here, and how Google refuses that sort.

| sent | refused with |
| --- | --- |
| nothing | 401 CREDENTIALS_MISSING, "Request is missing required authentication credential" |
| an API key alone (`?key=`, `x-goog-api-key`) | 401 CREDENTIALS_MISSING, "API keys are not supported" |
| an API key that is none, whether or not a token is beside it | 400 API_KEY_INVALID |
| an API key, an OpenAI key or an ID token as bearer | 401 ACCESS_TOKEN_TYPE_UNSUPPORTED |
| an access token that is expired, revoked or malformed, a JWT of an account that is bad | 401 ACCESS_TOKEN_EXPIRED |

Reasons: https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto. Keys alone were seen in
https://github.com/googleapis/python-genai/issues/1404 and https://github.com/googleapis/java-genai/issues/1000
(express), other bearers in https://github.com/NousResearch/hermes-agent/issues/69096: there an access token that was an
hour old was told like that too, which is not followed, as the proto has a reason for it. Which keys exist is not looked
at: one may be good that begins as keys do.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Final

from gcp_emulator import errors

KEY_HEADER: Final = "x-goog-api-key"
KEYS: Final = ("AIza", "AQ.")
"""How API keys begin: those of a project, and those of express mode."""
OTHERS: Final = (*KEYS, "sk-")
"""How bearers begin that are no access tokens: API keys, OpenAI's keys."""


def without_bearer(key: str, service: str, method: str) -> errors.ApiError:
    """Return the error for a call without a bearer.

    Args:
        key: the API key that was sent, empty for none.
        service: the API.
        method: its method, as errors name it.
    """
    if key:
        return errors.api_key_not_supported(service, method)
    return errors.credentials_missing(service, method)


def bad_bearer(bearer: str, service: str, method: str) -> errors.ApiError:
    """Return the error for a bearer that no one has, by the sort of token that it is."""
    if bearer.startswith(OTHERS) or _is_of_an_issuer(bearer):
        return errors.token_type_unsupported(service, method)
    return errors.credentials_invalid(service, method)


def bad_key(key: str, service: str) -> errors.ApiError | None:
    """Return the error for an API key that is none, None where one was sent that may be, or none at all."""
    return errors.api_key_invalid(service) if key and not key.startswith(KEYS) else None


def _is_of_an_issuer(bearer: str) -> bool:
    """Tell whether a bearer is a JWT that a server issued, such as an ID token, and no account signed by itself."""
    parts = bearer.split(".")
    if len(parts) != 3:
        return False
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(claims, dict) and str(claims.get("iss", "")).startswith("http")
