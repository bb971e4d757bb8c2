"""IAM's two questions that every resource answers: what may I do here, and who may do what.

https://cloud.google.com/resource-manager/reference/rest/v3/projects/testIamPermissions
https://cloud.google.com/billing/docs/reference/rest/v1/billingAccounts/testIamPermissions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from provision.google.iam_policy import read
from provision.google.responses import fits, reading, texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.google.transport import Transport

CRM: Final = "cloudresourcemanager.googleapis.com"
BILLING: Final = "cloudbilling.googleapis.com"
LARGEST_TEST: Final = 100  # permissions in one call


class Iam:
    """Permissions and allow policies. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def test_permissions(self, resource: str, permissions: Iterable[str]) -> frozenset[str]:
        """Return which of the permissions the caller has on a resource; needs none.

        A resource that does not exist grants nothing.

        Args:
            resource: ``projects/…``, ``folders/…``, ``organizations/…`` or ``billingAccounts/…``.
        """
        service, version = (BILLING, "v1") if resource.startswith("billingAccounts/") else (CRM, "v3")
        wanted = sorted(set(permissions))
        granted: set[str] = set()
        for first in range(0, len(wanted), LARGEST_TEST):
            answer = self._transport.rest(
                service,
                "TestIamPermissions",
                f"/{version}/{resource}:testIamPermissions",
                body={"permissions": wanted[first : first + LARGEST_TEST]},
                fields=("permissions",),
            )
            with reading(service, "TestIamPermissions"):
                told = texts(answer, "permissions")
                for each in told:
                    fits("the permission", each, *wanted)
                granted.update(told)
        return frozenset(granted)

    def bindings(self, project_id: str) -> dict[str, tuple[str, ...]]:
        """Return the members of each role in the project's allow policy.

        Needs ``resourcemanager.projects.getIamPolicy``. A role that is given under a condition counts as given.
        """
        answer = read(self._transport, f"projects/{project_id}")
        found: dict[str, tuple[str, ...]] = {}
        for binding in answer.get("bindings", []):
            role = str(binding["role"])
            found[role] = (*found.get(role, ()), *binding.get("members", []))
        return found
