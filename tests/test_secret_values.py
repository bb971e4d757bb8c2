"""A secret that was held is found by its value, whatever it is written in; what looks like none of it stays."""

from __future__ import annotations

import base64
import json
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from gcp_emulator.server import Running

from provision.clients import ask
from provision.errors import ErrorStatus, ProvisionError
from provision.redaction import printable, redact
from provision.secret_values import hide, remember
from tests.conftest import clients_for, config_for

TOKEN = "Qz7-held_by.this~process+0123/abcdefGHIJ=klmnop"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "without its beginning": lambda token: token[5:],
    "cut in the middle": lambda token: token[:25],
    "percent-encoded": lambda token: "".join(f"%{ord(each):02X}" for each in token),
    "percent-encoded as in a query": lambda token: urllib.parse.quote(token, safe=""),
    "percent-encoded twice": lambda token: urllib.parse.quote(urllib.parse.quote(token, safe=""), safe=""),
    "base64": lambda token: base64.b64encode(token.encode()).decode(),
    "base64 of a header": lambda token: base64.b64encode(f"user:{token}".encode()).decode(),
    "base64 for URLs": lambda token: base64.urlsafe_b64encode(b"x" + token.encode()).decode(),
    "hexadecimal": lambda token: token.encode().hex().upper(),
    "HTML": lambda token: "".join(f"&#{ord(each)};" for each in token),
    "HTML in hexadecimal": lambda token: "".join(f"&#x{ord(each):X};" for each in token),
    "JSON escapes": lambda token: "".join(f"\\u{ord(each):04x}" for each in token),
    "broken by tags": lambda token: "<wbr>".join((token[:9], token[9:20], token[20:])),
    "broken by lines": lambda token: "\n    ".join((token[:9], token[9:20], token[20:])),
    "broken by escaped lines": lambda token: json.dumps(f"{token[:9]}\n{token[9:]}"),
    "broken by zero-width characters": "\u200b".join,
    "broken by control characters": lambda token: "\x1b[1m".join((token[:30], token[30:])),
    "in capitals": str.upper,
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_secret_is_found_in_every_writing(name: str) -> None:
    remember(TOKEN)
    written = ENCODINGS[name](TOKEN)
    text = redact(printable(f"ß İ: the server says: [{written}], and then more words"))
    assert text.startswith("ß İ: the server says: [")
    assert text.endswith("], and then more words")
    assert "[redacted]" in text
    left = text.removeprefix("ß İ: the server says: [").removesuffix("], and then more words")
    assert len(left.replace("[redacted]", "")) <= 12, left


def test_what_is_no_secret_stays() -> None:
    remember(TOKEN)
    text = (
        "projects/my-team-chat/services/aiplatform.googleapis.com is held by this process <b>now</b> %41 &amp; \\n ß İ"
    )
    assert hide(text, "[redacted]") == text
    for value in (None, 7, "", "short"):
        remember(value)
    assert hide(text, "[redacted]") == text


def test_a_live_token_and_the_key_behind_it_leave_in_no_error(sandbox: Running) -> None:
    clients = clients_for(config_for(sandbox))
    token = clients.credentials.fresh_token()
    echoed = f"Bearer {token[5:]} of {urllib.parse.quote(token, safe='')} <b>{token[:20]}</b>{token[20:]}"
    sandbox.fail_next("*/GetProject", 400, first=9, message=echoed, reason="ECHO", metadata={"token": token[4:]})
    answer = ask(lambda: clients.resource_manager.get_project(sandbox["project"]))
    assert isinstance(answer, ErrorStatus)
    told = f"{answer} {answer.metadata} {ProvisionError('what', cause=echoed)}"
    assert token[5:20] not in told
    assert token[25:40] not in told


CONTROL = [
    "\x1b[2J\x1b[H",
    "\x1b]0;a title\x07",
    "\x1b]8;;https://x.example\x1b\\",
    "\x1b]52;c;aGVsbG8=\x07",
    "\x9b31m",
    "\x9d0;title\x9c",
    "\x1bc",
    "\x07\x08\x0d\x00",
    "\x1bP+q544e\x1b\\",
    "\u202e",
]


@pytest.mark.parametrize("sequence", CONTROL)
def test_what_a_terminal_would_obey_is_not_shown(sequence: str) -> None:
    assert printable(f"before{sequence}after\tand\nmore") == "beforeafter\tand\nmore"
    assert str(ProvisionError(f"before{sequence}after")) == "beforeafter"


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty_threads")
def test_a_text_is_read_while_another_thread_learns_secrets() -> None:
    secrets = [f"{number:04d}-{TOKEN[::-1]}" for number in range(40)]
    with ThreadPoolExecutor(1) as other:
        learning = [other.submit(remember, secret) for secret in secrets]
        while not learning[-1].done():
            hide("no secret at all", "[redacted]")
    assert {hide(f"[{secret}]", "[redacted]") for secret in secrets} == {"[[redacted]]"}
