"""A server that speaks OpenAI's protocol, as well or as badly as a test wants: what a sandbox passes chats on to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "openai/gpt-oss-120b-maas",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    } | more


def messages(*pieces: str, finish: str | None = "stop", reasoning: str = "") -> list[dict[str, Any]]:
    """A whole answer in so many pieces."""
    thoughts = [chunk({"reasoning_content": reasoning})] if reasoning else []
    message = [chunk({"content": piece}) for piece in pieces]
    return [
        chunk({"role": "assistant"}),
        *thoughts,
        *message,
        chunk({}, finish),
        {**chunk({}), "choices": [], "usage": USAGE},
    ]


def calling(name: str, arguments: str) -> list[dict[str, Any]]:
    """A call of a function, in two pieces."""
    opening = {"index": 0, "id": "c1", "type": "function", "function": {"name": name, "arguments": arguments[:3]}}
    return [
        chunk({"role": "assistant", "tool_calls": [opening]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": arguments[3:]}}]}),
        chunk({}, "tool_calls"),
        {**chunk({}), "choices": [], "usage": USAGE},
    ]


@dataclass
class Upstream:
    """The server; what it answers is looked up when it is asked, and in ``answers`` first."""

    url: str = ""
    text: list[dict[str, Any]] = field(default_factory=lambda: messages("All ", "is ", "well."))
    tool: list[dict[str, Any]] = field(default_factory=lambda: calling("get_temperature", '{"city": "Paris"}'))
    result: list[dict[str, Any]] = field(default_factory=lambda: messages("21 ", "degrees."))
    schema: list[dict[str, Any]] = field(default_factory=lambda: messages('{"city": "Rome", ', '"inhabitants": 2}'))
    reasoning: list[dict[str, Any]] = field(default_factory=lambda: messages("9.9", reasoning="nine tenths"))
    turns: list[dict[str, Any]] = field(default_factory=lambda: messages("Green", "."))
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: Iterator[list[dict[str, Any]]] = field(default_factory=lambda: iter(()))

    def answer(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        if (next_one := next(self.answers, None)) is not None:
            return next_one
        messages = body["messages"]
        if messages[-1]["role"] == "tool":
            return self.result
        if body.get("tools"):
            return self.tool
        if body.get("response_format"):
            return self.schema
        if body.get("reasoning_effort"):
            return self.reasoning
        return self.turns if len(messages) > 1 else self.text


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Serve until the block ends."""
    serving = Upstream()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            serving.asked.append(body)
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for each in serving.answer(body):
                self.wfile.write(f"data: {json.dumps(each)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    serving.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield serving
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
