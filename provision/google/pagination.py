"""Read a list that comes in pages, as Google's REST pages describe it: https://google.aip.dev/158."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from provision.errors import ApiError, ErrorStatus
from provision.google.limits import MOST_ITEMS_OF_ORGANIZATION, MOST_PAGES_OF_ORGANIZATION, Pages
from provision.google.responses import listed, reading, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    host: str = "",
) -> list[Item]:
    """Return every item of a list, whatever page it is on.

    Args:
        key: the field of an answer that holds the items.
        host: where the API answers, if it is not at its own name.
        read: makes an item of its JSON; it may fail as `responses.reading` knows.

    Raises:
        ApiError: a page was refused, or is not what it should be.
    """
    fields = (key, "nextPageToken")

    def page(token: str) -> dict[str, Any]:
        asked = {**(query or {}), **({"pageToken": token} if token else {})}
        return transport.rest(service, method, path, verb="GET", query=asked, fields=fields, host=host)

    return read_pages(transport, service, method, page, key, read)


def stream_pages(
    transport: Transport, service: str, method: str, path: str, key: str, *, query: dict[str, str]
) -> Iterator[list[dict[str, Any]]]:
    """Yield the items of a list that may be as long as an organization is large, page by page.

    A page that is short, or empty, is not the last: only one that names no next is.

    Raises:
        ApiError: a page was refused, or is not what it should be; what was yielded before is then not the whole list.
    """
    token = ""
    pages = Pages(most_pages=MOST_PAGES_OF_ORGANIZATION, most_items=MOST_ITEMS_OF_ORGANIZATION)
    while True:
        asked = {**query, **({"pageToken": token} if token else {})}
        answer = transport.rest(service, method, path, verb="GET", query=asked, fields=(key, "nextPageToken"))
        with reading(service, method):
            items = listed(answer, key)
            _each_once(items)
            token = text(answer, "nextPageToken")
            pages.add(len(items), token)
        yield items
        if not token:
            return


def read_pages(
    transport: Transport,
    service: str,
    method: str,
    page: Callable[[str], dict[str, Any]],
    key: str,
    read: Callable[[Any], Item],
) -> list[Item]:
    """Return every item of a list whose pages ``page`` gets, by their tokens; the first has an empty one.

    Raises:
        ApiError: as `read_all`.
    """
    token = ""
    found: list[Item] = []
    pages = Pages()
    ends = time.monotonic() + transport.list_timeout_s
    while True:
        answer = page(token)
        with reading(service, method):
            items = listed(answer, key)
            _each_once(items)
            found.extend(map(read, items))
            pages.add(len(items), text(answer, "nextPageToken"))
        if not answer.get("nextPageToken"):
            return found
        if time.monotonic() > ends:
            late = f"the list had not ended after {transport.list_timeout_s:g} s, with {len(found)} items"
            raise ApiError(ErrorStatus(service=service, method=method, status="TIMEOUT", message=late))
        token = str(answer["nextPageToken"])


def _each_once(items: list[Any]) -> None:
    """Hold a page to naming each of its items once; over two pages one may come again, if others changed the list.

    Raises:
        ValueError: one is there twice: whoever sent that is not who was asked.
    """
    names = [each["name"] for each in items if isinstance(each, dict) and isinstance(each.get("name"), str)]
    if len(set(names)) < len(names):
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise ValueError(f"the answer does not fit: {twice} is in it twice")
