"""Give the application a service account of its own, with the roles it needs and no key.

Without one, an application runs as someone's own account, or as the default account of its machine, which can do far
more than ask a model. Roles are only added: what others granted, and what this account was granted by others, stays.
The step does nothing unless `identity.service_account` is set.

Permissions: `iam.serviceAccounts.get` and `resourcemanager.projects.getIamPolicy` to look (`roles/browser` and
`roles/iam.serviceAccountViewer`); `iam.serviceAccounts.create` (`roles/iam.serviceAccountCreator`) and
`resourcemanager.projects.setIamPolicy` (`roles/resourcemanager.projectIamAdmin`) to change. That the roles are in force
is proven where the caller holds `iam.serviceAccounts.getAccessToken` on the account
(`roles/iam.serviceAccountTokenCreator`), and said to be unverified where not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision import service_accounts
from provision.checks import permissions_of
from provision.clients import Clients, ask_all
from provision.service_accounts import Account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.plan import Change, Check, RequiredPermission

REQUIRES: Final = ("services",)
CHECKS: Final = service_accounts.checks("identity", "identity_service_account", "The application's")
PERMISSIONS: Final[tuple[RequiredPermission, ...]] = (
    *permissions_of(CHECKS),
    *service_accounts.required_permissions("identity_service_account"),
)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The account; None where none is configured."""

    account: Account | None = None


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Read the account and the project's policy."""
    if not config.identity_service_account:
        return UNOBSERVED
    calls = service_accounts.calls(clients, config.project_id, config.identity_service_account, config.identity_roles)
    return Observed(account=Account(**ask_all(calls, deadline_s=config.check_timeout_s)))


def _account(config: Config, observed: Observed) -> Account:
    return observed.account or Account(missing=config.identity_roles)


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether the account is there with its roles."""
    if config.identity_service_account:
        account = _account(config, observed)
        yield from service_accounts.evaluate(CHECKS, config.project_id, config.identity_service_account, account)


def plan(config: Config, observed: Observed) -> Iterator[Change]:
    """Make it, grant it what it lacks, and wait until that is in force."""
    if config.identity_service_account:
        yield from service_accounts.plan(
            "identity",
            config.project_id,
            config.identity_service_account,
            service_accounts.as_nothing(_account(config, observed), config.identity_roles),
            display_name=config.identity_display_name,
            roles=config.identity_roles,
            why="the application needs an identity that can do this and nothing else",
        )


def apply(config: Config, change: Change, clients: Clients) -> str:
    """Make one planned change.

    Raises:
        ApiError: Google refused, or what was made could not be used in time.
    """
    return service_accounts.apply(config, change, clients, config.identity_service_account, config.identity_roles)
