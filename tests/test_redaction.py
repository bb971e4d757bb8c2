from __future__ import annotations

import pytest

from provision.errors import ProvisionError
from provision.redaction import redact

SECRETS = [
    "ya29.a0AfB_byC-some-long_token",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "sk-abcdefghijklmnopqrstuvwx",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
    "Bearer abcdefghijkl",
    "https://x/?access_token=abc123&x=1",
    "grant_type=x&assertion=abc.def",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_survives(secret: str) -> None:
    hidden = redact(f"before {secret} after")
    assert "[redacted]" in hidden
    assert all(
        part not in hidden for part in ("a0AfB", "eyJpc3", "SyA123", "abcdefghijkl", "MIIEvQ", "abc123", "abc.def")
    )
    assert hidden.startswith("before ")


def test_words_survive() -> None:
    text = "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/p'"
    assert redact(text) == text


def test_an_error_never_shows_a_token() -> None:
    assert "ya29" not in str(ProvisionError("got ya29.abcdefgh", cause="Bearer ya29.abcdefgh", fix="x"))


def test_a_key_that_follows_a_word_for_secrets_is_taken_out_whole() -> None:
    said = redact("Authorization: Bearer -----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----")
    assert "secret" not in said


def test_a_command_that_makes_a_token_is_no_secret() -> None:
    command = 'curl -H "Authorization: Bearer $(gcloud auth print-access-token)"'
    assert redact(command) == command
