# ruff: noqa: E501 - a row of a table is one line
"""What servers answered that people reported, rebuilt: each row a kind, with the verdict that it must come to.

Sources are public threads and pages; texts, ids and names are written anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

MODEL = "openai/gpt-oss-120b-maas"
USAGE = {"prompt_tokens": 14, "completion_tokens": 11, "total_tokens": 25}
GREEN, NOT_GREEN, ANY = ("ready",), ("not ready", "unknown"), ("ready", "not ready", "unknown")
SIGNATURE = {"google": {"thought_signature": "c2lnbmF0dXJl"}}


@dataclass(frozen=True)
class Answer:
    """One body; events are sent as they are where they are text, and as JSON after ``data: `` else."""

    events: Sequence[Any] = ()
    body: str | None = None
    status: int = 200
    content_type: str = "text/event-stream"
    done: bool = True

    @property
    def bytes(self) -> bytes:
        if self.body is not None:
            return self.body.encode()
        written = (each if isinstance(each, str) else f"data: {json.dumps(each)}\n\n" for each in self.events)
        return ("".join(written) + ("data: [DONE]\n\n" if self.done else "")).encode()


def chunk(delta: Any = None, finish: Any = None, **more: Any) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "delta": delta if delta is not None else {}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, "choices": [choice]} | more


def without(given: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


TEXT = (chunk({"role": "assistant", "content": "A cloud is a mass of drops "}), chunk({"content": "in the air."}))
END = chunk({}, "stop", usage=USAGE)
GOOD = Answer((*TEXT, END))
RESULT = Answer((chunk({"content": "It is 21 degrees "}), chunk({"content": "in Paris."}), END))


def text(*events: Any, **more: Any) -> Answer:
    return Answer(events, **more)


def call(**more: Any) -> dict[str, Any]:
    function = {"name": "get_temperature", "arguments": '{"city": "Paris"}'} | more.pop("function", {})
    return {"index": 0, "id": "call_1", "type": "function", "function": function} | more


def calling(*calls: Any, finish: str = "tool_calls") -> Answer:
    return Answer(
        (*(chunk({"role": "assistant", "tool_calls": [each]}) for each in calls), chunk({}, finish, usage=USAGE))
    )


def error(body: Any, status: int = 400, content_type: str = "application/json") -> Answer:
    return Answer(body=body if isinstance(body, str) else json.dumps(body), status=status, content_type=content_type)


@dataclass(frozen=True)
class Scenario:
    """One kind of server.

    Attributes:
        text: what it answers to a question; ``tools`` to one that offers tools; ``result`` to a tool's result.
        refuses_without: a tool's result is refused unless this text is in the conversation.
        checks: the status, and the diagnosis where one is named, that these checks must have.
        says, says_not: what causes and fixes must and must not hold.
    """

    verdicts: tuple[str, ...]
    text: Answer = GOOD
    tools: Answer | None = None
    result: Answer = RESULT
    refuses_without: str = ""
    more_text: Answer | None = None
    checks: dict[str, str] = field(default_factory=dict)
    says: str = ""
    says_not: str = ""
    source: str = ""

    def answer(self, body: dict[str, Any]) -> Answer:
        messages = body["messages"]
        if messages[-1].get("role") == "tool":
            if self.refuses_without and self.refuses_without not in json.dumps(messages):
                return error(
                    [{"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "missing a `thought_signature`"}}]
                )
            return self.result
        if body.get("tools") and self.tools is not None:
            return self.tools
        if self.more_text is not None and body["max_tokens"] > 1024:
            return self.more_text
        return self.text


PASS = {"chat.answers": "pass"}
TOOLS = {"chat.tools": "pass"}


def fails(diagnosis: str, check: str = "chat.answers") -> dict[str, str]:
    return {check: diagnosis}


SCENARIOS: dict[str, Scenario] = {
    # Members that are not there, null, or of another type.
    "nothing is wrong": Scenario(GREEN, checks={**PASS, "chat.streams": "pass", "chat.usage": "pass"}),
    "a choice without delta": Scenario(
        GREEN, text(*TEXT, chunk(finish="stop") | {"choices": [{"index": 0, "finish_reason": "stop"}], "usage": USAGE}),
        checks=PASS, source="agentgateway/agentgateway#1465",
    ),
    "a null delta": Scenario(
        GREEN, text(chunk() | {"choices": [{"index": 0, "delta": None}]}, *TEXT, END), checks=PASS,
        source="microsoft/agent-framework#5734",
    ),
    "no choices beside the counts": Scenario(
        GREEN, text(*TEXT, chunk({}, "stop"), without(chunk(usage=USAGE), "choices")),
        checks={**PASS, "chat.usage": "pass"}, source="langchain-ai/langchain#28624",
    ),
    "null choices, and none at first": Scenario(
        GREEN, text(chunk() | {"choices": []}, *TEXT, chunk({}, "stop"), chunk(usage=USAGE) | {"choices": None}), checks=PASS,
        source="huggingface/text-generation-inference#3003",
    ),
    "content in parts": Scenario(
        GREEN, text(chunk({"content": [{"type": "text", "text": "A cloud is water."}]}), END), checks=PASS
    ),
    "thoughts among the parts": Scenario(
        GREEN,
        text(chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}), *TEXT, END),
        checks=PASS, source="Mistral's reasoning models",
    ),
    "numbers where texts are due": Scenario(NOT_GREEN, text(chunk({"content": 7}), chunk({"content": True}), END)),
    "an event that is a number": Scenario(GREEN, text("data: 7\n\n", *TEXT, END), checks=PASS),
    "events that are lists of chunks": Scenario(NOT_GREEN, text([TEXT[0]], [TEXT[1], END])),
    "an empty list among the events": Scenario(GREEN, text([], *TEXT, [], END), checks=PASS),
    "everything is null": Scenario(NOT_GREEN, text({"id": None, "model": None, "choices": None, "usage": None})),
    "someone else's JSON": Scenario(NOT_GREEN, error({"healthy": True}, 200)),
    # Counts.
    "counts that grow with the stream": Scenario(
        GREEN, text(TEXT[0] | {"usage": USAGE | {"completion_tokens": 5}}, TEXT[1] | {"usage": USAGE}, END),
        checks={"chat.streams": "pass", "chat.usage": "pass"}, source="ogx-ai/ogx#5122",
    ),
    "counts without completion": Scenario(
        GREEN, text(*TEXT, chunk({}, "stop", usage={"prompt_tokens": 14, "total_tokens": 25})),
        checks={**PASS, "chat.usage": "pass"}, source="agentgateway/agentgateway#1464",
    ),
    "counts with holes in the middle": Scenario(
        GREEN, text(TEXT[0] | {"usage": {"prompt_tokens_details": {"cached_tokens": 0}}}, TEXT[1] | {"usage": {}}, END),
        checks={"chat.streams": "pass", "chat.usage": "pass"}, source="theopenco/llmgateway#2861",
    ),
    "counts of another type": Scenario(GREEN, text(*TEXT, chunk({}, "stop", usage=[1, "2"])), checks=PASS),
    # How it is written.
    "CRLF, comments and no space": Scenario(
        GREEN, text(": ping\r\n\r\n", *(f"data:{json.dumps(each)}\r\n\r\n" for each in (*TEXT, END)), ": ping\r\n\r\n"),
        checks={**PASS, "chat.streams": "pass"},
    ),
    "no [DONE]": Scenario(GREEN, text(*TEXT, END, done=False), checks=PASS),
    "one JSON instead of a stream": Scenario(
        GREEN,
        error({"model": MODEL, "usage": USAGE, "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "A cloud is water."}, "finish_reason": "stop"}
        ]}, 200),
        checks={**PASS, "chat.streams": "warn"},
    ),
    "a finish reason in every chunk": Scenario(
        GREEN, text(chunk({"content": "A cloud "}, "stop"), chunk({"content": "is water."}, "stop"), END), checks=PASS,
        source="BerriAI/litellm#2195",
    ),
    "an index that comes late": Scenario(
        GREEN, text(chunk() | {"choices": [{"delta": {"role": "assistant"}}]}, *TEXT, END), checks=PASS
    ),
    "the whole message beside an empty delta": Scenario(
        GREEN, text(*TEXT, chunk() | {"choices": [{"delta": {}, "message": {"content": "<think>"}, "finish_reason": "stop"}]}),
        checks=PASS,
    ),
    "several choices at once": Scenario(
        GREEN, text(*TEXT, chunk() | {"choices": [{"index": 1, "delta": {"content": "<think>"}}]}, END), checks=PASS
    ),
    "an event that is not JSON": Scenario(NOT_GREEN, text(TEXT[0], "data: {\"choices\": [\n\n")),
    # Nothing, or not an answer.
    "an empty 200": Scenario(NOT_GREEN, error("", 200, "text/event-stream")),
    "only heartbeats": Scenario(NOT_GREEN, text(": ping\n\n", ": ping\n\n", done=False)),
    "a page with 200": Scenario(NOT_GREEN, error("<html><body>Sign in</body></html>", 200, "text/html")),
    "an empty 404": Scenario(NOT_GREEN, error("", 404, "text/html"), says_not="web page answered", source="vercel/ai#15684"),
    "cut off": Scenario(NOT_GREEN, text(TEXT[0], done=False), checks=fails("CHAT_UNFINISHED")),
    "ended without a finish reason": Scenario(NOT_GREEN, text(*TEXT, chunk(usage=USAGE)), checks=fails("CHAT_UNFINISHED")),
    "another protocol's word for the end": Scenario(GREEN, text(*TEXT, chunk({}, "end_turn", usage=USAGE)), checks=PASS),
    "null as a text": Scenario(GREEN, text(*(each | {"choices": [each["choices"][0] | {"finish_reason": "null"}]} for each in TEXT), END), checks=PASS),
    # Errors in the middle, and before.
    "an error list in the stream": Scenario(
        NOT_GREEN,
        text(TEXT[0], [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Resource exhausted."}}]),
        says="exhaust|quota|capacity|429", source="agentjido/req_llm#451",
    ),
    "an error list that is no event": Scenario(
        NOT_GREEN,
        text(TEXT[0], '[{\n  "error": {\n    "code": 429,\n    "status": "RESOURCE_EXHAUSTED",\n    "message": "busy"\n  }\n}]\n'),
        says="exhaust|quota|capacity|429",
    ),
    "an error event of a text": Scenario(NOT_GREEN, text(TEXT[0], {"error": "CUDA out of memory"}), says="memory"),
    "an error by its type": Scenario(NOT_GREEN, text(TEXT[0], "event: error\ndata: the engine is dead\n\n"), says="engine"),
    "vLLM without a tool parser": Scenario(
        NOT_GREEN,
        tools=error({"object": "error", "message": '"auto" tool choice requires --enable-auto-tool-choice and '
                     "--tool-call-parser to be set", "type": "BadRequestError", "param": None, "code": 400}),
        checks=fails("SERVER_TOOL_PARSER", "chat.tools"), says="--enable-auto-tool-choice", source="swiss-ai/model-launch#213",
    ),
    "llama.cpp without its templates": Scenario(
        NOT_GREEN, tools=error({"error": {"code": 500, "message": "tools param requires --jinja flag", "type": "server_error"}}, 500),
        checks=fails("SERVER_JINJA", "chat.tools"), says="--jinja",
    ),
    "no chat template": Scenario(
        NOT_GREEN, error({"error": {"message": "As of transformers v4.44, default chat template is no longer allowed, so you "
                          "must provide a chat template", "type": "BadRequestError", "code": 400}}),
        checks=fails("SERVER_CHAT_TEMPLATE"), says="--chat-template", source="vllm-project/vllm#39279",
    ),
    "no model by that name": Scenario(
        NOT_GREEN, error({"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404}, 404),
        checks=fails("SERVER_MODEL_NAME"), says="--served-model-name",
    ),
    "a gateway's own words": Scenario(NOT_GREEN, error({"code": 7, "msg": "the parameter is wrong"}), says="parameter is wrong"),
    "a detail of FastAPI": Scenario(NOT_GREEN, error({"detail": [{"msg": "field required"}]}, 422), says="field required"),
    # How it ended.
    "content_filter": Scenario(
        NOT_GREEN, text(TEXT[0], chunk({}, "content_filter", usage=USAGE)), checks=fails("CHAT_FILTERED"),
        says="filter", source="BerriAI/litellm#20105",
    ),
    "Gemini's own word for a filter": Scenario(NOT_GREEN, text(*TEXT, chunk({}, "SAFETY", usage=USAGE)), checks=fails("CHAT_FILTERED")),
    "a guardrail": Scenario(NOT_GREEN, text(*TEXT, chunk({}, "guardrail_intervened", usage=USAGE)), checks=fails("CHAT_FILTERED")),
    "a filter, and then stop": Scenario(NOT_GREEN, text(TEXT[0], chunk({}, "content_filter"), END), checks=fails("CHAT_FILTERED")),
    "error": Scenario(NOT_GREEN, text(*TEXT, chunk({}, "error", usage=USAGE)), checks=fails("CHAT_FAILED")),
    "abort": Scenario(NOT_GREEN, text(*TEXT, chunk({}, "abort", usage=USAGE)), checks=fails("CHAT_FAILED")),
    "a filter of Z.ai": Scenario(
        NOT_GREEN, text(*TEXT, chunk({}, "sensitive", usage=USAGE)), checks=fails("CHAT_FILTERED"),
        source="genkit-ai/genkit#6259",
    ),
    "a broken connection of Z.ai": Scenario(
        NOT_GREEN, text(*TEXT, chunk({}, "network_error", usage=USAGE)), checks=fails("CHAT_FAILED"),
        source="genkit-ai/genkit#6259",
    ),
    "an error within the choice": Scenario(
        NOT_GREEN,
        text(TEXT[0], chunk() | {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop",
                                              "error": {"code": 502, "message": "the provider hung up"}}]}),
        says="hung up", source="genkit-ai/genkit#6259",
    ),
    "a null error within the choice": Scenario(
        GREEN, text(*TEXT, chunk() | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "error": None}]}), checks=PASS,
    ),
    "no room left in the context": Scenario(
        NOT_GREEN, text(chunk({"reasoning": "We need to"}), chunk({}, "model_context_window_exceeded", usage=USAGE)),
        checks=fails("CHAT_EMPTY"), source="anomalyco/opencode#18814",
    ),
    "a finish reason no one knows": Scenario(("unknown",), text(*TEXT, chunk({}, "whatever", usage=USAGE)), checks=fails("CHAT_ENDED_ODDLY")),
    # What is in it.
    "blanks": Scenario(NOT_GREEN, text(chunk({"content": " \n\u200b\ufeff\u00a0"}), END), checks=fails("CHAT_NO_TEXT")),
    "marks without a word": Scenario(NOT_GREEN, text(chunk({"content": "!!!!!!!!"}), END), checks=fails("CHAT_NO_TEXT")),
    "the model declines": Scenario(NOT_GREEN, text(chunk({"refusal": "I can't help with that."}), END), checks=fails("CHAT_FILTERED")),
    "<think> in the text": Scenario(
        NOT_GREEN, text(chunk({"content": "<think>One sen"}), chunk({"content": "tence.</think>A cloud is water."}), END),
        checks=fails("CHAT_MARKS"), says="reason",
    ),
    "harmony in the text": Scenario(
        NOT_GREEN, text(chunk({"content": "<|channel|>final<|mess"}), chunk({"content": "age|>A cloud is water."}), END),
        checks=fails("CHAT_MARKS"), source="vllm-project/vllm#32587",
    ),
    "harmony without its marks": Scenario(
        NOT_GREEN, text(chunk({"content": "analysisThe user asks.assistantfinalA cloud is water."}), END), checks=fails("CHAT_MARKS")
    ),
    "an end mark in the text": Scenario(NOT_GREEN, text(chunk({"content": "A cloud is "}), chunk({"content": "water.</s>"}), END), checks=fails("CHAT_MARKS")),
    "thoughts and no answer": Scenario(
        NOT_GREEN, text(chunk({"reasoning_content": "hm"}), END), checks=fails("CHAT_NO_TEXT"), source="vllm-project/vllm#41902"
    ),
    "another model": Scenario(
        NOT_GREEN, text(*(each | {"model": "meta/llama-4-scout-17b-16e-instruct-maas"} for each in (*TEXT, END))),
        checks=fails("CHAT_OTHER_MODEL"), says="llama-4-scout",
    ),
    "the model by another of its names": Scenario(
        GREEN, text(*(each | {"model": "publishers/openai/models/gpt-oss-120b@001"} for each in (*TEXT, END))), checks=PASS
    ),
    "no model's name": Scenario(GREEN, text(*(without(each, "model") for each in (*TEXT, END))), checks=PASS),
    # Thinking.
    "reasoning, as vLLM calls it": Scenario(GREEN, text(chunk({"reasoning": "hm"}), *TEXT, END), checks=PASS),
    "all spent on thinking": Scenario(
        ("unknown",), text(chunk({}, "length", usage={"prompt_tokens": 9, "total_tokens": 1033})), checks=fails("CHAT_EMPTY"),
        says="reasoning", source="googleapis/python-genai#811",
    ),
    "all spent on thinking, at first": Scenario(
        GREEN, text(chunk({"content": None}, "length", usage={"prompt_tokens": 9, "total_tokens": 1033})), more_text=GOOD, checks=PASS
    ),
    # Calls of functions.
    "a call": Scenario(GREEN, tools=calling(call()), checks=TOOLS),
    "a call in pieces": Scenario(
        GREEN,
        tools=calling(call(function={"arguments": ""}), {"index": 0, "function": {"arguments": '{"city"'}},
                      {"index": 0, "id": None, "function": {"name": None, "arguments": ': "Paris"}'}}),
        checks=TOOLS,
    ),
    "a call without index, that ends with stop": Scenario(
        GREEN, tools=calling(without(call(), "index"), finish="stop"), checks=TOOLS, source="googleapis/python-genai#2868"
    ),
    "id and name in each piece, and an index that changes": Scenario(
        GREEN,
        tools=calling(call(index=1, function={"arguments": ""}), call(function={"arguments": '{"city": "Pa'}),
                      call(function={"arguments": 'ris"}'}), call(id="call_2", function={"arguments": ""}),
                      call(id="call_2", index=1, function={"arguments": '{"city": "Rome"}'}), finish="stop"),
        checks=TOOLS, source="Google's printed streams",
    ),
    "two calls with index 0": Scenario(
        GREEN, tools=calling(call(), call(id="call_2")), checks=TOOLS, source="NousResearch/hermes-agent#62940"
    ),
    "an id made up for each piece": Scenario(
        GREEN, tools=calling(call(function={"arguments": '{"city": '}), {"index": 0, "id": "call_9", "function": {"arguments": '"Paris"}'}}),
        checks=TOOLS,
    ),
    "a signature on the call": Scenario(
        GREEN, tools=calling(call(extra_content=SIGNATURE), finish="stop"), refuses_without="c2lnbmF0dXJl", checks=TOOLS,
        source="langgenius/dify#30729",
    ),
    "a signature on the message": Scenario(
        GREEN,
        tools=text(chunk({"tool_calls": [call()], "extra_content": SIGNATURE}), chunk({}, "stop", usage=USAGE)),
        refuses_without="c2lnbmF0dXJl", checks=TOOLS,
    ),
    "arguments as an object": Scenario(
        ANY, tools=calling(call(function={"arguments": {"city": "Paris"}})), checks=fails("CHAT_TOOL_ARGUMENTS", "chat.tools")
    ),
    "a polluted name": Scenario(
        NOT_GREEN, tools=calling(call(function={"name": "get_temperature<|channel|>commentary"})),
        checks=fails("CHAT_TOOL_NAME", "chat.tools"), says="name", says_not="arguments that do not fit",
        source="vllm-project/vllm#32587",
    ),
    "an empty id": Scenario(NOT_GREEN, tools=calling(call(id="")), checks=fails("CHAT_TOOL_CALL_ID", "chat.tools")),
    "half the arguments": Scenario(
        NOT_GREEN, tools=calling(call(function={"arguments": '{"city": "Pa'})), checks=fails("CHAT_TOOL_ARGUMENTS", "chat.tools")
    ),
    "the last brace as a call of its own": Scenario(
        NOT_GREEN, tools=calling(call(function={"arguments": '{"city": "Paris"'}), {"index": 1, "function": {"arguments": "}"}}),
        checks=fails("CHAT_TOOL_ARGUMENTS", "chat.tools"), source="vllm-project/vllm#37070",
    ),
    "a call that is cut off": Scenario(
        NOT_GREEN, tools=text(chunk({"tool_calls": [call()]}), done=False), checks=fails("CHAT_UNFINISHED", "chat.tools")
    ),
    "calls of the wrong type": Scenario(
        NOT_GREEN, tools=text(chunk({"tool_calls": [7, None, {"function": "get_temperature"}]}), chunk({}, "stop")),
        checks=fails("CHAT_TOOL_NAME", "chat.tools"),
    ),
    "a call, and the whole message again": Scenario(
        GREEN,
        tools=text(chunk({"tool_calls": [call()]}),
                   chunk() | {"choices": [{"index": 0, "delta": {}, "message": {"tool_calls": [call()]}, "finish_reason": "tool_calls"}]}),
        checks=TOOLS,
    ),
    "a call of DeepSeek, left in the text": Scenario(
        NOT_GREEN, tools=text(chunk({"content": '<｜DSML｜invoke name="get_temperature">Paris</｜DSML｜invoke>'}), END),  # noqa: RUF001 - DeepSeek's own bars
        checks={"chat.tools": "fail"}, source="sgl-project/sglang#35736",
    ),
    "DeepSeek's marks in what follows the result": Scenario(
        NOT_GREEN, tools=calling(call()), result=text(chunk({"content": "21 degrees.</｜DSML｜tool_calls>"}), END),  # noqa: RUF001 - DeepSeek's own bars
        checks=fails("CHAT_MARKS", "chat.tools"), source="sgl-project/sglang#40236",
    ),
    "MiniMax's marks in what follows the result": Scenario(
        NOT_GREEN, tools=calling(call()), result=text(chunk({"content": "Let me see.]<]minimax[>[<path>"}), END),
        checks=fails("CHAT_MARKS", "chat.tools"), source="MiniMax-AI/MiniMax-M3#31",
    ),
    "calls of MiniMax in what follows the result": Scenario(
        NOT_GREEN, tools=calling(call()), result=text(chunk({"content": 'Now <minimax:tool_call><invoke name="x">'}), END),
        checks=fails("CHAT_MARKS", "chat.tools"), source="earendil-works/pi#368",
    ),
    "tokens of Gemma that mean nothing": Scenario(
        NOT_GREEN, tools=calling(call()), result=text(chunk({"content": "<unused49>21 degrees"}), END),
        checks=fails("CHAT_MARKS", "chat.tools"), source="ollama/ollama#17459",
    ),
    "thoughts beside the call": Scenario(
        NOT_GREEN, tools=text(chunk({"content": "<think>I call it.</think>"}), chunk({"tool_calls": [call()]}), chunk({}, "tool_calls")),
        checks=fails("CHAT_MARKS", "chat.tools"),
    ),
    "one more call, left in the text": Scenario(
        NOT_GREEN, tools=calling(call()), result=text(chunk({"content": '<tool_call>{"name": "get_temperature"}</tool_call>'}), END),
        checks=fails("CHAT_MARKS", "chat.tools"),
    ),
    "marks in what follows the result": Scenario(
        NOT_GREEN, tools=calling(call()), result=text(chunk({"content": "<|message|>21 degrees"}), END),
        checks=fails("CHAT_MARKS", "chat.tools"),
    ),
}  # fmt: skip
