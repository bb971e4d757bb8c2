"""Pages of a list: `pageSize`, `pageToken`, `nextPageToken`.

https://google.aip.dev/158. A token holds the name of the last thing shown, so a list that changes between two
pages repeats nothing and leaves nothing out that was there all along.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, TypeVar

from gcp_emulator.errors import invalid_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gcp_emulator.call import Call

Item = TypeVar("Item")


def page(
    call: Call, items: Sequence[Item], name: Callable[[Item], str], *, default: int, most: int
) -> tuple[Sequence[Item], str]:
    """Return one page of items that are in the order of their names, and the token of the next.

    Raises:
        Refused: a negative size, or a token that this list never gave.
    """
    size = call.integer("pageSize")
    if size < 0:
        raise invalid_argument("page_size must not be negative.")
    after = _decode(call.text("pageToken"))
    rest = [item for item in items if name(item) > after] if after else items
    shown = rest[: min(size or default, most)]
    more = len(rest) > len(shown)
    return shown, _encode(name(shown[-1])) if more and shown else ""


def _encode(name: str) -> str:
    return base64.urlsafe_b64encode(f"\x00{name}".encode()).decode()


def _decode(token: str) -> str:
    if not token:
        return ""
    try:
        name = base64.urlsafe_b64decode(token.encode()).decode()
    except (ValueError, binascii.Error):
        name = ""
    if not name.startswith("\x00"):
        raise invalid_argument("Invalid page token.")
    return name[1:]
