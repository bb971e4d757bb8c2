"""Models, endpoints and chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, quotas
from gcp_emulator.error_cases import methods
from gcp_emulator.error_cases.row import ErrorCase
from gcp_emulator.errors import ApiError
from gcp_emulator.services.aiplatform import error_cases as vertex
from gcp_emulator.services.orgpolicy import enforcement

if TYPE_CHECKING:
    from gcp_emulator.error_cases.facts import Facts

_MODEL_CODES: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/deploy/error-code-429"
_AGENTS: Final = "https://cloud.google.com/vertex-ai/docs/general/access-control#service-agents"

_NO_TEXT: Final = (
    'data: {"id":"sandbox-no-text","object":"chat.completion.chunk","created":0,"model":"openai/gpt-oss-120b-maas",'
    '"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def _predict(facts: Facts) -> ApiError:
    return errors.permission_denied(facts.permission, facts.resource, facts.service)


def _allowed_models(facts: Facts) -> ApiError:
    value = f"{facts.publisher_model}:predict"
    return enforcement.ERRORS["vertexai.allowedModels"](f"projects/{facts.number}", value)


def _agents(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    return errors.failed_precondition(
        f"Service agents are being provisioned ({_AGENTS}). Service agents are needed to read the Cloud Storage file "
        "provided. So please try again in a few minutes."
    )


def _capacity(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    return ApiError(
        "RESOURCE_EXHAUSTED",
        "Resource exhausted, please try again later. Please refer to "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details.",
    )


def _developer_quota(facts: Facts) -> ApiError:
    name = facts.model.rpartition("/")[2]
    quota = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": name},
        "quotaValue": "50",
    }
    return ApiError(
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details. For more information on this "
        "error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
        {"@type": f"{errors.TYPE}QuotaFailure", "violations": [quota]},
        errors.help_link("Learn more about Gemini API quotas", "https://ai.google.dev/gemini-api/docs/rate-limits"),
        {"@type": f"{errors.TYPE}RetryInfo", "retryDelay": "34s"},
    )


def _through_predict(facts: Facts) -> ApiError:
    return vertex.through_predict(facts.publisher_model)


ROWS: Final = (
    ErrorCase(
        name="PREDICT_DENIED",
        what="No roles/aiplatform.user, or granted a moment ago; the reason is IAM_PERMISSION_DENIED.",
        methods=methods.VERTEX,
        make=_predict,
        source="https://github.com/rhel-lightspeed/linux-mcp-server/issues/450",
    ),
    ErrorCase(
        name="PUBLISHER_MODEL_NOT_FOUND",
        what="A wrong id, a partner's model under another publisher, a model that is retired or not enabled.",
        methods=methods.CHAT,
        make=lambda facts: vertex.model_not_found(facts.project_id, facts.location, facts.model),
        source="https://github.com/truefoundry/models/issues/946",
    ),
    ErrorCase(
        name="PUBLISHER_MODEL_NOT_ALLOWED",
        what="The model is not enabled for the project.",
        methods=methods.CHAT,
        make=lambda facts: vertex.not_enabled(facts.number, facts.location, facts.publisher_model),
        source="https://github.com/langchain-ai/langchain-google/issues/593",
    ),
    ErrorCase(
        name="PUBLISHER_MODEL_NOT_SERVABLE",
        what="The model is not served in the location.",
        methods=methods.CHAT,
        make=lambda facts: vertex.not_servable(facts.project_id, facts.location, facts.model),
        source="seen in public repositories",
    ),
    ErrorCase(
        name="ALLOWED_MODELS",
        what="The organization does not allow the model; the value to be added is named.",
        methods=methods.CHAT,
        make=_allowed_models,
        source="seen in public repositories",
    ),
    ErrorCase(
        name="MALFORMED_PUBLISHER_MODEL",
        what="The id has no publisher.",
        methods=methods.COMPLETIONS,
        make=lambda facts: vertex.malformed_model(facts.model.rpartition("/")[2]),
        source="recorded on 2026-09-14, in a public repository",
    ),
    ErrorCase(
        name="SERVICE_AGENTS",
        what="The first use in a new project, while Google makes its accounts.",
        methods=methods.CHAT,
        make=_agents,
        source="seen in public repositories",
    ),
    ErrorCase(
        name="SHARED_CAPACITY",
        what="Google's shared capacity is used up: no quota of the project's.",
        methods=methods.CHAT,
        make=_capacity,
        source=_MODEL_CODES,
    ),
    ErrorCase(
        name="MODEL_QUOTA",
        what="The project's quota for the model is used up, or zero.",
        methods=methods.CHAT,
        make=lambda facts: quotas.model_exhausted(facts.location, facts.model),
        source="https://github.com/GoogleCloudPlatform/Open_Data_QnA/issues/61",
    ),
    ErrorCase(
        name="PROVISIONED_THROUGHPUT_EXCEEDED",
        what="More than the throughput that was bought.",
        methods=methods.CHAT,
        make=lambda facts: ApiError(  # noqa: ARG005 - says the same of every call
            "RESOURCE_EXHAUSTED", "Too many requests. Exceeded the Provisioned Throughput."
        ),
        source=_MODEL_CODES,
    ),
    ErrorCase(
        name="GEMINI_API_QUOTA",
        what="The quota of another product, the Gemini Developer API, with the delay that it asks for.",
        methods=methods.CHAT,
        make=_developer_quota,
        source="https://ai.google.dev/gemini-api/docs/rate-limits",
    ),
    ErrorCase(
        name="ENDPOINT_NOT_FOUND",
        what="A wrong id, an endpoint of another region, or one that was deleted.",
        methods=(*methods.ENDPOINTS, *methods.COMPLETIONS),
        make=lambda facts: vertex.endpoint_not_found(facts.endpoint),
        source="https://github.com/googleapis/python-genai/issues/1706",
    ),
    ErrorCase(
        name="NO_TRAFFIC_SPLIT",
        what="The endpoint has no deployed model.",
        methods=methods.COMPLETIONS,
        make=lambda facts: vertex.no_traffic_split(facts.endpoint),
        source="https://github.com/GoogleCloudPlatform/explainable_ai_sdk/issues/3",
    ),
    ErrorCase(
        name="LOCATION_MISMATCH",
        what="A resource of another location than the host's.",
        methods=methods.ENDPOINTS,
        make=lambda facts: vertex.wrong_location("parent", "us-east1" if facts.location != "us-east1" else "us-west1"),
        source="https://github.com/googleapis/python-aiplatform/issues/1684",
    ),
    ErrorCase(
        name="EULA_NOT_ACCEPTED",
        what="A model is deployed whose license no one in the project has accepted.",
        methods=methods.DEPLOY,
        make=lambda facts: vertex.license_not_accepted(facts.call.text("publisherModelName") or "publishers/google"),
        source="googlecloudsdk/command_lib/ai/model_garden_utils.py (Google Cloud SDK 528.0.0)",
    ),
    ErrorCase(
        name="DEDICATED_ENDPOINT",
        what="A dedicated endpoint is asked through the shared host.",
        methods=methods.COMPLETIONS,
        make=lambda facts: vertex.dedicated_endpoint(
            f"{facts.call.vars.get('endpoint', '1')}.{facts.location}-{facts.number}.prediction.vertexai.goog"
        ),
        source="seen in public repositories",
    ),
    ErrorCase(
        name="TOO_MANY_TOKENS",
        what="The prompt is too long, in Gemini's words; those of open models are not established.",
        methods=methods.CHAT,
        make=lambda facts: vertex.too_many_tokens(131_073, 131_072),  # noqa: ARG005 - says the same of every call
        source="https://github.com/google-gemini/gemini-cli/issues/4692",
    ),
    ErrorCase(
        name="UNSUPPORTED_PARAMETER",
        what="A parameter that the model does not support, such as a forced tool choice; the words are assumed.",
        methods=methods.COMPLETIONS,
        make=lambda facts: vertex.forced_tool_choice(facts.model),
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/function-calling",
    ),
    ErrorCase(
        name="GEMINI_THROUGH_PREDICT",
        what="A Gemini model is asked through predict or rawPredict.",
        methods=methods.CHAT,
        make=_through_predict,
        source="seen in public repositories",
    ),
    ErrorCase(
        name="USER_LOCATION_UNSUPPORTED",
        what="The caller's country is not served.",
        methods=methods.CHAT,
        make=lambda facts: errors.failed_precondition(  # noqa: ARG005 - says the same of every call
            "User location is not supported for the API use."
        ),
        source="seen in public repositories",
    ),
    ErrorCase(
        name="CHAT_EMPTY",
        what="200, an empty text and `finish_reason: length`: an open model spent the budget on reasoning.",
        methods=methods.COMPLETIONS,
        request={"max_tokens": 1, "max_completion_tokens": None, "reasoning_effort": "high"},
        source="seen in public repositories",
    ),
    ErrorCase(
        name="CHAT_NO_TEXT",
        what="A stream that is whole, ends with `finish_reason: stop`, and holds no text; over REST.",
        methods=methods.STREAMS,
        effect={"status": 200, "raw_body": _NO_TEXT, "content_type": "text/event-stream"},
        source="seen in public repositories",
    ),
    ErrorCase(
        name="CHAT_UNFINISHED",
        what="The stream ends as if all were well, without `finish_reason` and without `[DONE]`.",
        methods=methods.STREAMS,
        effect={"end_stream_after": 2},
        source="seen in public repositories",
    ),
    ErrorCase(
        name="STREAM_BROKEN",
        what="The connection is lost in the middle of the stream.",
        methods=methods.STREAMS,
        effect={"cut_stream_after": 2},
        source="seen in public repositories",
    ),
)
