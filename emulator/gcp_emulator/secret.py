"""What makes the owner the owner: a key whose public half the state holds, and a token."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """The owner's key and token, the same as long as a state lives."""

    key_id: str
    private_key: str
    public_key: str
    token: str

    @classmethod
    def new(cls) -> Secrets:
        """Make fresh ones."""
        key_id, private_key, public_key = generate_key()
        token = "ya29.sandbox-owner-" + secrets.token_urlsafe(32)
        return cls(key_id=key_id, private_key=private_key, public_key=public_key, token=token)

    @classmethod
    def lazy(cls) -> Callable[[], Secrets]:
        """Make fresh ones in a thread, while the caller imports; the result waits for them."""
        made: list[Secrets] = []
        thread = threading.Thread(target=lambda: made.append(cls.new()), daemon=True)
        thread.start()

        def wait() -> Secrets:
            thread.join()
            return made[0] if made else cls.new()

        return wait


def generate_key(size: int = 2048) -> tuple[str, str, str]:
    """Return a new RSA key of `size` bits: its id, the private half (PKCS 8) and the public half, both PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(public_exponent=65537, key_size=size)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return secrets.token_hex(20), pem.decode(), public.decode()
