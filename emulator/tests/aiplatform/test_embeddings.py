"""Embeddings by each of their three routes, and predictions of a model that one deployed oneself."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.services.aiplatform.embeddings import vector

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

WHERE = "/v1/projects/sandbox-ready/locations"
GOOGLE = f"{WHERE}/us-central1/publishers/google/models"
PREDICT = f"{GOOGLE}/text-embedding-005:predict"


def near(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_like_texts_lie_near_each_other() -> None:
    cat, dog, price = (vector(text, 768) for text in ("a small cat", "a small dog", "prices rose by 3 %"))
    assert math.isclose(near(cat, cat), 1, abs_tol=1e-6)
    assert near(cat, dog) > near(cat, price)
    assert vector("A small cat", 768) == cat
    assert not any(vector("", 8))


def test_a_text_has_its_embedding_and_its_statistics(vertex: Cloud) -> None:
    body = {"instances": [{"content": "hello there", "task_type": "RETRIEVAL_QUERY"}, {"content": "bye"}]}
    answer = vertex.post(PREDICT, body)
    first, second = (each["embeddings"] for each in answer["predictions"])
    assert first["statistics"] == {"truncated": False, "token_count": 2}
    assert (len(first["values"]), len(second["values"])) == (768, 768)
    assert answer["metadata"] == {"billableCharacterCount": 13}
    short = vertex.post(PREDICT, body | {"parameters": {"outputDimensionality": 256}})
    assert len(short["predictions"][0]["embeddings"]["values"]) == 256


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        (PREDICT, {"instances": []}, 400, "'instances'"),
        (PREDICT, {"instances": [{"content": ""}]}, 400, "The text content is empty."),
        (PREDICT, {"instances": [{"text": "x"}]}, 400, "'content'"),
        (
            PREDICT,
            {"instances": [{"content": "x"}] * 251},
            400,
            "250 instance(s) is allowed per prediction. Actual: 251",
        ),
        (PREDICT, {"instances": [{"content": "word " * 1500}] * 14}, 400, "the input token count is 21000 but"),
        (
            PREDICT,
            {"instances": [{"content": "word " * 3000}], "parameters": {"autoTruncate": False}},
            400,
            "the input token count is 3000 but the model supports up to 2048",
        ),
        (
            PREDICT,
            {"instances": [{"content": "x"}], "parameters": {"outputDimensionality": 9999}},
            400,
            "from 1 to 768",
        ),
        (
            f"{GOOGLE}/gemini-embedding-001:predict",
            {"instances": [{"content": "x"}] * 2},
            400,
            "1 instance(s) is allowed",
        ),
        (f"{GOOGLE}/text-embedding-1:predict", {"instances": [{"content": "x"}]}, 404, "was not found"),
        (f"{GOOGLE}/gemini-embedding-2:embedContent", {"content": {"parts": [{"text": "x"}]}}, 404, "was not found"),
        (f"{GOOGLE}/imagen-4:predict", {"instances": [{"prompt": "x"}]}, 404, "was not found"),
        (
            f"{WHERE}/global/publishers/google/models/gemini-3.5-flash:rawPredict",
            {},
            400,
            "Gemini cannot be accessed through Vertex Predict/RawPredict API",
        ),
        (
            f"{WHERE}/us-east5/publishers/anthropic/models/claude-x:rawPredict",
            {"messages": []},
            501,
            "RawPredict of anthropic's models is not served by the sandbox.",
        ),
    ],
)
def test_what_cannot_be_embedded_is_refused(vertex: Cloud, path: str, body: Any, status: int, words: str) -> None:
    answered, answer = vertex("POST", path, body)
    assert (answered, words in answer["error"]["message"]) == (status, True), answer


def test_a_text_that_is_too_long_is_cut_off_unless_that_is_turned_off(vertex: Cloud) -> None:
    answer = vertex.post(PREDICT, {"instances": [{"content": "word " * 3000}]})
    assert answer["predictions"][0]["embeddings"]["statistics"] == {"truncated": True, "token_count": 2048}


def test_one_content_is_embedded(vertex: Cloud) -> None:
    path = f"{WHERE}/global/publishers/google/models/gemini-embedding-2:embedContent"
    body = {"content": {"parts": [{"text": "hello"}]}, "outputDimensionality": 768}
    answer = vertex.post(path, body)
    assert len(answer["embedding"]["values"]) == 768
    assert answer["usageMetadata"]["promptTokenCount"] == 1
    image = {"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}}
    assert vertex.error("POST", path, image)["message"].startswith("EmbedContent with a file in it (inlineData)")


def test_the_openai_compatible_route_answers_as_openai_does(vertex: Cloud) -> None:
    path = f"{WHERE}/global/endpoints/openapi/embeddings"
    answer = vertex.post(path, {"model": "google/text-embedding-005", "input": ["hello", "bye"], "dimensions": 8})
    assert [(each["object"], each["index"], len(each["embedding"])) for each in answer["data"]] == [
        ("embedding", 0, 8),
        ("embedding", 1, 8),
    ]
    assert answer["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    packed = vertex.post(path, {"model": "google/text-embedding-005", "input": "hi", "encoding_format": "base64"})
    assert isinstance(packed["data"][0]["embedding"], str)
    for body, status in (({"model": "google/text-embedding-005"}, 400), ({"model": "google/gemini-3.5-flash"}, 404)):
        assert vertex("POST", path, body)[0] == status
    assert vertex("POST", path, {"model": "intfloat/multilingual-e5-small-maas", "input": "hi"})[0] == 404  # retired


@pytest.fixture
def deployed(vertex: Cloud) -> str:
    (found,) = vertex.get(f"{WHERE}/us-central1/endpoints")["endpoints"]
    return f"/v1/{found['name']}"


def test_a_deployed_model_predicts_a_prompt_and_a_chat(vertex: Cloud, deployed: str) -> None:
    plain = vertex.post(f"{deployed}:predict", {"instances": [{"prompt": "hello", "max_tokens": 50}]})
    assert plain["predictions"][0].startswith("Prompt:\nhello\nOutput:\n")
    assert {"deployedModelId", "model", "modelDisplayName", "modelVersionId"} <= set(plain)
    chat = {"@requestFormat": "chatCompletions", "messages": [{"role": "user", "content": "hello"}]}
    answer = vertex.post(f"{deployed}:predict", {"instances": [chat]})
    assert "hello" in answer["predictions"]["choices"][0]["message"]["content"]
    assert vertex("POST", f"{deployed}:predict", {"instances": [{"text": "hello"}]})[0] == 400


@pytest.mark.parametrize("verb", ["rawPredict", "streamRawPredict"])
def test_a_raw_body_reaches_the_server_as_it_is(vertex: Cloud, deployed: str, verb: str) -> None:
    chat = {"model": "x", "messages": [{"role": "user", "content": "hello"}]}
    assert vertex.post(f"{deployed}:{verb}", chat)["object"] == "chat.completion"
    assert vertex.post(f"{deployed}:{verb}", {"instances": [{"prompt": "hello"}]})["predictions"]
    streamed = vertex.raw("POST", f"{deployed}:{verb}", json=chat | {"stream": True}).text
    events = [line.removeprefix("data: ") for line in streamed.splitlines() if line]
    assert events[-1] == "[DONE]"
    assert json.loads(events[0])["object"] == "chat.completion.chunk"
