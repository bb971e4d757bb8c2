"""How Vertex AI refuses, in its own words.

Each function names where its wording was seen. Refusals that every API shares are in
`provision.sandbox.errors`.
"""

from __future__ import annotations

from typing import Final

from provision.sandbox import errors

SERVICE: Final = "aiplatform.googleapis.com"


def invalid(message: str) -> errors.Refused:
    """A malformed request, in the sandbox's own words: no source shows Google's."""
    return errors.invalid_argument(message)


def malformed_model(model: str) -> errors.Refused:
    """A model id without its publisher. Recorded on 2026-09-14, in a public repository."""
    return errors.invalid_argument(
        f"Malformed publisher model (`model`: '{model}') for the 'openapi' request endpoint ID; "
        "expected '<publisher>/<model>'."
    )


def model_not_found(project: str, location: str, model: str) -> errors.Refused:
    """An id nobody published, or one that is retired.

    A retired id "typically returns a 404 error", as the life cycle page says.
    https://github.com/truefoundry/models/issues/946 and
    https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions
    """
    publisher, _, name = model.partition("/")
    resource = f"projects/{project}/locations/{location}/publishers/{publisher}/models/{name}"
    return errors.not_found(
        f"Publisher Model `{resource}` was not found or your project does not have access to it. "
        "Please ensure you are using a valid model version. For more information, see: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"
    )


def not_servable(project: str, location: str, model: str) -> errors.Refused:
    """A model that is served, but not in this location. Seen in public repositories, for other models."""
    publisher, _, name = model.partition("/")
    resource = f"projects/{project}/locations/{location}/publishers/{publisher}/models/{name}"
    return errors.failed_precondition(f"Publisher Model `{resource}` is not servable in region {location}.")


def publisher_model_not_found(name: str) -> errors.Refused:
    """A publisher model that Model Garden does not hold; wording assumed from its neighbours."""
    return errors.not_found(f"Publisher Model {name} is not found.")


def location_denied(project: str, location: str) -> errors.Refused:
    """A location that does not exist is forbidden, not unknown.

    Reason: google/api/error_reason.proto, LOCATION_POLICY_VIOLATED; the text is recorded for other APIs of
    Google.
    """
    return errors.Refused(
        "PERMISSION_DENIED",
        f"Permission denied on 'locations/{location}' (or it may not exist).",
        errors.error_info("LOCATION_POLICY_VIOLATED", consumer=f"projects/{project}", service=SERVICE),
    )


def endpoint_not_found(name: str) -> errors.Refused:
    """https://github.com/googleapis/python-genai/issues/1706."""
    return errors.not_found(f"Endpoint `{name}` not found.")


def no_traffic_split(name: str) -> errors.Refused:
    """An endpoint without a deployed model.

    https://github.com/GoogleCloudPlatform/explainable_ai_sdk/issues/3
    """
    return errors.failed_precondition(f"Endpoint {name} doesn't have traffic_split.")


def dedicated_endpoint(dns: str) -> errors.Refused:
    """A dedicated endpoint asked through the shared host. Seen in public repositories."""
    return errors.failed_precondition(
        "Dedicated Endpoint cannot be accessed through the shared Vertex AI domain "
        f"aiplatform.googleapis.com. Please access the endpoint using its dedicated domain name '{dns}'"
    )


def no_messages() -> errors.Refused:
    """Gemini's wording for an empty prompt; that of open models is not established."""
    text = "Unable to submit request because at least one contents field is required."
    return errors.invalid_argument(text)


def out_of_range(name: str, value: float, supported: str) -> errors.Refused:
    """Gemini's wording for a parameter out of bounds; that of open models is not established."""
    return errors.invalid_argument(
        f"Unable to submit request because it has a {name} value of {value} but the supported range is from "
        f"{supported}. Update the value and try again."
    )


def too_many_tokens(found: int, allowed: int) -> errors.Refused:
    """Gemini's wording; that of open models is not established.

    https://github.com/google-gemini/gemini-cli/issues/4692
    """
    return errors.invalid_argument(
        f"The input token count ({found}) exceeds the maximum number of tokens allowed ({allowed})."
    )


def forced_tool_choice(model: str) -> errors.Refused:
    """`required` or a named function, of an open model; the page says unsupported, the wording is ours.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/function-calling
    """
    text = f"A forced 'tool_choice' is not supported for {model}; use 'auto' or 'none'."
    return errors.invalid_argument(text, errors.bad_request(("tool_choice", text)))
