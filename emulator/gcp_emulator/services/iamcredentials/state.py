"""Short-lived credentials of a service account, for who may act as it.

A chain of delegates is checked link by link: each must be allowed to create tokens of the next.
https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated
What an error says where no page of Google's gives the sentence is assumed.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gcp_emulator import certificates, errors, iam
from gcp_emulator.identity import AccountStateError, is_time
from gcp_emulator.services.iam import accounts, keys
from gcp_emulator.services.iam.common import denied
from gcp_emulator.services.oauth2.state import id_token

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.identity import Account

SERVICE: Final = "iamcredentials.googleapis.com"
LIFETIME: Final = 3600.0
NO_BOUNDARY: Final = "0x0"
DELEGATE: Final = re.compile(r"(?:projects/-/serviceAccounts/)?([^/]+)")
"""A plain address is taken too: the provider's own acceptance tests send it (ephemeral service account tokens)."""
LATEST_JWT: Final = 12 * 3600


def generate_access_token(call: Call) -> Json:
    """GenerateAccessToken: for an hour at most.

    https://cloud.google.com/iam/docs/create-short-lived-credentials-direct
    """
    account = _target(call, "iam.serviceAccounts.getAccessToken")
    scopes = call.texts("scope")
    if not scopes or not all(scopes):
        raise errors.invalid_argument("At least one scope is required.")
    lifetime = _lifetime(call.text("lifetime"))
    token = call.emulator.identity.issue(account.email, scopes, lifetime=lifetime)
    expires = datetime.fromtimestamp(call.clock.host_time(token.expires or 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"accessToken": token.value, "expireTime": expires}


def _lifetime(text: str) -> float:
    if not text:
        return LIFETIME
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", text)
    if match is None:
        message = f"Invalid value at 'lifetime' (type.googleapis.com/google.protobuf.Duration), \"{text[:100]}\""
        raise errors.invalid_argument(message, errors.bad_request(("lifetime", message)))
    lifetime = float(match[1]) or LIFETIME
    if lifetime > LIFETIME:
        message = (
            "The lifetime exceeds the maximum of 3600 seconds; constraints/iam.allowServiceAccountCredentialLifetime"
            "Extension does not allow more for this service account."
        )
        raise errors.invalid_argument(message, errors.bad_request(("lifetime", message)))
    return lifetime


def generate_id_token(call: Call) -> Json:
    """GenerateIdToken."""
    account = _target(call, "iam.serviceAccounts.getOpenIdToken")
    audience = call.text("audience")
    if not audience:
        raise errors.invalid_argument("The audience is required.")
    return {"token": id_token(call, account.email, audience, email=call.flag("includeEmail"))}


async def sign_blob(call: Call) -> Json:
    """SignBlob, with the key that Google keeps for the account."""
    account = _target(call, "iam.serviceAccounts.signBlob")
    try:
        payload = base64.b64decode(call.text("payload").replace("-", "+").replace("_", "/") + "==")
    except (ValueError, binascii.Error):
        raise errors.invalid_argument("Invalid value at 'payload' (TYPE_BYTES), Base64 decoding failed.") from None
    key = await keys.managed(call, account.email)
    return {"keyId": key.id, "signedBlob": base64.b64encode(certificates.sign(key.private_pem, payload)).decode()}


async def sign_jwt(call: Call) -> Json:
    """SignJwt: the payload must be a JSON object that expires in the next twelve hours."""
    account = _target(call, "iam.serviceAccounts.signJwt")
    try:
        claims = json.loads(call.text("payload"))
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise errors.invalid_argument("The payload must be a serialized JSON object.")
    expires, now = claims.get("exp"), call.clock.host()
    if expires is not None and (not is_time(expires) or not now <= expires <= now + LATEST_JWT):
        raise errors.invalid_argument("The exp claim must not be in the past nor more than 12 hours in the future.")
    key = await keys.managed(call, account.email)
    head = json.dumps({"alg": "RS256", "kid": key.id, "typ": "JWT"})
    message = f"{_encode(head.encode())}.{_encode(json.dumps(claims).encode())}"
    return {"keyId": key.id, "signedJwt": f"{message}.{_encode(certificates.sign(key.private_pem, message.encode()))}"}


def allowed_locations(call: Call) -> Json:
    """GetAllowedLocations, which google-auth asks in the background: there is no boundary.

    https://github.com/googleapis/google-auth-library-python/blob/main/google/auth/_regional_access_boundary_utils.py
    """
    if "account" in call.vars and accounts.named(call.state, call.vars["account"]) is None:
        raise errors.not_found()
    return {"encodedLocations": NO_BOUNDARY}


def _target(call: Call, permission: str) -> Account:
    """Return the account whose credential is asked for, if the caller may have it."""
    if call.vars["project"] != "-":
        raise errors.invalid_argument("The project must be the wildcard '-'.")
    account = accounts.named(call.state, call.vars["account"])
    if account is None:
        raise errors.not_found(f"Not found; Gaia id not found for email {call.vars['account'][:200]}")
    if account.disabled:
        raise errors.failed_precondition("The service account is disabled.")
    caller = call.caller
    for delegate in _delegates(call):
        resource = _resource(delegate)
        if not iam.allows(call.state, caller, "iam.serviceAccounts.implicitDelegation", resource, call.number):
            raise denied("iam.serviceAccounts.implicitDelegation", resource, SERVICE)
        try:
            caller = call.emulator.identity.account_caller(delegate.email, call.caller.scopes)
        except AccountStateError:
            raise errors.failed_precondition("A delegate is disabled.") from None
    resource = _resource(account)
    if not iam.allows(call.state, caller, permission, resource, call.number):
        raise denied(permission, resource, SERVICE)
    return account


def _delegates(call: Call) -> list[Account]:
    found = []
    for name in call.texts("delegates") if call.request.get("delegates") is not None else []:
        match = DELEGATE.fullmatch(name)
        if match is None:
            raise errors.invalid_argument("A delegate must be projects/-/serviceAccounts/{ACCOUNT}.")
        account = accounts.named(call.state, match[1])
        if account is None:
            raise errors.not_found(f"Not found; Gaia id not found for email {match[1][:200]}")
        found.append(account)
    return found


def _resource(account: Account) -> str:
    return f"projects/{account.project}/serviceAccounts/{account.email}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
