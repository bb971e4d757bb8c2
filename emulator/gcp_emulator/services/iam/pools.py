"""Workload identity pools and their providers.

Create, change, delete and restore answer an operation that says nothing but its name, and nothing more than
`done` when it is done (recorded). Deletion is soft for 30 days, and the id stays taken as long.
https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from gcp_emulator import errors, expressions, iam, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome
from gcp_emulator.services.iam.common import check_text, mask_of, project_of
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.errors import ApiError
    from gcp_emulator.operations import Operation

ID: Final = re.compile(r"(?!gcp-)[a-z0-9-]{4,32}")
KEPT: Final = 30 * 86400.0  # a deleted pool can be restored this long
SECONDS: Final = 0.5  # how long an operation takes: assumed
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
ISSUERS: Final = "iam.workloadIdentityPoolProviders"
"""The organization policy that says which issuers a provider may name."""

MODES: Final = ("FEDERATION_ONLY", "TRUST_DOMAIN", "SYSTEM_TRUST_DOMAIN")
MOST_MAPPED: Final = 50
MOST_AUDIENCES: Final = 10
LONGEST_CONDITION: Final = 4096
SHARED_ISSUERS: Final = (
    "https://token.actions.githubusercontent.com",
    "https://gitlab.com",
    "https://app.terraform.io",
)
"""Issuers that everyone shares, for which a provider must have a condition; the sentence of the error is assumed.

https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions
"""

CLAIM: Final = re.compile(r"\b(?:assertion|attribute|google)\b\s*[.\[]")
"""What a condition says of a claim: one of the token's, or an attribute that is mapped from one.

