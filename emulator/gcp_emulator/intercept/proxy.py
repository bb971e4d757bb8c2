"""The proxy: CONNECT opens a tunnel that ends here, under a certificate for the host; all else is refused.

It never opens a connection but to the sandbox's own gRPC port, so that nothing can leave this machine through it.
A proxy's manners: RFC 9110, section 9.3.6 (CONNECT), RFC 9112, section 3.2.2 (absolute form).
"""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any, Final

import httptools
from uvicorn.server import ServerState

from gcp_emulator.intercept import hosts
from gcp_emulator.intercept.pipe import End
from gcp_emulator.intercept.transport import SiteApi
from gcp_emulator.listen import GRACE, HOST, Protocol, finish, http_config

if TYPE_CHECKING:
    import socket

    from gcp_emulator.emulator import Emulator
    from gcp_emulator.grpc_server import GrpcServer
    from gcp_emulator.intercept.authority import Authority

LONGEST_HEAD: Final = 16 * 1024
TRANSPORT: Final = "proxy"
NOT_TRUSTED: Final = "TLS_FAILED"
"""What the log calls a client that did not go on when it saw our certificate."""

PLAIN_PORT: Final = 80
TLS_PORT: Final = 443


class Proxy:
    """A proxy on a socket.

    Args:
        sandbox: what answers.
        authority: certifies the hosts.
        grpc: answers gRPC; without it a client of gRPC's is left.
    """

    def __init__(self, sandbox: Emulator, authority: Authority, grpc: GrpcServer | None) -> None:
        self.sandbox = sandbox
        self.authority = authority
        self._grpc = grpc
        self.state = ServerState()
        self.config = http_config(self)
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Never: each connection has an application of its own."""
        raise NotImplementedError

    async def start(self, listener: socket.socket) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Arrival(self), sock=listener, backlog=2048)
        self.port = listener.getsockname()[1]

    async def stop(self) -> None:
        """Stop listening; what runs has a second left."""
        if self._server is not None:
            self._server.close()
        await finish(self.state)

    def site(self, host: str) -> hosts.Site:
        """Return what a host is.

        Raises:
            RefusedHostError: nothing that is served here.
        """
        return hosts.find(host, self.sandbox.state, self.sandbox.registry.services)

    def note(self, verb: str, target: str, status: int | str) -> None:
        """Log what went no further."""
        self.sandbox.note_unknown(verb, target, status, TRANSPORT)

    def plain(self, site: hosts.Site) -> Protocol:
        """Return what speaks HTTP/1.1 for a host."""
        protocol = Protocol(config=self.config, server_state=self.state, app_state={})
        protocol.app = SiteApi(self.sandbox, site)
        return protocol

    async def protocol(self, client: asyncio.Transport, site: hosts.Site) -> Protocol | End:
        """Return what serves a client whose tunnel has been secured: HTTP/1.1, or a pipe to the gRPC port.

        Raises:
            OSError: gRPC is not served.
        """
        if client.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            return self.plain(site)
        if self._grpc is None:
            raise ConnectionRefusedError
        sites, loop = self._grpc.sites, asyncio.get_running_loop()
        inner, _ = await loop.create_connection(lambda: End(self.state, client), HOST, self._grpc.port)
        address = "ipv4:{}:{}".format(*inner.get_extra_info("sockname"))
        sites[address] = site
        return End(self.state, inner, lambda: sites.pop(address, None))


class _Arrival(asyncio.Protocol):
    """A connection whose first bytes tell what it wants."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._head = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # all are
        self._transport = transport
        self._proxy.state.connections.add(self)  # type: ignore[arg-type] # it has what `finish` asks for

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._proxy.state.connections.discard(self)

    def shutdown(self) -> None:
        """End: nothing has been asked yet."""
        self.transport.close()

    @property
    def transport(self) -> asyncio.Transport:
        """The connection."""
        if self._transport is None:
            raise RuntimeError("not connected")
        return self._transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if not b"CONNECT ".startswith(self._head[:8]):
            _hand_over(self.transport, _Forwarded(self._proxy), self._head)
        elif b"\r\n\r\n" in self._head:
            line, _, rest = self._head.partition(b"\r\n")
            early = rest.partition(b"\r\n\r\n")[2] if not rest.startswith(b"\r\n") else rest[2:]
            self._connect(line.decode("latin-1"), early=bool(early))
        elif len(self._head) > LONGEST_HEAD:
            self._refuse("", hosts.RefusedHostError(400, "the request is too long"))

    def _connect(self, line: str, *, early: bool) -> None:
        target = line.split(" ")[1]
        if early:
            self._refuse(target, hosts.RefusedHostError(400, "nothing may be sent before the tunnel is open"))
            return
        host, _, port = target.rpartition(":")
        try:
            site = self._proxy.site(host)
            tls = _is_secure(site, port)
        except hosts.RefusedHostError as refused:
            self._refuse(target, refused)
            return
        self.transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if not tls:
            _hand_over(self.transport, self._proxy.plain(site), b"")
            return
        task = asyncio.get_running_loop().create_task(self._secure(site, target))
        self._proxy.state.tasks.add(task)
        task.add_done_callback(self._proxy.state.tasks.discard)

    async def _secure(self, site: hosts.Site, target: str) -> None:
        waiting = _Waiting()
        try:
            secured = await asyncio.get_running_loop().start_tls(
                self.transport,
                waiting,
                self._proxy.authority.context(site.name),
                server_side=True,
                ssl_shutdown_timeout=GRACE,  # many clients never say that they have heard the end
            )
        except (OSError, ssl.SSLError):
            self._proxy.note("CONNECT", target, NOT_TRUSTED)
            self.transport.abort()
            return
        finally:
            self._proxy.state.connections.discard(self)  # it is the next one's now
        if secured is None or secured.is_closing():
            return
        try:
            protocol = await self._proxy.protocol(secured, site)
        except OSError:
            secured.abort()
            return
        _hand_over(secured, protocol, b"".join(waiting.early))
        if waiting.gone:
            protocol.connection_lost(None)

    def _refuse(self, target: str, refused: hosts.RefusedHostError) -> None:
        self._proxy.note("CONNECT", target, refused.status)
        body = refused.why.encode("latin-1", "replace") + b"\n"
        # Most clients show of a refused tunnel its reason phrase, if anything.
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
            % (refused.status, body.rstrip(), len(body), body)
        )
        self.transport.close()


