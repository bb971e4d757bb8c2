"""The canonical codes are those of Google's own tables."""

from __future__ import annotations

import grpc
import pytest
from gcp_emulator.errors import CODES, STATUS_OF_HTTP
from google.api_core.exceptions import from_grpc_status
from google.rpc import code_pb2  # type: ignore[import-untyped] # has no types


def test_every_code_has_googles_number() -> None:
    assert {name: number for name, (_, number) in CODES.items()} == dict(code_pb2.Code.items())


@pytest.mark.parametrize("name", [name for name in CODES if name not in {"OK", "UNKNOWN", "DATA_LOSS"}])
def test_every_code_has_the_http_status_that_googles_clients_know_it_by(name: str) -> None:
    """All but the two that the clients have no HTTP status for."""
    assert from_grpc_status(grpc.StatusCode[name], "").code == CODES[name][0]  # type: ignore[no-untyped-call] # likewise


@pytest.mark.parametrize("http", [status for status in STATUS_OF_HTTP if status not in {412, 502}])
def test_the_code_of_a_bare_http_status_has_that_status(http: int) -> None:
    """All but those that no canonical code has."""
    assert CODES[STATUS_OF_HTTP[http]][0] == http
