"""Read a request of Gemini's own API as the chat that it stands for, or refuse it as Google does.

Understood are texts, functions that are declared, called and answered, the common limits, thinking, and JSON; all else
that would change an answer is refused by name rather than left out in silence.
Source: google/cloud/aiplatform/v1/{prediction_service,content,tool}.proto; wordings in `error_cases`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.services.aiplatform import error_cases, schemas, thinking, turns
from gcp_emulator.services.aiplatform.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gcp_emulator.services.aiplatform.models import Model

    Json = dict[str, Any]

LIMITS: Final = {
    "maxOutputTokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop",
    "candidateCount": "n",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
}
OTHERWISE_READ: Final = ("responseMimeType", "responseSchema", "responseJsonSchema", "thinkingConfig")
OF_NO_EFFECT: Final = ("topK", "seed", "mediaResolution", "audioTimestamp")
"""They say how a model chooses, or how it looks at files; nothing that could be seen here."""

NAME: Final = re.compile(r"[A-Za-z_][\w.:-]{0,127}", re.ASCII)
"""What a function may be called, by tool.proto."""

JSON_TYPE: Final = "application/json"
ENUM_TYPE: Final = "text/x.enum"
TEXT_TYPES: Final = ("", "text/plain")
MEDIA: Final = {
    "inlineData": "a file in it (inlineData)",
    "fileData": "a file (fileData)",
    "executableCode": "code (executableCode)",
    "codeExecutionResult": "the result of code (codeExecutionResult)",
    "videoMetadata": "a video (videoMetadata)",
}
ROLES: Final = ("user", "model", "function")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a request asks for.

    Args:
        body: the chat, as the OpenAI-compatible route would have it.
        shows_thoughts: thoughts are part of the answer.
        enum: the answer is one of a schema's values, as it is and not as JSON.
    """

    body: Json
    shows_thoughts: bool = False
    enum: bool = False


def read(request: Mapping[str, Any], model: Model) -> Asked:
    """Return what a request of `generateContent` asks for.

    Raises:
        ApiError: INVALID_ARGUMENT for what Google refuses, UNIMPLEMENTED (400) for what the sandbox does not model.
    """
    for name in ("cachedContent", "modelArmorConfig", "continuationToken", "outputConfig"):
        if request.get(name):
            raise error_cases.not_modelled(f"GenerateContent with {name}")
    contents = request.get("contents")
    if not isinstance(contents, list) or not contents:
        raise error_cases.no_messages()
    declared = _declarations(request.get("tools"))
    config = _message(request, "generationConfig")
    turns.check([_turn(each) for each in contents], model)
    body: Json = {"model": model.id, "messages": list(messages(request))}
    if declared:
        body["tools"] = [{"type": "function", "function": each} for each in declared]
    body |= _choice(_message(_message(request, "toolConfig"), "functionCallingConfig"), declared)
    body |= _limits(config)
    asked_to_think = _message(config, "thinkingConfig")
    effort = thinking.of_config(asked_to_think.get("thinkingLevel"), asked_to_think.get("thinkingBudget"), model)
    form, enum = _form(config)
    return Asked(
        body=body | form | {"reasoning_effort": effort},
        shows_thoughts=bool(asked_to_think.get("includeThoughts")),
        enum=enum,
    )


