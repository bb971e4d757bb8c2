"""What Terraform takes over of what is there already, so that nothing is made twice.

Terraform cannot ask whether a resource exists: it is told by `import` blocks, one for each; one too many is an error.
https://developer.hashicorp.com/terraform/language/import
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.clients import ask_all, raised
from provision.errors import ErrorStatus, NoAnswer, ProvisionError
from provision.federation import rules
from provision.google.iam_admin import email_of
from provision.google.iam_policy import Grant, missing, read
from provision.service_accounts import Account
from provision.steps import ci

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from provision.clients import Clients
    from provision.config import Config


GUARD: Final = "serviceusage.googleapis.com"
"""The service with which the module stops a destroy of a project that it made."""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """What is there of what the module would make.

    Attributes:
        number: the project's; empty if there is no project.
        billing_account: what is linked; empty for nothing.
        services: the enabled ones, of those that are configured.
        accounts: the ids of the service accounts.
        grants: (account id, role) on the project.
        pool: the pool is there, and alive.
        provider: its provider is.
        trust: the repository may become the service account.
    """

    number: str = ""
    billing_account: str = ""
    services: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    grants: tuple[tuple[str, str], ...] = ()
    pool: bool = False
    provider: bool = False
    trust: bool = False


def look(config: Config, clients: Clients) -> Existing:
    """Read what is there. Changes nothing.

    Raises:
        ApiError: Google refused something that has to be known: what could not be seen is not left out in silence.
        ProvisionError: something there is of others.
    """
    found = ask_all(
        {
            "project": lambda: clients.resource_manager.get_project(config.project_id),
            "billing": lambda: clients.cloud_billing.get_billing_info(config.project_id),
            "services": lambda: clients.service_usage.states(config.project_id, config.services),
            "policy": lambda: read(clients.transport, f"projects/{config.project_id}"),
        },
        deadline_s=config.check_timeout_s,
    )
    for each in found.values():
        if isinstance(each, NoAnswer):
            raise raised(each)
    enabled = tuple(sorted(name for name, state in found["services"].items() if state == "ENABLED"))
    seen: dict[str, Any] = {}
    if "iam.googleapis.com" in enabled:
        seen = ask_all(dict(_identity_calls(config, clients)), deadline_s=config.check_timeout_s)
    for each in seen.values():
        not_there = isinstance(each, ErrorStatus) and each.status == "NOT_FOUND"
        if isinstance(each, NoAnswer) and not not_there:
            raise raised(each)
    _refuse_what_is_not_ours(config, seen)
    there = {name for name, each in seen.items() if not isinstance(each, NoAnswer)}
    wanted = [
        (account, role)
        for account, roles in (
            (config.identity_service_account, config.identity_roles),
            (_ci_account(config), config.ci_roles),
        )
        for role in roles
        if account in there
    ]
    return Existing(
        number=found["project"].project_number,
        billing_account=found["billing"].billing_account,
        services=enabled,
        accounts=tuple(each for each in (config.identity_service_account, _ci_account(config)) if each in there),
        grants=tuple(
            (account, role)
            for account, role in wanted
            if not missing(found["policy"], [Grant(role=role, member=_member(config, account))])
        ),
        pool="/pool" in there and seen["/pool"].state == "ACTIVE",
        provider=any(
            each.name.endswith(f"/providers/{config.ci_pool_provider}") and each.state == "ACTIVE"
            for each in (seen["/providers"] if "/providers" in there else ())
        ),
        trust="/trust" in there and not missing(seen["/trust"], [_trust(config, found["project"].project_number)]),
    )


def _refuse_what_is_not_ours(config: Config, seen: Mapping[str, Any]) -> None:
    """Refuse what `provision plan` refuses: an apply of the module would write its condition over that of others.

    Raises:
        ProvisionError: it is disabled, or someone else's and otherwise than is configured.
    """
    if not seen or not config.ci_provider:
        return
    found = {name: None if isinstance(each, NoAnswer) else each for name, each in seen.items()}
    observed = ci.Observed(
        account=Account(found=found.get(_ci_account(config))),
        pool=found.get("/pool"),
        providers=found.get("/providers") or (),
    )
    refused = [check for check in ci.evaluate(config, observed) if check.diagnosis in ci.NOT_OURS]
    if refused:
        raise ProvisionError(
            f"this is not taken over: {'; '.join(check.summary for check in refused)}",
            cause="others made it, or switched it off: the module would make it what is configured",
            fix="see `provision check --only ci`, and choose another ci.pool, ci.pool_provider or ci.service_account",
        )


def _ci_account(config: Config) -> str:
    return config.ci_service_account if config.ci_provider else ""


def _member(config: Config, account: str) -> str:
    return f"serviceAccount:{email_of(account, config.project_id)}"


def _account(config: Config, account: str) -> str:
    return f"projects/{config.project_id}/serviceAccounts/{email_of(account, config.project_id)}"


def _trust(config: Config, number: str) -> Grant:
    return Grant(role=rules.TRUST_ROLE, member=rules.member(rules.pool_name(config, number), rules.attribute(config)))


def _identity_calls(config: Config, clients: Clients) -> Iterator[tuple[str, Callable[[], Any]]]:
    for account in (config.identity_service_account, _ci_account(config)):
        if account:
            name = _account(config, account)
            yield account, lambda name=name: clients.iam_admin.get_service_account(name)  # type: ignore[misc] # bound now
    if rules.is_federated(config):
        account = _account(config, config.ci_service_account)
        yield "/pool", lambda: clients.iam_admin.get_pool(rules.pool_name(config))
        yield "/providers", lambda: clients.iam_admin.list_providers(rules.pool_name(config))
        yield "/trust", lambda: read(clients.transport, account)


def imports(config: Config, existing: Existing, module: str = "") -> str:
    """Return ``import`` blocks that take over what is there of what the module would make.

    Args:
        module: the name of the `module` block that calls it; empty where the module itself is the root.
    """
    prefix = f"module.{module}." if module else ""
    blocks = [
        f'import {{\n  to = {prefix}{address}\n  id = "{name}"\n}}\n' for address, name in _imported(config, existing)
    ]
    head = "# What `provision terraform import` found. Apply once; after that the blocks do nothing, and can go.\n"
    return "\n".join([head, *blocks])


def _imported(config: Config, existing: Existing) -> Iterator[tuple[str, str]]:
    """Yield each address of the module with the name that the provider imports by."""
    project = config.project_id
    if config.create_project:
        yield "google_project.this[0]", project
    elif config.billing_account and existing.billing_account == config.billing_account:
        yield "google_billing_project_info.this[0]", f"projects/{project}"
    if config.create_project and GUARD in existing.services:
        yield "google_project_service.guard[0]", f"{project}/{GUARD}"
    for service in existing.services:
        yield f'google_project_service.this["{service}"]', f"{project}/{service}"
    for kind, account in (("runtime", config.identity_service_account), ("ci", _ci_account(config))):
        if account in existing.accounts:
            yield f"google_service_account.{kind}[0]", _account(config, account)
        for role in (role for holder, role in existing.grants if holder == account):
            yield f'google_project_iam_member.{kind}["{role}"]', f"{project} {role} {_member(config, account)}"
    yield from _imported_federation(config, existing)


def _imported_federation(config: Config, existing: Existing) -> Iterator[tuple[str, str]]:
    if existing.pool:
        yield "google_iam_workload_identity_pool.ci[0]", rules.pool_name(config)
    if existing.provider:
        yield "google_iam_workload_identity_pool_provider.ci[0]", rules.provider_name(config)
    if existing.trust:
        trust = _trust(config, existing.number)
        account = _account(config, config.ci_service_account)
        yield "google_service_account_iam_member.ci[0]", f"{account} {trust.role} {trust.member}"
