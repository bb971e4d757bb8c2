"""The other APIs by which the same models are asked, read into the same kind of answer.

They are asked for one whole answer: what differs between them is where a text, its end and its counts are written.

Responses: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/openai
generateContent: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse
rawPredict: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.chat.client import Chat
from provision.chat.endings import ending
from provision.chat.events import Event
from provision.chat.messages import Completion
from provision.chat.reader import Reader, malformed
from provision.chat.shapes import count, items, mapping, word, words
from provision.errors import ApiError
from provision.google.errors import error_from_body
from provision.google.openai_errors import as_google, error_in
from provision.google.vertex import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.chat.serving import Serving

METHODS: Final = {
    "responses": "Responses",
    "generate-content": "GenerateContent",
    "embeddings": "Embeddings",
    "raw-predict": "RawPredict",
}
APIS: Final = ("chat", *METHODS)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What an answer holds, wherever its API writes it."""

    text: str = ""
    reasoning: str = ""
    declined: str = ""
    finish_reason: str = ""
    model: str = ""
    prompt: int = 0
    output: int = 0
    thinking: int = 0
    cached: int = 0


class OtherApi(Chat):
    """One of the other APIs, asked as the chat is. Every method raises `ApiError`."""

    api: str = ""

    def complete(self, model: str, prompt: str | list[dict[str, Any]], *, max_tokens: int, **more: Any) -> Completion:
        """Ask one question and read the whole answer; needs ``aiplatform.endpoints.predict``."""
        model = model or self.serving.model
        question = prompt if isinstance(prompt, str) else words([mapping(each).get("content") for each in prompt])
        url, body = _request(self.api, self.serving, model, question, max_tokens)
        began = time.perf_counter()
        answer = self._transport.call(
            SERVICE,
            METHODS[self.api],
            lambda **_: self._post(url, body | more),
            total_s=self._answer_timeout_s + 1.0,
        )
        total_s = time.perf_counter() - began
        return as_completion(_READERS[self.api](answer), model=model, max_tokens=max_tokens, total_s=total_s)

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        method = METHODS[self.api]
        response = self._transport.session.post(
            url, json=body, headers=self.serving.headers, timeout=self._answer_timeout_s
        )
        try:
            value = response.json()
        except ValueError:
            value = None
        if response.status_code >= 400:
            shown = response.text if value is None else as_google(value)
            raise ApiError(error_from_body(SERVICE, method, response.status_code, shown))
        error = error_in(value)
        if error is not None:
            raise ApiError(error_from_body(SERVICE, method, 0, error))
        if not isinstance(value, dict):
            raise ApiError(malformed(f"the answer is no JSON object: {response.text[:200]!r}"))
        return value


def as_completion(found: _Found, *, model: str, max_tokens: int, total_s: float) -> Completion:
    """Return an answer of any API as one of the chat."""
    return Completion(
        model=model,
        text=found.text,
        reasoning=found.reasoning,
        declined=found.declined,
        finish_reason=found.finish_reason,
        finish_reasons=(found.finish_reason,) if found.finish_reason else (),
        chunks=1,
        streamed=False,
        prompt_tokens=found.prompt,
        completion_tokens=found.output,
        reasoning_tokens=found.thinking,
        cached_tokens=found.cached,
        first_token_s=None,
        total_s=total_s,
        max_tokens=max_tokens,
        answered_by=(found.model,) if found.model else (),
    )


def _request(api: str, serving: Serving, model: str, question: str, max_tokens: int) -> tuple[str, dict[str, Any]]:
    """Return where to post, and what."""
    base = serving.base_url
    parent, _, endpoint = base.rpartition("/endpoints/")
    publisher, _, name = model.partition("/")
    resource = f"{parent}/publishers/{publisher}/models/{name}" if endpoint == "openapi" else base
    if api == "responses":
        # OpenAI's own models have a route, and ids, of their own.
        own = publisher == "openai" and not name.endswith("-maas")
        url = f"{parent}/publishers/openai/v1/responses" if own else f"{base}/responses"
        return url, {"model": name if own else model, "input": question, "max_output_tokens": max_tokens}
    if api == "embeddings":
        return f"{base}/embeddings", {"model": model, "input": question}
    if api == "generate-content":
        asked = {"role": "user", "parts": [{"text": question}]}
        return f"{resource}:generateContent", {"contents": [asked], "generationConfig": {"maxOutputTokens": max_tokens}}
    messages = [{"role": "user", "content": question}]
    if publisher == "anthropic":
        own_body = {"anthropic_version": "vertex-2023-10-16", "messages": messages, "max_tokens": max_tokens}
        return f"{resource}:rawPredict", own_body
    return f"{resource}:rawPredict", {"model": model, "messages": messages, "max_tokens": max_tokens}


