"""What litellm does with a sandbox; run with litellm's own Python, inside `sandbox env`. Prints one JSON object."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.metadata import version
from typing import Any

import litellm  # type: ignore[import-not-found] # it lives in an environment of its own

MODEL = "openai/gpt-oss-120b-maas"
ASKED: list[dict[str, Any]] = [{"role": "user", "content": "Say hello."}]
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
OPENAI = {"model": f"openai/{MODEL}"}
VERTEX = {
    "model": f"vertex_ai/{MODEL}",
    "vertex_project": os.environ["GOOGLE_CLOUD_PROJECT"],
    "vertex_location": "global",
    "api_base": os.environ["OPENAI_BASE_URL"].partition("/v1/")[0],
}


def streamed(chunks: Any) -> str:
    """Put the pieces of a streamed answer together."""
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


async def asked_async() -> str:
    """Ask without blocking."""
    answer = await litellm.acompletion(messages=ASKED, **OPENAI)
    return str(answer.choices[0].message.content)


def refused() -> str:
    """Ask for a model that no one published, and return the class of the exception."""
    try:
        litellm.completion(messages=ASKED, model="openai/no-one/nothing", max_retries=0)
    except litellm.exceptions.APIError as error:
        return f"{type(error).__name__} {error.status_code}"
    except litellm.exceptions.NotFoundError as error:
        return f"{type(error).__name__} {error.status_code}"
    return ""


def main() -> None:
    """Ask in every way, and print what came."""
    whole = litellm.completion(messages=ASKED, **OPENAI)
    weather = [{"role": "user", "content": "Call weather."}]
    tools = litellm.completion(messages=weather, tools=[TOOL], tool_choice="auto", **OPENAI)
    found = {
        "version": version("litellm"),
        "whole": whole.choices[0].message.content,
        "tokens": whole.usage.total_tokens,
        "streamed": streamed(litellm.completion(messages=ASKED, stream=True, **OPENAI)),
        "async": asyncio.run(asked_async()),
        "tool": tools.choices[0].message.tool_calls[0].function.name,
        "vertex": litellm.completion(messages=ASKED, **VERTEX).choices[0].message.content,
        "vertex_streamed": streamed(litellm.completion(messages=ASKED, stream=True, **VERTEX)),
        "refused": refused(),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
