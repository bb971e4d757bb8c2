"""Ask the model one question and read the answer.

The only proof that everything works is an answer. This step asks for a short one, streamed, through the openai SDK
with a Google token. A reasoning model can spend its whole budget on thinking and answer nothing; then it is asked once
more with a larger budget, and the report says so. This is the only thing in a check that costs anything: a fraction of
a cent.

Permissions: `aiplatform.endpoints.predict` (`roles/aiplatform.user`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision import catalogue
from provision.clients import Clients, ask
from provision.errors import Refusal
from provision.plan import Check, Need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.clients.chat import Completion
    from provision.config import Config

REQUIRES: Final = ("services", "model", "quota")
CHECKS: Final = {
    "chat.answers": "The model answers, streamed, and finishes.",
    "chat.usage": "The answer comes with token counts.",
}
PERMISSIONS: Final[tuple[Need, ...]] = (Need(permission="aiplatform.endpoints.predict", purpose="run"),)
PROMPT: Final = "In one short sentence: what is a cloud?"
MAX_TOKENS: Final = 1024  # less, and reasoning may leave nothing for the answer
MORE_TOKENS: Final = 4096
SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The answer, or the refusal; None where nothing was asked."""

    completion: Completion | Refusal | None = None
    asked_again: bool = False


NOTHING: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Ask; ask once more with a larger budget if reasoning took all of it."""
    first = ask(lambda: clients.chat.complete(config.model, PROMPT, max_tokens=MAX_TOKENS))
    if isinstance(first, Refusal) or first.text or first.finish_reason != "length":
        return Observed(completion=first)
    clients.say("the model spent its tokens on reasoning: asking again with more")
    return Observed(
        completion=ask(lambda: clients.chat.complete(config.model, PROMPT, max_tokens=MORE_TOKENS)),
        asked_again=True,
    )


def judge(config: Config, observed: Observed) -> Iterator[Check]:
    """Judge whether it answered, and finished."""
    answer = observed.completion
    name = "chat.answers"
    if answer is None or isinstance(answer, Refusal):
        yield Check(
            id=name,
            status="unknown",
            summary=f"{config.model} does not answer",
            refusal=answer,
            diagnosis=why_not_found(config, answer) if answer is not None else "",
        )
        return
    evidence: dict[str, Any] = {
        "model": answer.model,
        "text": answer.text[:SHOWN_CHARACTERS],
        "reasoning": answer.reasoning[:SHOWN_CHARACTERS],
        "finish_reason": answer.finish_reason,
        "chunks": answer.chunks,
        "first_token_s": None if answer.first_token_s is None else round(answer.first_token_s, 3),
        "total_s": round(answer.total_s, 3),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "max_tokens": answer.max_tokens,
        "asked_again": observed.asked_again,
    }
    if not answer.finish_reason:
        yield Check(
            id=name,
            status="fail",
            summary="the stream ended without an end",
            diagnosis="CHAT_UNFINISHED",
            evidence=evidence,
        )
    elif not answer.text:
        by_budget = answer.finish_reason == "length"
        yield Check(
            id=name,
            status="fail",
            evidence=evidence,
            diagnosis="CHAT_EMPTY" if by_budget else "CHAT_NO_TEXT",
            summary="nothing but reasoning" if by_budget else "an empty answer",
        )
    else:
        again = f" (asked again: {MAX_TOKENS} tokens went into reasoning)" if observed.asked_again else ""
        first = f"first token after {answer.first_token_s:.2f} s, " if answer.first_token_s is not None else ""
        yield Check(
            id=name,
            status="pass",
            evidence=evidence,
            summary=f"{config.model} answered: {first}{answer.total_s:.2f} s in all, "
            f"{answer.prompt_tokens} + {answer.completion_tokens} tokens{again}",
        )
        counted = bool(answer.completion_tokens)
        yield Check(
            id="chat.usage",
            status="pass" if counted else "warn",
            required=False,
            summary="the answer came with token counts" if counted else "the answer came without token counts",
        )


def why_not_found(config: Config, refusal: Refusal) -> str:
    """Return the diagnosis of a model that was not found: Google has one answer for several causes, the catalogue not.

    A retired model is none of them: `model` has found that already.
    """
    if refusal.code != 404 or "Publisher Model" not in refusal.message:
        return ""
    row = catalogue.models().get(config.model)
    if row is None:
        return "MODEL_MISSPELT"
    return "MODEL_NOT_ENABLED" if config.model_location in row.locations else "MODEL_ELSEWHERE"
