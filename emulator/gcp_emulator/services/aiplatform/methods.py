"""The methods of Vertex AI (aiplatform.googleapis.com), v1 and v1beta1.

Source of paths and names: the discovery documents of aiplatform v1 and v1beta1 (revision 20261106) and
https://github.com/googleapis/googleapis/tree/master/google/cloud/aiplatform. The `/ui/` twins are what
Google's own Python and Node clients ask first for locations and operations over REST.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.rpc import Method
from gcp_emulator.services.aiplatform import completions, endpoints, garden, gemini, state, uploads
from gcp_emulator.services.aiplatform.refusals import SERVICE

if TYPE_CHECKING:
    from gcp_emulator.call import Call

Handle = Callable[["Call"], Any]

ACCELERATORS: Final = {
    "ACCELERATOR_TYPE_UNSPECIFIED": 0,
    "NVIDIA_TESLA_K80": 1,
    "NVIDIA_TESLA_P100": 2,
    "NVIDIA_TESLA_V100": 3,
    "NVIDIA_TESLA_P4": 4,
    "NVIDIA_TESLA_T4": 5,
    "TPU_V2": 6,
    "TPU_V3": 7,
    "NVIDIA_TESLA_A100": 8,
    "NVIDIA_A100_80GB": 9,
    "TPU_V4_POD": 10,
    "NVIDIA_L4": 11,
    "TPU_V5_LITEPOD": 12,
    "NVIDIA_H100_80GB": 13,
    "NVIDIA_H100_MEGA_80GB": 14,
    "NVIDIA_H200_141GB": 15,
    "NVIDIA_B200": 16,
    "NVIDIA_GB200": 17,
    "NVIDIA_RTX_PRO_6000": 18,
}
"""google/cloud/aiplatform/v1/accelerator_type.proto"""

ENUMS: Final = {
    "openSourceCategory": {
        "OPEN_SOURCE_CATEGORY_UNSPECIFIED": 0,
        "PROPRIETARY": 1,
        "THIRD_PARTY_OWNED_OSS": 5,
    },
    "launchStage": {"LAUNCH_STAGE_UNSPECIFIED": 0, "PUBLIC_PREVIEW": 3, "GA": 4},
    "versionState": {"VERSION_STATE_UNSPECIFIED": 0, "VERSION_STATE_STABLE": 1, "VERSION_STATE_UNSTABLE": 2},
    **{
        f"supportedActions.{action}.dedicatedResources.machineSpec.acceleratorType": ACCELERATORS
        for action in ("deploy", "multiDeployVertex.multiDeployVertex")
    },
}
"""Numbers of the enums in `PublisherModel` that are answered:
google/cloud/aiplatform/v1/publisher_model.proto."""

VERSIONS: Final = ("v1", "v1beta1")
SCOPES: Final = (CLOUD_PLATFORM, "https://www.googleapis.com/auth/aiplatform")
CHAT_SCOPES: Final = (*SCOPES, "https://www.googleapis.com/auth/cloud-platform.read-only")
LOCATION: Final = "projects/{project}/locations/{location}"
ENDPOINT: Final = LOCATION + "/endpoints/{endpoint}"
MODEL: Final = LOCATION + "/models/{model}"
OPERATION: Final = "google.longrunning.operations_pb2:Operation"
ENABLEMENT: Final = {
    "ENABLEMENT_STATE_UNSPECIFIED": 0,
    "ENABLEMENT_STATE_SUCCEEDED": 1,
    "ENABLEMENT_STATE_FAILED": 2,
}
RESOURCES_TYPES: Final = {
    "DEPLOYMENT_RESOURCES_TYPE_UNSPECIFIED": 0,
    "DEDICATED_RESOURCES": 1,
    "AUTOMATIC_RESOURCES": 2,
    "SHARED_RESOURCES": 3,
}
ENDPOINT_FIELDS: Final = (
    "name,displayName,description,labels,etag,trafficSplit,network,encryptionSpec,enablePrivateServiceConnect,"
    "privateServiceConnectConfig,predictRequestResponseLoggingConfig,dedicatedEndpointEnabled,dedicatedEndpointDns,"
    "clientConnectionConfig,genAiAdvancedFeaturesConfig,gdcConfig,deployedModels,createTime,updateTime,"
    "modelDeploymentMonitoringJob,satisfiesPzs,satisfiesPzi"
)
DEDICATED: Final = (
    "dedicatedResources(autoscalingMetricSpecs,maxReplicaCount,minReplicaCount,requiredReplicaCount,spot,"
    "flexStart,initialReplicaCount,scaleToZeroSpec,"
    "machineSpec(acceleratorCount,acceleratorType,gpuPartitionSize,machineType,reservationAffinity,tpuTopology,"
    "minGpuDriverVersion,multihostGpuNodeCount))"
)
"""Those of v1beta1, which has some more than v1."""
DEPLOYED_FIELDS: Final = (
    f"id,model,displayName,{DEDICATED},automaticResources,sharedResources,serviceAccount,enableAccessLogging,"
    "disableContainerLogging,disableExplanations,explanationSpec,fasterDeploymentConfig,speculativeDecodingSpec,"
    "systemLabels,checkpointId,gdcConnectedModel,modelVersionId,createTime,privateEndpoints,status"
)
DEPLOYED_ENUMS: Final = {"deployedModel.dedicatedResources.machineSpec.acceleratorType": ACCELERATORS}
ENDPOINT_ENUMS: Final = {"deployedModels.dedicatedResources.machineSpec.acceleratorType": ACCELERATORS}
CONTENT_FIELDS: Final = (
    "contents,systemInstruction,cachedContent,tools,toolConfig,safetySettings,generationConfig,labels,modelArmorConfig"
)
GEMINI_ENUMS: Final = {
    "candidates.finishReason": {"FINISH_REASON_UNSPECIFIED": 0, "STOP": 1, "MAX_TOKENS": 2},
    "usageMetadata.trafficType": {"TRAFFIC_TYPE_UNSPECIFIED": 0, "ON_DEMAND": 1, "PROVISIONED_THROUGHPUT": 2},
}
MODEL_CONFIG: Final = (
    "acceptEula,containerSpec,huggingFaceAccessToken,huggingFaceCacheEnabled,modelDisplayName,modelUserId"
)
ENDPOINT_CONFIG: Final = (
    "dedicatedEndpointDisabled,dedicatedEndpointEnabled,endpointDisplayName,endpointUserId,labels,"
    "privateServiceConnectConfig"
)
"""What the messages hold: the schemas in the discovery document of aiplatform v1."""

REFERENCE: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest"


def _of_project(**declared: Any) -> Method:
    """A method whose path names the project that is asked and charged."""
    return Method(service=SERVICE, consumer="path", billed=True, scopes=SCOPES, **declared)


def _types(version: str, module: str, message: str) -> str:
    return f"google.cloud.aiplatform_{version}.types.{module}:{message}"


def _endpoints(version: str) -> tuple[Method, ...]:
    service = f"google.cloud.aiplatform.{version}.EndpointService"
    source = f"{REFERENCE}/{version}/projects.locations.endpoints"
    return (
        _of_project(
            name=f"{service}/ListEndpoints",
            http=(f"GET /{version}/{{parent={LOCATION}}}/endpoints",),
            request=_types(version, "endpoint_service", "ListEndpointsRequest"),
            response=_types(version, "endpoint_service", "ListEndpointsResponse"),
            handle=state.list_endpoints,
            enums={f"endpoints.{where}": numbers for where, numbers in ENDPOINT_ENUMS.items()},
            source=f"{source}/list",
        ),
        _of_project(
            name=f"{service}/GetEndpoint",
            http=(f"GET /{version}/{{name={ENDPOINT}}}",),
            request=_types(version, "endpoint_service", "GetEndpointRequest"),
            response=_types(version, "endpoint", "Endpoint"),
            handle=state.get_endpoint,
            enums=ENDPOINT_ENUMS,
            source=f"{source}/get",
        ),
    )


def _model(version: str) -> Method:
    return Method(
        name=f"google.cloud.aiplatform.{version}.ModelGardenService/GetPublisherModel",
        http=(f"GET /{version}/{{name=publishers/{{publisher}}/models/{{model}}}}",),
        request=_types(version, "model_garden_service", "GetPublisherModelRequest"),
        response=_types(version, "publisher_model", "PublisherModel"),
        service=SERVICE,
        scopes=SCOPES,
        enums=ENUMS,
        handle=state.get_publisher_model,
        source=f"{REFERENCE}/{version}/publishers.models/get",
    )


def _unserved(name: str, *http: str, stream: bool = False) -> Method:
    """A method of Vertex AI's that the sandbox knows by name only."""
    errors: Any = "list" if stream else "object"
    return _of_project(name=name, http=http, handle=None, errors=errors, stream=stream, source=REFERENCE)


