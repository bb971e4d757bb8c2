"""Whether a host can be reached: its name, the way there, and who signed its certificate.

Nothing is sent but the handshake. Where a proxy is set (HTTPS_PROXY, NO_PROXY), the way goes through it, as that of
every client of this tool does.
"""

from __future__ import annotations

import base64
import os
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

if TYPE_CHECKING:
    from collections.abc import Callable

_ANSWER_LINE: Final = 4096  # bytes in which a proxy says whether it lets us through


@dataclass(frozen=True, kw_only=True)
class Connectivity:
    """How far the way to a host goes.

    Attributes:
        host: the name that was tried.
        proxy: ``host:port`` of the proxy on the way; empty where there is none.
        failed_at: where the way ends: ``dns``, ``proxy``, ``connect`` or ``tls``; empty if it was reached.
        detail: what was said there.
        issuer: the organization that signed the host's certificate; empty where there is no TLS.
    """

    host: str
    proxy: str = ""
    failed_at: str = ""
    detail: str = ""
    issuer: str = ""


def check_connectivity(
    url: str, *, timeout_s: float, proxy: str | None = None, connect: Callable[..., Any] = socket.create_connection
) -> Connectivity:
    """Go to a host as far as it goes; never raises for a network that is broken.

    Args:
        url: its address, ``https://host`` or a sandbox's ``http://host:port``.
        timeout_s: seconds for each part of the way.
        proxy: the proxy's address; None: what the environment says for this host.
        connect: opens a connection, as `socket.create_connection` does.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    via = _proxy_of(url) if proxy is None else proxy
    way = urlsplit(via if "://" in via else f"http://{via}") if via else None
    shown = f"{way.hostname}:{way.port or 8080}" if way else ""
    goal = (host, parts.port or (443 if secure else 80))
    try:
        issuer = _go(goal, via, (way.hostname or "", way.port or 8080) if way else None, secure, timeout_s, connect)
    except _EndsHere as end:
        return Connectivity(host=host, proxy=shown, failed_at=end.at, detail=end.detail)
    return Connectivity(host=host, proxy=shown, issuer=issuer)


class _EndsHere(Exception):
    """The way ends at a stage, with what was said there."""

    def __init__(self, at: str, detail: str) -> None:
        super().__init__(detail)
        self.at = at
        self.detail = detail


def _go(
    goal: tuple[str, int],
    proxy: str,
    way: tuple[str, int] | None,
    secure: bool,  # noqa: FBT001 - called once, above
    timeout_s: float,
    connect: Callable[..., Any],
) -> str:
    """Return who signed the host's certificate; empty without TLS. Raises `_EndsHere`."""
    stage = "proxy" if way else "connect"
    try:
        with connect(way or goal, timeout=timeout_s) as connection:
            if not secure:
                return ""
            if way:
                refused = _through(connection, *goal, proxy)
                if refused:
                    raise _EndsHere("proxy", refused)
            with _context().wrap_socket(connection, server_hostname=goal[0]) as wrapped:
                return _issuer(wrapped.getpeercert())
    except socket.gaierror as error:
        raise _EndsHere("proxy" if way else "dns", str(error.strerror or error)) from error
    except ssl.SSLError as error:
        raise _EndsHere("tls", _message(error)) from error
    except OSError as error:
        raise _EndsHere(stage, _message(error)) from error


# Read from the standard library, as requests does: importing requests here, while another thread imports it too, would
# show one of the two a half of it.
def _proxy_of(url: str) -> str:
    parts = urlsplit(url)
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all", "")


def _through(connection: Any, host: str, port: int, proxy: str) -> str:
    """Ask the proxy to let us through; return its error, or nothing."""
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login.encode()).decode()}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _ANSWER_LINE:
        more = connection.recv(_ANSWER_LINE)
        if not more:
            break
        head += more
    line = head.partition(b"\r\n")[0].decode("latin-1").strip()
    return "" if len(line.split()) > 1 and line.split()[1] == "200" else (line or "it closed the connection")


def _context() -> ssl.SSLContext:
    """Trust what the clients of this tool trust: REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, else certifi's list."""
    import certifi

    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if named and os.path.isdir(named):  # noqa: PTH112 - a folder is given otherwise than a file
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named or certifi.where())


def _issuer(certificate: Any) -> str:
    names = {key: value for part in (certificate or {}).get("issuer", ()) for key, value in part}
    return str(names.get("organizationName") or names.get("commonName") or "")


def _message(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(getattr(error, "verify_message", "") or error.strerror or error)
