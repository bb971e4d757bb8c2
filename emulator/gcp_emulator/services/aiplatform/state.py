"""What Vertex AI holds and answers: locations, endpoints, publisher models.

Names in answers carry the project *number* whatever the caller wrote; errors repeat the caller's spelling
(recorded).
"""

from __future__ import annotations

import base64
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from gcp_emulator import errors, filters, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import deployable, error_cases, guard
from gcp_emulator.services.aiplatform.locations import LOCATIONS, MULTI_REGIONS, at_host
from gcp_emulator.services.aiplatform.models import BY_NAME, MODELS
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call, Json
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.store import State


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

PAGE, LARGEST_PAGE = 100, 1000
"""Resources on a page unless the request says otherwise, and the most; neither is documented."""

ORDERS: Final = {"create_time": "createTime", "display_name": "displayName", "update_time": "updateTime"}


def list_locations(call: Call) -> Json:
    """Every location, by name."""
    call.require("aiplatform.locations.list", f"projects/{call.vars['project']}")
    return page(call, [_location(number(call), each) for each in LOCATIONS], "locations")


def get_location(call: Call) -> Json:
    """One location."""
    parent = location_of(call)
    call.require("aiplatform.locations.get", parent)
    return _location(number(call), call.vars["location"])


def list_endpoints(call: Call) -> Json:
    """The endpoints of a project in one location, by name unless an order is asked for; none is `{}`.

    Filter, order and mask: comments of `ListEndpointsRequest`,
    google/cloud/aiplatform/v1/endpoint_service.proto
    """
    parent = location_of(call)
    call.require("aiplatform.endpoints.list", parent)
    prefix = f"projects/{number(call)}/locations/{call.vars['location']}/endpoints/"
    accepts = filters.parse(call.text("filter"))
    held = [each.resource for each in call.state[ENDPOINTS] if each.name.startswith(prefix)]
    found = [each for each in held if accepts(functools.partial(_values, each))]
    answer = page(call, sorted(found, key=lambda each: str(each["name"])), "endpoints")
    if mask := call.text("readMask"):
        answer["endpoints"] = [_masked(each, mask) for each in answer.get("endpoints", ())]
    return answer


def get_endpoint(call: Call) -> Json:
    """One endpoint."""
    name = f"{location_of(call)}/endpoints/{call.vars['endpoint']}"
    call.require("aiplatform.endpoints.get", name)
    return endpoint(call).resource


def endpoint(call: Call) -> Endpoint:
    """The endpoint in the path, or NOT_FOUND."""
    within = f"locations/{call.vars['location']}/endpoints/{call.vars['endpoint']}"
    found = call.state[ENDPOINTS].get(f"projects/{number(call)}/{within}")
    if found is None:
        raise error_cases.endpoint_not_found(f"projects/{call.vars['project']}/{within}")
    return found


def get_publisher_model(call: Call) -> Json:
    """A model of Model Garden, while it lives; no permission is documented for it.

    One that is deployed by oneself is named with its version, `gpt-oss@gpt-oss-120b`, or is the first of its
    versions; of Hugging Face's those are known that the list has too.
    """
    publisher, (model, _, version) = call.vars["publisher"], call.vars["model"].partition("@")
    name = f"publishers/{publisher}/models/{model}"
    if call.flag("isHuggingFaceModel") or publisher.startswith("hf-"):
        found = deployable.on_hugging_face(name if publisher.startswith("hf-") else f"{publisher}/{model}")
        if found is None:
            raise error_cases.hugging_face_model_not_found(f"{publisher.removeprefix('hf-')}/{model}")
        return found.as_hugging_face()
    if found := deployable.named(name, version):
        return found.resource()
    managed = BY_NAME.get(name)
    if managed is None or version not in ("", managed.version) or managed.retired_at(call.clock.now()):
        raise error_cases.publisher_model_not_found(f"{name}@{version}" if version else name)
    return managed.resource()