def _writes(version: str) -> tuple[Method, ...]:
    """What changes endpoints and models, and Model Garden's part in it."""
    package = f"google.cloud.aiplatform.{version}"

    def write(name: str, http: str, handle: Handle, module: str, fields: str, **more: Any) -> Method:
        return _of_project(
            **{
                "name": f"{package}.{name}",
                "http": (http,),
                "handle": handle,
                "source": f"https://github.com/googleapis/googleapis/blob/master/google/cloud/aiplatform/{version}/{module}.proto",
                "request": _types(version, module, f"{name.partition('/')[2]}Request"),
                "response": OPERATION,
                "mutates": True,
                "fields": fields,
                **more,
            }
        )

    deployed = f"/{version}/{{endpoint={ENDPOINT}}}"
    models, model = f"/{version}/{{parent={LOCATION}}}/models", f"/{version}/{{name={MODEL}}}"
    return (
        write(
            "EndpointService/CreateEndpoint",
            f"POST /{version}/{{parent={LOCATION}}}/endpoints",
            endpoints.create,
            "endpoint_service",
            f"parent,endpointId,endpoint({ENDPOINT_FIELDS})",
            body="endpoint",
        ),
        write(
            "EndpointService/UpdateEndpoint",
            f"PATCH /{version}/{{endpoint.name={ENDPOINT}}}",
            endpoints.update,
            "endpoint_service",
            f"updateMask,endpoint({ENDPOINT_FIELDS})",
            body="endpoint",
            response=_types(version, "endpoint", "Endpoint"),
            enums=ENDPOINT_ENUMS,
        ),
        write(
            "EndpointService/DeleteEndpoint",
            f"DELETE /{version}/{{name={ENDPOINT}}}",
            endpoints.delete,
            "endpoint_service",
            "name",
        ),
        write(
            "EndpointService/DeployModel",
            f"POST {deployed}:deployModel",
            endpoints.deploy_model,
            "endpoint_service",
            f"endpoint,trafficSplit,deployedModel({DEPLOYED_FIELDS})",
            enums=DEPLOYED_ENUMS,
        ),
        write(
            "EndpointService/UndeployModel",
            f"POST {deployed}:undeployModel",
            endpoints.undeploy_model,
            "endpoint_service",
            "endpoint,deployedModelId,trafficSplit",
        ),
        write(
            "EndpointService/MutateDeployedModel",
            f"POST {deployed}:mutateDeployedModel",
            endpoints.mutate_deployed_model,
            "endpoint_service",
            f"endpoint,updateMask,deployedModel({DEPLOYED_FIELDS})",
            enums=DEPLOYED_ENUMS,
        ),
        write(
            "ModelService/UploadModel",
            f"POST {models}:upload",
            uploads.upload,
            "model_service",
            "parent,model,modelId,parentModel,serviceAccount",
        ),
        write("ModelService/DeleteModel", f"DELETE {model}", uploads.delete, "model_service", "name"),
        write(
            "ModelService/GetModel",
            f"GET {model}",
            uploads.get,
            "model_service",
            "name",
            mutates=False,
            response=_types(version, "model", "Model"),
            enums={"supportedDeploymentResourcesTypes": RESOURCES_TYPES},
        ),
        write(
            "ModelService/ListModels",
            f"GET {models}",
            uploads.list_models,
            "model_service",
            "parent,filter,orderBy,pageSize,pageToken,readMask",
            mutates=False,
            response=_types(version, "model_service", "ListModelsResponse"),
            enums={"models.supportedDeploymentResourcesTypes": RESOURCES_TYPES},
        ),
        write(
            "ModelGardenService/Deploy",
            f"POST /{version}/{{destination={LOCATION}}}:deploy",
            garden.deploy,
            "model_garden_service",
            f"destination,publisherModelName,huggingFaceModelId,modelConfig({MODEL_CONFIG}),"
            f"endpointConfig({ENDPOINT_CONFIG}),deployConfig({DEDICATED},fastTryoutEnabled,serviceAccount,systemLabels)",
            enums={"deployConfig.dedicatedResources.machineSpec.acceleratorType": ACCELERATORS},
        ),
        _of_project(
            name=f"aiplatform.{version}.projects.locations.endpoints.completions",
            http=(f"POST /{version}/{{endpoint={ENDPOINT}}}/completions",),
            handle=completions.text_completions,
            errors="list",
            source="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",  # assumed to be passed on
        ),
    )


