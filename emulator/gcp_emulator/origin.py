"""Where a request comes from: this machine, or a web page of elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK: Final = re.compile(r"(?:(?:[a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::\d+)?", re.IGNORECASE)


def is_loopback(authority: str) -> bool:
    """Tell whether a Host or an origin is this machine."""
    return LOOPBACK.fullmatch(authority) is not None


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Tell whether a request was not sent by a web page of elsewhere.

    What a page has fetched without asking for the answer (an image, a script, a link) has no origin, but browsers say
    where it comes from: https://www.w3.org/TR/fetch-metadata/
    """
    origin = headers.get("origin", "")
    if not origin:
        return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
    return is_loopback(origin.partition("://")[2])