https://cloud.google.com/iam/docs/workload-identity-federation#conditions
"""

COMMON: Final = {"displayName": "displayName", "description": "description", "disabled": "disabled"}
INLINE: Final = ("inlineCertificateIssuanceConfig", "inlineTrustConfig")
POOL_FIELDS: Final = {
    **COMMON,
    **{name: name for name in INLINE},
    **{
        f"inlineCertificateIssuanceConfig.{part}": "inlineCertificateIssuanceConfig"
        for part in ("caPools", "keyAlgorithm", "lifetime", "rotationWindowPercentage", "useDefaultSharedCa")
    },
    "inlineTrustConfig.additionalTrustBundles": "inlineTrustConfig",
}
KINDS: Final = ("aws", "oidc", "saml", "x509")
PROVIDER_FIELDS: Final = {
    **COMMON,
    **{name: name for name in ("aws", "saml", "x509")},
    "aws.accountId": "aws",
    "saml.idpMetadataXml": "saml",
    "x509.trustStore": "x509",
    "attributeMapping": "attributeMapping",
    "attributeCondition": "attributeCondition",
    "oidc": "oidc",
    "oidc.issuerUri": "oidc.issuerUri",
    "oidc.allowedAudiences": "oidc.allowedAudiences",
    "oidc.jwksJson": "oidc.jwksJson",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A pool; `name` holds the project's number."""

    name: str
    display_name: str = ""
    description: str = ""
    disabled: bool = False
    mode: str = ""
    inline: dict[str, Any] = field(default_factory=dict)
    deleted: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider of a pool; `config` is what one has that is not of OpenID Connect, under its kind."""

    name: str
    display_name: str = ""
    description: str = ""
    disabled: bool = False
    mapping: dict[str, str] = field(default_factory=dict)
    condition: str = ""
    issuer: str = ""
    audiences: list[str] = field(default_factory=list)
    jwks: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    deleted: float | None = None


POOLS: Final = Table("iam.workload_identity_pools", Pool, key="name")
PROVIDERS: Final = Table("iam.workload_identity_pool_providers", Provider, key="name")


def is_open(state: State, name: str) -> bool:
    """Tell whether tokens that came through a pool are good."""
    pool = find(state, name)
    return pool is not None and pool.deleted is None and not pool.disabled


@iam.finds_pools
def is_there(state: State, name: str) -> bool:
    """Tell whether members of allow policies may come from a pool; whether it is disabled does not matter."""
    pool = find(state, name)
    return pool is not None and pool.deleted is None


def find(state: State, name: str) -> Pool | None:
    """Return a pool that is there, or can still be restored."""
    pool = state[POOLS].get(name)
    return None if pool is None or _is_purged(state, pool) else pool


def find_provider(state: State, name: str) -> Provider | None:
    """Return a provider that is there, or can still be restored."""
    provider = state[PROVIDERS].get(name)
    pool = find(state, name.partition("/providers/")[0])
    return None if provider is None or pool is None or _is_purged(state, provider) else provider


def _is_purged(state: State, row: Pool | Provider) -> bool:
    return row.deleted is not None and state.clock.now() > row.deleted + KEPT


def render(pool: Pool) -> Json:
    """Return a WorkloadIdentityPool; what is unset or false is absent (recorded)."""
    answer = {"name": pool.name, **_texts(pool), "state": "DELETED" if pool.deleted else "ACTIVE"}
    if pool.disabled:
        answer["disabled"] = True
    if pool.mode:
        answer["mode"] = pool.mode
    return answer | pool.inline | _expiry(pool)


def render_provider(provider: Provider) -> Json:
    """Return a WorkloadIdentityPoolProvider."""
    answer = {"name": provider.name, **_texts(provider), "state": "DELETED" if provider.deleted else "ACTIVE"}
    if provider.disabled:
        answer["disabled"] = True
    if provider.mapping:
        answer["attributeMapping"] = provider.mapping
    if provider.condition:
        answer["attributeCondition"] = provider.condition
    if provider.config:
        return answer | provider.config | _expiry(provider)
    oidc: Json = {"issuerUri": provider.issuer}
    if provider.audiences:
        oidc["allowedAudiences"] = provider.audiences
    if provider.jwks:
        oidc["jwksJson"] = provider.jwks
    return answer | {"oidc": oidc} | _expiry(provider)


def _texts(row: Pool | Provider) -> Json:
    texts = {"displayName": row.display_name, "description": row.description}
    return {name: text for name, text in texts.items() if text}


def _expiry(row: Pool | Provider) -> Json:
    return {} if row.deleted is None else {"expireTime": timestamp(row.deleted + KEPT)}


def create_pool(call: Call) -> Json:
    """CreateWorkloadIdentityPool."""
    parent = _parent(call, "iam.workloadIdentityPools.create")
    pool_id = call.text("workloadIdentityPoolId")
    _check_id(pool_id, "workload_identity_pool_id")
    given = call.message("workloadIdentityPool")
    pool = replace(_pool_changed(Pool(name=f"{parent}/{pool_id}"), given, list(POOL_FIELDS)), mode=_mode(given))
    if find(call.state, pool.name) or pool.name in call.state.claims:
        raise errors.already_exists()
    return _start(call, pool, claim=pool.name)


def get_pool(call: Call) -> Json:
    """GetWorkloadIdentityPool: a deleted one too, as long as it can be restored."""
    return render(_pool(call, "iam.workloadIdentityPools.get"))


def list_pools(call: Call) -> Json:
    """ListWorkloadIdentityPools: pages of 50, at most 1000."""
    parent = _parent(call, "iam.workloadIdentityPools.list")
    found = [each for each in call.state[POOLS] if each.name.startswith(parent + "/")]
    return _listed(call, found, render, "workloadIdentityPools", most=1000)


def patch_pool(call: Call) -> Json:
    """UpdateWorkloadIdentityPool."""
    pool = _pool(call, "iam.workloadIdentityPools.update")
    _check_alive(pool)
    given = call.message("workloadIdentityPool")
    return _start(call, _pool_changed(pool, given, _mask(call, given, POOL_FIELDS)))


def delete_pool(call: Call) -> Json:
    """DeleteWorkloadIdentityPool."""
    pool = _pool(call, "iam.workloadIdentityPools.delete")
    _check_alive(pool)
    return _start(call, replace(pool, deleted=call.clock.now()))


def undelete_pool(call: Call) -> Json:
    """UndeleteWorkloadIdentityPool."""
    pool = _pool(call, "iam.workloadIdentityPools.undelete")
    _check_deleted(pool)
    return _start(call, replace(pool, deleted=None))


def policy_resource(call: Call, permission: str) -> str:
    """Return the name under which a pool's policy is kept, if the caller may do this to it."""
    pool = _pool(call, permission)
    _check_alive(pool)
    return pool.name


def get_iam_policy(call: Call) -> Json:
    """GetIamPolicy of a pool."""
    return iam.get_policy(call, policy_resource(call, "iam.workloadIdentityPools.getIamPolicy"))


def set_iam_policy(call: Call) -> Json:
    """SetIamPolicy of a pool."""
    return iam.set_policy(call, policy_resource(call, "iam.workloadIdentityPools.setIamPolicy"))


def test_iam_permissions(call: Call) -> Json:
    """TestIamPermissions of a pool: it needs no permission."""
    return iam.test_permissions(call, call.text("resource"))


