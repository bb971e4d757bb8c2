"""Let the pipelines of one repository in without a key, as a service account that may do little.

A key in a pipeline's secrets is good for years, for whoever copies it. Instead the pipeline's own token, which its host
signs for minutes, is exchanged for one of Google's: a workload identity pool with one provider, whose condition lets
one repository in; a service account with the roles of `ci.roles`; and a policy that lets this repository become it.
On Cloud Build, which runs inside Google Cloud, the service account alone is enough.
The step does nothing unless `ci.provider` is set. `provision ci` prints the pipeline that fits, and `provision ci
verify` tells whether a token would be let in, before the first pipeline runs.

What others made is not changed: a provider that this tool did not make stays as it is, and what is disabled stays so.

Permissions: to look, `roles/browser`, `roles/iam.serviceAccountViewer` and `roles/iam.workloadIdentityPoolViewer`; to
change, `roles/iam.serviceAccountAdmin`, `roles/iam.workloadIdentityPoolAdmin` and
`roles/resourcemanager.projectIamAdmin`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from provision import service_accounts
from provision.checks import CheckSpec, permissions_of
from provision.clients import Clients, ask_all
from provision.errors import ApiError, NoAnswer
from provision.federation import rules, tokens
from provision.google.iam_admin import Pool, Provider, email_of, provider_body
from provision.google.iam_policy import Grant, add_members, read
from provision.plan import Change, Check, RequiredPermission
from provision.service_accounts import MADE_BY, Account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provision.config import Config
    from provision.plan import Action, JsonValue

REQUIRES: Final = ("services",)
_FEDERATED: Final = ("ci_pool_provider",)
_SEE_POOL: Final = RequiredPermission(permission="iam.googleapis.com/workloadIdentityPools.get", when=_FEDERATED)
_SEE_PROVIDERS: Final = RequiredPermission(
    permission="iam.googleapis.com/workloadIdentityPoolProviders.list", when=_FEDERATED
)
_ACCOUNT: Final = service_accounts.checks("ci", "ci_provider", "The pipelines'")
# The ids of the pool and the provider are settings, and private as those are.
POOL: Final = CheckSpec(
    id="ci.pool",
    passes_when="The workload identity pool exists, is not disabled, and holds no other provider.",
    evidence={"pool": "public", "others": "person"},
    diagnoses=("POOL_MISSING", "POOL_DELETED", "POOL_NOT_OWNED", "POOL_DISABLED", "POOL_SHARED"),
    permissions=(_SEE_POOL, _SEE_PROVIDERS),
)
PROVIDER: Final = CheckSpec(
    id="ci.provider",
    passes_when="The provider lets the configured repository in, and no one else.",
    evidence={
        "pool": "public",
        "pool_provider": "public",
        "condition": "person",
        "provider": "id",
        "difference": "public",  # a sentence, whose names are found by the words around them
    },
    diagnoses=(
        "PROVIDER_MISSING",
        "PROVIDER_DELETED",
        "PROVIDER_NOT_OWNED",
        "POOL_DISABLED",
        "PROVIDER_DIFFERS",
        "SUBJECT_UNBOUNDED",
    ),
    permissions=(_SEE_PROVIDERS,),
)
TRUST: Final = CheckSpec(
    id="ci.trust",
    passes_when="The repository's pipelines may become the service account.",
    evidence={"account": "id", "trusted": "id"},
    diagnoses=("WORKLOAD_IDENTITY_BINDING_MISSING",),
    permissions=(RequiredPermission(permission="iam.serviceAccounts.getIamPolicy", when=_FEDERATED), _SEE_POOL),
)
# Those of a token are evaluated by `provision ci verify`.
CHECKS: Final = (*_ACCOUNT, POOL, PROVIDER, TRUST, *tokens.CHECKS)
NOT_OURS: Final = frozenset({"SERVICE_ACCOUNT_DISABLED", "POOL_DISABLED", "POOL_NOT_OWNED", "PROVIDER_NOT_OWNED"})
_VERBS: Final[tuple[tuple[str, Action], ...]] = (("create", "create"), ("undelete", "restore"), ("update", "update"))
PERMISSIONS: Final[tuple[RequiredPermission, ...]] = (
    *permissions_of(CHECKS),
    *service_accounts.required_permissions("ci_provider"),
    RequiredPermission(
        permission="iam.serviceAccounts.setIamPolicy",
        purpose="write",
        when=_FEDERATED,
        actions=("grant",),
        collection="serviceAccounts",
    ),
    *(
        RequiredPermission(
            permission=f"iam.googleapis.com/{kind}.{verb}",
            purpose="write",
            when=_FEDERATED,
            actions=(action,),
            collection=collection,
        )
        for kind, collection, verbs in (
            ("workloadIdentityPools", "workloadIdentityPools", _VERBS[:2]),
            ("workloadIdentityPoolProviders", "providers", _VERBS),
        )
        for verb, action in verbs
    ),
    *(
        RequiredPermission(permission=permission, purpose="delete", when=_FEDERATED)
        for permission in (
            "iam.serviceAccounts.setIamPolicy",
            "iam.googleapis.com/workloadIdentityPools.get",
            "iam.googleapis.com/workloadIdentityPools.delete",
            "iam.googleapis.com/workloadIdentityPoolProviders.list",
            "iam.googleapis.com/workloadIdentityPoolProviders.get",
            "iam.googleapis.com/workloadIdentityPoolProviders.delete",
        )
    ),
)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What is there; None where it is not, or where nothing is configured.

    Attributes:
        providers: all of the pool's, deleted ones too.
        trusted: who may become the service account through federation, as its own policy says.
    """

    account: Account | None = None
    pool: Pool | NoAnswer | None = None
    providers: tuple[Provider, ...] | NoAnswer = ()
    trusted: tuple[str, ...] | NoAnswer = ()


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Read the account, its roles and its policy, the pool and its providers."""
    if not config.ci_provider:
        return UNOBSERVED
    calls = service_accounts.calls(clients, config.project_id, config.ci_service_account, config.ci_roles)
    if rules.is_federated(config):
        calls["pool"] = lambda: _or_none(lambda: clients.iam_admin.get_pool(rules.pool_name(config)))
        calls["providers"] = lambda: clients.iam_admin.list_providers(rules.pool_name(config))
        calls["trusted"] = lambda: _or_none(lambda: _trusted(config, clients)) or ()
    found = ask_all(calls, deadline_s=config.check_timeout_s)
    return Observed(account=Account(found=found.pop("found"), missing=found.pop("missing")), **found)


def _or_none(call: Any) -> Any:
    try:
        return call()
    except ApiError as error:
        if error.status.status == "NOT_FOUND":
            return None
        raise


def _trusted(config: Config, clients: Clients) -> tuple[str, ...]:
    policy = read(clients.transport, service_accounts.resource_of(config.project_id, config.ci_service_account))
    return tuple(
        member
        for binding in policy.get("bindings", [])
        if binding.get("role") == rules.TRUST_ROLE and not binding.get("condition")
        for member in binding.get("members", [])
    )


def _account(config: Config, observed: Observed) -> Account:
    return observed.account or Account(missing=config.ci_roles)


def own_provider(config: Config, observed: Observed) -> Provider | None:
    """Return the configured provider, if it was seen."""
    if isinstance(observed.providers, NoAnswer):
        return None
    wanted = f"/providers/{config.ci_pool_provider}"
    return next((each for each in observed.providers if each.name.endswith(wanted)), None)


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether the repository's pipelines get in, and no one else."""
    if not config.ci_provider:
        return
    account = _account(config, observed)
    checks = list(service_accounts.evaluate(_ACCOUNT, config.project_id, config.ci_service_account, account))
    if rules.is_federated(config):
        checks += [
            _evaluate_pool(config, observed),
            _evaluate_provider(config, observed),
            _evaluate_trust(config, observed),
        ]
    # What `apply` will not touch is the cause to fix first, whatever else is missing.
    yield from sorted(checks, key=lambda check: check.diagnosis not in NOT_OURS)


