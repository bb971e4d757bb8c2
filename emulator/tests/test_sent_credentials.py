"""What sort of credential was sent decides how it is refused, over both transports."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import grpc
import pytest
import requests
from gcp_emulator.server import Running, running
from google.cloud.aiplatform_v1.types import CountTokensRequest, CountTokensResponse
from google.rpc.error_details_pb2 import ErrorInfo  # type: ignore[import-untyped] # has no types
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # has no types

MODEL = "projects/sandbox-ready/locations/global/publishers/google/models/gemini-3.5-flash"
CONTENTS = [{"role": "user", "parts": [{"text": "hi"}]}]
GOOD = "the owner's"
MISSING = "Request is missing required authentication credential. Expected OAuth 2 access token"
INVALID = "Request had invalid authentication credentials. Expected OAuth 2 access token"
KEYS = (
    "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that as"
)


def jwt(**claims: Any) -> str:
    parts = ({"alg": "RS256"}, claims)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in parts), "c2ln"])


class Row(NamedTuple):
    """What is sent, and how it is refused; sources are in sent_credentials.py."""

    bearer: str
    key: str
    status: int
    reason: str
    words: str


ROWS = {
    "nothing": Row("", "", 401, "CREDENTIALS_MISSING", MISSING),
    "a key": Row("", "AIzaSyA-0123456789012345678901234567890", 401, "CREDENTIALS_MISSING", KEYS),
    "an express key": Row("", "AQ.Ab8RN6made-up", 401, "CREDENTIALS_MISSING", KEYS),
    "a key that is none": Row(
        "", "nonsense", 400, "API_KEY_INVALID", "API key not valid. Please pass a valid API key."
    ),
    "a key that is none beside a token": Row(GOOD, "nonsense", 400, "API_KEY_INVALID", "API key not valid."),
    "a key beside a token": Row(GOOD, "AIzaSyA-0123456789012345678901234567890", 200, "", ""),
    "a key as bearer": Row("AIzaSyA-012345", "", 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED", INVALID),
    "an express key as bearer": Row("AQ.Ab8RN6made-up", "", 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED", INVALID),
    "a key of OpenAI's as bearer": Row("sk-proj-made-up", "", 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED", INVALID),
    "an ID token as bearer": Row(
        jwt(iss="https://accounts.google.com", aud="x"), "", 401, "ACCESS_TOKEN_TYPE_UNSUPPORTED", INVALID
    ),
    "a JWT of a service account's own that is not good": Row(
        jwt(iss="a@b.iam.gserviceaccount.com"), "", 401, "ACCESS_TOKEN_EXPIRED", INVALID
    ),
    "a token that no one has any more": Row("ya29.made-up", "", 401, "ACCESS_TOKEN_EXPIRED", INVALID),
}


@pytest.fixture(scope="module")
def ready() -> Iterator[Running]:
    with running(clock=0) as started:
        yield started


def headers_of(row: Row, ready: Running) -> dict[str, str]:
    bearer = ready["token"] if row.bearer == GOOD else row.bearer
    sent = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return sent | ({"x-goog-api-key": row.key} if row.key else {})


@pytest.mark.parametrize("name", ROWS)
def test_the_sort_of_credential_decides(ready: Running, name: str) -> None:
    row = ROWS[name]
    headers = headers_of(row, ready)
    url = f"{ready['rest_url']}/v1/{MODEL}:countTokens"
    asked = [requests.post(url, json={"contents": CONTENTS}, headers=headers, timeout=10)]
    if row.key:
        bare = {key: value for key, value in headers.items() if key == "authorization"}
        asked.append(requests.post(f"{url}?key={row.key}", json={"contents": CONTENTS}, headers=bare, timeout=10))
    for answer in asked:
        assert answer.status_code == row.status, answer.text
        if row.status >= 400:
            error = answer.json()["error"]
            assert error["message"].startswith(row.words)
            assert error["details"][0]["reason"] == row.reason
    with grpc.insecure_channel(ready["grpc_target"]) as channel:
        write: Any = CountTokensRequest.serialize
        read: Any = CountTokensResponse.deserialize
        ask = channel.unary_unary("/google.cloud.aiplatform.v1.LlmUtilityService/CountTokens", write, read)
        request = CountTokensRequest(endpoint=MODEL, contents=CONTENTS)
        if row.status == 200:
            assert ask(request, metadata=tuple(headers.items()), timeout=10).total_tokens
            return
        with pytest.raises(grpc.RpcError) as refused:
            ask(request, metadata=tuple(headers.items()), timeout=10)
    raised: Any = refused.value
    packed = dict(raised.trailing_metadata())["grpc-status-details-bin"]
    info = ErrorInfo()
    Status.FromString(packed).details[0].Unpack(info)
    assert (raised.details()[: len(row.words)], info.reason) == (row.words, row.reason)


def test_express_mode_refuses_a_key_as_google_does_where_it_is_not_for_it(ready: Running) -> None:
    url = f"{ready['rest_url']}/v1beta1/publishers/google/models/gemini-3.5-flash:generateContent"
    answer = requests.post(url, json={"contents": CONTENTS}, headers={"x-goog-api-key": "AQ.made-up"}, timeout=10)
    assert (answer.status_code, answer.json()["error"]["message"][:30]) == (401, KEYS[:30])