def _gemini(version: str) -> tuple[Method, ...]:
    """Gemini's own API; its stream is served over REST alone."""
    package = f"google.cloud.aiplatform.{version}"
    path = "publishers/{publisher}/models/{model}"
    source = f"{REFERENCE}/{version}/projects.locations.publishers.models"
    generating: dict[str, Any] = {"fields": f"model,{CONTENT_FIELDS}", "enums": GEMINI_ENUMS}
    return (
        _of_project(
            name=f"{package}.PredictionService/GenerateContent",
            http=(f"POST /{version}/{{model={LOCATION}/{path}}}:generateContent",),
            handle=gemini.generate,
            request=_types(version, "prediction_service", "GenerateContentRequest"),
            response=_types(version, "prediction_service", "GenerateContentResponse"),
            source=f"{source}/generateContent",
            **generating,
        ),
        _of_project(
            name=f"aiplatform.{version}.projects.locations.publishers.models.streamGenerateContent",
            http=(f"POST /{version}/{{model={LOCATION}/{path}}}:streamGenerateContent",),
            handle=gemini.stream,
            errors="list",
            source=f"{source}/streamGenerateContent",
            **generating,
        ),
        _of_project(
            name=f"{package}.LlmUtilityService/CountTokens"
            if version == "v1"
            else f"{package}.PredictionService/CountTokens",
            http=(f"POST /{version}/{{endpoint={LOCATION}/{path}}}:countTokens",),
            handle=gemini.count,
            request=_types(version, "prediction_service", "CountTokensRequest"),
            response=_types(version, "prediction_service", "CountTokensResponse"),
            fields="endpoint,model,contents,instances,systemInstruction,tools,generationConfig",
            source=f"{source}/countTokens",
        ),
    )


