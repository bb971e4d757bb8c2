"""Who asks: tokens that are checked and expire, and the endpoints that issue and describe them.

Three kinds of bearer are accepted: the owner's token (never expires), access tokens issued by the token
endpoint (they age by the sandbox's clock), and JWTs that a service account signed itself, which is what
google-auth sends when a client library asks it to (https://google.aip.dev/auth/4111). A JWT's own times
are judged by the host's clock, because google-auth took them from there.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from provision.sandbox.errors import Refused, credentials_invalid, credentials_missing, scope_insufficient
from provision.sandbox.rpc import CLOUD_PLATFORM, Call, Caller, Json, Method
from provision.sandbox.store import Table, World

if TYPE_CHECKING:
    from collections.abc import Mapping

EMAIL_SCOPE: Final = "https://www.googleapis.com/auth/userinfo.email"
TOKEN_AUDIENCES: Final = frozenset(
    {
        "https://oauth2.googleapis.com/token",  # google-auth writes it whatever the key file's token_uri says
        "https://accounts.google.com/o/oauth2/token",
        "https://www.googleapis.com/oauth2/v4/token",
    }
)
LIFETIME: Final = 3599  # answers say 3599, not 3600 (recorded)
SKEW: Final = 300  # an iat this far in the future is accepted (recorded)
LONGEST: Final = 3600
REMEMBERED: Final = 1000  # JWTs whose signature need not be checked again


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A service account."""

    email: str
    project: str
    unique_id: str
    display_name: str = ""
    owner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The public half of a service account's key."""

    id: str
    email: str
    public_pem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token.

    Args:
        value: the token.
        member: whose it is, as a policy names it.
        expires: sandbox time; None for never.
        scopes: what it is good for.
    """

    value: str
    email: str
    expires: float | None
    scopes: list[str]


ACCOUNTS: Final = Table("iam.service_accounts", Account, key="email", indexes=("unique_id",))
KEYS: Final = Table("iam.keys", Key, key="id")
TOKENS: Final = Table("oauth2.tokens", Token, key="value", secret=True)


class InvalidGrantError(Exception):
    """An assertion that the token endpoint refuses: OAuth's error and its description."""

    def __init__(self, description: str, error: str = "invalid_grant") -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(slots=True)
class _Known:
    """A JWT that was verified."""

    caller: Caller
    issued: float
    expires: float


