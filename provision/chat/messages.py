"""What is asked of a model, and what comes back: plain data, which can be handed to another process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from provision.errors import ErrorStatus

METHOD: Final = "ChatCompletions"


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """One attempt: all that the other process has to know. The token goes through a pipe and nowhere else."""

    base_url: str
    headers: dict[str, str]
    token: str
    timeout_s: float
    request: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A function that the model wants called; ``arguments`` is JSON text, as it wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One streamed answer. Times are in seconds from sending the request; tokens as Vertex AI counts them.

    Attributes:
        chunks: events that carried text or reasoning.
        tool_calls: the functions to call, in the model's order.
        finish_reason: empty if the stream ended without one, which the SDK passes over in silence.
        usage_at_end: the token counts was in the last event, and nowhere before.
        first_token_s: until the first text or reasoning; None if none came.
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
