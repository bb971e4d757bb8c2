"""Public keys: Google's own, by which ID tokens are checked, and those of service accounts.

https://developers.google.com/identity/openid-connect/openid-connect#discovery,
https://cloud.google.com/iam/docs/keys-list-get (`service_accounts/v1`)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import certificates, errors
from gcp_emulator.identity import ACCOUNTS, KEYS
from gcp_emulator.services.iam.keys import certificate_of

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.identity import Key

ISSUER: Final = "https://accounts.google.com"


def google_keys(call: Call) -> Json:
    """`oauth2/v3/certs`: JSON Web Keys."""
    key = certificates.googles(call.state)
    return {"keys": [certificates.jwk(key.id, key.public_pem)]}


def google_certificates(call: Call) -> Json:
    """`oauth2/v1/certs`: certificates by the id of their key."""
    key = certificates.googles(call.state)
    return {key.id: certificates.certificate(key.public_pem, "federated-signon", key.private_pem, 0)}


def account_keys(call: Call) -> Json:
    """`service_accounts/v1/jwk/{account}`."""
    return {"keys": [certificates.jwk(key.id, key.public_pem) for key in _keys(call)]}


def account_certificates(call: Call) -> Json:
    """`service_accounts/v1/metadata/x509/{account}`."""
    return {key.id: certificate_of(call.state, key) for key in _keys(call)}


def account_raw(call: Call) -> Json:
    """`service_accounts/v1/metadata/raw/{account}`: the same as numbers."""
    named = (certificates.jwk(key.id, key.public_pem) for key in _keys(call))
    shown = [{"algorithm": "RSA", "exponent": each["e"], "keyid": each["kid"], "modulus": each["n"]} for each in named]
    return {"keyvalues": shown}


def _keys(call: Call) -> list[Key]:
    account = call.state[ACCOUNTS].get(call.vars["account"])
    if account is None:
        raise errors.not_found("Service account not found.")
    return [key for key in call.state[KEYS] if key.email == account.email and not key.disabled and key.public_pem]


def configuration(call: Call) -> Json:  # noqa: ARG001 - every rule takes the call
    """`/.well-known/openid-configuration` of `accounts.google.com`."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/o/oauth2/v2/auth",
        "device_authorization_endpoint": "https://oauth2.googleapis.com/device/code",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
        "revocation_endpoint": "https://oauth2.googleapis.com/revoke",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        "response_types_supported": ["code", "token", "id_token", "code token", "code id_token", "none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "sub"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
    }
