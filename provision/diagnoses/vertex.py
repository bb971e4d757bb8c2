"""Vertex AI: models, locations, endpoints and answers."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_CALL: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/call-open-model-apis"
_ERRORS: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/models/api-errors"
_RETIRED: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deprecations/open-models"

ROWS: Final = (
    Diagnosis(
        key="MODEL_RETIRED",
        who="you",
        source=_RETIRED,
        cause="{model} was retired on {retired_on}.",
        fix="use its successor: --model {successor}",
        provoked_by=("model.offered",),
    ),
    Diagnosis(
        key="MODEL_DEPRECATED",
        who="you",
        source=_RETIRED,
        cause="{model} is deprecated and will be retired on {retires_on}.",
        fix="move to its successor: --model {successor}",
        provoked_by=("model.offered",),
    ),
    Diagnosis(
        key="MODEL_UNKNOWN",
        who="you",
        source=_CALL,
        cause="{model} stands in no catalogue of ours (as of {catalogue_date}); that alone does not mean it is wrong.",
        fix="did you mean {nearest}? `provision models` lists those that are known",
        provoked_by=("model.offered",),
    ),
    Diagnosis(
        key="MODEL_ELSEWHERE",
        who="you",
        source=_CALL,
        cause="{model} is documented at {offered_at}, not at {model_location}.",
        fix="--location {offered_at}",
        provoked_by=("model.offered",),
    ),
    Diagnosis(
        key="CHAT_EMPTY",
        who="you",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/thinking",
        cause="The model spent {max_tokens} tokens on reasoning and had none left for an answer, twice.",
        fix="ask with a larger max_tokens, or reasoning_effort low",
        provoked_by=("chat.answers",),
    ),
    Diagnosis(
        key="CHAT_UNFINISHED",
        who="google",
        retryable=True,
        source=_CALL,
        cause="The stream ended without a finish reason: the answer may be cut, and the SDK says nothing.",
        fix="run it again; if it stays so, report it to Google with the model and the location",
        provoked_by=("chat.answers",),
    ),
    Diagnosis(
        key="CHAT_NO_TEXT",
        who="google",
        retryable=True,
        source=_CALL,
        cause="The model ended ({finish_reason}) without a word.",
        fix="run it again",
        provoked_by=("chat.answers",),
    ),
    Diagnosis(
        key="PUBLISHER_MODEL_NOT_FOUND",
        match=Match(status="NOT_FOUND", text=r"Publisher Model"),
        who="you",
        source="https://github.com/truefoundry/models/issues/946",
        cause="One wording for four things: {model} is misspelt, not offered at {model_location}, retired, or not enabled for this project.",
        fix="`provision models` shows where it is offered; to enable it, open https://console.cloud.google.com/agent-platform/publishers/{publisher}/model-garden/{model_name}?project={project_id} and click Enable (needs roles/consumerprocurement.entitlementManager)",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="PUBLISHER_MODEL_NOT_ALLOWED",
        match=Match(status="FAILED_PRECONDITION", text=r"not allowed to use Publisher Model"),
        who="admin",
        source="https://github.com/langchain-ai/langchain-google/issues/593",
        cause="{model} is not enabled for this project.",
        fix="open https://console.cloud.google.com/agent-platform/publishers/{publisher}/model-garden/{model_name}?project={project_id} and click Enable (needs roles/consumerprocurement.entitlementManager)",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="PUBLISHER_MODEL_NOT_SERVABLE",
        match=Match(status="FAILED_PRECONDITION", text=r"is not servable in region"),
        who="you",
        source=_CALL,
        cause="{model} does not run at {model_location}.",
        fix="--location {offered_at}",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="ALLOWED_MODELS",
        match=Match(text=r"constraints/vertexai\.allowedModels"),
        who="admin",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/control-model-access",
        cause="Your organization does not allow this model: {message}",
        fix="ask an organization policy administrator to allow publishers/{publisher}/models/{model_name}:predict in vertexai.allowedModels",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="MALFORMED_PUBLISHER_MODEL",
        match=Match(text=r"Malformed publisher model"),
        who="you",
        source=_CALL,
        cause="A model is written publisher/model.",
        fix="--model openai/gpt-oss-120b-maas",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="DEDICATED_ENDPOINT",
        match=Match(text=r"Dedicated Endpoint cannot be accessed through the shared"),
        who="you",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/predictions/choose-endpoint-type",
        cause="The endpoint answers on its own DNS name only.",
        fix="`provision endpoints` shows it",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="SERVICE_AGENTS",
        match=Match(text=r"Service agents are being provisioned"),
        who="google",
        retryable=True,
        settles=True,
        source=_ERRORS,
        cause="Google is still setting up its service agents in this project.",
        fix="wait two minutes and run it again",
        provoked_by=("ChatCompletions",),
    ),
    Diagnosis(
        key="WRONG_PATH",
        match=Match(code=404, text=r"Error 404 \(Not Found\)|<html|404 page"),
        who="you",
        source="https://github.com/ogx-ai/ogx/issues/3988",
        cause="The address is wrong: an HTML page answered.",
        fix="the base URL must end in /endpoints/openapi",
        provoked_by=("ChatCompletions",),
    ),
)
