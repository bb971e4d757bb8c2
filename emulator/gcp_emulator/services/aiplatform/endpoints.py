"""What changes an endpoint: create, update, delete, deploy, undeploy.

Rules: the comments of google/cloud/aiplatform/v1/endpoint_service.proto and endpoint.proto, which are the
descriptions in the discovery document too. Wordings that no source shows are marked in `error_cases`.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, operations
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import capacity, error_cases, guard, lro, state, uploads
from gcp_emulator.services.aiplatform.state import ENDPOINTS, Endpoint

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.operations import Outcome
    from gcp_emulator.store import State

ENDPOINT_ID: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?|[1-9][0-9]{0,9}")
"""At most nine digits says the discovery document; the Terraform provider's page says ten, and ten are let pass."""

OUTPUT_ONLY: Final = (
    "name",
    "createTime",
    "updateTime",
    "deployedModels",
    "dedicatedEndpointDns",
    "modelDeploymentMonitoringJob",
    "satisfiesPzs",
    "satisfiesPzi",
    "etag",
)
MUTABLE: Final = (
    "displayName",
    "description",
    "labels",
    "trafficSplit",
    "predictRequestResponseLoggingConfig",
    "clientConnectionConfig",
    "genAiAdvancedFeaturesConfig",
)
"""What `UpdateEndpoint` changes: assumed to be whatever is neither output only nor immutable."""

MUTABLE_DEPLOYED: Final = (
    "dedicatedResources",
    "automaticResources",
    "disableContainerLogging",
    "enableAccessLogging",
)
RESOURCES: Final = ("dedicatedResources", "automaticResources", "sharedResources")
NEW: Final = "0"
"""How a traffic split names the model that is just being deployed."""


def create(call: Call) -> Json:
    """CreateEndpoint."""
    parent = state.location_of(call)
    call.require("aiplatform.endpoints.create", parent)
    given = {name: value for name, value in call.message("endpoint").items() if name not in OUTPUT_ONLY}
    check_display_name(given.get("displayName"))
    guard.location(call)
    if given.get("trafficSplit"):
        raise error_cases.bad_traffic_split("it names models that are not deployed")
    endpoint_id = call.text("endpointId")
    name = (
        claim_name(call, endpoint_id) if endpoint_id else f"{state.parent_of(call)}/endpoints/{call.state.digits(19)}"
    )
    return lro.start(
        call,
        name,
        "CreateEndpointOperationMetadata",
        effect="create_endpoint",
        args={"name": name, "members": with_dns(call, name, given)},
        claim=name,
    )


@operations.effect("aiplatform.create_endpoint")
def _created(state: State, args: Json, when: float) -> Outcome:
    insert(state, args["name"], args["members"], when)
    return lro.outcome(args, when, "Endpoint", name=args["name"])


def insert(state: State, name: str, members: Json, when: float) -> None:
    """Put a new endpoint."""
    now = timestamp(when)
    resource = {"name": name, **members, "etag": _etag(state), "createTime": now, "updateTime": now}
    state[ENDPOINTS].put(Endpoint(name=name, resource=resource))


def claim_name(call: Call, endpoint_id: str) -> str:
    """The full name of an endpoint whose id the caller chose, if it may have it.

    The discovery document's rules for `endpointId`; what an id that is taken answers is assumed.
    """
    if not ENDPOINT_ID.fullmatch(endpoint_id) or endpoint_id == "openapi":
        raise error_cases.bad_endpoint_id(endpoint_id)
    name = f"{state.parent_of(call)}/endpoints/{endpoint_id}"
    if name in call.state[ENDPOINTS] or name in call.state.claims:
        raise errors.already_exists(f"Endpoint `{name}` already exists.")
    return name


def with_dns(call: Call, name: str, members: Json) -> Json:
    """Give a dedicated endpoint its host name.

    The number in it is a tenant project's: it cannot be guessed, it has to be read.
    https://github.com/decisionbox-io/decisionbox-platform/issues/260
    """
    if not members.get("dedicatedEndpointEnabled"):
        return members
    own, region = name.rpartition("/")[2], call.vars["location"]
    return {**members, "dedicatedEndpointDns": f"{own}.{region}-{call.state.digits(12)}.prediction.vertexai.goog"}


def check_display_name(name: Any) -> None:
    """Refuse a display name that is empty or longer than 128 characters."""
    if not isinstance(name, str) or not 0 < len(name) <= 128:
        raise error_cases.bad_field("display_name", "it is required, and at most 128 characters long")


