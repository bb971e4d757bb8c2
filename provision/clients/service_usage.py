"""Service Usage v1: which services are enabled.

https://cloud.google.com/service-usage/docs/reference/rest/v1/services
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provision.clients.lean import lean_google
from provision.clients.operations import wait
from provision.clients.refusals import TRANSIENT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.clients.transport import Transport

SERVICE: Final = "serviceusage.googleapis.com"
LARGEST_READ: Final = 30  # names in one batchGet
LARGEST_WRITE: Final = 20  # service ids in one batchEnable; it counts as 5 of 60 mutations a minute


class ServiceUsage:
    """Services of a project. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @cached_property
    def _client(self) -> Any:
        lean_google("service_usage_v1")
        from google.cloud.service_usage_v1.services.service_usage.client import ServiceUsageClient

        return self._transport.client(ServiceUsageClient)

    def states(self, project_id: str, services: Iterable[str]) -> dict[str, str]:
        """Return each service's state (``ENABLED`` or ``DISABLED``) by name; needs ``serviceusage.services.get``."""
        parent = f"projects/{project_id}"
        found: dict[str, str] = {}
        wanted = list(services)
        for first in range(0, len(wanted), LARGEST_READ):
            names = wanted[first : first + LARGEST_READ]
            request = {"parent": parent, "names": [f"{parent}/services/{name}" for name in names]}
            answer = self._transport.call(SERVICE, "BatchGetServices", self._client.batch_get_services, request=request)
            found |= {service.name.rpartition("/")[2]: service.state.name for service in answer.services}
        return found

    def batch_enable(self, project_id: str, services: Iterable[str], *, deadline_s: float) -> None:
        """Enable up to 20 services in one call and wait for its operation; needs ``serviceusage.services.enable``.

        When it returns the services are *listed* as enabled; calls to them can still be refused for minutes.
        """
        client = self._client
        request = {"parent": f"projects/{project_id}", "service_ids": list(services)}
        started = self._transport.call(
            SERVICE,
            "BatchEnableServices",
            client.batch_enable_services,
            request=request,
            transient=TRANSIENT | {"TIMEOUT"},
            patience=6,
        )
        wait(self._transport, SERVICE, client, started, deadline_s=deadline_s)
