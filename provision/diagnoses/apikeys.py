"""API keys: not valid, restricted, or not given."""

from __future__ import annotations

from typing import Final

from provision.diagnoses.row import Diagnosis, Match

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_PAGE: Final = "https://console.cloud.google.com/apis/credentials?project={consumer}"
_VERTEX: Final = "where Vertex AI is meant, it takes no such key: log in with gcloud auth application-default login"
_BLOCKED: Final = "API_KEY_SERVICE_BLOCKED|API_KEY_HTTP_REFERRER_BLOCKED|API_KEY_IP_ADDRESS_BLOCKED|API_KEY_ANDROID_APP_BLOCKED|API_KEY_IOS_APP_BLOCKED"
_TEXT: Final = "the sandbox has no error of that name; a fault with `status` and `message` sends any text."

ROWS: Final = (
    Diagnosis(
        key="API_KEY_INVALID",
        match=Match(reason="API_KEY_INVALID"),
        also=(
            Match(
                text=r"API key not valid\. Please pass a valid API key|API Key not found\. Please pass a valid API key|API key expired\. Please renew",
            ),
        ),
        fix_owner="you",
        source=_REASONS,
        cause="The API key that was sent is not one of Google's, was deleted, or has expired: often a blank, a quote, or another provider's key in the variable.",
        fix=f"compare it with the keys of the project: {_PAGE}   (of the Gemini API: https://aistudio.google.com/api-keys; {_VERTEX})",
        triggered_by=("any",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="API_KEY_RESTRICTED",
        match=Match(reason=_BLOCKED),
        also=(
            Match(
                text=r"Requests to this API \S+ method \S+ are blocked|Requests from (referer|this) .{0,80}are blocked|The provided API key has an IP address restriction",
            ),
        ),
        fix_owner="you",
        source=_REASONS,
        cause="The API key is restricted, and does not allow this: another API, or a call from another website, address or app.",
        fix=f"open the key, and add the API, or the website or address, under its restrictions: {_PAGE}   (a change takes some minutes)",
        triggered_by=("any",),
        not_reproduced=_TEXT,
    ),
    Diagnosis(
        key="GEMINI_KEY_MISSING",
        match=Match(
            text=r"API key required for Gemini Developer API|set (the )?`?GOOGLE_API_KEY|environment variable `?GOOGLE_API_KEY|GEMINI_API_KEY.{0,60}(not set|missing|required)|No API_KEY or ADC found"
        ),
        fix_owner="you",
        source="https://docs.cloud.google.com/vertex-ai/generative-ai/docs/sdks/overview",
        cause="The program takes you to mean the Gemini Developer API, which wants an API key, and was given none; for Vertex AI it has not been told so.",
        fix="for Vertex AI: export GOOGLE_GENAI_USE_VERTEXAI=true GOOGLE_CLOUD_PROJECT={project_id} GOOGLE_CLOUD_LOCATION=global   (LangChain: vertexai=True; for the Gemini API itself: export GOOGLE_API_KEY=KEY, from https://aistudio.google.com/api-keys)",
        triggered_by=("ChatCompletions",),
        not_reproduced="it happens in the client, before anything is sent.",
    ),
)