def _evaluate_pool(config: Config, observed: Observed) -> Check:
    pool = observed.pool
    evidence: dict[str, Any] = {"pool": config.ci_pool}
    if isinstance(pool, NoAnswer):
        return POOL.unknown("the pool could not be seen", pool, **evidence)
    if pool is None:
        what, row = "does not exist", "POOL_MISSING"
    elif pool.state == "DELETED":
        what, row = "was deleted", "POOL_DELETED" if _is_ours(pool) else "POOL_NOT_OWNED"
    elif pool.disabled:
        what, row = "is disabled", "POOL_DISABLED"
    else:
        others = [] if isinstance(observed.providers, NoAnswer) else _others(config, observed.providers)
        if others:
            listed = ", ".join(others)
            return POOL.warned(f"{pool.name} holds other providers: {listed}", "POOL_SHARED", **evidence, others=listed)
        return POOL.passed(pool.name, **evidence)
    return POOL.failed(f"{config.ci_pool} {what}", row, **evidence)


def _others(config: Config, providers: tuple[Provider, ...]) -> list[str]:
    """Return the other providers of the pool: each can give its tokens the repository's attributes."""
    ids = [each.name.rpartition("/")[2] for each in providers if each.state == "ACTIVE" and not each.disabled]
    return [each for each in ids if each != config.ci_pool_provider]


