"""What is asked of a model, and what comes back: plain data, which can be handed to another process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from provision.errors import ErrorStatus

METHOD: Final = "ChatCompletions"


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """One attempt: all that the other process has to know. The token goes through a pipe and nowhere else.

    Attributes:
        timeout_s: seconds until the answer begins, and between two pieces of it.
        answer_timeout_s: seconds until it has ended.
    """

    base_url: str
    headers: dict[str, str]
    token: str
    timeout_s: float
    answer_timeout_s: float
    request: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A function that the model wants called.

    Attributes:
        arguments: JSON text, as the model wrote it.
        is_text: they came as text, as the protocol says, and not as an object.
        other, other_of_function: what else came with the call and its function, such as Gemini's
            ``extra_content.google.thought_signature``: it goes back unchanged, or the next turn is refused.
            https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures
    """

    id: str
    name: str
    arguments: str
    is_text: bool = True
    other: dict[str, Any] = field(default_factory=dict)
    other_of_function: dict[str, Any] = field(default_factory=dict)

    @property
    def sent_back(self) -> dict[str, Any]:
        """The call as a member of the assistant's message in the next turn."""
        function = {"name": self.name, "arguments": self.arguments, **self.other_of_function}
        return {"id": self.id, "type": "function", "function": function, **self.other}


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One answer. Times are in seconds from sending the request.

    Attributes:
        model: what was asked for; ``answered_by``: what the answer says that it is from, each name once.
        chunks: events that carried text or reasoning.
        events: all that came, whatever it carried.
        streamed: it came as a stream of events, as it was asked for.
        tool_calls: the functions to call, in the model's order.
        finish_reasons: every one that was given, each once; ``finish_reason``: the last, empty if the stream ended
            without one.
        declined: why the model would not answer, in its words.
        completion_tokens: all that is paid for as output, ``reasoning_tokens`` among them.
        usage_at_end: no text came after the token counts.
        first_token_s: until the first text or reasoning; None if none came.
        other: what else the message carries and must be sent back with it.
    """

    model: str
    text: str
    reasoning: str
    finish_reason: str
    chunks: int
    prompt_tokens: int
    completion_tokens: int
    first_token_s: float | None
    total_s: float
    max_tokens: int
    tool_calls: tuple[ToolCall, ...] = ()
    usage_at_end: bool = True
    answered_by: tuple[str, ...] = ()
    events: int = 1
    streamed: bool = True
    finish_reasons: tuple[str, ...] = ()
    declined: str = ""
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    other: dict[str, Any] = field(default_factory=dict)

    @property
    def tokens_per_s(self) -> float | None:
        """How fast the tokens came once the first was there; None where too few came to tell."""
        if self.first_token_s is None or self.completion_tokens < 2 or self.total_s <= self.first_token_s:
            return None
        return (self.completion_tokens - 1) / (self.total_s - self.first_token_s)


class Worker(Protocol):
    """Asks a model in the place of this process."""

    def ask(self, request: ChatRequest) -> Completion | ErrorStatus | None:
        """Return the answer or Google's error; None where the caller has to ask by itself."""
