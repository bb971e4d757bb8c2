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
    """A partner's or an open model that is served, but not in this location.

    Seen in public repositories for Claude; what open models give is not established. Google's own models are "not
    found" there (measured 2026-09-22), which `model_not_found` says.
    """
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


_GEMINI: Final = "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
_FUNCTIONS: Final = "https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling"
_OUTPUT: Final = "https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/control-generated-output"
_SIGNATURES: Final = "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures"


def _unable(why: str, page: str = _GEMINI) -> errors.ApiError:
    return errors.invalid_argument(f"Unable to submit request because {why}. Learn more: {page}")


def empty_parts() -> errors.ApiError:
    """A content block without parts, such as an assistant's empty turn.

    https://github.com/pydantic/pydantic-ai/pull/2203, https://github.com/langchain-ai/langchain/issues/30140
    """
    return _unable("it must include at least one parts field, which describes the prompt input")


def empty_text() -> errors.ApiError:
    """A content block whose text is empty; quoted in several public repositories."""
    return _unable("it has an empty text parameter. Add a value to the parameter and try again")


def bad_role() -> errors.ApiError:
    """A content block whose role is another, or is missing: Vertex AI asks for it where the Developer API does not.

    Quoted in several public repositories, with both causes.
    """
    return errors.invalid_argument("Please use a valid role: user, model.")


def function_call_misplaced() -> errors.ApiError:
    """https://github.com/google-gemini/gemini-cli/issues/26956."""
    return errors.invalid_argument(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
    )


def function_response_misplaced() -> errors.ApiError:
    """Results of a tool without a call before them: the sentence beside the one above."""
    return errors.invalid_argument(
        "Please ensure that function response turn comes immediately after a function call turn."
    )


def function_responses_missing() -> errors.ApiError:
    """Fewer results than calls, or more. https://github.com/continuedev/continue/issues/9562 (Vertex AI)."""
    return errors.invalid_argument(
        "Please ensure that the number of function response parts is equal to the number of function call parts of "
        "the function call turn."
    )


def signature_missing(function: str, block: int) -> errors.ApiError:
    """A tool call of Gemini 3 that came back without its signature; blocks are counted from 1.

    https://github.com/langgenius/dify/issues/30729
    """
    return _unable(
        f"function call `default_api:{function}` in the {block}. content block is missing a `thought_signature`",
        _SIGNATURES,
    )


def parameters_not_object(function: str) -> errors.ApiError:
    """https://github.com/BerriAI/litellm/issues/18442."""
    return _unable(f"`{function}` functionDeclaration parameters schema should be of type OBJECT", _FUNCTIONS)


def bad_declaration(function: str, path: str, what: str) -> errors.ApiError:
    """A schema in a declaration.

    https://github.com/directus/mcp/issues/8 (no type) and
    https://github.com/lambda-alpha-labs/Graphenium/issues/37 (any_of).
    """
    return _unable(f"`{function}` functionDeclaration `{path}` schema {what}", _FUNCTIONS)


def bad_response_schema(what: str) -> errors.ApiError:
    """A schema of a response; quoted with the openai package's list around it in public repositories."""
    return _unable(f"one or more response schemas {what}", _OUTPUT)


def duplicate_function(name: str) -> errors.ApiError:
    """Two declarations of one name; quoted in public repositories."""
    return errors.invalid_argument(f"Duplicate function declaration found: {name}")


def bad_function_name() -> errors.ApiError:
    """A function whose name breaks the rules; the words are ours, the rule is that of tool.proto."""
    return bad_field(
        "tools.function_declarations.name",
        "it must start with a letter or an underscore, and hold letters, digits, underscores, dots, colons and dashes, "
        "128 of them at most",
    )


def exclusive(one: str, other: str) -> errors.ApiError:
    """Two fields of which only one may be set, by the comments of the protos; the words are ours."""
    return bad_field(one, f"it cannot be set together with {other}")


def no_declarations() -> errors.ApiError:
    """A function calling config without functions to call; quoted in several public repositories."""
    return errors.invalid_argument("Function calling config is set without function_declarations.")


def allowed_names_without_any() -> errors.ApiError:
    """Names of functions that may be called, in another mode; quoted in public repositories."""
    return errors.invalid_argument("Please set allowed_function_names only when function calling mode is ANY.")


def thinking_level(level: str) -> errors.ApiError:
    """A level that the model does not have. https://github.com/jenslys/opencode-gemini-auth/issues/14."""
    return _unable(f"thinking_level {level} is not supported by this model")


def no_thinking_level() -> errors.ApiError:
    """A level for a model that has none (https://github.com/google-gemini/gemini-cli/issues/14025)."""
    return _unable("thinking_level is not supported by this model.")


def level_and_budget() -> errors.ApiError:
    """Quoted in several public repositories, of 3.x; the status through the OpenAI-compatible route is reported."""
    return errors.invalid_argument("You can only set only one of thinking budget and thinking level.")


def not_modelled(what: str) -> errors.ApiError:
    """Something in a request that the sandbox does not model: refused by name rather than left out in silence."""
    return errors.unimplemented(what, http=400)


def private_preview(model: str) -> errors.ApiError:
    """A partner's model that few have access to; the words are ours, as no answer of Google's was seen.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/openai
    """
    return errors.ApiError(
        "FAILED_PRECONDITION",
        f"{model} is a partner's model in Private Preview: it takes access from the account team, a private offer of "
        "the Marketplace that the billing administrator accepts, and its terms in Model Garden. "
        "It is not served by the sandbox.",
        unserved=True,
    )


def not_of_this_route(model: str, route: str) -> errors.ApiError:
    """A model that is served, and not by this route; the words are ours."""
    return errors.ApiError(
        "INVALID_ARGUMENT", f"{model} is not served by {route}; ask it by chat completions.", unserved=True
    )


def through_predict(name: str) -> errors.ApiError:
    """Gemini asked by the route of other models; quoted in public repositories."""
    return errors.failed_precondition(
        f"Gemini cannot be accessed through Vertex Predict/RawPredict API ({name}). Please use generateContent."
    )


def too_many_instances(found: int, allowed: int) -> errors.ApiError:
    """Too many texts in one request for embeddings; quoted in several public repositories."""
    return errors.invalid_argument(f"{allowed} instance(s) is allowed per prediction. Actual: {found}")


def too_many_texts_tokens(found: int, allowed: int) -> errors.ApiError:
    """Too long a request for embeddings; quoted in several public repositories."""
    return errors.invalid_argument(
        f"Unable to submit request because the input token count is {found} but the model supports up to {allowed}. "
        "Reduce the input token count and try again. You can also use the CountTokens API to calculate prompt token "
        f"count and billable characters. Learn more: {_GEMINI}"
    )


def empty_content() -> errors.ApiError:
    """An empty text to embed; quoted in several public repositories."""
    return errors.invalid_argument("The text content is empty.")


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
