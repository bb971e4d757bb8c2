"""The Responses API: of OpenAI's own models alone, which are a partner's private preview, and of Grok.

`publishers/openai/v1/responses` is what the Vertex provider of OpenAI's SDK calls (openai/providers/vertex.py), with a
model's id without its publisher; `endpoints/openapi/responses` names the publisher too. Nothing answers here: each
model is refused with what is known of it.
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/openai
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from gcp_emulator.services.aiplatform import error_cases, published, state
from gcp_emulator.services.aiplatform.chat_request import model_id

if TYPE_CHECKING:
    from gcp_emulator.call import Call
    from gcp_emulator.services.aiplatform.models import Model


def of_publisher(call: Call) -> NoReturn:
    """`publishers/{publisher}/v1/responses` and `/compact`."""
    publisher, location = call.vars["publisher"], state.location_of(call, anywhere=True)
    call.require("aiplatform.endpoints.predict", f"{location}/publishers/{publisher}")
    _refuse(call, f"{publisher}/{call.request.get('model', '')}")


def openapi(call: Call) -> NoReturn:
    """`endpoints/openapi/responses`."""
    location = state.location_of(call, anywhere=True)
    call.require("aiplatform.endpoints.predict", f"{location}/endpoints/openapi")
    _refuse(call, model_id(call.request))


def _refuse(call: Call, named: str) -> NoReturn:
    model: Model = published.find(call, named)
    if model.stage == "PRIVATE_PREVIEW":
        raise error_cases.private_preview(model.id)
    if model.kind == "partner":
        raise error_cases.not_modelled(f"The Responses API of {model.id}")
    raise error_cases.not_of_this_route(model.id, "the Responses API")
