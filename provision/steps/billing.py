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

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from provision.checks import OUTSIDE_PROJECT, CheckSpec, permissions_of
from provision.clients import Clients, ask, ask_all
from provision.errors import ErrorStatus, NoAnswer, StalePlanError
from provision.plan import Change, Check, JsonValue, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.config import Config
    from provision.google.cloud_billing import BillingInfo

REQUIRES: Final = ("project", "permissions")
OTHER_ACCOUNT: Final = "BILLING_OTHER_ACCOUNT"
ENABLED: Final = CheckSpec(
    id="billing.enabled",
    passes_when="Someone pays for the project: an open account is linked.",
    evidence={"billing_account": "id", "account": "id", "open_account_id": "id", "apply_with": "public"},
    diagnoses=("BILLING_READ_DENIED", "BILLING_ACCOUNT_NOT_OPEN", "BILLING_NOT_LINKED"),
    permissions=(RequiredPermission(permission="resourcemanager.projects.get"),),
)
ACCOUNT: Final = CheckSpec(
    id="billing.account",
    passes_when="The configured account is open, and is the one that pays.",
    weight="required when it fails",
    evidence={"account": "id", "open_account_id": "id", "apply_with": "public"},
    diagnoses=("BILLING_ACCOUNT_READ_DENIED", OTHER_ACCOUNT, "CONFIGURED_ACCOUNT_NOT_OPEN"),
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
        actions=("link",),
    ),
    RequiredPermission(
        permission="resourcemanager.projects.createBillingAssignment",
        purpose="write",
        when=("billing_account",),
        actions=("link",),
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
    """The project's link, and the accounts.

    Attributes:
        account_open: whether the configured account can pay; None where none is configured.
        open_accounts: those that the caller sees and that can pay; looked for only where one is needed.
    """

    info: BillingInfo | NoAnswer | None = None
    account_open: bool | NoAnswer | None = field(default=None, metadata=OUTSIDE_PROJECT)
    open_accounts: tuple[str, ...] = field(default=(), metadata=OUTSIDE_PROJECT)


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Read the link, and the account if one is configured; the others only where one of them is needed."""
    calls: dict[str, Callable[[], Any]] = {"info": lambda: clients.cloud_billing.get_billing_info(config.project_id)}
    if config.billing_account:
        calls["account_open"] = lambda: clients.cloud_billing.is_open(config.billing_account)
    found = Observed(**ask_all(calls, deadline_s=config.check_timeout_s))
    unpaid = not isinstance(found.info, NoAnswer) and found.info is not None and not found.info.enabled
    if found.account_open is True or not (unpaid or found.account_open is False):
        return found
    listed = ask(clients.cloud_billing.open_accounts)
    return found if isinstance(listed, NoAnswer) else replace(found, open_accounts=listed)


def _instead(config: Config, observed: Observed) -> dict[str, JsonValue]:
    """Return, as evidence, the one account that can pay, if there is only one, and how to have `apply` link it."""
    account = config.billing_account if observed.account_open is True else ""
    if not account and len(observed.open_accounts) == 1:
        account = observed.open_accounts[0]
    account_id = account.removeprefix("billingAccounts/")
    given = bool(account) and account == config.billing_account
    option = "" if given else f" with --billing-account={account_id or 'BILLING_ACCOUNT_ID'}"
    return {"open_account_id": account_id, "apply_with": f"run `provision apply`{option}"}


def _denied(answer: NoAnswer) -> bool:
    """Whether the caller may not read it: that is another right than to change it."""
    if not isinstance(answer, ErrorStatus) or answer.status != "PERMISSION_DENIED":
        return False
    return answer.reason in {"", "IAM_PERMISSION_DENIED"} and not answer.violations


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether billing is enabled, and by the account that was asked for."""
    info = observed.info
    if isinstance(info, NoAnswer):
        denied = "BILLING_READ_DENIED" if _denied(info) else ""
        yield ENABLED.unknown("the billing link could not be seen", info, diagnosis=denied)
    elif info is not None and info.enabled:
        yield ENABLED.passed(f"paid by {info.billing_account}", billing_account=info.billing_account)
    elif info is not None and info.billing_account:
        closed = f"linked to {info.billing_account}, which is closed"
        more = _instead(config, observed)
        yield ENABLED.failed(closed, "BILLING_ACCOUNT_NOT_OPEN", error=None, account=info.billing_account, **more)
    else:
        # Of an account that cannot be linked, the finding below tells more.
        more = _instead(config, observed)
        account = list(_evaluate_account(config, observed)) if config.billing_account else []
        yield from (each for each in account if each.status == "fail")
        yield ENABLED.failed("no billing account is linked", "BILLING_NOT_LINKED", error=None, **more)
        yield from (each for each in account if each.status != "fail")
        return
    if config.billing_account:
        yield from _evaluate_account(config, observed)


def _evaluate_account(config: Config, observed: Observed) -> Iterator[Check]:
    account, info = config.billing_account, observed.info
    linked = "" if info is None or isinstance(info, NoAnswer) else info.billing_account
    if linked and linked != account and observed.account_open is False:
        yield _closed(config, observed, ACCOUNT.failed if config.relink_billing else ACCOUNT.warned)
    elif linked and linked != account:
        found = ACCOUNT.failed if config.relink_billing else ACCOUNT.warned
        yield found(f"pays by {linked}, not by {account}", OTHER_ACCOUNT, account=linked)
    elif observed.account_open is False and not linked:
        yield _closed(config, observed, ACCOUNT.failed)
    elif isinstance(observed.account_open, NoAnswer):
        denied = "BILLING_ACCOUNT_READ_DENIED" if _denied(observed.account_open) else ""
        unseen = f"whether {account} is open could not be seen"
        yield ACCOUNT.unknown(unseen, observed.account_open, diagnosis=denied, account=account)
    elif observed.account_open:
        yield ACCOUNT.passed(f"{account} is open", account=account)


def _closed(config: Config, observed: Observed, found: Callable[..., Check]) -> Check:
    account = config.billing_account
    more = _instead(config, observed)
    return found(f"{account} is closed", "CONFIGURED_ACCOUNT_NOT_OPEN", account=account, **more)


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
