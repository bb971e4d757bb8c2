"""What a model that answers cannot do."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis

_CALL: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/call-open-model-apis"
_CAN: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities"

ROWS: Final = (
    Diagnosis(
        key="CHAT_NOT_STREAMED",
        fix_owner="you",
        source=_CALL,
        cause="The answer came in one piece, or without token counts at its end: something on the way, or the server of "
        "a self-deployed model, does not stream.",
        fix="look for a proxy that buffers; for a self-deployed model use a dedicated endpoint, as shared ones do not "
        "stream",
        triggered_by=("chat.streams",),
    ),
    Diagnosis(
        key="CHAT_NO_TOOL_CALL",
        fix_owner="you",
        source=f"{_CAN}/function-calling",
        cause="{model} was offered a function, was told to use it, and did not call it.",
        fix="for a self-deployed model, start its server with tool calling on (vLLM: --enable-auto-tool-choice and "
        "--tool-call-parser openai); else describe the functions in the system prompt too",
        triggered_by=("chat.tools",),
    ),
    Diagnosis(
        key="CHAT_TOOL_ARGUMENTS",
        fix_owner="you",
        source=f"{_CAN}/function-calling",
        cause="{model} called the function with arguments that do not fit its parameters.",
        fix="let the application check arguments and send the error back as the tool's result",
        triggered_by=("chat.tools",),
    ),
    Diagnosis(
        key="CHAT_TOOL_UNANSWERED",
        fix_owner="you",
        source=f"{_CAN}/function-calling",
        cause="{model} called the function, was given its result, and did not answer.",
        fix="check that the application sends the call back as an assistant message before the tool's result",
        triggered_by=("chat.tools",),
    ),
    Diagnosis(
        key="CHAT_NOT_JSON",
        fix_owner="you",
        source=f"{_CAN}/structured-output",
        cause="{model} was asked to keep to a JSON schema, and did not.",
        fix="for a self-deployed model, use a server with guided decoding; else ask for the form in the prompt too, and "
        "let the application check it",
        triggered_by=("chat.json",),
    ),
    Diagnosis(
        key="CHAT_NO_REASONING",
        fix_owner="you",
        source=f"{_CAN}/thinking",
        cause="{model} showed no reasoning (reasoning_content), which applications may wait for.",
        fix="for a self-deployed gpt-oss, start its server with a reasoning parser (vLLM: --reasoning-parser openai_gptoss)",
        triggered_by=("chat.reasoning",),
    ),
    Diagnosis(
        key="CHAT_TOO_SLOW",
        fix_owner="google",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deploy/error-code-429",
        cause="Answers take {measured_s} s, and you asked for {max_latency_s} s.",
        fix="shared capacity has busy hours: try the global endpoint, a smaller max_tokens, reasoning_effort low; "
        "steady latency takes your own endpoint",
        triggered_by=("chat.latency",),
    ),
)
