"""How many calls a minute Google takes from one project, shared by all threads and processes of this machine.

A call takes its share before every attempt, so that no more is asked than the documented limits allow. They count for
the project that calls are charged to, whatever projects are asked about:
https://docs.cloud.google.com/resource-manager/docs/limits, https://cloud.google.com/service-usage/docs/quotas,
https://cloud.google.com/billing/quotas, https://docs.cloud.google.com/asset-inventory/docs/quota.
Vertex AI counts for the project in the path, so that its calls need no budget here.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from provision.errors import ErrorStatus

SHARE: Final = 0.8
"""The part of a limit that is used: others call as the same project."""
_BURST_S: Final = 6.0  # what was not used in these last seconds may be caught up
_PAUSE_S: Final = 60.0  # limits are counted by the minute: after one, it takes calls again
_BUSY_S: Final = 30.0
_CRM, _SU, _BILLING, _ASSET = (
    f"{name}.googleapis.com" for name in ("cloudresourcemanager", "serviceusage", "cloudbilling", "cloudasset")
)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One documented limit: requests in a minute."""

    service: str
    metric: str
    per_minute: int


_READS: Final = {
    _CRM: Limit(service=_CRM, metric="read requests", per_minute=600),
    _SU: Limit(service=_SU, metric="read requests", per_minute=240),
    _BILLING: Limit(service=_BILLING, metric="requests", per_minute=300),
}
_CRM_LISTS: Final = Limit(service=_CRM, metric="list requests", per_minute=600)
_CRM_SEARCHES: Final = Limit(service=_CRM, metric="search requests", per_minute=240)
_CRM_WRITES: Final = Limit(service=_CRM, metric="write requests", per_minute=600)
_SU_WRITES: Final = Limit(service=_SU, metric="mutate requests", per_minute=60)
_OF_METHODS: Final[dict[tuple[str, str], tuple[Limit, int]]] = {
    (_CRM, "ListProjects"): (_CRM_LISTS, 1),
    (_CRM, "ListFolders"): (_CRM_LISTS, 1),
    (_CRM, "SearchProjects"): (_CRM_SEARCHES, 1),
    (_CRM, "CreateProject"): (_CRM_WRITES, 10),
    (_CRM, "SetIamPolicy"): (_CRM_WRITES, 1),
    (_SU, "BatchEnableServices"): (_SU_WRITES, 5),
    (_SU, "EnableService"): (_SU_WRITES, 1),
    (_SU, "DisableService"): (_SU_WRITES, 1),
    (_ASSET, "SearchAllResources"): (Limit(service=_ASSET, metric="SearchAllResources", per_minute=400), 1),
}


@dataclass(frozen=True, kw_only=True)
class Used:
    """What was taken from one budget.

    Attributes:
        per_minute: the limit as it is known now.
        taken: requests as Google counts them, retries included.
        refused: how many were refused for their number.
    """

    service: str
    metric: str
    per_minute: int
    taken: int
    refused: int


class Budgets:
    """The budgets, in a file that every process of this machine shares.

    Args:
        path: the file; it is created.
        consumer: the project that calls are charged to, as far as it is known.
        workers: how many machines share the budgets and know nothing of each other.

    Raises:
        sqlite3.Error: the file cannot be used.
    """

    def __init__(
        self,
        path: Path,
        consumer: Callable[[], str],
        *,
        workers: int = 1,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path, self._consumer, self._workers = path, consumer, workers
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        with closing(self._file.cursor()) as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=OFF")  # a budget that was lost with the machine is full again by then
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS budget (consumer TEXT, service TEXT, metric TEXT, per_minute REAL,"
                " next REAL, paused REAL, PRIMARY KEY (consumer, service, metric))"
            )
        self._taken: dict[Limit, list[int]] = {}

    def take(self, service: str, method: str) -> None:
        """Wait until the call may be made."""
        limit, cost = _limit_of(service, method)
        if limit is None:
            return
        wait = self._reserve(limit, cost)
        while wait > 0:
            self._sleep(wait)
            wait = self._paused(limit)

    def refused(self, error: ErrorStatus) -> None:
        """Learn from a 429: everyone waits, and the limit is what Google says it is.

        https://docs.cloud.google.com/docs/quotas/troubleshoot: ``quota_limit_value`` in the metadata of ErrorInfo.
        """
        limit, _ = _limit_of(error.service, error.method)
        if limit is None:
            return
        told = error.metadata.get("quota_limit_value", "")
        with self._lock:
            self._taken.setdefault(limit, [0, 0])[1] += 1
            self._file.execute(
                "UPDATE budget SET paused = ?, per_minute = coalesce(?, per_minute)"
                " WHERE (consumer, service, metric) = (?, ?, ?)",
                (
                    self._clock() + _PAUSE_S,
                    float(told) if told.isdigit() and int(told) else None,
                    self._consumer(),
                    limit.service,
                    limit.metric,
                ),
            )

    def used(self) -> tuple[Used, ...]:
        """Return what this process took of each budget."""
        with self._lock:
            return tuple(
                Used(
                    service=limit.service,
                    metric=limit.metric,
                    per_minute=int(self._row(limit)[0]),
                    taken=taken,
                    refused=refused,
                )
                for limit, (taken, refused) in self._taken.items()
            )

    def _reserve(self, limit: Limit, cost: int) -> float:
        """Take the next free place, and return how many seconds away it is."""
        with self._lock:
            self._taken.setdefault(limit, [0, 0])[0] += cost
            self._file.execute("BEGIN IMMEDIATE")
            try:
                per_minute, free, paused = self._row(limit)
                now = self._clock()
                start = max(free, now - _BURST_S)
                seconds = cost * 60.0 * self._workers / (per_minute * SHARE)
                self._file.execute(
                    "INSERT INTO budget VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
                    (self._consumer(), limit.service, limit.metric, per_minute, start + seconds, paused),
                )
                self._file.execute("COMMIT")
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
        return max(start, paused) - now

    def _paused(self, limit: Limit) -> float:
        with self._lock:
            return self._row(limit)[2] - self._clock()

    def _row(self, limit: Limit) -> tuple[float, float, float]:
        found = self._file.execute(
            "SELECT per_minute, next, paused FROM budget WHERE (consumer, service, metric) = (?, ?, ?)",
            (self._consumer(), limit.service, limit.metric),
        ).fetchone()
        return found or (float(limit.per_minute), 0.0, 0.0)


def _limit_of(service: str, method: str) -> tuple[Limit | None, int]:
    """Return the limit that a call counts for, and how much."""
    return _OF_METHODS.get((service, method)) or (_READS.get(service), 1)
