"""Service Usage v1: which services are enabled.

https://cloud.google.com/service-usage/docs/reference/rest/v1/services
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ApiError, ErrorStatus
from provision.google.errors import TRANSIENT
from provision.google.operations import wait_rest
from provision.google.pagination import read_all
from provision.google.responses import listed, reading, text
from provision.google.retry import retry
from provision.partial_import import partial_import_google
from provision.plan import Mutation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from provision.google.transport import Transport

SERVICE: Final = "serviceusage.googleapis.com"
LARGEST_READ: Final = 30  # names in one batchGet
LARGEST_PAGE: Final = 200
BILLING_DEMAND: Final = "serviceusage.googleapis.com/billing-enabled"
LARGEST_WRITE: Final = 20  # service ids in one batchEnable
BATCH_COUNTS_FOR: Final = 5  # of 60 mutations a minute: https://cloud.google.com/service-usage/docs/quotas


class ServiceUsage:
    """Services of a project. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @cached_property
    def _client(self) -> Any:
        partial_import_google("service_usage_v1", "service_usage")
        from google.cloud.service_usage_v1.services.service_usage.client import ServiceUsageClient

        return self._transport.client(ServiceUsageClient)

    def states(self, project_id: str, services: Iterable[str]) -> dict[str, str]:
        """Return each service's state by name; needs ``serviceusage.services.get``.

        A state is ``ENABLED``, ``DISABLED``, or a word that Google has made since.
        """
        parent = f"projects/{project_id}"
        found: dict[str, str] = {}
        wanted = list(services)
        for first in range(0, len(wanted), LARGEST_READ):
            names = wanted[first : first + LARGEST_READ]
            answer = self._transport.ask(
                SERVICE,
                "BatchGetServices",
                self._client.batch_get_services,
                request={"parent": parent, "names": [f"{parent}/services/{name}" for name in names]},
                resource=f"{parent}/services",
                fields=("services",),
                may_be_empty=False,
            )
            with reading(SERVICE, "BatchGetServices"):
                found |= self._states(project_id, names, listed(answer, "services"))
        return found

    def _states(self, project_id: str, names: list[str], services: list[dict[str, Any]]) -> dict[str, str]:
        """Return the states in an answer, which holds each service that was asked for once, and of this project.

        Raises:
            ValueError: it does not.
        """
        found: dict[str, str] = {}
        for service in services:
            _, owner, _, name = text(service, "name").split("/")
            self._transport.same_project(project_id, owner)
            if name in found:
                raise ValueError(f"the answer does not fit: it holds {name} twice")
            found[name] = text(service, "state")
        if found.keys() != set(names):
            raise ValueError(
                f"the answer does not fit: {', '.join(sorted(names))} asked, {', '.join(sorted(found)) or 'none'} told"
            )
        return found

    def enabled(self, project_id: str) -> dict[str, bool]:
        """Return every enabled service, and whether it demands billing; needs ``serviceusage.services.list``."""
        return dict(
            read_all(
                self._transport,
                SERVICE,
                "ListServices",
                f"/v1/projects/{project_id}/services",
                "services",
                _name_and_billing,
                query={"filter": "state:ENABLED", "pageSize": str(LARGEST_PAGE)},
            )
        )

    def batch_enable(
        self,
        project_id: str,
        services: Iterable[str],
        *,
        deadline_s: float,
        settling: Callable[[ErrorStatus], bool] = lambda _: False,
    ) -> None:
        """Enable up to 20 services in one call and wait for its operation; needs ``serviceusage.services.enable``.

        Where calls wait for room in their quota, fewer than that call counts for are enabled one by one.
        When it returns the services are *listed* as enabled; calls to them can still be refused for minutes.

        Args:
            services: those that are disabled now; who calls has just looked.
            settling: whether an error passes by itself in this project.

        Raises:
            ApiError: in addition to errors: some of the batch failed (reason ``BATCH_PARTLY_FAILED``).
        """
        names = list(services)
        parent = f"projects/{project_id}"
        if self._transport.pace is not None and len(names) < BATCH_COUNTS_FOR:
            for name in names:
                self._enable(parent, name, deadline_s=deadline_s, settling=settling)
            return
        mutation = Mutation(
            service=SERVICE,
            method="BatchEnableServices",
            resource=f"{parent}/services",
            does={"services": list(names)},
            before="DISABLED",
        )

        def enable() -> dict[str, Any]:
            started = self._transport.ask(
                SERVICE,
                "BatchEnableServices",
                self._client.batch_enable_services,
                request={"parent": parent, "service_ids": names},
                resource=f"{parent}/services",
                mutation=mutation,
                transient=TRANSIENT | {"TIMEOUT"},
                patience=6,
            )
            return wait_rest(self._transport, SERVICE, started, deadline_s=deadline_s)

        response = retry(
            self._transport,
            "BatchEnableServices",
            enable,
            lambda error: in_progress(error) or settling(error),
            deadline_s=deadline_s,
        )
        self._raise_failures(project_id, response)

    def _enable(self, parent: str, service: str, *, deadline_s: float, settling: Callable[[ErrorStatus], bool]) -> None:
        """Enable one service, and wait for its operation."""
        name = f"{parent}/services/{service}"

        def enable() -> None:
            started = self._transport.rest(
                SERVICE,
                "EnableService",
                f"/v1/{name}:enable",
                body={},
                mutation=Mutation(
                    service=SERVICE,
                    method="EnableService",
                    resource=f"{parent}/services",
                    does={"services": [service]},
                    before="DISABLED",
                ),
                transient=TRANSIENT | {"TIMEOUT"},
                patience=6,
            )
            wait_rest(self._transport, SERVICE, started, deadline_s=deadline_s)

        retry(
            self._transport,
            "EnableService",
            enable,
            lambda error: in_progress(error) or settling(error),
            deadline_s=deadline_s,
        )

    def _raise_failures(self, project_id: str, response: dict[str, Any]) -> None:
        """Raise what a batch did not enable; nothing is answered where nothing had to change.

        https://cloud.google.com/service-usage/docs/reference/rest/v1/BatchEnableServicesResponse
        """
        with reading(SERVICE, "BatchEnableServices"):
            failures = [(text(each, "serviceId"), text(each, "errorMessage")) for each in listed(response, "failures")]
        if not failures:
            return
        names = tuple(name for name, _ in failures)
        self._transport.log.not_done(tuple(f"projects/{project_id}/services/{name}" for name in names))
        message = "; ".join(f"{name}: {why}" for name, why in failures)
        raise ApiError(
            ErrorStatus(
                service=SERVICE,
                method="BatchEnableServices",
                code=200,
                status="FAILED_PRECONDITION",
                reason="BATCH_PARTLY_FAILED",
                message=f"The others were enabled; these were not: {message}",
                metadata={"services": ",".join(names)},
            )
        )

    def disable(self, project_id: str, service: str, *, force: bool, deadline_s: float) -> None:
        """Disable one service and wait for its operation; never one that another enabled service needs.

        Needs ``serviceusage.services.disable``. Unless ``force``, Google refuses (FAILED_PRECONDITION) where
        the service was used in the last 30 days.
        """
        name = f"projects/{project_id}/services/{service}"
        body = {"disableDependentServices": False, "checkIfServiceHasUsage": "SKIP" if force else "CHECK"}

        def disable() -> None:
            started = self._transport.rest(
                SERVICE,
                "DisableService",
                f"/v1/{name}:disable",
                body=body,
                mutation=Mutation(
                    service=SERVICE, method="DisableService", resource=name, does=dict(body), before="ENABLED"
                ),
                transient=TRANSIENT | {"TIMEOUT"},
                patience=6,
            )
            wait_rest(self._transport, SERVICE, started, deadline_s=deadline_s)

        retry(self._transport, "DisableService", disable, in_progress, deadline_s=deadline_s)


def _name_and_billing(service: dict[str, Any]) -> tuple[str, bool]:
    demands = service.get("config", {}).get("usage", {}).get("requirements", [])
    return service["name"].rpartition("/")[2], BILLING_DEMAND in demands


def in_progress(error: ErrorStatus) -> bool:
    """Whether someone else enables or disables a service of the project just now.

    https://github.com/hashicorp/terraform-provider-google/blob/main/google/transport/error_retry_predicates.go
    """
    return "another activation or deactivation is in progress" in error.message.lower()
