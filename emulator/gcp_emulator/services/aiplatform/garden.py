"""Model Garden: deploy a model in one call, accept its license, enable it.

Source: google/cloud/aiplatform/v1/model_garden_service.proto and the discovery documents of v1 and v1beta1.
Which models can be deployed is a short list (`deployable.py`), together with whatever is on Hugging Face; which
of them ask for their license to be accepted is assumed (Gemma's and Llama's do, gpt-oss is Apache-2.0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gcp_emulator import operations
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import capacity, deployable, endpoints, error_cases, guard, lro, state, uploads
from gcp_emulator.services.aiplatform.models import BY_NAME
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.operations import Outcome
    from gcp_emulator.store import State

PUBLISHED: Final = re.compile(r"(publishers/[a-z0-9][\w.-]*/models/[\w.-]+)(?:@([\w.-]+))?")
ACCEPT: Final = "aiplatform.endpoints.create"
"""What a caller needs to accept a license."""

HUGGING_FACE: Final = re.compile(r"[\w.-]+/[\w.-]+")
LICENSED: Final = ("publishers/hf-google/", "publishers/hf-meta")
"""Publishers on Hugging Face whose models are known to ask for it; elsewhere the list says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """A license that a project has accepted; the key is `<project number>/<publisher model>`."""

    key: str


LICENSES: Final = Table("aiplatform.licenses", License, key="key")


def deploy(call: Call) -> Json:
    """Deploy: uploads the model, makes an endpoint, dedicated unless that is turned off, and deploys there."""
    destination = state.location_of(call)
    call.require("aiplatform.endpoints.deploy", destination)
    asked = _asked(call)
    model_config, endpoint_config = call.message("modelConfig"), call.message("endpointConfig")
    guard.location(call)
    guard.deployment(call, state.number(call), asked.name)
    accepts = bool(model_config.get("acceptEula"))
    _check_license(call, asked, accepts=accepts)
    store, parent, project = call.state, state.parent_of(call), state.number(call)
    title = f"{asked.title}-mg-one-click-deploy"
    chosen = str(endpoint_config.get("endpointUserId") or "")
    name = endpoints.claim_name(call, chosen) if chosen else f"{parent}/endpoints/mg-endpoint-{store.uuid()}"
    dedicated = not endpoint_config.get("dedicatedEndpointDisabled") and not endpoint_config.get(
        "privateServiceConnectConfig"
    )
    members = {
        "displayName": endpoint_config.get("endpointDisplayName") or title,
        **({"labels": endpoint_config["labels"]} if endpoint_config.get("labels") else {}),
        **({"dedicatedEndpointEnabled": True} if dedicated else {}),
    }
    model = uploads.claim_name(call, str(model_config.get("modelUserId") or ""))
    resources = call.message("deployConfig").get("dedicatedResources") or asked.resources
    capacity.check(store, name, resources)
    deployed = {"id": store.digits(19), "model": model, "modelVersionId": "1", "dedicatedResources": resources}
    named = f"{asked.name}@{asked.version}"
    if accepts:
        _accept(call, asked.name)
    return lro.start(
        call,
        parent,
        "DeployOperationMetadata",
        effect="deploy",
        args={
            "publisher_model": named,
            "model": model,
            "model_title": model_config.get("modelDisplayName") or title,
            "endpoint": name,
            "members": endpoints.with_dns(call, name, members),
            "deployed": endpoints.with_replicas(deployed),
        },
        seconds=lro.DEPLOYING,
        claim=name,
        also=[model],
        publisherModel=named,
        destination=f"projects/{project}/locations/{call.vars['location']}",
        projectNumber=project,
    )


@operations.effect("aiplatform.deploy")
def _deployed(state: State, args: Json, when: float) -> Outcome:
    title = args["model_title"]
    capacity.check(state, args["endpoint"], args["deployed"].get("dedicatedResources"))
    uploads.insert(state, args["model"], {"displayName": title}, when)
    deployed = {**args["deployed"], "displayName": title, "createTime": timestamp(when)}
    serving = {"deployedModels": [deployed], "trafficSplit": {deployed["id"]: 100}}
    endpoints.insert(state, args["endpoint"], {**args["members"], **serving}, when)
    return lro.outcome(
        args,
        when,
        "DeployResponse",
        publisherModel=args["publisher_model"],
        model=args["model"],
        endpoint=args["endpoint"],
    )


