"""A billing link that we made: taken away only while nothing else lives on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import ask
from provision.errors import Refusal
from provision.undo.resource import Resource, ResourceState, Wishes, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Deed

ACTION: Final[Action] = "unlink"


def _account(deed: Deed) -> str:
    return str(cast("dict[str, Any]", deed.does or {}).get("billing_account", ""))


def made(deed: Deed) -> Iterator[Resource]:
    """Yield the link of an UpdateProjectBillingInfo that named an account."""
    if deed.method == "UpdateProjectBillingInfo" and _account(deed):
        yield Resource(
            kind="billing",
            name=deed.resource,
            resource=deed.resource,
            value={"account": _account(deed), "before": deed.before},
        )


def unmade(deed: Deed) -> Iterator[Resource]:
    """Yield the link of an UpdateProjectBillingInfo that named none."""
    if deed.method == "UpdateProjectBillingInfo" and not _account(deed):
        yield Resource(kind="billing", name=deed.resource, resource=deed.resource)


def look(thing: Resource, wishes: Wishes, clients: Clients) -> ResourceState:
    """See who pays now, and which enabled services would stop."""
    project_id = thing.resource.split("/")[1]
    value = cast("dict[str, Any]", thing.value)
    info = ask(lambda: clients.cloud_billing.get_billing_info(project_id))
    if isinstance(info, Refusal):
        return ResourceState(state="unseen", reason=f"who pays could not be seen ({why(info)})")
    if not info.billing_account:
        return ResourceState(state="gone", reason="no account is linked any more")
    if info.billing_account != value["account"]:
        return ResourceState(state="left", reason=f"{info.billing_account} pays now, which we did not link")
    if value.get("before"):
        account = str(value["before"]).removeprefix("billingAccounts/")
        return ResourceState(
            state="left",
            reason=f"{value['before']} paid before us; whether it still may is not ours to say: "
            f"gcloud billing projects link {project_id} --billing-account={account}",
        )
    return ResourceState(state="ours") if wishes.even_if_used else _while_others_live_on_it(project_id, wishes, clients)


def _while_others_live_on_it(project_id: str, wishes: Wishes, clients: Clients) -> ResourceState:
    enabled = ask(lambda: clients.service_usage.enabled(project_id))
    if isinstance(enabled, Refusal):
        return ResourceState(
            state="unseen", reason=f"whether another service lives on it could not be seen ({why(enabled)})"
        )
    living = ", ".join(
        name
        for name, billed in enabled.items()
        if billed and f"projects/{project_id}/services/{name}" not in wishes.leaving
    )
    if living:
        return ResourceState(
            state="left", reason=f"{living} would stop, and stays enabled (--even-if-used unlinks it all the same)"
        )
    return ResourceState(state="ours")


def undo(thing: Resource, wishes: Wishes, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Unlink the account. Raises `ApiError`."""
    value = cast("dict[str, Any]", thing.value)
    clients.cloud_billing.link(thing.resource.split("/")[1], "", before=str(value["account"]))
    return ""
