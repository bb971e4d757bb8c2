"""Where a model is asked: the base URL that an OpenAI client takes, and what else it needs there.

https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/call-open-model-apis
https://docs.cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from provision.errors import ApiError, ErrorStatus, NoAnswer
from provision.google.asking import ask_all
from provision.google.vertex import SERVICE, api_endpoint
from provision.settings import EVERYWHERE

if TYPE_CHECKING:
    from provision.config import Config
    from provision.google.transport import Transport
    from provision.google.vertex import Endpoint, Vertex

PUBLISHERS: Final = "openapi"
"""The endpoint id that stands for all publisher models."""


@dataclass(frozen=True, kw_only=True)
class Serving:
    """Where one model answers.

    Attributes:
        base_url: what an OpenAI client takes as such; `/chat/completions` is appended to it.
        model: what goes into the request's ``model``; a self-deployed endpoint passes over it.
        host: the name to ask for where the base URL's own is another: a dedicated endpoint inside a sandbox.
    """

    base_url: str
    model: str
    location: str
    host: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every request needs in addition to its token."""
        return {"Host": self.host} if self.host else {}


def published(config: Config, transport: Transport) -> Serving:
    """Return where the configured publisher model answers; makes no calls."""
    return Serving(
        base_url=_base_url(config, transport, config.model_location, PUBLISHERS),
        model=config.model,
        location=config.model_location,
    )


def deployed(config: Config, transport: Transport, endpoint: Endpoint) -> Serving:
    """Return where a self-deployed endpoint answers: on the shared host, or on a DNS name of its own.

    That name holds a number that only Vertex AI knows, so it is read from the endpoint and never built. Google gives
    names in ``prediction.vertexai.goog``: https://cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type

    Raises:
        ApiError: it names a host of someone else.
    """
    name, location, own = endpoint.endpoint_id, endpoint.location, endpoint.dedicated_dns
    if own and not transport.address:
        if not own.endswith((".vertexai.goog", f".{transport.credentials.universe_domain}")):
            raise ApiError(
                ErrorStatus(
                    service=SERVICE,
                    method="GetEndpoint",
                    status="MALFORMED_RESPONSE",
                    message=f"the endpoint's DNS name {own[:100]!r} is not of Google's domain: no token is sent there",
                )
            )
        path = f"/v1/projects/{config.project_id}/locations/{location}/endpoints/{name}"
        return Serving(base_url=f"https://{own}{path}", model=_named(endpoint), location=location)
    return Serving(
        base_url=_base_url(config, transport, location, name),
        model=_named(endpoint),
        location=location,
        host=own,
    )


def find_endpoint(config: Config, transport: Transport, vertex: Vertex) -> Serving:
    """Return where the configured endpoint answers.

    It is looked for in the model's location if that is a region, else in all ``endpoints.locations``.

    Raises:
        ApiError: no such endpoint there (reason ``ENDPOINT_NOT_FOUND``), or Vertex AI would not say.
    """
    places = config.endpoint_locations if config.model_location == "global" else (config.model_location,)
    if places == (EVERYWHERE,):
        places = vertex.list_locations(config.project_id)
    answers = ask_all(
        {place: partial(vertex.get_endpoint, config.project_id, place, config.endpoint) for place in places},
        deadline_s=config.check_timeout_s,
    )
    for answer in answers.values():
        if not isinstance(answer, NoAnswer):
            return deployed(config, transport, answer)
    for answer in answers.values():
        if answer.status != "NOT_FOUND":
            raise ApiError(answer)
    where = ", ".join(places)
    raise ApiError(
        ErrorStatus(
            service=SERVICE,
            method="GetEndpoint",
            code=404,
            status="NOT_FOUND",
            reason="ENDPOINT_NOT_FOUND",
            message=f"endpoint {config.endpoint} was found in none of {where}",
            metadata={"endpoint": config.endpoint, "locations": where, "location": places[0]},
        )
    )


def _base_url(config: Config, transport: Transport, location: str, endpoint: str) -> str:
    host = transport.address or f"https://{transport.host(api_endpoint(location))}"
    return f"{host}/v1/projects/{config.project_id}/locations/{location}/endpoints/{endpoint}"


def _named(endpoint: Endpoint) -> str:
    return endpoint.deployed_models[0] if endpoint.deployed_models else ""
