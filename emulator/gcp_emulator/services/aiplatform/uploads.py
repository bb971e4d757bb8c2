"""Models of one's own: upload, get, list, delete, as far as deploying one needs them.

Source: google/cloud/aiplatform/v1/model_service.proto and model.proto.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, operations
from gcp_emulator.clock import timestamp
from gcp_emulator.services.aiplatform import error_cases, guard, lro, state
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.operations import Outcome
    from gcp_emulator.store import State

MODEL_ID: Final = re.compile(r"[a-z_0-9][a-z0-9_-]{0,62}")
MODEL_NAME: Final = re.compile(r"projects/([^/]+)/(locations/[^/]+/models/[^/@]+)(?:@[^/]+)?")
OUTPUT_ONLY: Final = ("name", "versionId", "createTime", "updateTime", "etag", "deployedModels")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One uploaded model; it has one version.

    Args:
        name: `projects/{number}/locations/{location}/models/{id}`.
        resource: all of it, as `GetModel` answers.
    """

    name: str
    resource: Json


UPLOADS: Final = Table("aiplatform.models", Upload, key="name")


def upload(call: Call) -> Json:
    """UploadModel."""
    call.require("aiplatform.models.upload", state.location_of(call))
    given = {name: value for name, value in call.message("model").items() if name not in OUTPUT_ONLY}
    if call.text("parentModel"):
        raise errors.unimplemented("A further version of a model (UploadModelRequest.parent_model)")
    display_name, model_id = given.get("displayName"), call.text("modelId")
    if not isinstance(display_name, str) or not 0 < len(display_name) <= 128:
        raise error_cases.bad_field("model.display_name", "it is required, and at most 128 characters long")
    guard.location(call)
    name = claim_name(call, model_id)
    return lro.start(
        call,
        name,
        "UploadModelOperationMetadata",
        effect="upload_model",
        args={"name": name, "members": given},
        claim=name,
    )


def claim_name(call: Call, model_id: str) -> str:
    """The full name of a new model, whose id the caller may choose, if it may have it."""
    if model_id and not MODEL_ID.fullmatch(model_id):
        raise error_cases.bad_field("model_id", f"{model_id} is not a valid id")
    name = f"{state.parent_of(call)}/models/{model_id or call.state.digits(19)}"
    if name in call.state[UPLOADS] or name in call.state.claims:
        raise errors.already_exists(f"Model `{name}` already exists.")
    return name


@operations.effect("aiplatform.upload_model")
def _uploaded(state: State, args: Json, when: float) -> Outcome:
    insert(state, args["name"], args["members"], when)
    return lro.outcome(args, when, "UploadModelResponse", model=args["name"], modelVersionId="1")


def insert(state: State, name: str, members: Json, when: float) -> None:
    """Put a new model."""
    now = timestamp(when)
    resource = {
        "name": name,
        "versionId": "1",
        "versionAliases": ["default"],
        "versionCreateTime": now,
        "versionUpdateTime": now,
        **members,
        "supportedDeploymentResourcesTypes": ["DEDICATED_RESOURCES"],
        "createTime": now,
        "updateTime": now,
        "etag": base64.b64encode(int(when * 1_000_000).to_bytes(8, "big")).decode(),
    }
    state[UPLOADS].put(Upload(name=name, resource=resource))


def get(call: Call) -> Json:
    """GetModel; `@1` and `@default` name the one version there is."""
    return _fetch(call, "aiplatform.models.get").resource


def list_models(call: Call) -> Json:
    """ListModels, by name."""
    call.require("aiplatform.models.list", state.location_of(call))
    prefix = f"{state.parent_of(call)}/models/"
    found = [each.resource for each in call.state[UPLOADS] if each.name.startswith(prefix)]
    return state.page(call, sorted(found, key=lambda each: str(each["name"])), "models")


def delete(call: Call) -> Json:
    """DeleteModel: refused while an endpoint serves it."""
    found = _fetch(call, "aiplatform.models.delete")
    if state.serves(call.state, found.name):
        raise error_cases.model_deployed(found.name)
    return lro.deleted(call, state.parent_of(call), effect="delete_model", args={"name": found.name})


@operations.effect("aiplatform.delete_model")
def _deleted(state: State, args: Json, when: float) -> Outcome:
    state[UPLOADS].remove(args["name"])
    return lro.outcome(args, when, "")


def named(call: Call, name: str) -> Upload:
    """The model that a request names in full, with the project's id or number, in this location."""
    match = MODEL_NAME.fullmatch(name)
    project = projects.find(call.state, match[1]) if match else None
    if match is None or not match[2].startswith(f"locations/{call.vars['location']}/"):
        raise error_cases.bad_field("deployed_model.model", f"{name!r} is not a model of this location")
    found = call.state[UPLOADS].get(f"projects/{project.number}/{match[2]}") if project else None
    if found is None:
        raise error_cases.model_resource_not_found(name)
    return found


def _fetch(call: Call, permission: str) -> Upload:
    within = f"models/{call.vars['model'].partition('@')[0]}"
    call.require(permission, f"{state.location_of(call)}/{within}")
    found = call.state[UPLOADS].get(f"{state.parent_of(call)}/{within}")
    if found is None:
        raise error_cases.model_resource_not_found(f"{state.location_of(call)}/{within}")
    return found
