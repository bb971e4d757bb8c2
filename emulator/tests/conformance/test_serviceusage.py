"""Service Usage v1 through `google-cloud-service-usage`, over REST and gRPC alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import EndpointServiceClient
from google.cloud.billing_v1 import CloudBillingClient, ProjectBillingInfo
from google.cloud.service_usage_v1 import ServiceUsageClient
from google.cloud.service_usage_v1.types import (
    BatchEnableServicesRequest,
    DisableServiceRequest,
    EnableServiceRequest,
    GetServiceRequest,
    ListServicesRequest,
    State,
)

if TYPE_CHECKING:
    from gcp_emulator.server import Running

VERTEX = "projects/sandbox-empty/services/aiplatform.googleapis.com"


def _link(clients: Any, account: str) -> None:
    clients.of(CloudBillingClient).update_project_billing_info(
        name="projects/sandbox-empty", project_billing_info=ProjectBillingInfo(billing_account_name=account)
    )


@pytest.fixture
def usage(clients: Any) -> Any:
    return clients.of(ServiceUsageClient)


def test_names_carry_the_number_and_the_config_says_what_enabling_demands(usage: Any) -> None:
    service = usage.get_service(GetServiceRequest(name=VERTEX))
    assert service.state is State.DISABLED
    assert service.name == f"{service.parent}/services/aiplatform.googleapis.com"
    assert service.parent.removeprefix("projects/").isdigit()
    assert service.config.title == "Agent Platform API"
    assert list(service.config.usage.requirements) == [
        "serviceusage.googleapis.com/tos/cloud",
        "serviceusage.googleapis.com/billing-enabled",
    ]


def test_the_list_is_in_name_order_and_its_pages_add_up(usage: Any) -> None:
    request = ListServicesRequest(parent="projects/sandbox-ready", filter="state:ENABLED", page_size=3)
    pages = list(usage.list_services(request).pages)
    names = [service.config.name for page in pages for service in page.services]
    assert len(pages) > 1
    assert names == sorted(names)
    assert "aiplatform.googleapis.com" in names


@pytest.mark.parametrize(
    ("account", "reason"),
    [(None, "UREQ_PROJECT_BILLING_NOT_FOUND"), ("closed_billing_account", "UREQ_PROJECT_BILLING_NOT_OPEN")],
)
def test_a_billed_api_cannot_be_enabled_without_open_billing(
    account: str | None, reason: str, clients: Any, usage: Any, sandbox: Running, details_of: Any
) -> None:
    if account:
        _link(clients, sandbox[account])
    with pytest.raises(exceptions.BadRequest) as refused:
        usage.enable_service(EnableServiceRequest(name=VERTEX))
    error = refused.value
    assert error.reason == reason
    assert error.domain == "serviceusage.googleapis.com/billing-enabled"
    assert error.metadata["services"] == "aiplatform.googleapis.com"
    assert error.metadata["project"].isdigit()
    (violation,) = details_of(error)["PreconditionFailure"]["violations"]
    assert violation["type"] == "googleapis.com/billing-enabled"
    assert violation["subject"].startswith("?error_code=39000")
    assert error.message.splitlines()[-1].startswith("Help Token: ")


def test_enabling_is_an_operation_that_ends_enabled(clients: Any, usage: Any, sandbox: Running) -> None:
    _link(clients, sandbox["billing_account"])
    operation = usage.enable_service(EnableServiceRequest(name=VERTEX))
    assert operation.operation.name.startswith("operations/acat.p2-")
    assert operation.result(timeout=10).service.state is State.ENABLED
    again = usage.enable_service(EnableServiceRequest(name=VERTEX))
    assert again.operation.name == "operations/finished.DONE_OPERATION"
    assert again.done()


def test_a_batch_is_all_or_nothing(usage: Any) -> None:
    names = ["iam.googleapis.com", "no-such-api.googleapis.com"]
    with pytest.raises(exceptions.Forbidden) as refused:
        usage.batch_enable_services(BatchEnableServicesRequest(parent="projects/sandbox-empty", service_ids=names))
    assert refused.value.reason == "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
    assert refused.value.metadata == {"services": "no-such-api.googleapis.com"}
    service = usage.get_service(GetServiceRequest(name="projects/sandbox-empty/services/iam.googleapis.com"))
    assert service.state is State.DISABLED


def test_a_batch_answers_with_every_service(usage: Any) -> None:
    names = ["iam.googleapis.com", "sts.googleapis.com"]
    request = BatchEnableServicesRequest(parent="projects/sandbox-empty", service_ids=names)
    done = usage.batch_enable_services(request).result(timeout=10)
    assert [service.config.name for service in done.services] == names


def test_what_is_not_enabled_cannot_be_disabled(usage: Any) -> None:
    with pytest.raises(exceptions.BadRequest, match="is not enabled"):
        usage.disable_service(DisableServiceRequest(name=VERTEX))


def test_an_unknown_project_is_refused_in_service_usages_own_words(usage: Any) -> None:
    with pytest.raises(exceptions.Forbidden, match="not found or permission denied"):
        usage.get_service(GetServiceRequest(name="projects/no-one-made-this/services/iam.googleapis.com"))


def test_enabled_is_not_yet_usable(stepped: Running, transport: str, connect: Any) -> None:
    clients = connect(stepped, transport)
    _link(clients, stepped["billing_account"])
    usage, endpoints = clients.of(ServiceUsageClient), clients.of(EndpointServiceClient)
    parent = "projects/sandbox-empty/locations/us-central1"

    def reason() -> str:
        try:
            list(endpoints.list_endpoints(parent=parent))
        except exceptions.Forbidden as refused:
            return str(refused.reason)
        return ""

    assert reason() == "SERVICE_DISABLED"
    operation = usage.enable_service(EnableServiceRequest(name=VERTEX))
    assert not operation.done()
    stepped.advance(1.5)
    assert usage.get_service(GetServiceRequest(name=VERTEX)).state is State.ENABLED
    assert {reason() for _ in range(40)} == {"SERVICE_DISABLED", ""}  # it flaps until the window closes
    stepped.advance(3)
    assert {reason() for _ in range(10)} == {""}
