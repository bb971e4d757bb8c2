"""What comes of the request itself: of a Gemini model's rules, of a self-deployed model's server, of what an SDK hides."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_ARGS: Final = "https://docs.vllm.ai/en/latest/cli/serve.html"
_SERVER: Final = "it is an answer of the model's own server; --chat-upstream shows it to `provision smoke-test`."
_FAULT: Final = "the sandbox has no error of that name; a fault with `status` and `message` sends any text."
_BASE: Final = "https://aiplatform.googleapis.com/v1/projects/{project_id}/locations/global/endpoints/openapi"

ROWS: Final = (
    Diagnosis(
        key="SDK_HIDES_BODY",
        match=Match(text=r"\b[45]\d\d status code \(no body\)", generic=True, priority=5),
        fix_owner="you",
        verdict="unknown",
        source="https://github.com/openai/openai-node/issues/1746",
        cause="The OpenAI SDK shows nothing of Vertex AI's error, because its body is a list and not an object; it is not empty. A 404 of this route is mostly a model that is not there (misspelled, retired, elsewhere, not enabled), a 403 a missing role, a 401 the token; an address that is wrong (/v1 doubled, /models, which Vertex AI does not have) looks the same.",
        fix='see the body, then explain it: curl -s -H "Authorization: Bearer $(gcloud auth print-access-token)" -H "Content-Type: application/json" -d @request.json '
        + _BASE
        + "/chat/completions | provision explain   (or: provision smoke-test --project {project_id}; request.json holds model and messages)",
        triggered_by=("ChatCompletions",),
        not_reproduced="the server sends a body; it is the SDK that does not show it.",
    ),
    Diagnosis(
        key="THOUGHT_SIGNATURE",
        match=Match(
            text=r"missing a `?thought_signature|thought_?signature.{0,80}(missing|required|invalid|not valid)",
            priority=40,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures",
        cause="Gemini 3 wants the thought signature of its own tool call back in the next turn, and the client dropped it.",
        fix="send the assistant's message back as it came, with extra_content.google.thought_signature on its tool call (in generateContent: thoughtSignature on the part); update the client or framework, the older ones drop it",
        triggered_by=("ChatCompletions", "GenerateContent"),
        not_reproduced=_FAULT,
    ),
    Diagnosis(
        key="UNKNOWN_FIELD",
        match=Match(
            text=r"Invalid JSON payload received|Unknown name \\?\"[\w.]+\\?\"(?: at '[^']*')?: Cannot find field",
            priority=20,
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/models/api-errors",
        cause="The body has a field ({field}) that this method does not know, or a value of another type: the client speaks a newer dialect, or that of another API (the Gemini Developer API's, OpenAI's).",
        fix="update the client library, or have it leave the field {field} out",
        triggered_by=("ChatCompletions", "GenerateContent"),
        not_reproduced=_FAULT,
    ),
    Diagnosis(
        key="SERVER_CONTEXT",
        match=Match(
            text=r"max_model_len|\"object\": ?\"error\".{0,200}maximum context length|'object': ?'error'.{0,200}maximum context length",
            priority=42,
        ),
        fix_owner="you",
        source=_ARGS,
        cause="The prompt and max_tokens together are more than the model's own server takes: its --max-model-len is smaller than the model's context.",
        fix="ask for a smaller max_tokens or send a shorter prompt; else deploy it with a larger --max-model-len (it takes memory of the GPU)",
        triggered_by=("ChatCompletions",),
        not_reproduced=_SERVER,
    ),
    Diagnosis(
        key="SERVER_OUT_OF_MEMORY",
        match=Match(
            text=r"CUDA out of memory|torch\.(cuda\.)?OutOfMemoryError|No available memory for the cache blocks|KV cache.{0,80}(larger|smaller|needed) than",
            generic=True,
            priority=20,
        ),
        fix_owner="you",
        source=_ARGS,
        cause="The model does not fit into the memory of the accelerator that its server runs on.",
        fix="deploy it on a machine with more accelerator memory, or with a smaller --max-model-len, --gpu-memory-utilization=0.95, or --tensor-parallel-size=N over N accelerators",
        triggered_by=("Deploy",),
        not_reproduced=_SERVER,
    ),
    Diagnosis(
        key="SERVER_REFUSED",
        match=Match(
            text=r"\"object\": ?\"error\"|'object': ?'error'|vllm\.\w+|BadRequestError.{0,40}\"param\"",
            generic=True,
            priority=-5,
        ),
        fix_owner="you",
        source=_ARGS,
        cause="The model's own server refused the request (not Google): {message}",
        fix="correct what the message names; what the server can is set by its arguments when it is deployed",
        triggered_by=("ChatCompletions",),
        not_reproduced=_SERVER,
    ),
    Diagnosis(
        key="MODEL_WITHOUT_MAAS",
        fix_owner="you",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/use-open-models",
        cause="Google's managed service calls the model {model}-maas; without -maas it is the one to deploy to an endpoint oneself.",
        fix='--model {model}-maas   (in the request: "model": "{model}-maas")',
        triggered_by=("ChatCompletions",),
        not_reproduced="it is told from the model's name; the sandbox answers so by itself.",
    ),
    Diagnosis(
        key="NOT_SERVED_BY_SANDBOX",
        match=Match(text=r"is not served by the (sandbox|emulator)", priority=80),
        fix_owner="you",
        source="https://docs.cloud.google.com/apis/docs/overview",
        cause="It is the sandbox that answers, not Google: it does not have this method ({message}).",
        fix="see what it serves: provision sandbox coverage   (or make the call to Google Cloud itself, without --sandbox)",
        triggered_by=("any",),
        not_reproduced="call any method that the sandbox does not have.",
    ),
    Diagnosis(
        key="DEVELOPER_API_MODEL",
        match=Match(text=r"models/\S+ is not found for API version v1(beta|alpha)?\b", priority=30),
        fix_owner="you",
        source="https://ai.google.dev/gemini-api/docs/models",
        cause="It is the Gemini Developer API (generativelanguage.googleapis.com) that answers, and it has no such model, or not for this method: retired, or misspelled.",
        fix="use a model that is served (https://ai.google.dev/gemini-api/docs/models); for Vertex AI: GOOGLE_GENAI_USE_VERTEXAI=true with GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION=global",
        triggered_by=("GenerateContent",),
        not_reproduced="the sandbox does not serve the Gemini Developer API.",
    ),
    Diagnosis(
        key="NO_ENVIRONMENT_TAG",
        match=Match(text=r"lacks an 'environment' tag", priority=-12),
        fix_owner="you",
        verdict="unknown",
        source="https://docs.cloud.google.com/resource-manager/docs/tags/tags-overview",
        cause="A notice of gcloud, not a error: the project {project_id} has no tag named environment. Nothing has failed.",
        fix="none is needed   (to be rid of it, bind a tag: gcloud resource-manager tags bindings create --tag-value=TAG_VALUE --parent=//cloudresourcemanager.googleapis.com/projects/PROJECT_NUMBER)",
        triggered_by=("gcloud",),
        not_reproduced="it is a notice of gcloud.",
    ),
    Diagnosis(
        key="GCLOUD_PROJECT_NOTICE",
        match=Match(
            text=r"active project does not match the quota project|Your active project does not match", priority=-15
        ),
        fix_owner="you",
        verdict="unknown",
        source="https://docs.cloud.google.com/sdk/gcloud/reference/auth/application-default/set-quota-project",
        cause="A notice of gcloud, not a error: its own project is another than the one that calls of the libraries are charged to.",
        fix="gcloud auth application-default set-quota-project {project_id}",
        triggered_by=("gcloud",),
        not_reproduced="it is a notice of gcloud.",
    ),
)
