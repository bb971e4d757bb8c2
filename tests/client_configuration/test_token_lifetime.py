"""A run that is longer than a token's life, and a token that is revoked in mid-run, fail nothing.

google-auth asks for another token 225 seconds before one ends; tokens of 230 seconds make it want one all the time.
Both clocks are moved by hand: the sandbox's is stepped, and the client's passes by what its token has left, which is
all that google-auth reads of it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from gcp_emulator.server import Running, running

from provision.chat.proxy import Proxy, base_url, bind, serving
from provision.cli import run as run_command
from provision.clients import Clients
from provision.commands import load_test
from provision.commands.smoke_test import smoke_test
from provision.google.auth import Credentials
from provision.plan import Run
from tests.conftest import clients_for, config_for

LIFE_S = 3599
SHORT_S = 230
KEY = "local-key-of-this-test"
ASKING = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1024}


@pytest.fixture
def ready(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(clock=0, propagation=0, grpc=False, token_lifetime=getattr(request, "param", LIFE_S)) as sandbox:
        yield sandbox


short_lived = pytest.mark.parametrize("ready", [SHORT_S], indirect=True)


@pytest.fixture
def clients(ready: Running) -> Clients:
    return clients_for(config_for(ready, chat__capabilities=("text",)))


def pass_by(ready: Running, credentials: Credentials, seconds: float) -> None:
    """Let time pass for the sandbox and for the client alike."""
    ready.advance(seconds)
    if credentials.expiry is not None:
        credentials.expiry -= timedelta(seconds=seconds)


def revoke(ready: Running, credentials: Credentials) -> None:
    answer = httpx2.post(f"{ready['rest_url']}/revoke", data={"token": credentials.token}, trust_env=False)
    assert answer.status_code == 200, answer.text


def asked(ready: Running) -> list[int]:
    """The statuses of all chats."""
    return [entry["status"] for entry in ready.requests() if entry["path"].endswith("/chat/completions")]


def issued(ready: Running) -> int:
    """How many tokens were asked for."""
    return sum(entry["path"] == "/token" for entry in ready.requests())


class Disturbed:
    """A chat before whose every question something happens."""

    def __init__(self, clients: Clients, before: Callable[[int], None]) -> None:
        self._chat, self._before, self._turns = clients.chat, before, itertools.count(1)

    def complete(self, *words: Any, **more: Any) -> Any:
        self._before(next(self._turns))
        return self._chat.complete(*words, **more)


def load(clients: Clients, before: Callable[[int], None], *, concurrency: int = 1) -> load_test.LoadTest:
    disturbed: Any = Clients(config=clients.config, log=clients.log)
    disturbed.__dict__["chat"] = Disturbed(clients, before)
    return load_test.load(clients.config, disturbed, requests=12, concurrency=concurrency)


@short_lived
def test_a_smoke_test_outlives_its_tokens(ready: Running, clients: Clients) -> None:
    credentials = clients.credentials
    done = load(clients, lambda _: pass_by(ready, credentials, 100))
    assert (len(done.answers), done.errors) == (12, [])
    assert set(asked(ready)) == {200}  # each was renewed before it ended, and never refused
    assert issued(ready) >= 12  # 100 s of 230 leave less than google-auth wants


def test_time_that_both_clocks_see_costs_no_token_while_one_is_good(ready: Running, clients: Clients) -> None:
    credentials = clients.credentials
    credentials.fresh_token()
    load(clients, lambda _: pass_by(ready, credentials, 100))
    assert issued(ready) == 1


@pytest.mark.parametrize("concurrency", [1, 6])
def test_a_token_revoked_in_a_smoke_test_is_renewed_once(ready: Running, clients: Clients, concurrency: int) -> None:
    credentials = clients.credentials
    credentials.fresh_token()

    def before(number: int) -> None:
        if number == 5:
            revoke(ready, credentials)

    done = load(clients, before, concurrency=concurrency)
    assert (len(done.answers), done.errors) == (12, [])
    assert asked(ready).count(200) == 12
    assert 1 <= asked(ready).count(401) <= concurrency
    assert issued(ready) == 2  # however many were refused at once


def test_a_check_whose_token_was_revoked_a_moment_ago_passes(ready: Running, clients: Clients) -> None:
    clients.credentials.fresh_token()
    revoke(ready, clients.credentials)
    run: Run = smoke_test(clients.config, clients)
    assert run.verdict == "ready"
    assert asked(ready)[-1] == 200
    assert asked(ready).count(401) <= 1  # another read, asked at the same time, may have been refused before it


def test_a_clock_that_is_behind_costs_one_error(ready: Running, clients: Clients) -> None:
    """The token has ended for Google, and this machine does not know."""
    clients.credentials.fresh_token()
    ready.advance(LIFE_S + 1)
    clients.chat.complete("", "hi", max_tokens=1024)
    assert (asked(ready), issued(ready)) == ([401, 200], 2)


@pytest.fixture
def proxied(ready: Running, clients: Clients) -> Iterator[Callable[[], int]]:
    listener = bind(0)
    with (
        serving(Proxy(clients.serving, clients.credentials, KEY), listener),
        httpx2.Client(headers={"Authorization": f"Bearer {KEY}"}, trust_env=False) as client,
    ):
        url = f"{base_url(listener)}/chat/completions"
        yield lambda: client.post(url, json=ASKING).status_code


@short_lived
def test_a_proxy_outlives_its_tokens(ready: Running, clients: Clients, proxied: Callable[[], int]) -> None:
    for _ in range(5):
        assert proxied() == 200
        pass_by(ready, clients.credentials, SHORT_S + 1)
    assert asked(ready) == [200] * 5
    assert issued(ready) >= 5


def test_a_proxy_renews_a_revoked_token_once(ready: Running, clients: Clients, proxied: Callable[[], int]) -> None:
    assert proxied() == 200
    revoke(ready, clients.credentials)
    assert [proxied(), proxied()] == [200, 200]
    assert (asked(ready), issued(ready)) == ([200, 401, 200, 200], 2)


@contextmanager
def looking_often() -> Iterator[None]:
    before, run_command.LOOK_EVERY_S = run_command.LOOK_EVERY_S, 0.002  # type: ignore[misc] # a shorter look, for the test
    try:
        yield
    finally:
        run_command.LOOK_EVERY_S = before  # type: ignore[misc] # likewise


def changed(file: Path, old: str) -> str:
    """The file's token, once it is another."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if file.exists() and (found := file.read_text()) != old:
            return found
        time.sleep(0.002)
    raise AssertionError("the token stayed the same")


