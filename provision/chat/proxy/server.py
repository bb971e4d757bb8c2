"""Serve the proxy on loopback."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from provision.chat.proxy.app import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.chat.proxy.app import Proxy


def bind(port: int) -> socket.socket:
    """Take a port on loopback; 0 takes a free one.

    Raises:
        OSError: the port is in use.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)  # who is told the address may call at once
    except OSError:
        listener.close()
        raise
    return listener


def base_url(listener: socket.socket) -> str:
    """Return what an OpenAI client takes as its base URL."""
    return f"http://{HOST}:{listener.getsockname()[1]}/v1"


def _server(app: Proxy) -> uvicorn.Server:
    # It tells of clients that leave and of streams that break with tracebacks; the line of each request says it.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def serve(app: Proxy, listener: socket.socket) -> None:
    """Serve until a signal says stop."""
    _server(app).run(sockets=[listener])


@contextmanager
def serving(app: Proxy, listener: socket.socket) -> Iterator[None]:
    """Serve in a thread of its own while the block runs."""
    server = _server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
