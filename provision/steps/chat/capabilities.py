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
from provision.chat.faults import DIAGNOSES, Fault, fault_of, has_words, how_it_ended, marks_in
from provision.checks import CheckSpec, public
from provision.clients import ask_all
from provision.errors import NoAnswer
from provision.plan import Check, RequiredPermission
from provision.steps.chat.asking import MAX_TOKENS, ask_with_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from provision.chat.client import Chat
    from provision.chat.messages import Completion
    from provision.config import Config

LONG_SHARE: Final = 0.9
"""How much of the context the long question fills."""

CHARACTERS_PER_TOKEN: Final = 4


def _spec(what: str, passes_when: str, evidence: tuple[str, ...], *diagnoses: str) -> CheckSpec:
    return CheckSpec(
        id=f"chat.{what}",
        passes_when=passes_when,
        weight="required when it is asked for by name",
        evidence=public(*evidence),
        diagnoses=(*diagnoses, *DIAGNOSES),
        permissions=(RequiredPermission(permission="aiplatform.endpoints.predict", purpose="invoke"),),
    )


BY_CAPABILITY: Final = {
    "tools": _spec(
        "tools",
        "The model calls a function, and answers once it has the result.",
        ("finish_reason", "called", "arguments"),
        "CHAT_NO_TOOL_CALL",
        "CHAT_TOOL_NAME",
        "CHAT_TOOL_ARGUMENTS",
        "CHAT_TOOL_CALL_ID",
        "CHAT_TOOL_UNANSWERED",
    ),
    "json": _spec("json", "The model keeps to a JSON schema.", ("text", "finish_reason"), "CHAT_NOT_JSON"),
    "reasoning": _spec(
        "reasoning",
        "The model shows its reasoning apart from its answer.",
        ("reasoning", "text", "finish_reason"),
        "CHAT_NO_REASONING",
    ),
    "turns": _spec("multi_turn", "The model goes on with a conversation.", ("text", "prompt_tokens", "finish_reason")),
    "long": _spec(
        "long",
        "The model takes a question that nearly fills its context.",
        ("text", "prompt_tokens", "finish_reason"),
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


def completions(answers: Mapping[str, Answer]) -> Iterator[Completion]:
    """Yield every answer that came, whatever was asked."""
    for answer in answers.values():
        if isinstance(answer, ToolTrip):
            yield answer.call
            if answer.answer is not None:
                yield answer.answer
        elif not isinstance(answer, NoAnswer):
            yield answer


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
    first = ask_with_room(chat, [question], tools=_TOOLS, tool_choice="auto")
    if not first.tool_calls or _wrong_call(first) is not None:
        return ToolTrip(call=first)
    results: list[dict[str, Any]] = [
        {"role": "tool", "tool_call_id": call.id, "content": '{"temperature_celsius": 21}'} for call in first.tool_calls
    ]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": first.text or None,
        "tool_calls": [call.sent_back for call in first.tool_calls],
        **first.other,
    }
    return ToolTrip(
        call=first, answer=ask_with_room(chat, [question, message, *results], tools=_TOOLS, tool_choice="auto")
    )


def _keep_to_a_schema(chat: Chat, _: Config) -> Completion:
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": _SCHEMA, "strict": True}}
    return ask_with_room(chat, "Name one large city and how many people live there.", response_format=form)


def _reason(chat: Chat, _: Config) -> Completion:
    return ask_with_room(chat, "Which is larger, 9.11 or 9.9? Answer with the number.", reasoning_effort="low")


def _go_on(chat: Chat, _: Config) -> Completion:
    return ask_with_room(
        chat,
        [
            {"role": "user", "content": "My favorite color is green. Say: noted."},
            {"role": "assistant", "content": "Noted."},
            {"role": "user", "content": "What is my favorite color?"},
        ],
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
        fault, summary, evidence = _VERDICTS[capability](answer)
        if fault is None:
            yield check.passed(summary, **evidence)
        elif not by_name:
            yield check.warned(fault.summary, fault.diagnosis, **evidence)
        elif fault.status == "unknown":
            yield check.unknown(fault.summary, None, diagnosis=fault.diagnosis, **evidence)
        else:
            yield check.failed(fault.summary, fault.diagnosis, **evidence)


Verdict = tuple[Fault | None, str, dict[str, Any]]
"""What is wrong, if anything is; the summary where nothing is; and evidence."""


def _called(trip: ToolTrip) -> Verdict:
    calls, answer = trip.call.tool_calls, trip.answer
    evidence: dict[str, Any] = {
        "finish_reason": trip.call.finish_reason,
        "called": [each.name for each in calls],
        "arguments": [each.arguments for each in calls],
    }
    fault = _wrong_call(trip.call)
    if fault is None and answer is None:
        fault = Fault(summary="it did not call the function", diagnosis="CHAT_NO_TOOL_CALL")
    elif fault is None and answer is not None and not has_words(answer.text) and answer.finish_reason:
        fault = how_it_ended(answer) or Fault(
            summary="it did not answer once it had the result", diagnosis="CHAT_TOOL_UNANSWERED"
        )
    elif fault is None and answer is not None:
        fault = fault_of(answer)
    return fault, f"called {FUNCTION}, and answered with its result", evidence


def _wrong_call(answer: Completion) -> Fault | None:
    """Return what is wrong with an answer that should call the function; None if it does, or calls none at all."""
    ended = how_it_ended(answer)
    if ended is not None:
        return ended
    if not answer.tool_calls:
        return fault_of(answer) if not has_words(answer.text) and answer.finish_reason.lower() == "length" else None
    for call in answer.tool_calls:
        arguments = _parsed(call.arguments) if call.is_text else None
        if call.name != FUNCTION:
            what = f"the name {call.name[:80]!r}" if call.name else "no name"
            return Fault(summary=f"it called a function by {what}, not {FUNCTION}", diagnosis="CHAT_TOOL_NAME")
        if not isinstance(arguments, dict) or not isinstance(arguments.get("city"), str) or set(arguments) - {"city"}:
            form = "" if call.is_text else ", as an object and not as JSON text"
            return Fault(summary=f"it called with {call.arguments[:80]}{form}", diagnosis="CHAT_TOOL_ARGUMENTS")
        if not call.id.strip():
            return Fault(summary="the call has no id", diagnosis="CHAT_TOOL_CALL_ID")
    return marks_in(answer.text)


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
    fault = how_it_ended(answer)
    if fault is None and not has_words(answer.text):
        fault = fault_of(answer)
    if fault is None and not fits:
        fault = marks_in(answer.text) or Fault(summary="did not keep to the schema", diagnosis="CHAT_NOT_JSON")
    return fault, "kept to the schema", evidence


def _reasoned(answer: Completion) -> Verdict:
    evidence: dict[str, Any] = {
        "reasoning": answer.reasoning[:300],
        "text": answer.text[:300],
        "finish_reason": answer.finish_reason,
    }
    fault = fault_of(answer)
    if fault is None and not has_words(answer.reasoning):
        fault = Fault(summary="showed no reasoning", diagnosis="CHAT_NO_REASONING")
    return fault, f"showed {len(answer.reasoning)} characters of reasoning, apart from its answer", evidence


def _went_on(answer: Completion) -> Verdict:
    evidence: dict[str, Any] = {
        "text": answer.text[:300],
        "prompt_tokens": answer.prompt_tokens,
        "finish_reason": answer.finish_reason,
    }
    return fault_of(answer), f"answered to {answer.prompt_tokens} tokens", evidence


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_VERDICTS: Final[dict[str, Callable[[Any], Verdict]]] = {
    "tools": _called,
    "json": _kept,
    "reasoning": _reasoned,
    "turns": _went_on,
    "long": _went_on,
}
