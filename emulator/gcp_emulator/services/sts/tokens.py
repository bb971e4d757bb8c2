"""Tokens of other issuers: their keys, from the provider or from an issuer on loopback, and their signatures."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from gcp_emulator.call import Json

LARGEST: Final = 1_000_000
PATIENCE: Final = 2.0


class UnreachableError(Exception):
    """An issuer whose keys cannot be had."""


class MalformedError(Exception):
    """What is no JSON Web Token."""


def parse(token: str) -> tuple[Json, Json]:
    """Return header and claims of a JWT, unverified.

    Raises:
        MalformedError: it is none.
    """
    try:
        head, body, _ = token.split(".")
        header, claims = json.loads(decode(head)), json.loads(decode(body))
    except (ValueError, RecursionError):
        raise MalformedError from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise MalformedError
    return header, claims


def fetch_keys(issuer: str, discovery: str = "") -> list[Json]:
    """Return the keys of an issuer on loopback, found as OpenID Connect Discovery 1.0 says.

    Raises:
        UnreachableError: it is elsewhere, silent, or answers something else.
    """
    found = _get(discovery or issuer.rstrip("/") + "/.well-known/openid-configuration")
    keys = _get(str(found.get("jwks_uri", ""))).get("keys")
    if not isinstance(keys, list):
        raise UnreachableError
    return [each for each in keys if isinstance(each, dict)]


def _get(url: str) -> Json:
    """Get a JSON object from loopback: the sandbox calls no one else."""
    from http.client import HTTPConnection, HTTPException

    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"}:
        raise UnreachableError
    connection = HTTPConnection(parts.netloc, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        body = json.loads(answer.read(LARGEST)) if answer.status == 200 else None
    except (OSError, HTTPException, ValueError, RecursionError):
        raise UnreachableError from None
    finally:
        connection.close()
    if not isinstance(body, dict):
        raise UnreachableError
    return body


def is_signed(token: str, header: Json, keys: list[Json]) -> bool:
    """Tell whether one of these keys signed a token: RS256 or ES256, as Google takes them."""
    message, _, signature = token.rpartition(".")
    named = [key for key in keys if header.get("kid") in {None, key.get("kid")}]
    for key in named:
        try:
            _verify(header.get("alg"), key, message.encode(), decode(signature))
        except Exception:  # noqa: BLE001, S112 - a key that cannot be read verifies nothing
            continue
        return True
    return False


def _verify(algorithm: Any, key: Json, message: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    if algorithm == "RS256" and key.get("kty") == "RSA":
        rsa_key = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        rsa_key.verify(signature, message, padding.PKCS1v15(), SHA256())
    elif algorithm == "ES256" and key.get("crv") == "P-256":
        ec_key = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1()).public_key()
        halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        ec_key.verify(utils.encode_dss_signature(*halves), message, ec.ECDSA(SHA256()))
    else:
        raise ValueError(algorithm)


def _number(text: str) -> int:
    return int.from_bytes(decode(text), "big")


def decode(part: str) -> bytes:
    """Return the bytes of unpadded URL-safe base64."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
