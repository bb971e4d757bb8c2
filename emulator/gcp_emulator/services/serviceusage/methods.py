"""The methods of Service Usage that the sandbox serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.serviceusage import agents, consumer_quotas, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

SERVICE: Final = "serviceusage.googleapis.com"
WRITE: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/service.management")
READ: Final = (*WRITE, "https://www.googleapis.com/auth/cloud-platform.read-only")
STATE: Final = {"STATE_UNSPECIFIED": 0, "DISABLED": 1, "ENABLED": 2}
CHECK: Final = {"CHECK_IF_SERVICE_HAS_USAGE_UNSPECIFIED": 0, "SKIP": 1, "CHECK": 2}
DOCS: Final = "https://cloud.google.com/service-usage/docs/reference/rest/v1/services/"
TYPES: Final = "google.cloud.service_usage_v1.types:"
OPERATION: Final = "google.longrunning.operations_pb2:Operation"


def _method(
    name: str,
    http: str,
    handle: Callable[[Call], Any] | None,
    source: str,
    response: str,
    *,
    mutates: bool = False,
    enums: Any = None,
    fields: str = "name",
) -> Method:
    return Method(
        name=f"google.api.serviceusage.v1.ServiceUsage/{name}",
        http=(http,),
        handle=handle,
        service=SERVICE,
        source=DOCS + source,
        request=f"{TYPES}{name}Request",
        response=response,
        mutates=mutates,
        scopes=WRITE if mutates else READ,
        enums=enums or {},
        fields=fields,
    )


def _beta() -> tuple[Method, ...]:
    """v1beta1, over REST: no client for its gRPC face is among the packages the sandbox is tested with."""
    project, quotas = "projects/{project}", "/consumerQuotaMetrics"
    service = f"{project}/services/{{service}}"

    def method(name: str, http: str, handle: Callable[[Call], Any], fields: str, **more: Any) -> Method:
        return Method(
            name=f"serviceusage.v1beta1.{name}",
            http=(http,),
            handle=handle,
            service=SERVICE,
            source="https://cloud.google.com/service-usage/docs/reference/rest/v1beta1/" + name.rpartition(".")[0],
            scopes=WRITE if more.get("mutates") else READ,
            fields=fields,
            **more,
        )

    services = f"/v1beta1/{{parent={project}}}/services"
    enums: dict[str, Any] = {"enums": {"services.state": STATE}}
    return (
        method("services.list", f"GET {services}", state.list_services, "parent,pageSize,pageToken,filter", **enums),
        method("services.get", f"GET /v1beta1/{{name={service}}}", state.get, "name", enums={"state": STATE}),
        method("services.enable", f"POST /v1beta1/{{name={service}}}:enable", state.enable, "name", mutates=True),
        method(
            "services.batchEnable",
            f"POST {services}:batchEnable",
            state.batch_enable,
            "parent,serviceIds",
            mutates=True,
        ),
        method("services.disable", f"POST /v1beta1/{{name={service}}}:disable", state.disable, "name", mutates=True),
        method(
            "services.generateServiceIdentity",
            f"POST /v1beta1/{{parent={service}}}:generateServiceIdentity",
            agents.generate,
            "parent",
            mutates=True,
        ),
        method(
            "services.consumerQuotaMetrics.list",
            f"GET /v1beta1/{{parent={service}}}{quotas}",
            consumer_quotas.list_metrics,
            "parent,pageSize,pageToken,view",
        ),
        method(
            "services.consumerQuotaMetrics.get",
            f"GET /v1beta1/{{name={service}{quotas}/{{metric}}}}",
            consumer_quotas.get_metric,
            "name,view",
        ),
    )


METHODS: Final = (
    _method(
        "ListServices",
        "GET /v1/{parent=projects/{project}}/services",
        state.list_services,
        "list",
        TYPES + "ListServicesResponse",
        fields="parent,pageSize,pageToken,filter",
        enums={"services.state": STATE},
    ),
    _method(
        "GetService",
        "GET /v1/{name=projects/{project}/services/{service}}",
        state.get,
        "get",
        TYPES + "Service",
        enums={"state": STATE},
    ),
    _method(
        "BatchGetServices",
        "GET /v1/{parent=projects/{project}}/services:batchGet",
        state.batch_get,
        "batchGet",
        TYPES + "BatchGetServicesResponse",
        fields="parent,names",
        enums={"services.state": STATE},
    ),
    _method(
        "EnableService",
        "POST /v1/{name=projects/{project}/services/{service}}:enable",
        state.enable,
        "enable",
        OPERATION,
        mutates=True,
    ),
    _method(
        "BatchEnableServices",
        "POST /v1/{parent=projects/{project}}/services:batchEnable",
        state.batch_enable,
        "batchEnable",
        OPERATION,
        fields="parent,serviceIds",
        mutates=True,
    ),
    _method(
        "DisableService",
        "POST /v1/{name=projects/{project}/services/{service}}:disable",
        state.disable,
        "disable",
        OPERATION,
        fields="name,disableDependentServices,checkIfServiceHasUsage",
        mutates=True,
        enums={"checkIfServiceHasUsage": CHECK},
    ),
    Method(
        name="google.longrunning.Operations/GetOperation",
        http=(
            "GET /v1/{name=operations/{operation=ac*}}",
            "GET /v1/{name=operations/{operation=finished.*}}",
            "GET /v1beta1/{name=operations/{operation=ac*}}",
            "GET /v1beta1/{name=operations/{operation=finished.*}}",
            "GET /v1/{name=operations/{operation}}",
        ),
        handle=state.get_operation,
        service=SERVICE,
        source="https://cloud.google.com/service-usage/docs/reference/rest/v1/operations/get",
        request="google.longrunning.operations_pb2:GetOperationRequest",
        response=OPERATION,
        scopes=READ,
    ),
    *_beta(),
)
