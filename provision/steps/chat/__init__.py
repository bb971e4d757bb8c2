"""Ask the model one question and read the answer.

The only proof that everything works is an answer. This step asks for a short one, streamed, through the openai SDK
with a Google token. A reasoning model can spend its whole budget on thinking and answer nothing; then it is asked once
more with a larger budget, and the report says so. This is the only thing in a check that costs anything: a fraction of
a cent.

Permissions: `aiplatform.endpoints.predict` (`roles/aiplatform.user`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from provision import catalog
from provision.checks import CheckSpec, permissions_of, public
from provision.clients import Clients, ask
from provision.diagnoses import models
from provision.errors import ErrorStatus, NoAnswer
from provision.plan import Check, RequiredPermission
from provision.steps.chat import capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.catalog import Model
    from provision.chat.messages import Completion
    from provision.config import Config

REQUIRES: Final = ("services", "model", "quota")
_PREDICT: Final = (RequiredPermission(permission="aiplatform.endpoints.predict", purpose="invoke"),)
ANSWERS: Final = CheckSpec(
    id="chat.answers",
    passes_when="The model answers, streamed, and finishes.",
    evidence=public(
        *("model", "text", "reasoning", "finish_reason", "chunks", "first_token_s", "total_s", "prompt_tokens"),
        *("completion_tokens", "max_tokens", "asked_again", "cost_usd", "price_as_of", "price_source"),
    ),
    diagnoses=(
        "CHAT_UNFINISHED",
        "CHAT_EMPTY",
        "CHAT_NO_TEXT",
        "MODEL_NOT_ENABLED",
        "WRONG_LOCATION",
        "MODEL_RETIRED",
        "MODEL_OTHER_ROUTE",
        "MODEL_NEEDS_OFFER",
        "MODEL_NOT_SERVED",
        "MODEL_MISSPELLED",
        "WRONG_PUBLISHER",
    ),
    permissions=_PREDICT,
)
USAGE: Final = CheckSpec(
    id="chat.usage", passes_when="The answer comes with token counts.", weight="advisory", permissions=_PREDICT
)
STREAMS: Final = CheckSpec(
    id="chat.streams",
    passes_when="The answer comes in several chunks, token counts in the last.",
    weight="required when it is asked for by name",
    diagnoses=("CHAT_NOT_STREAMED",),
    permissions=_PREDICT,
)
LATENCY: Final = CheckSpec(
    id="chat.latency",
    passes_when="The answer comes within the time that was asked for.",
    evidence={"measured_s": "public", "max_latency_s": "public"},
    diagnoses=("CHAT_TOO_SLOW",),
    permissions=_PREDICT,
)
LOAD: Final = CheckSpec(
    id="chat.load",
    passes_when="Every one of many questions is answered; asked only with --requests.",
    evidence=public(
        *("requests", "asked", "answered", "total_s", "first_token_s", "token_ms", "tokens_per_s"),
        *("cost_usd", "price_as_of", "price_source"),
    ),
    permissions=_PREDICT,
)
CHECKS: Final = (ANSWERS, USAGE, STREAMS, LATENCY, LOAD, *capabilities.CHECKS)
PERMISSIONS: Final = permissions_of(CHECKS)
PROMPT: Final = "In one short sentence: what is a cloud?"
MAX_TOKENS: Final = 1024  # less, and reasoning may leave nothing for the answer
MORE_TOKENS: Final = 4096
SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The answer, or the error; None where nothing was asked.

    Attributes:
        asked_again: reasoning took the whole budget of the first question.
        capabilities: what else was asked, and what came back; nothing where the first question was not answered.
        published: what Model Garden tells of a model that the chat did not find; None where it was not asked.
    """

    completion: Completion | NoAnswer | None = None
    asked_again: bool = False
    capabilities: dict[str, Any] = field(default_factory=dict)
    published: str | NoAnswer | None = None


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Ask; ask once more with a larger budget if reasoning took all of it; then ask for what else it can do."""
    asked_again = False
    answer = ask(lambda: clients.chat.complete("", PROMPT, max_tokens=MAX_TOKENS))
    if not isinstance(answer, NoAnswer) and not answer.text and answer.finish_reason == "length":
        clients.progress("the model spent its tokens on reasoning: asking again with more")
        answer = ask(lambda: clients.chat.complete("", PROMPT, max_tokens=MORE_TOKENS))
        asked_again = True
    if isinstance(answer, NoAnswer):
        published = ask(lambda: _published(config, clients)) if _unseen(answer) else None
        return Observed(completion=answer, asked_again=asked_again, published=published)
    more = set(config.capabilities) - {"text", "stream"}
    if more:
        clients.progress("asking for what else it can do")
    return Observed(
        completion=answer,
        asked_again=asked_again,
        capabilities=capabilities.ask(config, clients.chat) if more else {},
    )


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether it answered, and finished."""
    answer = observed.completion
    if answer is None or isinstance(answer, NoAnswer):
        why = why_not_found(config, answer, observed.published) if answer is not None else ""
        yield ANSWERS.unknown(f"{asked_for(config)} does not answer", answer, diagnosis=why)
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
        **_cost(config, answer),
    }
    if not answer.finish_reason:
        yield ANSWERS.failed("the stream ended without an end", "CHAT_UNFINISHED", **evidence)
    elif not answer.text and answer.finish_reason == "length":
        yield ANSWERS.failed("nothing but reasoning", "CHAT_EMPTY", **evidence)
    elif not answer.text:
        yield ANSWERS.failed("an empty answer", "CHAT_NO_TEXT", **evidence)
    else:
        again = f" (asked again: {MAX_TOKENS} tokens went into reasoning)" if observed.asked_again else ""
        first = f"first token after {answer.first_token_s:.2f} s, " if answer.first_token_s is not None else ""
        tokens = f"{answer.prompt_tokens} + {answer.completion_tokens} tokens"
        summary = f"{asked_for(config)} answered: {first}{answer.total_s:.2f} s in all, {tokens}{again}"
        yield ANSWERS.passed(summary, **evidence)
        if answer.completion_tokens:
            yield USAGE.passed("the answer came with token counts")
        else:
            yield USAGE.warned("the answer came without token counts", None)
        if "stream" in config.capabilities:
            yield _streams(config, answer)
        if config.max_latency_s:
            yield in_time(config, answer.total_s)
        yield from capabilities.evaluate(config, observed.capabilities)


