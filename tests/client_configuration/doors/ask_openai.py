"""Ask as the openai SDK does by itself, blocking or not; everything is in the environment."""

import asyncio
import os
import sys
from typing import Any

from openai import AsyncOpenAI, OpenAI

ASKED: dict[str, Any] = {
    "model": os.environ["MODEL_ID"],
    "messages": [{"role": "user", "content": os.environ["QUESTION"]}],
    "stream": True,
}


def text(chunk: Any) -> str:
    """Return what a chunk says."""
    return chunk.choices[0].delta.content or "" if chunk.choices else ""


async def ask() -> str:
    """Ask without blocking."""
    async with AsyncOpenAI() as client:
        return "".join([text(chunk) async for chunk in await client.chat.completions.create(**ASKED)])


if sys.argv[1:] == ["async"]:
    sys.stdout.write(asyncio.run(ask()))
else:
    with OpenAI() as client:
        sys.stdout.write("".join(text(chunk) for chunk in client.chat.completions.create(**ASKED)))