def create_provider(call: Call) -> Json:
    """CreateWorkloadIdentityPoolProvider."""
    pool = _pool(call, "iam.workloadIdentityPoolProviders.create")
    _check_alive(pool)
    provider_id = call.text("workloadIdentityPoolProviderId")
    _check_id(provider_id, "workload_identity_pool_provider_id")
    given = call.message("workloadIdentityPoolProvider")
    provider = _provider_changed(
        Provider(name=f"{pool.name}/providers/{provider_id}"), given, ["oidc", *PROVIDER_FIELDS]
    )
    if find_provider(call.state, provider.name) or provider.name in call.state.claims:
        raise errors.already_exists()
    enforcement.check(call, ISSUERS, f"projects/{call.vars['project']}", _issuer(provider))
    return _start(call, provider, claim=provider.name)


def _issuer(provider: Provider) -> str:
    """Return the value of the constraint on issuers: of AWS it is Google's word for the account.

    https://cloud.google.com/iam/docs/best-practices-for-using-workload-identity-federation
    """
    account = provider.config.get("aws", {}).get("accountId", "")
    return provider.issuer or (f"https://sts.amazonaws.com/{account}" if account else "KEY_UPLOAD")


def get_provider(call: Call) -> Json:
    """GetWorkloadIdentityPoolProvider."""
    return render_provider(_provider(call, "iam.workloadIdentityPoolProviders.get"))


def list_providers(call: Call) -> Json:
    """ListWorkloadIdentityPoolProviders: pages of 50, at most 100."""
    pool = _pool(call, "iam.workloadIdentityPoolProviders.list")
    found = [each for each in call.state[PROVIDERS] if each.name.startswith(pool.name + "/")]
    return _listed(call, found, render_provider, "workloadIdentityPoolProviders", most=100)


def patch_provider(call: Call) -> Json:
    """UpdateWorkloadIdentityPoolProvider."""
    provider = _provider(call, "iam.workloadIdentityPoolProviders.update")
    _check_alive(provider)
    given = call.message("workloadIdentityPoolProvider")
    changed = _provider_changed(provider, given, _mask(call, given, PROVIDER_FIELDS))
    if _issuer(changed) != _issuer(provider):
        enforcement.check(call, ISSUERS, f"projects/{call.vars['project']}", _issuer(changed))
    return _start(call, changed)


def delete_provider(call: Call) -> Json:
    """DeleteWorkloadIdentityPoolProvider."""
    provider = _provider(call, "iam.workloadIdentityPoolProviders.delete")
    _check_alive(provider)
    return _start(call, replace(provider, deleted=call.clock.now()))


def undelete_provider(call: Call) -> Json:
    """UndeleteWorkloadIdentityPoolProvider."""
    provider = _provider(call, "iam.workloadIdentityPoolProviders.undelete")
    _check_deleted(provider)
    return _start(call, replace(provider, deleted=None))


def get_operation(call: Call) -> Json:
    """Answer an operation as recorded: without response and metadata, `done` only when it is."""
    operation = call.state[operations.OPERATIONS].get(_canonical(call))
    permission = "iam.workloadIdentityPools.get"
    project_of(call, permission, f"/locations/global/workloadIdentityPools/{call.vars['pool']}")
    if operation is None:
        raise errors.not_found()
    return _render_operation(operation)


def _canonical(call: Call) -> str:
    """Return the name in the request with the project's number, whichever way the project was named."""
    project = projects.find(call.state, call.vars["project"])
    _, _, rest = call.text("name").partition("/locations/")
    return f"projects/{project.number if project else ''}/locations/{rest}"


def _render_operation(operation: Operation) -> Json:
    answer: Json = {"name": operation.name}
    if operation.done:
        answer["done"] = True
        if operation.error is not None:
            answer["error"] = operation.error
    return answer


def _start(call: Call, row: Pool | Provider, claim: str = "") -> Json:
    value = int.from_bytes(call.state.draw() + b"\0\0\0\0", "big")
    token = "".join(ALPHABET[value >> (5 * place) & 31] for place in range(32))
    kind = "pool" if isinstance(row, Pool) else "provider"
    operation = operations.start(
        call,
        name=f"{row.name}/operations/{token}",
        effect="iam.put_" + kind,
        args=asdict(row),
        seconds=SECONDS,
        claim=claim,
    )
    return _render_operation(operation)


@operations.effect("iam.put_pool")
def _put_pool(state: State, args: Json, when: float) -> Outcome:  # noqa: ARG001 - every effect is told the time
    pool = Pool(**args)
    old = state[POOLS].get(pool.name)
    if old is not None and _is_purged(state, old):
        for provider in state[PROVIDERS]:
            if provider.name.startswith(pool.name + "/"):
                state[PROVIDERS].remove(provider.name)
    state[POOLS].put(pool)
    return Outcome(response={})


