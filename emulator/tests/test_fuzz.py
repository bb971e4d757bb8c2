"""Whatever a client sends, it gets an answer in Google's shape, never a broken rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
from gcp_emulator import messages
from gcp_emulator.rpc import Method
from gcp_emulator.server import Running, running
from gcp_emulator.services import registry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

METHODS = [method for method in registry().methods if method.handle is not None and method.http]

NAMES = ["sandbox-ready", "sandbox-empty", "no-one-has-this", "-", "*", "1", "\U0001f4a9", "a" * 300, "us-central1"]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def ready() -> Iterator[Running]:
    with running(grpc=False, clock=0) as ready:
        yield ready


def _bodies(method: Method) -> st.SearchStrategy[Any]:
    """Bodies that hold the method's own names with any values at all, one level deep or two."""
    if not method.takes:
        return st.dictionaries(st.sampled_from(["model", "messages", "stream", "name", "x"]), VALUES, max_size=4)
    known = messages.fields(method.document, method.takes)
    inner = [messages.fields(method.document, field.message) for field in known.values() if field.message]
    names = sorted({name for held in (known, *inner) for name in held} | {"x"})
    flat = st.dictionaries(st.sampled_from(names), VALUES, max_size=4)
    return flat | st.dictionaries(st.sampled_from(names), flat | st.lists(flat, max_size=2), max_size=3) | VALUES


def test_no_request_breaks_a_rule(subtests: pytest.Subtests, ready: Running) -> None:
    with requests.Session() as session:
        for method in METHODS:
            with subtests.test(method=method.name):
                send_anything(ready, session, method)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(data=st.data())
def send_anything(ready: Running, session: requests.Session, method: Method, data: st.DataObject) -> None:
    sample = data.draw(st.sampled_from(method.samples()))
    verb, _, path = sample.partition(" ")
    for _ in range(path.count("/x")):
        path = path.replace("/x", "/" + quote(data.draw(st.sampled_from(NAMES)), safe=""), 1)
    query = data.draw(
        st.dictionaries(
            st.sampled_from(["pageSize", "pageToken", "filter", "fields", "updateMask"]),
            st.text(max_size=9),
            max_size=2,
        )
    )
    try:
        body = json.dumps(data.draw(_bodies(method)))
    except ValueError:
        return
    answer = session.request(
        verb,
        ready["rest_url"] + path,
        params=query,
        data=None if verb in {"GET", "DELETE"} else body,
        headers={"authorization": f"Bearer {ready['token']}"},
        timeout=20,
    )
    assert answer.status_code != 500, (sample, path, query, body, answer.text)
