"""What a host name is: an API of Google's at some location, the metadata server, or nothing that is served here.

Hosts: https://cloud.google.com/vertex-ai/docs/reference/rest#service-endpoint and the `endpoints` of the discovery
documents of aiplatform v1 and sts v1 (`<location>-aiplatform`, `<api>.<location>.rep`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator.services.aiplatform.locations import MULTI_REGIONS, REGIONS
from gcp_emulator.services.aiplatform.state import ENDPOINTS
from gcp_emulator.services.serviceusage.catalog import titles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.rpc import Method
    from gcp_emulator.store import State

GOOGLEAPIS: Final = ".googleapis.com"
DEDICATED: Final = ".prediction.vertexai.goog"
VERTEX: Final = "aiplatform.googleapis.com"
METADATA: Final = "metadata.google.internal"
METADATA_NAMES: Final = (METADATA, "169.254.169.254")
WWW: Final = "www.googleapis.com"

LOCATIONAL: Final = re.compile(r"(?:[a-z]{2}|[a-z]+-[a-z]+[0-9]+(?:-[a-z])?)-([a-z]+)")
LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
OAUTH_PATHS: Final = ("/oauth2/", "/robot/", "/service_accounts/", "/userinfo/")
"""Paths that only www.googleapis.com has: OAuth from the time before it had a host of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A host that is answered here.

    Args:
        name: in lower case.
        service: the API behind it; empty where Google's front end answers, and knows no API of that name.
        served: the sandbox has something of that API.
        invalid: Google's front end knows the name and takes no request under it.
    """

    name: str
    service: str
    served: bool = True
    invalid: bool = False

    def has(self, method: Method, path: str) -> bool:
        """Tell whether a method is one of this host's, by that path."""
        if path.startswith(OAUTH_PATHS) or self.name == WWW:
            return path.startswith(OAUTH_PATHS) and self.name == WWW
        return method.service == self.service

    def answers_any(self, services: set[str]) -> bool:
        """Tell whether a gRPC method of these APIs reaches one here; what no API has is refused by it."""
        return bool(self.service) and not self.invalid and (not services or self.service in services)


class RefusedHostError(Exception):
    """A host that no connection is opened to.

    Args:
        status: HTTP's, of the error.
        why: one sentence, fit for a reason phrase.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def find(name: str, state: State, services: Iterable[str]) -> Site:
    """Return what a host is.

    Args:
        name: as the client wrote it.
        state: where the endpoints are that have a name of their own.
        services: the APIs that are served.

    Raises:
        RefusedHostError: 403 for a host that is not Google Cloud's, 502 for one that would not resolve.
    """
    name = name.lower().rstrip(".")
    if name in METADATA_NAMES:
        return Site(name=name, service=METADATA)
    if name.endswith(DEDICATED):
        return _dedicated(name, state)
    if name.endswith(GOOGLEAPIS):
        return _api(name, name.removesuffix(GOOGLEAPIS).split("."), frozenset(services))
    raise RefusedHostError(403, f"{name} is not served by the sandbox and it connects to nothing outside")


def _dedicated(name: str, state: State) -> Site:
    """An endpoint's own name resolves as long as the endpoint is there."""
    if any(each.resource.get("dedicatedEndpointDns") == name for each in state[ENDPOINTS]):
        return Site(name=name, service=VERTEX)
    raise RefusedHostError(502, f"{name} does not resolve: no endpoint has this dedicatedEndpointDns")


def _api(name: str, labels: list[str], services: frozenset[str]) -> Site:
    if not all(LABEL.fullmatch(label) for label in labels):
        raise RefusedHostError(502, "the host name is malformed")
    if name == WWW:
        return Site(name=name, service="oauth2.googleapis.com")
    match labels:
        case [api] if not api.endswith("-aiplatform"):
            service = _without_location(api) + GOOGLEAPIS
            return Site(name=name, service=service, served=service in services)
        case [api]:
            location = api.removesuffix("-aiplatform").removesuffix("-prediction")
            if location == "global":  # it resolves, and is no one's: the global endpoint has no prefix
                return Site(name=name, service="")
            if location in REGIONS:
                return Site(name=name, service=VERTEX)
            if location in MULTI_REGIONS:  # it resolves, and is refused: multi-regions have hosts of their own
                return Site(name=name, service=VERTEX, invalid=True)
        case [api, location, "rep"] if _has_regional_host(api, location):
            return Site(name=name, service=api + GOOGLEAPIS)
        case [_, "mtls"]:
            raise RefusedHostError(502, f"{name} wants a client certificate, which the sandbox knows nothing of")
        case _:
            pass
    raise RefusedHostError(502, f"{name} does not resolve: no API has this host")


def _without_location(api: str) -> str:
    """`europe-west8-cloudresourcemanager` is Resource Manager's, and asks in one place.

    https://docs.cloud.google.com/resource-manager/docs/tags/tags-creating-and-managing#attaching; which APIs have such
    hosts in which places is not looked up.
    """
    match = LOCATIONAL.fullmatch(api)
    known = match is not None and api + GOOGLEAPIS not in titles() and match[1] + GOOGLEAPIS in titles()
    return match[1] if match and known else api


def _has_regional_host(api: str, location: str) -> bool:
    return location in {"aiplatform": MULTI_REGIONS, "sts": REGIONS}.get(api, ())
