"""What else the model can do: one question each, and a pure verdict on what came back.

Open models on Vertex AI call functions when they see fit (``tool_choice`` auto); ``required`` and a named function are
refused there, so a call is never forced, but asked for in words.
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/function-calling
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/structured-output
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision import catalog
from provision.checks import CheckSpec, public
from provision.clients import ask_all
from provision.errors import NoAnswer
from provision.plan import Check, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from provision.chat.client import Chat
    from provision.chat.messages import Completion
    from provision.config import Config

MAX_TOKENS: Final = 1024
LONG_SHARE: Final = 0.9
"""How much of the context the long question fills."""

CHARACTERS_PER_TOKEN: Final = 4


def _spec(what: str, passes_when: str, evidence: tuple[str, ...], *diagnoses: str) -> CheckSpec:
    return CheckSpec(
        id=f"chat.{what}",
        passes_when=passes_when,
        weight="required when it is asked for by name",
        evidence=public(*evidence),
        diagnoses=diagnoses,
        permissions=(RequiredPermission(permission="aiplatform.endpoints.predict", purpose="invoke"),),
    )


BY_CAPABILITY: Final = {
    "tools": _spec(
        "tools",
        "The model calls a function, and answers once it has the result.",
        ("finish_reason", "arguments"),
        "CHAT_NO_TOOL_CALL",
        "CHAT_TOOL_ARGUMENTS",
        "CHAT_TOOL_UNANSWERED",
    ),
    "json": _spec("json", "The model keeps to a JSON schema.", ("text", "finish_reason"), "CHAT_NOT_JSON"),
    "reasoning": _spec(
        "reasoning", "The model shows its reasoning apart from its answer.", ("reasoning", "text"), "CHAT_NO_REASONING"
    ),
    "turns": _spec(
        "multi_turn", "The model goes on with a conversation.", ("text", "prompt_tokens"), "CHAT_NO_TEXT", "CHAT_EMPTY"
    ),
    "long": _spec(
        "long",
        "The model takes a question that nearly fills its context.",
        ("text", "prompt_tokens"),
        "CHAT_NO_TEXT",
        "CHAT_EMPTY",
    ),
}
CHECKS: Final = tuple(BY_CAPABILITY.values())

FUNCTION: Final = "get_temperature"
_TOOLS: Final = [
    {
        "type": "function",
        "function": {
            "name": FUNCTION,
            "description": "Returns the temperature in a city, in degrees Celsius.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "description": "The city's name."}},
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }
]
_SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "inhabitants": {"type": "integer"}},
    "required": ["city", "inhabitants"],
    "additionalProperties": False,
}


@dataclass(frozen=True, kw_only=True)
class ToolTrip:
    """A question that needs a function, and what was said once its result was given; None where it was not called."""

    call: Completion
    answer: Completion | None = None


Answer = Any  # Completion | ToolTrip | Error: each capability's own


def ask(config: Config, chat: Chat) -> dict[str, Answer]:
    """Ask for every configured capability but text and streaming, all at once; needs an answering model."""
    asks: dict[str, Callable[[Chat, Config], Any]] = {
        "tools": _use_a_tool,
        "json": _keep_to_a_schema,
        "reasoning": _reason,
        "turns": _go_on,
        "long": _take_much,
    }
    wanted = [each for each in config.capabilities if each in asks and _offered(config, each) is not False]
    return ask_all({each: partial(asks[each], chat, config) for each in wanted}, deadline_s=config.check_timeout_s)


def _use_a_tool(chat: Chat, _: Config) -> ToolTrip:
    question: dict[str, Any] = {
        "role": "user",
        "content": f"Use the tool {FUNCTION}: how warm is it in Paris?",
    }
    first = chat.complete("", [question], max_tokens=MAX_TOKENS, tools=_TOOLS, tool_choice="auto")
    if not first.tool_calls:
        return ToolTrip(call=first)
    wanted: list[dict[str, Any]] = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in first.tool_calls
    ]
    results: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": call.id, "content": '{"temperature_celsius": 21}'} for call in first.tool_calls
    ]
    conversation = [question, {"role": "assistant", "content": first.text or None, "tool_calls": wanted}, *results]
    return ToolTrip(
        call=first, answer=chat.complete("", conversation, max_tokens=MAX_TOKENS, tools=_TOOLS, tool_choice="auto")
    )


def _keep_to_a_schema(chat: Chat, _: Config) -> Completion:
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": _SCHEMA, "strict": True}}
    return chat.complete(
        "", "Name one large city and how many people live there.", max_tokens=MAX_TOKENS, response_format=form
    )


def _reason(chat: Chat, _: Config) -> Completion:
    return chat.complete(
        "", "Which is larger, 9.11 or 9.9? Answer with the number.", max_tokens=MAX_TOKENS, reasoning_effort="low"
    )


def _go_on(chat: Chat, _: Config) -> Completion:
    return chat.complete(
        "",
        [
            {"role": "user", "content": "My favourite color is green. Say: noted."},
            {"role": "assistant", "content": "Noted."},
            {"role": "user", "content": "What is my favourite color?"},
        ],
        max_tokens=MAX_TOKENS,
    )


def _take_much(chat: Chat, config: Config) -> Completion:
    row = catalog.models().get(config.model)
    context = row.context_tokens if row else 0
    size = int((context * LONG_SHARE - MAX_TOKENS) * CHARACTERS_PER_TOKEN)
    line = "The quick brown fox jumps over the lazy dog. "
    text = (line * (size // len(line) + 1))[:size]
    return chat.complete(
        "", f"{text}\nHow does the text above begin? Give its first three words.", max_tokens=MAX_TOKENS
    )


def _offered(config: Config, capability: str) -> bool | None:
    """Whether the catalog says that the model can do it; None where it does not know."""
    row = catalog.models().get(config.model)
    if config.endpoint or row is None:
        return None if capability != "long" else False
    if capability == "long":
        return row.context_tokens > 0
    return None if capability == "turns" or not row.capabilities else capability in row.capabilities


def evaluate(config: Config, answers: Mapping[str, Answer]) -> Iterator[Check]:
    """Evaluate each capability; one that no one asked for by name does not make a project unready."""
    by_name = "chat.capabilities" in config.sources
    for capability, declared in BY_CAPABILITY.items():
        check = declared.asked_for(by_name)
        if capability not in config.capabilities:
            continue
        if _offered(config, capability) is False:
            what = "how long its context is" if capability == "long" else "that it can"
            yield declared.skipped(f"the catalog does not say {what}: not asked")
            continue
        answer = answers.get(capability)
        if answer is None:
            continue
        if isinstance(answer, NoAnswer):
            yield check.unknown("was refused an answer", answer)
            continue
        summary, diagnosis, evidence = _VERDICTS[capability](answer)
        if not diagnosis:
            yield check.passed(summary, **evidence)
        else:
            yield (check.failed if by_name else check.warned)(summary, diagnosis, **evidence)


Verdict = tuple[str, str, dict[str, Any]]
"""A summary, a diagnosis (empty where all is well) and evidence."""


def _called(trip: ToolTrip) -> Verdict:
    calls = trip.call.tool_calls
    evidence: dict[str, Any] = {
        "finish_reason": trip.call.finish_reason,
        "arguments": [each.arguments for each in calls],
    }
    if not calls:
        return "it did not call the function", "CHAT_NO_TOOL_CALL", evidence
    arguments = _parsed(calls[0].arguments)
    if calls[0].name != FUNCTION or not isinstance(arguments, dict) or not isinstance(arguments.get("city"), str):
        return f"it called {calls[0].name or 'nothing'} with {calls[0].arguments[:80]}", "CHAT_TOOL_ARGUMENTS", evidence
    if trip.answer is None or not trip.answer.text:
        return "it did not answer once it had the result", "CHAT_TOOL_UNANSWERED", evidence
    return f"called {FUNCTION}, and answered with its result", "", evidence


def _kept(answer: Completion) -> Verdict:
    instance = _parsed(answer.text)
    fits = (
        isinstance(instance, dict)
        and set(instance) == {"city", "inhabitants"}
        and isinstance(instance["city"], str)
        and isinstance(instance["inhabitants"], int)
        and not isinstance(instance["inhabitants"], bool)
    )
    evidence: dict[str, Any] = {"text": answer.text[:300], "finish_reason": answer.finish_reason}
    return ("kept to the schema", "", evidence) if fits else ("did not keep to the schema", "CHAT_NOT_JSON", evidence)


def _reasoned(answer: Completion) -> Verdict:
    evidence: dict[str, Any] = {"reasoning": answer.reasoning[:300], "text": answer.text[:300]}
    if not answer.reasoning:
        return "showed no reasoning", "CHAT_NO_REASONING", evidence
    return f"showed {len(answer.reasoning)} characters of reasoning, apart from its answer", "", evidence


def _went_on(answer: Completion) -> Verdict:
    evidence: dict[str, Any] = {"text": answer.text[:300], "prompt_tokens": answer.prompt_tokens}
    if not answer.text:
        return "an empty answer", "CHAT_NO_TEXT" if answer.finish_reason != "length" else "CHAT_EMPTY", evidence
    return f"answered to {answer.prompt_tokens} tokens", "", evidence


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


_VERDICTS: Final[dict[str, Callable[[Any], Verdict]]] = {
    "tools": _called,
    "json": _kept,
    "reasoning": _reasoned,
    "turns": _went_on,
    "long": _went_on,
}
