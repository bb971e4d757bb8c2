"""IAM v1: service accounts, workload identity pools and their providers, and what a role holds.

https://cloud.google.com/iam/docs/reference/rest
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provision.errors import ApiError
from provision.google.errors import TRANSIENT
from provision.google.operations import wait_rest
from provision.google.pagination import read_all
from provision.google.responses import mapped, reading, text, texts
from provision.plan import Mutation

if TYPE_CHECKING:
    from provision.google.transport import Transport
    from provision.plan import JsonValue

SERVICE: Final = "iam.googleapis.com"
OPERATION_DEADLINE_S: Final = 120.0
_NAMED: Final = ("name", "email")
# Sent again only where that is harmless: a second create is told that the first went through.
_REPEATABLE: Final = TRANSIENT | {"TIMEOUT"}


def email_of(account_id: str, project_id: str) -> str:
    """Return the address of a service account of a project."""
    return f"{account_id}@{project_id}.iam.gserviceaccount.com"


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """A service account as IAM shows it."""

    email: str
    unique_id: str = ""
    display_name: str = ""
    disabled: bool = False


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A workload identity pool; ``name`` holds the project's number, ``state`` is ACTIVE or DELETED."""

    name: str
    state: str
    disabled: bool = False
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An OpenID Connect provider of a pool.

    Attributes:
        name: the full resource name, with the project's number.
        mapping: attribute to CEL expression.
        audiences: empty where a token must name the provider itself.
        jwks: the issuer's keys as JSON, where Google is not to fetch them; empty else.
        kind: ``oidc``, or what else it is.
    """

    name: str
    state: str
    disabled: bool = False
    description: str = ""
    mapping: dict[str, str] = field(default_factory=dict)
    condition: str = ""
    issuer: str = ""
    audiences: tuple[str, ...] = ()
    jwks: str = ""
    kind: str = "oidc"


class IamAdmin:
    """Service accounts and federation. Every method raises `ApiError`; names are full resource names."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get_service_account(self, name: str) -> ServiceAccount:
        """Return an account; needs ``iam.serviceAccounts.get``. A new one is not found by every call at first."""
        method = "GetServiceAccount"
        found = self._transport.rest(SERVICE, method, f"/v1/{name}", verb="GET", fields=_NAMED, may_be_empty=False)
        with reading(SERVICE, method):
            return ServiceAccount(
                email=text(found, "email"),
                unique_id=text(found, "uniqueId"),
                display_name=text(found, "displayName"),
                disabled=found.get("disabled") is True,
            )

    def create_service_account(self, name: str, *, display_name: str, description: str) -> bool:
        """Create an account; needs ``iam.serviceAccounts.create``. False if it was already there."""
        parent, _, email = name.partition("/serviceAccounts/")
        account_id = email.partition("@")[0]
        account: dict[str, JsonValue] = {"displayName": display_name, "description": description}
        return self._create(
            "CreateServiceAccount",
            name,
            f"/v1/{parent}/serviceAccounts",
            body={"accountId": account_id, "serviceAccount": account},
            does=account,
        )

    def get_pool(self, name: str) -> Pool:
        """Return a pool, a deleted one too; needs ``iam.googleapis.com/workloadIdentityPools.get``."""
        method = "GetWorkloadIdentityPool"
        found = self._transport.rest(SERVICE, method, f"/v1/{name}", verb="GET", fields=_NAMED, may_be_empty=False)
        with reading(SERVICE, method):
            return Pool(
                name=text(found, "name"),
                state=text(found, "state"),
                disabled=found.get("disabled") is True,
                description=text(found, "description"),
            )

    def create_pool(self, name: str, *, display_name: str, description: str) -> bool:
        """Create a pool and wait for it; False if it was already there."""
        return self._create_in_parent(
            "CreateWorkloadIdentityPool",
            name,
            "workloadIdentityPools",
            {"displayName": display_name, "description": description},
        )

    def undelete_pool(self, name: str) -> None:
        """Bring a deleted pool back; its id is not free for 30 days."""
        self._change("UndeleteWorkloadIdentityPool", name, f"/v1/{name}:undelete", body={})

    def list_providers(self, pool: str) -> tuple[Provider, ...]:
        """Return a pool's providers, deleted ones too; needs ``iam.googleapis.com/workloadIdentityPoolProviders.list``.

        None of them where the pool does not exist.
        """
        method, key = "ListWorkloadIdentityPoolProviders", "workloadIdentityPoolProviders"
        path, query = f"/v1/{pool}/providers", {"showDeleted": "true", "pageSize": "100"}
        try:
            return tuple(read_all(self._transport, SERVICE, method, path, key, _provider, query=query))
        except ApiError as error:
            if error.status.status == "NOT_FOUND":
                return ()
            raise

    def create_provider(self, name: str, wanted: dict[str, JsonValue]) -> bool:
        """Create a provider as `provider_body` wrote it, and wait for it; False if it was already there."""
        return self._create_in_parent("CreateWorkloadIdentityPoolProvider", name, "providers", wanted)

    def patch_provider(self, name: str, wanted: dict[str, JsonValue], before: dict[str, JsonValue]) -> None:
        """Change a provider's mapping, condition and issuer."""
        self._change(
            "UpdateWorkloadIdentityPoolProvider",
            name,
            f"/v1/{name}",
            verb="PATCH",
            query={"updateMask": "attributeMapping,attributeCondition,oidc,description"},
            body=wanted,
            before=before,
        )

    def undelete_provider(self, name: str) -> None:
        """Bring a deleted provider back; its id is not free for 30 days."""
        self._change("UndeleteWorkloadIdentityPoolProvider", name, f"/v1/{name}:undelete", body={})

    def role_permissions(self, role: str) -> tuple[str, ...]:
        """Return what a role holds; everyone may ask that of Google's own."""
        found = self._transport.rest(SERVICE, "GetRole", f"/v1/{role}", verb="GET")
        return tuple(map(str, found.get("includedPermissions") or ()))

    def _create_in_parent(self, method: str, name: str, collection: str, body: dict[str, JsonValue]) -> bool:
        parent, _, identifier = name.rpartition(f"/{collection}/")
        field_name = (
            f"{collection.removesuffix('s')}Id" if collection != "providers" else "workloadIdentityPoolProviderId"
        )
        return self._create(
            method, name, f"/v1/{parent}/{collection}", body=body, query={field_name: identifier}, does=body
        )

    def _create(
        self,
        method: str,
        name: str,
        path: str,
        *,
        body: dict[str, JsonValue],
        does: dict[str, JsonValue],
        query: dict[str, str] | None = None,
    ) -> bool:
        try:
            self._change(method, name, path, body=body, query=query, does=does)
        except ApiError as error:
            if error.status.status != "ALREADY_EXISTS":
                raise
            return False
        return True

    def _change(
        self,
        method: str,
        name: str,
        path: str,
        *,
        body: dict[str, JsonValue],
        verb: str = "POST",
        query: dict[str, str] | None = None,
        does: JsonValue = None,
        before: JsonValue = None,
    ) -> None:
        mutation = Mutation(
            service=SERVICE, method=method, resource=name, does=body if does is None else does, before=before
        )
        answer = self._transport.rest(
            SERVICE,
            method,
            path,
            verb=verb,
            body=body,
            query=query,
            mutation=mutation,
            transient=_REPEATABLE,
            patience=6,
        )
        if "/operations/" in str(answer.get("name", "")):
            wait_rest(self._transport, SERVICE, answer, deadline_s=OPERATION_DEADLINE_S)


def provider_body(
    *, mapping: dict[str, str], condition: str, issuer: str, jwks: str, display_name: str, description: str
) -> dict[str, JsonValue]:
    """Return an OpenID Connect provider as IAM takes it."""
    return {
        "displayName": display_name,
        "description": description,
        "attributeMapping": dict(mapping),
        "attributeCondition": condition,
        "oidc": {"issuerUri": issuer, **({"jwksJson": jwks} if jwks else {})},
    }


def _provider(found: dict[str, Any]) -> Provider:
    oidc, mapping = mapped(found, "oidc"), mapped(found, "attributeMapping")
    return Provider(
        name=text(found, "name"),
        state=text(found, "state"),
        disabled=found.get("disabled") is True,
        description=text(found, "description"),
        mapping={key: text(mapping, key) for key in mapping},
        condition=text(found, "attributeCondition"),
        issuer=text(oidc, "issuerUri"),
        audiences=texts(oidc, "allowedAudiences"),
        jwks=text(oidc, "jwksJson"),
        kind=next((each for each in ("oidc", "aws", "saml", "x509") if each in found), "unknown"),
    )