def _of_responses(answer: dict[str, Any]) -> _Found:
    usage, status = mapping(answer.get("usage")), word(answer.get("status"))
    reason = word(mapping(answer.get("incomplete_details")).get("reason"))
    ended = {"completed": "stop", "incomplete": "length" if reason == "max_output_tokens" else reason or "incomplete"}
    text: list[str] = []
    declined: list[str] = []
    thought: list[str] = []
    for item in map(mapping, items(answer.get("output"))):
        for part in map(mapping, items(item.get("content"))):
            (thought if item.get("type") == "reasoning" else text).append(word(part.get("text")))
            declined.append(word(part.get("refusal")))
        thought.append(words(item.get("summary")))
    return _Found(
        text="".join(text),
        reasoning="".join(thought),
        declined="".join(declined),
        finish_reason=ended.get(status, status),
        model=word(answer.get("model")),
        prompt=count(usage.get("input_tokens")) or 0,
        output=count(usage.get("output_tokens")) or 0,
        thinking=count(mapping(usage.get("output_tokens_details")).get("reasoning_tokens")) or 0,
        cached=count(mapping(usage.get("input_tokens_details")).get("cached_tokens")) or 0,
    )


def _of_generate_content(answer: dict[str, Any]) -> _Found:
    """Read Gemini's answer: its thoughts are marked parts, and counted beside the candidates."""
    usage = mapping(answer.get("usageMetadata"))
    candidate = mapping(next(iter(items(answer.get("candidates"))), None))
    parts = [mapping(part) for part in items(mapping(candidate.get("content")).get("parts"))]
    reason = word(candidate.get("finishReason"))
    if mapping(answer.get("promptFeedback")).get("blockReason"):
        reason = "content_filter"
    thinking = count(usage.get("thoughtsTokenCount")) or 0
    return _Found(
        text="".join(word(part.get("text")) for part in parts if not part.get("thought")),
        reasoning="".join(word(part.get("text")) for part in parts if part.get("thought")),
        finish_reason=ending(reason),
        model=word(answer.get("modelVersion")),
        prompt=count(usage.get("promptTokenCount")) or 0,
        output=(count(usage.get("candidatesTokenCount")) or 0) + thinking,
        thinking=thinking,
        cached=count(usage.get("cachedContentTokenCount")) or 0,
    )


def _of_embeddings(answer: dict[str, Any]) -> _Found:
    vector = mapping(next(iter(items(answer.get("data"))), None)).get("embedding")
    numbers = [each for each in items(vector) if type(each) in (int, float) and math.isfinite(each)]
    if not any(numbers) or len(numbers) != len(items(vector)):
        raise ApiError(malformed("an embedding that is no vector of numbers, or one of zeros"))
    return _Found(
        text=f"a vector of {len(numbers)} numbers",
        finish_reason="stop",
        model=word(answer.get("model")),
        prompt=count(mapping(answer.get("usage")).get("prompt_tokens")) or 0,
    )


def _of_raw_predict(answer: dict[str, Any]) -> _Found:
    """Read what the model's own server answers: OpenAI's shape, or Anthropic's."""
    if "choices" in answer:
        reader = Reader()
        reader.add(Event(value=answer, streamed=False))
        chat = reader.read({"model": "", "max_tokens": 0}, first_token_s=None, total_s=0.0)
        return _Found(
            text=chat.text,
            reasoning=chat.reasoning,
            declined=chat.declined,
            finish_reason=chat.finish_reason,
            model=next(iter(chat.answered_by), ""),
            prompt=chat.prompt_tokens,
            output=chat.completion_tokens,
            thinking=chat.reasoning_tokens,
            cached=chat.cached_tokens,
        )
    usage, reason = mapping(answer.get("usage")), word(answer.get("stop_reason"))
    return _Found(
        text=words(answer.get("content")),
        finish_reason=ending(reason),
        model=word(answer.get("model")),
        prompt=count(usage.get("input_tokens")) or 0,
        output=count(usage.get("output_tokens")) or 0,
        cached=count(usage.get("cache_read_input_tokens")) or 0,
    )


_READERS: Final[dict[str, Callable[[dict[str, Any]], _Found]]] = {
    "responses": _of_responses,
    "generate-content": _of_generate_content,
    "embeddings": _of_embeddings,
    "raw-predict": _of_raw_predict,
}
