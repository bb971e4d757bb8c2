"""Vertex AI v1: endpoints and publisher models, and where each location answers.

https://cloud.google.com/vertex-ai/docs/reference/rest
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from provision.google.pagination import read_all, read_pages
from provision.google.responses import fits, flag, listed, mapped, reading, text
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

        def page(token: str) -> dict[str, Any]:
            return self._transport.ask(
                SERVICE,
                "ListEndpoints",
                client.list_endpoints,
                request={"parent": parent, "page_token": token},
                resource=f"{parent}/endpoints",
                fields=("endpoints", "nextPageToken"),
            )

        read = partial(self._endpoint_of, project_id, location)
        return tuple(read_pages(self._transport, SERVICE, "ListEndpoints", page, "endpoints", read))

    def _endpoint_of(self, project_id: str, location: str, answer: dict[str, Any]) -> Endpoint:
        endpoint = _endpoint(answer, location)
        self._transport.same_project(project_id, endpoint.name.split("/")[1])
        return endpoint

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
        name = f"projects/{project_id}/locations/{location}/endpoints/{endpoint_id}"
        answer = self._transport.ask(
            SERVICE,
            "GetEndpoint",
            self._client("endpoints", location).get_endpoint,
            request={"name": name},
            resource=name,
            fields=("name",),
            may_be_empty=False,
        )
        with reading(SERVICE, "GetEndpoint"):
            endpoint = self._endpoint_of(project_id, location, answer)
            fits("endpoint", endpoint.endpoint_id, endpoint_id)
            return endpoint

    def get_publisher_model(self, name: str, location: str) -> str:
        """Return the model's launch stage as Model Garden tells it, such as ``GA``; no permission is documented."""
        answer = self._transport.ask(
            SERVICE,
            "GetPublisherModel",
            self._client("models", location).get_publisher_model,
            request={"name": name},
            resource=name,
            fields=("name",),
            may_be_empty=False,
        )
        with reading(SERVICE, "GetPublisherModel"):
            fits("model", text(answer, "name"), name)
            return text(answer, "launchStage")

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


def _endpoint(answer: dict[str, Any], location: str) -> Endpoint:
    name = text(answer, "name")
    fits("an endpoint of", name.split("/")[3], location)
    traffic = mapped(answer, "trafficSplit")
    return Endpoint(
        name=name,
        display_name=text(answer, "displayName"),
        location=location,
        deployed_models=tuple(
            text(model, "displayName") or text(model, "id") for model in listed(answer, "deployedModels")
        ),
        traffic={model: int(share) for model, share in traffic.items()},
        # The field's page shows a scheme; real values carry none.
        dedicated_dns=text(answer, "dedicatedEndpointDns").removeprefix("https://")
        if flag(answer, "dedicatedEndpointEnabled")
        else "",
    )
