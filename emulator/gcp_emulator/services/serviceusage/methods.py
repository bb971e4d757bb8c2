"""The methods of Service Usage: v1 over REST and gRPC, v1beta1 over REST.

No client for the gRPC of v1beta1 is among the packages that the emulator is tested with.
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, serve
from gcp_emulator.services.serviceusage import agents, consumer_quotas, running, state

SERVICE: Final = "serviceusage.googleapis.com"
REFERENCE: Final = "https://cloud.google.com/service-usage/docs/reference/rest/"
ONLY_PROJECTS: Final = {"*/*": "projects/*"}
"""A parent can be an organization or a folder by its pattern; only projects have services."""

APIS: Final = (
    Api(
        document="serviceusage.v1",
        service=SERVICE,
        rpc="google.api.serviceusage.v1",
        rest="serviceusage.",
        reference=f"{REFERENCE}v1/",
        narrow=ONLY_PROJECTS,
        methods={
            "ServiceUsage/ListServices": state.list_services,
            "ServiceUsage/GetService": state.get,
            "ServiceUsage/BatchGetServices": state.batch_get,
            "ServiceUsage/EnableService": state.enable,
            "ServiceUsage/BatchEnableServices": state.batch_enable,
            "ServiceUsage/DisableService": state.disable,
            # Told from other APIs' by how the operation's name begins.
            "google.longrunning.Operations/GetOperation": serve(
                state.get_operation,
                http=(
                    "GET /v1/{name=operations/{operation=ac*}}",
                    "GET /v1/{name=operations/{operation=finished.*}}",
                    "GET /v1beta1/{name=operations/{operation=ac*}}",
                    "GET /v1beta1/{name=operations/{operation=finished.*}}",
                    "GET /v1/{name=operations/{operation}}",
                ),
            ),
            "operations.list": running.list_all,
            "operations.cancel": serve(running.cancel, http=("POST /v1/{name=operations/{operation}}:cancel",)),
            "operations.delete": serve(running.delete, http=("DELETE /v1/{name=operations/{operation}}",)),
        },
    ),
    Api(
        document="serviceusage.v1beta1",
        service=SERVICE,
        rest="serviceusage.v1beta1.",
        reference=f"{REFERENCE}v1beta1/",
        narrow=ONLY_PROJECTS,
        methods={
            "services.list": state.list_services,
            "services.get": state.get,
            "services.enable": state.enable,
            "services.batchEnable": state.batch_enable,
            "services.disable": state.disable,
            # Also under v1: Terraform's two providers have one endpoint, and one of them means v1beta1 by it.
            "services.generateServiceIdentity": serve(
                agents.generate,
                versions=("v1",),
                http=tuple(
                    f"POST /v1beta1/{{parent={level}/services/{{service}}}}:generateServiceIdentity"
                    for level in ("projects/{project}", "folders/{folder}", "organizations/{organization}")
                ),
            ),
            "services.consumerQuotaMetrics.list": serve(consumer_quotas.list_metrics, versions=("v1",)),
            "services.consumerQuotaMetrics.get": serve(consumer_quotas.get_metric, versions=("v1",)),
        },
    ),
)