def _evaluate_provider(config: Config, observed: Observed) -> Check:
    evidence: dict[str, Any] = {"pool": config.ci_pool, "pool_provider": config.ci_pool_provider}
    if isinstance(observed.providers, NoAnswer):
        return PROVIDER.unknown("the provider could not be seen", observed.providers, **evidence)
    provider = own_provider(config, observed)
    differs = difference(config, provider) if provider else ""
    if provider is None:
        what, row = "does not exist", "PROVIDER_MISSING"
    elif provider.state == "DELETED":
        what, row = "was deleted", "PROVIDER_DELETED" if _is_ours(provider) else "PROVIDER_NOT_OWNED"
    elif provider.disabled:
        what, row = "is disabled", "POOL_DISABLED"
    elif differs:
        what, row = f"differs: {differs}", "PROVIDER_DIFFERS" if _is_ours(provider) else "PROVIDER_NOT_OWNED"
    else:
        summary = f"{provider.name.rpartition('/')[2]} lets in: {provider.condition}"
        if _is_ours(provider) and rules.is_unbounded(provider.mapping):
            return PROVIDER.warned(f"{summary}; its subject may grow too long", "SUBJECT_UNBOUNDED", **evidence)
        return PROVIDER.passed(summary, **evidence, condition=provider.condition, provider=provider.name)
    summary = f"{config.ci_pool_provider} {what}"
    return PROVIDER.failed(summary, row, **evidence, difference=differs or "it was deleted")


def _evaluate_trust(config: Config, observed: Observed) -> Check:
    account = email_of(config.ci_service_account, config.project_id)
    attribute = rules.attribute(config)
    trusted = observed.trusted
    pool = observed.pool.name if isinstance(observed.pool, Pool) else rules.pool_name(config, "NUMBER")
    member = rules.member(pool, attribute)
    evidence: dict[str, Any] = {"account": account, "trusted": member}
    if isinstance(trusted, NoAnswer):
        return TRUST.unknown(f"who may become {account} could not be seen", trusted, **evidence)
    if isinstance(observed.pool, NoAnswer):  # members are named by its number
        summary = f"whether {attribute} may become {account} could not be seen"
        return TRUST.unknown(summary, observed.pool, **evidence)
    if isinstance(observed.pool, Pool) and member in trusted:
        return TRUST.passed(f"{attribute} may become {account}", **evidence)
    return TRUST.failed(f"{attribute} may not become {account}", "WORKLOAD_IDENTITY_BINDING_MISSING", **evidence)


