"""Answer chat completions without a model, faithfully to the protocol.

A pure function of the request, an id and a moment: the same three give the same bytes. The text says that
it is the sandbox. gpt-oss ids show a short `reasoning_content` before the content, and a small budget is
spent on it first, so that the answer can come back empty with `finish_reason: "length"`, as it does on
Google Cloud.

Settled here where the pages are silent: `usage` is in exactly one chunk, the last one (beside
`finish_reason`, as Vertex documents it, or in a chunk of its own with `choices: []` where
`stream_options.include_usage` asked for that), so that a client that adds up chunks is right either way;
`reasoning_tokens` is 0, as in the documented example, and what reasoning cost is in `completion_tokens`;
`matched_stop` is the documented number for a natural end and null otherwise.

Gemini answers otherwise (recorded: openapi-gemini answers of 2026-02 and 2026-05, tests/truth): what it thought is
not shown, and counted beside `completion_tokens`; a stream repeats the role, the id, the name and the type, and
carries `finish_reason` and `usage` in the chunk with the last content; from 3 on it signs its answers and its calls.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/call-open-model-apis,
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/thinking and
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/migrate/openai/examples
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.services.aiplatform import error_cases, instances, tokens
from gcp_emulator.services.aiplatform.chat_request import Asked, asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gcp_emulator.services.aiplatform.models import Model

NOT_A_MODEL: Final = "This is the sandbox of provision, not a model."
QUOTED: Final = 80
"""Characters of the last message that the answer repeats."""

GPT_OSS_STOP: Final = 200002
"""The token that ends an answer of gpt-oss, which is taken to be what is deployed."""

_LITTLE: Final = "No model runs here, so there is little to think about."
_MORE: Final = (
    " These words are where a model would put its reasoning, and as reasoning does they are paid for "
    "out of the budget of the answer."
)
_MOST: Final = (
    " Asked for high effort, the sandbox only writes more of them: first this sentence, then another one. "
    "At last it turns to the answer, which it could have given at once."
)
_REASONING: Final = {"low": _LITTLE, "medium": _LITTLE + _MORE, "high": _LITTLE + _MORE + _MOST}


@dataclass(frozen=True)
class _Call:
    """One call of a function: its id, its name, and its arguments as JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What is said, after the budget was spent; `reasoned` of the tokens `spent` went into the reasoning."""

    reasoning: str
    reasoned: int
    content: str
    calls: tuple[_Call, ...]
    finish: str
    natural: bool
    """It ended by itself, not at a stop sequence of the request."""
    spent: int


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One answered request, ready to be written whole or in chunks."""

    id: str
    created: int
    asked: Asked
    answer: _Answer
    model: Model | None

    @property
    def open(self) -> bool:
        """Whether it is answered as open models are: the reasoning is shown."""
        return self.model is None or self.model.open

    @property
    def gemini(self) -> bool:
        """Whether it is answered as Gemini does."""
        return self.model is not None and self.model.kind == "gemini"

    @property
    def signature(self) -> str:
        """The thought signature of the answer, empty where the model has none: opaque, in base64."""
        if self.model is None or not self.model.signs:
            return ""
        return base64.b64encode(hashlib.blake2b(self.id.encode(), digest_size=48).digest()).decode()

    def whole(self) -> dict[str, Any]:
        """The answer as one `chat.completion`."""
        calls = [_written(call) | self._signed(index) for index, call in enumerate(self.answer.calls)]
        message: dict[str, Any] = {"role": "assistant", "content": None if calls else self.answer.content}
        if self.open:
            message |= {"reasoning_content": self.answer.reasoning or None, "tool_calls": calls or None}
        elif calls:
            message |= {"tool_calls": calls}
        else:
            message |= self._signed(0)
        choice = {
            "finish_reason": self.answer.finish,
            "logprobs": None,
            **self._matched_stop(),
            "message": message,
        }
        return {
            **self._head("chat.completion"),
            "choices": [{"index": index, **choice} for index in range(self.asked.choices)],
            "usage": self.usage(),
        }

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The answer as a sequence of `chat.completion.chunk`."""
        if self.gemini:
            yield from self._chunks_of_gemini()
            return
        last = self.asked.choices - 1
        for index in range(self.asked.choices):
            role = {"role": "assistant"}
            for delta in self._deltas():
                yield self._chunk([{"index": index, "delta": role | delta, "logprobs": None}])
                role = {}
            end = {
                "index": index,
                "delta": role,
                "finish_reason": self.answer.finish,
                "logprobs": None,
                **self._matched_stop(),
            }
            usage = {"usage": self.usage()} if index == last and not self.asked.include_usage else {}
            yield self._chunk([end]) | usage
        if self.asked.include_usage:
            yield self._chunk([]) | {"usage": self.usage()}

    def _chunks_of_gemini(self) -> Iterator[dict[str, Any]]:
        for index in range(self.asked.choices):
            deltas = list(self._deltas_of_gemini())
            for number, delta in enumerate(deltas, 1):
                choice = {"index": index, "delta": {"role": "assistant", **delta}, "logprobs": None}
                if number < len(deltas):
                    yield self._chunk([choice])
                    continue
                usage = {"usage": self.usage()} if index == self.asked.choices - 1 else {}
                yield self._chunk([choice | {"finish_reason": self.answer.finish}]) | usage

    def _deltas_of_gemini(self) -> Iterator[dict[str, Any]]:
        for index, call in enumerate(self.answer.calls):
            signed = self._signed(index)
            for piece in ["", *tokens.pieces(call.arguments)] if self.asked.streams_arguments else [call.arguments]:
                fragment = _written(_Call(call.id, call.name, piece))
                yield {"tool_calls": [{"index": index, **fragment, **signed}]}
                signed = {}
        if not self.answer.calls:
            *pieces, last = list(tokens.pieces(self.answer.content)) or [""]
            yield from ({"content": piece} for piece in pieces)
            yield {"content": last, **self._signed(0)}

    def _signed(self, index: int) -> dict[str, Any]:
        """What the first call of an answer carries, or the answer itself where it calls nothing."""
        if index or not self.signature:
            return {}
        return {"extra_content": {"google": {"thought_signature": self.signature}}}

    def usage(self) -> dict[str, Any]:
        """What the request cost: every prompt token once, every choice's tokens."""
        spent, reasoned = (each * self.asked.choices for each in (self.answer.spent, self.answer.reasoned))
        counted: dict[str, Any] = {
            "prompt_tokens": self.asked.prompt_tokens,
            "completion_tokens": spent - reasoned if self.gemini else spent,
            "total_tokens": self.asked.prompt_tokens + spent,
            "extra_properties": {"google": {"traffic_type": "ON_DEMAND"}},
        }
        if self.gemini and reasoned:
            counted["completion_tokens_details"] = {"reasoning_tokens": reasoned}
        return counted | ({"prompt_tokens_details": None, "reasoning_tokens": 0} if self.open else {})

    def _deltas(self) -> Iterator[dict[str, Any]]:
        for piece in tokens.pieces(self.answer.reasoning):
            yield {"reasoning_content": piece}
        for piece in tokens.pieces(self.answer.content):
            yield {"content": piece}
        for index, call in enumerate(self.answer.calls):
            opening = {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
            yield {"tool_calls": [{"index": index, **opening}]}
            for piece in tokens.pieces(call.arguments):
                yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}

    def _chunk(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {**self._head("chat.completion.chunk"), "choices": choices}

    def _head(self, kind: str) -> dict[str, Any]:
        head = {"id": self.id, "object": kind, "created": self.created, "model": self.asked.model}
        if not self.open:
            return head | {"system_fingerprint": ""}
        return head | ({"metadata": {"weight_version": "default"}} if kind == "chat.completion" else {})

    def _matched_stop(self) -> dict[str, Any]:
        ended = self.answer.finish == "stop" and self.answer.natural
        number = self.model.matched_stop if self.model else GPT_OSS_STOP
        return {"matched_stop": number if ended else None} if self.open else {}


def complete(
    body: Mapping[str, Any], model: Model | None, *, completion_id: str, created: int, checked: bool = False
) -> Completion:
    """Answer one chat request for a model; None is a self-deployed one, which takes any `model`.

    Args:
        body: the request.
        model: which is asked.
        completion_id: of the answer.
        created: when, in seconds since the epoch.
        checked: what Gemini refuses of turns and schemas was looked at, where the request came another way.

    Raises:
        Refused: INVALID_ARGUMENT, in Google's words.
    """
    request = asked(body, model, checked=checked)
    gemini = model is not None and model.kind == "gemini"
    reasons = model is None or model.open or gemini
    if gemini and request.messages[-1]["role"] != "user":
        reasons = False  # as recorded: nothing is thought about the result of a tool
    answer = _within_budget(
        request, _REASONING.get(request.effort, "") if reasons else "", completion_id, whole_calls=gemini
    )
    return Completion(id=completion_id, created=created, asked=request, answer=answer, model=model)


def _within_budget(request: Asked, reasoning: str, seed: str, *, whole_calls: bool) -> _Answer:
    """Spend the budget: on reasoning first, then on the content or on the calls, in their order.

    Of Gemini's calls one for which the budget does not suffice is not made at all.
    """
    calls = _calls(request, seed)
    content, finish = ("", "tool_calls") if calls else (_content(request), "stop")
    ends = [content.find(stop) for stop in request.stops if stop in content]
    content = content[: min(ends, default=None)]
    token_budget = _TokenBudget(request.budget)
    shown, reasoned = token_budget.pay(reasoning), token_budget.spent
    content = token_budget.pay(content)
    paid = [
        _Call(call.id, token_budget.pay(call.name), token_budget.pay(call.arguments))
        for call in calls
        if token_budget.open()
    ]
    return _Answer(
        reasoning=shown,
        reasoned=reasoned,
        content=content,
        calls=tuple(call for call in paid if call in calls or not whole_calls),
        finish="length" if token_budget.short else finish,
        natural=not ends,
        spent=token_budget.spent,
    )


class _TokenBudget:
    """A budget of tokens; `short` once it did not suffice."""

    def __init__(self, budget: int) -> None:
        self.left = budget
        self.spent = 0
        self.short = False

    def open(self) -> bool:
        """Whether there is anything left; who asks in vain has come short."""
        self.short = self.short or not self.left
        return self.left > 0

    def pay(self, text: str) -> str:
        """What of a text there is money for."""
        paid, cost = tokens.take(text, self.left)
        self.left -= cost
        self.spent += cost
        self.short = self.short or paid != text
        return paid


def _calls(request: Asked, seed: str) -> list[_Call]:
    """The functions to call: those a forced choice or the last user message names.

    After a tool's message the answer is text: a client that is asked to call again would never end.
    """
    if not request.tools or not request.may_call:
        return []
    functions = [tool["function"] for tool in request.tools]
    message = request.last_text if request.messages[-1]["role"] == "user" else ""
    named = [function for function in functions if _names(message, function["name"])]
    if request.forced_tool:
        named = [function for function in functions if function["name"] == request.forced_tool]
    elif request.forced_tool == "":
        named = named or functions[:1]
    chosen = named if request.parallel else named[:1]
    return [_call(function, f"{seed}/{index}", request) for index, function in enumerate(chosen)]


def _call(function: Mapping[str, Any], seed: str, request: Asked) -> _Call:
    arguments = _instance_of(function.get("parameters") or {"type": "object"})
    named = f"function-call-{uuid.UUID(_digest(seed, 16))}" if request.gemini else f"call_{_digest(seed)}"
    return _Call(named, function["name"], arguments)


def _names(text: str, name: str) -> bool:
    """Whether a text holds a function's name as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def _content(request: Asked) -> str:
    """What the sandbox says, in the form that was asked for."""
    if request.mode == "json_schema":
        return _instance_of(request.schema)
    if request.mode == "json_object":
        message = {"note": NOT_A_MODEL, "last_message": _quoted(request.last_text)}
        return json.dumps(message, ensure_ascii=False)
    last = request.messages[-1]
    if last["role"] == "tool":
        return f'{NOT_A_MODEL} The tool {_tool_name(request, last)} answered: "{_quoted(request.last_text)}".'
    return (
        f"{NOT_A_MODEL} On Google Cloud, {request.model or 'the deployed model'} would answer here. "
        f'The last of {len(request.messages)} messages reads: "{_quoted(request.last_text)}".'
    )


def _instance_of(schema: Any) -> str:
    try:
        return json.dumps(instances.instance(schema), ensure_ascii=False)
    except instances.UnwritableError as problem:
        raise error_cases.invalid(f"The sandbox cannot write an instance of this schema: {problem}.") from problem


def _tool_name(request: Asked, answered: Mapping[str, Any]) -> str:
    """The function whose call a tool message answers."""
    for message in request.messages:
        for call in message.get("tool_calls") or ():
            if call.get("id") == answered.get("tool_call_id"):
                return str(call.get("function", {}).get("name", "")) or "without a name"
    return str(answered.get("name") or "without a name")


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"


def _written(call: _Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _digest(text: str, size: int = 12) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