def works(ready: Running, token: str) -> bool:
    url = f"{ready['rest_url']}/v3/projects/{ready['project']}"
    return httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False).status_code == 200


@short_lived
def test_a_token_file_outlives_its_tokens(ready: Running, clients: Clients, tmp_path: Path) -> None:
    file = tmp_path / "token"
    with looking_often(), run_command._kept_fresh(file, clients.credentials):
        token = file.read_text()
        for _ in range(3):
            pass_by(ready, clients.credentials, SHORT_S - 200)
            token = changed(file, token)
            assert works(ready, token)


def test_a_token_file_that_is_removed_comes_back_with_another_token(
    ready: Running, clients: Clients, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    with looking_often(), run_command._kept_fresh(file, clients.credentials):
        token = file.read_text()
        revoke(ready, clients.credentials)
        assert not works(ready, token)
        file.unlink()
        assert works(ready, changed(file, token))
    assert issued(ready) == 2


class RefusedInBetween:
    """Credentials of which CMD finds out, while they are asked for a token, that the one in the file is refused."""

    def __init__(self, ready: Running, credentials: Credentials, file: Path) -> None:
        self._ready, self._credentials, self._file = ready, credentials, file
        self.renew = credentials.renew

    def fresh_token(self) -> str:
        token = self._credentials.fresh_token()
        if self._file.exists():
            revoke(self._ready, self._credentials)
            self._file.unlink()
        return token


def test_a_token_file_that_is_removed_during_a_look_never_brings_the_refused_token_back(
    ready: Running, clients: Clients, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    disturbed: Any = RefusedInBetween(ready, clients.credentials, file)
    token_file = run_command.TokenFile(file, disturbed)
    token_file.update()
    refused = file.read_text()
    token_file.update()
    assert not file.exists()
    token_file.update()
    assert file.read_text() != refused
    assert works(ready, file.read_text())