def messages(request: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the instruction and the contents as messages of a chat."""
    instruction = _message(request, "systemInstruction")
    if instruction:
        yield {"role": "system", "content": _text(_parts(instruction))}
    calls: list[Json] = []
    for number, content in enumerate(request.get("contents") or ()):
        parts = _parts(content)
        text = _text(parts)
        if str(content.get("role", "")).lower() == "model":
            made = (part["functionCall"] for part in parts if "functionCall" in part)
            calls = [_call(call, f"{number}/{index}") for index, call in enumerate(made)]
            yield {"role": "assistant", "content": text or None, **({"tool_calls": calls} if calls else {})}
            continue
        for response in (part["functionResponse"] for part in parts if "functionResponse" in part):
            name = str(response.get("name", ""))
            made_by = next((call["id"] for call in calls if call["function"]["name"] == name), "")
            told = json.dumps(response.get("response", {}), ensure_ascii=False)
            yield {"role": "tool", "tool_call_id": made_by, "name": name, "content": told}
        if text:
            yield {"role": "user", "content": text}


def _call(call: Mapping[str, Any], name: str) -> Json:
    arguments = json.dumps(call.get("args", {}), ensure_ascii=False)
    return {"id": name, "type": "function", "function": {"name": str(call.get("name", "")), "arguments": arguments}}


def _turn(content: Any) -> Turn:
    parts = _parts(content)
    role = str(content.get("role", "")).lower()
    if role not in ROLES:
        raise error_cases.bad_role()
    for part in parts:
        for field, what in MEDIA.items():
            if field in part:
                raise error_cases.not_modelled(f"GenerateContent with {what}")
        if _message(part, "functionResponse").get("parts"):
            raise error_cases.not_modelled("GenerateContent with a file in a function's response (parts)")
    calls = [part for part in parts if "functionCall" in part]
    results = sum("functionResponse" in part for part in parts)
    # An empty text may carry a signature: the last part of a stream does.
    says = any(part.get("text") or part.get("thoughtSignature") for part in parts)
    return Turn(
        of_model=role == "model",
        calls=tuple(str(_message(part, "functionCall").get("name", "")) for part in calls),
        signed=bool(calls and calls[0].get("thoughtSignature")),
        results=results,
        lacks="" if calls or results or says else "text" if any("text" in part for part in parts) else "parts",
    )


def _parts(content: Any) -> list[Json]:
    parts = content.get("parts", []) if isinstance(content, dict) else None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise error_cases.invalid("Invalid value at 'contents': expected parts.")
    return parts


def _text(parts: list[Json]) -> str:
    """The text of parts; what the model thought is not said."""
    return "".join(str(part.get("text", "")) for part in parts if not part.get("thought"))


def _message(holder: Mapping[str, Any], field: str) -> Json:
    value = holder.get(field)
    return value if isinstance(value, dict) else {}


def _declarations(tools: Any) -> list[Json]:
    """The functions that may be called, as the OpenAI-compatible route declares them."""
    found: list[Json] = []
    for tool in tools if isinstance(tools, list) else ():
        for kind in tool:
            if kind != "functionDeclarations":
                raise error_cases.not_modelled(f"GenerateContent with the tool {kind}")
        found += [_declaration(each) for each in tool.get("functionDeclarations") or ()]
    names = [each["name"] for each in found]
    for name in names:
        if names.count(name) > 1:
            raise error_cases.duplicate_function(name)
    return found


def _declaration(given: Json) -> Json:
    name = str(given.get("name", ""))
    if not NAME.fullmatch(name):
        raise error_cases.bad_function_name()
    if given.get("parameters") and given.get("parametersJsonSchema"):
        raise error_cases.exclusive("parameters", "parameters_json_schema")
    parameters = given.get("parametersJsonSchema")
    if given.get("parameters"):
        schemas.check_declaration(name, given["parameters"], strict=True)
        parameters = schemas.as_json_schema(given["parameters"])
    elif isinstance(parameters, dict) and parameters and parameters.get("type") != "object":
        raise error_cases.parameters_not_object(name)
    return {"name": name, "description": given.get("description", ""), "parameters": parameters or {"type": "object"}}


def _choice(config: Json, declared: list[Json]) -> Json:
    """Whether a function is called in any case, or none; among the allowed ones only, where some are named."""
    if not config:
        return {}
    if not declared:
        raise error_cases.no_declarations()
    mode, allowed = config.get("mode", "AUTO"), config.get("allowedFunctionNames") or []
    if allowed and mode not in {"ANY", "VALIDATED"}:
        raise error_cases.allowed_names_without_any()
    known = {each["name"]: each for each in declared}
    for name in allowed:
        if name not in known:
            raise error_cases.bad_field("allowed_function_names", f"{name} is not among the declared functions")
    choice = {"NONE": "none", "ANY": "required"}.get(str(mode), "auto")
    chosen = [{"type": "function", "function": known[name]} for name in allowed]
    return {"tool_choice": choice, **({"tools": chosen} if chosen else {})}


def _limits(config: Json) -> Json:
    """The limits of a request; a member that is not understood is refused."""
    found: Json = {}
    for name, value in config.items():
        if name in LIMITS:
            found[LIMITS[name]] = value
        elif name == "responseModalities":
            others = [each for each in value if each != "TEXT"]
            if others:
                raise error_cases.not_modelled(f"GenerateContent with the response modality {others[0]}")
        elif name not in OTHERWISE_READ and name not in OF_NO_EFFECT and value:
            raise error_cases.not_modelled(f"GenerateContent with generationConfig.{name}")
    return found


def _form(config: Json) -> tuple[Json, bool]:
    """In which form the answer is asked for, and whether it is a bare value of an enum."""
    kind, schema, other = (config.get(name) for name in ("responseMimeType", "responseSchema", "responseJsonSchema"))
    kind = str(kind or "")
    if schema is not None and other is not None:
        raise error_cases.exclusive("response_schema", "response_json_schema")
    if kind not in {*TEXT_TYPES, JSON_TYPE, ENUM_TYPE}:
        raise error_cases.bad_field("response_mime_type", f"{kind} is none of text/plain, {JSON_TYPE}, {ENUM_TYPE}")
    if schema is not None:
        schemas.check_response(schema)
        other = schemas.as_json_schema(schema)
    if other is not None and kind in TEXT_TYPES:
        raise error_cases.bad_field("response_mime_type", f"a schema goes with {JSON_TYPE} or {ENUM_TYPE}")
    if kind == ENUM_TYPE and not (isinstance(other, dict) and other.get("enum")):
        raise error_cases.bad_field("response_schema", f"{ENUM_TYPE} goes with a schema that has an enum")
    if isinstance(other, dict):
        return {"response_format": {"type": "json_schema", "json_schema": {"schema": other}}}, kind == ENUM_TYPE
    return ({"response_format": {"type": "json_object"}} if kind == JSON_TYPE else {}), False
