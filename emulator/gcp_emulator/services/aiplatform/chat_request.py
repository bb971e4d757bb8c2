"""Read one chat request: what it asks for, or the error Google gives instead.

The order of the checks is the server's: the model is looked at before the messages. Wordings are Google's
where a source shows one; where none does (an unsupported `tool_choice`, a malformed message) the docstring
says so and the words are ours. Members no one knows are ignored, as the migration page promises.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/migrate/openai/overview
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from gcp_emulator.services.aiplatform import error_cases, schemas, thinking, tokens, turns
from gcp_emulator.services.aiplatform.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator.services.aiplatform.models import Model

    Tools = tuple[Mapping[str, Any], ...]

ROLES: Final = ("system", "developer", "user", "assistant", "tool", "function")
MEDIA: Final = {"image_url": "an image", "input_audio": "audio", "file": "a file", "video_url": "a video"}
"""Parts of a message that the sandbox does not look at."""
MOST_CHOICES: Final = 8
_RANGES: Final = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
}

Mode = Literal["text", "json_object", "json_schema"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one valid chat request asks for."""

    model: str
    messages: tuple[Mapping[str, Any], ...]
    stream: bool
    include_usage: bool
    budget: int
    stops: tuple[str, ...]
    choices: int
    effort: str
    tools: Tools
    forced_tool: str | None
    """The function that must be called: a name, or `""` for whichever."""
    may_call: bool
    parallel: bool
    mode: Mode
    schema: Any
    prompt_tokens: int
    gemini: bool
    streams_arguments: bool
    """A call's arguments are to come in pieces (`google.stream_function_call_arguments`, for Gemini)."""

    @property
    def last_text(self) -> str:
        """The text of the last message."""
        return text_of(self.messages[-1])


def model_id(body: Mapping[str, Any]) -> str:
    """The model a request names, publisher and all.

    A bare id is refused in the words recorded on 2026-09-14.
    """
    model = body.get("model")
    model = model if isinstance(model, str) else ""
    publisher, slash, name = model.partition("/")
    if not (publisher and slash and name) or "/" in name:
        raise error_cases.malformed_model(model)
    return model


def asked(body: Mapping[str, Any], model: Model | None, *, checked: bool = False) -> Asked:
    """What a request asks of a model; of a self-deployed one (None) no limits are known.

    What Gemini alone refuses is looked at unless that was done.

    Raises:
        Refused: INVALID_ARGUMENT, for the first thing that is wrong.
    """
    messages = _messages(body.get("messages"))
    tools = _tools(body.get("tools"))
    if model is not None:
        _check_media(messages)
    if model is not None and model.kind == "gemini" and not checked:
        turns.check(_turns(messages), model)
        for tool in tools:
            _check_declaration(tool["function"])
    for name, (low, high) in _RANGES.items():
        _in_range(name, body.get(name), low, high)
    forced, may_call = _tool_choice(body.get("tool_choice"), tools, model)
    mode, schema = _response_format(body.get("response_format"))
    if mode == "json_schema" and model is not None and model.kind == "gemini" and not checked:
        schemas.check_response(schema)
    options = body.get("stream_options")
    prompt_tokens = tokens.prompt(messages, tools)
    if model is not None and model.context and prompt_tokens > model.context:
        raise error_cases.too_many_tokens(prompt_tokens, model.context)
    return Asked(
        model=str(body.get("model", "")),
        messages=messages,
        stream=_flag(body, "stream"),
        include_usage=isinstance(options, dict) and _flag(options, "include_usage"),
        budget=_budget(body, model, prompt_tokens),
        stops=_stops(body.get("stop")),
        choices=_integer("n", body.get("n"), 1, 1, MOST_CHOICES),
        effort=thinking.of_chat(body, model),
        tools=tools,
        forced_tool=forced,
        may_call=may_call,
        parallel=body.get("parallel_tool_calls") is not False,
        mode=mode,
        schema=schema,
        prompt_tokens=prompt_tokens,
        gemini=model is not None and model.kind == "gemini",
        streams_arguments=_streams_arguments(body),
    )


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message, whichever way its content is written."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content or () if isinstance(part.get("text"), str))


def _messages(value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list) or not value:
        raise error_cases.no_messages()
    for index, message in enumerate(value):
        where = f"messages[{index}]"
        if not isinstance(message, dict):
            raise error_cases.invalid(f"Invalid value at '{where}': expected an object.")
        if message.get("role") not in ROLES:
            raise error_cases.invalid(f"Invalid value at '{where}.role': expected one of {', '.join(ROLES)}.")
        _content(message, where)
        _earlier_calls(message.get("tool_calls"), where)
    return tuple(value)


def _content(message: Mapping[str, Any], where: str) -> None:
    content = message.get("content")
    if isinstance(content, str) or (content is None and message["role"] == "assistant"):
        return
    parts = content if isinstance(content, list) else [None]
    if not all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in parts):
        raise error_cases.invalid(f"Invalid value at '{where}.content': expected a string or a list of parts.")


def _check_media(messages: tuple[Mapping[str, Any], ...]) -> None:
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if part["type"] in MEDIA:
                raise error_cases.not_modelled(f"A chat with {MEDIA[part['type']]} ({part['type']})")