def _cost(config: Config, answer: Completion) -> dict[str, Any]:
    """Return what the answer cost, by a dated price; nothing where none is known, or no tokens were counted."""
    row = None if config.endpoint else catalog.models().get(config.model)
    cost = row.cost_usd(answer.prompt_tokens, answer.completion_tokens) if row else None
    if row is None or cost is None or not answer.completion_tokens:
        return {}
    return {"cost_usd": round(cost, 8)} | priced(row)


def priced(row: Model) -> dict[str, Any]:
    """Return where and when a price was read."""
    return {"price_as_of": str(row.price_as_of), "price_source": row.price_source}


def asked_for(config: Config) -> str:
    """Return what is asked, in words."""
    return f"endpoint {config.endpoint}" if config.endpoint else config.model


def _streams(config: Config, answer: Completion) -> Check:
    by_name = "chat.capabilities" in config.sources
    check = STREAMS.asked_for(by_name)
    summary = f"{answer.chunks} chunks" + ("" if answer.usage_at_end else ", token counts not in the last")
    if answer.chunks > 1 and (answer.usage_at_end or not answer.completion_tokens):
        return check.passed(summary)
    return (check.failed if by_name else check.warned)(summary, "CHAT_NOT_STREAMED")


def in_time(config: Config, measured_s: float) -> Check:
    """Evaluate how long answers take; ``measured_s`` in seconds."""
    summary = f"{measured_s:.2f} s, {config.max_latency_s:g} s asked for"
    evidence: dict[str, Any] = {"measured_s": f"{measured_s:.2f}", "max_latency_s": f"{config.max_latency_s:g}"}
    if measured_s <= config.max_latency_s:
        return LATENCY.passed(summary, **evidence)
    return LATENCY.failed(summary, "CHAT_TOO_SLOW", **evidence)


def why_not_found(config: Config, error: NoAnswer, published: str | NoAnswer | None = None) -> str:
    """Return the diagnosis of a model that was not found: Google has one answer for several causes.

    Args:
        published: what Model Garden says of the model at this location; None if it was not asked.
    """
    if not _unseen(error):
        return ""
    hidden = isinstance(published, ErrorStatus) and published.code == 404
    shown = True if isinstance(published, str) else False if hidden else None
    return models.why_not_found(config.model, config.model_location, shown=shown)


def _unseen(error: NoAnswer) -> bool:
    return isinstance(error, ErrorStatus) and error.code == 404 and "Publisher Model" in error.message


def _published(config: Config, clients: Clients) -> str:
    publisher, _, name = config.model.partition("/")
    return clients.vertex.get_publisher_model(f"publishers/{publisher}/models/{name}", config.model_location)
