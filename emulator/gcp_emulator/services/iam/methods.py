"""The methods of IAM v1: service accounts, keys and roles over REST and gRPC, workload identity pools over REST.

Neither google/iam/admin/v1/iam.proto nor another proto that Google publishes has workload identity pools. The client
of IAM speaks no REST, so what its methods are called there is said here. Of v3, access policies, policy bindings and
boundaries are known by name, and not served.
"""

from __future__ import annotations

from typing import Any, Final

from gcp_emulator.api import Api, Methods, serve
from gcp_emulator.services.iam import accounts, deny, keys, lint, pools, public_keys, roles, workforce
from gcp_emulator.services.iam.common import SERVICE

REFERENCE: Final = "https://cloud.google.com/iam/docs/reference/rest"
OPENID_PAGE: Final = "https://developers.google.com/identity/openid-connect/openid-connect#discovery"
ACCOUNT_KEYS: Final = "https://cloud.google.com/iam/docs/keys-list-get"
LEGACY: Final[dict[str, Any]] = {"errors": "legacy"}


def _roles(verb: str, *more: str) -> tuple[str, ...]:
    """The ids of a method of custom roles, which projects and organizations have."""
    return (*more, f"projects.roles.{verb}", f"organizations.roles.{verb}")


_ACCOUNTS: Final[Methods] = {
    ("IAM/CreateServiceAccount", "projects.serviceAccounts.create"): accounts.create,
    ("IAM/GetServiceAccount", "projects.serviceAccounts.get"): accounts.get,
    ("IAM/ListServiceAccounts", "projects.serviceAccounts.list"): accounts.list_accounts,
    ("IAM/UpdateServiceAccount", "projects.serviceAccounts.update"): accounts.update,
    ("IAM/PatchServiceAccount", "projects.serviceAccounts.patch"): accounts.patch,
    ("IAM/DeleteServiceAccount", "projects.serviceAccounts.delete"): accounts.delete,
    ("IAM/UndeleteServiceAccount", "projects.serviceAccounts.undelete"): accounts.undelete,
    ("IAM/EnableServiceAccount", "projects.serviceAccounts.enable"): accounts.enable,
    ("IAM/DisableServiceAccount", "projects.serviceAccounts.disable"): accounts.disable,
    ("IAM/GetIamPolicy", "projects.serviceAccounts.getIamPolicy"): accounts.get_iam_policy,
    ("IAM/SetIamPolicy", "projects.serviceAccounts.setIamPolicy"): accounts.set_iam_policy,
    ("IAM/TestIamPermissions", "projects.serviceAccounts.testIamPermissions"): accounts.test_iam_permissions,
    # Both are deprecated; the methods of the same name of IAM Credentials are served.
    ("IAM/SignBlob", "projects.serviceAccounts.signBlob"): None,
    ("IAM/SignJwt", "projects.serviceAccounts.signJwt"): None,
}
_KEYS: Final[Methods] = {
    ("IAM/CreateServiceAccountKey", "projects.serviceAccounts.keys.create"): keys.create,
    ("IAM/ListServiceAccountKeys", "projects.serviceAccounts.keys.list"): keys.list_keys,
    ("IAM/GetServiceAccountKey", "projects.serviceAccounts.keys.get"): keys.get,
    ("IAM/DeleteServiceAccountKey", "projects.serviceAccounts.keys.delete"): keys.delete,
    ("IAM/EnableServiceAccountKey", "projects.serviceAccounts.keys.enable"): keys.enable,
    ("IAM/DisableServiceAccountKey", "projects.serviceAccounts.keys.disable"): keys.disable,
    ("IAM/UploadServiceAccountKey", "projects.serviceAccounts.keys.upload"): keys.upload,
}
_ROLES: Final[Methods] = {
    ("IAM/GetRole", *_roles("get", "roles.get")): roles.get,
    ("IAM/ListRoles", *_roles("list"), "roles.list"): roles.list_roles,
    ("IAM/QueryGrantableRoles", "roles.queryGrantableRoles"): roles.query_grantable,
    ("IAM/CreateRole", *_roles("create")): roles.create_custom,
    ("IAM/UpdateRole", *_roles("patch")): roles.patch_custom,
    ("IAM/DeleteRole", *_roles("delete")): roles.delete_custom,
    ("IAM/UndeleteRole", *_roles("undelete")): roles.undelete_custom,
    ("IAM/QueryTestablePermissions", "permissions.queryTestablePermissions"): roles.query_testable,
    ("IAM/QueryAuditableServices", "iamPolicies.queryAuditableServices"): None,
    ("IAM/LintPolicy", "iamPolicies.lintPolicy"): lint.lint,
}
POOLS: Final = "projects.locations.workloadIdentityPools"
_POOLS: Final[Methods] = {
    f"{POOLS}.create": serve(pools.create_pool, body="workloadIdentityPool"),
    f"{POOLS}.get": pools.get_pool,
    f"{POOLS}.list": pools.list_pools,
    f"{POOLS}.patch": serve(pools.patch_pool, body="workloadIdentityPool"),
    f"{POOLS}.delete": pools.delete_pool,
    f"{POOLS}.undelete": pools.undelete_pool,
    f"{POOLS}.getIamPolicy": pools.get_iam_policy,
    f"{POOLS}.setIamPolicy": pools.set_iam_policy,
    f"{POOLS}.testIamPermissions": pools.test_iam_permissions,
    f"{POOLS}.operations.get": pools.get_operation,
    f"{POOLS}.providers.create": serve(pools.create_provider, body="workloadIdentityPoolProvider"),
    f"{POOLS}.providers.get": pools.get_provider,
    f"{POOLS}.providers.list": pools.list_providers,
    f"{POOLS}.providers.patch": serve(pools.patch_provider, body="workloadIdentityPoolProvider"),
    f"{POOLS}.providers.delete": pools.delete_provider,
    f"{POOLS}.providers.undelete": pools.undelete_provider,
    f"{POOLS}.providers.operations.get": pools.get_operation,
}

