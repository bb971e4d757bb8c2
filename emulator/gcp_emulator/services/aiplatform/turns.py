"""The turns of a conversation with Gemini, and which sequences of them it refuses.

Both of its routes come to this: `generateContent` and chat completions. A tool's results are one turn, however many
messages hold them.
Thought signatures: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures says that they are
validated in the current turn alone, which begins with the last message of the user that is no tool's result, and that
of calls side by side only the first is signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gcp_emulator.services.aiplatform import error_cases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gcp_emulator.services.aiplatform.models import Model


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One content block.

    Args:
        of_model: the model's, not the user's.
        calls: the functions that it calls.
        signed: the first of those calls has its thought signature.
        results: how many results of tools it holds.
        lacks: what it has none of: any part, or any text in its parts.
    """

    of_model: bool
    calls: tuple[str, ...] = ()
    signed: bool = False
    results: int = 0
    lacks: Literal["", "parts", "text"] = ""


def check(turns: Sequence[Turn], model: Model) -> None:
    """Refuse a conversation that Gemini refuses.

    Raises:
        ApiError: INVALID_ARGUMENT, in Google's words, for the first thing that is wrong.
    """
    for turn in turns:
        if turn.lacks:
            raise error_cases.empty_parts() if turn.lacks == "parts" else error_cases.empty_text()
    for index, turn in enumerate(turns):
        before = turns[index - 1] if index else None
        after = turns[index + 1] if index + 1 < len(turns) else None
        if turn.calls and (before is None or before.of_model):
            raise error_cases.function_call_misplaced()
        if turn.results and (before is None or not before.calls):
            raise error_cases.function_response_misplaced()
        if turn.calls and (after.results if after else 0) != len(turn.calls):
            raise error_cases.function_responses_missing()
    if model.signs:
        _check_signatures(turns)


def _check_signatures(turns: Sequence[Turn]) -> None:
    current = max((index for index, turn in enumerate(turns) if not turn.of_model and not turn.results), default=-1)
    for index, turn in enumerate(turns):
        if index > current and turn.calls and not turn.signed:
            raise error_cases.signature_missing(turn.calls[0], index + 1)
