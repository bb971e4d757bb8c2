"""What an organization or Model Garden may have against a call that is otherwise in order.

The gate of Model Garden is *assumed, not established*: whether open models answer before anyone has
pressed Enable on their card is not known, so it is open unless the sandbox was started with
`--require-model-enablement`. Its error is worded as it was seen for Meta's and Anthropic's models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator.services.aiplatform import error_cases
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call
    from gcp_emulator.services.aiplatform.models import Model
    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Enabled:
    """A publisher model that a project has enabled; the key is `<project number>/<name>`."""

    key: str


ENABLED: Final = Table("aiplatform.enabled_models", Enabled, key="key")


def enable(state: State, number: str, name: str) -> None:
    """Note that a project has enabled a publisher model."""
    state[ENABLED].put(Enabled(key=f"{number}/{name}"))


def location(call: Call) -> None:
    """Refuse a new resource where `gcp.resourceLocations` does not allow one."""
    enforcement.check(call, "gcp.resourceLocations", f"projects/{call.vars['project']}", call.vars["location"])


def model(call: Call, number: str, found: Model) -> None:
    """Refuse a chat with a model that is not allowed, or not enabled."""
    enforcement.check(call, "vertexai.allowedModels", f"projects/{number}", f"{found.name}:predict")
    if call.settings.require_model_enablement and found.open and f"{number}/{found.name}" not in call.state[ENABLED]:
        raise error_cases.not_enabled(number, call.vars["location"], found.name)


def deployment(call: Call, number: str, publisher_model: str) -> None:
    """Refuse to deploy a model of Model Garden that `vertexai.allowedModels` does not allow.

    Models: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/control-model-access
    """
    enforcement.check(call, "vertexai.allowedModels", f"projects/{number}", f"{publisher_model}:deploy")


def procurement(call: Call, number: str) -> None:
    """Refuse to enable a model where its marketplace is not allowed.

    https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/maas/grant-access-open-models
    """
    service = "cloudcommerceconsumerprocurement.googleapis.com"
    enforcement.check(call, "gcp.restrictServiceUsage", f"projects/{number}", service)
