"""Every story told over gRPC comes out as it does over REST: the same answers, the same errors, word for word.

What a story asks of a method with a gRPC API is asked there. What changes nothing, and what is refused, is asked over
REST as well, and the two answers are held against each other and against the method's proto.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote

import grpc
import pytest
import requests
from gcp_emulator import services
from gcp_emulator.bindings import Binding
from gcp_emulator.grpc_types import protobuf_class
from gcp_emulator.rpc import Method
from gcp_emulator.server import Running, running
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # has no types

from emulator.tests.truth.stories import STORIES
from emulator.tests.truth.teller import Heard, Teller

Json = dict[str, Any]

EMPTY = "google.protobuf.empty_pb2:Empty"
DRAWN = ("/GenerateAccessToken", "/GenerateContent", "/GenerateIdToken")
"""Methods that answer another thing each time they are asked, or each second."""

NOT_IN_THE_PACKAGE = {
    "google.cloud.aiplatform.v1.ModelGardenService/GetPublisherModel": ("supportedActions", "multiDeployVertex"),
}
"""Where the discovery document has a field that the installed messages have not: left out over gRPC."""


def on_grpc(method: Method) -> bool:
    """Tell whether a method takes and gives one message over gRPC."""
    return "/" in method.name and bool(method.request) and not method.stream and "HttpBody" not in method.response


class Both(Teller):
    """Tells a story over gRPC, and holds REST against it."""

    def __init__(self, sandbox: Running, heard: Heard) -> None:
        super().__init__(sandbox, heard)
        self.channel = grpc.insecure_channel(sandbox["grpc_target"])

    def close(self) -> None:
        """Hang up."""
        super().close()
        self.channel.close()

    def send(self, verb: str, path: str, *, expect: int = 200, **given: Any) -> requests.Response:
        """Make a call; what is wrong with what the two transports say is noted."""
        found = self.sandbox.sandbox.registry.route(verb, path.partition("?")[0])
        assert found, f"{verb} {path} is not served"
        binding, variables = found
        method = binding.method
        if not on_grpc(method):
            return self._over_rest(verb, path, **given)
        problems = self.heard.problems.setdefault((method.service, method.name), [])
        status, message = self._ask(method, _request(binding, variables, path, given.get("json")), given)
        answered = status == 0
        if answered != (expect < 400):
            problems.append(f"{verb} {path} over gRPC: status {status} where {expect} was expected: {message}")
        self.heard.answered |= {(method.service, method.name)} if answered else set()
        if not (answered and (method.mutates or method.name.endswith(DRAWN))):
            problems += self._compared(method, verb, path, given, message)
        answer = requests.Response()
        answer.status_code = 200 if answered else expect
        answer._content = json.dumps(message).encode()
        answer.headers["content-type"] = "application/json"
        return answer

    def _over_rest(self, verb: str, path: str, **given: Any) -> requests.Response:
        return self.session.request(verb, self.sandbox["rest_url"] + path, timeout=10, **given)

    def _ask(self, method: Method, request: Json, given: Json) -> tuple[int, Json]:
        """Return the status and the answer, or the error, of a call over gRPC."""
        kind, answer = protobuf_class(method.request), protobuf_class(method.response or EMPTY)
        call: Any = self.channel.unary_unary(f"/{method.name}", kind.SerializeToString, answer.FromString)
        message = json_format.ParseDict(request, kind())
        try:
            info = call(message, metadata=list(given.get("headers", {}).items()), timeout=10)
        except grpc.RpcError as error:
            refused: Any = error
            packed = dict(refused.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
            details = [json_format.MessageToDict(each) for each in Status.FromString(packed).details]
            refused_as: Json = {"message": refused.details(), "status": refused.code().name, "details": details}
            return refused.code().value[0], refused_as
        return 0, json_format.MessageToDict(info)

    def _compared(self, method: Method, verb: str, path: str, given: Json, message: Json) -> list[str]:
        """Return what REST says otherwise."""
        answer = self._over_rest(verb, path, **given).json()
        if "error" in answer:
            error = answer["error"]
            over_rest = {"message": error["message"], "status": error["status"], "details": error.get("details", [])}
        else:
            outer, hidden = NOT_IN_THE_PACKAGE.get(method.name, ("", ""))
            answer.get(outer, {}).pop(hidden, None)
            try:
                over_rest = _as_proto(answer, method)
            except json_format.ParseError as unlike:
                return [f"{verb} {path}: {unlike}"]
        return [] if over_rest == message else [f"{verb} {path}: {over_rest} over REST, {message} over gRPC"]


def _as_proto(answer: Json, method: Method) -> Json:
    """An answer over REST, read as the method's own message: what it does not have is an error."""
    message = protobuf_class(method.response or EMPTY)()
    info: Json = json_format.MessageToDict(json_format.ParseDict(answer, message))
    return info


def _request(binding: Binding, variables: dict[str, str], path: str, body: Any) -> Json:
    """The request message of a call over REST:
    https://github.com/googleapis/googleapis/blob/master/google/api/http.proto"""
    method = binding.method
    request: Json = {}
    if body is not None:
        request = json.loads(json.dumps(body if method.body == "*" else {method.body: body}))
    for name, value in parse_qsl(path.partition("?")[2]):
        if not name.startswith("$"):
            _set(protobuf_class(method.request).DESCRIPTOR, request, name.split("."), value)
    binding.fill(request, {name: quote(value, safe="") if "/" in value else value for name, value in variables.items()})
    return request


def _set(message: Any, target: Json, path: list[str], value: str) -> None:
    [field] = [each for each in message.fields if path[0] in {each.name, each.json_name}]
    if len(path) > 1:
        _set(field.message_type, target.setdefault(field.json_name, {}), path[1:], value)
        return
    typed: Any = value == "true" if field.type == FieldDescriptor.TYPE_BOOL else value
    if field.is_repeated:
        target.setdefault(field.json_name, []).append(typed)
    else:
        target[field.json_name] = typed


REPORTED = sorted(
    {(method.service, method.name) for method in services.registry().methods if method.handle and on_grpc(method)}
)


@cache
def heard() -> Heard:
    """What all stories were answered: each is told once, to a sandbox of its own."""
    found = Heard()
    for name, story in STORIES.items():
        with running(clock=0) as sandbox:
            tell = Both(sandbox, found)
            try:
                story(tell)
            except (AssertionError, KeyError, TypeError, ValueError) as broken:
                found.problems[name, "the story"] = [repr(broken)]
            tell.close()
    return found


def test_a_method_tells_the_same_over_both_transports(subtests: pytest.Subtests) -> None:
    for key in REPORTED:
        with subtests.test(key=key):
            assert not heard().problems.get(key)
            assert key in heard().answered, f"no story in stories.py tells {key[1]} of {key[0]}: bring one"


def test_a_story_is_reported_to_its_end_over_grpc(subtests: pytest.Subtests) -> None:
    for name in STORIES:
        with subtests.test(name=name):
            assert not heard().problems.get((name, "the story"))
