"""A billing link that we made: taken away only while nothing else lives on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import ask
from provision.errors import NoAnswer
from provision.undo.resource import DestroyOptions, Resource, ResourceState, why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.plan import Action, Mutation

ACTION: Final[Action] = "unlink"


def _account(mutation: Mutation) -> str:
    return str(cast("dict[str, Any]", mutation.does or {}).get("billing_account", ""))


def made(mutation: Mutation) -> Iterator[Resource]:
    """Yield the link of an UpdateProjectBillingInfo that named an account."""
    if mutation.method == "UpdateProjectBillingInfo" and _account(mutation):
        yield Resource(
            kind="billing",
            name=mutation.resource,
            full_name=mutation.resource,
            value={"account": _account(mutation), "before": mutation.before},
        )


def unmade(mutation: Mutation) -> Iterator[Resource]:
    """Yield the link of an UpdateProjectBillingInfo that named none."""
    if mutation.method == "UpdateProjectBillingInfo" and not _account(mutation):
        yield Resource(kind="billing", name=mutation.resource, full_name=mutation.resource)


def look(resource: Resource, options: DestroyOptions, clients: Clients) -> ResourceState:
    """See who pays now, and which enabled services would stop."""
    project_id = resource.full_name.split("/")[1]
    value = cast("dict[str, Any]", resource.value)
    info = ask(lambda: clients.cloud_billing.get_billing_info(project_id))
    if isinstance(info, NoAnswer):
        return ResourceState(state="unknown", reason=f"who pays could not be seen ({why(info.told)})")
    if not info.billing_account:
        return ResourceState(state="deleted", reason="no account is linked any more")
    if info.billing_account != value["account"]:
        return ResourceState(state="retained", reason=f"{info.billing_account} pays now, which we did not link")
    if value.get("before"):
        account = str(value["before"]).removeprefix("billingAccounts/")
        return ResourceState(
            state="retained",
            reason=f"{value['before']} paid before us; whether it still may is not ours to say: "
            f"gcloud billing projects link {project_id} --billing-account={account}",
        )
    return ResourceState(state="ours") if options.force else _while_others_live_on_it(project_id, options, clients)


def _while_others_live_on_it(project_id: str, options: DestroyOptions, clients: Clients) -> ResourceState:
    enabled = ask(lambda: clients.service_usage.enabled(project_id))
    if isinstance(enabled, NoAnswer):
        return ResourceState(
            state="unknown", reason=f"whether another service lives on it could not be seen ({why(enabled.told)})"
        )
    living = ", ".join(
        name
        for name, billed in enabled.items()
        if billed and f"projects/{project_id}/services/{name}" not in options.being_deleted
    )
    if living:
        return ResourceState(
            state="retained", reason=f"{living} would stop, and stays enabled (--force unlinks it anyway)"
        )
    return ResourceState(state="ours")


def undo(resource: Resource, options: DestroyOptions, clients: Clients) -> str:  # noqa: ARG001 - as every kind
    """Unlink the account. Raises `ApiError`."""
    value = cast("dict[str, Any]", resource.value)
    clients.cloud_billing.link(resource.full_name.split("/")[1], "", before=str(value["account"]))
    return ""
