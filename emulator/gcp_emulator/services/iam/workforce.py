"""What is kept as it was sent: workforce pools and what is in them, OAuth clients, managed identities, keys of SAML.

https://cloud.google.com/iam/docs/workforce-identity-federation, https://cloud.google.com/iam/docs/managed-workload-identity
What Google adds where no page says it is assumed: an OAuth client's id, the address of a SCIM tenant, secrets.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from gcp_emulator import certificates, errors, iam
from gcp_emulator.clock import timestamp
from gcp_emulator.services.iam import attestation, pools, resources
from gcp_emulator.services.iam.common import denied
from gcp_emulator.services.iam.resources import Kind, Resource, hide_secrets

if TYPE_CHECKING:
    from gcp_emulator.api import Methods
    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State

FOREVER: Final = 3650 * 86400.0
WORKFORCE: Final = "locations.workforcePools"
WORKLOAD: Final = "projects.locations.workloadIdentityPools"
CLIENTS: Final = "projects.locations.oauthClients"


def _drawn(call: Call) -> str:
    return call.state.draw().hex()


def _pool(call: Call, body: Json) -> None:  # noqa: ARG001 - every kind is completed alike
    body.setdefault("sessionDuration", "3600s")


def _provider(call: Call, body: Json) -> None:  # noqa: ARG001 - every kind is completed alike
    if ("oidc" in body) == ("saml" in body):
        message = "Exactly one of oidc and saml must be set."
        raise errors.invalid_argument(message, errors.bad_request(("workforce_pool_provider", message)))
    hide_secrets(body)


def _key(call: Call, body: Json) -> None:
    """Add the public half of a key with which a SAML assertion may be encrypted."""
    key = certificates.googles(call.state)
    now = call.clock.now()
    data = body.setdefault("keyData", {})
    data |= {
        "format": "RSA_X509_PEM",
        "notBeforeTime": timestamp(now),
        "notAfterTime": timestamp(now + FOREVER),
        "key": certificates.certificate(key.public_pem, "saml", key.private_pem, now),
    }


def _tenant(call: Call, body: Json) -> None:
    body.setdefault("baseUri", f"https://iamscim.googleapis.com/v1alpha1/tenants/{_drawn(call)[:16]}")
    body["state"] = "ACTIVE"


def _token(call: Call, body: Json) -> None:
    body.setdefault("securityToken", _drawn(call) + _drawn(call))
    body["state"] = "ACTIVE"


def _client(call: Call, body: Json) -> None:
    if "clientId" not in body:
        body["clientId"] = hashlib.sha256(str(body.get("name", "")).encode() + call.state.draw()).hexdigest()[:32]


def _credential(call: Call, body: Json) -> None:
    body.setdefault("clientSecret", _drawn(call) + _drawn(call))


KINDS: Final = (
    Kind(
        collection="workforcePools",
        id_field="workforcePoolId",
        permission="iam.workforcePools",
        document=WORKFORCE,
        body="workforcePool",
        completes=_pool,
    ),
    Kind(
        collection="providers",
        listed="workforcePoolProviders",
        id_field="workforcePoolProviderId",
        permission="iam.workforcePoolProviders",
        document=f"{WORKFORCE}.providers",
        body="workforcePoolProvider",
        completes=_provider,
    ),
    Kind(
        collection="scimTenants",
        listed="workforcePoolProviderScimTenants",
        id_field="workforcePoolProviderScimTenantId",
        permission="iam.workforcePoolProviders",
        document=f"{WORKFORCE}.providers.scimTenants",
        body="workforcePoolProviderScimTenant",
        operation=False,
        completes=_tenant,
        expiry="purgeTime",
    ),
    Kind(
        collection="oauthClients",
        id_field="oauthClientId",
        permission="iam.oauthClients",
        document=CLIENTS,
        body="oauthClient",
        operation=False,
        completes=_client,
    ),
    Kind(
        collection="namespaces",
        listed="workloadIdentityPoolNamespaces",
        id_field="workloadIdentityPoolNamespaceId",
        permission="iam.workloadIdentityPoolNamespaces",
        document=f"{WORKLOAD}.namespaces",
        body="workloadIdentityPoolNamespace",
    ),
    Kind(
        collection="managedIdentities",
        listed="workloadIdentityPoolManagedIdentities",
        id_field="workloadIdentityPoolManagedIdentityId",
        permission="iam.workloadIdentityPoolManagedIdentities",
        document=f"{WORKLOAD}.namespaces.managedIdentities",
        body="workloadIdentityPoolManagedIdentity",
    ),
)
TOKENS: Final = Kind(
    collection="tokens",
    listed="workforcePoolProviderScimTokens",
    id_field="workforcePoolProviderScimTokenId",
    permission="iam.workforcePoolProviders",
    document=f"{WORKFORCE}.providers.scimTenants.tokens",
    body="workforcePoolProviderScimToken",
    operation=False,
    soft=False,
    completes=_token,
    once=("securityToken",),
)
CREDENTIALS: Final = Kind(
    collection="credentials",
    listed="oauthClientCredentials",
    id_field="oauthClientCredentialId",
    permission="iam.oauthClientCredentials",
    document=f"{CLIENTS}.credentials",
    body="oauthClientCredential",
    operation=False,
    soft=False,
    completes=_credential,
)
KEYS: Final = (
    Kind(
        collection="keys",
        listed="workforcePoolProviderKeys",
        id_field="workforcePoolProviderKeyId",
        permission="iam.workforcePoolProviderKeys",
        document=f"{WORKFORCE}.providers.keys",
        body="workforcePoolProviderKey",
        completes=_key,
    ),
    Kind(
        collection="keys",
        listed="workloadIdentityPoolProviderKeys",
        id_field="workloadIdentityPoolProviderKeyId",
        permission="iam.workloadIdentityPoolProviderKeys",
        document=f"{WORKLOAD}.providers.keys",
        body="workloadIdentityPoolProviderKey",
        completes=_key,
    ),
)


@iam.finds_pools
def _is_workforce_pool(state: State, name: str) -> bool:
    return name.startswith("locations/") and resources.find(state, name) is not None


def _is_pool_or_provider(state: State, parent: str) -> bool:
    """Tell whether a parent is a workload identity pool, or a provider of one."""
    if "/providers/" in parent:
        provider = pools.find_provider(state, parent)
        return provider is not None and provider.deleted is None
    return pools.is_there(state, parent)


resources.PARENTS.append(_is_pool_or_provider)


def _policy(call: Call, verb: str) -> str:
    """Return the name under which a workforce pool's policy is kept: in its organization."""
    found: Resource | None = resources.find(call.state, call.text("resource"))
    within = found.within if found else call.text("resource")
    permission = f"iam.workforcePools.{verb}"
    name = f"{within}/{call.text('resource')}"
    call.require(permission, name, denied(permission, name))
    if found is None:
        raise errors.not_found()
    return name


