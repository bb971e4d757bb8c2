"""The models of Model Garden that a project deploys by itself: their versions, machines and licenses.

A short list of what is there, read from Google's pages; `gcloud ai model-garden models list` shows it. Names and
versions: the source of each row. Machines: what the model's card or a notebook recommends, else the smallest that
holds the weights, which is assumed, as the container images are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gcp_emulator.call import Json

BIGQUERY: Final = (
    "https://docs.cloud.google.com/bigquery/docs/reference/standard-sql/bigqueryml-syntax-create-remote-model-open"
)
TERRAFORM: Final = (
    "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/"
    "vertex_ai_endpoint_with_model_garden_deployment"
)
GCLOUD: Final = "https://cloud.google.com/sdk/gcloud/reference/ai/model-garden/models/deploy"
VLLM: Final = "us-docker.pkg.dev/vertex-ai/vertex-vision-model-garden-dockers/pytorch-vllm-serve"

L4: Final = ("g2-standard-12", "NVIDIA_L4", 1)
FOUR_L4: Final = ("g2-standard-48", "NVIDIA_L4", 4)
A100: Final = ("a2-ultragpu-1g", "NVIDIA_A100_80GB", 1)
H100: Final = ("a3-highgpu-1g", "NVIDIA_H100_80GB", 1)

Machine = tuple[str, str, int]
"""Machine type, accelerator, how many of it."""


@dataclass(frozen=True, kw_only=True)
class Deployable:
    """One version of a model that can be deployed to an endpoint.

    Args:
        publisher: as in `publishers/{publisher}/models/{model}`.
        model: the model that it is a version of.
        version: its version id.
        machines: what it runs on, the default first.
        licensed: its license has to be accepted first.
        hugging_face: its id there, where it can be had under that too.
        source: where it was seen.
    """

    publisher: str
    model: str
    version: str
    machines: tuple[Machine, ...] = field(default=(L4,))
    licensed: bool = False
    hugging_face: str = ""
    source: str

    @property
    def name(self) -> str:
        """The resource name, without the version."""
        return f"publishers/{self.publisher}/models/{self.model}"

    @property
    def title(self) -> str:
        """What a deployment of it is called."""
        return self.version

    def resource(self) -> Json:
        """The `PublisherModel` that Model Garden answers.

        Source: google/cloud/aiplatform/v1beta1/publisher_model.proto
        """
        return _resource(self.name, self.version, self.version, self.machines)

    def as_hugging_face(self) -> Json:
        """The `PublisherModel` of the same weights on Hugging Face, whose version is always 001."""
        return _resource(hugging_face_name(self.hugging_face), "001", self.hugging_face, self.machines)


def hugging_face_name(model: str) -> str:
    """Return the publisher model that a Hugging Face id stands for.

    Source: `DeployRequest.publisher_model_name`, google/cloud/aiplatform/v1/model_garden_service.proto
    """
    author, _, name = model.lower().partition("/")
    return f"publishers/hf-{author}/models/{name}"


def _resource(name: str, version: str, title: str, machines: tuple[Machine, ...]) -> Json:
    setups = [_setup(version, title, machine) for machine in machines]
    return {
        "name": name,
        "versionId": version,
        "openSourceCategory": "THIRD_PARTY_OWNED_OSS",
        "supportedActions": {"deploy": setups[0], "multiDeployVertex": {"multiDeployVertex": setups}},
        "launchStage": "GA",
        "versionState": "VERSION_STATE_STABLE",
    }


def _setup(version: str, title: str, machine: Machine) -> Json:
    machine_type, accelerator, count = machine
    return {
        "title": "Deploy",
        "modelDisplayName": title.rpartition("/")[2],
        "deployTaskName": f"{version} on {count} {accelerator}",
        "containerSpec": {
            "imageUri": VLLM,
            "ports": [{"containerPort": 8080}],
            "predictRoute": "/generate",
            "healthRoute": "/ping",
        },
        "dedicatedResources": {
            "machineSpec": {
                "machineType": machine_type,
                "acceleratorType": accelerator,
                "acceleratorCount": count,
            },
            "minReplicaCount": 1,
        },
    }


def _gemma(model: str, version: str, source: str, *machines: Machine) -> Deployable:
    return Deployable(
        publisher="google",
        model=model,
        version=version,
        machines=machines or (L4,),
        licensed=True,
        hugging_face=f"google/{version}",
        source=source,
    )


DEPLOYABLE: Final = (
    Deployable(
        publisher="openai",
        model="gpt-oss",
        version="gpt-oss-120b",
        machines=(H100, A100),  # "running on a single 80GB GPU", as its page says
        hugging_face="openai/gpt-oss-120b",
        source=f"{BIGQUERY}; https://docs.cloud.google.com/vertex-ai/generative-ai/docs/maas/openai",
    ),
    Deployable(
        publisher="openai",
        model="gpt-oss",
        version="gpt-oss-20b",
        machines=(L4, A100, H100),  # "16GB of memory", as the same page says
        hugging_face="openai/gpt-oss-20b",
        source="https://docs.cloud.google.com/vertex-ai/generative-ai/docs/maas/openai",
    ),
    _gemma("gemma", "gemma-1.1-2b-it", TERRAFORM),
    _gemma("gemma2", "gemma-2-2b", GCLOUD),
    _gemma("gemma2", "gemma-2-9b", GCLOUD),
    _gemma("gemma3", "gemma-3-1b-it", TERRAFORM),
    _gemma("gemma3", "gemma-3-4b-it", TERRAFORM),
    _gemma("gemma3", "gemma-3-12b-it", TERRAFORM, FOUR_L4),
    _gemma("gemma3", "gemma-3-27b-it", TERRAFORM, A100, H100),
    _gemma("paligemma", "paligemma-224-float32", TERRAFORM, ("g2-standard-16", "NVIDIA_L4", 1)),
    Deployable(
        publisher="meta",
        model="llama3_1",
        version="llama-3.1-8b",
        licensed=True,
        hugging_face="meta-llama/Llama-3.1-8B",
        source="https://docs.cloud.google.com/vertex-ai/generative-ai/docs/open-models/use-open-models",
    ),
    Deployable(
        publisher="qwen",
        model="qwen3",
        version="qwen3-0.6b",
        hugging_face="Qwen/Qwen3-0.6B",
        source=TERRAFORM,
    ),
)


def named(name: str, version: str = "") -> Deployable | None:
    """Return the model of a name in a version, the first of its versions where none is named."""
    for each in DEPLOYABLE:
        if each.name == name and version in ("", each.version):
            return each
    return None


def on_hugging_face(name: str) -> Deployable | None:
    """Return the model whose weights are had under a Hugging Face id, or its publisher model's name."""
    for each in DEPLOYABLE:
        if each.hugging_face and name.lower() in (each.hugging_face.lower(), hugging_face_name(each.hugging_face)):
            return each
    return None
