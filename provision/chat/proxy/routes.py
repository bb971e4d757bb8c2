"""Where a request goes, and what the model in it is called there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision import catalog

if TYPE_CHECKING:
    from provision.chat.serving import Serving

_OPENAPI: Final = "/endpoints/openapi"
_RESPONSES_OF_OPENAI: Final = "/publishers/openai/v1"
_NAMES_A_MODEL: Final = ("/chat/completions", "/completions", "/embeddings", "/responses", "/responses/compact")


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where one request is sent."""

    url: str
    body: bytes


def destination(serving: Serving, path: str, query: str, body: bytes, *, encoded: bool = False) -> Destination:
    """Return where a request goes: to the model's address, by the name that Vertex AI knows the model by.

    A model may be named without its publisher, and as libraries prefix it. OpenAI's own models answer the Responses
    API only, at an address of their own, and are named without a publisher there
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/openai).

    Args:
        path: what follows ``/v1``.
        encoded: the body is compressed, and passes as it is.
    """
    base = serving.base_url
    if not encoded and path in _NAMES_A_MODEL and base.endswith(_OPENAPI):
        base, body = _named(base, path, body)
    return Destination(url=f"{base}{path}" + (f"?{query}" if query else ""), body=body)


def _named(base: str, path: str, body: bytes) -> tuple[str, bytes]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return base, body  # what is wrong with it is for Google to say
    given = asked.get("model") if isinstance(asked, dict) else None
    if not isinstance(given, str):
        return base, body
    name = catalog.resolve(given)
    row = catalog.models().get(name)
    if row is not None and row.route == "responses" and path.startswith("/responses"):
        base = base.removesuffix(_OPENAPI) + _RESPONSES_OF_OPENAI
        name = name.partition("/")[2]
    if name == given:
        return base, body
    return base, json.dumps(asked | {"model": name}, ensure_ascii=False).encode()
