"""Who asks: accounts, their keys, and tokens that are checked and expire.

Three kinds of bearer are accepted: the owner's token (never expires), access tokens issued by the token
endpoint (they age by `Clock.client_now`), and JWTs that a service account signed itself, which is what
google-auth sends when a client library asks it to (https://google.aip.dev/auth/4111). A JWT's own times
are evaluated by the host's clock, because google-auth took them from there.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from gcp_emulator.caller import CLOUD_PLATFORM, Caller
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from collections.abc import Callable

EMAIL_SCOPE: Final = "https://www.googleapis.com/auth/userinfo.email"
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
    description: str = ""
    disabled: bool = False
    created: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The public half of a service account's key.

    Args:
        id: hexadecimal digits.
        email: whose it is.
        public_pem: the key.
        created: when it began to be valid, in emulated Unix seconds.
        disabled: it verifies nothing for now.
        managed: the other half never leaves Google.
        certificate: what was uploaded, PEM; empty for a key that Google made.
        expires: when an uploaded certificate ends, 0 for never.
        size: in bits.
    """

    id: str
    email: str
    public_pem: str
    created: float = 0.0
    disabled: bool = False
    managed: bool = False
    certificate: str = ""
    expires: float = 0.0
    size: int = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token.

    Args:
        value: the token.
        email: whose it is; empty for a federated identity.
        expires: in the time of `Clock.client_now`; None for never.
        scopes: what it is good for.
        member: whose it is, as a policy names it; empty for the service account `email`.
        sets: the principal sets that a federated identity belongs to.
        project: the number of the project that its calls are charged to, where it is no service account's.
        pool: the workload identity pool it came through, which can be switched off.
        boundary: of a downscoped token, pairs of a resource and the roles whose permissions remain there.
    """

    value: str
    email: str
    expires: float | None
    scopes: list[str]
    member: str = ""
    sets: list[str] = field(default_factory=list)
    project: str = ""
    pool: str = ""
    boundary: list[list[Any]] = field(default_factory=list)


Claims = dict[str, Any]
"""What a JWT says."""

ACCOUNTS: Final = Table("iam.service_accounts", Account, key="email", indexes=("unique_id",))
KEYS: Final = Table("iam.keys", Key, key="id", random=True)
TOKENS: Final = Table("oauth2.tokens", Token, key="value", secret=True)


class AccountStateError(Exception):
    """A credential of a service account that is disabled or deleted; the message is its address."""


class InvalidGrantError(Exception):
    """An assertion that the token endpoint refuses: OAuth's error and its description."""

    def __init__(self, description: str, error: str = "invalid_grant") -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(slots=True)
class _Known:
    """A JWT that was verified."""

    key: str
    email: str
    scopes: tuple[str, ...]
    issued: float
    expires: float


