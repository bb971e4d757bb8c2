"""Gemini's own API: its table over REST and gRPC, the shape of its answers and streams, and google-genai."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from gcp_emulator.grpc_types import protobuf_class
from google import genai
from google.genai.types import GenerateContentConfig, HttpOptions
from google.oauth2.credentials import Credentials
from google.protobuf import json_format

from emulator.tests.aiplatform.gemini_cases import ANSWERED, ASKED, CITY, REFUSED, Case, declared, user

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.server import Running

    from emulator.tests.conftest import Cloud

MODEL = "gemini-3.5-flash"
WHERE = "projects/sandbox-ready/locations/global/publishers/google/models"
PATH = f"/v1/{WHERE}/{MODEL}"
CONTENTS = [user("hello")]
PACKAGE = "google.cloud.aiplatform.v1.PredictionService"
TYPES = "google.cloud.aiplatform_v1.types.prediction_service"


class OverGrpc:
    """Asks both methods over gRPC."""

    def __init__(self, ready: Running) -> None:
        self.channel = grpc.insecure_channel(ready["grpc_target"])
        self.headers = (("authorization", f"Bearer {ready['token']}"),)
        self.kind = protobuf_class(f"{TYPES}:GenerateContentRequest")
        self.answer = protobuf_class(f"{TYPES}:GenerateContentResponse")

    def ask(self, model: str, request: dict[str, Any]) -> list[list[dict[str, Any]]]:
        """The messages of the answer, and those of the streamed one."""
        message = json_format.ParseDict({"model": f"{WHERE}/{model}", **request}, self.kind())
        write, read = self.kind.SerializeToString, self.answer.FromString
        whole = self.channel.unary_unary(f"/{PACKAGE}/GenerateContent", write, read)
        stream = self.channel.unary_stream(f"/{PACKAGE}/StreamGenerateContent", write, read)
        found = [whole(message, metadata=self.headers, timeout=10)]
        streamed = list(stream(message, metadata=self.headers, timeout=10))
        return [[json_format.MessageToDict(each) for each in some] for some in (found, streamed)]


@pytest.fixture(scope="module")
def over_grpc(ready: Running) -> Iterator[OverGrpc]:
    asks = OverGrpc(ready)
    yield asks
    asks.channel.close()


def over_rest(vertex: Cloud, model: str, request: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The answer, the streamed one as an array, and as events."""
    path = f"/v1/{WHERE}/{model}"
    events = vertex.raw("POST", f"{path}:streamGenerateContent?alt=sse", json=request)
    assert events.headers["content-type"] == "text/event-stream"
    return [
        [vertex.post(f"{path}:generateContent", request)],
        vertex.post(f"{path}:streamGenerateContent", request),
        [json.loads(event.removeprefix("data: ")) for event in events.text.split("\r\n\r\n") if event],
    ]


def parts_of(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for each in messages for part in each["candidates"][0]["content"].get("parts", ())]


def check(case: Case, messages: list[dict[str, Any]]) -> None:
    parts = parts_of(messages)
    text = "".join(part.get("text", "") for part in parts if not part.get("thought"))
    calls = [part["functionCall"]["name"] for part in parts if "functionCall" in part]
    usage = messages[-1]["usageMetadata"]
    thought = usage.get("thoughtsTokenCount", 0)
    counted = usage["promptTokenCount"] + usage.get("candidatesTokenCount", 0) + thought
    assert usage["totalTokenCount"] == counted
    assert not any("usageMetadata" in each for each in messages[:-1])
    assert not any("finishReason" in each["candidates"][0] for each in messages[:-1])
    for what, wanted in case.answered.items():
        match what:
            case "call":
                assert calls == [wanted]
                assert parts[-1]["thoughtSignature"]
            case "finish":
                assert messages[-1]["candidates"][0]["finishReason"] == wanted
            case "text":
                assert wanted in text
            case "exactly":
                assert text == wanted
            case "json":
                assert set(json.loads(text)) == wanted
            case "thought":
                assert thought == wanted
            case "thoughts":
                assert any(part.get("thought") for part in parts) is wanted


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_gemini_refuses(vertex: Cloud, over_grpc: OverGrpc, case: Case) -> None:
    for verb in ("generateContent", "streamGenerateContent", "streamGenerateContent?alt=sse"):
        status, body = vertex("POST", f"/v1/{WHERE}/{case.model}:{verb}", case.request)
        as_list = verb != "generateContent" and case.status != "UNIMPLEMENTED"
        error = (body[0] if as_list else body)["error"]
        assert (error["status"], error["message"][: len(case.expected)]) == (case.status, case.expected)
        assert status < 500, "clients repeat what is answered with 5xx"
    with pytest.raises(grpc.RpcError) as refused:
        over_grpc.ask(case.model, case.request)
    raised: Any = refused.value
    assert (raised.code().name, raised.details()[: len(case.expected)]) == (case.status, case.expected)


@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.name)
def test_gemini_answers(vertex: Cloud, over_grpc: OverGrpc, case: Case) -> None:
    for messages in over_rest(vertex, case.model, case.request):
        check(case, messages)
    for messages in [] if case.json_alone else over_grpc.ask(case.model, case.request):
        check(case, messages)


def test_a_request_whose_types_do_not_exist_is_refused_as_every_enum_is(vertex: Cloud) -> None:
    request = {"contents": CONTENTS, "tools": declared({"type": "objekt"})}
    error = vertex.error("POST", f"{PATH}:generateContent", request)
    assert error["message"] == (
        "Invalid value at 'tools[0].function_declarations[0].parameters.type' "
        '(type.googleapis.com/google.cloud.aiplatform.v1.Type), "objekt"'
    )
    level = {"contents": CONTENTS, "generationConfig": {"thinkingConfig": {"thinkingLevel": "EXTREME"}}}
    assert 'ThinkingLevel), "EXTREME"' in vertex.error("POST", f"{PATH}:generateContent", level)["message"]


