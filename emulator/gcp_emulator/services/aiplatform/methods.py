"""The methods of Vertex AI (aiplatform.googleapis.com), v1 and v1beta1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.api import Api, Methods, serve
from gcp_emulator.services.aiplatform import (
    completions,
    embeddings,
    empty_lists,
    endpoints,
    garden,
    gemini,
    longrunning,
    predict,
    responses,
    state,
    uploads,
)
from gcp_emulator.services.aiplatform.error_cases import SERVICE

if TYPE_CHECKING:
    from gcp_emulator.api import Handle, Served

VERSIONS: Final = ("v1", "v1beta1")
ROOTS: Final = (*VERSIONS, "ui")
"""The console's root is what Google's own Python and Node clients ask first for locations and operations over REST; it
is in no document: under it Google names operations (recorded: ai-endpoints--vertexaiendpointbasic)."""

LOCATION: Final = "projects/{project}/locations/{location}"
ENDPOINT: Final = LOCATION + "/endpoints/{endpoint}"
MODEL: Final = LOCATION + "/models/{model}"
REFERENCE: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest"

FACTS: Final[dict[str, Any]] = {"consumer": "path", "billed": True}
"""The path names the project that is asked and charged."""
OF_NO_PROJECT: Final[dict[str, Any]] = {"consumer": "caller", "billed": False}


def _of_models(handle: Handle, **facts: Any) -> Served:
    """Gemini itself is asked; an endpoint with a tuned model is not."""
    return serve(handle, only="=projects/{project}/locations/{location}/publishers/", mutates=False, **facts)


def _passed_on(handle: Handle | None, *http: str) -> Served:
    """A method of the OpenAI-compatible routes, whose bodies are passed on as they are, and which stream."""
    return serve(handle, http=http, errors="list", stream=True, mutates=False)


def _of(version: str) -> Methods:
    """What both versions have."""
    count = "LlmUtilityService" if version == "v1" else "PredictionService"
    return {
        "EndpointService/ListEndpoints": state.list_endpoints,
        "EndpointService/GetEndpoint": state.get_endpoint,
        "EndpointService/CreateEndpoint": endpoints.create,
        "EndpointService/UpdateEndpoint": endpoints.update,
        "EndpointService/DeleteEndpoint": endpoints.delete,
        "EndpointService/DeployModel": endpoints.deploy_model,
        "EndpointService/UndeployModel": endpoints.undeploy_model,
        "EndpointService/MutateDeployedModel": endpoints.mutate_deployed_model,
        "EndpointService/UpdateEndpointLongRunning": None,
        "ModelService/UploadModel": uploads.upload,
        "ModelService/DeleteModel": uploads.delete,
        "ModelService/GetModel": uploads.get,
        "ModelService/ListModels": uploads.list_models,
        "ModelGardenService/Deploy": garden.deploy,
        "ModelGardenService/GetPublisherModel": serve(state.get_publisher_model, **OF_NO_PROJECT),
        # The route of the server that a deployed model runs in, assumed to be passed on.
        "projects.locations.endpoints.completions": serve(
            completions.text_completions,
            http=(f"POST /{version}/{{endpoint={ENDPOINT}}}/completions",),
            errors="list",
            mutates=False,
            source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
        ),
        "PredictionService/GenerateContent": _of_models(gemini.generate),
        "PredictionService/StreamGenerateContent": _of_models(gemini.stream, errors="list"),
        "PredictionService/EmbedContent": _of_models(embeddings.embed_content),
        f"{count}/CountTokens": _of_models(gemini.count),
        "LlmUtilityService/ComputeTokens": _of_models(gemini.compute),
        "PredictionService/Predict": serve(predict.predict, mutates=False),
        "PredictionService/RawPredict": serve(predict.raw_predict, mutates=False),
        "PredictionService/StreamRawPredict": serve(predict.raw_predict, errors="list", mutates=False),
        **empty_lists.METHODS,
    }


ONE: Final = "{{name={parent}/operations/{{operation}}}}"
ALL: Final = "{{name={parent}}}/operations"


def _of_operations(verb: str, path: str) -> tuple[str, ...]:
    """Return the bindings under each kind of resource whose operations are listed."""
    return tuple(
        f"{verb} /{root}/{path.format(parent=parent)}" for parent in (ENDPOINT, MODEL, LOCATION) for root in ROOTS
    )


_SHARED: Final[Methods] = {
    "google.cloud.location.Locations/ListLocations": serve(
        state.list_locations, http=tuple(f"GET /{root}/{{name=projects/{{project}}}}/locations" for root in ROOTS)
    ),
    "google.cloud.location.Locations/GetLocation": serve(
        state.get_location, http=tuple(f"GET /{root}/{{name={LOCATION}}}" for root in ROOTS)
    ),
    "google.longrunning.Operations/GetOperation": serve(longrunning.get, http=_of_operations("GET", ONE)),
    "google.longrunning.Operations/ListOperations": serve(longrunning.list_, http=_of_operations("GET", ALL)),
    "google.longrunning.Operations/WaitOperation": serve(
        longrunning.wait, http=_of_operations("POST", f"{ONE}:wait"), mutates=False
    ),
    "google.longrunning.Operations/CancelOperation": serve(
        longrunning.cancel, http=_of_operations("POST", f"{ONE}:cancel"), mutates=True
    ),
    "google.longrunning.Operations/DeleteOperation": serve(
        longrunning.delete, http=_of_operations("DELETE", ONE), mutates=True
    ),
}
_BETA: Final[Methods] = {
    "ModelGardenService/CheckPublisherModelEulaAcceptance": serve(garden.check_eula, mutates=False),
    "ModelGardenService/AcceptPublisherModelEula": garden.accept_eula,
    "ModelGardenService/ListPublisherModels": serve(state.list_publisher_models, **OF_NO_PROJECT),
    # v1 has it by its discovery document; its client does not.
    "PredictionService/ChatCompletions": serve(
        completions.chat_completions,
        http=tuple(f"POST /{version}/{{endpoint={ENDPOINT}}}/chat/completions" for version in VERSIONS),
        errors="list",
        mutates=False,
    ),
}
_UNVERSIONED: Final[Methods] = {
    "projects.publishers.models.enableModel": garden.enable_model,
    **{
        f"projects.locations.endpoints.openapi.{route}": _passed_on(
            handle, *(f"POST /{version}/{{endpoint={LOCATION}/endpoints/openapi}}/{route}" for version in VERSIONS)
        )
        for route, handle in {
            "completions": None,
            "embeddings": embeddings.openapi,
            "responses": responses.openapi,
        }.items()
    },
    **{
        f"projects.locations.publishers.v1.{name}": _passed_on(
            responses.of_publisher,
            *(
                f"POST /{version}/{{endpoint={LOCATION}/publishers/{{publisher}}}}/v1/{name.replace('.', '/')}"
                for version in VERSIONS
            ),
        )
        for name in ("responses", "responses.compact")
    },
}

APIS: Final = tuple(
    Api(
        document=f"aiplatform.{version}",
        service=SERVICE,
        rpc=f"google.cloud.aiplatform.{version}",
        rest=prefix,
        reference=f"{REFERENCE}/{version}/",
        facts=FACTS,
        methods=methods,
    )
    for version, prefix, methods in (
        ("v1", "aiplatform.v1.", {**_of("v1"), **_SHARED}),
        ("v1beta1", "aiplatform.v1beta1.", {**_of("v1beta1"), **_BETA}),
        ("v1beta1", "aiplatform.", _UNVERSIONED),
    )
)
