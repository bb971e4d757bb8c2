"""Predict and RawPredict: of Google's embedding models, and of a model that one deployed oneself.

The server in a deployed model's container is taken to be vLLM, which is what Model Garden deploys: an instance holds a
`prompt`, or a chat where it says `"@requestFormat": "chatCompletions"`; the raw body is either of the two, or the list
of instances.
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/open-models/vllm/use-vllm
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors
from gcp_emulator.call import Raw
from gcp_emulator.services.aiplatform import chat, completions, embeddings, error_cases, published, state
from gcp_emulator.services.aiplatform.models import BY_ID

if TYPE_CHECKING:
    from gcp_emulator.call import Answer, Call, Json

FORMAT: Final = "@requestFormat"
CHAT: Final = "chatCompletions"
PREDICT: Final = "aiplatform.endpoints.predict"


async def predict(call: Call) -> Answer:
    """Predict."""
    if "publisher" in call.vars:
        return _of_publisher(call, "Predict")
    resource = _deployed(call)
    instances = call.request.get("instances")
    if not isinstance(instances, list) or not instances:
        raise error_cases.bad_field("instances", "at least one is required")
    answers = [await _instance(call, each) for each in instances]
    chatted = len(answers) == 1 and isinstance(answers[0], dict)
    return {"predictions": answers[0] if chatted and call.transport == "rest" else answers, **_about(resource)}


async def raw_predict(call: Call) -> Answer:
    """RawPredict: what the container answers, as it is."""
    if "publisher" in call.vars:
        return _of_publisher(call, "RawPredict")
    _deployed(call)
    body = _raw_body(call)
    if "messages" in body:
        return await _chat(call, body)
    given = body.get("instances")
    instances = given if isinstance(given, list) and given else [body]
    return _raw({"predictions": [await _instance(call, each) for each in instances]})


def _of_publisher(call: Call, method: str) -> Answer:
    publisher, name = call.vars["publisher"], call.vars["model"]
    location = state.location_of(call, anywhere=True, global_anywhere=True)
    call.require(PREDICT, f"{location}/publishers/{publisher}/models/{name}")
    named = f"{publisher}/{name}"
    if publisher != "google" and named not in BY_ID:
        raise errors.unimplemented(f"{method} of {publisher}'s models")
    model = published.find(call, named)
    if model.kind == "gemini":
        raise error_cases.through_predict(model.name)
    if model.kind == "embedding" and embeddings.PREDICT in model.routes and method == "Predict":
        return embeddings.predict(call, named)
    raise errors.unimplemented(f"{method} of {named}")


def _deployed(call: Call) -> Json:
    """The endpoint in the path, which has a model."""
    location = state.location_of(call)
    call.require(PREDICT, f"{location}/endpoints/{call.vars['endpoint']}")
    completions.check_deployed(call)
    return state.endpoint(call).resource


def _about(resource: Json) -> Json:
    """Which of an endpoint's models has answered: the one with the most traffic."""
    split: dict[str, int] = resource["trafficSplit"]
    chosen = max(split, key=lambda each: split[each])
    deployed = next(each for each in resource["deployedModels"] if each["id"] == chosen)
    return {
        "deployedModelId": chosen,
        "model": deployed["model"],
        "modelDisplayName": deployed["displayName"],
        "modelVersionId": deployed["modelVersionId"],
    }


async def _instance(call: Call, instance: Any) -> Any:
    """The prediction for one instance."""
    if not isinstance(instance, dict):
        raise error_cases.bad_field("instances", "each is an object")
    if instance.get(FORMAT) == CHAT or "messages" in instance:
        chatted = await _chat(call, {**instance, "stream": False})
        body = chatted.body
        whole = body if isinstance(body, bytes) else b"".join([part async for part in body])
        try:
            return json.loads(whole)
        except ValueError:
            raise errors.ApiError("INTERNAL", "The deployed model's answer is no JSON.") from None
    prompt = instance.get("prompt")
    if not isinstance(prompt, str):
        raise error_cases.bad_field("instances", f'each holds a "prompt", or a chat with "{FORMAT}": "{CHAT}"')
    answered = completions.of_prompt(call, {**instance, "prompt": prompt, "stream": False})
    return f"Prompt:\n{prompt}\nOutput:\n{answered.whole()['choices'][0]['message']['content']}"


async def _chat(call: Call, body: Json) -> Raw:
    asked = {name: value for name, value in body.items() if name != FORMAT} | (call.overrides or {})
    if call.settings.chat_upstream:
        return await completions.passed_on(call, asked)
    completion = chat.complete(asked, None, completion_id=completions.new_id(call), created=int(call.clock.now()))
    if completion.asked.stream:
        return Raw(body=completions.events(completion.chunks()), content_type="text/event-stream")
    return _raw(completion.whole())


def _raw(answer: Json) -> Raw:
    return Raw(body=json.dumps(answer, ensure_ascii=False).encode(), content_type="application/json")


def _raw_body(call: Call) -> Json:
    """The body as it was sent: all of it on REST, the bytes of an `HttpBody` on gRPC."""
    if call.transport == "rest":
        return {name: value for name, value in call.request.items() if name != "endpoint"}
    try:
        body: Any = json.loads(base64.b64decode(call.message("httpBody").get("data", "")))
    except (ValueError, binascii.Error, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise error_cases.invalid("Invalid value at 'http_body.data': expected a JSON object.")
    return body