class _Asked(NamedTuple):
    """What is to be deployed: a publisher model, its version, how it is called, what it runs on by default."""

    name: str
    version: str
    title: str
    licensed: bool
    resources: Json


def _asked(call: Call) -> _Asked:
    """The publisher model to deploy.

    A Hugging Face id becomes `publishers/hf-{author}/models/{name}`, as the proto says; of one that is not on the
    list the machine is assumed.
    """
    hugging_face = call.text("huggingFaceModelId")
    match = PUBLISHED.fullmatch(call.text("publisherModelName"))
    if hugging_face and HUGGING_FACE.fullmatch(hugging_face):
        return _of_hugging_face(deployable.hugging_face_name(hugging_face))
    if match is None:
        raise error_cases.bad_field(
            "publisher_model_name", "publishers/{publisher}/models/{model}@{version} is expected"
        )
    name, version = match[1], match[2] or ""
    if name.startswith("publishers/hf-"):
        return _of_hugging_face(name)
    if name in BY_NAME:
        raise error_cases.not_deployable(name)
    found = deployable.named(name, version)
    if found is None:
        raise error_cases.publisher_model_not_found(f"{name}@{version}" if version else name)
    return _Asked(name, found.version, found.title, found.licensed, _resources(found.resource()))


def _of_hugging_face(name: str) -> _Asked:
    found = deployable.on_hugging_face(name)
    resources = _resources((found or deployable.DEPLOYABLE[1]).resource())
    licensed = found.licensed if found else name.startswith(LICENSED)
    return _Asked(name, "001", name.rpartition("/")[2], licensed, resources)


def _resources(resource: Json) -> Json:
    found: Json = resource["supportedActions"]["deploy"]["dedicatedResources"]
    return found


def _check_license(call: Call, asked: _Asked, *, accepts: bool) -> None:
    """Refuse who may not accept a license and would, and what no one has accepted."""
    if accepts:
        call.require(ACCEPT, f"projects/{call.vars['project']}")
    elif asked.licensed and not _has_accepted(call, asked.name):
        raise error_cases.license_not_accepted(asked.name)


def _accept(call: Call, publisher_model: str) -> None:
    call.state[LICENSES].put(License(key=f"{state.number(call)}/{publisher_model}"))


def _has_accepted(call: Call, publisher_model: str) -> bool:
    return f"{state.number(call)}/{publisher_model}" in call.state[LICENSES]


def check_eula(call: Call) -> Json:
    """CheckPublisherModelEulaAcceptance."""
    call.require("aiplatform.endpoints.get", f"projects/{call.vars['project']}")
    return _acceptance(call, _licensed_model(call))


def accept_eula(call: Call) -> Json:
    """AcceptPublisherModelEula."""
    call.require(ACCEPT, f"projects/{call.vars['project']}")
    publisher_model = _licensed_model(call)
    _accept(call, publisher_model)
    return _acceptance(call, publisher_model)


def _licensed_model(call: Call) -> str:
    match = PUBLISHED.fullmatch(call.text("publisherModel"))
    if match is None:
        raise error_cases.bad_field("publisher_model", "publishers/{publisher}/models/{model} is expected")
    return match[1]


def _acceptance(call: Call, publisher_model: str) -> Json:
    answer: Json = {"projectNumber": state.number(call), "publisherModel": publisher_model}
    return answer | ({"publisherModelEulaAcked": True} if _has_accepted(call, publisher_model) else {})


def enable_model(call: Call) -> Json:
    """EnableModel (v1beta1, REST only): what pressing Enable on a model's card is assumed to do.

    Its documented use is private offers of partner models; that it works for open models is assumed.
    """
    call.require("aiplatform.endpoints.create", f"projects/{call.vars['project']}")
    name = f"publishers/{call.vars['publisher']}/models/{call.vars['model']}"
    found = BY_NAME.get(name)
    if found is None or found.retired_at(call.clock.now()):
        raise error_cases.publisher_model_not_found(name)
    guard.procurement(call, state.number(call))
    guard.enable(call.state, state.number(call), name)
    if found.stage == "PRIVATE_PREVIEW":
        raise error_cases.private_preview(found.id)
    location = min(found.locations, default="global")
    return {
        "enablementState": "ENABLEMENT_STATE_SUCCEEDED",
        "publisherEndpoint": f"projects/{state.number(call)}/locations/{location}/{name}",
    }
