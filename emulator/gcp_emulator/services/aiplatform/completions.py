"""The chat route: which model is asked, may it be, and who answers.

`endpoints/openapi` reaches publisher models, any other endpoint id the model deployed there. The answer
comes from the built-in responder, or from the upstream server the sandbox was started with. The route is a
server stream in the protos, which is why Google writes its errors as a list of one.

Source: google/cloud/aiplatform/v1beta1/prediction_service.proto (ChatCompletions) and
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/call-open-model-apis
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.call import Raw
from gcp_emulator.services.aiplatform import chat, error_cases, published, state, upstream
from gcp_emulator.services.aiplatform.chat_request import model_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from gcp_emulator.call import Answer, Call, Json
    from gcp_emulator.services.aiplatform.chat import Completion

OPENAPI: Final = "openapi"
DONE: Final = b"data: [DONE]\n\n"


async def text_completions(call: Call) -> Answer:
    """Answer one text completion at a self-deployed endpoint, as the servers behind such endpoints do.

    The shape is that of the older OpenAI API; that Vertex AI passes the route on is assumed.
    """
    location = state.location_of(call)
    call.require("aiplatform.endpoints.predict", f"{location}/endpoints/{call.vars['endpoint']}")
    check_deployed(call)
    body = _body(call)
    if call.settings.chat_upstream:
        return await passed_on(call, body, "/completions")
    prompt = body.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        [prompt] = prompt
    if not isinstance(prompt, str):
        raise error_cases.invalid("Invalid value at 'prompt': expected a string.")
    completion = of_prompt(call, {**body, "prompt": prompt})
    if completion.asked.stream:
        return Raw(body=events(map(_as_text, completion.chunks())), content_type="text/event-stream")
    return _as_text(completion.whole())


def of_prompt(call: Call, body: Json) -> Completion:
    """Answer a prompt of a deployed model, as a chat without reasoning."""
    chatted = {**body, "messages": [{"role": "user", "content": body["prompt"]}], "reasoning_effort": "none"}
    return chat.complete(chatted, None, completion_id=new_id(call), created=int(call.clock.now()))


def _as_text(answer: dict[str, Any]) -> dict[str, Any]:
    """A chat completion, or a chunk of one, as a text completion."""
    choices = [
        {
            "index": choice["index"],
            "text": (choice.get("message") or choice.get("delta") or {}).get("content") or "",
            "logprobs": None,
            "finish_reason": choice.get("finish_reason"),
        }
        for choice in answer["choices"]
    ]
    kept: dict[str, Any] = {name: answer[name] for name in ("id", "created", "model", "usage") if name in answer}
    return {**kept, "object": "text_completion", "choices": choices}


async def chat_completions(call: Call) -> Answer:
    """Answer one chat."""
    location = state.location_of(call, anywhere=call.vars["endpoint"] == OPENAPI)
    call.require("aiplatform.endpoints.predict", f"{location}/endpoints/{call.vars['endpoint']}")
    body = _body(call)
    model = None
    if call.vars["endpoint"] == OPENAPI:
        model = published.ask(call, model_id(body))
    else:
        check_deployed(call)
    if call.settings.chat_upstream:
        return await passed_on(call, body)
    completion = chat.complete(body, model, completion_id=new_id(call), created=int(call.clock.now()))
    if completion.asked.stream:
        return Raw(body=events(completion.chunks()), content_type="text/event-stream")
    return completion.whole()


async def passed_on(call: Call, body: Json, route: str = upstream.ROUTE) -> Raw:
    """The answer of the upstream server, which may know the model by another name."""
    named, asked = call.settings.chat_upstream_model, body.get("model")
    sent = json.dumps(body | {"model": named} if named else body).encode()
    model = asked if named and isinstance(asked, str) else ""
    return await upstream.forward(call.settings.chat_upstream, sent, route, model=model)


def check_deployed(call: Call) -> None:
    """See to it that a model of one's own can be reached; `model` in the body is ignored there."""
    resource = state.endpoint(call).resource
    dns = resource.get("dedicatedEndpointDns")
    if dns and call.headers.get("host", "").partition(":")[0] != dns:
        raise error_cases.dedicated_endpoint(dns)
    if not resource.get("trafficSplit"):
        raise error_cases.no_traffic_split(resource["name"])


def _body(call: Call) -> Json:
    """The chat request: the whole body on REST, the bytes of an `HttpBody` on gRPC."""
    if call.transport == "rest":
        return {name: value for name, value in call.request.items() if name != "endpoint"} | (call.overrides or {})
    try:
        body: Any = json.loads(base64.b64decode(call.message("httpBody").get("data", "")))
    except (ValueError, binascii.Error, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise error_cases.invalid("Invalid value at 'http_body.data': expected a JSON object.")
    return body | (call.overrides or {})


def new_id(call: Call) -> str:
    """An opaque id, as the documented one is."""
    return base64.urlsafe_b64encode(call.state.draw()).decode().rstrip("=")


async def events(chunks: Iterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    """Write the chunks of a completion as server-sent events."""
    for chunk in chunks:
        yield b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
    yield DONE
