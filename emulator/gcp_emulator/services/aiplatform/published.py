"""The publisher model that a call names: whether it is served in its location today, and may be asked.

Which error an open model gives elsewhere is not established; Google's own are not found there (measured 2026-09-22),
and of a partner's it was seen that it is not servable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcp_emulator import quotas
from gcp_emulator.services.aiplatform import error_cases, guard, state
from gcp_emulator.services.aiplatform.models import BY_ID, CHAT

if TYPE_CHECKING:
    from gcp_emulator.call import Call
    from gcp_emulator.services.aiplatform.models import Model


def find(call: Call, named: str, route: str = "") -> Model:
    """Return a model that is served in the location of a call today.

    Args:
        call: the call.
        named: the model's id, publisher and all.
        route: by which it is asked, empty for whichever; by another it is not found, which is assumed.

    Raises:
        ApiError: NOT_FOUND, or FAILED_PRECONDITION elsewhere for a model that is not Google's own.
    """
    project, location = call.vars["project"], call.vars["location"]
    model = BY_ID.get(named)
    if model is None or model.retired_at(call.clock.now()) or (route and route not in model.routes):
        raise error_cases.model_not_found(project, location, named)
    if location not in model.locations:
        if model.publisher == "google" or not model.locations:
            raise error_cases.model_not_found(project, location, named)
        raise error_cases.not_servable(project, location, named)
    return model


def ask(call: Call, named: str, route: str = CHAT) -> Model:
    """Return a model that may be asked by a route: found, of that route, allowed, enabled, within its quota.

    Raises:
        ApiError: what is in the way.
    """
    model = find(call, named, route)
    guard.model(call, state.number(call), model)
    quotas.charge_model(call, state.number(call), model.id)
    return model