def list_publisher_models(call: Call) -> Json:
    """The living models of one publisher, or of all (a literal `*`), each in its first version or in all.

    Of the filter the parts are understood that gcloud and Google's SDK send: whether it is Hugging Face's models, and
    a word in the model's id; another is refused.
    """
    publisher, asked = call.vars["publisher"], _garden_filter(call.text("filter"))
    now, newest = call.clock.now(), set[str]()
    found = []
    if asked.hugging_face:
        listed = [each.as_hugging_face() for each in deployable.DEPLOYABLE if each.hugging_face]
    else:
        own = [each.resource() for each in deployable.DEPLOYABLE]
        listed = [*(each.resource() for each in MODELS if not each.retired_at(now)), *own]
    for resource in listed:
        name = str(resource["name"])
        titles = (name.rpartition("/")[2], str(resource["versionId"]))
        fits = publisher in ("*", "-", name.split("/")[1]) and any(asked.word in each.lower() for each in titles)
        if fits and (call.flag("listAllVersions") or name not in newest):
            found.append(resource)
            newest.add(name)
    return page(call, sorted(found, key=_versioned), "publisherModels", _versioned)


def _versioned(resource: Json) -> str:
    return f"{resource['name']}@{resource['versionId']}"


class _Asked(NamedTuple):
    """What a filter of publisher models asks for."""

    hugging_face: bool
    word: str


_WORD: Final = r"""(?:model_user_id|display_name)=~"(?:\(\?i\))?(?:\.\*)?([^"]*?)(?:\.\*)?\""""


def _garden_filter(text: str) -> _Asked:
    """Read a filter of publisher models.

    As gcloud 528 writes it: googlecloudsdk/api_lib/ai/model_garden/client.py
    """
    words = re.findall(_WORD, text)
    rest = re.sub(_WORD, "", text)
    rest = re.sub(r"is_hf_wildcard\((true|false)\)|labels\.VERIFIED_DEPLOYMENT_CONFIG=\w+|\b(AND|OR)\b|[()]", "", rest)
    if rest.strip():
        raise errors.invalid_argument(f"Invalid filter: {text[:200]}")
    return _Asked("is_hf_wildcard(true)" in text, words[0].lower() if words else "")


def location_of(call: Call, *, anywhere: bool = False, global_anywhere: bool = False) -> str:
    """The location in the path as the caller wrote it, refused where there is none such, or not at this host.

    Args:
        call: the call.
        anywhere: the host without a location answers for all of them, as it does for models that Google serves.
        global_anywhere: a region's host answers for `global` too, as it does for Google's own models: Google's
            agent-starter-pack tests its connection so (https://github.com/GoogleCloudPlatform/agent-starter-pack/pull/936).
    """
    project, location = call.vars["project"], call.vars["location"]
    if location not in LOCATIONS:
        raise error_cases.location_denied(project, location)
    served = at_host(call.headers.get("host", ""))
    elsewhere = served not in {"", location} and not (global_anywhere and location == "global")
    if elsewhere and not (served == "global" and (anywhere or location in MULTI_REGIONS)):
        raise error_cases.wrong_location(_named(call, location), served)
    return f"projects/{project}/locations/{location}"


def _named(call: Call, location: str) -> str:
    """Return the field of a request that names its location."""
    fields = ("parent", "name", "endpoint", "model", "destination")
    return next((each for each in fields if f"/locations/{location}" in str(call.request.get(each, ""))), "name")


def parent_of(call: Call) -> str:
    """The location in the path as names in answers begin."""
    return f"projects/{number(call)}/locations/{call.vars['location']}"


def serves(state: State, model: str) -> bool:
    """Tell whether any endpoint has this model deployed."""
    return any(each["model"] == model for row in state[ENDPOINTS] for each in row.resource.get("deployedModels", ()))


def seed(state: State, seed_data: SeedData) -> None:
    """Give the ready project a shared endpoint that serves a model, and a dedicated one elsewhere."""
    number = seed_data.ready_number
    put_serving(state, number, "us-central1", "shared")
    guard.enable(state, number, "publishers/openai/models/gpt-oss-120b-maas")
    put_serving(state, number, "europe-west4", "dedicated", dedicated=True)


