"""Google's discovery documents, as the google-api-python-client package ships them.

https://developers.google.com/discovery/v1/reference/apis
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

VERSIONS: Final = {  # API -> versions that it has a document of
    "accesscontextmanager": ("v1",),
    "aiplatform": ("v1", "v1beta1"),
    "apikeys": ("v2",),
    "bigquery": ("v2",),
    "appengine": ("v1",),
    "billingbudgets": ("v1", "v1beta1"),
    "cloudasset": ("v1",),
    "cloudbilling": ("v1",),
    "cloudkms": ("v1",),
    "cloudresourcemanager": ("v1", "v2", "v3"),
    "compute": ("v1",),
    "essentialcontacts": ("v1",),
    "iam": ("v1", "v2"),
    "iamcredentials": ("v1",),
    "logging": ("v2",),
    "monitoring": ("v3",),
    "oauth2": ("v2",),
    "orgpolicy": ("v2",),
    "pubsub": ("v1",),
    "serviceusage": ("v1", "v1beta1"),
    "storage": ("v1",),
    "sts": ("v1", "v1beta"),
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """A method of a discovery document.

    Args:
        id: the document's name of it, such as `iam.projects.serviceAccounts.keys.create`.
        document: the document, such as `iam.v1`.
        verb: the HTTP verb.
        path: what its path matches.
        literal: how many characters of its path are fixed: the more, the better a path that fits is matched.
        described: what the document says of it.
    """

    id: str
    document: str
    verb: str
    path: re.Pattern[str]
    literal: int
    described: Json

    @property
    def response(self) -> str:
        """The schema of the answer, empty for none."""
        found: str = self.described.get("response", {}).get("$ref", "")
        return found


@cache
def document(name: str) -> Json:
    """Return a document by its name, such as `iam.v1`."""
    found = find_spec("googleapiclient")
    assert found is not None
    assert found.submodule_search_locations is not None
    folder = Path(found.submodule_search_locations[0]) / "discovery_cache" / "documents"
    loaded: Json = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return loaded


@cache
def methods(api: str) -> tuple[Known, ...]:
    """Return the methods of all documents of an API, such as `iam`, those with the most literal paths first."""
    found = [
        _known(f"{api}.{version}", each)
        for version in VERSIONS.get(api, ())
        for each in walk(document(f"{api}.{version}"))
    ]
    return tuple(sorted(found, key=lambda known: -known.literal))


def _known(name: str, method: Json) -> Known:
    path = document(name).get("servicePath", "") + (method.get("flatPath") or method["path"])
    return Known(
        id=method["id"],
        document=name,
        verb=method["httpMethod"],
        path=re.compile("/" + _pattern(path)),
        literal=len(re.sub(r"\{[^}]*\}", "", path)),
        described=method,
    )


def walk(node: Json) -> Iterator[Json]:
    """Yield the methods below a node of a document."""
    yield from node.get("methods", {}).values()
    for inner in node.get("resources", {}).values():
        yield from walk(inner)


def _pattern(path: str) -> str:
    parts = re.split(r"(\{[^}]*\})", path)
    return "".join(
        ".+" if part.startswith("{+") else "[^/]+?" if part[:1] == "{" else re.escape(part) for part in parts
    )


def method_for(service: str, verb: str, path: str) -> Known | None:
    """Return what a call means to Google; `service` is the API's host name."""
    api = service.removesuffix(".googleapis.com").replace("openidconnect", "oauth2")  # one document has both
    return next((known for known in methods(api) if known.verb == verb and known.path.fullmatch(path)), None)


def by_id(name: str, method: str) -> Known | None:
    """Return a method of a document by its id."""
    api = name.partition(".")[0]
    return next((known for known in methods(api) if (known.document, known.id) == (name, method)), None)