def get_iam_policy(call: Call) -> Json:
    """GetIamPolicy of a workforce pool."""
    return iam.get_policy(call, _policy(call, "getIamPolicy"))


def set_iam_policy(call: Call) -> Json:
    """SetIamPolicy of a workforce pool."""
    return iam.set_policy(call, _policy(call, "setIamPolicy"))


def test_iam_permissions(call: Call) -> Json:
    """TestIamPermissions of a workforce pool: it needs no permission."""
    found = resources.find(call.state, call.text("resource"))
    return iam.test_permissions(call, f"{found.within}/{found.name}" if found else call.text("resource"))


METHODS: Final[Methods] = {
    **{name: rule for kind in KINDS for name, rule in kind.methods().items()},
    **{name: rule for kind in KEYS for name, rule in kind.methods(patch=False).items()},
    **TOKENS.methods(),
    **CREDENTIALS.methods(),
    f"{WORKFORCE}.getIamPolicy": get_iam_policy,
    f"{WORKFORCE}.setIamPolicy": set_iam_policy,
    f"{WORKFORCE}.testIamPermissions": test_iam_permissions,
    f"{WORKLOAD}.setAttestationRules": attestation.replace_all,
    f"{WORKLOAD}.addAttestationRule": attestation.add,
    f"{WORKLOAD}.removeAttestationRule": attestation.remove,
    f"{WORKLOAD}.listAttestationRules": attestation.list_all,
    f"{WORKLOAD}.namespaces.managedIdentities.setAttestationRules": attestation.replace_all,
    f"{WORKLOAD}.namespaces.managedIdentities.addAttestationRule": attestation.add,
    f"{WORKLOAD}.namespaces.managedIdentities.removeAttestationRule": attestation.remove,
    f"{WORKLOAD}.namespaces.managedIdentities.listAttestationRules": attestation.list_all,
}