def update(call: Call) -> Json:
    """UpdateEndpoint: answers the endpoint, no operation."""
    found = _fetch(call, "aiplatform.endpoints.update")
    given, resource = call.message("endpoint"), dict(found.resource)
    if given.get("etag", resource["etag"]) != resource["etag"]:
        raise error_cases.etag_mismatch(found.name)
    paths = [_camel(each.strip()) for each in call.text("updateMask").split(",") if each.strip()]
    if not paths:
        raise error_cases.bad_field("update_mask", "it is required")
    for path in paths:
        if path not in MUTABLE:
            raise error_cases.bad_field("update_mask", f"{path} cannot be updated")
        if path == "displayName":
            check_display_name(given.get("displayName"))
        if path == "trafficSplit":
            _check_split(given.get("trafficSplit") or {}, _ids(resource))
        if given.get(path):
            resource[path] = given[path]
        else:
            resource.pop(path, None)
    return _put(call.state, found, resource, call.clock.now()).resource


def delete(call: Call) -> Json:
    """DeleteEndpoint: refused while a model is deployed."""
    found = _fetch(call, "aiplatform.endpoints.delete")
    if found.resource.get("deployedModels"):
        raise error_cases.endpoint_not_empty(found.name)
    return lro.deleted(call, state.parent_of(call), effect="delete_endpoint", args={"name": found.name})


@operations.effect("aiplatform.delete_endpoint")
def _deleted(state: State, args: Json, when: float) -> Outcome:
    state[ENDPOINTS].remove(args["name"])
    return lro.outcome(args, when, "")


def deploy_model(call: Call) -> Json:
    """DeployModel: `"0"` in the traffic split is the model that is being deployed."""
    found = _fetch(call, "aiplatform.endpoints.deploy")
    given = call.message("deployedModel")
    model = uploads.named(call, str(given.get("model", "")))
    if not any(given.get(each) for each in RESOURCES):
        raise error_cases.bad_field("deployed_model", "one of the prediction resources is required")
    deployed_id = str(given.get("id", "")) or call.state.digits(19)
    split = call.message("trafficSplit")
    if deployed_id in _ids(found.resource) or not deployed_id.isdigit():
        raise error_cases.bad_field("deployed_model.id", f"{deployed_id} is taken or not a number")
    _check_split(split, {NEW, *_ids(found.resource)})
    deployed = {
        **{name: value for name, value in given.items() if name not in {"createTime", "modelVersionId"}},
        "id": deployed_id,
        "model": model.name,
        "modelVersionId": "1",
        "displayName": given.get("displayName") or model.resource["displayName"],
    }
    capacity.check(call.state, found.name, deployed.get("dedicatedResources"))
    return lro.start(
        call,
        found.name,
        "DeployModelOperationMetadata",
        effect="deploy_model",
        args={"name": found.name, "deployed": with_replicas(deployed), "split": split},
        seconds=lro.DEPLOYING,
    )


@operations.effect("aiplatform.deploy_model")
def _model_deployed(state: State, args: Json, when: float) -> Outcome:
    found = _still_there(state, args["name"])
    capacity.check(state, args["name"], args["deployed"].get("dedicatedResources"))
    deployed = {**args["deployed"], "createTime": timestamp(when)}
    resource = {**found.resource, "deployedModels": [*found.resource.get("deployedModels", ()), deployed]}
    if args["split"]:
        shares = {deployed["id"] if key == NEW else key: share for key, share in args["split"].items()}
        resource["trafficSplit"] = _shares(shares)
    _put(state, found, resource, when)
    return lro.outcome(args, when, "DeployModelResponse", deployedModel={"id": deployed["id"]})


def undeploy_model(call: Call) -> Json:
    """UndeployModel: one that still gets traffic goes only if it is the last, or if a new split frees it."""
    found = _fetch(call, "aiplatform.endpoints.undeploy")
    gone, split = call.text("deployedModelId"), call.message("trafficSplit")
    left = _ids(found.resource) - {gone}
    if gone not in _ids(found.resource):
        raise error_cases.deployed_model_not_found(gone, found.name)
    _check_split(split, left)
    if left and not split and found.resource.get("trafficSplit", {}).get(gone):
        raise error_cases.still_has_traffic(gone)
    return lro.start(
        call,
        found.name,
        "UndeployModelOperationMetadata",
        effect="undeploy_model",
        args={"name": found.name, "gone": gone, "split": split},
    )


@operations.effect("aiplatform.undeploy_model")
def _model_undeployed(state: State, args: Json, when: float) -> Outcome:
    found = _still_there(state, args["name"])
    resource = dict(found.resource)
    left = [each for each in resource.pop("deployedModels", ()) if each["id"] != args["gone"]]
    split = args["split"] or resource.get("trafficSplit", {})
    resource.pop("trafficSplit", None)
    if left:
        resource["deployedModels"] = left
        resource["trafficSplit"] = _shares({key: share for key, share in split.items() if key != args["gone"]})
    _put(state, found, resource, when)
    return lro.outcome(args, when, "UndeployModelResponse")


