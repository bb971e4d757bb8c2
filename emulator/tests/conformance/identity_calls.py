"""A call of every method of IAM and of IAM Credentials that has a client of Google's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from google.cloud.iam_admin_v1 import IAMClient
from google.cloud.iam_credentials_v1 import IAMCredentialsClient
from google.cloud.iam_v2 import DenyRule, PoliciesClient, Policy, PolicyRule

from emulator.tests.conformance.conftest import Clients

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.server import Running

DENY = "google.iam.v2.Policies"
ATTACHED = "policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fsandbox-ready/denypolicies"
IAM, CREDENTIALS = "google.iam.admin.v1.IAM", "google.iam.credentials.v1.IAMCredentials"
PROJECT = "projects/sandbox-ready"
FULL = "//cloudresourcemanager.googleapis.com/projects/sandbox-ready"
CREATOR = {
    "role": "roles/iam.serviceAccountTokenCreator",
    "members": ["serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"],
}
PREDICT = ["aiplatform.endpoints.predict"]


def _robot(iam: Any) -> Any:
    request = {"name": PROJECT, "account_id": "robot-one", "service_account": {"display_name": "Robot"}}
    return iam.create_service_account(request)


def _gone(iam: Any) -> str:
    robot = _robot(iam)
    iam.delete_service_account(name=robot.name)
    return f"{PROJECT}/serviceAccounts/{robot.unique_id}"


def _key(iam: Any) -> str:
    return str(iam.create_service_account_key(name=_robot(iam).name).name)


def _role(iam: Any) -> str:
    role = {"title": "Mine", "included_permissions": PREDICT}
    return str(iam.create_role({"parent": PROJECT, "role_id": "mine", "role": role}).name)


def _deleted_role(iam: Any) -> str:
    return str(iam.delete_role({"name": _role(iam)}).name)


ADMIN: dict[str, Callable[[Any], Any]] = {
    "CreateServiceAccount": _robot,
    "GetServiceAccount": lambda iam: iam.get_service_account(name=f"{PROJECT}/serviceAccounts/{_robot(iam).unique_id}"),
    "ListServiceAccounts": lambda iam: list(iam.list_service_accounts(name=PROJECT)),
    "UpdateServiceAccount": lambda iam: iam.update_service_account({"name": _robot(iam).name, "display_name": "Other"}),
    "PatchServiceAccount": lambda iam: iam.patch_service_account(
        {
            "service_account": {"name": _robot(iam).name, "description": "works"},
            "update_mask": {"paths": ["description"]},
        }
    ),
    "DeleteServiceAccount": _gone,
    "UndeleteServiceAccount": lambda iam: iam.undelete_service_account({"name": _gone(iam)}).restored_account,
    "EnableServiceAccount": lambda iam: iam.enable_service_account({"name": _robot(iam).name}) or True,
    "DisableServiceAccount": lambda iam: iam.disable_service_account({"name": _robot(iam).name}) or True,
    "GetIamPolicy": lambda iam: iam.get_iam_policy(resource=_robot(iam).name),
    "SetIamPolicy": lambda iam: iam.set_iam_policy(
        request={"resource": _robot(iam).name, "policy": {"bindings": [CREATOR]}}
    ),
    "TestIamPermissions": lambda iam: iam.test_iam_permissions(
        resource=_robot(iam).name, permissions=["iam.serviceAccounts.actAs"]
    ),
    "CreateServiceAccountKey": lambda iam: iam.create_service_account_key(name=_robot(iam).name).private_key_data,
    "ListServiceAccountKeys": lambda iam: (
        _key(iam)
        and iam.list_service_account_keys(
            name=f"{PROJECT}/serviceAccounts/robot-one@sandbox-ready.iam.gserviceaccount.com"
        ).keys
    ),
    "GetServiceAccountKey": lambda iam: (
        iam.get_service_account_key({"name": _key(iam), "public_key_type": "TYPE_RAW_PUBLIC_KEY"}).public_key_data
    ),
    "UploadServiceAccountKey": lambda iam: (
        iam.upload_service_account_key(
            {
                "name": f"{PROJECT}/serviceAccounts/robot-one@sandbox-ready.iam.gserviceaccount.com",
                "public_key_data": iam.get_service_account_key(
                    {"name": _key(iam), "public_key_type": "TYPE_X509_PEM_FILE"}
                ).public_key_data,
            }
        ).name
    ),
    "DeleteServiceAccountKey": lambda iam: iam.delete_service_account_key(name=_key(iam)) or True,
    "EnableServiceAccountKey": lambda iam: iam.enable_service_account_key({"name": _key(iam)}) or True,
    "DisableServiceAccountKey": lambda iam: iam.disable_service_account_key({"name": _key(iam)}) or True,
    "GetRole": lambda iam: iam.get_role({"name": "roles/aiplatform.user"}).included_permissions,
    "ListRoles": lambda iam: iam.list_roles({"page_size": 2}).next_page_token,
    "QueryGrantableRoles": lambda iam: iam.query_grantable_roles(full_resource_name=FULL).roles,
    "QueryTestablePermissions": lambda iam: list(iam.query_testable_permissions({"full_resource_name": FULL}))[:1],
    "LintPolicy": lambda iam: iam.lint_policy({"full_resource_name": FULL, "condition": {"expression": "no <"}}),
    "CreateRole": _role,
    "UpdateRole": lambda iam: iam.update_role(
        {"name": _role(iam), "role": {"title": "Other", "stage": "BETA"}, "update_mask": {"paths": ["title", "stage"]}}
    ),
    "DeleteRole": _deleted_role,
    "UndeleteRole": lambda iam: iam.undelete_role({"name": _deleted_role(iam)}),
}


def impersonated(sandbox: Running) -> str:
    """Make an account as whom its owner may act; its name, as IAM Credentials takes it."""
    over_grpc = Clients(sandbox, "grpc")
    iam = over_grpc.of(IAMClient)
    robot = _robot(iam)
    iam.set_iam_policy(request={"resource": robot.name, "policy": {"bindings": [CREATOR]}})
    over_grpc.close()
    sandbox.advance(10)
    return f"projects/-/serviceAccounts/{robot.email}"


TOKENS: dict[str, Callable[[Any, str], Any]] = {
    "GenerateAccessToken": lambda c, name: c.generate_access_token(
        name=name, scope=["https://www.googleapis.com/auth/cloud-platform"], lifetime={"seconds": 600}
    ),
    "GenerateIdToken": lambda c, name: c.generate_id_token(
        name=name, audience="https://example.com", include_email=True
    ),
    "SignBlob": lambda c, name: c.sign_blob(name=name, payload=b"hello").signed_blob,
    "SignJwt": lambda c, name: c.sign_jwt(name=name, payload=json.dumps({"sub": "me"})),
}


def _denying(policies: Any) -> Any:
    rule = DenyRule(
        denied_principals=["principalSet://goog/public:all"], denied_permissions=["storage.googleapis.com/objects.get"]
    )
    policy = Policy(display_name="Told", rules=[PolicyRule(deny_rule=rule)])
    return policies.create_policy({"parent": ATTACHED, "policy": policy, "policy_id": "told"}).result(timeout=5)


DENYING: dict[str, Callable[[Any], Any]] = {
    "CreatePolicy": _denying,
    "GetPolicy": lambda c: c.get_policy(name=_denying(c).name),
    "ListPolicies": lambda c: _denying(c) and list(c.list_policies(parent=ATTACHED)),
    "UpdatePolicy": lambda c: c.update_policy({"policy": _denying(c)}).result(timeout=5),
    "DeletePolicy": lambda c: c.delete_policy(name=_denying(c).name).result(timeout=5),
}


def _asking(ask: Callable[[Any], Any]) -> Callable[[Any, Running], Any]:
    return lambda clients, _: ask(clients.of(IAMClient))


def _ask_policies(ask: Callable[[Any], Any]) -> Callable[[Any, Running], Any]:
    return lambda clients, _: ask(clients.of(PoliciesClient))


def _acting(ask: Callable[[Any, str], Any]) -> Callable[[Any, Running], Any]:
    return lambda clients, sandbox: ask(clients.of(IAMCredentialsClient), impersonated(sandbox))


CALLS: dict[str, Callable[[Any, Running], Any]] = {
    **{f"{IAM}/{name}": _asking(ask) for name, ask in ADMIN.items()},
    **{f"{CREDENTIALS}/{name}": _acting(ask) for name, ask in TOKENS.items()},
    **{f"{DENY}/{name}": _ask_policies(ask) for name, ask in DENYING.items()},
}
