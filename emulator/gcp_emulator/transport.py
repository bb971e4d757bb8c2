"""A call as a transport hands it over: a server of one wire (REST, gRPC).

A transport only translates. It builds the request as proto-JSON, awaits `Emulator.answer`, and turns `ApiError` and
`Dropped` into its own wire's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator.call import Json
    from gcp_emulator.errors import ApiError
    from gcp_emulator.rpc import Method


@dataclass(slots=True, kw_only=True)
class Incoming:
    """A call as a transport received it.

    Args:
        transport: which one.
        method: what is called.
        request: the request message as proto-JSON.
        vars: the variables of its path.
        headers: HTTP headers or gRPC metadata, names in lower case.
        verb: the HTTP verb; `POST` on gRPC.
        path: the path as it came; `/package.Service/Method` on gRPC.
        malformed: what to refuse with once the caller is known, where the request could not be read.
        slow_body: seconds over which the answer's body is to be sent, once it is there (a fault asked for it).
    """

    transport: Literal["rest", "grpc"]
    method: Method
    request: Json
    vars: Mapping[str, str]
    headers: Mapping[str, str]
    verb: str
    path: str
    malformed: ApiError | None = None
    slow_body: float = 0.0
