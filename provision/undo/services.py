"""A service that we enabled: disabled only while no one else needs or uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from provision.clients import ask
from provision.errors import ApiError, NoAnswer
from provision.undo.resource import DestroyOptions, Resource, ResourceState, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from provision.clients import Clients
    from provision.plan import Action, Mutation

ACTION: Final[Action] = "disable"
DEADLINE_S: Final = 120.0
# Undoing itself needs these, if the caller is charged to this project: they go last, in this order.
CONTROL: Final = (
    "iam.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "serviceusage.googleapis.com",
)
# What Google made when it was enabled, and leaves. https://docs.cloud.google.com/vpc/docs/vpc#default-network
_STAYS: Final = {
    "compute.googleapis.com": "its default network, firewall rules and service account stay: they cost nothing",
}
NEEDED: Final = "COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES"


class StillNeeded(Exception):
    """Google will not disable it as things are; says why."""


def made(mutation: Mutation) -> Iterator[Resource]:
    """Yield the services that a call enabled: those that were disabled just before it."""
    if mutation.method in {"BatchEnableServices", "EnableService"}:
        for service in cast("dict[str, Any]", mutation.does)["services"]:
            name = f"{mutation.resource}/{service}"
            yield Resource(kind="services", name=name, full_name=name, value=str(service))


def implicit(names: Iterable[str]) -> Iterator[Resource]:
    """Yield the services among what appeared while a mutation was carried out."""
    for name in names:
        _, found, service = name.partition("/services/")
        if found:
            yield Resource(kind="services", name=name, full_name=name, value=service)


def unmade(mutation: Mutation) -> Iterator[Resource]:
    """Yield the service of a DisableService."""
    if mutation.method == "DisableService":
        yield Resource(kind="services", name=mutation.resource, full_name=mutation.resource)


def look(resource: Resource, options: DestroyOptions, clients: Clients) -> ResourceState:  # noqa: ARG001 - as every kind
    """See whether it is still enabled; who needs it, Google says when asked to disable it."""
    states = ask(lambda: clients.service_usage.states(resource.full_name.split("/")[1], [str(resource.value)]))
    if isinstance(states, NoAnswer):
        return ResourceState(state="unknown", reason=f"its state could not be seen ({why(states.told)})")
    if states.get(str(resource.value)) != "ENABLED":
        return ResourceState(state="deleted", reason="it is disabled already")
    return ResourceState(state="ours")


def undo(resource: Resource, options: DestroyOptions, clients: Clients) -> str:
    """Disable it.

    Raises:
        StillNeeded: another enabled service needs it, or it was used lately.
        ApiError: any other error.
    """
    project_id = resource.full_name.split("/")[1]
    try:
        clients.service_usage.disable(project_id, str(resource.value), force=options.force, deadline_s=DEADLINE_S)
    except ApiError as error:
        refused = error.status
        if refused.reason == NEEDED or "is depended on by" in refused.message:
            dependents = refused.metadata.get("services", "another enabled service").replace(",", ", ")
            raise StillNeeded(f"{dependents} needs it") from error
        # The reason is not published; https://cloud.google.com/sdk/gcloud/reference/services/disable has the rule.
        if refused.status == "FAILED_PRECONDITION" and "usage" in f"{refused.reason} {refused.message}".lower():
            raise StillNeeded(
                "Google counts it as used in the last 30 days, perhaps by our own questions "
                "(--force disables it anyway)"
            ) from error
        if refused.status == "FAILED_PRECONDITION" and "is not enabled" in refused.message:
            return "it was disabled already"
        if refused.reason == "SERVICE_DISABLED" and resource.value == CONTROL[-1]:
            return "it does not answer any more"  # not even how the operation that disabled it ended
        raise
    return _STAYS.get(str(resource.value), "")
