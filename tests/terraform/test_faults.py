"""What goes wrong at Google while Terraform works: survived, or told so that one knows what to do."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.server import Running
from gcp_emulator.services.cloudquotas import state as cloudquotas
from gcp_emulator.services.resourcemanager import state as projects

from tests.terraform.working import UNOBSERVED, Working

if TYPE_CHECKING:
    from gcp_emulator.emulator import Emulator

CHAT: dict[str, Any] = {
    "project": {"id": "my-team-chat", "create": True, "parent": "organizations/100000000001"},
    "billing": {"account": "0A1B2C-3D4E5F-678901"},
    "identity": {"service_account": "chat-runtime"},
}


def calls(cloud: Running) -> Counter[str]:
    return Counter(each["method"] for each in cloud.requests())


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("cloudresourcemanager.projects.setIamPolicy", {"status": "ABORTED", "first": 2}),
        ("cloudresourcemanager.projects.create", {"status": "RESOURCE_EXHAUSTED", "first": 2}),
        ("google.api.serviceusage.v1.ServiceUsage/BatchEnableServices", {"status": "UNAVAILABLE", "first": 2}),
        ("google.api.serviceusage.v1.ServiceUsage/ListServices", {"drop": True}),
        ("google.iam.admin.v1.IAM/GetServiceAccount", {"status": "INTERNAL", "first": 2}),
        ("google.cloud.billing.v1.CloudBilling/UpdateProjectBillingInfo", {"status": "UNAVAILABLE"}),
    ],
    ids=lambda given: given.rpartition("/")[2].rpartition(".")[2] if isinstance(given, str) else "",
)
def test_what_passes_is_survived(method: str, fault: dict[str, Any], module: Working, cloud: Running) -> None:
    cloud.fail_next(method, **fault)
    module.write(**CHAT)
    module.apply()
    assert calls(cloud)[method] > fault.get("first", 1), "the fault was met, and the call made again"
    assert module.plan() == UNOBSERVED


def test_a_policy_that_others_write_meanwhile_keeps_what_they_wrote(module: Working, cloud: Running) -> None:
    """409 on a stale etag: read again, add again, and nothing of theirs is lost."""
    cloud.fail_next("cloudresourcemanager.projects.setIamPolicy", "ABORTED", first=3)
    module.write(**CHAT, iam_members={"ann": {"role": "roles/viewer", "member": "user:ann@terraform.example.com"}})
    module.apply()
    policy = next(
        row for row in cloud.state()["iam.policies"].values() if "chat-runtime@my-team-chat" in str(row["bindings"])
    )
    assert {"roles/owner", "roles/viewer", "roles/aiplatform.user"} <= {each["role"] for each in policy["bindings"]}


def test_a_closed_account_is_told_in_google_s_words_and_fixed_by_another(module: Working) -> None:
    module.write(**{**CHAT, "billing": {"account": "0A1B2C-3D4E5F-678902"}})
    refused = module("apply", "-auto-approve")
    assert refused.code == 1
    assert "Billing must be enabled for activation of service(s) 'aiplatform.googleapis.com'" in refused.message
    assert "UREQ_PROJECT_BILLING_NOT_OPEN" in refused.message
    module.write(**CHAT)
    module.apply()
    assert module.plan() == UNOBSERVED


def grant_accelerators(sandbox: Emulator) -> None:
    """Give the project the H100s that gpt-oss-120b is deployed to; a new project has none."""
    project = projects.find(sandbox.state, "adopted-project")
    assert project is not None
    cloudquotas.grant(sandbox.state, project.number, "CustomModelServingH100GPUsPerProjectPerRegion", 8, "h100")


def test_a_service_not_yet_usable_refuses_the_deployment_and_a_second_apply_fixes_it(
    module: Working, cloud: Running
) -> None:
    chat = {**CHAT, "project": {"id": "adopted-project"}, "endpoint": {}}
    cloud.do(grant_accelerators)
    cloud.fail_next(
        "google.cloud.aiplatform.v1.ModelGardenService/Deploy",
        "PERMISSION_DENIED",
        reason="SERVICE_DISABLED",
        message="Agent Platform API has not been used in project 1 before or it is disabled.",
    )
    module.write(**chat)
    refused = module("apply", "-auto-approve")
    assert refused.code == 1
    assert "has not been used in project" in refused.message
    module.apply()
    assert module.plan() == UNOBSERVED
    assert "/endpoints/mg-endpoint-" in module.outputs()["endpoint"]


def test_a_deployment_without_quota_does_not_begin(module: Working, cloud: Running) -> None:
    """Google would refuse it, and the provider repeat it for an hour."""
    quota = {"id": "CustomModelServingH100GPUsPerProjectPerRegion", "amount": 8}
    wanted: dict[str, Any] = {"project": {"id": "adopted-project"}, "billing": CHAT["billing"]}
    module.write(**wanted, endpoint={"quota": quota})
    refused = module("apply", "-auto-approve")
    assert refused.code == 1
    assert f"Of the quota {quota['id']} adopted-project has 0 in us-central1" in refused.message
    assert not calls(cloud)["google.cloud.aiplatform.v1.ModelGardenService/Deploy"]
    cloud.do(grant_accelerators)
    module.apply()
    assert module.plan() == UNOBSERVED


def test_what_never_passes_is_told_and_what_was_made_is_kept(module: Working, cloud: Running) -> None:
    cloud.fail_next("google.iam.admin.v1.IAM/CreateServiceAccount", "PERMISSION_DENIED", first=99)
    module.write(**CHAT)
    refused = module("apply", "-auto-approve")
    assert refused.code == 1
    assert "Error creating service account: googleapi: Error 403" in refused.message
    assert "google_project.this[0]" in module.addresses()


def test_an_operation_that_fails_is_told(module: Working, cloud: Running) -> None:
    cloud.fail_next(
        "cloudresourcemanager.projects.create", lro_error={"code": 13, "message": "Internal error encountered."}
    )
    module.write(**CHAT)
    refused = module("apply", "-auto-approve")
    assert refused.code == 1
    assert "Error code 13, message: Internal error encountered." in refused.message
    assert "google_project.this[0]" not in module.addresses()