class Identity:
    """Verifies bearers against one state's accounts, keys and tokens.

    Args:
        state: where those are.
        services: the APIs whose host a JWT may name as its audience.
        is_open: tells whether a workload identity pool, by its name, lets in those who came through it.
        token_lifetime: seconds that an issued access token is good for.
    """

    def __init__(
        self,
        state: State,
        services: frozenset[str],
        is_open: Callable[[State, str], bool],
        token_lifetime: int = LIFETIME,
    ) -> None:
        self.state = state
        self.services = services
        self.is_open = is_open
        self.token_lifetime = token_lifetime
        self._jwts: dict[str, _Known] = {}
        self._public: dict[str, Any] = {}  # key id -> loaded public key

    def caller(self, bearer: str) -> Caller | None:
        """Return whose bearer this is, None if it is not good.

        Raises:
            AccountStateError: it was good, until its service account was disabled or deleted.
        """
        token = self.state[TOKENS].get(bearer)
        if token is not None:
            if token.expires is not None and token.expires <= self.state.clock.client_now():
                return None
            return self.holder(token)
        if bearer.count(".") != 2:
            return None
        return self._jwt_caller(bearer)

    def holder(self, token: Token) -> Caller | None:
        """Return who holds a token that has not expired, None if its pool has been switched off."""
        boundary = tuple((name, tuple(held)) for name, held in token.boundary) if token.boundary else None
        if not token.member:
            return replace(self.account_caller(token.email, tuple(token.scopes)), boundary=boundary)
        if token.pool and not self.is_open(self.state, token.pool):
            return None
        return Caller(
            member=token.member,
            email=token.email or token.member,
            project=token.project,
            scopes=tuple(token.scopes),
            sets=tuple(token.sets),
            boundary=boundary,
        )

    def account_caller(self, email: str, scopes: tuple[str, ...]) -> Caller:
        """Return a service account as a caller.

        Raises:
            AccountStateError: it is disabled or deleted.
        """
        account = self.state[ACCOUNTS].get(email)
        if account is None or account.disabled:
            raise AccountStateError(email)
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
                claims, key = self._opened(bearer)
            except InvalidGrantError:
                return None
            known = self._evaluate(claims, key.id)
            if known is None:
                return None
            if len(self._jwts) >= REMEMBERED:
                self._jwts.clear()
            self._jwts[bearer] = known
        now = self.state.clock.host()
        if not known.issued - SKEW <= now < known.expires or self._key(known.key) is None:
            return None
        return self.account_caller(known.email, known.scopes)

    def _key(self, name: str) -> Key | None:
        """Return a key that may be used."""
        key = self.state[KEYS].get(name)
        return None if key is None or key.disabled else key

    def _evaluate(self, claims: Claims, key: str) -> _Known | None:
        """Turn the claims of a self-signed JWT into what it is good for: an audience, or scopes instead."""
        email, issued, expires = claims.get("iss"), claims.get("iat"), claims.get("exp")
        if not is_time(issued) or not is_time(expires) or not 0 < expires - issued <= LONGEST + SKEW:
            return None
        if claims.get("sub") != email:
            return None
        scopes = tuple(str(claims.get("scope", "")).split())
        if not scopes and not self._is_audience(claims.get("aud")):
            return None
        return _Known(key, str(email), scopes or (CLOUD_PLATFORM,), float(issued), float(expires))

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

    def verified(self, token: str) -> Claims:
        """Return the claims of a JWT that is signed by a key of its issuer.

        Raises:
            InvalidGrantError: with the words of the token endpoint.
        """
        return self._opened(token)[0]

    def _opened(self, token: str) -> tuple[Claims, Key]:
        try:
            head, body, signature = token.split(".")
            header, claims = json.loads(_decode(head)), json.loads(_decode(body))
            signed = _decode(signature)
        except (ValueError, binascii.Error, RecursionError):
            raise InvalidGrantError("Bad Request", "invalid_request") from None
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise InvalidGrantError("Bad Request", "invalid_request")
        key = self._signer(header, claims, f"{head}.{body}".encode(), signed)
        if header.get("alg") != "RS256" or key is None:
            raise InvalidGrantError("Invalid JWT Signature.")
        if claims.get("iss") != key.email or key.email not in self.state[ACCOUNTS]:
            raise InvalidGrantError("Invalid grant: account not found")
        return claims, key

    def _signer(self, header: Claims, claims: Claims, message: bytes, signature: bytes) -> Key | None:
        """Return the key that a token is signed with.

        A key id is optional, and Node's google-auth-library leaves it out: then all keys of the issuer are tried.
        https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
        """
        named = self._key(str(header.get("kid", "")))
        if named is None and not header.get("kid"):
            issuer = claims.get("iss")
            keys = [key for key in self.state[KEYS] if key.email == issuer and not key.disabled]
        else:
            keys = [] if named is None else [named]
        return next((key for key in keys if self._is_signed(key, message, signature)), None)

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

    def issue(self, email: str, scopes: list[str], *, lifetime: float = 0.0, **whose: Any) -> Token:
        """Issue an access token that ages by `Clock.client_now`.

        Args:
            email: of the service account whose it is.
            scopes: what it is good for.
            lifetime: in seconds; 0: as long as every token here.
            **whose: the other fields of a token, where it is no service account's.
        """
        token = Token(
            value="ya29.c." + secrets.token_urlsafe(96),
            email=email,
            expires=self.state.clock.client_now() + (lifetime or self.token_lifetime),
            scopes=scopes,
            **whose,
        )
        self.state[TOKENS].put(token)
        self._forget_expired()
        return token

    def _forget_expired(self) -> None:
        rows, now = self.state[TOKENS], self.state.clock.client_now()
        if len(rows) > REMEMBERED:
            for token in rows:
                if token.expires is not None and token.expires <= now:
                    rows.remove(token.value)


def is_time(value: Any) -> TypeGuard[float]:
    """Tell whether a claim is a number of seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
