"""Ask a question with room to think: a model can spend all its tokens on reasoning and have none left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.chat.faults import spent_on_thinking

if TYPE_CHECKING:
    from collections.abc import Callable

    from provision.chat.client import Chat
    from provision.chat.messages import Completion

MAX_TOKENS: Final = 1024  # less, and reasoning may leave nothing for the answer
MORE_TOKENS: Final = 4096


def _silent(message: str) -> None:
    """Say nothing."""


def ask_with_room(
    chat: Chat, prompt: str | list[dict[str, Any]], progress: Callable[[str], None] = _silent, **more: Any
) -> Completion:
    """Ask, and once more with a larger budget if reasoning took all of the first.

    Raises:
        ApiError: the question was not answered.
    """
    answer = chat.complete("", prompt, max_tokens=MAX_TOKENS, **more)
    if spent_on_thinking(answer):
        progress("the model spent its tokens on reasoning: asking again with more")
        answer = chat.complete("", prompt, max_tokens=MORE_TOKENS, **more)
    return answer
