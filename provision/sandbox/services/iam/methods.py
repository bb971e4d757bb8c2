"""The methods of IAM v1 that the sandbox serves, all of them on REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.sandbox.rpc import CLOUD_PLATFORM, Method
from provision.sandbox.services.iam import accounts, keys, pools, roles
from provision.sandbox.services.iam.common import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.sandbox.rpc import Call

SCOPES: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/iam")
DOCS: Final = "https://cloud.google.com/iam/docs/reference/rest/v1/"
READS: Final = frozenset(
    {"get", "list", "getIamPolicy", "testIamPermissions", "queryGrantableRoles", "listAttestationRules"}
)

ACCOUNT: Final = "{name=projects/{project}/serviceAccounts/{account}}"
ACCOUNT_RESOURCE: Final = "{resource=projects/{project}/serviceAccounts/{account}}"
KEY: Final = "{name=projects/{project}/serviceAccounts/{account}/keys/{key}}"
LOCATION: Final = "{parent=projects/{project}/locations/{location}}"
POOL: Final = "projects/{project}/locations/{location}/workloadIdentityPools/{pool}"
PROVIDER: Final = POOL + "/providers/{provider}"

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
KEY_ENUMS: Final = {
    "privateKeyType": {"TYPE_UNSPECIFIED": 0, "TYPE_PKCS12_FILE": 1, "TYPE_GOOGLE_CREDENTIALS_FILE": 2},
    "keyAlgorithm": {"KEY_ALG_UNSPECIFIED": 0, "KEY_ALG_RSA_1024": 1, "KEY_ALG_RSA_2048": 2},
}


def _method(
    name: str,
    http: str,
    handle: Callable[[Call], Any] | None,
    fields: str = "",
    *,
    body: str = "*",
    enums: Any = None,
) -> Method:
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
        enums=enums or {},
    )


_ACCOUNTS: Final = (
    _method(
        "projects.serviceAccounts.create",
        "POST /v1/{name=projects/{project}}/serviceAccounts",
        accounts.create,
        f"name,accountId,serviceAccount({ACCOUNT_FIELDS})",
    ),
    _method("projects.serviceAccounts.get", f"GET /v1/{ACCOUNT}", accounts.get, "name"),
    _method(
        "projects.serviceAccounts.list",
        "GET /v1/{name=projects/{project}}/serviceAccounts",
        accounts.list_accounts,
        "name,pageSize,pageToken",
    ),
    _method("projects.serviceAccounts.update", f"PUT /v1/{ACCOUNT}", accounts.update, ACCOUNT_FIELDS),
    _method(
        "projects.serviceAccounts.patch",
        "PATCH /v1/{serviceAccount.name=projects/{project}/serviceAccounts/{account}}",
        accounts.patch,
        f"updateMask,serviceAccount({ACCOUNT_FIELDS})",
    ),
    _method("projects.serviceAccounts.delete", f"DELETE /v1/{ACCOUNT}", accounts.delete, "name"),
    _method("projects.serviceAccounts.undelete", f"POST /v1/{ACCOUNT}:undelete", accounts.undelete, "name"),
    _method("projects.serviceAccounts.enable", f"POST /v1/{ACCOUNT}:enable", accounts.enable, "name"),
    _method("projects.serviceAccounts.disable", f"POST /v1/{ACCOUNT}:disable", accounts.disable, "name"),
    _method(
        "projects.serviceAccounts.getIamPolicy",
        f"POST /v1/{ACCOUNT_RESOURCE}:getIamPolicy",
        accounts.get_iam_policy,
        "resource,options(requestedPolicyVersion)",
    ),
    _method(
        "projects.serviceAccounts.setIamPolicy",
        f"POST /v1/{ACCOUNT_RESOURCE}:setIamPolicy",
        accounts.set_iam_policy,
        f"resource,updateMask,policy({POLICY_FIELDS})",
    ),
    _method(
        "projects.serviceAccounts.testIamPermissions",
        f"POST /v1/{ACCOUNT_RESOURCE}:testIamPermissions",
        accounts.test_iam_permissions,
        "resource,permissions",
    ),
)

_KEYS: Final = (
    _method(
        "projects.serviceAccounts.keys.create",
        f"POST /v1/{ACCOUNT}/keys",
        keys.create,
        "name,privateKeyType,keyAlgorithm",
        enums=KEY_ENUMS,
    ),
    _method("projects.serviceAccounts.keys.list", f"GET /v1/{ACCOUNT}/keys", keys.list_keys, "name,keyTypes"),
    _method("projects.serviceAccounts.keys.get", f"GET /v1/{KEY}", keys.get, "name,publicKeyType"),
    _method("projects.serviceAccounts.keys.delete", f"DELETE /v1/{KEY}", keys.delete, "name"),
    _method("projects.serviceAccounts.keys.enable", f"POST /v1/{KEY}:enable", keys.enable, "name"),
    _method(
        "projects.serviceAccounts.keys.disable",
        f"POST /v1/{KEY}:disable",
        keys.disable,
        "name,serviceAccountKeyDisableReason,extendedStatusMessage",
    ),
    _method("projects.serviceAccounts.keys.upload", f"POST /v1/{ACCOUNT}/keys:upload", None),
)


def _custom(collection: str, parent: str) -> tuple[Method, ...]:
    role = "{name=" + parent + "/roles/{role}}"
    above = "{parent=" + parent + "}"
    return (
        _method(
            f"{collection}.roles.create",
            f"POST /v1/{above}/roles",
            roles.create_custom,
            f"parent,roleId,role({ROLE_FIELDS})",
            enums={"role.stage": STAGE, "stage": STAGE},
        ),
        _method(f"{collection}.roles.get", f"GET /v1/{role}", roles.get_custom, "name", enums={"stage": STAGE}),
        _method(
            f"{collection}.roles.list",
            f"GET /v1/{above}/roles",
            roles.list_custom,
            "parent,pageSize,pageToken,view,showDeleted",
            enums={"roles.stage": STAGE, "view": VIEW},
        ),
        _method(
            f"{collection}.roles.patch",
            f"PATCH /v1/{role}",
            roles.patch_custom,
            f"name,updateMask,role({ROLE_FIELDS})",
            body="role",
            enums={"role.stage": STAGE, "stage": STAGE},
        ),
        _method(f"{collection}.roles.delete", f"DELETE /v1/{role}", roles.delete_custom, "name,etag"),
        _method(f"{collection}.roles.undelete", f"POST /v1/{role}:undelete", roles.undelete_custom, "name,etag"),
    )


_ROLES: Final = (
    _method("roles.get", "GET /v1/{name=roles/{role}}", roles.get, "name", enums={"stage": STAGE}),
    _method(
        "roles.list",
        "GET /v1/roles",
        roles.list_roles,
        "parent,pageSize,pageToken,view,showDeleted",
        enums={"roles.stage": STAGE, "view": VIEW},
    ),
    _method(
        "roles.queryGrantableRoles",
        "POST /v1/roles:queryGrantableRoles",
        roles.query_grantable,
        "fullResourceName,view,pageSize,pageToken",
        enums={"roles.stage": STAGE, "view": VIEW},
    ),
    *_custom("projects", "projects/{project}"),
    *_custom("organizations", "organizations/{organization}"),
    _method("permissions.queryTestablePermissions", "POST /v1/permissions:queryTestablePermissions", None),
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

METHODS: Final = (*_ACCOUNTS, *_KEYS, *_ROLES, *_POOLS)
