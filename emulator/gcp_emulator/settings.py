"""How an emulator was started."""

from __future__ import annotations

from dataclasses import dataclass

from gcp_emulator.identity import LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a sandbox was started.

    Args:
        latency: host seconds added to every answer of an API (for a stream before its first byte).
        propagation: sandbox seconds between a change and its being in force everywhere.
        clock: sandbox seconds per host second; 0 is a clock that is stepped by hand.
        seed: what every number Google would choose is drawn from.
        chat_upstream: an OpenAI-compatible server that answers chats; empty for the built-in responder.
        chat_upstream_model: what the model is called there; empty: what each request says.
        require_model_enablement: open models answer a project only after it has enabled them in Model Garden (assumed,
            not established: see `services/aiplatform/guard.py`).
        rate_limits: refuse what goes beyond Google's documented limits per minute (see `quotas.py`).
        token_lifetime: seconds of the client that an access token is good for.
    """

    latency: float = 0.0
    propagation: float = 3.0
    clock: float = 1.0
    seed: int = 0
    chat_upstream: str = ""
    chat_upstream_model: str = ""
    require_model_enablement: bool = False
    rate_limits: bool = True
    token_lifetime: int = LIFETIME
