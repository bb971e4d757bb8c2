"""Whatever an answer is made of, it ends: by its size, its pages, its own time, or the command's."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from gcp_emulator.server import Running

from provision.clients import ask
from provision.concurrency import Deadline, DeadlinePassed, within
from provision.errors import ApiError, CommandTimeout, ErrorStatus, TokenError
from provision.google.auth import Credentials, Identity
from provision.google.calls import CallLog
from provision.google.pagination import read_all
from provision.google.transport import Transport
from provision.plan import Mutation
from provision.propagation import until_usable
from tests.steps.test_network import listening

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Token:
    """Credentials that always have a token."""

    token: str | None = "a-token-that-is-long-enough"
    expiry = None

    def refresh(self, request: object) -> None:
        """Have one already."""


def transport(port: int, **more: Any) -> Transport:
    credentials = Credentials(Token(), Identity(kind="user", source="test"), timeout_s=1.0)
    given = {"call_timeout_s": 0.3, "retry_budget_s": 0.3, **more}
    return Transport(credentials=credentials, address=f"http://127.0.0.1:{port}", **given)


DONE = threading.Event()
"""The test has seen what it wanted: servers end."""


@pytest.fixture(autouse=True)
def _servers_end() -> Iterator[None]:
    DONE.clear()
    yield
    DONE.set()


def dripping(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Answer a byte at a time, without end: each comes soon enough."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536)
        with contextlib.suppress(OSError):  # no one listens any more
            connection.sendall(head)
            while not DONE.wait(0.05):
                connection.sendall(drop)

    return answer


ENDLESS = {
    "headers that drip": dripping(b"HTTP/1.1 200 OK\r\n", b"X"),
    "a body that drips": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "chunks that drip": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "an error that drips": dripping(b"HTTP/1.1 400 Bad\r\nContent-Length: 100000\r\n\r\n", b" "),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_answer_that_drips_ends_with_the_time_of_its_call(name: str) -> None:
    with listening(ENDLESS[name]) as port:
        wire = transport(port)
        answer = ask(lambda: wire.rest("x.googleapis.com", "GetThing", "/v1/thing", verb="GET"))
        DONE.set()
    assert isinstance(answer, ErrorStatus)
    assert answer.status == "TIMEOUT"
    assert [record.status for record in wire.log.records] == ["TIMEOUT"]


def flood(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(HEAD + b'Transfer-Encoding: chunked\r\n\r\n1\r\n"\r\n')
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    try:
        while True:
            connection.sendall(piece)
    except OSError:
        connection.close()


def test_an_answer_without_an_end_is_not_read_on() -> None:
    with listening(flood) as port:
        wire = transport(port, call_timeout_s=60.0)
        answer = ask(lambda: wire.rest("x.googleapis.com", "GetThing", "/v1/thing", verb="GET"))
    assert isinstance(answer, ErrorStatus)
    assert answer.status == "MALFORMED_RESPONSE"
    assert "larger than 4 MB" in answer.message


def pages(*tokens: str) -> Callable[..., dict[str, Any]]:
    """Answer as `Transport.rest` does: a page with each token, the last again and again."""
    left = itertools.chain(tokens, itertools.repeat(tokens[-1]))
    return lambda *_, **__: {"items": [1], "nextPageToken": next(left)}


def test_a_list_without_an_end_is_told_as_that() -> None:
    numbered = (str(number) for number in itertools.count())
    endless = SimpleNamespace(
        rest=lambda *_, **__: {"items": [], "nextPageToken": next(numbered)}, list_timeout_s=math.inf
    )
    circle = SimpleNamespace(rest=pages("a", "b", "a"), list_timeout_s=math.inf)
    slow = SimpleNamespace(rest=pages("a", "b"), list_timeout_s=-1.0)
    wanted = [(endless, "MALFORMED_RESPONSE"), (circle, "MALFORMED_RESPONSE"), (slow, "TIMEOUT")]
    for wire, status in wanted:
        with pytest.raises(ApiError) as caught:
            read_all(wire, "x.googleapis.com", "ListThings", "/v1/things", "items", int)  # type: ignore[arg-type] # as far as it is used
        assert caught.value.status.status == status
    whole = SimpleNamespace(rest=pages("a", "b", ""), list_timeout_s=math.inf)
    assert read_all(whole, "x", "ListThings", "/v1/things", "items", int) == [1, 1, 1]  # type: ignore[arg-type] # likewise


def test_a_function_that_blocks_anywhere_is_left_to_itself(subtests: pytest.Subtests) -> None:
    left, right = socket.socketpair()
    with left, right, pytest.raises(DeadlinePassed):
        within(0.05, lambda: left.recv(1))
    assert within(5.0, lambda: "answered") == "answered"
    for error in (KeyError("x"), SystemExit(3)):
        with subtests.test(type(error).__name__), pytest.raises(type(error)):
            within(5.0, lambda error=error: (_ for _ in ()).throw(error))  # type: ignore[misc] # bound now, on purpose


class Recorder:
    """Writes down what was begun, and how it ended."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def begin(self, mutation: Mutation) -> str:
        self.told.append(mutation.method)
        return mutation.method

    def end(self, identifier: str, status: str, **_: Any) -> None:
        self.told.append(f"{identifier} {status}")

    def operation_ended(self, operation: str, status: str) -> None: ...

    def deleted(self, names: tuple[str, ...]) -> None: ...

    def implicit(self, names: tuple[str, ...]) -> None: ...


