"""Print the seconds until a chat's first token, asked with nothing but httpx2: the floor for the smoke test.

    OPENAI_BASE_URL=… OPENAI_API_KEY=… python benchmarks/bare_stream.py

Counted as `provision` counts: from sending the request, connection included, until the first text or reasoning.
"""

import json
import os
import time

import httpx2

BODY = {
    "model": "openai/gpt-oss-120b-maas",
    "messages": [{"role": "user", "content": "In one short sentence: what is a cloud?"}],
    "max_tokens": 1024,
    "stream": True,
    "stream_options": {"include_usage": True},
}

with httpx2.Client(headers={"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}) as client:
    began = time.perf_counter()
    with client.stream("POST", f"{os.environ['OPENAI_BASE_URL']}/chat/completions", json=BODY) as answer:
        for line in answer.iter_lines():
            if not line.startswith("data: {"):
                continue
            delta = json.loads(line.removeprefix("data: "))["choices"][0]["delta"]
            if delta.get("content") or delta.get("reasoning_content"):
                print(time.perf_counter() - began)
                break
