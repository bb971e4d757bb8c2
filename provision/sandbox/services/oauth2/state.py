"""The endpoints that issue and describe tokens: token, tokeninfo, userinfo.

Their refusals have OAuth's own shape (RFC 6749, section 5.2), not Google's.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from provision.sandbox.errors import Refused
from provision.sandbox.identity import (
    ACCOUNTS,
    EMAIL_SCOPE,
    LIFETIME,
    LONGEST,
    SKEW,
    TOKENS,
    InvalidGrantError,
    is_time,
)

if TYPE_CHECKING:
    from provision.sandbox.rpc import Call, Json

TOKEN_AUDIENCES: Final = frozenset(
    {
        "https://oauth2.googleapis.com/token",  # google-auth writes it whatever the key file's token_uri says
        "https://accounts.google.com/o/oauth2/token",
        "https://www.googleapis.com/oauth2/v4/token",
    }
)


def exchange(call: Call) -> Json:
    """The token endpoint, `POST https://oauth2.googleapis.com/token`.

    JWT-bearer grants as recorded: checked in the order structure, signature, account, times, scope, audience,
    each refusal a 400 of OAuth's shape (RFC 6749, RFC 7523). A refresh token is refused as Google refuses one
    that it does not know: the sandbox has issued none.
    """
    grant = call.text("grant_type") or call.text("grantType")
    if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
        return _assertion(call)
    if grant == "refresh_token":
        raise oauth_refusal("invalid_grant", "Bad Request")
    raise oauth_refusal("unsupported_grant_type", f"Invalid grant_type: {grant}")


def _assertion(call: Call) -> Json:
    identity = call.sandbox.identity
    try:
        claims = identity.verified(call.text("assertion"))
        _check_times(claims, call.clock.host())
        _check_wish(claims)
        _check_audience(claims)
    except InvalidGrantError as refused:
        raise oauth_refusal(refused.error, refused.description) from None
    if claims.get("target_audience"):
        return {"id_token": _id_token(call, claims)}
    token = identity.issue(claims["iss"], str(claims["scope"]).split())
    return {"access_token": token.value, "expires_in": LIFETIME, "token_type": "Bearer"}


def _check_times(claims: Json, now: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not is_time(issued):
        raise InvalidGrantError("Invalid JWT: iat (issued at) is not set.")
    timely = is_time(expires) and 0 < expires - issued <= LONGEST and issued - SKEW <= now
    if not timely or now > issued + LONGEST + SKEW:
        raise InvalidGrantError(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim."
        )


def _check_wish(claims: Json) -> None:
    if not claims.get("target_audience") and not str(claims.get("scope", "")).split():
        raise InvalidGrantError("Invalid OAuth scope or ID token audience provided.", "invalid_scope")


def _check_audience(claims: Json) -> None:
    audience = claims.get("aud")
    local = isinstance(audience, str) and audience.endswith("/token") and "://127.0.0.1:" in audience
    if audience not in TOKEN_AUDIENCES and not local:
        raise InvalidGrantError("Invalid JWT: Failed audience check.")


def _id_token(call: Call, claims: Json) -> str:
    """Return an ID token. It is shaped like Google's and unsigned in fact: nobody holds Google's keys."""
    account = call.world[ACCOUNTS].get(claims["iss"])
    now = int(call.clock.host())
    body = {
        "aud": claims["target_audience"],
        "azp": account.unique_id if account else "",
        "email": claims["iss"],
        "email_verified": True,
        "exp": now + LONGEST,
        "iat": now,
        "iss": "https://accounts.google.com",
        "sub": account.unique_id if account else "",
    }
    head = {"alg": "RS256", "kid": "sandbox", "typ": "JWT"}
    return ".".join([_encode(json.dumps(head)), _encode(json.dumps(body)), _encode("unsigned, by the sandbox")])


def token_info(call: Call) -> Json:
    """`tokeninfo`: what an access token is good for, and for how long.

    The email is told only if the token has a scope for it.
    https://cloud.google.com/docs/authentication/token-types#access-contents
    """
    value = call.text("access_token") or call.text("accessToken")
    token = call.world[TOKENS].get(value)
    now = call.clock.now()
    if token is None or (token.expires is not None and token.expires <= now):
        raise oauth_refusal("invalid_token", "Invalid Value")
    account = call.world[ACCOUNTS].get(token.email)
    left = int(token.expires - now) if token.expires is not None else LIFETIME
    unique_id = account.unique_id if account else ""
    answer = {
        "azp": unique_id,
        "aud": unique_id,
        "scope": " ".join(token.scopes),
        "exp": str(int(call.clock.host()) + left),
        "expires_in": str(left),
        "access_type": "online",
    }
    if _tells_email(token.scopes):
        answer |= {"sub": unique_id, "email": token.email, "email_verified": "true"}
    return answer


def user_info(call: Call) -> Json:
    """`userinfo` of OpenID Connect: the principal of the bearer, by address if its scopes allow.

    https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
    """
    account = call.world[ACCOUNTS].get(call.caller.email)
    answer: Json = {"sub": account.unique_id if account else ""}
    if _tells_email(list(call.caller.scopes)):
        answer |= {"email": call.caller.email, "email_verified": True}
    return answer


def oauth_refusal(error: str, description: str) -> Refused:
    """Refuse in OAuth's shape (RFC 6749, section 5.2)."""
    return Refused("INVALID_ARGUMENT", description, oauth=error)


def _tells_email(scopes: list[str]) -> bool:
    return bool({EMAIL_SCOPE, "email"} & set(scopes))


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
