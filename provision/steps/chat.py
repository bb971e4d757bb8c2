"""Ask the model one question and read the answer.

The only proof that everything works is an answer. This step asks for a short one, streamed, through the openai SDK
with a Google token. A reasoning model can spend its whole budget on thinking and answer nothing; then it is asked once
more with a larger budget, and the report says so. This is the only thing in a check that costs anything: a fraction of
a cent.

Permissions: `aiplatform.endpoints.predict` (`roles/aiplatform.user`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision import capabilities, catalogue
from provision.capabilities import CAPABILITIES, JSON_SCHEMA, TOOLS, Shown
from provision.clients import Clients, ask, ask_all
from provision.errors import Refusal
from provision.plan import Check, Need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.clients.chat import Completion
    from provision.config import Config

REQUIRES: Final = ("services", "model", "quota")
CHECKS: Final = {
    "chat.answers": "The model answers, streamed, and finishes.",
    "chat.usage": "The answer comes with token counts.",
    "chat.latency": "The whole answer came within the time asked for; judged only with `--max-latency`.",
    "chat.tools": "The model calls a tool with the right arguments; asked only with `--capability tools`.",
    "chat.json": "The model keeps to a JSON schema; asked only with `--capability json-schema`.",
}
PERMISSIONS: Final[tuple[Need, ...]] = (Need(permission="aiplatform.endpoints.predict", purpose="run"),)
PROMPT: Final = "In one short sentence: what is a cloud?"
MAX_TOKENS: Final = 1024  # less, and reasoning may leave nothing for the answer
MORE_TOKENS: Final = 4096
SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The answer, or the refusal; None where nothing was asked. ``shown``: the same of each capability."""

    completion: Completion | Refusal | None = None
    asked_again: bool = False
    shown: dict[str, Shown | Refusal] = field(default_factory=dict)


NOTHING: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Ask, and ask for every wanted capability at the same time."""
    calls: dict[str, Callable[[], Any]] = {"": lambda: _answer(config, clients)}
    calls |= {name: partial(_show, config, clients, name) for name in config.capabilities}
    if len(calls) == 1:
        return _answer(config, clients)
    answers = ask_all(calls, deadline_s=config.check_timeout_s)
    answered = answers.pop("")
    return replace(answered, shown=answers) if isinstance(answered, Observed) else Observed(completion=answered)


def _show(config: Config, clients: Clients, name: str) -> Shown:
    return clients.chat.show(config.model, CAPABILITIES[name], max_tokens=MORE_TOKENS)


def _answer(config: Config, clients: Clients) -> Observed:
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
    """Judge whether it answered, finished, and can do what was asked for."""
    yield from _answered(config, observed)
    answer = observed.completion
    if config.max_latency_s and answer is not None and not isinstance(answer, Refusal):
        late = answer.total_s > config.max_latency_s
        yield Check(
            id="chat.latency",
            status="fail" if late else "pass",
            summary=f"the answer took {answer.total_s:.2f} s; {config.max_latency_s:g} s are allowed",
            diagnosis="CHAT_TOO_SLOW" if late else "",
            evidence={"took": f"{answer.total_s:.2f}", "allowed": f"{config.max_latency_s:g}"},
        )
    for name, shown in observed.shown.items():
        yield _capable(config, name, shown)


def _capable(config: Config, name: str, shown: Shown | Refusal) -> Check:
    check = {TOOLS: "chat.tools", JSON_SCHEMA: "chat.json"}[name]
    if isinstance(shown, Refusal):
        return Check(id=check, status="unknown", summary=f"{name} could not be tried", refusal=shown)
    wrong = capabilities.judge(name, shown)
    evidence: dict[str, Any] = {
        "capability": name,
        "wrong": wrong,
        "needs": CAPABILITIES[name].needs,
        "text": shown.text[:SHOWN_CHARACTERS],
        "calls": [f"{called}({arguments})"[:SHOWN_CHARACTERS] for called, arguments in shown.calls],
        "finish_reason": shown.finish_reason,
    }
    if wrong:
        return Check(
            id=check, status="fail", summary=f"{config.model}: {wrong}", diagnosis="NOT_CAPABLE", evidence=evidence
        )
    return Check(id=check, status="pass", summary=f"{config.model} gave {CAPABILITIES[name].needs}", evidence=evidence)


def _answered(config: Config, observed: Observed) -> Iterator[Check]:
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
