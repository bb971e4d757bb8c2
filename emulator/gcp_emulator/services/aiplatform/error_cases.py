"""How Vertex AI refuses, in its own words.

Each function names where its wording was seen. Errors that every API shares are in
`gcp_emulator.errors`.
"""

from __future__ import annotations

from typing import Final

from gcp_emulator import errors

SERVICE: Final = "aiplatform.googleapis.com"


def invalid(message: str) -> errors.ApiError:
    """A malformed request, in the sandbox's own words: no source shows Google's."""
    return errors.invalid_argument(message)


def malformed_model(model: str) -> errors.ApiError:
    """A model id without its publisher. Recorded on 2026-09-14, in a public repository."""
    return errors.invalid_argument(
        f"Malformed publisher model (`model`: '{model}') for the 'openapi' request endpoint ID; "
        "expected '<publisher>/<model>'."
    )


def model_not_found(project: str, location: str, model: str) -> errors.ApiError:
    """An id no one published, or one that is retired.

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


def not_servable(project: str, location: str, model: str) -> errors.ApiError:
    """A model that is served, but not in this location. Seen in public repositories, for other models."""
    publisher, _, name = model.partition("/")
    resource = f"projects/{project}/locations/{location}/publishers/{publisher}/models/{name}"
    return errors.failed_precondition(f"Publisher Model `{resource}` is not servable in region {location}.")


def publisher_model_not_found(name: str) -> errors.ApiError:
    """A publisher model that Model Garden does not hold.

    That it is a 404 which begins so is what gcloud 528 looks for
    (googlecloudsdk/surface/ai/model_garden/models/list_deployment_config.py); the rest is assumed.
    """
    return errors.not_found(f"Publisher Model {name} is not found.")


def hugging_face_model_not_found(model: str) -> errors.ApiError:
    """A Hugging Face model without a setup to deploy it with; here all that the sandbox does not list.

    The beginning is what gcloud 528 looks for: googlecloudsdk/surface/ai/model_garden/models/list_deployment_config.py
    """
    return errors.invalid_argument(f"No deploy config found for model {model}.")


def location_denied(project: str, location: str) -> errors.ApiError:
    """A location that does not exist is forbidden, not unknown.

    Reason: google/api/error_reason.proto, LOCATION_POLICY_VIOLATED; the text is recorded for other APIs of
    Google.
    """
    return errors.ApiError(
        "PERMISSION_DENIED",
        f"Permission denied on 'locations/{location}' (or it may not exist).",
        errors.error_info("LOCATION_POLICY_VIOLATED", consumer=f"projects/{project}", service=SERVICE),
    )


def wrong_location(field: str, valid: str) -> errors.ApiError:
    """A resource of another location than the host's.

    Regional hosts: https://github.com/googleapis/python-aiplatform/issues/1684. That the host without a location says
    the same of regional resources: comments in Google Cloud SDK's source; which location it then names is assumed.
    """
    text = f"The provided location ID doesn't match the endpoint. The valid location ID is `{valid}`."
    message = f"List of found errors:\t1.Field: {field}; Message: {text}\t"
    return errors.invalid_argument(message, errors.bad_request((field, text)))


def endpoint_not_found(name: str) -> errors.ApiError:
    """https://github.com/googleapis/python-genai/issues/1706."""
    return errors.not_found(f"Endpoint `{name}` not found.")


def no_traffic_split(name: str) -> errors.ApiError:
    """An endpoint without a deployed model.

    https://github.com/GoogleCloudPlatform/explainable_ai_sdk/issues/3
    """
    return errors.failed_precondition(f"Endpoint {name} doesn't have traffic_split.")


def dedicated_endpoint(dns: str) -> errors.ApiError:
    """A dedicated endpoint asked through the shared host. Seen in public repositories."""
    return errors.failed_precondition(
        "Dedicated Endpoint cannot be accessed through the shared Vertex AI domain "
        f"aiplatform.googleapis.com. Please access the endpoint using its dedicated domain name '{dns}'"
    )


def no_messages() -> errors.ApiError:
    """Gemini's wording for an empty prompt; that of open models is not established."""
    text = "Unable to submit request because at least one contents field is required."
    return errors.invalid_argument(text)


