"""Ask as litellm does by itself; everything is in the environment."""

import os
import sys

import litellm  # type: ignore[import-not-found] # it lives in an environment of its own

stream = litellm.completion(
    model=f"openai/{os.environ['MODEL_ID']}",
    messages=[{"role": "user", "content": os.environ["QUESTION"]}],
    stream=True,
)
sys.stdout.write("".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices))
