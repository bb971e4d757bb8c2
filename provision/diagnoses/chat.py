"""What a model that answers cannot do."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

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
        key="SERVER_TOOL_PARSER",
        match=Match(
            text=r"requires --enable-auto-tool-choice|--tool-call-parser to be set|requires --tool-call-parser",
            priority=5,
        ),
        fix_owner="you",
        source="https://docs.vllm.ai/en/latest/features/tool_calling.html",
        cause="The model's server (vLLM) was started without a tool parser, so it refuses every request with tools.",
        fix="start it with: --enable-auto-tool-choice --tool-call-parser openai   (for gpt-oss; llama3_json, hermes, "
        "qwen3_coder, … for others). On Vertex AI, they are arguments of the container: deploy the model again with them",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SERVER_JINJA",
        match=Match(text=r"param requires --jinja flag", priority=5),
        fix_owner="you",
        source="https://github.com/defilantech/LLMKube/issues/126",
        cause="The model's server (llama.cpp) was started without its template engine, so it refuses tools.",
        fix="start it with: llama-server --jinja",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SERVER_CHAT_TEMPLATE",
        match=Match(text=r"default chat template is no longer allowed|provide a chat template", priority=5),
        fix_owner="you",
        source="https://github.com/vllm-project/vllm/issues/39279",
        cause="The model's server (vLLM) has no chat template: the model's tokenizer brings none, as base models do not.",
        fix="serve the instruction-tuned model, or start the server with: --chat-template FILE.jinja",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SERVER_MODEL_NAME",
        match=Match(
            text=r"The model [`'\"][^`'\"]*[`'\"] does not exist|(?<!Publisher )model [`'\"][^`'\"]*[`'\"] not found",
            generic=True,
            priority=5,
        ),
        fix_owner="you",
        source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        cause="The model's server knows no model by the name in the request: {message}",
        fix="ask for the name it was started with (vLLM: --served-model-name, else the path of the model; GET /v1/models "
        "lists it); behind a sandbox: --chat-upstream-model NAME",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SERVER_WITHOUT_TOOLS",
        match=Match(
            text=r"does not support (tools|tool calling|function calling)|tool calling is not supported",
            generic=True,
            priority=5,
        ),
        fix_owner="you",
        source="https://github.com/ollama/ollama/issues/5793",
        cause="The model, or its server, takes no tools: {message}",
        fix="ask without tools, or serve a model that has them in its template",
        triggered_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SERVER_HARMONY",
        match=Match(text=r"HarmonyError|tokens remaining in message header|while expecting start token", priority=5),
        fix_owner="you",
        retryable=True,
        source="https://github.com/vllm-project/vllm/issues/46464",
        cause="The model's server (vLLM) could not read what gpt-oss wrote: {message}",
        fix="run it again; where it comes often, update vLLM, and start it with --reasoning-parser openai_gptoss "
        "--tool-call-parser openai",
        triggered_by=("ChatCompletions",),
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
        key="CHAT_TOOL_NAME",
        fix_owner="you",
        source="https://github.com/vllm-project/vllm/issues/32587",
        cause="{model} called a function by a name that it was not offered; the model's own marks in a name come of the "
        "server that parses its calls.",
        fix="for a self-deployed model, update its server, and start it with the model's own parser (vLLM: "
        "--enable-auto-tool-choice --tool-call-parser openai for gpt-oss); let the application answer an unknown name "
        "with an error as the tool's result",
        triggered_by=("chat.tools",),
    ),
    Diagnosis(
        key="CHAT_TOOL_CALL_ID",
        fix_owner="you",
        source=f"{_CAN}/function-calling",
        cause="{model} called the function, and its call has no id: no result can be sent back for it.",
        fix="for a self-deployed model, update its server; a gateway in between may have lost the id",
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
        key="CHAT_FILTERED",
        fix_owner="you",
        source="https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/configure-safety-filters",
        cause="A safety filter or the model's own policy stopped the answer ({finish_reason}): what came is a part of it, "
        "or nothing.",
        fix="ask it again; if so harmless a question stays blocked, look at the safety settings, and for a Model Armor "
        "template of the project or a filter of a gateway in between",
        triggered_by=("chat.answers",),
    ),
    Diagnosis(
        key="CHAT_FAILED",
        fix_owner="google",
        retryable=True,
        source="https://github.com/vllm-project/vllm/issues/46464",
        cause="The server gave the answer up ({finish_reason}): what came is not all.",
        fix="run it again; for a self-deployed model, look at its server's log: gcloud logging read "
        "'resource.type=\"aiplatform.googleapis.com/Endpoint\"' --project={project_id} --limit=20",
        triggered_by=("chat.answers",),
    ),
    Diagnosis(
        key="CHAT_ENDED_ODDLY",
        fix_owner="you",
        verdict="unknown",
        source="https://platform.openai.com/docs/api-reference/chat/object",
        cause="The answer ended with a finish reason ({finish_reason}) that the protocol does not have, so whether it is "
        "whole is not known.",
        fix="look up what the server, or the gateway in between, means by it; applications may take it for an error",
        triggered_by=("chat.answers",),
    ),
    Diagnosis(
        key="CHAT_MARKS",
        fix_owner="you",
        source="https://docs.vllm.ai/en/latest/features/reasoning_outputs.html",
        cause="The text of the answer holds marks of the model's template, or its reasoning between them: applications "
        "would show the model's thoughts to their users.",
        fix="for a self-deployed model, start its server with the model's reasoning parser (vLLM: --reasoning-parser "
        "openai_gptoss for gpt-oss, deepseek_r1, qwen3, …); else take them out in the application",
        triggered_by=("chat.answers",),
    ),
    Diagnosis(
        key="CHAT_OTHER_MODEL",
        fix_owner="you",
        verdict="fail",
        source="https://platform.openai.com/docs/api-reference/chat/object",
        cause="{model} was asked, and the answers say that they are from {other_model}.",
        fix="look at what is in between: a gateway that routes or falls back to another model, or the server behind "
        "--chat-upstream (name its model with --chat-upstream-model)",
        triggered_by=("chat.answers",),
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
