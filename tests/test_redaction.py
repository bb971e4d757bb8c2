from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    message = redact("Authorization: Bearer -----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----")
    assert "secret" not in message


def test_a_command_that_makes_a_token_is_no_secret() -> None:
    command = 'curl -H "Authorization: Bearer $(gcloud auth print-access-token)"'
    assert redact(command) == command


# What people write into a URL without escaping it, the rest of it included.
WRITTEN = st.text(string.ascii_letters + string.digits + "@/?#:!$&*+=._~-[]%", max_size=12)


@given(
    user=st.sampled_from(["", "me", "corp.me"]), before=WRITTEN, after=WRITTEN, rest=st.sampled_from(["", "/", ":80"])
)
def test_no_part_of_a_password_in_a_url_survives(user: str, before: str, after: str, rest: str) -> None:
    message = redact(f'set "http://{user}:Qx{before}xQxQ{after}@proxy.test{rest}" for x@y.test')
    assert message == f'set "http://[redacted]@proxy.test{rest}" for x@y.test'


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://user:p@ss@proxy:80", "http://[redacted]@proxy:80"),
        ("https://user:pa/ss@proxy", "https://[redacted]@proxy"),
        ("https://:secret@proxy", "https://[redacted]@proxy"),
        ("https://sometoken@proxy/x", "https://[redacted]@proxy/x"),
        ("http://user:12345@proxy:80", "http://[redacted]@proxy:80"),
    ],
)
def test_whoever_a_proxy_is_asked_as_is_taken_out(url: str, message: str) -> None:
    assert redact(f"through {url}, says a@b.test") == f"through {message}, says a@b.test"


@pytest.mark.parametrize("host", ["iam.googleapis.com", "127.0.0.1:8080", "[::1]:8080", "proxy:3128"])
@given(path=st.from_regex(r"[/?#][a-zA-Z0-9/=&?.:-]{0,20}", fullmatch=True))
def test_an_address_in_the_path_of_a_url_is_left(host: str, path: str) -> None:
    url = f"https://{host}{path}x@y.iam.gserviceaccount.com/z?mail=a@b.test"
    assert redact(url) == url
