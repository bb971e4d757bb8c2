"""What the proxy makes of errors, of the names of models, and of events, one by one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from provision.chat.proxy.errors import openai_error
from provision.chat.proxy.routes import destination
from provision.chat.proxy.stream import with_readable_errors
from provision.chat.serving import Serving

GOOGLES = {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}
BASE = "https://aiplatform.googleapis.com/v1/projects/p/locations/global"
SERVING = Serving(base_url=f"{BASE}/endpoints/openapi", model="openai/gpt-oss-120b-maas", location="global")


INVALID, SERVER, BAD = "invalid_request_error", "server_error", "BadRequestError"
UNKNOWN_MODEL = {"code": 404, "message": "Publisher Model `x` was not found", "status": "NOT_FOUND"}
PAGE = "502 Bad Gateway, and the answer is a page: something before the API sent it"
ODD = {"error": {"message": None, "details": 7}}


@pytest.mark.parametrize(
    ("status", "body", "message", "type_", "code"),
    [
        (403, [{"error": GOOGLES}], "Permission denied", "permission_error", "PERMISSION_DENIED"),
        (403, {"error": GOOGLES}, "Permission denied", "permission_error", "PERMISSION_DENIED"),
        (403, [{"error": GOOGLES | {"details": [{"@type": "x"}, {"reason": "R"}]}}], "Permission denied", None, "R"),
        (404, [{"error": UNKNOWN_MODEL}], "Publisher Model `x` was not found", INVALID, "model_not_found"),
        (401, {"error": {"message": "no key", "type": "auth", "code": "k"}}, "no key", "auth", "k"),
        (400, {"object": "error", "message": "too long", "type": BAD, "code": 400}, "too long", BAD, "400"),
        (422, {"detail": [{"loc": ["body"]}]}, '[{"loc": ["body"]}]', SERVER, "422"),
        (400, {"error": "invalid_grant", "error_description": "gone"}, "gone", INVALID, "invalid_grant"),
        (404, "", "404 Not Found, and the answer is empty", INVALID, "404"),
        (502, "<html>Bad</html>", PAGE, SERVER, "502"),
        (503, "upstream connect error", "503 Service Unavailable: upstream connect error", SERVER, "503"),
        (500, [], "500 Internal Server Error: []", SERVER, "500"),
        (500, [[[]]], "500 Internal Server Error: [[[]]]", SERVER, "500"),
        (500, ODD, f"500 Internal Server Error: {json.dumps(ODD)}", SERVER, "500"),
        (499, {"error": {"message": " "}}, '499 an error: {"error": {"message": " "}}', SERVER, "499"),
    ],
)
def test_any_error_has_words_a_type_and_a_code(
    status: int, body: object, message: str, type_: str | None, code: str
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    error = openai_error(status, text.encode())["error"]
    assert (error["message"], error["code"]) == (message, code)
    assert error["type"] == (type_ or "permission_error")


@pytest.mark.parametrize(
    ("path", "model", "url", "named"),
    [
        ("/chat/completions", "openai/gpt-oss-120b-maas", "endpoints/openapi/chat/completions", None),
        ("/chat/completions", "gemini-3.8-flash", "endpoints/openapi/chat/completions", "google/gemini-3.8-flash"),
        ("/embeddings", "multilingual-e5-small", "endpoints/openapi/embeddings", "intfloat/multilingual-e5-small-maas"),
        ("/responses", "xai/grok-4.7", "endpoints/openapi/responses", None),
        ("/responses", "gpt-6.1-terra", "publishers/openai/v1/responses", "gpt-6.1-terra"),
        ("/responses/compact", "openai/gpt-6-luna", "publishers/openai/v1/responses/compact", "gpt-6-luna"),
        ("/chat/completions", "acme", "endpoints/openapi/chat/completions", None),
        ("/files", "gpt-oss-120b", "endpoints/openapi/files", None),
    ],
)
def test_a_request_goes_where_its_model_answers(path: str, model: str, url: str, named: str | None) -> None:
    body = json.dumps({"model": model, "user": "Zoë"}).encode()
    to = destination(SERVING, path, "a=1", body)
    assert to.url == f"{BASE}/{url}?a=1"
    if named is None:
        assert to.body == body
    else:
        assert json.loads(to.body) == {"model": named, "user": "Zoë"}


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"model": 7}', b"[" * 100_000])
def test_a_body_that_names_no_model_passes_as_it_is(body: bytes) -> None:
    assert destination(SERVING, "/chat/completions", "", body).body == body


EVENTS = (
    b': hi\r\n\r\ndata: {"a": [{}]}\n\ndata: [{"error": {"code": 429, "message": "M"}}]\n\n'
    b'data: [{"b": 1}]\n\ndata: [DONE]'
)


@pytest.mark.parametrize("size", [1, 2, 7, 11, 64, len(EVENTS)])
def test_a_stream_passes_but_for_an_error_in_a_list_however_it_is_cut(size: int) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(EVENTS), size):
            yield EVENTS[start : start + size]

    async def read() -> bytes:
        return b"".join([part async for part in with_readable_errors(parts())])

    lines = asyncio.run(read()).split(b"\n")
    before = EVENTS.split(b"\n")
    assert [line for line in lines if b"429" not in line and b"M" not in line] == [
        line for line in before if b"429" not in line
    ]
    (error,) = (json.loads(line[6:]) for line in lines if b'"M"' in line)
    assert error["error"]["type"] == "rate_limit_error"


LIST = b'[{\n  "error": {\n    "code": 429,\n    "message": "M"\n  }\n}\n]\n'


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b'data:[{"error": {"code": 429, "message": "M"}}]\r\n\r\n', True),
        (b"data: {}\n\n" + LIST, True),
        (b"data: {}\n\n" + LIST.strip(), True),
        (b"data: {}\n\n" + LIST + b"data: [DONE]\n\n", True),
        (LIST[:40], False),
        (b"[1, 2]", False),
        (b"[" * 2**21, False),
        (b"id: [{\ndata: [1]\n\n", False),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 4 * 2**20])
def test_an_error_in_a_list_is_told_in_each_form_and_all_else_passes(sent: bytes, told: bool, size: int) -> None:
    size = max(size, len(sent) // 64)

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(sent), size):
            yield sent[start : start + size]

    async def read() -> bytes:
        return b"".join([part async for part in with_readable_errors(parts())])

    passed = asyncio.run(read())
    assert (passed == sent) is not told
    if told:
        event = next(line for line in passed.split(b"\n") if b"rate_limit_error" in line)
        assert json.loads(event.removeprefix(b"data:"))["error"]["message"] == "M"
