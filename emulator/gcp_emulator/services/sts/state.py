"""Token exchange (RFC 8693): a token of a pool's provider for a federated access token.

Errors have OAuth's shape; which code stands for what is as users have met it: `invalid_target` for a provider that
is not there, `invalid_grant` for a token that is not good, `unauthorized_client` for one that the condition rejects.
Sentences that no page of Google's gives are assumed.
https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
https://cloud.google.com/iam/docs/troubleshooting-workload-identity-federation
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import expressions, quotas
from gcp_emulator.errors import ApiError
from gcp_emulator.identity import LIFETIME, SKEW, TOKENS, is_time
from gcp_emulator.services.iam import pools
from gcp_emulator.services.oauth2.state import oauth_error
from gcp_emulator.services.sts import downscoping, other_tokens, tokens

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.iam.pools import Provider

GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN: Final = downscoping.ACCESS_TOKEN
SUBJECT_TYPES: Final = frozenset({"urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"})
AUDIENCE: Final = re.compile(
    r"(?:https:)?//iam\.googleapis\.com/(projects/[^/]+/locations/global/workloadIdentityPools/[^/]+)/providers/([^/]+)"
)
LONGEST_SUBJECT: Final = 127
OLDEST: Final = 24 * 3600  # a token that its issuer made longer ago is stale, or made to live longer


async def exchange(call: Call) -> Json:
    """`POST /v1/token`; names in either spelling, form or JSON."""
    if _text(call, "grant_type") != GRANT:
        raise oauth_error("unsupported_grant_type", f"The grant_type must be {GRANT}.")
    subject_token = _needed(call, "subject_token")
    if _needed(call, "requested_token_type") != ACCESS_TOKEN:
        raise oauth_error("invalid_request", "Invalid value of requested_token_type in request.")
    kind = _needed(call, "subject_token_type")
    if kind == ACCESS_TOKEN:
        return downscoping.exchange(call, subject_token, _text(call, "options"))
    if kind not in SUBJECT_TYPES and kind not in other_tokens.KINDS:
        raise oauth_error("invalid_request", "Invalid value of subject_token_type in request.")  # assumed
    scopes = _text(call, "scope").split()
    if not scopes:  # https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token; seen by several
        raise oauth_error("invalid_request", "Scope(s) must be provided.")
    provider = _provider(call)
    quotas.charge_exchange(call, provider.name.split("/")[1])
    if kind in other_tokens.KINDS:
        other_tokens.check(kind, subject_token, provider, _needed(call, "audience"), call.clock.host())
    if provider.config:  # of another kind: it has no issuer of JSON Web Tokens
        raise oauth_error("invalid_request", f"The provider does not take tokens of type {kind}.")  # assumed
    header, claims = _parsed(subject_token)
    _check_claims(provider, claims, call.clock.host())
    keys = await _keys(provider)
    if not tokens.is_signed(subject_token, header, keys):
        raise oauth_error("invalid_grant", "The signature of the given credential cannot be verified.")
    pool = provider.name.partition("/providers/")[0]
    member, sets = _principals(provider, pool, claims)
    token = call.emulator.identity.issue("", scopes, member=member, sets=sets, project=pool.split("/")[1], pool=pool)
    return {
        "access_token": token.value,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": call.emulator.identity.token_lifetime,
    }


def _text(call: Call, name: str) -> str:
    head, *rest = name.split("_")
    return call.text(name) or call.text(head + "".join(part.capitalize() for part in rest))


def _needed(call: Call, name: str) -> str:
    value = _text(call, name)
    if not value:
        raise oauth_error("invalid_request", f"Missing required parameter: {name}")
    return value


def _provider(call: Call) -> Provider:
    """Return the provider in `audience`, which must name the project by its number."""
    match = AUDIENCE.fullmatch(_needed(call, "audience"))
    if match is None:
        raise oauth_error(
            "invalid_request",
            'Invalid value for "audience". This value should be the full resource name of the Identity Provider. See '
            "https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token for the list of possible formats.",
        )
    provider = pools.find_provider(call.state, f"{match[1]}/providers/{match[2]}")
    if provider is None or provider.deleted or provider.disabled or not pools.is_open(call.state, match[1]):
        raise oauth_error(
            "invalid_target",
            'The target service indicated by the "audience" parameters is invalid. This might either be because the '
            "pool or provider is disabled or deleted or because it doesn't exist.",
        )
    return provider


def _parsed(token: str) -> tuple[Json, Json]:
    try:
        return tokens.parse(token)
    except tokens.MalformedError:
        raise oauth_error("invalid_grant", "The given credential is no valid JSON Web Token.") from None


async def _keys(provider: Provider) -> list[Json]:
    if provider.jwks:
        keys: list[Json] = json.loads(provider.jwks)["keys"]
        return keys
    try:
        return await asyncio.to_thread(tokens.fetch_keys, provider.issuer)
    except tokens.UnreachableError:
        raise oauth_error("invalid_grant", "Error connecting to the given credential's issuer.") from None


def _check_claims(provider: Provider, claims: Json, now: float) -> None:
    """Refuse a token of another issuer, for another audience, or out of its time, which is the host's.

    https://cloud.google.com/iam/docs/workload-identity-federation-with-other-providers#prepare
    """
    issuer = claims.get("iss")
    if issuer != provider.issuer:
        raise oauth_error("invalid_grant", f"The issuer in ID Token {issuer} does not match the expected ones.")
    given = claims.get("aud")
    audiences = given if isinstance(given, list) else [given]
    name = f"//iam.googleapis.com/{provider.name}"
    allowed = provider.audiences or [name, f"https:{name}"]
    if not any(each in allowed for each in audiences):
        listed = ", ".join(str(each) for each in audiences)
        raise oauth_error(
            "invalid_grant",
            f"The audience in ID Token [{listed}] does not match the expected audience {' or '.join(allowed)}.",
        )
    issued, expires = claims.get("iat"), claims.get("exp")
    if not is_time(issued) or not is_time(expires) or not 0 < expires - issued <= OLDEST or issued - SKEW > now:
        raise oauth_error("invalid_grant", "The times of the ID Token are not valid.")
    if now >= expires:
        raise oauth_error("invalid_grant", f"ID Token issued at {int(issued)} is stale to sign-in.")


def _principals(provider: Provider, pool: str, claims: Json) -> tuple[str, list[str]]:
    """Map a token's claims: its principal, and the sets it is in.

    An attribute that has no value for these claims is left out: assumed. Only the subject must have one.
    https://cloud.google.com/iam/docs/principal-identifiers
    """
    mapped: dict[str, Any] = {}
    for name, expression in provider.mapping.items():
        try:
            mapped[name] = expressions.evaluate(expression, {"assertion": claims})
        except expressions.UndecidedError as undecided:
            raise _undecided(name, undecided) from None
        except expressions.ExpressionError:
            continue
    subject, groups = mapped.get("google.subject"), mapped.get("google.groups", [])
    if isinstance(subject, bool):  # recorded: a mapping to the literal `true` was taken
        subject = str(subject).lower()
    if not isinstance(subject, str) or not subject:
        raise oauth_error("invalid_grant", "Could not obtain a value for google.subject from the given credential.")
    if len(subject.encode()) > LONGEST_SUBJECT:
        raise oauth_error(
            "invalid_request",
            "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute "
            "mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.",
        )
    prefix = "attribute."
    attributes = {
        name.removeprefix(prefix): str(value)
        for name, value in mapped.items()
        if name.startswith(prefix) and isinstance(value, str | int | float)
    }
    groups = [str(each) for each in groups] if isinstance(groups, list) else []
    _check_condition(
        provider,
        {"assertion": claims, "google": {"subject": subject, "groups": groups}, "attribute": attributes},
    )
    there = f"iam.googleapis.com/{pool}"
    sets = [
        f"principalSet://{there}/*",
        *(f"principalSet://{there}/group/{group}" for group in groups),
        *(f"principalSet://{there}/attribute.{name}/{value}" for name, value in attributes.items()),
    ]
    return f"principal://{there}/subject/{subject}", sets


def _check_condition(provider: Provider, variables: dict[str, Any]) -> None:
    if not provider.condition:
        return
    try:
        good = expressions.evaluate(provider.condition, variables) is True
    except expressions.UndecidedError as undecided:
        raise _undecided("the attribute condition", undecided) from None
    except expressions.ExpressionError:
        good = False
    if not good:
        raise oauth_error("unauthorized_client", "The given credential is rejected by the attribute condition.")


def _undecided(what: str, why: Exception) -> ApiError:
    """Refuse a token whose verdict cannot be told here, rather than guess it."""
    return ApiError(
        "UNIMPLEMENTED", f"sts.token is not served by the sandbox for {what}: {why}.", oauth="invalid_request"
    )


def introspect(call: Call) -> Json:
    """`POST /v1/introspect`, which gcloud asks for the name of a federated principal (RFC 7662)."""
    token = call.state[TOKENS].get(_needed(call, "token"))
    now = call.clock.client_now()
    if token is None or (token.expires is not None and token.expires <= now):
        return {"active": False}
    left = int(token.expires - now) if token.expires is not None else LIFETIME
    exp = int(call.clock.host()) + left
    member = token.member or token.email
    return {
        "active": True,
        "scope": " ".join(token.scopes),
        "username": token.email or member,
        "token_type": "Bearer",
        "exp": exp,
        "iat": exp - call.emulator.identity.token_lifetime,
        "sub": member,
        "iss": "https://sts.googleapis.com/",
    }
