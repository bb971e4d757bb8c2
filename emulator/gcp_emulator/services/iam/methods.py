"""The methods of IAM v1: service accounts, keys and roles on both faces, workload identity pools over REST.

Names, messages and enums: google/iam/admin/v1/iam.proto. Neither it nor another proto that Google publishes has
workload identity pools. Paths and fields: the discovery document of iam v1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.iam import accounts, keys, later, pools, roles
from gcp_emulator.services.iam.common import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call

SCOPES: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam")
DOCS: Final = "https://cloud.google.com/iam/docs/reference/rest/v1/"
READS: Final = frozenset(
    {
        "get",
        "list",
        "getIamPolicy",
        "testIamPermissions",
        "queryGrantableRoles",
        "queryTestablePermissions",
        "queryAuditableServices",
        "lintPolicy",
        "signBlob",
        "signJwt",
        "listAttestationRules",
    }
)
TYPES: Final = "google.cloud.iam_admin_v1.types:"
POLICIES: Final = "google.iam.v1.iam_policy_pb2:"
POLICY: Final = "google.iam.v1.policy_pb2:Policy"

ACCOUNT: Final = "{name=projects/{project}/serviceAccounts/{account}}"
ACCOUNT_RESOURCE: Final = "{resource=projects/{project}/serviceAccounts/{account}}"
KEY: Final = "{name=projects/{project}/serviceAccounts/{account}/keys/{key}}"
LOCATION: Final = "{parent=projects/{project}/locations/{location}}"
POOL: Final = "projects/{project}/locations/{location}/workloadIdentityPools/{pool}"
PROVIDER: Final = POOL + "/providers/{provider}"
HOLDERS: Final = ("projects/{project}", "organizations/{organization}")
"""What holds custom roles."""

ACCOUNT_FIELDS: Final = "name,projectId,uniqueId,email,displayName,etag,description,oauth2ClientId,disabled,user"
POLICY_FIELDS: Final = "bindings,etag,version,auditConfigs"
ROLE_FIELDS: Final = "name,title,description,includedPermissions,stage,etag,deleted"
POOL_FIELDS: Final = (
    "name,displayName,description,state,disabled,mode,expireTime,inlineCertificateIssuanceConfig,inlineTrustConfig"
)
PROVIDER_FIELDS: Final = (
    "name,displayName,description,state,disabled,attributeMapping,attributeCondition,expireTime,actorProviders,"
    "aws,saml,x509,oidc(issuerUri,allowedAudiences,jwksJson,discoveryUri)"
)
STAGE: Final = {**roles.STAGES}
VIEW: Final = {"BASIC": 0, "FULL": 1}
KEY_TYPE: Final = {"KEY_TYPE_UNSPECIFIED": 0, "USER_MANAGED": 1, "SYSTEM_MANAGED": 2}
KEY_ENUMS: Final = {
    "privateKeyType": {"TYPE_UNSPECIFIED": 0, "TYPE_PKCS12_FILE": 1, "TYPE_GOOGLE_CREDENTIALS_FILE": 2},
    "keyAlgorithm": {"KEY_ALG_UNSPECIFIED": 0, "KEY_ALG_RSA_1024": 1, "KEY_ALG_RSA_2048": 2},
    "keyOrigin": {"ORIGIN_UNSPECIFIED": 0, "USER_PROVIDED": 1, "GOOGLE_PROVIDED": 2},
    "keyType": KEY_TYPE,
}
PUBLIC_KEY: Final = {"TYPE_NONE": 0, "TYPE_X509_PEM_FILE": 1, "TYPE_RAW_PUBLIC_KEY": 2}


POOL_STATES: Final = {
    f"{place}state": {"STATE_UNSPECIFIED": 0, "ACTIVE": 1, "DELETED": 2}
    for place in ("", "workloadIdentityPools.", "workloadIdentityPoolProviders.")
}
"""Of pools and their providers; numbered as the discovery document counts them: their proto is not published."""


def _method(name: str, http: str, handle: Callable[[Call], Any] | None, fields: str = "", *, body: str = "*") -> Method:
    """A method that only REST has."""
    collection, _, verb = name.rpartition(".")
    return Method(
        name=f"iam.{name}",
        http=(http,),
        handle=handle,
        service=SERVICE,
        source=f"{DOCS}{collection}/{verb}",
        mutates=verb not in READS,
        scopes=SCOPES,
        errors="legacy",
        fields=fields,
        body=body,
        enums=POOL_STATES,
    )


def _rpc(  # noqa: PLR0913 - a row of the table
    name: str,
    http: str | tuple[str, ...],
    handle: Callable[[Call], Any] | None,
    fields: str,
    page: str,
    response: str = "",
    *,
    request: str = "",
    body: str = "*",
    enums: Any = None,
) -> Method:
    """A method that both faces have; `page` is that of the REST reference, such as `roles/get`."""
    return Method(
        name=f"google.iam.admin.v1.IAM/{name}",
        http=(http,) if isinstance(http, str) else http,
        handle=handle,
        service=SERVICE,
        source=DOCS + page,
        request=request or f"{TYPES}{name}Request",
        response=response if not response or ":" in response else TYPES + response,
        mutates=page.rpartition("/")[2] not in READS,
        scopes=SCOPES,
        errors="legacy",
        fields=fields,
        body=body,
        enums=enums or {},
    )


OF_ACCOUNTS: Final = "projects.serviceAccounts/"

_ACCOUNTS: Final = (
    _rpc(
        "CreateServiceAccount",
        "POST /v1/{name=projects/{project}}/serviceAccounts",
        accounts.create,
        f"name,accountId,serviceAccount({ACCOUNT_FIELDS})",
        f"{OF_ACCOUNTS}create",
        "ServiceAccount",
    ),
    _rpc("GetServiceAccount", f"GET /v1/{ACCOUNT}", accounts.get, "name", f"{OF_ACCOUNTS}get", "ServiceAccount"),
    _rpc(
        "ListServiceAccounts",
        "GET /v1/{name=projects/{project}}/serviceAccounts",
        accounts.list_accounts,
        "name,pageSize,pageToken",
        f"{OF_ACCOUNTS}list",
        "ListServiceAccountsResponse",
    ),
    _rpc(
        "UpdateServiceAccount",
        f"PUT /v1/{ACCOUNT}",
        accounts.update,
        ACCOUNT_FIELDS,
        f"{OF_ACCOUNTS}update",
        "ServiceAccount",
        request=f"{TYPES}ServiceAccount",
    ),
    _rpc(
        "PatchServiceAccount",
        "PATCH /v1/{serviceAccount.name=projects/{project}/serviceAccounts/{account}}",
        accounts.patch,
        f"updateMask,serviceAccount({ACCOUNT_FIELDS})",
        f"{OF_ACCOUNTS}patch",
        "ServiceAccount",
    ),
    _rpc("DeleteServiceAccount", f"DELETE /v1/{ACCOUNT}", accounts.delete, "name", f"{OF_ACCOUNTS}delete"),
    _rpc(
        "UndeleteServiceAccount",
        f"POST /v1/{ACCOUNT}:undelete",
        accounts.undelete,
        "name",
        f"{OF_ACCOUNTS}undelete",
        "UndeleteServiceAccountResponse",
    ),
    _rpc("EnableServiceAccount", f"POST /v1/{ACCOUNT}:enable", accounts.enable, "name", f"{OF_ACCOUNTS}enable"),
    _rpc("DisableServiceAccount", f"POST /v1/{ACCOUNT}:disable", accounts.disable, "name", f"{OF_ACCOUNTS}disable"),
    _rpc(
        "GetIamPolicy",
        f"POST /v1/{ACCOUNT_RESOURCE}:getIamPolicy",
        accounts.get_iam_policy,
        "resource,options(requestedPolicyVersion)",
        f"{OF_ACCOUNTS}getIamPolicy",
        POLICY,
        request=f"{POLICIES}GetIamPolicyRequest",
    ),
    _rpc(
        "SetIamPolicy",
        f"POST /v1/{ACCOUNT_RESOURCE}:setIamPolicy",
        accounts.set_iam_policy,
        f"resource,updateMask,policy({POLICY_FIELDS})",
        f"{OF_ACCOUNTS}setIamPolicy",
        POLICY,
        request=f"{POLICIES}SetIamPolicyRequest",
    ),
    _rpc(
        "TestIamPermissions",
        f"POST /v1/{ACCOUNT_RESOURCE}:testIamPermissions",
        accounts.test_iam_permissions,
        "resource,permissions",
        f"{OF_ACCOUNTS}testIamPermissions",
        f"{POLICIES}TestIamPermissionsResponse",
        request=f"{POLICIES}TestIamPermissionsRequest",
    ),
    # Both are deprecated; the methods of the same name of IAM Credentials are served.
    _rpc("SignBlob", f"POST /v1/{ACCOUNT}:signBlob", None, "", f"{OF_ACCOUNTS}signBlob", "SignBlobResponse"),
    _rpc("SignJwt", f"POST /v1/{ACCOUNT}:signJwt", None, "", f"{OF_ACCOUNTS}signJwt", "SignJwtResponse"),
)

OF_KEYS: Final = "projects.serviceAccounts.keys/"

_KEYS: Final = (
    _rpc(
        "CreateServiceAccountKey",
        f"POST /v1/{ACCOUNT}/keys",
        keys.create,
        "name,privateKeyType,keyAlgorithm",
        f"{OF_KEYS}create",
        "ServiceAccountKey",
        enums=KEY_ENUMS,
    ),
    _rpc(
        "ListServiceAccountKeys",
        f"GET /v1/{ACCOUNT}/keys",
        keys.list_keys,
        "name,keyTypes",
        f"{OF_KEYS}list",
        "ListServiceAccountKeysResponse",
        enums={"keyTypes": KEY_TYPE, **{f"keys.{name}": numbers for name, numbers in KEY_ENUMS.items()}},
    ),
    _rpc(
        "GetServiceAccountKey",
        f"GET /v1/{KEY}",
        keys.get,
        "name,publicKeyType",
        f"{OF_KEYS}get",
        "ServiceAccountKey",
        enums={"publicKeyType": PUBLIC_KEY, **KEY_ENUMS},
    ),
    _rpc("DeleteServiceAccountKey", f"DELETE /v1/{KEY}", keys.delete, "name", f"{OF_KEYS}delete"),
    _rpc("EnableServiceAccountKey", f"POST /v1/{KEY}:enable", keys.enable, "name", f"{OF_KEYS}enable"),
    _rpc(
        "DisableServiceAccountKey",
        f"POST /v1/{KEY}:disable",
        keys.disable,
        "name,serviceAccountKeyDisableReason,extendedStatusMessage",
        f"{OF_KEYS}disable",
    ),
    _rpc(
        "UploadServiceAccountKey",
        f"POST /v1/{ACCOUNT}/keys:upload",
        None,
        "",
        f"{OF_KEYS}upload",
        "ServiceAccountKey",
    ),
)

_OF_HOLDERS: Final = tuple(f"{{parent={each}}}/roles" for each in HOLDERS)
_CUSTOM: Final = tuple(f"{{name={each}/roles/{{role}}}}" for each in HOLDERS)

_ROLES: Final = (
    _rpc(
        "GetRole",
        ("GET /v1/{name=roles/{role}}", *(f"GET /v1/{each}" for each in _CUSTOM)),
        roles.get,
        "name",
        "roles/get",
        "Role",
        enums={"stage": STAGE},
    ),
    _rpc(
        "ListRoles",
        (*(f"GET /v1/{each}" for each in _OF_HOLDERS), "GET /v1/roles"),
        roles.list_roles,
        "parent,pageSize,pageToken,view,showDeleted",
        "roles/list",
        "ListRolesResponse",
        enums={"roles.stage": STAGE, "view": VIEW},
    ),
    _rpc(
        "QueryGrantableRoles",
        "POST /v1/roles:queryGrantableRoles",
        roles.query_grantable,
        "fullResourceName,view,pageSize,pageToken",
        "roles/queryGrantableRoles",
        "QueryGrantableRolesResponse",
        enums={"roles.stage": STAGE, "view": VIEW},
    ),
    _rpc(
        "CreateRole",
        tuple(f"POST /v1/{each}" for each in _OF_HOLDERS),
        roles.create_custom,
        f"parent,roleId,role({ROLE_FIELDS})",
        "projects.roles/create",
        "Role",
        enums={"role.stage": STAGE, "stage": STAGE},
    ),
    _rpc(
        "UpdateRole",
        tuple(f"PATCH /v1/{each}" for each in _CUSTOM),
        roles.patch_custom,
        f"name,updateMask,role({ROLE_FIELDS})",
        "projects.roles/patch",
        "Role",
        body="role",
        enums={"role.stage": STAGE, "stage": STAGE},
    ),
    _rpc(
        "DeleteRole",
        tuple(f"DELETE /v1/{each}" for each in _CUSTOM),
        roles.delete_custom,
        "name,etag",
        "projects.roles/delete",
        "Role",
        enums={"stage": STAGE},
    ),
    _rpc(
        "UndeleteRole",
        tuple(f"POST /v1/{each}:undelete" for each in _CUSTOM),
        roles.undelete_custom,
        "name,etag",
        "projects.roles/undelete",
        "Role",
        enums={"stage": STAGE},
    ),
    *(
        _rpc(name, f"POST /v1/{collection}:{page.rpartition('/')[2]}", None, "", page, f"{name}Response")
        for name, collection, page in (
            ("QueryTestablePermissions", "permissions", "permissions/queryTestablePermissions"),
            ("QueryAuditableServices", "iamPolicies", "iamPolicies/queryAuditableServices"),
            ("LintPolicy", "iamPolicies", "iamPolicies/lintPolicy"),
        )
    ),
)

POOLS: Final = "projects.locations.workloadIdentityPools"

_POOLS: Final = (
    _method(
        f"{POOLS}.create",
        f"POST /v1/{LOCATION}/workloadIdentityPools",
        pools.create_pool,
        f"parent,workloadIdentityPoolId,workloadIdentityPool({POOL_FIELDS})",
        body="workloadIdentityPool",
    ),
    _method(f"{POOLS}.get", f"GET /v1/{{name={POOL}}}", pools.get_pool, "name"),
    _method(
        f"{POOLS}.list",
        f"GET /v1/{LOCATION}/workloadIdentityPools",
        pools.list_pools,
        "parent,pageSize,pageToken,showDeleted",
    ),
    _method(
        f"{POOLS}.patch",
        f"PATCH /v1/{{workloadIdentityPool.name={POOL}}}",
        pools.patch_pool,
        f"updateMask,workloadIdentityPool({POOL_FIELDS})",
        body="workloadIdentityPool",
    ),
    _method(f"{POOLS}.delete", f"DELETE /v1/{{name={POOL}}}", pools.delete_pool, "name"),
    _method(f"{POOLS}.undelete", f"POST /v1/{{name={POOL}}}:undelete", pools.undelete_pool, "name"),
    _method(
        f"{POOLS}.listAttestationRules",
        f"GET /v1/{{resource={POOL}}}:listAttestationRules",
        pools.list_attestation_rules,
        "resource,filter,pageSize,pageToken",
    ),
    _method(f"{POOLS}.setAttestationRules", f"POST /v1/{{resource={POOL}}}:setAttestationRules", None),
    _method(f"{POOLS}.getIamPolicy", f"POST /v1/{{resource={POOL}}}:getIamPolicy", None),
    _method(f"{POOLS}.setIamPolicy", f"POST /v1/{{resource={POOL}}}:setIamPolicy", None),
    _method(
        f"{POOLS}.operations.get", f"GET /v1/{{name={POOL}/operations/{{operation}}}}", pools.get_operation, "name"
    ),
    _method(
        f"{POOLS}.providers.create",
        f"POST /v1/{{parent={POOL}}}/providers",
        pools.create_provider,
        f"parent,workloadIdentityPoolProviderId,workloadIdentityPoolProvider({PROVIDER_FIELDS})",
        body="workloadIdentityPoolProvider",
    ),
    _method(f"{POOLS}.providers.get", f"GET /v1/{{name={PROVIDER}}}", pools.get_provider, "name"),
    _method(
        f"{POOLS}.providers.list",
        f"GET /v1/{{parent={POOL}}}/providers",
        pools.list_providers,
        "parent,pageSize,pageToken,showDeleted",
    ),
    _method(
        f"{POOLS}.providers.patch",
        f"PATCH /v1/{{workloadIdentityPoolProvider.name={PROVIDER}}}",
        pools.patch_provider,
        f"updateMask,workloadIdentityPoolProvider({PROVIDER_FIELDS})",
        body="workloadIdentityPoolProvider",
    ),
    _method(f"{POOLS}.providers.delete", f"DELETE /v1/{{name={PROVIDER}}}", pools.delete_provider, "name"),
    _method(f"{POOLS}.providers.undelete", f"POST /v1/{{name={PROVIDER}}}:undelete", pools.undelete_provider, "name"),
    _method(
        f"{POOLS}.providers.operations.get",
        f"GET /v1/{{name={PROVIDER}/operations/{{operation}}}}",
        pools.get_operation,
        "name",
    ),
)

METHODS: Final = (*_ACCOUNTS, *_KEYS, *_ROLES, *_POOLS, *later.METHODS)
