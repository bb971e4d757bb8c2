"""Gemini's own API: `generateContent`, streamed or not, and `countTokens`.

A request is read as the chat it stands for, and the same built-in responder answers it. Of what a request may hold,
texts, the system's instruction, the common limits and JSON schemas are understood; tools are not, and are refused by
name rather than left out in silence.
Source: google/cloud/aiplatform/v1/prediction_service.proto and content.proto. Streams are server-sent events, which is
what google-genai asks for (`alt=sse`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors
from gcp_emulator.call import Raw
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import chat, completions, error_cases, state, tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gcp_emulator.call import Answer, Call, Json
    from gcp_emulator.services.aiplatform.chat import Completion

LIMITS: Final = {
    "maxOutputTokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop",
    "candidateCount": "n",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
}
WHOLE: Final = ("maxOutputTokens", "candidateCount")
FINISHES: Final = {"stop": "STOP", "length": "MAX_TOKENS"}


def generate(call: Call) -> Answer:
    """GenerateContent."""
    completion, model = _completion(call)
    whole = completion.whole()
    candidates = [
        _candidate(choice["index"], choice["message"].get("content") or "", choice["finish_reason"])
        for choice in whole["choices"]
    ]
    return _response(call, completion, model) | {"candidates": candidates, "usageMetadata": _usage(completion)}


def stream(call: Call) -> Answer:
    """StreamGenerateContent, as server-sent events; usage is in the last one."""
    completion, model = _completion(call)
    head = _response(call, completion, model)
    return Raw(body=_events(list(_chunks(completion, head))), content_type="text/event-stream")


def count(call: Call) -> Json:
    """CountTokens; it asks for the same permission as generating."""
    body, _ = _chat(call)
    total = tokens.prompt(body["messages"])
    return {"totalTokens": total, "totalBillableCharacters": sum(len(each["content"]) for each in body["messages"])}


def _completion(call: Call) -> tuple[Completion, str]:
    body, name = _chat(call)
    model = completions.published(call, body)
    completion = chat.complete(body, model, completion_id=completions.new_id(call), created=int(call.clock.now()))
    return completion, name


def _chat(call: Call) -> tuple[Json, str]:
    """The chat that a request stands for, and the model's id."""
    publisher, name = call.vars["publisher"], call.vars["model"]
    location = state.location_of(call, anywhere=True)
    call.require("aiplatform.endpoints.predict", f"{location}/publishers/{publisher}/models/{name}")
    if publisher != "google":
        raise error_cases.model_not_found(call.vars["project"], call.vars["location"], f"{publisher}/{name}")
    if call.request.get("tools"):
        raise errors.unimplemented("GenerateContent with tools")
    contents = call.request.get("contents")
    if not isinstance(contents, list) or not contents:
        raise error_cases.no_messages()
    messages = [_message(each, "assistant" if _role(each) == "model" else "user") for each in contents]
    if instruction := call.message("systemInstruction"):
        messages.insert(0, _message(instruction, "system"))
    config = call.message("generationConfig")
    body: Json = {"model": f"{publisher}/{name}", "messages": messages}
    for given, meant in LIMITS.items():
        if config.get(given) is not None:
            body[meant] = int(config[given]) if given in WHOLE and str(config[given]).isdigit() else config[given]
    schema = config.get("responseJsonSchema")
    if isinstance(schema, dict):
        body["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema}}
    elif config.get("responseMimeType") == "application/json":
        body["response_format"] = {"type": "json_object"}
    return body, name


def _role(content: Any) -> str:
    return str(content.get("role", "user")) if isinstance(content, dict) else ""


def _message(content: Any, role: str) -> Json:
    parts = content.get("parts") if isinstance(content, dict) else None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise error_cases.invalid("Invalid value at 'contents': expected parts.")
    return {"role": role, "content": "".join(str(part.get("text", "")) for part in parts)}


def _response(call: Call, completion: Completion, model: str) -> Json:
    return {"modelVersion": model, "createTime": timestamp(call.clock.now()), "responseId": completion.id}


def _candidate(index: int, text: str, finish: str | None) -> Json:
    candidate: Json = {"content": {"role": "model", "parts": [{"text": text}]}}
    return candidate | ({"index": index} if index else {}) | ({"finishReason": FINISHES[finish]} if finish else {})


def _usage(completion: Completion) -> Json:
    used = completion.usage()
    return {
        "promptTokenCount": used["prompt_tokens"],
        "candidatesTokenCount": used["completion_tokens"],
        "totalTokenCount": used["total_tokens"],
        "trafficType": "ON_DEMAND",
    }


def _chunks(completion: Completion, head: Json) -> Iterator[Json]:
    for chunk in completion.chunks():
        for choice in chunk["choices"]:
            text, finish = choice["delta"].get("content") or "", choice.get("finish_reason")
            if text or finish:
                answer = head | {"candidates": [_candidate(choice["index"], text, finish)]}
                yield answer | ({"usageMetadata": _usage(completion)} if "usage" in chunk else {})


async def _events(chunks: list[Json]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\r\n\r\n"
