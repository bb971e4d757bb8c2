"""Gemini's own API: `generateContent`, streamed or not, `countTokens` and `computeTokens`.

A request is read as the chat it stands for (`gemini_request`), and the same built-in responder answers it.
Shapes: google/cloud/aiplatform/v1/prediction_service.proto and recordings (tests/truth). A stream is an array of JSON,
or server-sent events where `alt=sse` asks for them, which is what google-genai does; over gRPC it is a stream.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import quotas
from gcp_emulator.call import Stream
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import (
    chat,
    completions,
    error_cases,
    gemini_request,
    guard,
    published,
    state,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gcp_emulator.call import Answer, Call, Json
    from gcp_emulator.services.aiplatform.chat import Completion
    from gcp_emulator.services.aiplatform.gemini_request import Asked
    from gcp_emulator.services.aiplatform.models import Model

FINISHES: Final = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}


def generate(call: Call) -> Answer:
    """GenerateContent."""
    asked, completion = _completion(call)
    parts = [*_thoughts(asked, completion), *_said(asked, completion, completion.answer.content)]
    candidates = [_candidate(index, parts, completion) for index in range(completion.asked.choices)]
    return _head(call, completion) | {"candidates": candidates, "usageMetadata": _usage(completion)}


def stream(call: Call) -> Answer:
    """StreamGenerateContent; the reason of the end and the usage are in the message with the last content."""
    asked, completion = _completion(call)
    return Stream(messages=_streamed(list(_messages(asked, completion, _head(call, completion)))))


def count(call: Call) -> Json:
    """CountTokens; it asks for the same permission as generating, and for a model that is served there."""
    _model(call)
    counted = _counted(call.request)
    text = "".join(str(each.get("content") or "") for each in counted)
    total = tokens.prompt(counted, _declared(call.request))
    return {
        "totalTokens": total,
        "totalBillableCharacters": len("".join(text.split())),
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": total}],
    }


def compute(call: Call) -> Json:
    """ComputeTokens: the pieces that the sandbox counts, each with a number that stands for it.

    Neither are a real tokenizer's; the same text has the same ones.
    """
    _model(call)
    infos = []
    for each in _counted(call.request):
        pieces = tokens.split(str(each.get("content") or ""))
        infos.append(
            {
                "tokens": [base64.b64encode(piece.encode()).decode() for piece in pieces],
                "tokenIds": [str(zlib.crc32(piece.encode())) for piece in pieces],
                "role": "model" if each["role"] == "assistant" else "user",
            }
        )
    return {"tokensInfo": infos}


def _counted(request: Json) -> list[Json]:
    """The messages of a request, whether it holds contents or, as models of embeddings take them, instances."""
    for content in request.get("contents") or ():
        for part in content.get("parts") or ():
            for field, what in gemini_request.MEDIA.items():
                if field in part:
                    raise error_cases.not_modelled(f"Counting the tokens of {what}")
    found = list(gemini_request.messages(request))
    for instance in request.get("instances") or ():
        text = instance.get("content") or instance.get("prompt") if isinstance(instance, dict) else ""
        found.append({"role": "user", "content": str(text or "")})
    if not found:
        raise error_cases.no_messages()
    return found


def _declared(request: Json) -> list[Json]:
    return [each for tool in request.get("tools") or () for each in tool.get("functionDeclarations") or ()]


def _model(call: Call) -> Model:
    """The model in the path, if the caller may ask it and it is served there."""
    publisher, name = call.vars["publisher"], call.vars["model"]
    location = state.location_of(call, anywhere=True, global_anywhere=True)
    call.require("aiplatform.endpoints.predict", f"{location}/publishers/{publisher}/models/{name}")
    found = published.find(call, f"{publisher}/{name}")
    if publisher != "google" or found.open:
        raise error_cases.model_not_found(call.vars["project"], call.vars["location"], found.id)
    return found


def _completion(call: Call) -> tuple[Asked, Completion]:
    model = _model(call)
    if model.kind != "gemini":
        raise error_cases.model_not_found(call.vars["project"], call.vars["location"], model.id)
    guard.model(call, state.number(call), model)
    quotas.charge_model(call, state.number(call), model.id)
    asked = gemini_request.read(call.request, model)
    completion = chat.complete(
        asked.body, model, completion_id=completions.new_id(call), created=int(call.clock.now()), checked=True
    )
    return asked, completion


def _head(call: Call, completion: Completion) -> Json:
    name = completion.model.model if completion.model else ""
    return {"modelVersion": name, "createTime": timestamp(call.clock.now()), "responseId": completion.id}


def _thoughts(asked: Asked, completion: Completion) -> list[Json]:
    shown = completion.answer.reasoning if asked.shows_thoughts else ""
    return [{"text": shown, "thought": True}] if shown else []


def _said(asked: Asked, completion: Completion, text: str) -> list[Json]:
    """The last parts of an answer: its calls, or its text. The first of them is signed."""
    calls: list[Json] = [
        {"functionCall": {"name": each.name, "args": json.loads(each.arguments)}} for each in completion.answer.calls
    ]
    parts: list[Json] = calls or ([{"text": _bare(text) if asked.enum else text}] if text else [])
    if parts and completion.signature:
        parts[0]["thoughtSignature"] = completion.signature
    return parts


def _bare(text: str) -> str:
    """A value of an enum as it is; of one that was cut off by the budget there is nothing to take."""
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def _candidate(index: int, parts: list[Json], completion: Completion | None) -> Json:
    """One candidate, or the part of one that a message of a stream holds; where it ends, it says why."""
    content: Json = {"role": "model", **({"parts": parts} if parts else {})}
    candidate: Json = {"content": content}
    candidate |= {"index": index} if index else {}
    return candidate | ({"finishReason": FINISHES[completion.answer.finish]} if completion else {})


def _usage(completion: Completion) -> Json:
    used = completion.usage()
    thought = used.get("completion_tokens_details", {}).get("reasoning_tokens", 0)
    counts = {"prompt": used["prompt_tokens"], "candidates": used["completion_tokens"]}
    counted: Json = {f"{name}TokenCount": value for name, value in counts.items() if value}
    counted |= {
        f"{name}TokensDetails": [{"modality": "TEXT", "tokenCount": value}] for name, value in counts.items() if value
    }
    counted |= {"thoughtsTokenCount": thought} if thought else {}
    return counted | {"totalTokenCount": used["total_tokens"], "trafficType": "ON_DEMAND"}


def _messages(asked: Asked, completion: Completion, head: Json) -> Iterator[Json]:
    text = completion.answer.content
    *pieces, last = [text] if asked.enum or not text else list(tokens.pieces(text))
    for index in range(completion.asked.choices):
        begun: list[list[Json]] = [*([thought] for thought in _thoughts(asked, completion))]
        begun += [[{"text": piece}] for piece in pieces]
        for parts in begun:
            yield head | {"candidates": [_candidate(index, parts, None)]}
        ended: Any = {"candidates": [_candidate(index, _said(asked, completion, last), completion)]}
        if index == completion.asked.choices - 1:
            ended["usageMetadata"] = _usage(completion)
        yield head | ended


async def _streamed(messages: list[Json]) -> AsyncIterator[Json]:
    for message in messages:
        yield message