@operations.effect("iam.put_provider")
def _put_provider(state: State, args: Json, when: float) -> Outcome:  # noqa: ARG001 - every effect is told the time
    state[PROVIDERS].put(Provider(**args))
    return Outcome(response={})


def _parent(call: Call, permission: str) -> str:
    project = project_of(call, permission)
    if call.vars["location"] != "global":
        raise errors.invalid_argument("Workload identity pools exist in the location global only.")
    return f"projects/{project.number}/locations/global/workloadIdentityPools"


def _pool(call: Call, permission: str) -> Pool:
    pool_id = call.vars["pool"]
    project = project_of(call, permission, f"/locations/global/workloadIdentityPools/{pool_id}")
    pool = find(
        call.state, f"projects/{project.number}/locations/{call.vars['location']}/workloadIdentityPools/{pool_id}"
    )
    if pool is None:
        raise errors.not_found()
    return pool


def _provider(call: Call, permission: str) -> Provider:
    pool = _pool(call, permission)
    provider = find_provider(call.state, f"{pool.name}/providers/{call.vars['provider']}")
    if provider is None:
        raise errors.not_found()
    return provider


def _listed(call: Call, found: list[Any], show: Any, name: str, *, most: int) -> Json:
    deleted = call.flag("showDeleted")
    kept = [each for each in found if not _is_purged(call.state, each) and (deleted or each.deleted is None)]
    kept.sort(key=lambda each: each.name)
    shown, token = paging.page(call, kept, lambda each: str(each.name), default=50, most=most)
    answer: Json = {name: [show(each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _check_alive(row: Pool | Provider) -> None:
    """Refuse to work on what is deleted; that it reads as not found is assumed."""
    if row.deleted is not None:
        raise errors.not_found()


def _check_deleted(row: Pool | Provider) -> None:
    """Refuse to restore what is not deleted; the code is assumed."""
    if row.deleted is None:
        raise errors.failed_precondition()


def _check_id(value: str, name: str) -> None:
    if not ID.fullmatch(value):
        raise _violation(name, "must be 4 to 32 lowercase letters, digits and hyphens, and must not begin with gcp-")


def _violation(name: str, issue: str) -> ApiError:
    """Refuse a value; that sentences have this form is assumed, the rules are those of the API's own pages."""
    message = f"Invalid value for {name}: {issue}."
    return errors.invalid_argument(message, errors.bad_request((name, message)))


def _mask(call: Call, given: Json, known: dict[str, str]) -> list[str]:
    """Return the fields to change; without a mask those that are given. Both spellings are in use."""
    spelled = known | {re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name): name for name in known}
    named = mask_of(call, spelled)
    return named or [name for name in known if name in given]


def _mode(given: Json) -> str:
    mode = given.get("mode") or ""
    if mode in {"", "MODE_UNSPECIFIED"}:
        return ""
    if mode not in MODES:
        raise _violation("mode", f"{mode} is not known")
    return str(mode)


def _pool_changed(pool: Pool, given: Json, fields: list[str]) -> Pool:
    inline = dict(pool.inline)
    for name in INLINE:
        if name in fields:
            inline.pop(name, None)
            if isinstance(given.get(name), dict):
                inline[name] = given[name]
    return replace(pool, **_common(given, fields), inline=inline)


def _common(given: Json, fields: list[str]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "displayName" in fields:
        changes["display_name"] = check_text(given.get("displayName"), "display_name", 32)
    if "description" in fields:
        changes["description"] = check_text(given.get("description"), "description", 256)
    if "disabled" in fields:
        changes["disabled"] = given.get("disabled") is True
    return changes


def _provider_changed(provider: Provider, given: Json, fields: list[str]) -> Provider:
    kinds = [kind for kind in KINDS if kind in given]
    there = [*provider.config, *(["oidc"] if provider.issuer else [])]
    if len(kinds) > 1 or (not kinds and not there) or (kinds and there and kinds != there):
        raise _violation("provider_config", "exactly one of aws, oidc, saml and x509 must be set")
    changes = _common(given, fields)
    [kind] = kinds or there
    if kind != "oidc" and kind in given and kind in fields:
        changes["config"] = {kind: _checked_config(kind, given[kind])}
    if "attributeMapping" in fields:
        mapping = given.get("attributeMapping") or {}
        changes["mapping"] = _checked_mapping(mapping) if mapping or kind != "aws" else {}
    if "attributeCondition" in fields:
        changes["condition"] = check_text(given.get("attributeCondition"), "attribute_condition", LONGEST_CONDITION)
        _check_expression("attribute_condition", changes["condition"])
    oidc = given.get("oidc") if isinstance(given.get("oidc"), dict) else {}
    if kind != "oidc":
        return replace(provider, **changes)
    for name, target in (("issuerUri", "issuer"), ("allowedAudiences", "audiences"), ("jwksJson", "jwks")):
        if f"oidc.{name}" in fields or "oidc" in fields:
            changes[target] = _checked_oidc(name, (oidc or {}).get(name))
    changed = replace(provider, **changes)
    if changed.issuer.rstrip("/") in SHARED_ISSUERS and not CLAIM.search(changed.condition):
        raise errors.invalid_argument(
            "The attribute condition must reference one of the provider's claims. For more information, see "
            "https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions"
        )
    return changed


def _checked_config(kind: str, given: Any) -> Json:
    """Check what a provider that is not of OpenID Connect has; the sentences are assumed."""
    config = given if isinstance(given, dict) else {}
    if kind == "aws" and not re.fullmatch(r"\d{12}", str(config.get("accountId", ""))):
        raise _violation("aws.account_id", "it must be the 12 digits of an AWS account")
    if kind == "saml":
        _check_metadata(str(config.get("idpMetadataXml", "")))
    if kind == "x509":
        for anchor in _anchors(config):
            _check_certificate(anchor)
    return config


def _check_metadata(text: str) -> None:
    """Refuse what is no SAML metadata; a document type is refused unread."""
    from xml.etree import ElementTree as ET

    try:
        root = None if "<!" in text else ET.fromstring(text)  # noqa: S314 - nothing with a document type comes here
    except ET.ParseError:
        root = None
    if root is None or not root.tag.endswith("}EntityDescriptor") or not root.get("entityID"):
        raise _violation("saml.idp_metadata_xml", "it must be SAML metadata with an entityID")


def _anchors(config: Json) -> list[Any]:
    store = config.get("trustStore")
    anchors = store.get("trustAnchors") if isinstance(store, dict) else None
    if not isinstance(anchors, list) or not anchors:
        raise _violation("x509.trust_store", "it must have a trust anchor")
    return anchors


def _check_certificate(anchor: Any) -> None:
    from cryptography.x509 import load_pem_x509_certificate

    try:
        load_pem_x509_certificate(str(anchor.get("pemCertificate", "")).encode())
    except (ValueError, AttributeError):
        raise _violation("x509.trust_store.trust_anchors", "each must be a certificate in PEM") from None


def _checked_mapping(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) and value for value in given.values()):
        raise _violation("attribute_mapping", "it must map attributes to expressions")
    if "google.subject" not in given:
        raise _violation("attribute_mapping", "google.subject must be mapped")
    custom = [name for name in given if name not in {"google.subject", "google.groups"}]
    if len(custom) > MOST_MAPPED:
        raise _violation("attribute_mapping", f"at most {MOST_MAPPED} custom attributes can be mapped")
    for name in custom:
        if not re.fullmatch(r"attribute\.[a-z0-9_]{1,100}", name):
            raise _violation("attribute_mapping", f"{name[:100]} is no attribute")
    for name, expression in given.items():
        if len(expression) > 2048:
            raise _violation("attribute_mapping", f"the expression of {name} is longer than 2048 characters")
        _check_expression("attribute_mapping", expression)
    return given


def _check_expression(name: str, expression: str) -> None:
    """Refuse what is not CEL."""
    try:
        expressions.compiled(expression or "true")
    except expressions.ExpressionError as error:
        raise _violation(name, f"Failed to parse the expression: {str(error)[:200]}") from None


def _checked_oidc(name: str, value: Any) -> Any:
    if name == "issuerUri":
        parts = urlsplit(check_text(value, "issuer_uri", 2000))
        local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
        if not (parts.scheme == "https" or local) or not parts.netloc:
            raise _violation("oidc.issuer_uri", "it must be an https URL")
        return value
    if name == "allowedAudiences":
        listed = value or []
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise _violation("oidc.allowed_audiences", "it must be a list of texts")
        if len(listed) > MOST_AUDIENCES or any(len(each) > 256 for each in listed):
            raise _violation("oidc.allowed_audiences", "at most 10 audiences of at most 256 characters are allowed")
        return listed
    text = check_text(value, "jwks_json", 100_000)
    if text:
        try:
            keys = json.loads(text)["keys"]
        except (ValueError, KeyError, TypeError, RecursionError):
            keys = None
        if not isinstance(keys, list) or not all(isinstance(each, dict) for each in keys):
            raise _violation("oidc.jwks_json", "it must be a JSON Web Key Set")
    return text
