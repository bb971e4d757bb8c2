"""Security Token Service v1: exchange a pipeline's token, and become the service account with what comes back.

https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision import secret_values
from provision.google.auth import IAM_CREDENTIALS, SCOPE

if TYPE_CHECKING:
    from provision.google.transport import Transport

SERVICE: Final = "sts.googleapis.com"
_PREFIX: Final = "urn:ietf:params:oauth"


class Sts:
    """Tokens of other issuers. Every method raises `ApiError`; no token leaves it but to be used at once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def exchange(self, provider: str, token: str) -> str:
        """Return Google's federated token for one of the provider's issuer; ``provider`` is its full resource name."""
        form = {
            "grant_type": f"{_PREFIX}:grant-type:token-exchange",
            "audience": f"//iam.googleapis.com/{provider}",
            "scope": SCOPE,
            "requested_token_type": f"{_PREFIX}:token-type:access_token",
            "subject_token_type": f"{_PREFIX}:token-type:jwt",
            "subject_token": token,
        }
        secret_values.remember(token)
        answer = self._transport.rest(
            SERVICE, "ExchangeToken", "/v1/token", form=lambda: form, token="", resource=provider
        )
        federated = str(answer.get("access_token", ""))
        secret_values.remember(federated)
        return federated

    def become(self, email: str, federated: str) -> bool:
        """Ask for a token of the service account, with a federated one; it is thrown away."""
        path = f"/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
        body = {"scope": [SCOPE]}
        answer = self._transport.rest(
            IAM_CREDENTIALS, "GenerateAccessToken", path, body=body, token=federated, resource=email
        )
        return bool(answer.get("accessToken"))
