"""Whatever a method refuses, it refuses in Google's shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from gcp_emulator import services
from gcp_emulator.rpc import Method
from gcp_emulator.server import Running, running

from emulator.tests.truth.error_cases import wrong_with_error

WORDLESS = {"metadata.google.internal"}  # the metadata server refuses in text and HTML
METHODS = [each for each in services.registry().methods if each.http and each.service not in WORDLESS]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(clock=0, grpc=False) as started:
        yield started


def _bodies(verb: str) -> list[Any]:
    if verb in {"GET", "DELETE"}:
        return [None]
    return [{}, {"noSuchField": 1}, {"name": 7, "policy": "x", "parent": []}]


def _shape(method: Method, answer: requests.Response) -> str:
    unserved = "is not served by the sandbox" in answer.text
    return "object" if unserved and method.errors == "list" else method.errors


def test_a_error_has_googles_shape(subtests: pytest.Subtests, sandbox: Running) -> None:
    """Each binding with every variable an `x`: without credentials, with bad ones, and as the owner.

    What Google serves and the sandbox does not is told as one object even where errors are lists: the OpenAI clients
    show nothing of a list.
    """
    for method in METHODS:
        with subtests.test(method=f"{method.service.partition('.')[0]}/{method.name}"):
            problems = []
            bearers: tuple[dict[str, str], ...] = (
                {},
                {"authorization": "Bearer garbage"},
                {"authorization": f"Bearer {sandbox['token']}"},
            )
            with requests.Session() as session:
                for sample in method.samples():
                    verb, path = sample.replace("?", "c").split(" ", 1)  # `?` in a pattern is any letter
                    for headers in bearers:
                        for body in _bodies(verb):
                            url = sandbox["rest_url"] + path
                            answer = session.request(verb, url, headers=headers, json=body, timeout=10)
                            if answer.status_code >= 400:
                                message = f"{sample} {body} {headers}"[:200]
                                found = wrong_with_error(answer, _shape(method, answer))
                                problems += [f"{message}: {each}" for each in found]
                            assert answer.status_code != 500
                            if method.handle is not None and method.auth and headers is not bearers[2]:
                                assert answer.status_code == 401
            assert not problems
