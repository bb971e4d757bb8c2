"""``provision fleet apply``: make the projects of a run ready, some at a time.

Each is made ready as `provision apply` does it: planned anew, recorded in the journal, waited for. Nothing but what the
run's plan named is done: a project that would need anything else is left alone, and says so.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from provision.clients import Clients
from provision.commands.apply import apply as apply_one
from provision.errors import ApiError, Interrupted, ProvisionError
from provision.fleet.assess import assessment_of
from provision.fleet.store import now
from provision.fleet.workers import run_each
from provision.google.calls import CallLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provision.config import Config
    from provision.fleet.store import Store
    from provision.journal import Journal
    from provision.plan import Action, Change

THREADS: Final = 8
_LINKS: Final = frozenset({"BILLING_NOT_LINKED"})
_ENABLES: Final = frozenset({"SERVICES_NOT_ENABLED"})
_UNLISTED: Final = "services.enabled"
_ENABLING: Final[frozenset[Action]] = frozenset({"enable", "wait"})
_LINKING: Final[frozenset[Action]] = frozenset({"link"})


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a run's plan would do, as far as the run knows; each project is planned anew before it is touched.

    Attributes:
        link: the projects without a billing account, to which the configured one is linked.
        enable: those in which services are not enabled, or not listed as enabled.
        left: how many are not ready for what `apply` cannot mend.
        unpaid: how many have no billing account, and none is configured.
    """

    link: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    left: int = 0
    unpaid: int = 0

    @property
    def projects(self) -> tuple[str, ...]:
        """All that are to be changed."""
        return tuple(sorted({*self.link, *self.enable}))


def plan(config: Config, store: Store) -> Planned:
    """Return what is to be done by what the run knows; asks no one."""
    link, enable, left, unpaid = [], [], 0, 0
    for project_id, finding, diagnosis in store.query(
        "SELECT project_id, finding, diagnosis FROM project WHERE verdict IN ('not ready', 'unknown') AND applied = ''"
    ):
        if diagnosis in _LINKS and config.billing_account:
            link.append(project_id)
        elif diagnosis in _LINKS:
            unpaid += 1
        elif diagnosis in _ENABLES or finding == _UNLISTED:
            enable.append(project_id)
        else:
            left += 1
    return Planned(link=tuple(link), enable=tuple(enable), left=left, unpaid=unpaid)


def apply(
    projects: Sequence[str],
    planned: Planned,
    config: Config,
    clients: Clients,
    store: Store,
    *,
    journal: Journal,
    most_failures: int,
) -> None:
    """Make projects ready, several at once, and write down what became of each.

    Args:
        projects: those of the plan that were approved, in the order in which they are begun.
        most_failures: after so many that did not become ready no other is begun.

    Raises:
        ProvisionError: too many failed, or the token is refused; what was done is in the run and in the journal.
        Interrupted: it was stopped; the same command goes on with what is left.
    """
    lock, ended = threading.Lock(), {True: 0, False: 0}
    unpaid = frozenset(planned.link)

    def make_one(project_id: str) -> None:
        allowed = _ENABLING | _LINKING if project_id in unpaid else _ENABLING
        ready = _make_ready(project_id, allowed, config, clients, store, journal)
        with lock:
            ended[ready] += 1
            failed, done = ended[False], sum(ended.values())
        clients.progress(f"making projects ready: {done} of {len(projects)}, {failed} not ready")
        if not ready and failed >= most_failures:
            raise ProvisionError(
                f"{failed} projects did not become ready, so no other was begun; {len(projects) - done} are left",
                cause="more would probably end as these did",
                fix="look at `provision fleet report`, mend the cause, and run it again (or raise --max-failures)",
            )

    try:
        run_each(projects, make_one, threads=THREADS)
    except KeyboardInterrupt:
        raise Interrupted(
            f"stopped: {sum(ended.values())} of {len(projects)} projects are done; what was begun may go on",
            fix="run it again: it goes on with what is left (what was done: provision history)",
        ) from None


def _make_ready(
    project_id: str, allowed: frozenset[Action], config: Config, clients: Clients, store: Store, journal: Journal
) -> bool:
    """Make one project ready by what was approved for it, and write down what became of it; return whether it is."""
    config = replace(config, project_id=project_id, create_project=False, undelete_project=False, relink_billing=False)
    own = Clients(
        config=config,
        log=CallLog(listeners=list(clients.log.listeners)),
        sleep=clients.sleep,
        clock=clients.clock,
        deadline=clients.deadline,
        pace=clients.pace,
        _credentials=clients.credentials,
    )

    def approve(changes: tuple[Change, ...]) -> bool:
        return all(each.action in allowed and not each.dangerous for each in changes)

    try:
        run = apply_one(config, own, journal=journal, approve=approve, smoke=False)
    except ApiError:
        raise
    except ProvisionError as error:
        store.applied(project_id, "refused", f"{error.what}: {error.cause}", at=now())
        return False
    assessed = assessment_of(config, run, "direct")
    failed = next((each for each in run.applied if each.outcome == "failed"), None)
    outcome = "failed" if failed is not None else "blocked" if run.blockers else "done"
    store.applied(project_id, outcome, failed.detail if failed is not None else "", at=now())
    store.assess([assessed])
    return assessed.verdict == "ready"