def difference(config: Config, provider: Provider) -> str:
    """Return in words how a provider lets others in than configured; empty if it does not."""
    wanted = rules.mapping(config)
    if provider.kind != "oidc":
        return f"it is of kind {provider.kind}"
    if provider.issuer != config.ci_issuer:
        return f"its issuer is {provider.issuer}, not {config.ci_issuer}"
    if provider.condition != rules.condition(config):
        return f"its condition is `{provider.condition or 'none'}`, not `{rules.condition(config)}`"
    for key, expression in wanted.items():
        # Any other subject than the token's own is someone's choice: no one is let in by it.
        if key == rules.SUBJECT:
            continue
        if provider.mapping.get(key) != expression:
            return f"it maps {key} from `{provider.mapping.get(key, 'nothing')}`, not from `{expression}`"
    if _keys(provider.jwks) != _keys(config.ci_jwks):
        return "its keys are others"
    return ""


def _keys(jwks: str) -> str:
    return "".join(jwks.split())


def _is_ours(found: Pool | Provider) -> bool:
    return found.description.startswith(MADE_BY)


def plan(config: Config, observed: Observed) -> Iterator[Change]:
    """Make what is missing, bring back what was deleted, and correct a provider of ours that lets others in."""
    if not config.ci_provider:
        return
    account = service_accounts.as_nothing(_account(config, observed), config.ci_roles)
    off = any(service_accounts.not_yet_on(each) for each in (observed.pool, observed.providers, observed.trusted))
    seen = Observed() if off else observed
    refused = (account.found, account.missing, seen.pool, seen.providers, seen.trusted)
    if any(isinstance(each, NoAnswer) for each in refused) or not _can_be_used(config, account, seen):
        return
    yield from service_accounts.plan(
        "ci",
        config.project_id,
        config.ci_service_account,
        account,
        display_name=f"Pipelines of {config.ci_repository or config.project_id}"[:100],
        roles=config.ci_roles,
        why="pipelines need an identity that may do no more than they need",
    )
    if rules.is_federated(config):
        yield from _plan_federation(config, seen)


def _can_be_used(config: Config, account: Account, observed: Observed) -> bool:
    """Whether nothing is there that someone else disabled or made otherwise: that is theirs to decide."""
    if isinstance(account.found, NoAnswer) or (account.found and account.found.disabled):
        return False
    pool, provider = observed.pool, own_provider(config, observed)
    if isinstance(pool, Pool) and (pool.disabled or (pool.state == "DELETED" and not _is_ours(pool))):
        return False
    if provider is None or _is_ours(provider):
        return provider is None or not provider.disabled
    return provider.state != "DELETED" and not provider.disabled and not difference(config, provider)


