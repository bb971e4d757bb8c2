"""Which API a path belongs to that nothing here serves, so that it is refused as Google would begin to: by its API.

A path is known by what its first collection is called, `v1/projects/locations/keyRings` for
`/v1/projects/p/locations/l/keyRings/k`. Where several APIs of Google's have that, the host would tell which is meant;
without it the error names them all. The table is `unserved.json`, from
the discovery documents; it is read when the first such path is asked for.
"""

from __future__ import annotations

import functools
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from gcp_emulator.rpc import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

WITHIN: Final = ("projects", "folders", "organizations", "billingAccounts", "locations", "zones", "regions")
"""Collections that many APIs have others in."""
VERSION: Final = re.compile(r"v\d\w*")
LEGACY: Final = ("/compute/", "/storage/", "/bigquery/", "/dns/", "/sql/")
"""Paths of APIs whose errors list what is wrong beside the rest, as older APIs' do."""
SOURCE: Final = "https://developers.google.com/discovery/v1/reference/apis"


def key(path: str) -> str:
    """Return the name of a path's first collection with those that it is in; empty where it has none."""
    segments = [each.partition(":")[0] for each in path.strip("/").split("/")]
    version = next((at for at, each in enumerate(segments) if VERSION.fullmatch(each)), None)
    if version is None:
        return ""
    found, rest = segments[: version + 1], segments[version + 1 :]
    while rest:
        found.append(rest[0])
        if rest[0] not in WITHIN and rest[0] != "global":
            return "/".join(found)
        rest = rest[2 if rest[0] in WITHIN else 1 :]
    return ""


@functools.cache
def _collections() -> Mapping[str, str]:
    found: dict[str, str] = json.loads(files(__package__).joinpath("unserved.json").read_text("utf-8"))["rows"]
    return found


def apis_of(path: str) -> list[str]:
    """Return the APIs that have a path's first collection."""
    return _collections().get(key(path), "").split()


def method_for(verb: str, path: str, service: str = "") -> tuple[Method, dict[str, str]] | None:
    """Return what a call of no known method would be of, and the project in its path.

    Args:
        verb: HTTP's.
        path: as it came.
        service: the API, where the host tells it.
    """
    named = service or " ".join(apis_of(path))
    if not named or " " in named:
        return None
    project = re.search(r"/projects/([^/:]+)", path)
    method = Method(
        name=f"{named}: {verb} {path[:200]}",
        handle=None,
        service=named,
        source=SOURCE,
        consumer="path" if project else "none",  # whose API it is then, no one can say
        errors="legacy" if path.startswith(LEGACY) else "object",
    )
    return method, {"project": project[1]} if project else {}