class _Waiting(asyncio.Protocol):
    """Keeps what comes between the handshake and the choice of a protocol."""

    def __init__(self) -> None:
        self.early: list[bytes] = []
        self.gone = False

    def data_received(self, data: bytes) -> None:
        self.early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.gone = True


class _Forwarded(Protocol):
    """Requests that name their host in full, `GET http://metadata.google.internal/… HTTP/1.1`."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(config=proxy.config, server_state=proxy.state, app_state={})
        self._proxy = proxy

    def on_headers_complete(self) -> None:
        url = httptools.parse_url(self.url)
        host = (url.host or b"").decode("latin-1")
        if not url.path:
            self.url += b"/"
        # The target counts, whatever Host says (RFC 9112, section 3.2.2).
        self.headers[:] = [(name, value) for name, value in self.headers if name != b"host"]
        self.headers.insert(0, (b"host", host.encode("latin-1")))
        try:
            site = self._site(host, url.port)
        except hosts.RefusedHostError as refused:
            self.app = _Error(self._proxy, self.url.decode("latin-1"), refused)
        else:
            self.app = SiteApi(self._proxy.sandbox, site)
        super().on_headers_complete()

    def _site(self, host: str, port: int | None) -> hosts.Site:
        if not host:
            raise hosts.RefusedHostError(400, "this is the proxy of a sandbox, not the sandbox: set HTTPS_PROXY to it")
        site = self._proxy.site(host)
        if _is_secure(site, str(port or PLAIN_PORT)):
            raise hosts.RefusedHostError(403, f"{host} is asked over TLS")
        return site


class _Error:
    """The ASGI application that says why a request goes no further."""

    def __init__(self, proxy: Proxy, url: str, refused: hosts.RefusedHostError) -> None:
        self._proxy = proxy
        self._url = url
        self._refused = refused

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 - ASGI's signature
        self._proxy.note(scope["method"], self._url.partition("?")[0], self._refused.status)
        body = self._refused.why.encode() + b"\n"
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": self._refused.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _is_secure(site: hosts.Site, port: str) -> bool:
    """Tell whether a host is asked over TLS at a port.

    Raises:
        RefusedHostError: it does not listen there.
    """
    if port == str(TLS_PORT):
        return True
    if port == str(PLAIN_PORT) and site.service == hosts.METADATA:
        return False
    raise hosts.RefusedHostError(403, f"{site.name} does not answer on port {port} here")


def _hand_over(transport: asyncio.Transport, protocol: Protocol | End, early: bytes) -> None:
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    if early:
        protocol.data_received(early)