def mutate_deployed_model(call: Call) -> Json:
    """MutateDeployedModel: replica counts, autoscaling and what else the mask names."""
    found = _fetch(call, "aiplatform.endpoints.update")
    given = call.message("deployedModel")
    deployed_id = str(given.get("id", ""))
    if deployed_id not in _ids(found.resource):
        raise error_cases.deployed_model_not_found(deployed_id, found.name)
    paths = [_camel(each.strip()) for each in call.text("updateMask").split(",") if each.strip()]
    if not paths or any(path.partition(".")[0] not in MUTABLE_DEPLOYED for path in paths):
        raise error_cases.bad_field("update_mask", "only resources, logging and autoscaling can be updated")
    changes = {path: _at(given, path.split(".")) for path in paths}
    _check_change(call.state, found, deployed_id, changes)
    return lro.start(
        call,
        found.name,
        "MutateDeployedModelOperationMetadata",
        effect="mutate_deployed_model",
        args={"name": found.name, "id": deployed_id, "changes": changes},
    )


@operations.effect("aiplatform.mutate_deployed_model")
def _deployed_model_mutated(state: State, args: Json, when: float) -> Outcome:
    found = _still_there(state, args["name"])
    _check_change(state, found, args["id"], args["changes"])
    changed = [
        _changed(each, args["changes"]) if each["id"] == args["id"] else each
        for each in found.resource.get("deployedModels", ())
    ]
    _put(state, found, {**found.resource, "deployedModels": changed}, when)
    return lro.outcome(args, when, "MutateDeployedModelResponse", deployedModel={"id": args["id"]})


def _check_change(state: State, found: Endpoint, deployed_id: str, changes: Json) -> None:
    """Refuse a change for which there are too few accelerators beside those that the deployment holds."""
    for each in found.resource.get("deployedModels", ()):
        if str(each["id"]) == deployed_id:
            after = _changed(each, changes).get("dedicatedResources")
            capacity.check(state, found.name, after, before=each.get("dedicatedResources"))


def _changed(deployed: Json, changes: Json) -> Json:
    for path, value in changes.items():
        *outer, last = path.split(".")
        deployed = dict(deployed)
        inner = deployed
        for name in outer:
            inner[name] = dict(inner.get(name) or {})
            inner = inner[name]
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return deployed


def _at(message: Any, path: list[str]) -> Any:
    for name in path:
        message = message.get(name) if isinstance(message, dict) else None
    return message


def with_replicas(deployed: Json) -> Json:
    """Fill in what a caller may leave out: as many replicas at most as at least."""
    resources = deployed.get("dedicatedResources")
    if not isinstance(resources, dict):
        return deployed
    least = resources.get("minReplicaCount") or 1
    filled = {"minReplicaCount": least, "maxReplicaCount": least, **resources}
    return {**deployed, "dedicatedResources": filled}


def _fetch(call: Call, permission: str) -> Endpoint:
    call.require(permission, f"{state.location_of(call)}/endpoints/{call.vars['endpoint']}")
    return state.endpoint(call)


def _still_there(state: State, name: str) -> Endpoint:
    found = state[ENDPOINTS].get(name)
    if found is None:
        raise error_cases.endpoint_not_found(name)
    return found


def _put(state: State, found: Endpoint, resource: Json, when: float) -> Endpoint:
    changed = replace(found, resource={**resource, "etag": _etag(state), "updateTime": timestamp(when)})
    state[ENDPOINTS].put(changed)
    return changed


def _ids(resource: Json) -> set[str]:
    return {str(each["id"]) for each in resource.get("deployedModels", ())}


def _check_split(split: Json, known: set[str]) -> None:
    """The shares add up to 100 and every one is a deployed model's, or there are none at all."""
    if not split:
        return
    if not set(split) <= known:
        raise error_cases.bad_traffic_split(f"it names models that are not deployed: {', '.join(set(split) - known)}")
    try:
        shares = list(_shares(split).values())
    except (TypeError, ValueError):
        raise error_cases.bad_traffic_split("a share is not a number") from None
    if sum(shares) != 100 or min(shares) < 0:
        raise error_cases.bad_traffic_split(f"its shares add up to {sum(shares)}, not to 100")


def _shares(split: Json) -> dict[str, int]:
    return {key: int(share) for key, share in split.items()}


def _etag(state: State) -> str:
    return base64.b64encode(state.draw()[:8]).decode()


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)
