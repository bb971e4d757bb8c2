"""A service that we enabled: disabled only while nobody else needs or uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import ask
from provision.errors import ApiError, Refusal
from provision.undo.resource import Resource, ResourceState, Wishes, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provision.clients import Clients
    from provision.plan import Action, Deed

ACTION: Final[Action] = "disable"
DEADLINE_S: Final = 120.0
# Undoing itself needs these, if the caller is charged to this project: they go last, in this order.
CONTROL: Final = (
    "iam.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "serviceusage.googleapis.com",
)
NEEDED: Final = "COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES"


class StillNeeded(Exception):
    """Google will not disable it as things are; says why."""


def made(deed: Deed) -> Iterator[Resource]:
    """Yield the services of a BatchEnableServices: those that were disabled just before it."""
    if deed.method == "BatchEnableServices":
        for service in cast("dict[str, Any]", deed.does)["services"]:
            name = f"{deed.resource}/{service}"
            yield Resource(kind="services", name=name, resource=name, value=str(service))


def along(names: Iterable[str]) -> Iterator[Resource]:
    """Yield the services among what appeared while a deed was carried out."""
    for name in names:
        _, found, service = name.partition("/services/")
        if found:
            yield Resource(kind="services", name=name, resource=name, value=service)


def unmade(deed: Deed) -> Iterator[Resource]:
    """Yield the service of a DisableService."""
    if deed.method == "DisableService":
        yield Resource(kind="services", name=deed.resource, resource=deed.resource)


def look(thing: Resource, wishes: Wishes, clients: Clients) -> ResourceState:  # noqa: ARG001 - as every kind
    """See whether it is still enabled; who needs it, Google says when asked to disable it."""
    states = ask(lambda: clients.service_usage.states(thing.resource.split("/")[1], [str(thing.value)]))
    if isinstance(states, Refusal):
        return ResourceState(state="unseen", reason=f"its state could not be seen ({why(states)})")
    if states.get(str(thing.value)) != "ENABLED":
        return ResourceState(state="gone", reason="it is disabled already")
    return ResourceState(state="ours")


def undo(thing: Resource, wishes: Wishes, clients: Clients) -> str:
    """Disable it.

    Raises:
        StillNeeded: another enabled service needs it, or it was used lately.
        ApiError: any other refusal.
    """
    project_id = thing.resource.split("/")[1]
    try:
        clients.service_usage.disable(
            project_id, str(thing.value), even_if_used=wishes.even_if_used, deadline_s=DEADLINE_S
        )
    except ApiError as error:
        refusal = error.refusal
        if refusal.reason == NEEDED or "is depended on by" in refusal.message:
            who = refusal.metadata.get("services", "another enabled service").replace(",", ", ")
            raise StillNeeded(f"{who} needs it") from error
        # The reason is not published; https://cloud.google.com/sdk/gcloud/reference/services/disable has the rule.
        if refusal.status == "FAILED_PRECONDITION" and "usage" in f"{refusal.reason} {refusal.message}".lower():
            raise StillNeeded(
                "Google counts it as used in the last 30 days, perhaps by our own questions "
                "(--even-if-used disables it all the same)"
            ) from error
        if refusal.status == "FAILED_PRECONDITION" and "is not enabled" in refusal.message:
            return "it was disabled already"
        if refusal.reason == "SERVICE_DISABLED" and thing.value == CONTROL[-1]:
            return "it does not answer any more"  # not even how the operation that disabled it ended
        raise
    return ""