class Identity:
    """Verifies bearers against one world's accounts, keys and tokens.

    Args:
        world: where those are.
        services: the APIs whose host a JWT may name as its audience.
    """

    def __init__(self, world: World, services: frozenset[str]) -> None:
        self.world = world
        self.services = services
        self._jwts: dict[str, _Known] = {}
        self._public: dict[str, Any] = {}  # key id -> loaded public key

    def authenticate(self, headers: Mapping[str, str], method: Method) -> Caller:
        """Return who sent these headers.

        Raises:
            Refused: 401 without a good credential, 403 for a credential made for other purposes.
        """
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not bearer.strip():
            raise credentials_missing(method.service, method.dotted)
        caller = self.caller(bearer.strip())
        if caller is None:
            raise credentials_invalid(method.service, method.dotted)
        if not any(scope in method.scopes for scope in caller.scopes):
            raise scope_insufficient(method.service, method.dotted)
        return caller

    def caller(self, bearer: str) -> Caller | None:
        """Return whose bearer this is, None if it is not good."""
        token = self.world[TOKENS].get(bearer)
        if token is not None:
            if token.expires is not None and token.expires <= self.world.clock.now():
                return None
            return self._account_caller(token.email, tuple(token.scopes))
        if bearer.count(".") != 2:
            return None
        return self._jwt_caller(bearer)

    def _account_caller(self, email: str, scopes: tuple[str, ...]) -> Caller | None:
        account = self.world[ACCOUNTS].get(email)
        if account is None:
            return None
        return Caller(
            member=f"serviceAccount:{email}",
            email=email,
            project=account.project,
            scopes=scopes,
            owner=account.owner,
        )

    def _jwt_caller(self, bearer: str) -> Caller | None:
        known = self._jwts.get(bearer)
        if known is None:
            try:
                claims = self.verified(bearer)
            except InvalidGrantError:
                return None
            known = self._judge(claims)
            if known is None:
                return None
            if len(self._jwts) >= REMEMBERED:
                self._jwts.clear()
            self._jwts[bearer] = known
        now = self.world.clock.host()
        if not known.issued - SKEW <= now < known.expires:
            return None
        return known.caller

    def _judge(self, claims: Json) -> _Known | None:
        """Turn the claims of a self-signed JWT into what it is good for: an audience, or scopes instead."""
        email, issued, expires = claims.get("iss"), claims.get("iat"), claims.get("exp")
        if not _is_time(issued) or not _is_time(expires) or not 0 < expires - issued <= LONGEST + SKEW:
            return None
        if claims.get("sub") != email:
            return None
        scopes = tuple(str(claims.get("scope", "")).split())
        if not scopes and not self._is_audience(claims.get("aud")):
            return None
        caller = self._account_caller(str(email), scopes or (CLOUD_PLATFORM,))
        return None if caller is None else _Known(caller, float(issued), float(expires))

    def _is_audience(self, audience: Any) -> bool:
        """Tell whether an audience is `https://<service>/`, or a regional host, of an API that is served.

        Any of them, not the called one alone: google-auth keeps one JWT for each credentials object, so
        transports that share the object send whichever audience was asked for last. Whether Google
        minds is not established.
        """
        if not isinstance(audience, str) or not audience.startswith("https://"):
            return False
        host = audience.removeprefix("https://").rstrip("/")
        return host in self.services or any(host.endswith("-" + service) for service in self.services)

    def verified(self, token: str) -> Json:
        """Return the claims of a JWT that is signed by a key of its issuer.

        Raises:
            InvalidGrantError: with the words of the token endpoint.
        """
        try:
            head, body, signature = token.split(".")
            header, claims = json.loads(_decode(head)), json.loads(_decode(body))
            signed = _decode(signature)
        except (ValueError, binascii.Error, RecursionError):
            raise InvalidGrantError("Bad Request", "invalid_request") from None
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise InvalidGrantError("Bad Request", "invalid_request")
        key = self.world[KEYS].get(str(header.get("kid", "")))
        if header.get("alg") != "RS256" or key is None:
            raise InvalidGrantError("Invalid JWT Signature.")
        if not self._is_signed(key, f"{head}.{body}".encode(), signed):
            raise InvalidGrantError("Invalid JWT Signature.")
        if claims.get("iss") != key.email or key.email not in self.world[ACCOUNTS]:
            raise InvalidGrantError("Invalid grant: account not found")
        return claims

    def _is_signed(self, key: Key, message: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        public = self._public.get(key.id)
        if public is None:
            public = self._public[key.id] = load_pem_public_key(key.public_pem.encode())
        if not isinstance(public, RSAPublicKey):
            return False
        try:
            public.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    def issue(self, email: str, scopes: list[str]) -> Token:
        """Issue an access token that ages by the sandbox's clock."""
        token = Token(
            value="ya29.c." + secrets.token_urlsafe(96),
            email=email,
            expires=self.world.clock.now() + LIFETIME,
            scopes=scopes,
        )
        self.world[TOKENS].put(token)
        self._forget_expired()
        return token

    def _forget_expired(self) -> None:
        rows, now = self.world[TOKENS], self.world.clock.now()
        if len(rows) > REMEMBERED:
            for token in rows:
                if token.expires is not None and token.expires <= now:
                    rows.remove(token.value)


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
    if not _is_time(issued):
        raise InvalidGrantError("Invalid JWT: iat (issued at) is not set.")
    timely = _is_time(expires) and 0 < expires - issued <= LONGEST and issued - SKEW <= now
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


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encode(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