def _turns(messages: tuple[Mapping[str, Any], ...]) -> list[Turn]:
    """The content blocks that messages stand for: instructions are none, results of tools side by side are one."""
    found: list[Turn] = []
    for message in messages:
        calls: list[Any] = message.get("tool_calls") or []
        if message["role"] in {"tool", "function"}:
            if found and found[-1].results:
                found[-1] = replace(found[-1], results=found[-1].results + 1)
            else:
                found.append(Turn(of_model=False, results=1))
        elif message["role"] in {"user", "assistant"}:
            found.append(
                Turn(
                    of_model=message["role"] == "assistant",
                    calls=tuple(str(call.get("function", {}).get("name", "")) for call in calls),
                    signed=bool(calls) and _is_signed(calls[0]),
                    lacks="" if calls or text_of(message) else "parts" if _holds_nothing(message) else "text",
                )
            )
    return found


def _holds_nothing(message: Mapping[str, Any]) -> bool:
    """Whether a message becomes a block without parts: an assistant's without text, or an empty list."""
    return message["role"] == "assistant" or not isinstance(message.get("content"), str)


def _is_signed(call: Mapping[str, Any]) -> bool:
    extra = call.get("extra_content")
    google = extra.get("google") if isinstance(extra, dict) else None
    return isinstance(google, dict) and bool(google.get("thought_signature"))


def _check_declaration(function: Mapping[str, Any]) -> None:
    if function.get("parameters"):
        schemas.check_declaration(function["name"], function["parameters"], strict=False)


def _streams_arguments(body: Mapping[str, Any]) -> bool:
    extra = body.get("extra_body")
    google = body.get("google") or (extra.get("google") if isinstance(extra, dict) else None)
    return isinstance(google, dict) and google.get("stream_function_call_arguments") is True


def _earlier_calls(value: Any, where: str) -> None:
    for call in value if isinstance(value, list) else [] if value is None else [value]:
        if not isinstance(call, dict) or not isinstance(call.get("function", {}), dict):
            raise error_cases.invalid(f"Invalid value at '{where}.tool_calls': expected a list of tool calls.")


def _tools(value: Any) -> Tools:
    tools = [] if value is None else value
    names = [_function_name(tool) for tool in tools] if isinstance(tools, list) else [""]
    if not all(names):
        raise error_cases.invalid("Invalid value at 'tools': expected a list of functions, each with a name.")
    if len(set(names)) < len(names):
        raise error_cases.invalid("Invalid value at 'tools': function names must be unique.")
    return tuple(tools)


def _function_name(tool: Any) -> str:
    function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else ""


def _tool_choice(value: Any, tools: Tools, model: Model | None) -> tuple[str | None, bool]:
    """The function to call in any case, and whether one may be called at all.

    Open models take `auto` and `none` only; the error's exact text is not established. Source:
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/function-calling
    """
    if value is None or value == "auto":
        return None, True
    if value == "none":
        return None, False
    named = _function_name(value)
    if value != "required" and not named:
        raise error_cases.invalid("Invalid value at 'tool_choice': expected auto, none, required or a function.")
    if model is not None and model.open:
        raise error_cases.forced_tool_choice(model.id)
    if not tools or (named and named not in {tool["function"]["name"] for tool in tools}):
        raise error_cases.invalid("Invalid value at 'tool_choice': the function is not among 'tools'.")
    return named, True


def _response_format(value: Any) -> tuple[Mode, Any]:
    kind = value.get("type") if isinstance(value, dict) else None
    match kind:
        case "json_object":
            return "json_object", None
        case "json_schema":
            described = value.get("json_schema")
            if not isinstance(described, dict) or not isinstance(described.get("schema"), dict):
                raise error_cases.invalid("Invalid value at 'response_format.json_schema': expected a schema.")
            return "json_schema", described["schema"]
    if value is not None and kind != "text":
        known = "text, json_object or json_schema"
        raise error_cases.invalid(f"Invalid value at 'response_format.type': expected {known}.")
    return "text", None


def _budget(body: Mapping[str, Any], model: Model | None, prompt_tokens: int) -> int:
    """How many tokens the answer may cost, reasoning included."""
    name = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    most = (model.output if model else 0) or 131_072
    wanted = _integer(name, body.get(name), most, 1, most)
    return min(wanted, max(model.context - prompt_tokens, 1)) if model and model.context else wanted


def _stops(value: Any) -> tuple[str, ...]:
    stops = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) and stop for stop in stops):
        raise error_cases.invalid("Invalid value at 'stop': expected a string or a list of strings.")
    return tuple(stops)


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise error_cases.invalid(f"Invalid value at '{name}': expected true or false.")
    return bool(value)


def _integer(name: str, value: Any, default: int, low: int, high: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise error_cases.invalid(f"Invalid value at '{name}': expected a whole number.")
    if not low <= value <= high:
        raise error_cases.out_of_range(name, value, f"{low} (inclusive) to {high + 1} (exclusive)")
    return value


def _in_range(name: str, value: Any, low: float, high: float) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise error_cases.invalid(f"Invalid value at '{name}': expected a number.")
    if not low <= value <= high:
        raise error_cases.out_of_range(name, value, f"{low} (inclusive) to {high} (inclusive)")
