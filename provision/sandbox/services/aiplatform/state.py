"""What Vertex AI holds and answers: locations, endpoints, publisher models.

Names in answers carry the project *number* whatever the caller wrote; refusals repeat the caller's spelling
(recorded).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision.sandbox import operations
from provision.sandbox.clock import timestamp
from provision.sandbox.services.aiplatform import listing, refusals
from provision.sandbox.services.aiplatform.locations import LOCATIONS
from provision.sandbox.services.aiplatform.models import BY_NAME, MODELS
from provision.sandbox.services.resourcemanager import state as projects
from provision.sandbox.store import Table

if TYPE_CHECKING:
    from provision.sandbox.rpc import Call, Json
    from provision.sandbox.store import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint of a project.

    Args:
        name: `projects/{number}/locations/{location}/endpoints/{id}`.
        resource: all of it, as `GetEndpoint` answers.
    """

    name: str
    resource: Json


ENDPOINTS: Final = Table("aiplatform.endpoints", Endpoint, key="name")


def list_locations(call: Call) -> Json:
    """Every location, by name."""
    call.require("aiplatform.locations.list", f"projects/{call.vars['project']}")
    number = _number(call)
    return listing.page(call, [_location(number, each) for each in LOCATIONS], "locations")


def get_location(call: Call) -> Json:
    """One location."""
    parent = location_of(call)
    call.require("aiplatform.locations.get", parent)
    return _location(_number(call), call.vars["location"])


def list_endpoints(call: Call) -> Json:
    """The endpoints of a project in one location, oldest first; none is `{}`."""
    parent = location_of(call)
    call.require("aiplatform.endpoints.list", parent)
    prefix = f"projects/{_number(call)}/locations/{call.vars['location']}/endpoints/"
    held = (each.resource for each in call.world[ENDPOINTS] if each.name.startswith(prefix))
    found = listing.ordered(listing.filtered(held, call.text("filter")), call.text("orderBy"))
    return listing.page(call, [listing.masked(each, call.text("readMask")) for each in found], "endpoints")


def get_endpoint(call: Call) -> Json:
    """One endpoint."""
    name = f"{location_of(call)}/endpoints/{call.vars['endpoint']}"
    call.require("aiplatform.endpoints.get", name)
    return endpoint(call).resource


def endpoint(call: Call) -> Endpoint:
    """The endpoint in the path, or NOT_FOUND."""
    within = f"locations/{call.vars['location']}/endpoints/{call.vars['endpoint']}"
    found = call.world[ENDPOINTS].get(f"projects/{_number(call)}/{within}")
    if found is None:
        raise refusals.endpoint_not_found(f"projects/{call.vars['project']}/{within}")
    return found


def get_publisher_model(call: Call) -> Json:
    """A model of Model Garden, while it lives; no permission is documented for it."""
    name = f"publishers/{call.vars['publisher']}/models/{call.vars['model']}"
    model = BY_NAME.get(name)
    if model is None or model.retired_at(call.clock.now()):
        raise refusals.publisher_model_not_found(name)
    return model.resource()


def list_publisher_models(call: Call) -> Json:
    """The living models of one publisher, or of all (a literal `*`).

    Of gcloud's filter the part is understood that asks for a word in the model's id; the rest is let pass.
    """
    publisher, expression = call.vars["publisher"], call.text("filter")
    word = re.search(r'model_user_id=~"(?:\(\?i\))?(?:\.\*)?([^"]*?)(?:\.\*)?"', expression)
    now = call.clock.now()
    found = [
        model.resource()
        for model in MODELS
        if publisher in ("*", "-", model.publisher)
        and not model.retired_at(now)
        and "is_hf_wildcard(true)" not in expression
        and (word is None or word[1].lower() in model.model)
    ]
    return listing.page(call, found, "publisherModels")


def get_operation(call: Call) -> Json:
    """A long-running operation of Vertex AI."""
    call.require("aiplatform.locations.get", location_of(call))
    return operations.get(call)


def location_of(call: Call) -> str:
    """The location in the path as the caller wrote it, refused where there is none such."""
    project, location = call.vars["project"], call.vars["location"]
    if location not in LOCATIONS:
        raise refusals.location_denied(project, location)
    return f"projects/{project}/locations/{location}"


def seed(world: World, number: str, location: str, dedicated_location: str) -> None:
    """Give a project two endpoints: a shared one that serves a model, and a dedicated one."""
    model = f"projects/{number}/locations/{location}/models/{world.digits(19)}"
    _put(world, number, location, world.digits(19), "shared", _serving(world, model))
    model = f"projects/{number}/locations/{dedicated_location}/models/{world.digits(19)}"
    own = f"mg-endpoint-{world.uuid()}"
    # The number in the name is a tenant project's, so that the name cannot be guessed: it has to be read.
    dns = f"{own}.{dedicated_location}-{world.digits(12)}.prediction.vertexai.goog"
    dedicated = {"dedicatedEndpointEnabled": True, "dedicatedEndpointDns": dns}
    _put(world, number, dedicated_location, own, "dedicated", {**_serving(world, model), **dedicated})


def _serving(world: World, model: str) -> Json:
    """The members of an endpoint that sends all its traffic to one model."""
    deployed = world.digits(19)
    replicas = {"machineSpec": {"machineType": "g2-standard-12"}, "minReplicaCount": 1, "maxReplicaCount": 1}
    return {
        "deployedModels": [
            {
                "id": deployed,
                "model": model,
                "modelVersionId": "1",
                "displayName": "gpt-oss",
                "createTime": timestamp(world.clock.now()),
                "dedicatedResources": replicas,
            }
        ],
        "trafficSplit": {deployed: 100},
    }


def _put(world: World, number: str, location: str, endpoint_id: str, display_name: str, more: Json) -> None:
    name = f"projects/{number}/locations/{location}/endpoints/{endpoint_id}"
    now = timestamp(world.clock.now())
    etag = base64.b64encode(world.draw()[:8]).decode()
    head = {"name": name, "displayName": display_name}
    resource = {**head, **more, "etag": etag, "createTime": now, "updateTime": now}
    world[ENDPOINTS].put(Endpoint(name=name, resource=resource))


def _location(number: str, location: str) -> Json:
    return {
        "name": f"projects/{number}/locations/{location}",
        "locationId": location,
        "labels": {"cloud.googleapis.com/region": location},
    }


def _number(call: Call) -> str:
    """The number of the project in the path; the gate has seen to it that there is one."""
    project = projects.find(call.world, call.vars["project"])
    return project.number if project else call.vars["project"]
