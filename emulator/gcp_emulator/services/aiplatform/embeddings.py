"""Embeddings without a model: a text's pieces are counted into a vector, so that like texts lie near each other.

Each piece of a text, in small letters, is hashed to one place and one sign of the vector, which is then given the
length 1. The same text always has the same vector; texts that share words have like ones. No more is promised: it is
not what a model would say.

Shapes and limits: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/embeddings/get-text-embeddings
(`:predict`), the discovery document (`embedContent`), and OpenAI's reference for `endpoints/openapi/embeddings`, whose
answer is assumed to be as there.
"""

from __future__ import annotations

import array
import base64
import hashlib
import math
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.services.aiplatform import error_cases, gemini_request, published, state, tokens
from gcp_emulator.services.aiplatform.chat_request import model_id

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.aiplatform.models import Model

PREDICT: Final = "predict"
EMBED_CONTENT: Final = "embedContent"
OPENAPI: Final = "openapi/embeddings"
MOST_TOKENS: Final = 20_000
"""Of all texts of one request for `:predict`."""


def vector(text: str, dimensions: int) -> list[float]:
    """Return the vector of a text, of length 1 unless the text holds nothing that is counted."""
    values = [0.0] * dimensions
    for piece in tokens.split(text.lower()):
        digest = int.from_bytes(hashlib.blake2b(piece.encode(), digest_size=8).digest())
        values[digest % dimensions] += 1.0 if digest >> 63 else -1.0
    length = math.sqrt(sum(value * value for value in values))
    return [round(value / length, 8) for value in values] if length else values


def predict(call: Call, named: str) -> Json:
    """`:predict` of a text embedding model: an instance for each text.

    Raises:
        ApiError: INVALID_ARGUMENT for what Google refuses.
    """
    model = published.ask(call, named, PREDICT)
    instances = call.request.get("instances")
    if not isinstance(instances, list) or not instances:
        raise error_cases.bad_field("instances", "at least one is required")
    if len(instances) > model.most:
        raise error_cases.too_many_instances(len(instances), model.most)
    texts = [_content(each) for each in instances]
    parameters = call.message("parameters")
    cuts = parameters.get("autoTruncate", True) is not False
    dimensions = _dimensions(parameters.get("outputDimensionality"), model)
    counted = [tokens.count(text) for text in texts]
    if sum(counted) > MOST_TOKENS:
        raise error_cases.too_many_texts_tokens(sum(counted), MOST_TOKENS)
    predictions = []
    for text, count in zip(texts, counted, strict=True):
        kept, used, cut = _within(text, count, model, cuts=cuts)
        statistics = {"truncated": cut, "token_count": used}
        predictions.append({"embeddings": {"statistics": statistics, "values": vector(kept, dimensions)}})
    return {"predictions": predictions, "metadata": {"billableCharacterCount": sum(map(_billable, texts))}}


def embed_content(call: Call) -> Json:
    """EmbedContent: one content, of which the texts are embedded."""
    publisher, name = call.vars["publisher"], call.vars["model"]
    location = state.location_of(call, anywhere=True, global_anywhere=True)
    call.require("aiplatform.endpoints.predict", f"{location}/publishers/{publisher}/models/{name}")
    model = published.ask(call, f"{publisher}/{name}", EMBED_CONTENT)
    parts = call.message("content").get("parts") or []
    for part in parts:
        for field, what in gemini_request.MEDIA.items():
            if field in part:
                raise error_cases.not_modelled(f"EmbedContent with {what}")
    text = "".join(str(part.get("text", "")) for part in parts)
    if not text:
        raise error_cases.empty_content()
    config = call.message("embedContentConfig")
    asked = {**call.request, **config}
    dimensions = _dimensions(asked.get("outputDimensionality"), model)
    kept, used, cut = _within(text, tokens.count(text), model, cuts=bool(asked.get("autoTruncate")))
    details = [{"modality": "TEXT", "tokenCount": used}]
    usage = {"promptTokenCount": used, "totalTokenCount": used, "promptTokensDetails": details}
    answer: Json = {"embedding": {"values": vector(kept, dimensions)}, "usageMetadata": usage}
    return answer | ({"truncated": True} if cut else {})


def openapi(call: Call) -> Json:
    """`endpoints/openapi/embeddings`, as OpenAI's route."""
    location = state.location_of(call, anywhere=True)
    call.require("aiplatform.endpoints.predict", f"{location}/endpoints/openapi")
    model = published.ask(call, model_id(call.request), OPENAPI)
    given = call.request.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise error_cases.invalid("Invalid value at 'input': expected a string or a list of strings.")
    dimensions = _dimensions(call.request.get("dimensions"), model)
    packed = call.request.get("encoding_format") == "base64"
    data, total = [], 0
    for index, text in enumerate(texts):
        if not text:
            raise error_cases.empty_content()
        kept, used, _ = _within(text, tokens.count(text), model, cuts=False)
        values = vector(kept, dimensions)
        shown: Any = base64.b64encode(array.array("f", values).tobytes()).decode() if packed else values
        data.append({"object": "embedding", "index": index, "embedding": shown})
        total += used
    usage = {"prompt_tokens": total, "total_tokens": total}
    return {"object": "list", "model": model.id, "data": data, "usage": usage}


def _content(instance: Any) -> str:
    text = instance.get("content") if isinstance(instance, dict) else None
    if not isinstance(text, str):
        raise error_cases.bad_field("instances", "each is an object with its text in 'content'")
    if not text.strip():
        raise error_cases.empty_content()
    return text


def _dimensions(asked: Any, model: Model) -> int:
    if asked is None:
        return model.dimensions
    if not isinstance(asked, int | float) or isinstance(asked, bool) or not 1 <= asked <= model.dimensions:
        raise error_cases.bad_field("output_dimensionality", f"a number from 1 to {model.dimensions} is expected")
    return int(asked)


def _within(text: str, count: int, model: Model, *, cuts: bool) -> tuple[str, int, bool]:
    """The text that the model takes, its tokens, and whether it was cut off."""
    if count <= model.context:
        return text, count, False
    if not cuts:
        raise error_cases.too_many_texts_tokens(count, model.context)
    return tokens.take(text, model.context)[0], model.context, True


def _billable(text: str) -> int:
    return len("".join(text.split()))