def _eula(name: str, verb: str, handle: Handle, *, mutates: bool) -> Method:
    return _of_project(
        name=f"google.cloud.aiplatform.v1beta1.ModelGardenService/{name}",
        http=(f"POST /v1beta1/{{parent=projects/{{project}}}}/modelGardenEula:{verb}",),
        handle=handle,
        mutates=mutates,
        fields="parent,publisherModel",
        request=_types("v1beta1", "model_garden_service", f"{name}Request"),
        response=_types("v1beta1", "model_garden_service", "PublisherModelEulaAcceptance"),
        source=f"{REFERENCE}/v1beta1/projects.modelGardenEula/{verb}",
    )


def _unserved_of(version: str) -> tuple[Method, ...]:
    prediction = f"google.cloud.aiplatform.{version}.PredictionService"
    deployed = f"/{version}/{{endpoint={ENDPOINT}}}"
    return (
        _unserved(
            f"google.cloud.aiplatform.{version}.EndpointService/UpdateEndpointLongRunning",
            f"POST /{version}/{{endpoint.name={ENDPOINT}}}:update",
        ),
        _unserved(f"{prediction}/Predict", f"POST {deployed}:predict"),
        _unserved(f"{prediction}/RawPredict", f"POST {deployed}:rawPredict"),
        _unserved(f"{prediction}/StreamRawPredict", f"POST {deployed}:streamRawPredict", stream=True),
    )


