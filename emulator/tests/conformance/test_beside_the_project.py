"""IAM, IAM Credentials, Org Policy, Budgets and Cloud Quotas through Google's own clients: what their users rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.iam import predefined
from gcp_emulator.server import running
from google.api_core import exceptions
from google.auth.transport.requests import Request
from google.cloud.billing.budgets_v1 import BudgetServiceClient
from google.cloud.cloudquotas_v1 import CloudQuotasClient, QuotaAdjusterSettingsManagerClient
from google.cloud.iam_admin_v1 import IAMClient, RoleView
from google.cloud.iam_admin_v1.types import Role
from google.cloud.iam_credentials_v1 import IAMCredentialsClient
from google.cloud.iam_v3beta import PolicyBindingsClient
from google.cloud.orgpolicy_v2 import OrgPolicyClient
from google.oauth2 import service_account

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

PROJECT = "projects/sandbox-ready"
ANN = "user:ann@example.com"
PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
LIMITS = "locations/global/services/aiplatform.googleapis.com"


@pytest.fixture
def iam(sandbox: Running, connect: Any) -> Any:
    return connect(sandbox, "grpc").of(IAMClient)


def _robot(iam: Any, account_id: str = "robot-one") -> Any:
    return iam.create_service_account({"name": PROJECT, "account_id": account_id})


def test_a_key_made_over_grpc_is_good_for_google_auth_as_it_is(sandbox: Running, iam: Any) -> None:
    robot = _robot(iam)
    key = iam.create_service_account_key(name=robot.name)
    assert key.private_key_type.name == "TYPE_GOOGLE_CREDENTIALS_FILE"
    info = json.loads(key.private_key_data)
    assert info["token_uri"] == f"{sandbox['rest_url']}/token"
    credentials: Any = service_account.Credentials.from_service_account_info(info, scopes=[PLATFORM])  # type: ignore[no-untyped-call] # google-auth ships no types
    credentials.refresh(Request())
    assert credentials.token


LACKING: dict[str, Callable[[Any, str, str], Any]] = {
    "iam.serviceAccounts.get": lambda c, robot, _: c.of(IAMClient).get_service_account(name=robot),
    "iam.roles.list": lambda c, _, __: c.of(IAMClient).list_roles({"parent": PROJECT}),
    "iam.serviceAccounts.getAccessToken": lambda c, robot, _: c.of(IAMCredentialsClient).generate_access_token(
        name=f"projects/-/{robot.split('/', 2)[2]}", scope=[PLATFORM]
    ),
    "orgpolicy.policies.list": lambda c, _, __: list(c.of(OrgPolicyClient).list_policies(parent=PROJECT)),
    "billing.budgets.list": lambda c, _, account: list(c.of(BudgetServiceClient).list_budgets({"parent": account})),
    "cloudquotas.quotas.get": lambda c, _, __: list(
        c.of(CloudQuotasClient).list_quota_infos(parent=f"{PROJECT}/{LIMITS}")
    ),
}


@pytest.mark.parametrize("permission", LACKING)
def test_a_trailer_names_the_permission_that_is_lacking(
    sandbox: Running, iam: Any, connect: Any, details_of: Any, permission: str
) -> None:
    robot = _robot(iam).name
    no_one = iam.create_service_account({"name": "projects/sandbox-host", "account_id": "no-one-at-all"}).email
    stranger = connect(sandbox, "grpc", token=sandbox.token_for(f"serviceAccount:{no_one}"))
    with pytest.raises(exceptions.PermissionDenied) as refused:
        LACKING[permission](stranger, robot, sandbox["billing_account"])
    message = details_of(refused.value).get("ErrorInfo", {})
    if permission == "billing.budgets.list":  # Cloud Billing names neither
        assert not message
        return
    assert message["reason"] == "IAM_PERMISSION_DENIED"
    assert message["metadata"]["permission"] == permission


def test_a_role_that_changed_meanwhile_is_not_written_over(iam: Any) -> None:
    role = iam.create_role({"parent": PROJECT, "role_id": "mine", "role": {"title": "Mine", "stage": "GA"}})
    assert (role.stage, len(role.etag)) == (Role.RoleLaunchStage.GA, 8)
    changed = iam.update_role({"name": role.name, "role": {"title": "Other", "etag": role.etag}})
    assert (changed.title, changed.stage) == ("Other", Role.RoleLaunchStage.GA)
    with pytest.raises(exceptions.Aborted):
        iam.update_role({"name": role.name, "role": {"title": "Third", "etag": role.etag}})
    with pytest.raises(exceptions.Aborted):
        iam.delete_role({"name": role.name, "etag": role.etag})
    assert iam.delete_role({"name": role.name, "etag": changed.etag}).deleted


def test_the_policy_of_an_account_is_read_changed_and_written_back(iam: Any) -> None:
    robot = _robot(iam).name
    before = iam.get_iam_policy(resource=robot)
    policy = iam.get_iam_policy(resource=robot)
    policy.bindings.add(role="roles/iam.serviceAccountUser", members=[ANN])
    written = iam.set_iam_policy(request={"resource": robot, "policy": policy})
    assert [binding.role for binding in written.bindings] == ["roles/iam.serviceAccountUser"]
    with pytest.raises(exceptions.Aborted):
        iam.set_iam_policy(request={"resource": robot, "policy": before})
    assert iam.get_iam_policy(resource=robot) == written


def test_a_policy_of_the_organization_that_changed_meanwhile_stays(
    sandbox: Running, transport: str, connect: Any
) -> None:
    policies = connect(sandbox, transport).of(OrgPolicyClient)
    name = f"{PROJECT}/policies/iam.disableServiceAccountKeyCreation"
    made = policies.create_policy(parent=PROJECT, policy={"name": name, "spec": {"rules": [{"enforce": True}]}})
    spec = {"rules": [{"enforce": False}]}
    changed = policies.update_policy(policy={"name": made.name, "etag": made.etag, "spec": spec})
    assert changed.etag != made.etag
    with pytest.raises((exceptions.Aborted, exceptions.Conflict)):
        policies.update_policy(policy={"name": made.name, "etag": made.etag, "spec": {"rules": [{"enforce": True}]}})
    [rule] = policies.get_effective_policy(name=made.name).spec.rules
    assert rule.enforce is False


def test_pages_of_every_list_add_up(sandbox: Running, transport: str, connect: Any) -> None:
    clients = connect(sandbox, transport)
    policies, budgets = clients.of(OrgPolicyClient), clients.of(BudgetServiceClient)
    asked = {"parent": PROJECT, "page_size": 3}
    pages = list(policies.list_constraints(asked).pages)
    assert {len(page.constraints) for page in pages[:-1]} == {3}
    listed = [each.name for page in pages for each in page.constraints]
    assert listed == [each.name for each in policies.list_constraints(parent=PROJECT)]
    for name in "abc":
        budget = {"display_name": name, "amount": {"last_period_amount": {}}}
        budgets.create_budget({"parent": sandbox["billing_account"], "budget": budget})
    shown = budgets.list_budgets({"parent": sandbox["billing_account"], "page_size": 2})
    assert [len(page.budgets) for page in shown.pages] == [2, 1]


def test_pages_of_accounts_and_roles_add_up(iam: Any) -> None:
    made = {_robot(iam, f"robot-{letter * 3}").email for letter in "abc"}
    pages = list(iam.list_service_accounts({"name": PROJECT, "page_size": 2}).pages)
    found = [each.email for page in pages for each in page.accounts]
    assert made < set(found)
    assert found == sorted(set(found))
    names: list[str] = []
    token = ""
    while token or not names:
        answer = iam.list_roles({"page_size": 400, "page_token": token, "view": RoleView.FULL})
        names += [role.name for role in answer.roles]
        token = answer.next_page_token
        assert any(role.included_permissions for role in answer.roles)
    assert names == sorted(predefined())


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        (
            "google.iam.v3beta.PolicyBindings.ListPolicyBindings",
            lambda c: c.of(PolicyBindingsClient).list_policy_bindings(parent=f"{PROJECT}/locations/global"),
        ),
        (
            "google.iam.admin.v1.IAM.QueryAuditableServices",
            lambda c: c.of(IAMClient).query_auditable_services({"full_resource_name": "//x/y"}),
        ),
        (
            "google.api.cloudquotas.v1.QuotaAdjusterSettingsManager.GetQuotaAdjusterSettings",
            lambda c: c.of(QuotaAdjusterSettingsManagerClient).get_quota_adjuster_settings(
                name=f"{PROJECT}/locations/global/quotaAdjusterSettings"
            ),
        ),
        (
            "google.api.cloudquotas.v1.CloudQuotas.GetQuotaInfo",
            lambda c: c.of(CloudQuotasClient).get_quota_info(name=f"folders/1/{LIMITS}/quotaInfos/X"),
        ),
    ],
)
def test_what_is_not_served_says_so_by_name(sandbox: Running, connect: Any, name: str, ask: Any) -> None:
    with pytest.raises(exceptions.MethodNotImplemented, match=f"{name} is not served by the sandbox"):
        ask(connect(sandbox, "grpc"))


WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname.startswith(("google.cloud.iam_admin_v1", "google.cloud.billing.budgets_v1")):
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)

sys.meta_path.insert(0, Absent())
import grpc, requests
from gcp_emulator.server import running
with running(clock=0) as ready, grpc.insecure_channel(ready["grpc_target"]) as channel:
    iam, budgets = "google.iam.admin.v1.IAM", "google.cloud.billing.budgets.v1.BudgetService"
    for name in (f"{iam}/GetRole", f"{iam}/QueryAuditableServices", f"{budgets}/GetBudget"):
        try:
            channel.unary_unary(f"/{name}")(b"", metadata=[("authorization", f"Bearer {ready['token']}")])
        except grpc.RpcError as error:
            print(error.code().name, error.details())
        print(ready.requests()[-1]["method"], ready.requests()[-1]["status"])
    role = f"{ready['rest_url']}/v1/roles/viewer"
    print(requests.get(role, headers={"authorization": f"Bearer {ready['token']}"}).status_code)
"""


