"""What did not go through the proxy, in sentences for whoever ran the command."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gcp_emulator.intercept.proxy import NOT_TRUSTED, TRANSPORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def lines(log: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a line for each target in the log of requests that was refused, or whose client did not trust us."""
    met = Counter((str(entry["status"]), str(entry["path"])) for entry in log if entry["transport"] == TRANSPORT)
    return [_line(status, target, count) for (status, target), count in met.items()]


def _line(status: str, target: str, count: int) -> str:
    times = f" ({count} times)" if count > 1 else ""
    if status == NOT_TRUSTED:
        return f"a client of {target} did not accept the sandbox's certificate: it may bring roots of its own{times}"
    return f"{target or 'a request'} was refused ({status}): nothing was sent there{times}"
