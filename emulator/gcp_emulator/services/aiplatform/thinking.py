"""How hard a model is asked to think, in each of the ways in which it can be said.

https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/start/openai names `reasoning_effort` and, for
Gemini, `google.thinking_config` of the OpenAI-compatible route; generateContent has `thinkingConfig`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.services.aiplatform import error_cases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator.services.aiplatform.models import Model

NONE: Final = "none"
ASKED: Final = (NONE, "minimal", "low", "medium", "high")
"""What Gemini takes as `reasoning_effort`; levels that a model lacks are mapped to one it has."""


def of_chat(body: Mapping[str, Any], model: Model | None) -> str:
    """Return the effort that a chat request asks for.

    Raises:
        ApiError: INVALID_ARGUMENT for a level that does not exist, or two ways at once.
    """
    value = body.get("reasoning_effort")
    if model is None or model.kind == "partner":
        return "medium" if value is None else str(value)
    if model.kind == "gemini":
        return _of_gemini(body, model, value)
    known = model.efforts or ("low", "medium", "high")
    if value is not None and value not in known:
        raise error_cases.invalid(f"Invalid value at 'reasoning_effort': expected one of {', '.join(known)}.")
    template = body.get("chat_template_kwargs")
    thinks = bool(model.efforts) or (isinstance(template, dict) and template.get("enable_thinking") is True)
    return str(value or "medium") if thinks else NONE


def _of_gemini(body: Mapping[str, Any], model: Model, value: Any) -> str:
    extra = body.get("extra_body")
    google = body.get("google") or (extra.get("google") if isinstance(extra, dict) else None)
    config = google.get("thinking_config") if isinstance(google, dict) else None
    if isinstance(config, dict):
        return of_config(config.get("thinking_level"), config.get("thinking_budget"), model)
    if value is None:
        return of_config(None, None, model)
    if value not in ASKED:
        raise error_cases.invalid(f"Invalid value at 'reasoning_effort': expected one of {', '.join(ASKED)}.")
    return str(value) if model.efforts else NONE


def of_config(level: Any, budget: Any, model: Model) -> str:
    """Return the effort that Gemini's own thinking config asks for.

    Args:
        level: its name in any case, None where it is not said.
        budget: tokens, 0 for no thinking; None where it is not said.
        model: which.

    Raises:
        ApiError: INVALID_ARGUMENT for both at once, or a level that the model does not have.
    """
    asked = str(level or "").lower()
    if asked in {"", "thinking_level_unspecified"}:
        if budget == 0 or not model.efforts:
            return NONE
        return model.default_effort
    if budget is not None:
        raise error_cases.level_and_budget()
    if not model.efforts:
        raise error_cases.no_thinking_level()
    if asked not in model.efforts:
        raise error_cases.thinking_level(asked.upper())
    return asked
