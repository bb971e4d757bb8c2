"""An OpenID Connect issuer of a test's own: signs tokens as GitHub and GitLab do, its keys given out by hand."""

from __future__ import annotations

import base64
import functools
import json
import time
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

GITHUB: Final = "https://token.actions.githubusercontent.com"
GITLAB: Final = "https://gitlab.example.com"


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def jwks() -> str:
    """The public half, as an issuer's `jwks_uri` answers it."""
    numbers = _key().public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    key = {
        "kty": "RSA",
        "kid": "test",
        "alg": "RS256",
        "use": "sig",
        "n": _encoded(numbers.n.to_bytes(size, "big")),
        "e": _encoded(numbers.e.to_bytes(3, "big")),
    }
    return json.dumps({"keys": [key]})


def sign(claims: dict[str, Any], *, alg: str = "RS256") -> str:
    """Sign claims as they are."""
    head = _encoded(json.dumps({"alg": alg, "kid": "test", "typ": "JWT"}).encode())
    message = f"{head}.{_encoded(json.dumps(claims).encode())}"
    signature = _key().sign(message.encode(), padding.PKCS1v15(), SHA256())
    return f"{message}.{_encoded(signature)}"


def github(audience: str, **claims: Any) -> str:
    """A token as a job on GitHub gets it: https://docs.github.com/actions/reference/security/oidc."""
    return sign(_github(audience) | claims)


def _github(audience: str) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": GITHUB,
        "aud": audience,
        "sub": "repo:my-team/chat:ref:refs/heads/main",
        "ref": "refs/heads/main",
        "ref_type": "branch",
        "repository": "my-team/chat",
        "repository_id": "123456789",
        "repository_owner": "my-team",
        "repository_owner_id": "987654",
        "iat": now - 5,
        "nbf": now - 300,
        "exp": now + 295,
    }


def gitlab(audience: str, **claims: Any) -> str:
    """A token as a job on GitLab gets it: https://docs.gitlab.com/ci/secrets/id_token_authentication/."""
    now = int(time.time())
    own = {
        "iss": GITLAB,
        "aud": audience,
        "sub": "project_path:my-group/chat:ref_type:branch:ref:main",
        "ref": "main",
        "ref_type": "branch",
        "project_path": "my-group/chat",
        "project_id": "42",
        "namespace_id": "7",
        "iat": now - 5,
        "nbf": now - 10,
        "exp": now + 3595,
    }
    return sign(own | claims)
