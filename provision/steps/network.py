"""See that every host this tool asks can be reached, and by what way.

Behind a firewall a name does not resolve, a proxy refuses, or someone in between ends the encryption and signs with a
certificate of their own; each of these looks different in each client, and like something else. So each host is gone to
as far as the handshake, and nothing is sent. Each region of Vertex AI has a host of its own, and one for a region that
does not exist has no address. Against a sandbox there is one host: the sandbox's.

Permissions: none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision.checks import CheckSpec, permissions_of
from provision.clients import Clients, ask_all
from provision.errors import NoAnswer
from provision.google.vertex import api_endpoint
from provision.plan import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.local.connectivity import Connectivity
    from provision.plan import Check

REQUIRES: Final[tuple[str, ...]] = ()
REACHED: Final = CheckSpec(
    id="network.connectivity",
    passes_when="Every host of Google's that is asked can be reached.",
    weight="advisory",
    evidence={"hosts": "public", "proxy": "person", "host": "public", "detail": "public", "at": "public"},
    diagnoses=("UNKNOWN_HOST", "DNS", "PROXY", "TLS_INTERCEPTED", "HOST_UNREACHABLE"),
)
PRIVATE: Final = CheckSpec(
    id="network.private_access",
    passes_when="No one in between reads along: the certificates are signed by Google's own authority.",
    weight="advisory",
    evidence={"issuers": "person"},
    diagnoses=("INTERCEPTED",),
)
CHECKS: Final = (REACHED, PRIVATE)
PERMISSIONS: Final = permissions_of(CHECKS)
CONTROL: Final = (
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "oauth2.googleapis.com",
    "serviceusage.googleapis.com",
)
GOOGLE: Final = "Google Trust Services"  # https://pki.goog


@dataclass(frozen=True, kw_only=True)
class Observed:
    """How far the way to each host goes; an error is silence."""

    hosts: dict[str, Connectivity | NoAnswer] = field(default_factory=dict)


UNOBSERVED: Final = Observed()


def addresses(config: Config) -> tuple[str, ...]:
    """Return the address of every host that a check asks."""
    if config.target.address:
        return (config.target.address,)
    vertex = [api_endpoint(place) for place in (config.model_location, *config.named_locations)]
    domain = config.universe_domain or "googleapis.com"
    names = dict.fromkeys((*CONTROL, *vertex))
    return tuple(f"https://{name.removesuffix('googleapis.com')}{domain}" for name in names)


def observe(config: Config, clients: Clients) -> Observed:
    """Go to every host at once."""
    calls = {address: partial(clients.check_connectivity, address) for address in addresses(config)}
    return Observed(hosts=ask_all(calls, deadline_s=config.check_timeout_s))


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate where the ways end, and who signed."""
    if not observed.hosts:
        return
    seen = [each for each in observed.hosts.values() if not isinstance(each, NoAnswer)]
    silent = [host for host, each in observed.hosts.items() if isinstance(each, NoAnswer)]
    failed = [each for each in seen if each.failed_at]
    proxies = sorted({each.proxy for each in seen if each.proxy})
    evidence: dict[str, Any] = {
        "hosts": {each.host: each.failed_at or "reached" for each in seen} | dict.fromkeys(silent, "silent"),
        "proxy": ", ".join(proxies),
    }
    way = f", through {', '.join(proxies)}" if proxies else ""
    if failed:
        first = failed[0]
        hosts = ", ".join(each.host for each in failed)
        evidence |= {"host": hosts, "detail": first.detail, "at": first.failed_at}
        yield REACHED.failed(f"{hosts}: {first.detail}", _row(config, failed, seen), **evidence)
    elif silent:
        silence = next(each for each in observed.hosts.values() if isinstance(each, NoAnswer))
        yield REACHED.unknown(f"no answer in time from {', '.join(silent)}", silence, **evidence)
    else:
        reached = f"{len(seen)} hosts" if len(seen) > 1 else seen[0].host
        yield REACHED.passed(f"{reached} reached{way}", **evidence)
    yield from _private(seen)


def _row(config: Config, failed: list[Connectivity], seen: list[Connectivity]) -> str:
    at = failed[0].failed_at
    if at == "dns" and len(failed) < len(seen):
        regional = {api_endpoint(place) for place in (config.model_location, *config.named_locations)}
        return "UNKNOWN_HOST" if {each.host for each in failed} <= regional else "DNS"
    return {"dns": "DNS", "proxy": "PROXY", "tls": "TLS_INTERCEPTED"}.get(at, "HOST_UNREACHABLE")


def _private(seen: list[Connectivity]) -> Iterator[Check]:
    signed = {each.host: each.issuer for each in seen if each.issuer}
    others = sorted({issuer for issuer in signed.values() if issuer != GOOGLE})
    if not signed:
        return  # no TLS on this way: a sandbox, or nothing was reached
    issuers = ", ".join(sorted(set(signed.values())))
    if others:
        yield PRIVATE.warned(f"certificates are signed by {', '.join(others)}", "INTERCEPTED", issuers=issuers)
    else:
        yield PRIVATE.passed("certificates are signed by Google", issuers=issuers)