METHODS: Final = (
    *(method for version in VERSIONS for method in _endpoints(version)),
    *(method for version in VERSIONS for method in _writes(version)),
    *(method for version in VERSIONS for method in _gemini(version)),
    _eula("CheckPublisherModelEulaAcceptance", "check", garden.check_eula, mutates=False),
    _eula("AcceptPublisherModelEula", "accept", garden.accept_eula, mutates=True),
    _of_project(
        name="aiplatform.projects.publishers.models.enableModel",
        http=("POST /v1beta1/projects/{project}/publishers/{publisher}/models/{model}:enableModel",),
        handle=garden.enable_model,
        mutates=True,
        fields="project,publisher,model,service",
        enums={"enablementState": ENABLEMENT},
        source=f"{REFERENCE}/v1beta1/projects.publishers.models/enableModel",
    ),
    *(_model(version) for version in VERSIONS),
    Method(
        name="google.cloud.aiplatform.v1beta1.ModelGardenService/ListPublisherModels",
        http=("GET /v1beta1/{parent=publishers/{publisher}}/models",),
        request=_types("v1beta1", "model_garden_service", "ListPublisherModelsRequest"),
        response=_types("v1beta1", "model_garden_service", "ListPublisherModelsResponse"),
        service=SERVICE,
        scopes=SCOPES,
        enums={f"publisherModels.{name}": numbers for name, numbers in ENUMS.items()},
        handle=state.list_publisher_models,
        source=f"{REFERENCE}/v1beta1/publishers.models/list",
    ),
    _of_project(
        name="google.cloud.location.Locations/ListLocations",
        http=tuple(f"GET /{version}/{{name=projects/{{project}}}}/locations" for version in (*VERSIONS, "ui")),
        request="google.cloud.location.locations_pb2:ListLocationsRequest",
        response="google.cloud.location.locations_pb2:ListLocationsResponse",
        handle=state.list_locations,
        source=f"{REFERENCE}/v1/projects.locations/list",
    ),
    _of_project(
        name="google.cloud.location.Locations/GetLocation",
        http=tuple(f"GET /{version}/{{name={LOCATION}}}" for version in (*VERSIONS, "ui")),
        request="google.cloud.location.locations_pb2:GetLocationRequest",
        response="google.cloud.location.locations_pb2:Location",
        handle=state.get_location,
        source=f"{REFERENCE}/v1/projects.locations/get",
    ),
    _of_project(
        name="google.longrunning.Operations/GetOperation",
        http=tuple(
            f"GET /{version}/{{name={parent}/operations/{{operation}}}}"
            for parent in (ENDPOINT, MODEL, LOCATION)
            for version in (*VERSIONS, "ui")
        ),
        request="google.longrunning.operations_pb2:GetOperationRequest",
        response=OPERATION,
        handle=state.get_operation,
        source=f"{REFERENCE}/v1/projects.locations.operations/get",
    ),
    Method(
        name="google.cloud.aiplatform.v1beta1.PredictionService/ChatCompletions",
        http=tuple(f"POST /{version}/{{endpoint={ENDPOINT}}}/chat/completions" for version in VERSIONS),
        request=_types("v1beta1", "prediction_service", "ChatCompletionsRequest"),
        response="google.api.httpbody_pb2:HttpBody",
        service=SERVICE,
        consumer="path",
        billed=True,
        scopes=CHAT_SCOPES,
        stream=True,
        errors="list",
        handle=completions.chat_completions,
        source=f"{REFERENCE}/v1/projects.locations.endpoints.chat/completions",
    ),
    *(
        _unserved(
            f"aiplatform.projects.locations.endpoints.openapi.{route}",
            *(f"POST /{version}/{{endpoint={LOCATION}/endpoints/openapi}}/{route}" for version in VERSIONS),
            stream=True,
        )
        for route in ("completions", "embeddings", "responses")
    ),
    *(method for version in VERSIONS for method in _unserved_of(version)),
)