def put_serving(state: State, number: str, location: str, display_name: str, *, dedicated: bool = False) -> None:
    """Put an endpoint that a fresh state is born with; it serves a model, shared or under a host name of its own."""
    if not dedicated:
        _put(state, number, location, state.digits(19), display_name, _serving(state, number, location))
        return
    own = f"mg-endpoint-{state.uuid()}"
    # The number in the host name is a tenant project's: it cannot be guessed, it has to be read.
    dns = f"{own}.{location}-{state.digits(12)}.prediction.vertexai.goog"
    more = {"dedicatedEndpointEnabled": True, "dedicatedEndpointDns": dns}
    _put(state, number, location, own, display_name, {**_serving(state, number, location), **more})


def _serving(state: State, number: str, location: str) -> Json:
    """The members of an endpoint that sends all its traffic to one model."""
    deployed = state.digits(19)
    replicas = {"machineSpec": {"machineType": "g2-standard-12"}, "minReplicaCount": 1, "maxReplicaCount": 1}
    return {
        "deployedModels": [
            {
                "id": deployed,
                "model": f"projects/{number}/locations/{location}/models/{state.digits(19)}",
                "modelVersionId": "1",
                "displayName": "gpt-oss",
                "createTime": timestamp(state.clock.now()),
                "dedicatedResources": replicas,
            }
        ],
        "trafficSplit": {deployed: 100},
    }


def _put(state: State, number: str, location: str, endpoint_id: str, display_name: str, more: Json) -> None:
    name = f"projects/{number}/locations/{location}/endpoints/{endpoint_id}"
    now = timestamp(state.clock.now())
    etag = base64.b64encode(state.draw()[:8]).decode()
    head = {"name": name, "displayName": display_name}
    resource = {**head, **more, "etag": etag, "createTime": now, "updateTime": now}
    state[ENDPOINTS].put(Endpoint(name=name, resource=resource))


def _name(resource: Json) -> str:
    return str(resource["name"])


def page(call: Call, found: list[Json], field: str, key: Callable[[Json], str] = _name) -> Json:
    """One page of resources under a field's name; an empty one is `{}`. They are in the order of their keys."""
    names = {id(each): key(each) for each in found}
    if order := call.text("orderBy"):
        found = _ordered(found, order)
        names = {id(each): f"{position:08}" for position, each in enumerate(found)}
    shown, token = paging.page(call, found, lambda each: names[id(each)], default=PAGE, most=LARGEST_PAGE)
    answer: Json = {field: list(shown)} if shown else {}
    return {**answer, "nextPageToken": token} if token else answer


def _ordered(resources: list[Json], order: str) -> list[Json]:
    """The order asked for: fields separated by commas, each may be followed by `desc`."""
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(" ")
        field = ORDERS.get(name, name)
        if field not in ORDERS.values() or direction not in {"", "desc"}:
            raise errors.invalid_argument(f"Invalid order_by: {order}")
        resources = sorted(resources, key=lambda each: str(each.get(field, "")), reverse=direction == "desc")
    return resources


def _values(resource: Json, field: str) -> list[str]:
    """What a filter compares: the id, the display name, a label, or the keys of all labels."""
    labels = resource.get("labels", {})
    match field:
        case "endpoint":
            return [str(resource["name"]).rsplit("/", 1)[-1]]
        case "display_name" | "displayname":
            return [str(resource.get("displayName", ""))]
        case "labels":
            return list(labels)
    label = field.removeprefix("labels.")
    return [labels[label]] if label != field and label in labels else []


def _masked(resource: Json, mask: str) -> Json:
    """The fields a mask names, in either spelling."""
    names = {re.sub(r"_(\w)", lambda match: match[1].upper(), part.split(".")[0]) for part in mask.split(",")}
    return resource if "*" in names else {name: value for name, value in resource.items() if name in names}


def _location(number: str, location: str) -> Json:
    return {
        "name": f"projects/{number}/locations/{location}",
        "locationId": location,
        "labels": {"cloud.googleapis.com/region": location},
    }


def number(call: Call) -> str:
    """The number of the project in the path; the gate has seen to it that there is one."""
    project = projects.find(call.state, call.vars["project"])
    return project.number if project else call.vars["project"]
