"""The endpoints that issue, revoke and describe tokens: token, revoke, tokeninfo, userinfo.

Their errors have OAuth's own shape (RFC 6749, section 5.2), not Google's.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcp_emulator import certificates, errors, iam
from gcp_emulator.errors import ApiError
from gcp_emulator.identity import (
    EMAIL_SCOPE,
    LIFETIME,
    LONGEST,
    SKEW,
    TOKENS,
    InvalidGrantError,
    is_time,
)
from gcp_emulator.services.oauth2 import users

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.identity import Token
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.store import State

TOKEN_AUDIENCES: Final = frozenset(
    {
        "https://oauth2.googleapis.com/token",  # google-auth writes it whatever the key file's token_uri says
        "https://accounts.google.com/o/oauth2/token",
        "https://www.googleapis.com/oauth2/v4/token",
    }
)


def seed(state: State, seed_data: SeedData) -> None:
    """Make the developer who has logged in a second owner of the ready and of the empty project."""
    state[iam.USERS].put(iam.User(email=users.DEVELOPER))
    for number in (seed_data.ready_number, seed_data.empty_number):
        iam.grant(state, f"projects/{number}", "roles/owner", [f"user:{users.DEVELOPER}"])


def exchange(call: Call) -> Json:
    """The token endpoint, `POST https://oauth2.googleapis.com/token`.

    JWT-bearer grants as recorded: checked in the order structure, signature, account, times, scope, audience,
    each error a 400 of OAuth's shape (RFC 6749, RFC 7523). Refresh tokens are those of `users`.
    """
    grant = call.text("grant_type") or call.text("grantType")
    if grant in {"urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion"}:  # the second is what it was in drafts
        return _assertion(call)
    if grant == "refresh_token":
        return _refresh(call)
    raise oauth_error("unsupported_grant_type", f"Invalid grant_type: {grant}")


def _assertion(call: Call) -> Json:
    identity = call.emulator.identity
    try:
        claims = identity.verified(call.text("assertion"))
        _check_times(claims, call.clock.host())
        _check_request(claims)
        _check_audience(claims)
    except InvalidGrantError as refused:
        raise oauth_error(refused.error, refused.description) from None
    if claims.get("target_audience"):
        return {"id_token": id_token(call, claims["iss"], str(claims["target_audience"]))}
    token = identity.issue(claims["iss"], str(claims["scope"]).split())
    return {"access_token": token.value, "expires_in": identity.token_lifetime, "token_type": "Bearer"}


def _refresh(call: Call) -> Json:
    """The refresh token grant (RFC 6749, section 6).

    "Token has been expired or revoked." is what users have seen; the errors of a client are assumed.
    https://developers.google.com/identity/protocols/oauth2/web-server#offline
    """
    login = call.state[users.LOGINS].get(call.text("refresh_token"))
    if login is None:
        raise oauth_error("invalid_grant", "Bad Request")
    if call.text("client_id") != login.client_id or call.text("client_secret") != login.client_secret:
        raise ApiError("UNAUTHENTICATED", "Unauthorized", oauth="invalid_client")
    if login.revoked:
        raise oauth_error("invalid_grant", "Token has been expired or revoked.")
    scopes = call.text("scope").split() or login.scopes
    if not set(scopes) <= set(login.scopes):
        raise oauth_error("invalid_scope", "Bad Request")
    token = call.emulator.identity.issue(login.email, scopes, member=f"user:{login.email}")
    answer: Json = {
        "access_token": token.value,
        "expires_in": call.emulator.identity.token_lifetime,
        "scope": " ".join(scopes),
        "token_type": "Bearer",
    }
    if "openid" in scopes:
        answer["id_token"] = id_token(call, login.email, login.client_id, email=_tells_email(scopes))
    return answer


def revoke(call: Call) -> Json:
    """Revoke an access or refresh token; with one of them all that came of the same login.

    The owner's own token cannot be revoked: the sandbox would be no one's.
    https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
    """
    value = call.text("token")
    tokens, logins = call.state[TOKENS], call.state[users.LOGINS]
    token, login = tokens.get(value), logins.get(value)
    if login is None and (token is None or token.expires is None or token.expires <= call.clock.client_now()):
        raise oauth_error("invalid_token", "Token expired or revoked")
    tokens.remove(value)
    member = f"user:{login.email}" if login else token.member if token else ""
    if member.startswith("user:"):
        for each in logins:
            if f"user:{each.email}" == member:
                logins.put(replace(each, revoked=True))
        for other in tokens:
            if other.member == member:
                tokens.remove(other.value)
    return {}


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


def _check_request(claims: Json) -> None:
    if not claims.get("target_audience") and not str(claims.get("scope", "")).split():
        raise InvalidGrantError("Invalid OAuth scope or ID token audience provided.", "invalid_scope")


def _check_audience(claims: Json) -> None:
    audience = claims.get("aud")
    local = isinstance(audience, str) and audience.endswith("/token") and "://127.0.0.1:" in audience
    if audience not in TOKEN_AUDIENCES and not local:
        raise InvalidGrantError("Invalid JWT: Failed audience check.")


def id_token(call: Call, caller: str, audience: str, *, email: bool = True) -> str:
    """Return an ID token, signed by the key that `oauth2/v3/certs` tells."""
    key = certificates.googles(call.state)
    now = int(call.clock.host())
    unique_id = users.unique_id(call.state, caller)
    body = {
        "aud": audience,
        "azp": unique_id,
        "exp": now + LONGEST,
        "iat": now,
        "iss": "https://accounts.google.com",
        "sub": unique_id,
    }
    if email:
        body |= {"email": caller, "email_verified": True}
    head = {"alg": "RS256", "kid": key.id, "typ": "JWT"}
    message = f"{_encode(json.dumps(head).encode())}.{_encode(json.dumps(body).encode())}"
    return f"{message}.{_encode(certificates.sign(key.private_pem, message.encode()))}"


def token_info(call: Call) -> Json:
    """`tokeninfo`: what an access token is good for, and for how long.

    The email is told only if the token has a scope for it. A federated principal is named as `sub`: assumed.
    https://cloud.google.com/docs/authentication/token-types#access-contents
    """
    if call.text("id_token") or call.text("idToken"):
        raise errors.unimplemented("tokeninfo of an ID token")
    value = call.text("access_token") or call.text("accessToken")
    token = call.state[TOKENS].get(value)
    now = call.clock.client_now()
    if token is None or (token.expires is not None and token.expires <= now):
        raise oauth_error("invalid_token", "Invalid Value")
    left = int(token.expires - now) if token.expires is not None else LIFETIME
    unique_id = users.unique_id(call.state, token.email)
    answer = {
        "azp": _client(token, unique_id),
        "aud": _client(token, unique_id),
        "scope": " ".join(token.scopes),
        "exp": str(int(call.clock.host()) + left),
        "expires_in": str(left),
        "access_type": "online",
    }
    if not token.email:
        answer["sub"] = token.member
    elif _tells_email(token.scopes):
        answer |= {"sub": unique_id, "email": token.email, "email_verified": "true"}
    return answer


def older_token_info(call: Call) -> Json:
    """`tokeninfo` of v1 and v2: other names, and a number and a boolean where v3 has text (discovery document, v2)."""
    claims = token_info(call)
    answer: Json = {
        "issued_to": claims["azp"],
        "audience": claims["aud"],
        "scope": claims["scope"],
        "expires_in": int(claims["expires_in"]),
    }
    if "sub" in claims:
        answer["user_id"] = claims["sub"]
    if "email" in claims:
        answer |= {"email": claims["email"], "verified_email": True}
    return answer


def _client(token: Token, unique_id: str) -> str:
    """Return to whom a token was issued: a service account to itself, a user to the client he logged in with."""
    return users.CLIENT_ID if token.member.startswith("user:") else unique_id


def user_info(call: Call) -> Json:
    """`userinfo` of OpenID Connect: the principal of the bearer, by address if its scopes allow.

    A federated principal is named as `sub`: assumed.

    https://openid.net/specs/openid-connect-core-1_0.html#UserInfo
    """
    if call.caller.sets or call.caller.member.startswith("principal:"):
        return {"sub": call.caller.member}
    answer: Json = {"sub": users.unique_id(call.state, call.caller.email)}
    if _tells_email(list(call.caller.scopes)):
        answer |= {"email": call.caller.email, "email_verified": True}
    return answer


def older_user_info(call: Call) -> Json:
    """`userinfo` as it was before OpenID Connect: `id` and `verified_email` (discovery document of oauth2 v2)."""
    older = {"sub": "id", "email_verified": "verified_email"}
    return {older.get(name, name): value for name, value in user_info(call).items()}


def oauth_error(error: str, description: str) -> ApiError:
    """Refuse in OAuth's shape (RFC 6749, section 5.2)."""
    return ApiError("INVALID_ARGUMENT", description, oauth=error)


def _tells_email(scopes: list[str]) -> bool:
    return bool({EMAIL_SCOPE, "email"} & set(scopes))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