CHANGE = Mutation(service="x.googleapis.com", method="MakeThing", resource="things/1")


def test_when_the_command_s_time_is_up_nothing_more_is_asked_and_what_was_sent_is_written_down() -> None:
    recorder = Recorder()
    with listening(ENDLESS["a body that drips"]) as port:
        wire = transport(port, call_timeout_s=60.0, deadline=Deadline(0.3), log=CallLog(recorder=recorder))
        for _ in range(2):
            with pytest.raises(CommandTimeout) as caught:
                wire.rest("x.googleapis.com", "MakeThing", "/v1/things", mutation=CHANGE, transient=frozenset())
            assert caught.value.status.reason == "COMMAND_TIMEOUT"
        DONE.set()
    assert recorder.told == ["MakeThing", "MakeThing TIMEOUT"]  # the second was never sent


def test_what_waits_for_something_usable_stops_with_the_command() -> None:
    wire = transport(1, deadline=Deadline(0.0))
    clients = SimpleNamespace(clock=lambda: 0.0, expected_s=lambda _: None, progress=print, wait=print)
    with pytest.raises(CommandTimeout):
        until_usable(
            clients,  # type: ignore[arg-type] # as far as it is used
            "a thing",
            lambda: wire.rest("x.googleapis.com", "GetThing", "/v1/thing", verb="GET"),
            lambda *_: True,
            deadline_s=math.inf,
            answers=1,
            interval_s=0.0,
        )


def refused(*answers: Callable[[Any], None]) -> ErrorStatus:
    turns: Iterator[Callable[[Any], None]] = iter(answers)

    class Inner:
        token: Any = None
        expiry = None

        def refresh(self, request: Any) -> None:  # noqa: ARG002 - google-auth's signature
            next(turns)(self)

    credentials = Credentials(Inner(), Identity(kind="user", source="test"), timeout_s=0.2, sleep=lambda _: None)
    with pytest.raises(TokenError) as caught:
        credentials.fresh_token()
    assert credentials.token is None
    return caught.value.status


@pytest.mark.parametrize("value", [None, "", 7, True, ["a"], {"token": "x"}])
def test_a_token_that_is_no_text_is_no_token(value: Any) -> None:
    error = refused(lambda inner: setattr(inner, "token", value))
    assert error.status == "MALFORMED_RESPONSE"


def test_a_token_that_does_not_come_is_told_in_time() -> None:
    left, right = socket.socketpair()
    with left, right:

        def block(_: Any) -> None:
            left.recv(1)

        assert refused(block).status == "TIMEOUT"


def test_a_real_answer_passes_through_every_limit(sandbox: Running) -> None:
    from tests.conftest import clients_for, config_for

    config = config_for(sandbox)
    clients = clients_for(replace(config, call_timeout_s=30.0))
    assert clients.service_usage.enabled(config.project_id)
    assert len(clients.vertex.list_endpoints(config.project_id, "us-central1")) == 1
    assert json.dumps([record.status for record in clients.log.records]) == '["OK", "OK"]'
