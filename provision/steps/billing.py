"""Link the project to a billing account.

Vertex AI refuses every request from a project without active billing, and a service that costs money cannot even be
enabled, so this step runs before any service. A link to a closed account is accepted and pays for nothing: only
Google's word that billing is *enabled* counts. A project that pays by another account is never linked anew
unless `--relink-billing` says so.

Permissions: `resourcemanager.projects.get` on the project to look; to link, `billing.resourceAssociations.create` on
the account (`roles/billing.user`) and `resourcemanager.projects.createBillingAssignment` on the project
(`roles/billing.projectManager`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.checks import CheckSpec, permissions_of
from provision.clients import Clients, ask_all
from provision.errors import NoAnswer, StalePlanError
from provision.plan import Change, Check, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.config import Config
    from provision.google.cloud_billing import BillingInfo

REQUIRES: Final = ("project", "permissions")
ENABLED: Final = CheckSpec(
    id="billing.enabled",
    passes_when="Someone pays for the project: an open account is linked.",
    evidence={"billing_account": "id", "account": "id"},
    diagnoses=("BILLING_ACCOUNT_NOT_OPEN", "BILLING_NOT_LINKED"),
    permissions=(RequiredPermission(permission="resourcemanager.projects.get"),),
)
ACCOUNT: Final = CheckSpec(
    id="billing.account",
    passes_when="The configured account is open, and is the one that pays.",
    weight="required when it fails",
    evidence={"account": "id"},
    diagnoses=("BILLING_OTHER_ACCOUNT", "BILLING_ACCOUNT_NOT_OPEN"),
    # Many who may link an account may not look at it; that billing is enabled says as much.
    permissions=(
        RequiredPermission(
            permission="billing.accounts.get", level="billing account", when=("billing_account",), advisory=True
        ),
    ),
)
CHECKS: Final = (ENABLED, ACCOUNT)
PERMISSIONS: Final[tuple[RequiredPermission, ...]] = (
    *permissions_of(CHECKS),
    RequiredPermission(
        permission="billing.resourceAssociations.create",
        level="billing account",
        purpose="write",
        when=("billing_account",),
    ),
    RequiredPermission(
        permission="resourcemanager.projects.createBillingAssignment", purpose="write", when=("billing_account",)
    ),
    *(
        RequiredPermission(permission=permission, purpose="delete", when=("billing_account",))
        for permission in (
            "resourcemanager.projects.get",
            "serviceusage.services.list",
            "resourcemanager.projects.deleteBillingAssignment",
        )
    ),
)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The project's link, and whether the configured account is open; None where no account is configured."""

    info: BillingInfo | NoAnswer | None = None
    account_open: bool | NoAnswer | None = None


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Read the link, and the account if one is configured."""
    calls: dict[str, Callable[[], Any]] = {"info": lambda: clients.cloud_billing.get_billing_info(config.project_id)}
    if config.billing_account:
        calls["account_open"] = lambda: clients.cloud_billing.is_open(config.billing_account)
    return Observed(**ask_all(calls, deadline_s=config.check_timeout_s))


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether billing is enabled, and by the account that was asked for."""
    info = observed.info
    if isinstance(info, NoAnswer):
        yield ENABLED.unknown("the billing link could not be seen", info)
    elif info is not None and info.enabled:
        yield ENABLED.passed(f"paid by {info.billing_account}", billing_account=info.billing_account)
    elif info is not None and info.billing_account:
        closed = f"linked to {info.billing_account}, which is closed"
        yield ENABLED.failed(closed, "BILLING_ACCOUNT_NOT_OPEN", account=info.billing_account)
    else:
        yield ENABLED.failed("no billing account is linked", "BILLING_NOT_LINKED")
    if config.billing_account:
        yield from _evaluate_account(config, observed)


def _evaluate_account(config: Config, observed: Observed) -> Iterator[Check]:
    account, info = config.billing_account, observed.info
    linked = "" if info is None or isinstance(info, NoAnswer) else info.billing_account
    if linked and linked != account:
        found = ACCOUNT.failed if config.relink_billing else ACCOUNT.warned
        yield found(f"pays by {linked}, not by {account}", "BILLING_OTHER_ACCOUNT", account=linked)
    elif observed.account_open is False and not linked:
        yield ACCOUNT.failed(f"{account} is closed", "BILLING_ACCOUNT_NOT_OPEN", account=account)
    elif isinstance(observed.account_open, NoAnswer):
        yield ACCOUNT.unknown(f"whether {account} is open could not be seen", observed.account_open, account=account)
    elif observed.account_open:
        yield ACCOUNT.passed(f"{account} is open", account=account)


def plan(config: Config, observed: Observed) -> Iterator[Change]:
    """Link the configured account, unless it is closed or another one pays and no one said to change that."""
    account = config.billing_account
    if not account or isinstance(observed.info, NoAnswer) or observed.account_open is False:
        return
    linked = observed.info.billing_account if observed.info else ""
    if linked == account or (linked and not config.relink_billing):
        return
    yield Change(
        step="billing",
        action="link",
        resource=f"projects/{config.project_id}/billingInfo",
        before=linked or None,
        after=account,
        why="you asked to change who pays" if linked else "Vertex AI refuses every request until someone pays",
        dangerous=bool(linked),
    )


def apply(config: Config, change: Change, clients: Clients) -> str:  # noqa: ARG001 - as every step
    """Link the account.

    Raises:
        ApiError: Google refused.
        StalePlanError: someone linked another account since.
    """
    project_id, account = change.resource.split("/")[1], str(change.after)
    # The plan may be minutes old, and a link that someone else has made since is theirs.
    linked = clients.cloud_billing.get_billing_info(project_id).billing_account
    if linked == account:
        return "it was linked in the meantime"
    if linked != (change.before or ""):
        raise StalePlanError(
            f"{change.resource} is paid by {linked or 'none'} now, not by {change.before or 'none'}",
            cause="someone changed it after the plan was made",
            fix="run it again, and look at the new plan",
        )
    clients.progress(f"linking {account}")
    clients.cloud_billing.link(project_id, account, before=linked)
    return ""