def out_of_range(name: str, value: float, supported: str) -> errors.ApiError:
    """Gemini's wording for a parameter out of bounds; that of open models is not established."""
    return errors.invalid_argument(
        f"Unable to submit request because it has a {name} value of {value} but the supported range is from "
        f"{supported}. Update the value and try again."
    )


def too_many_tokens(found: int, allowed: int) -> errors.ApiError:
    """Gemini's wording; that of open models is not established.

    https://github.com/google-gemini/gemini-cli/issues/4692
    """
    return errors.invalid_argument(
        f"The input token count ({found}) exceeds the maximum number of tokens allowed ({allowed})."
    )


def forced_tool_choice(model: str) -> errors.ApiError:
    """`required` or a named function, of an open model; the page says unsupported, the wording is ours.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/capabilities/function-calling
    """
    text = f"A forced 'tool_choice' is not supported for {model}; use 'auto' or 'none'."
    return errors.invalid_argument(text, errors.bad_request(("tool_choice", text)))


def not_enabled(number: str, location: str, name: str) -> errors.ApiError:
    """A model that the project has not enabled; seen for Meta's and Anthropic's models.

    https://github.com/langchain-ai/langchain-google/issues/593
    """
    resource = f"projects/{number}/locations/{location}/{name}"
    return errors.failed_precondition(f"Project `{number}` is not allowed to use Publisher Model `{resource}`")


def bad_field(field: str, why: str) -> errors.ApiError:
    """A field with a value that cannot be; the words are ours."""
    text = f"Invalid value for field '{field}': {why}."
    return errors.invalid_argument(text, errors.bad_request((field, text)))


def bad_endpoint_id(endpoint_id: str) -> errors.ApiError:
    """An endpoint id that breaks the rules of the discovery document; the words are ours."""
    return bad_field("endpoint_id", f"{endpoint_id!r} is neither letters, digits and hyphens nor a short number")


def bad_traffic_split(why: str) -> errors.ApiError:
    """A traffic split that cannot be; the words are ours."""
    return bad_field("traffic_split", why)


def etag_mismatch(name: str) -> errors.ApiError:
    """Someone else was faster. Status: https://google.aip.dev/154; the words are ours."""
    return errors.ApiError("ABORTED", f"The etag sent for {name} is not the current one.")


def endpoint_not_empty(name: str) -> errors.ApiError:
    """An endpoint that still serves a model cannot be deleted; the words are ours."""
    return errors.failed_precondition(f"Endpoint {name} has deployed models. Undeploy them before you delete it.")


def deployed_model_not_found(deployed: str, name: str) -> errors.ApiError:
    """A deployed model the endpoint does not have; the words are ours."""
    return errors.not_found(f"DeployedModel {deployed} is not found in endpoint {name}.")


def still_has_traffic(deployed: str) -> errors.ApiError:
    """A deployed model that gets traffic, beside others; the words are ours.

    Rule: `UndeployModelRequest.traffic_split`, google/cloud/aiplatform/v1/endpoint_service.proto
    """
    return errors.failed_precondition(f"DeployedModel {deployed} has traffic; assign it to others first.")


def model_resource_not_found(name: str) -> errors.ApiError:
    """A model that was not uploaded; worded as other resources of Vertex AI are (recorded)."""
    return errors.not_found(f"Model {name} is not found.")


def model_deployed(name: str) -> errors.ApiError:
    """A model that an endpoint serves cannot be deleted; the words are ours.

    Rule: `DeleteModel`, google/cloud/aiplatform/v1/model_service.proto
    """
    return errors.failed_precondition(f"Model {name} is deployed. Undeploy it before you delete it.")


def not_deployable(name: str) -> errors.ApiError:
    """A model served as a managed API only; the words are ours."""
    return errors.failed_precondition(f"Publisher Model {name} cannot be deployed: it is served as a managed API.")


def license_not_accepted(name: str) -> errors.ApiError:
    """A model whose license no one in the project has accepted.

    That it is a 403 which names the EULA is what gcloud 528 looks for before it asks its user to accept it
    (googlecloudsdk/command_lib/ai/model_garden_utils.py); the sentence is ours.
    """
    return errors.ApiError(
        "PERMISSION_DENIED",
        f"The End User License Agreement (EULA) of the model {name} has not been accepted. "
        "Set accept_eula, or accept it on the model's card.",
    )
