"""A call of every method of Vertex AI that changes something, through Google's own clients of both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.cloud import aiplatform_v1, aiplatform_v1beta1

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "projects/sandbox-ready/locations/us-central1"
GEMINI = "projects/sandbox-ready/locations/global/publishers/google/models/gemini-3.5-flash"
EMBEDDING = "projects/sandbox-ready/locations/global/publishers/google/models/gemini-embedding-2"
CONTENTS = [{"role": "user", "parts": [{"text": "hello"}]}]
RESOURCES = {"machine_spec": {"machine_type": "g2-standard-12"}, "min_replica_count": 1}


def _calls(version: Any) -> dict[str, Callable[[Any, Any], Any]]:
    package = f"google.cloud.{version.__name__.rpartition('.')[2].replace('_', '.')}"
    endpoints, models, garden = (
        version.EndpointServiceClient,
        version.ModelServiceClient,
        version.ModelGardenServiceClient,
    )

    predictions, utilities = version.PredictionServiceClient, version.LlmUtilityServiceClient
    prompt = {"content_type": "application/json", "data": b'{"instances": [{"prompt": "hello"}]}'}
    counting = "LlmUtilityService" if package.endswith(".v1") else "PredictionService"

    def endpoint(c: Any) -> Any:
        return next(iter(c.of(endpoints).list_endpoints(parent=REGION)))

    def uploaded(c: Any) -> str:
        operation = c.of(models).upload_model(parent=REGION, model={"display_name": "weights"})
        return str(operation.result(timeout=30).model)

    def created(c: Any) -> str:
        operation = c.of(endpoints).create_endpoint(parent=REGION, endpoint={"display_name": "mine"})
        return str(operation.result(timeout=30).name)

    def deploy(c: Any) -> Any:
        model = uploaded(c)
        deployed = {"model": model, "dedicated_resources": RESOURCES}
        name = created(c)
        return c.of(endpoints).deploy_model(endpoint=name, deployed_model=deployed, traffic_split={"0": 100})

    def mutate(c: Any) -> Any:
        held = endpoint(c)
        deployed = {"id": held.deployed_models[0].id, "dedicated_resources": {"max_replica_count": 2}}
        return c.of(endpoints).mutate_deployed_model(
            endpoint=held.name,
            deployed_model=deployed,
            update_mask={"paths": ["dedicated_resources.max_replica_count"]},
        )

    def undeploy(c: Any) -> Any:
        held = endpoint(c)
        return c.of(endpoints).undeploy_model(
            endpoint=held.name, deployed_model_id=held.deployed_models[0].id, traffic_split={}
        )

    return {
        f"{package}.EndpointService/CreateEndpoint": lambda c, _: c.of(endpoints).create_endpoint(
            parent=REGION, endpoint={"display_name": "mine", "labels": {"a": "b"}}, endpoint_id="mine"
        ),
        f"{package}.EndpointService/UpdateEndpoint": lambda c, _: c.of(endpoints).update_endpoint(
            endpoint={"name": endpoint(c).name, "display_name": "renamed"}, update_mask={"paths": ["display_name"]}
        ),
        f"{package}.EndpointService/DeleteEndpoint": lambda c, _: c.of(endpoints).delete_endpoint(name=created(c)),
        f"{package}.EndpointService/DeployModel": lambda c, _: deploy(c),
        f"{package}.EndpointService/UndeployModel": lambda c, _: undeploy(c),
        f"{package}.EndpointService/MutateDeployedModel": lambda c, _: mutate(c),
        f"{package}.ModelService/UploadModel": lambda c, _: c.of(models).upload_model(
            parent=REGION, model={"display_name": "weights"}
        ),
        f"{package}.ModelService/DeleteModel": lambda c, _: c.of(models).delete_model(name=uploaded(c)),
        f"{package}.ModelService/GetModel": lambda c, _: c.of(models).get_model(name=uploaded(c)),
        f"{package}.ModelService/ListModels": lambda c, _: [
            uploaded(c),
            list(c.of(models).list_models(parent=REGION)),
        ],
        f"{package}.PredictionService/GenerateContent": lambda c, _: c.of(
            version.PredictionServiceClient
        ).generate_content(model=GEMINI, contents=CONTENTS),
        f"{package}.PredictionService/StreamGenerateContent": lambda c, _: list(
            c.of(predictions).stream_generate_content(model=GEMINI, contents=CONTENTS)
        ),
        f"{package}.PredictionService/EmbedContent": lambda c, _: c.of(predictions).embed_content(
            model=EMBEDDING, content=CONTENTS[0]
        ),
        f"{package}.PredictionService/Predict": lambda c, _: c.of(predictions).predict(
            endpoint=endpoint(c).name, instances=[{"prompt": "hello"}]
        ),
        f"{package}.PredictionService/RawPredict": lambda c, _: c.of(predictions).raw_predict(
            endpoint=endpoint(c).name, http_body=prompt
        ),
        f"{package}.PredictionService/StreamRawPredict": lambda c, _: list(
            c.of(predictions).stream_raw_predict(endpoint=endpoint(c).name, http_body=prompt)
        ),
        f"{package}.LlmUtilityService/ComputeTokens": lambda c, _: c.of(utilities).compute_tokens(
            endpoint=GEMINI, instances=[{"content": "hello"}]
        ),
        f"{package}.{counting}/CountTokens": lambda c, _: c.of(getattr(version, f"{counting}Client")).count_tokens(
            {"endpoint": GEMINI, "model": GEMINI, "contents": CONTENTS}
        ),
        f"{package}.ModelGardenService/Deploy": lambda c, _: c.of(garden).deploy(
            {"destination": REGION, "publisher_model_name": "publishers/openai/models/gpt-oss@gpt-oss-20b"}
        ),
    }


def _started(c: Any) -> str:
    """The name of an operation that runs."""
    made = c.of(aiplatform_v1.EndpointServiceClient).create_endpoint(parent=REGION, endpoint={"display_name": "mine"})
    return str(made.operation.name)


def _of_operations(call: str) -> Callable[[Any, Any], Any]:
    """Call one of the methods of operations; two of them answer nothing."""

    def calls(c: Any, _: Any) -> Any:
        name = _started(c)
        within = name.partition("/operations/")[0]
        asked = {"name": within if call == "list_operations" else name}
        return [getattr(c.of(aiplatform_v1.EndpointServiceClient), call)(asked)]

    return calls


CALLS: dict[str, Callable[[Any, Any], Any]] = {
    **_calls(aiplatform_v1),
    **_calls(aiplatform_v1beta1),
    **{
        f"google.longrunning.Operations/{name}Operation{plural}": _of_operations(f"{name.lower()}_operation{plural}")
        for name, plural in (("List", "s"), ("Wait", ""), ("Cancel", ""), ("Delete", ""))
    },
    "google.cloud.aiplatform.v1beta1.ModelGardenService/CheckPublisherModelEulaAcceptance": lambda c, _: c.of(
        aiplatform_v1beta1.ModelGardenServiceClient
    ).check_publisher_model_eula_acceptance(
        {"parent": "projects/sandbox-ready", "publisher_model": "publishers/google/models/gemma3"}
    ),
    "google.cloud.aiplatform.v1beta1.ModelGardenService/AcceptPublisherModelEula": lambda c, _: c.of(
        aiplatform_v1beta1.ModelGardenServiceClient
    ).accept_publisher_model_eula(
        {"parent": "projects/sandbox-ready", "publisher_model": "publishers/google/models/gemma3"}
    ),
}
