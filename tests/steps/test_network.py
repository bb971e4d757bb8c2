"""Where the way to a host ends is told in its own words; nothing is sent but the handshake."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gcp_emulator.server import Running

from provision.commands.check import check as run_check
from provision.config import load
from provision.errors import ErrorStatus, NoAnswer
from provision.local.connectivity import Connectivity, check_connectivity
from provision.plan import Check
from provision.steps import network
from tests.conftest import clients_for, config_for

CONFIG = load(options={"project.id": "my-team-chat", "endpoints.locations": ("us-central1", "europe-west4")})


@contextmanager
def listening(serve: Callable[[socket.socket], object]) -> Iterator[int]:
    """Serve one connection on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                serve(connection)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield server.getsockname()[1]
    thread.join(5)


def certificate(folder: Path, organization: str) -> Path:
    """Write a key and a certificate for localhost, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def secure(file: Path) -> Callable[[socket.socket], None]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)

    def serve(connection: socket.socket) -> None:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()  # the other side did not trust us, which is what some tests are about

    return serve


def test_a_certificate_that_is_not_trusted_ends_the_way(tmp_path: Path) -> None:
    with listening(secure(certificate(tmp_path, "A Company"))) as port:
        found = check_connectivity(f"https://localhost:{port}", timeout_s=5)
    assert (found.failed_at, found.host) == ("tls", "localhost")
    assert "self-signed" in found.detail.replace(" ", "-")


def test_who_signed_a_trusted_certificate_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path, "A Company")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    with listening(secure(file)) as port:
        found = check_connectivity(f"https://localhost:{port}", timeout_s=5)
    assert (found.failed_at, found.issuer) == ("", "A Company")


def test_a_port_no_one_listens_on_ends_the_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert check_connectivity(f"http://127.0.0.1:{port}", timeout_s=5).failed_at == "connect"


def test_a_name_without_an_address_ends_the_way() -> None:
    def nowhere(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    found = check_connectivity("https://us-nowhere1-aiplatform.googleapis.com", timeout_s=5, proxy="", connect=nowhere)
    assert (found.failed_at, found.detail) == ("dns", "Name or service not known")


def test_a_proxy_that_refuses_ends_the_way_with_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def refuse(connection: socket.socket) -> None:
        asked.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    with listening(refuse) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{port}")
        found = check_connectivity("https://oauth2.googleapis.com", timeout_s=5)
    assert found == Connectivity(
        host="oauth2.googleapis.com",
        proxy=f"127.0.0.1:{port}",
        failed_at="proxy",
        detail="HTTP/1.1 407 Proxy Authentication Required",
    )
    assert asked[0].startswith(b"CONNECT oauth2.googleapis.com:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " in asked[0]


def test_through_a_proxy_the_hosts_certificate_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = certificate(tmp_path, "A Company")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))

    def let_through(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        secure(file)(connection)

    with listening(let_through) as port:
        found = check_connectivity("https://localhost", timeout_s=5, proxy=f"127.0.0.1:{port}")
    assert (found.failed_at, found.issuer, found.proxy) == ("", "A Company", f"127.0.0.1:{port}")


def evaluated(*hosts: Connectivity | ErrorStatus) -> dict[str, Check]:
    named: dict[str, Connectivity | NoAnswer] = {
        each.host if isinstance(each, Connectivity) else "silent": each for each in hosts
    }
    return {check.id: check for check in network.evaluate(CONFIG, network.Observed(hosts=named))}


GOOGLES = Connectivity(host="oauth2.googleapis.com", issuer=network.GOOGLE)


def test_each_region_has_a_host_of_its_own() -> None:
    hosts = {address.removeprefix("https://") for address in network.addresses(CONFIG)}
    assert hosts == {
        *network.CONTROL,
        "aiplatform.googleapis.com",
        "us-central1-aiplatform.googleapis.com",
        "europe-west4-aiplatform.googleapis.com",
    }


def test_against_a_sandbox_there_is_one_host(sandbox: Running) -> None:
    config = config_for(sandbox)
    assert network.addresses(config) == (sandbox["rest_url"],)
    run = run_check(config, clients_for(config), only=("network",))
    assert [(check.id, check.status) for check in run.checks if check.step == "network"] == [
        ("network.connectivity", "pass")
    ]


@pytest.mark.parametrize(
    ("ends", "diagnosis"),
    [
        (Connectivity(host="europe-west4-aiplatform.googleapis.com", failed_at="dns"), "UNKNOWN_HOST"),
        (Connectivity(host="serviceusage.googleapis.com", failed_at="dns"), "DNS"),
        (Connectivity(host="oauth2.googleapis.com", failed_at="tls"), "TLS_INTERCEPTED"),
        (Connectivity(host="oauth2.googleapis.com", failed_at="proxy", proxy="p:1"), "PROXY"),
        (Connectivity(host="oauth2.googleapis.com", failed_at="connect"), "HOST_UNREACHABLE"),
    ],
)
def test_where_the_way_ends_decides_what_is_told(ends: Connectivity, diagnosis: str) -> None:
    good = Connectivity(host="cloudbilling.googleapis.com", issuer=network.GOOGLE)
    found = evaluated(good, ends)["network.connectivity"]
    assert (found.status, found.required, found.diagnosis) == ("fail", False, diagnosis)
    assert evaluated(Connectivity(host="a", failed_at="dns"))["network.connectivity"].diagnosis == "DNS"


def test_silence_is_unknown() -> None:
    late = ErrorStatus(service="Google Cloud", method="connectivity", status="TIMEOUT")
    assert evaluated(GOOGLES, late)["network.connectivity"].status == "unknown"


def test_a_certificate_of_someone_else_is_a_warning() -> None:
    other = Connectivity(host="serviceusage.googleapis.com", issuer="A Company")
    assert evaluated(GOOGLES)["network.private_access"].status == "pass"
    found = evaluated(GOOGLES, other)["network.private_access"]
    assert (found.status, found.diagnosis) == ("warn", "INTERCEPTED")
    assert "A Company" in found.summary
