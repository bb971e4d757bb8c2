"""The throw-away authority: what it vouches for, and where its key is."""

from __future__ import annotations

import contextlib
import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from gcp_emulator.intercept.authority import LIFETIME, Authority
from gcp_emulator.server import Running, running


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(time.time(), tmp_path)


def served(authority: Authority, name: str) -> x509.Certificate:
    """The certificate that a client is shown for a host, having verified it as OpenSSL does."""
    client = ssl.create_default_context(cadata=authority.pem)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = authority.context(name).wrap_bio(incoming, outgoing, server_side=True)
    client_in, client_out = ssl.MemoryBIO(), ssl.MemoryBIO()
    seen = client.wrap_bio(client_in, client_out, server_hostname=name)
    for _ in range(4):
        for side in (seen, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            incoming.write(client_out.read())
            client_in.write(outgoing.read())
    shown = seen.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def test_a_host_gets_a_certificate_for_its_name_alone(authority: Authority) -> None:
    names = served(authority, "aiplatform.googleapis.com").extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["aiplatform.googleapis.com"]


def test_a_strict_verifier_accepts_it(authority: Authority) -> None:
    name = "mg-endpoint-12345678-1234-1234-1234-1234567890ab.europe-west4-123456789012.prediction.vertexai.goog"
    root = x509.load_pem_x509_certificate(authority.pem.encode())
    verifier = PolicyBuilder().store(Store([root])).build_server_verifier(x509.DNSName(name))
    assert len(verifier.verify(served(authority, name), [])) == 2


def test_it_cannot_vouch_for_anyone_else(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        served(authority, "example.com")
    root = x509.load_pem_x509_certificate(authority.pem.encode())
    verifier = PolicyBuilder().store(Store([root])).build_server_verifier(x509.DNSName("example.com"))
    with pytest.raises(VerificationError):
        verifier.verify(authority._leaf("example.com"), [])


def test_it_does_not_live_long_and_leaves_no_key_behind(authority: Authority, tmp_path: Path) -> None:
    served(authority, "aiplatform.googleapis.com")
    certificate = x509.load_pem_x509_certificate(authority.pem.encode())
    assert certificate.not_valid_after_utc.timestamp() == pytest.approx(time.time() + LIFETIME.total_seconds(), abs=60)
    assert "PRIVATE" not in authority.pem
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_each_sandbox_has_one_of_its_own_which_goes_with_it(tmp_path: Path) -> None:
    seen = set()
    for _ in range(2):
        with running(intercept=True, data_dir=tmp_path / "data", grpc=False) as ready:
            file = Path(ready["ca_file"])
            assert file.stat().st_mode & 0o777 == 0o600
            assert "PRIVATE" not in file.read_text()
            seen.add(file.read_text())
        assert not file.exists()
    assert len(seen) == 2


def test_its_file_holds_nothing_else(google: Running) -> None:
    assert len(x509.load_pem_x509_certificates(Path(google["ca_file"]).read_bytes())) == 1
