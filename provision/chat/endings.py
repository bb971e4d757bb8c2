"""How an answer ended, in the words of OpenAI's protocol, where a server or a gateway says it in those of another.

OpenAI: https://platform.openai.com/docs/api-reference/chat/object (finish_reason)
Anthropic: https://docs.claude.com/en/api/messages (stop_reason)
Bedrock: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (stopReason)
TGI: https://huggingface.github.io/text-generation-inference/ (FinishReason)
Gemini: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse#FinishReason
Cohere: https://docs.cohere.com/reference/chat (finish_reason)
Mistral: https://docs.mistral.ai/api (finish_reason)
Z.ai: https://docs.z.ai/api-reference/llm/chat-completion (finish_reason)
"""

from __future__ import annotations

from typing import Any, Final

from provision.chat.shapes import word

ENDS: Final = frozenset({"stop", "length", "tool_calls", "function_call"})
"""Those of an answer that is whole, or as long as it may be; the fifth of the protocol is `content_filter`."""
FILTERED: Final = frozenset(
    {
        *("content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii", "image_safety"),
        *("refusal", "guardrail_intervened", "content_filtered", "error_toxic", "sensitive"),
    }
)
"""OpenAI's word, and those of Gemini, Anthropic, Bedrock, Cohere and Z.ai, which some gateways pass on."""
FAILED: Final = frozenset(
    {
        *("error", "abort", "aborted", "cancelled", "failed", "insufficient_system_resource", "network_error"),
        *("malformed_function_call", "unexpected_tool_call", "malformed_model_output", "malformed_tool_use"),
    }
)
"""The server gave up; vLLM and SGLang say `abort`, vLLM `error`, Gemini `MALFORMED_FUNCTION_CALL`.

DeepSeek's: https://api-docs.deepseek.com/api/create-chat-completion (insufficient_system_resource).
"""
_SAME: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos_token": "stop",
    "complete": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
}
_NONE: Final = frozenset({"null", "none", "finish_reason_unspecified"})
"""What some send, as a text, in the chunks before the last."""


def ending(reason: Any) -> str:
    """Return a finish reason in the protocol's words; as it came where it is none of them, empty where it is none."""
    given = word(reason).strip()
    lower = given.lower()
    if lower in _NONE:
        return ""
    return _SAME.get(lower, lower if lower in ENDS else given)
