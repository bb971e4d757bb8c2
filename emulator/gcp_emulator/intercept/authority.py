"""A certificate authority that lives as long as the sandbox, and the certificates of the hosts it speaks for.

Its key never leaves memory; its certificate can vouch for Google's names alone (RFC 5280, section 4.2.1.10), so
that not even someone who trusted it for good would have opened more than that. The profile is what strict
verifiers ask for (key usage, key identifiers: RFC 5280, sections 4.2.1.1 to 4.2.1.3).
"""

from __future__ import annotations

import functools
import ipaddress
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12Certificate, serialize_java_truststore
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gcp_emulator import readyfile
from gcp_emulator.intercept import hosts

if TYPE_CHECKING:
    from pathlib import Path

LIFETIME: Final = timedelta(days=30)  # longer than any sandbox should run
SKEW: Final = timedelta(minutes=10)  # a container's clock may be a little behind
MOST_HOSTS: Final = 512
PROTOCOLS: Final = ["http/1.1", "h2"]
"""By preference. Every client that speaks REST offers HTTP/1.1, and gRPC's offer h2 alone: so h2 is gRPC."""

NAMES: Final = ("googleapis.com", "prediction.vertexai.goog", hosts.METADATA)


class Authority:
    """Makes certificates.

    Args:
        now: the host's clock, in Unix seconds: clients evaluate a certificate by it.
        directory: where a host's key may lie for the moment in which OpenSSL reads it.
    """

    def __init__(self, now: float, directory: Path) -> None:
        self._directory = directory
        self._begin = datetime.fromtimestamp(now, UTC) - SKEW
        self._end = datetime.fromtimestamp(now, UTC) + LIFETIME
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provision sandbox, for this machine only")])
        self._own = self._certify()
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self.context = functools.lru_cache(MOST_HOSTS)(self._context)

    @property
    def pem(self) -> str:
        """Its certificate, which is all that a client needs."""
        return self._own.public_bytes(Encoding.PEM).decode()

    @property
    def java_trust_store(self) -> bytes:
        """Return the same as Java reads it; the password is no secret, Java only asks for one."""
        encryption = BestAvailableEncryption(readyfile.JAVA_PASSWORD.encode())
        return serialize_java_truststore([PKCS12Certificate(self._own, b"emulator")], encryption)

    def _context(self, name: str) -> ssl.SSLContext:
        """Return what ends TLS for one host.

        Each host has a certificate of its own: with a name that covered several, an HTTP/2 client might send
        calls for one over the connection to another (RFC 9113, section 9.1.1).
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(PROTOCOLS)
        key = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        # OpenSSL reads keys from files alone: one for this user's eyes, gone when it has been read.
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".leaf-") as file:
            file.write(key + self._leaf(name).public_bytes(Encoding.PEM))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _certify(self) -> x509.Certificate:
        public = self._key.public_key()
        usage = _usage(key_cert_sign=True, crl_sign=True)
        constraints = x509.NameConstraints(
            permitted_subtrees=[
                *(x509.DNSName(name) for name in NAMES),
                x509.IPAddress(ipaddress.ip_network("169.254.169.254/32")),
            ],
            excluded_subtrees=None,
        )
        return (
            self._builder(self._name, public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(constraints, critical=True)
            .sign(self._key, SHA256())
        )

    def _leaf(self, name: str) -> x509.Certificate:
        subject = x509.Name([])  # a name can be longer than a common name may be
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            self._builder(subject, self._leaf_key.public_key())
            .add_extension(x509.SubjectAlternativeName([_general(name)]), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, SHA256())
        )

    def _builder(self, subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._begin)
            .not_valid_after(self._end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(**wanted: bool) -> x509.KeyUsage:
    all_off = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return x509.KeyUsage(**{**all_off, **wanted})
