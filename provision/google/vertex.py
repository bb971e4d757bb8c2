"""Vertex AI v1: endpoints and publisher models, and where each location answers.

https://cloud.google.com/vertex-ai/docs/reference/rest
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final

from provision.google.limits import read_pages
from provision.google.pagination import read_all
from provision.partial_import import partial_import_google

if TYPE_CHECKING:
    from provision.google.transport import Transport

SERVICE: Final = "aiplatform.googleapis.com"


def api_endpoint(location: str) -> str:
    """Return the host that serves a location.

    ``global`` has no prefix, and the multi-regions ``us`` and ``eu`` have hosts of their own
    (https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations).
    """
    if location == "global":
        return SERVICE
    if location in {"us", "eu"}:
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-{SERVICE}"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A self-deployed endpoint.

    Attributes:
        name: ``projects/{number}/locations/{location}/endpoints/{id}``.
        deployed_models: the display names of what is deployed on it.
        traffic: percent per deployed model id.
        dedicated_dns: its own DNS name; empty where the shared host serves it.
    """

    name: str
    display_name: str
    location: str
    deployed_models: tuple[str, ...] = ()
    traffic: dict[str, int] | None = None
    dedicated_dns: str = ""

    @property
    def endpoint_id(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]


class Vertex:
    """Endpoints and publisher models. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def _client(self, kind: str, location: str) -> Any:
        with self._lock:
            if (kind, location) not in self._clients:
                partial_import_google("aiplatform_v1", "endpoint_service", "model_garden_service")
                from google.cloud.aiplatform_v1.services.endpoint_service.client import EndpointServiceClient
                from google.cloud.aiplatform_v1.services.model_garden_service.client import (
                    ModelGardenServiceClient,
                )

                of_kind = {"endpoints": EndpointServiceClient, "models": ModelGardenServiceClient}
                self._clients[kind, location] = self._transport.client(of_kind[kind], api_endpoint(location))
            return self._clients[kind, location]

    def list_endpoints(self, project_id: str, location: str) -> tuple[Endpoint, ...]:
        """Return every endpoint of one location; needs ``aiplatform.endpoints.list``."""
        parent = f"projects/{project_id}/locations/{location}"
        client = self._client("endpoints", location)
        answers = self._transport.call(
            SERVICE,
            "ListEndpoints",
            lambda **how: read_pages(client.list_endpoints(parent=parent, **how).pages, attrgetter("endpoints")),
        )
        return tuple(_endpoint(each, location) for each in answers)

    def list_locations(self, project_id: str) -> tuple[str, ...]:
        """Return the regions where this project can have endpoints; needs ``aiplatform.locations.list``.

        ``global`` serves publisher models only, so it is not among them.
        """
        path = f"/v1/projects/{project_id}/locations"
        read = itemgetter("locationId")
        names = read_all(self._transport, SERVICE, "ListLocations", path, "locations", read)
        return tuple(str(name) for name in names if name != "global")

    def get_endpoint(self, project_id: str, location: str, endpoint_id: str) -> Endpoint:
        """Return one endpoint; needs ``aiplatform.endpoints.get``."""
        client = self._client("endpoints", location)
        name = f"projects/{project_id}/locations/{location}/endpoints/{endpoint_id}"
        return _endpoint(self._transport.call(SERVICE, "GetEndpoint", client.get_endpoint, name=name), location)

    def get_publisher_model(self, name: str, location: str) -> str:
        """Return the model's launch stage as Model Garden tells it, such as ``GA``; no permission is documented."""
        client = self._client("models", location)
        answer = self._transport.call(SERVICE, "GetPublisherModel", client.get_publisher_model, name=name)
        return str(answer.launch_stage.name)

    def list_publisher_models(self, publisher: str) -> tuple[str, ...]:
        """Return the models that Model Garden lists of a publisher at `global`, as ``publisher/model``.

        Only v1beta1 lists them, and it needs a quota project; the list also names models that are served nowhere
        (both reported of a real project on 2026-09-22).
        """
        path = f"/v1beta1/publishers/{publisher}/models"
        names = read_all(
            self._transport, SERVICE, "ListPublisherModels", path, "publisherModels", lambda row: str(row["name"])
        )
        return tuple(f"{publisher}/{name.rpartition('/')[2]}" for name in names)


def _endpoint(answer: Any, location: str) -> Endpoint:
    return Endpoint(
        name=answer.name,
        display_name=answer.display_name,
        location=location,
        deployed_models=tuple(model.display_name or model.id for model in answer.deployed_models),
        traffic=dict(answer.traffic_split),
        # The field's page shows a scheme; real values carry none.
        dedicated_dns=answer.dedicated_endpoint_dns.removeprefix("https://")
        if answer.dedicated_endpoint_enabled
        else "",
    )
