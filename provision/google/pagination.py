"""Read a list that comes in pages, as Google's REST pages describe it: https://google.aip.dev/158."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from provision.google.responses import listed, reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.google.transport import Transport

Item = TypeVar("Item")


def read_all(
    transport: Transport,
    service: str,
    method: str,
    path: str,
    key: str,
    read: Callable[[Any], Item],
    *,
    query: dict[str, str] | None = None,
) -> list[Item]:
    """Return every item of a list, whatever page it is on.

    Args:
        key: the field of an answer that holds the items.
        read: makes an item of its JSON; it may fail as `responses.reading` knows.

    Raises:
        ApiError: a page was refused, or is not what it should be.
    """
    query = dict(query or {})
    found: list[Item] = []
    while True:
        answer = transport.rest(service, method, path, verb="GET", query=query, fields=(key, "nextPageToken"))
        with reading(service, method):
            found.extend(map(read, listed(answer, key)))
        if not answer.get("nextPageToken"):
            return found
        query["pageToken"] = str(answer["nextPageToken"])
