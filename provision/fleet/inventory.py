"""Read a whole organization in bulk: which projects there are, who pays for them, what is enabled.

The list of projects comes from Resource Manager, folder by folder, which is of this moment; the rest from Cloud Asset
Inventory, which is not, or for one billing account from Cloud Billing. A page that is refused makes the run a partial
one: a list is never shorter in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from provision.errors import ApiError
from provision.fleet.store import ProjectFacts, now
from provision.google.cloud_asset import ENABLED_SERVICE, MOST_COMPARISONS, PROJECT_BILLING
from provision.google.responses import flag, reading, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from provision.clients import Clients
    from provision.fleet.scope import Scope
    from provision.fleet.store import Store

Found = TypeVar("Found")
Item = TypeVar("Item")
_PROJECT_NAME: Final = "projects/"
_PIECE: Final = 500


def list_projects(scope: Scope, clients: Clients, store: Store) -> None:
    """Fill the run's file with the projects.

    Raises:
        ApiError: a root of the scope cannot be looked at, so that nothing would be known of what is in it.
    """
    store.forget_troubles()
    for root in scope.roots:
        _list_projects(root, scope, clients, store)
    for account in scope.billing_accounts:
        _list_paid_for(account, scope, clients, store)
    store.add(
        ProjectFacts(project_id=each, listed_at=now())
        for each in scope.projects
        if scope.shard.count == 1 or scope.shard.holds(each)
    )


def read_inventory(scope: Scope, services: tuple[str, ...], clients: Clients, store: Store) -> None:
    """Add what the inventory knows of the projects.

    Raises:
        ApiError: it is refused at once; where it breaks off later, the run is a partial one.
    """
    for root in scope.roots:
        clients.progress(f"reading who pays, from the inventory of {root}")
        _read_billing(root, clients, store)
    if scope.roots:
        store.no_services_yet(now())
    for root in scope.roots:
        clients.progress(f"reading what is enabled, from the inventory of {root}")
        _read_services(root, services, clients, store)


def _list_projects(root: str, scope: Scope, clients: Clients, store: Store) -> None:
    """List the projects in a folder or organization, and in every folder below."""
    folders, seen, projects = [root], {root}, 0
    while folders:
        folder = folders.pop()
        try:
            for piece in in_pieces(clients.resource_manager.projects_in(folder)):
                at = now()
                store.add(
                    ProjectFacts(
                        project_id=each.project_id,
                        project_number=each.project_number,
                        parent=each.parent,
                        display_name=each.display_name,
                        labels=each.labels,
                        state=each.state,
                        listed_at=at,
                    )
                    for each in piece
                    if each.state == "ACTIVE" and scope.has(each.labels) and scope.shard.holds(each.project_number)
                )
                projects += len(piece)
            below = [name for name, _ in clients.resource_manager.folders_in(folder)]
        except ApiError as error:
            if folder == root:
                raise
            store.trouble(f"{folder} could not be listed, and no project in it is here: {error.status}")
            continue
        folders.extend(each for each in below if each not in seen)
        seen.update(below)
        clients.progress(f"listing {root}: {projects} projects, {len(seen)} folders, {len(folders)} still to ask")


def _list_paid_for(account: str, scope: Scope, clients: Clients, store: Store) -> None:
    clients.progress(f"listing what {account} pays for")
    for page in clients.cloud_billing.projects_of(account):
        at = now()
        ours = [each for each in page if scope.shard.count == 1 or scope.shard.holds(each[0])]
        store.add(ProjectFacts(project_id=project_id, listed_at=at) for project_id, _ in ours)
        store.billing(((project_id, account, enabled) for project_id, enabled in ours), at)


def _read_billing(root: str, clients: Clients, store: Store) -> None:
    def read(result: dict[str, Any]) -> tuple[str, str, bool]:
        info = result["versionedResources"][0]["resource"]
        return _number(result), text(info, "billingAccountName"), flag(info, "billingEnabled")

    pages = clients.cloud_asset.search(root, PROJECT_BILLING, query="", fields="name,project,versionedResources")
    _read_pages("who pays", root, pages, read, store.billing, store)


def _read_services(root: str, services: tuple[str, ...], clients: Clients, store: Store) -> None:
    def read(result: dict[str, Any]) -> tuple[str, str]:
        return _number(result), text(result, "displayName")

    at_once = MOST_COMPARISONS - 1  # the state is one
    for first in range(0, len(services), at_once):
        names = " OR ".join(f"displayName={each}" for each in services[first : first + at_once])
        pages = clients.cloud_asset.search(
            root, ENABLED_SERVICE, query=f"state:ENABLED AND ({names})", fields="name,project,displayName,state"
        )
        _read_pages("what is enabled", root, pages, read, store.services, store)


def _read_pages(
    what: str,
    root: str,
    pages: Iterator[list[dict[str, Any]]],
    read: Callable[[dict[str, Any]], Found],
    keep: Callable[[list[Found], str], object],
    store: Store,
) -> None:
    any_page = False
    try:
        for page in pages:
            with reading("cloudasset.googleapis.com", "SearchAllResources"):
                found = [read(each) for each in page]
            keep(found, now())
            any_page = True
    except ApiError as error:
        if not any_page:
            raise
        store.trouble(f"{what} in {root} could not be read to the end from the inventory: {error.status}")


def _number(result: dict[str, Any]) -> str:
    """Return the number of the project that an asset is in. Its own name holds the id in some types."""
    name = text(result, "project")
    if not name.startswith(_PROJECT_NAME):
        raise ValueError(f"{name or 'nothing'} in the place of a project")
    return name.removeprefix(_PROJECT_NAME)


def in_pieces(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield the items, so many at a time that no more of them than that is held."""
    piece: list[Item] = []
    for each in items:
        piece.append(each)
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
