"""IAM Credentials v1: what a service account may do, asked as that account.

https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.errors import ApiError
from provision.google.auth import SCOPE
from provision.google.errors import refusal_from_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.google.transport import Transport

SERVICE: Final = "iamcredentials.googleapis.com"
RESOURCE_MANAGER: Final = "cloudresourcemanager.googleapis.com"
SHORTEST_S: Final = 300


class IamCredentials:
    """Short-lived tokens of service accounts, which stay in here. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def held(self, email: str, project_id: str, permissions: Iterable[str]) -> frozenset[str]:
        """Return those of the permissions that the account holds on the project, as IAM answers the account itself.

        Needs ``iam.serviceAccounts.getAccessToken`` on the account, which not even a project's owner has.
        """
        token = self._token(email)
        url = f"{self._transport.address or f'https://{self._transport.host(RESOURCE_MANAGER)}'}"
        asked = sorted(permissions)

        def ask(*, timeout: float, retry: None) -> Any:  # noqa: ARG001 - no library retry here to switch off
            import requests

            answer = requests.post(
                f"{url}/v3/projects/{project_id}:testIamPermissions",
                json={"permissions": asked},
                headers={"Authorization": f"Bearer {token}"},
                timeout=timeout,
            )
            if answer.status_code != 200:
                raise ApiError(
                    refusal_from_body(RESOURCE_MANAGER, "TestIamPermissions", answer.status_code, answer.text)
                )
            return answer.json()

        found = self._transport.call(RESOURCE_MANAGER, "TestIamPermissions", ask, resource=f"projects/{project_id}")
        return frozenset(map(str, found.get("permissions") or ()))

    def _token(self, email: str) -> str:
        answer = self._transport.rest(
            SERVICE,
            "GenerateAccessToken",
            f"/v1/projects/-/serviceAccounts/{email}:generateAccessToken",
            body={"scope": [SCOPE], "lifetime": f"{SHORTEST_S}s"},
        )
        return str(answer.get("accessToken", ""))