def _plan_federation(config: Config, observed: Observed) -> Iterator[Change]:
    pool, provider = observed.pool, own_provider(config, observed)
    pool_name, provider_name = rules.pool_name(config), rules.provider_name(config)
    if pool is None:
        yield Change(
            step="ci",
            action="create",
            resource=pool_name,
            after={"display_name": "Pipelines"},
            why="identities from outside Google Cloud live in a pool",
        )
    elif isinstance(pool, Pool) and pool.state == "DELETED":
        yield Change(
            step="ci", action="restore", resource=pool_name, why="it was deleted, and its id is taken for 30 days"
        )
    wanted, wanted_mapping = _body(config), rules.mapping(config)
    if provider is None:
        yield Change(
            step="ci",
            action="create",
            resource=provider_name,
            after=wanted,
            why=f"lets the pipelines of {config.ci_repository or config.ci_repository_id} in, and no one else",
        )
    else:
        if provider.state == "DELETED":
            yield Change(
                step="ci",
                action="restore",
                resource=provider_name,
                why="it was deleted, and its id is taken for 30 days",
            )
        unbounded = rules.is_unbounded(provider.mapping)
        too_long = "its subject may grow longer than the 127 bytes that are taken"
        if differs := difference(config, provider) or (too_long if unbounded and _is_ours(provider) else ""):
            kept = {
                key: expression
                for key, expression in provider.mapping.items()
                if key not in wanted_mapping or (key == rules.SUBJECT and not unbounded)
            }
            yield Change(
                step="ci",
                action="update",
                resource=provider_name,
                before=_fields(provider),
                after={key: value for key, value in _body(config, kept).items() if key != "displayName"},
                why=differs,
                dangerous=True,  # whom it let in before, it may refuse then
            )
    member = rules.member(pool.name, rules.attribute(config)) if isinstance(pool, Pool) else ""
    trusted = () if isinstance(observed.trusted, NoAnswer) else observed.trusted
    if not member or member not in trusted:
        yield Change(
            step="ci",
            action="grant",
            resource=service_accounts.resource_of(config.project_id, config.ci_service_account),
            after=[f"{rules.TRUST_ROLE} to {rules.attribute(config)} of {pool_name}"],
            why="its pipelines become the service account, and no key is needed",
        )


def _body(config: Config, kept: Mapping[str, str] | None = None) -> dict[str, JsonValue]:
    """Return the provider as it should be, with what was mapped by others beside it."""
    return provider_body(
        mapping={**rules.mapping(config), **(kept or {})},
        condition=rules.condition(config),
        issuer=config.ci_issuer,
        jwks=config.ci_jwks,
        display_name=config.ci_provider,
        description=f"{MADE_BY}.",
    )


def _fields(provider: Provider) -> dict[str, JsonValue]:
    found = provider_body(
        mapping=provider.mapping,
        condition=provider.condition,
        issuer=provider.issuer,
        jwks=provider.jwks,
        display_name="",
        description=provider.description,
    )
    return {key: value for key, value in found.items() if key != "displayName"}


def apply(config: Config, change: Change, clients: Clients) -> str:
    """Make one planned change.

    Raises:
        ApiError: Google refused, or what was made could not be used in time.
    """
    admin = clients.iam_admin
    resource = change.resource
    if "/workloadIdentityPools/" in resource:
        clients.progress(f"{change.action} {resource.rpartition('/')[2]}")
        return service_accounts.settled(clients, lambda: _apply_to_pool(change, clients))
    if change.action == "grant" and "/serviceAccounts/" in resource:
        clients.progress("letting the repository become the service account")
        pool = service_accounts.settled(clients, lambda: admin.get_pool(rules.pool_name(config)))
        grant = Grant(role=rules.TRUST_ROLE, member=rules.member(pool.name, rules.attribute(config)))
        added = service_accounts.settled(clients, lambda: add_members(clients.transport, resource, [grant]))
        return "" if added else "it was granted already"
    return service_accounts.apply(config, change, clients, config.ci_service_account, config.ci_roles)


def _apply_to_pool(change: Change, clients: Clients) -> str:
    admin, name = clients.iam_admin, change.resource
    body = cast("dict[str, Any]", change.after)
    is_provider = "/providers/" in name
    if change.action == "restore":
        if is_provider:
            admin.undelete_provider(name)
        else:
            admin.undelete_pool(name)
        return ""
    if change.action == "update":
        admin.patch_provider(name, body, cast("dict[str, Any]", change.before))
        return ""
    if is_provider:
        made = admin.create_provider(name, body)
    else:
        made = admin.create_pool(name, display_name=body["display_name"], description=f"{MADE_BY}.")
    return "" if made else "it was there already"
