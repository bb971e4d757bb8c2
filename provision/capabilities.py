"""What a model can do beyond answering: what to ask for it, and whether the answer shows it. Pure data and verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

_CITY: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "country": {"type": "string"}},
    "required": ["city", "country"],
    "additionalProperties": False,
}


@dataclass(frozen=True, kw_only=True)
class Capability:
    """One thing to ask for.

    Attributes:
        messages, fields: the chat request that shows it, beside the model and the budget.
        needs: what is expected, in words.
    """

    name: str
    messages: tuple[dict[str, str], ...]
    fields: dict[str, Any]
    needs: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a model answered, as far as capabilities show in it.

    Attributes:
        calls: the tools it called: name, and arguments as the JSON text it wrote.
    """

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    finish_reason: str = ""
    total_s: float = 0.0


TOOLS: Final = "tools"
JSON_SCHEMA: Final = "json-schema"

# `tool_choice` is left to the model: a required or a named tool is not supported for open models
# (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/function-calling).
CAPABILITIES: Final = {
    TOOLS: Capability(
        name=TOOLS,
        messages=(
            {"role": "system", "content": "You answer questions about the weather with the tool get_weather(city)."},
            {"role": "user", "content": "What is the weather in Paris? Call the tool get_weather."},
        ),
        fields={
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "get_weather",
                        "description": "Tell the weather of a city.",
                        "parameters": {
                            "type": "object",
                            "properties": {"city": {"type": "string"}},
                            "required": ["city"],
                        },
                    },
                }
            ],
            "tool_choice": "auto",
        },
        needs="a call of get_weather with a city",
    ),
    JSON_SCHEMA: Capability(
        name=JSON_SCHEMA,
        messages=({"role": "user", "content": "Which city is the capital of France? Answer as JSON."},),
        fields={
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "capital", "strict": True, "schema": _CITY},
            }
        },
        needs="a JSON object with the texts city and country, and nothing else",
    ),
}


def judge(name: str, shown: Shown) -> str:
    """Return what is wrong with an answer, in words; empty if it shows the capability.

    Raises:
        KeyError: there is no such capability.
    """
    return {TOOLS: _tools, JSON_SCHEMA: _json_schema}[name](shown)


def _tools(shown: Shown) -> str:
    if not shown.calls:
        return "it answered without calling the tool"
    name, arguments = shown.calls[0]
    if name != "get_weather":
        return f"it called {name[:40]!r}, which was not offered"
    given = _read(arguments)
    if not isinstance(given, dict) or not isinstance(given.get("city"), str):
        return "it called the tool with arguments that are not of its schema"
    return ""


def _json_schema(shown: Shown) -> str:
    given = _read(shown.text)
    if given is None:
        return "its answer is not JSON"
    wanted = set(_CITY["required"])
    if (
        not isinstance(given, dict)
        or set(given) != wanted
        or not all(isinstance(value, str) for value in given.values())
    ):
        return "its answer is JSON, and not of the schema"
    return ""


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
