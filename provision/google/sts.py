"""Security Token Service v1: exchange a pipeline's token, and become the service account with what comes back.

https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.errors import ApiError
from provision.google.auth import IAM_CREDENTIALS, SCOPE
from provision.google.errors import refusal_from_body

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
        return str(self._post(SERVICE, "ExchangeToken", "/v1/token", provider, data=form).get("access_token", ""))

    def become(self, email: str, federated: str) -> bool:
        """Ask for a token of the service account, with a federated one; it is thrown away."""
        path = f"/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
        headers = {"Authorization": f"Bearer {federated}"}
        answer = self._post(
            IAM_CREDENTIALS, "GenerateAccessToken", path, email, json={"scope": [SCOPE]}, headers=headers
        )
        return bool(answer.get("accessToken"))

    def _post(self, service: str, method: str, path: str, resource: str, **sent: Any) -> dict[str, Any]:
        url = f"{self._transport.address or f'https://{self._transport.host(service)}'}{path}"

        def ask(*, timeout: float, retry: None) -> dict[str, Any]:  # noqa: ARG001 - no library retry to switch off
            import requests

            answer = requests.post(url, timeout=timeout, **sent)
            if answer.status_code != 200:
                raise ApiError(refusal_from_body(service, method, answer.status_code, answer.text))
            found = answer.json()
            if not isinstance(found, dict):
                raise ValueError("the answer is not an object")  # noqa: TRY004 - its value is wrong
            return found

        return self._transport.call(service, method, ask, resource=resource)