def test_without_a_package_of_googles_a_call_names_it_and_rest_is_served() -> None:
    words = [sys.executable, "-W", "ignore", "-c", WITHOUT]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    role, role_log, lint, _, budget, budget_log, status = done.stdout.splitlines()
    assert lint == "UNIMPLEMENTED google.iam.admin.v1.IAM.QueryAuditableServices is not served by the sandbox."
    assert role.startswith("UNIMPLEMENTED google.iam.admin.v1.IAM.GetRole is served over REST alone here")
    assert "pip install google-cloud-iam;" in role
    assert budget.startswith("UNIMPLEMENTED google.cloud.billing.budgets.v1.BudgetService.GetBudget ")
    assert "pip install google-cloud-billing-budgets;" in budget
    assert role_log == "google.iam.admin.v1.IAM/GetRole UNIMPLEMENTED"
    assert budget_log.endswith("BudgetService/GetBudget UNIMPLEMENTED")
    assert status == "200"


NARROW = """
import sys
from gcp_emulator import grpc_types
early = grpc_types.import_types("google.cloud.billing.budgets_v1.types").Budget
assert "google.cloud.billing" not in sys.modules, "the client above it was imported"
assert "google.cloud.billing_v1" not in sys.modules
assert "google.cloud.billing.budgets_v1" not in sys.modules
from google.cloud import billing
from google.cloud.billing import budgets_v1
assert billing.CloudBillingClient and budgets_v1.BudgetServiceClient
assert billing.budgets_v1 is budgets_v1
assert budgets_v1.Budget is early is budgets_v1.types.Budget
"""


def test_messages_inside_another_client_are_imported_without_either() -> None:
    done = subprocess.run([sys.executable, "-c", NARROW], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_policy_set_over_one_face_is_in_force_over_the_other(connect: Any) -> None:
    with running(clock=0, propagation=0) as ready:
        policies, iam = connect(ready, "rest").of(OrgPolicyClient), connect(ready, "grpc").of(IAMClient)
        name = f"{PROJECT}/policies/iam.disableServiceAccountCreation"
        policies.create_policy(parent=PROJECT, policy={"name": name, "spec": {"rules": [{"enforce": True}]}})
        with pytest.raises(exceptions.FailedPrecondition, match="disableServiceAccountCreation"):
            _robot(iam)
        policies.delete_policy(name=name)
        assert _robot(iam).email
