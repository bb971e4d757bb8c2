"""``provision fleet check``: which projects are ready, and what stands in the way of the others.

In bulk first, then the projects themselves: of each group with one finding so many by chance, or all. A run that was
stopped goes on where it stood; what was asked of a project is kept.
"""

from __future__ import annotations

import random
from itertools import count
from typing import TYPE_CHECKING, Final, Literal

from provision.errors import ApiError, ProvisionError
from provision.fleet.assess import Asking, by_inventory, explained
from provision.fleet.inventory import in_pieces, list_projects, read_inventory
from provision.fleet.store import now
from provision.fleet.workers import run_each
from provision.graph import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients import Clients
    from provision.config import Config
    from provision.fleet.scope import Scope
    from provision.fleet.store import Assessment, ProjectFacts, Store

Confirm = Literal["none", "sample", "all"]
GROUP: Final = 25
"""Projects of each group with one finding that are asked themselves, unless all are."""
THREADS: Final = 10
"""As many as a session keeps connections for."""
_PIECE: Final = 500


def check(
    scope: Scope, config: Config, clients: Clients, store: Store, *, confirm: Confirm, previous: Store | None = None
) -> None:
    """Fill the run's file.

    Args:
        config: what each project should have; its project id is not used.
        previous: an earlier run over the same projects: what changed since is asked directly as well.

    Raises:
        ProvisionError: the organization, the folder or its inventory could not be looked at; the time is
            up, or no project can be asked. The same command goes on where it stood.
    """
    if not (scope.roots or scope.billing_accounts):
        confirm = "all"
    if store.meta.get("inventory") != "read":
        try:
            list_projects(scope, clients, store)
            if confirm != "all":  # else each says it itself
                read_inventory(scope, config.services, clients, store)
        except ApiError as error:
            raise explained(error, config) from error
        for piece in in_pieces(store.facts()):
            store.assess([by_inventory(config, each) for each in piece])
        store.note(inventory="read", inventory_at=now())
    if store.meta.get("confirm") != confirm:
        store.choose(_chosen(store, confirm, previous))
        store.note(confirm=confirm)
    _ask(config, clients, store)
    store.note(state="finished", ended=now())


def _chosen(store: Store, confirm: Confirm, previous: Store | None) -> Iterator[tuple[str, str]]:
    """Yield the projects that are to be asked themselves, each with the reason."""
    found = store.query("SELECT project_id, verdict, diagnosis, finding FROM project ORDER BY project_id")
    if confirm == "all":
        yield from ((row[0], "all") for row in found)
    if confirm != "sample":
        return
    groups: dict[tuple[str, ...], list[str]] = {}
    for project_id, *group in found:
        groups.setdefault(tuple(group), []).append(project_id)
    for projects in groups.values():
        yield from ((each, "sample") for each in random.sample(projects, min(GROUP, len(projects))))
    before = dict(previous.query("SELECT project_id, verdict FROM project")) if previous is not None else {}
    good = {"ready", "looks ready"}
    for project_id, verdict, *_ in found:
        if project_id in before and (verdict in good) is not (before[project_id] in good):
            yield project_id, "changed"


def _ask(config: Config, clients: Clients, store: Store) -> None:
    """Ask each project that was chosen and not asked yet, many at once."""
    waiting = list(store.facts("why_direct <> '' AND coalesce(direct_at, '') = ''"))
    asking, done = Asking(config, clients), count(1)

    def ask_one(known: ProjectFacts) -> None:
        assessment = asking.assess(known)
        _stop_where_nothing_is_learned(assessment, clients)
        store.confirmed(assessment, at=now())
        clients.progress(f"asking the projects themselves: {next(done)} of {len(waiting)}")

    run_each(waiting, ask_one, threads=THREADS)


def _stop_where_nothing_is_learned(assessment: Assessment, clients: Clients) -> None:
    """Leave off where the next project would say as little as this one: the token is refused, or the time is up.

    Raises:
        ProvisionError: it is so; what was learned before is kept.
    """
    if not clients.deadline.left_s():
        raise ProvisionError(
            "the time of the command is up before every project was asked",
            cause=f"it may take {clients.deadline.seconds:g} s",
            fix="run the same command again, and it goes on; or give it more time with limits.command_timeout",
        )
    if assessment.finding.startswith(f"{CREDENTIALS}."):
        raise ProvisionError(assessment.summary, cause=assessment.cause, fix=assessment.fix)
