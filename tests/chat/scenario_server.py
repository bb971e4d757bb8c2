"""A server that answers as one scenario says, over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.chat.scenarios import SCENARIOS, Scenario


class Server(ThreadingHTTPServer):
    """The scenario is the one that is set, unless a question is the name of another."""

    scenario: Scenario

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        named = SCENARIOS.get(str(body["messages"][0]["content"]))
        answer = (named or self.server.scenario).answer(body)
        self.send_response(answer.status)
        self.send_header("content-type", answer.content_type)
        self.end_headers()
        self.wfile.write(answer.bytes)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    """Serve until the block ends."""
    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
