"""Downscoping: an access token exchanged for one that can do less, by a credential access boundary.

Google takes boundaries about buckets of Cloud Storage alone, of at most ten rules. A condition of a rule is refused
by name. The sentences of the errors are assumed.
https://cloud.google.com/iam/docs/downscoping-short-lived-credentials
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import iam
from gcp_emulator.errors import ApiError
from gcp_emulator.identity import TOKENS, AccountStateError
from gcp_emulator.services.oauth2.state import oauth_error

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind of token
HOST: Final = "//storage.googleapis.com/"
BUCKET: Final = f"{HOST}projects/_/buckets/"
IN_ROLE: Final = "inRole:"
MOST: Final = 10


def exchange(call: Call, subject_token: str, options: str) -> Json:
    """Answer a token of the same principal, which ends when the first one does.

    Raises:
        Refused: in OAuth's shape.
    """
    boundary = _boundary(options)
    source = call.state[TOKENS].get(subject_token)
    try:
        good = source is not None and call.emulator.identity.caller(subject_token) is not None
    except AccountStateError:
        good = False
    if source is None or not good:
        raise oauth_error("invalid_grant", "The given subject token is not a valid access token.")
    lifetime = call.emulator.identity.token_lifetime
    if source.expires is not None:
        lifetime = max(1, int(source.expires - call.clock.client_now()))
    token = call.emulator.identity.issue(
        source.email,
        source.scopes,
        lifetime=lifetime,
        member=source.member,
        sets=source.sets,
        project=source.project,
        pool=source.pool,
        boundary=boundary,
    )
    return {
        "access_token": token.value,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": lifetime,
    }


def _boundary(options: str) -> list[list[Any]]:
    """Return pairs of a resource's relative name and the roles that remain on it."""
    try:
        rules = json.loads(options)["accessBoundary"]["accessBoundaryRules"]
    except (ValueError, KeyError, TypeError, RecursionError):
        rules = None
    if not isinstance(rules, list) or not 1 <= len(rules) <= MOST:
        raise oauth_error("invalid_request", f"Invalid options: an access boundary of 1 to {MOST} rules is required.")
    return [_rule(each if isinstance(each, dict) else {}) for each in rules]


def _rule(rule: Json) -> list[Any]:
    resource, permissions = str(rule.get("availableResource", "")), rule.get("availablePermissions")
    if rule.get("availabilityCondition"):
        raise ApiError(
            "UNIMPLEMENTED",
            "sts.token with an availabilityCondition is not served by the sandbox.",
            oauth="invalid_request",
        )
    if not resource.startswith(BUCKET) or not isinstance(permissions, list) or not permissions:
        raise oauth_error("invalid_request", f"Invalid access boundary rule for {resource[:200]}.")
    roles = [str(each).removeprefix(IN_ROLE) for each in permissions]
    wrong = [each for each in permissions if not str(each).startswith(IN_ROLE)]
    wrong += [each for each in roles if each.startswith("roles/") and each not in iam.predefined()]
    if wrong:
        raise oauth_error("invalid_request", f"Invalid available permission: {str(wrong[0])[:200]}.")
    return [resource.removeprefix(HOST), roles]