def test_a_conversation_with_a_tool_goes_on_as_it_came(vertex: Cloud) -> None:
    request: dict[str, Any] = {"contents": [ASKED], "tools": declared(CITY)}
    answer: dict[str, Any] = {}
    for _ in range(2):
        answer = vertex.post(f"{PATH}:generateContent", request)["candidates"][0]["content"]
        if "functionCall" not in answer["parts"][0]:
            break
        call = answer["parts"][0]["functionCall"]
        response = {"functionResponse": {"name": call["name"], "response": {"output": call["args"]["city"]}}}
        request["contents"] += [answer, user(response)]
    assert "get_weather answered" in answer["parts"][0]["text"]


def test_an_answer_has_the_recorded_members(vertex: Cloud) -> None:
    answer = vertex.post(f"{PATH}:generateContent", {"contents": CONTENTS})
    assert set(answer) == {"candidates", "usageMetadata", "modelVersion", "createTime", "responseId"}
    [candidate] = answer["candidates"]
    assert set(candidate) == {"content", "finishReason"}
    assert set(candidate["content"]["parts"][0]) == {"text", "thoughtSignature"}
    usage = answer["usageMetadata"]
    assert usage["trafficType"] == "ON_DEMAND"
    assert usage["candidatesTokensDetails"] == [{"modality": "TEXT", "tokenCount": usage["candidatesTokenCount"]}]
    counted = vertex.post(f"{PATH}:countTokens", {"contents": CONTENTS})
    assert counted["totalTokens"] == usage["promptTokenCount"]
    computed = vertex.post(f"{PATH}:computeTokens", {"contents": CONTENTS})["tokensInfo"][0]
    assert (len(computed["tokens"]), computed["role"]) == (len(computed["tokenIds"]), "user")


@pytest.mark.parametrize("verb", ["generateContent", "countTokens", "computeTokens"])
@pytest.mark.parametrize(("location", "status"), [("global", 200), ("us", 200), ("eu", 200), ("us-central1", 404)])
def test_gemini_runs_in_the_multi_regions_alone(vertex: Cloud, location: str, status: int, verb: str) -> None:
    path = PATH.replace("global", location)
    assert vertex("POST", f"{path}:{verb}", {"contents": CONTENTS})[0] == status


def test_the_host_of_a_region_answers_for_global_as_googles_starter_pack_asks_it(vertex: Cloud) -> None:
    host = {"host": "us-central1-aiplatform.googleapis.com"}
    assert vertex("POST", f"{PATH}:countTokens", {"contents": CONTENTS}, **host)[0] == 200
    chat = {"model": f"google/{MODEL}", "messages": [{"role": "user", "content": "hi"}]}
    path = "/v1/projects/sandbox-ready/locations/global/endpoints/openapi/chat/completions"
    assert vertex("POST", path, chat, **host)[0] == 400


def test_the_body_of_a_request_over_grpc_may_be_as_large_as_over_rest(over_grpc: OverGrpc) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        over_grpc.ask(MODEL, {"contents": [user("word " * 1_300_000)]})
    raised: Any = refused.value
    assert "exceeds the maximum number of tokens allowed" in raised.details()


@pytest.mark.parametrize("alt", ["", "?alt=sse"])
@pytest.mark.parametrize("given", [{"cut_stream_after": 2}, {"end_stream_after": 2}])
def test_a_stream_is_cut_or_ended_where_a_fault_says(vertex: Cloud, given: dict[str, int], alt: str) -> None:
    vertex.ready.fail_next("*/StreamGenerateContent", **given)
    ended = False
    try:
        answer = vertex.raw("POST", f"{PATH}:streamGenerateContent{alt}", json={"contents": CONTENTS})
        ended = answer.text.count('"candidates"') == 2
    except OSError:
        assert "cut_stream_after" in given
    assert ended == ("end_stream_after" in given)


def test_google_genai_works_as_it_is(ready: Running) -> None:
    credentials: Any = Credentials(ready["token"])  # type: ignore[no-untyped-call] # google-auth has no types here
    options = HttpOptions(base_url=ready["rest_url"])
    with genai.Client(
        vertexai=True, project="sandbox-ready", location="global", credentials=credentials, http_options=options
    ) as client:
        answer = client.models.generate_content(model=MODEL, contents="hello")
        assert answer.text is not None
        assert "hello" in answer.text
        parts = list(client.models.generate_content_stream(model=MODEL, contents="hello"))
        assert len(parts) > 1
        assert "".join(part.text or "" for part in parts) == answer.text
        assert parts[-1].usage_metadata is not None
        config = GenerateContentConfig(max_output_tokens=2, system_instruction="Be short.", temperature=0.5)
        short = client.models.generate_content(model=MODEL, contents="hello", config=config)
        assert short.candidates is not None
        assert str(short.candidates[0].finish_reason).endswith("MAX_TOKENS")
        assert client.models.count_tokens(model=MODEL, contents="hello").total_tokens

        def get_weather(city: str, days: int | None = None) -> str:
            """Tell the weather."""
            return f"sunny in {city} for {days}"

        helped = client.models.generate_content(
            model=MODEL, contents="Use get_weather.", config=GenerateContentConfig(tools=[get_weather])
        )
        assert helped.text is not None
        assert "The tool get_weather answered" in helped.text
        embedded = client.models.embed_content(model="text-embedding-005", contents="hello")
        assert embedded.embeddings is not None
        assert len(embedded.embeddings[0].values or ()) == 768
