"""IAM Credentials v1: what a service account may do, asked as that account.

https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision import secret_values
from provision.google.auth import SCOPE

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
        found = self._transport.rest(
            RESOURCE_MANAGER,
            "TestIamPermissions",
            f"/v3/projects/{project_id}:testIamPermissions",
            body={"permissions": sorted(permissions)},
            token=self._token(email),
        )
        return frozenset(map(str, found.get("permissions") or ()))

    def _token(self, email: str) -> str:
        answer = self._transport.rest(
            SERVICE,
            "GenerateAccessToken",
            f"/v1/projects/-/serviceAccounts/{email}:generateAccessToken",
            body={"scope": [SCOPE], "lifetime": f"{SHORTEST_S}s"},
        )
        token = str(answer.get("accessToken", ""))
        secret_values.remember(token)
        return token
