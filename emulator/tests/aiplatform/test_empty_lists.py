"""Lists of what cannot be made here say that there is none, over both transports, to who may look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from gcp_emulator import services
from gcp_emulator.grpc_types import protobuf_class
from gcp_emulator.services.aiplatform import empty_lists

if TYPE_CHECKING:
    from gcp_emulator.rpc import Method
    from gcp_emulator.server import Running

REGION = "projects/sandbox-ready/locations/us-central1"
METHODS = [
    method
    for method in services.registry().methods
    if method.handle
    and method.name.rpartition(".")[2] in empty_lists.COLLECTIONS
    and method.service == "aiplatform.googleapis.com"
]


def listed(channel: Any, method: Method, token: str) -> Any:
    kind, answer = protobuf_class(method.request), protobuf_class(method.response)
    ask = channel.unary_unary(f"/{method.name}", kind.SerializeToString, answer.FromString)
    return ask(kind(parent=REGION), metadata=[("authorization", f"Bearer {token}")], timeout=10)


def test_there_is_none_of_what_cannot_be_made(vertex: Any, ready: Running) -> None:
    assert len(METHODS) == 2 * len(empty_lists.COLLECTIONS)
    with grpc.insecure_channel(ready["grpc_target"]) as channel:
        for method in METHODS:
            collection = empty_lists.COLLECTIONS[method.name.rpartition(".")[2]]
            version = "v1beta1" if "v1beta1" in method.name else "v1"
            assert vertex.get(f"/{version}/{REGION}/{collection}?pageSize=5") == {}
            assert listed(channel, method, ready["token"]).ByteSize() == 0


def test_a_stranger_is_not_told_so(vertex: Any) -> None:
    error = vertex.error("GET", f"/v1/{REGION.replace('sandbox-ready', 'not-mine')}/datasets")
    assert error["status"] == "PERMISSION_DENIED"
