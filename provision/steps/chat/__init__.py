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
from provision.chat.faults import DIAGNOSES, Fault, fault_of, other_models
from provision.checks import CheckSpec, permissions_of, public
from provision.clients import Clients, ask
from provision.diagnoses import models
from provision.errors import ErrorStatus, NoAnswer
from provision.plan import Check, RequiredPermission
from provision.steps.chat import capabilities
from provision.steps.chat.asking import MAX_TOKENS, ask_with_room

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.chat.messages import Completion
    from provision.config import Config

REQUIRES: Final = ("services", "model", "quota")
_PREDICT: Final = (RequiredPermission(permission="aiplatform.endpoints.predict", purpose="invoke"),)
ANSWERS: Final = CheckSpec(
    id="chat.answers",
    passes_when="The model that was asked for answers in words, and finishes.",
    evidence=public(
        *("model", "text", "reasoning", "finish_reason", "chunks", "first_token_s", "total_s", "prompt_tokens"),
        *("completion_tokens", "reasoning_tokens", "cached_tokens", "max_tokens", "asked_again", "answered_by"),
        *("other_model", "declined", "cost_usd", "price_as_of", "price_source"),
    ),
    diagnoses=(
        *DIAGNOSES,
        "CHAT_OTHER_MODEL",
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
        *("requests", "asked", "answered", "finish_reason", "total_s", "first_token_s", "token_ms", "tokens_per_s"),
        *("took_s", "requests_per_s", "all_tokens_per_s", "cost_usd", "price_as_of", "price_source"),
    ),
    diagnoses=(*DIAGNOSES, "CHAT_OTHER_MODEL"),
    permissions=_PREDICT,
)
CHECKS: Final = (ANSWERS, USAGE, STREAMS, LATENCY, LOAD, *capabilities.CHECKS)
PERMISSIONS: Final = permissions_of(CHECKS)
PROMPT: Final = "In one short sentence: what is a cloud?"
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
    answer = ask(lambda: ask_with_room(clients.chat, PROMPT, clients.progress))
    asked_again = not isinstance(answer, NoAnswer) and answer.max_tokens > MAX_TOKENS
    if isinstance(answer, NoAnswer):
        published = ask(lambda: _published(config, clients)) if _unseen(answer) else None
        return Observed(completion=answer, asked_again=asked_again, published=published)
    more = set(config.capabilities) - {"text", "stream"} if fault_of(answer) is None else set()
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
        "reasoning_tokens": answer.reasoning_tokens,
        "cached_tokens": answer.cached_tokens,
        "answered_by": list(answer.answered_by),
        **({"declined": answer.declined[:SHOWN_CHARACTERS]} if answer.declined else {}),
        **(cost_evidence(config, cost_of(config, answer)) if answer.completion_tokens else {}),
    }
    everything = (answer, *capabilities.completions(observed.capabilities))
    others, answered = ((), True) if config.endpoint else other_models(config.model, everything)
    fault = fault_of(answer)
    if fault is None and not answered:
        evidence["other_model"] = ", ".join(others)[:SHOWN_CHARACTERS]
        fault = Fault(summary=f"{evidence['other_model']} answered", diagnosis="CHAT_OTHER_MODEL")
    if fault is not None:
        if fault.status == "unknown":
            yield ANSWERS.unknown(fault.summary, None, diagnosis=fault.diagnosis, **evidence)
        else:
            yield ANSWERS.failed(fault.summary, fault.diagnosis, **evidence)
        return
    yield ANSWERS.passed(_summary(config, observed, answer, others), **evidence)
    if answer.completion_tokens or (answer.prompt_tokens and not answer.streamed):  # an embedding writes nothing
        yield USAGE.passed("the answer came with token counts")
    else:
        yield USAGE.warned("the answer came without token counts", None)
    if "stream" in config.capabilities:
        yield _streams(config, answer)
    if config.max_latency_s:
        yield in_time(config, answer.total_s)
    yield from capabilities.evaluate(config, observed.capabilities)


def _summary(config: Config, observed: Observed, answer: Completion, others: tuple[str, ...]) -> str:
    again = f" (asked again: {MAX_TOKENS} tokens went into reasoning)" if observed.asked_again else ""
    cut = f" (cut off at {answer.max_tokens} tokens)" if answer.finish_reason.lower() == "length" else ""
    by = f"; some answers say that they are from {', '.join(others)[:SHOWN_CHARACTERS]}" if others else ""
    first = f"first token after {answer.first_token_s:.2f} s, " if answer.first_token_s is not None else ""
    tokens = f"{answer.prompt_tokens} + {answer.completion_tokens} tokens"
    return f"{asked_for(config)} answered: {first}{answer.total_s:.2f} s in all, {tokens}{again}{cut}{by}"


def price_of(config: Config, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float | None:
    """Return what so many tokens cost by the catalog where they are asked for, in US dollars; None without a price.

    Args:
        completion_tokens: with those of reasoning.
        cached_tokens: how many of the prompt came from a cache.
    """
    row = None if config.endpoint else catalog.models().get(config.model)
    if row is None:
        return None
    return row.cost_usd(prompt_tokens, completion_tokens, cached=cached_tokens, location=config.model_location)


def cost_of(config: Config, answer: Completion) -> float | None:
    """Return what an answer costs by the catalog, in US dollars."""
    return price_of(config, answer.prompt_tokens, answer.completion_tokens, answer.cached_tokens)


def cost_evidence(config: Config, cost: float | None, *, digits: int = 8) -> dict[str, Any]:
    """Return a cost, and where and when its price was read; in a sandbox nothing costs anything."""
    row = catalog.models().get(config.model)
    if cost is None or row is None:
        return {}
    if config.target.name == "sandbox":
        return {"cost_usd": 0.0}
    return {"cost_usd": round(cost, digits), "price_as_of": str(row.price_as_of), "price_source": row.price_source}


def asked_for(config: Config) -> str:
    """Return what is asked, in words."""
    return f"endpoint {config.endpoint}" if config.endpoint else config.model


def _streams(config: Config, answer: Completion) -> Check:
    by_name = "chat.capabilities" in config.sources
    check = STREAMS.asked_for(by_name)
    if not answer.streamed:
        summary = "the whole answer came at once, and not as a stream of events"
        return (check.failed if by_name else check.warned)(summary, "CHAT_NOT_STREAMED")
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
