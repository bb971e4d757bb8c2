"""The key that the emulator signs as Google with, and X.509 certificates of public keys.

ID tokens and certificates are signed by one key of a state, made when it is first needed; `oauth2/v3/certs` and the
like tell its public half, so that what checks an ID token finds it in order.
https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.secret import generate_key
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.store import State

LIFE: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key with both halves, PEM."""

    name: str
    id: str
    private_pem: str
    public_pem: str


SIGNING: Final = Table("oauth2.signing_keys", SigningKey, key="name", secret=True)


def googles(state: State) -> SigningKey:
    """Return the key that stands for Google's own."""
    found = state[SIGNING].get("google")
    if found is None:
        key_id, private, public = generate_key()
        found = SigningKey(name="google", id=key_id, private_pem=private, public_pem=public)
        state[SIGNING].put(found)
    return found


def certificate(public_pem: str, subject: str, signer_pem: str, begins: float) -> str:
    """Return a certificate of a public key, PEM.

    Args:
        public_pem: the key.
        subject: its common name.
        signer_pem: the private key that signs, PEM; the key's own other half makes it self-signed.
        begins: Unix seconds.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.hashes import SHA256

    public: Any = serialization.load_pem_public_key(public_pem.encode())
    signer: Any = serialization.load_pem_private_key(signer_pem.encode(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject[:64])])
    start = datetime.fromtimestamp(max(begins, 0), UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(int.from_bytes(public_pem.encode()[40:56], "big") | 1)
        .not_valid_before(start)
        .not_valid_after(start + LIFE)
        .sign(signer, SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def jwk(key_id: str, public_pem: str) -> dict[str, str]:
    """Return a public key as a JSON Web Key."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public: Any = load_pem_public_key(public_pem.encode())
    numbers = public.public_numbers()
    return {"kid": key_id, "use": "sig", "e": _number(numbers.e), "alg": "RS256", "n": _number(numbers.n), "kty": "RSA"}


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).decode().rstrip("=")


def sign(private_pem: str, message: bytes) -> bytes:
    """Sign as RS256 does."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key: Any = load_pem_private_key(private_pem.encode(), None)
    signature: bytes = key.sign(message, PKCS1v15(), SHA256())
    return signature
