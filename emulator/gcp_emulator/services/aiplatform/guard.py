"""What an organization or Model Garden may have against a call that is otherwise in order.

Who has to be enabled in Model Garden first is in `models.json`: Llama "must" be, and is a 404 before that, by Google's
own text; partners' models are refused as it was seen for Anthropic's. Of other open models the evidence leans to
"answers without" (Google's scripts and notebooks ask for no click), though a page still tells to press Enable: that
they answer is *assumed*, unless the sandbox was started with `--require-model-enablement`.
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
    asked_for = found.enable or (call.settings.require_model_enablement and found.open)
    if not asked_for or f"{number}/{found.name}" in call.state[ENABLED]:
        return
    if found.open and found.enable:
        raise error_cases.model_not_found(call.vars["project"], call.vars["location"], found.id)
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
