"""Read an answer, streamed or not, whatever its server left out or sent differently.

Every member may be absent, null or of another type, and is read as far as it can be (`provision.chat.shapes`). What it
comes to is not decided here: `provision.chat.faults` says what is wrong with an answer.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from provision.chat.endings import ending
from provision.chat.events import Endless, Unreadable, read_events
from provision.chat.messages import METHOD, Completion
from provision.chat.shapes import items, mapping, thoughts, word, words
from provision.chat.tool_calls import Calls
from provision.chat.usage import Usage, read_usage
from provision.errors import ApiError, ErrorStatus
from provision.google.errors import error_from, error_from_body
from provision.google.openai_errors import error_in
from provision.google.vertex import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.chat.events import Event


class Reader:
    """One answer of the chat route, as it arrives."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._declined: list[str] = []
        self._finish_reasons: list[str] = []
        self._answered_by: list[str] = []
        self._calls = Calls()
        self._other: dict[str, Any] = {}
        self._usage = Usage()
        self._usage_at_end = False
        self._choice: Any = None
        self._streamed = True
        self.events = 0
        self.chunks = 0

    def add(self, event: Event) -> bool:
        """Read one event; return True if it carried something that the model wrote.

        Raises:
            ApiError: it is an error, in the place of an answer or in the middle of one.
        """
        self.events += 1
        self._streamed = self._streamed and event.streamed
        error = error_in(event.value) or (as_error(event.value) if event.name == "error" else None)
        if error is not None:
            raise ApiError(error_from_body(SERVICE, METHOD, 0, error))
        wrote = self._read(mapping(event.value))  # of a list, no client would read anything but an error
        self.chunks += wrote
        return wrote

    def _read(self, chunk: dict[str, Any]) -> bool:
        model = word(chunk.get("model"))
        if model and model not in self._answered_by:
            self._answered_by.append(model)
        wrote = False
        for choice in items(chunk.get("choices")):
            # OpenRouter sends there what a provider answered, with or without `error` as the finish reason:
            # https://openrouter.ai/docs/api-reference/overview (NonStreamingChoice, StreamingChoice).
            if (error := error_in(choice)) is not None:
                raise ApiError(error_from_body(SERVICE, METHOD, 0, error))
            wrote = self._choose(mapping(choice)) or wrote
        usage = read_usage(chunk.get("usage"))
        if usage != Usage():
            self._usage, self._usage_at_end = usage, True
        elif wrote:
            self._usage_at_end = False
        return wrote

    def _choose(self, choice: dict[str, Any]) -> bool:
        """Read a choice of the answer; of several, the one that comes first."""
        given = choice.get("index")
        index = str(given) if isinstance(given, int | str) and given else "0"  # left out, it is the first
        if self._choice is None:
            self._choice = index
        if index != self._choice:
            return False
        reason = ending(choice.get("finish_reason"))
        if reason and (not self._finish_reasons or reason != self._finish_reasons[-1]):
            self._finish_reasons = [each for each in self._finish_reasons if each != reason] + [reason]
        # In a stream it is a delta, even where the whole message stands beside it; what is not streamed is a message.
        delta = choice.get("delta")
        message = delta if isinstance(delta, dict) and (delta or self._streamed) else mapping(choice.get("message"))
        content = message.get("content")
        text = words(content)
        # vLLM calls it `reasoning`, and called it `reasoning_content`; a server may send both, with the same in them.
        thought = words(message.get("reasoning_content")) or words(message.get("reasoning")) or thoughts(content)
        declined = word(message.get("refusal"))
        for call in (calls := items(message.get("tool_calls"))):
            self._calls.add(call)
        for parts, part in ((self._text, text), (self._reasoning, thought), (self._declined, declined)):
            if part:
                parts.append(part)
        # Gemini 3 signs a message that calls nothing, too.
        if mapping(message.get("extra_content")):
            self._other["extra_content"] = message["extra_content"]
        return bool(text or thought or declined or calls)

    def read(self, request: dict[str, Any], *, first_token_s: float | None, total_s: float) -> Completion:
        """Return the answer as far as it has come.

        Raises:
            ApiError: nothing came that speaks of an answer.
        """
        if not self.events:
            raise ApiError(malformed("an empty answer: nothing came"))
        if not (self._finish_reasons or self.chunks or self._answered_by or self._choice):
            raise ApiError(malformed("JSON that is no answer of a model"))
        return Completion(
            model=request["model"],
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            finish_reason=self._finish_reasons[-1] if self._finish_reasons else "",
            finish_reasons=tuple(self._finish_reasons),
            chunks=self.chunks,
            events=self.events,
            streamed=self._streamed,
            prompt_tokens=self._usage.prompt,
            completion_tokens=self._usage.output,
            reasoning_tokens=self._usage.reasoning,
            cached_tokens=self._usage.cached,
            first_token_s=first_token_s,
            total_s=total_s,
            max_tokens=request["max_tokens"],
            tool_calls=self._calls.read(),
            usage_at_end=self._usage_at_end,
            answered_by=tuple(self._answered_by),
            declined="".join(self._declined),
            other=self._other,
        )


def read_answer(
    pieces: Iterable[bytes], request: dict[str, Any], *, began: float, content_type: str = ""
) -> Completion:
    """Read a body as it arrives.

    Args:
        began: when the request was sent, by `time.perf_counter`.

    Raises:
        ApiError: an error came instead of an answer or in the middle of it, the body broke off, did not end, or is
            nothing that anyone could read.
    """
    reader = Reader()
    first_token_s = None
    try:
        for event in read_events(pieces):
            if reader.add(event) and first_token_s is None:
                first_token_s = time.perf_counter() - began
        return reader.read(request, first_token_s=first_token_s, total_s=time.perf_counter() - began)
    except Unreadable as error:
        raise ApiError(malformed(f"{content_type or 'no content type'}: {error}")) from error
    except Exception as error:
        status = _why_broken(error, reader)
        if status is None:
            raise
        raise ApiError(status) from error


def _why_broken(error: Exception, reader: Reader) -> ErrorStatus | None:
    """Return why an answer was not read to its end; None for what is a mistake of ours."""
    if isinstance(error, ApiError):
        return error.status
    came = f"after {reader.events} events"
    if isinstance(error, Endless):
        message = f"{came}: no end, {error}"
        return ErrorStatus(service=SERVICE, method=METHOD, status="TIMEOUT", reason="STREAM_ENDLESS", message=message)
    known = error_from(error, SERVICE, METHOD)
    if known is None or known.code or known.status == "CREDENTIALS":
        return known
    reason = "STREAM_STALLED" if known.status == "TIMEOUT" else "STREAM_BROKEN"
    return ErrorStatus(
        service=SERVICE, method=METHOD, status=known.status, reason=reason, message=f"{came}: {known.message}"
    )


def as_error(value: Any) -> dict[str, Any]:
    """Return what came as an event of type ``error`` as one, whatever is in it."""
    return {"error": {"message": value if isinstance(value, str) else json.dumps(value, default=str)}}


def malformed(why: str) -> ErrorStatus:
    """Return the error of an answer that no one can read."""
    return ErrorStatus(service=SERVICE, method=METHOD, status="MALFORMED_RESPONSE", message=why)