APIS: Final = (
    Api(
        document="iam.v1",
        service=SERVICE,
        rpc="google.iam.admin.v1",
        rest="iam.",
        reference=f"{REFERENCE}/v1/",
        facts=LEGACY,
        methods={**_ACCOUNTS, **_KEYS, **_ROLES, **_POOLS, **workforce.METHODS},
    ),
    Api(
        document="iam.v2",
        service=SERVICE,
        rpc="google.iam.v2",
        rest="iam.v2.",
        reference=f"{REFERENCE}/v2/",
        methods={
            ("Policies/ListPolicies", "policies.listPolicies"): deny.list_all,
            ("Policies/GetPolicy", "policies.get"): deny.get,
            ("Policies/CreatePolicy", "policies.createPolicy"): deny.create,
            ("Policies/UpdatePolicy", "policies.update"): deny.update,
            ("Policies/DeletePolicy", "policies.delete"): deny.delete,
            "policies.operations.get": deny.get_operation,
        },
    ),
    Api(
        document="iam.v3",
        service=SERVICE,
        rpc="google.iam.v3",
        reference=REFERENCE,
        methods={"AccessPolicies/*": None, "PolicyBindings/*": None, "PrincipalAccessBoundaryPolicies/*": None},
    ),
    Api(
        service="oauth2.googleapis.com",
        rest="oauth2.",
        facts={"auth": False, "consumer": "none", "mutates": False},
        methods={
            "v1.certs": serve(public_keys.google_certificates, http=("GET /oauth2/v1/certs",), source=OPENID_PAGE),
            "v3.certs": serve(public_keys.google_keys, http=("GET /oauth2/v3/certs",), source=OPENID_PAGE),
            "configuration": serve(
                public_keys.configuration, http=("GET /.well-known/openid-configuration",), source=OPENID_PAGE
            ),
            "serviceAccounts.x509": serve(
                public_keys.account_certificates,
                http=tuple(f"GET /{of}/v1/metadata/x509/{{account}}" for of in ("service_accounts", "robot")),
                source=ACCOUNT_KEYS,
            ),
            "serviceAccounts.jwk": serve(
                public_keys.account_keys,
                http=("GET /service_accounts/v1/jwk/{account}", "GET /service_accounts/v1/metadata/jwk/{account}"),
                source=ACCOUNT_KEYS,
            ),
            "serviceAccounts.raw": serve(
                public_keys.account_raw, http=("GET /service_accounts/v1/metadata/raw/{account}",), source=ACCOUNT_KEYS
            ),
        },
    ),
)
