"""See how much may be asked in a minute, and whether that is nothing at all.

A new project, or one of a new organization, can have a limit of zero: every request is then refused as if there had
been too many. gpt-oss-120b has no limit of its own: it shares its capacity, so that it can be refused for a minute
whatever is here. Most callers may look; who may not does not see it, and the answer of the model is the proof.

Permissions: `serviceusage.quotas.get` (`roles/serviceusage.serviceUsageViewer`) to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.checks import CheckSpec, permissions_of
from provision.clients import Clients, ask
from provision.errors import NoAnswer
from provision.plan import Check, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.google.quotas import Limit

REQUIRES: Final = ("services",)
LIMITS: Final = CheckSpec(
    id="quota.limits",
    passes_when="No limit per minute that asking the model counts against is zero.",
    weight="advisory",
    evidence={
        "limits": {"metric": "public", "unit": "public", "value": "public", "dimensions": "public"},
        "metric": "public",
        "unit": "public",
    },
    diagnoses=("QUOTA_IS_ZERO",),
    permissions=(RequiredPermission(permission="serviceusage.quotas.get", advisory=True),),
)
CHECKS: Final = (LIMITS,)
PERMISSIONS: Final = permissions_of(CHECKS)
VERTEX_AI: Final = "aiplatform.googleapis.com"
# What asking a model counts against, by the last part of the metric's name
# (https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/quotas).
_ASKING: Final = ("online_prediction_requests", "generate_content_requests", "chat_completions")


@dataclass(frozen=True, kw_only=True)
class Observed:
    """Every limit per minute of Vertex AI in this project; None where nothing was asked."""

    limits: tuple[Limit, ...] | NoAnswer | None = None


UNOBSERVED: Final = Observed()


def observe(config: Config, clients: Clients) -> Observed:
    """Read the limits."""
    return Observed(limits=ask(lambda: clients.quotas.per_minute(config.project_id, VERTEX_AI)))


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether asking the model has a limit of zero."""
    limits = observed.limits
    if limits is None:
        return
    if isinstance(limits, NoAnswer):
        yield LIMITS.unknown("the limits per minute could not be seen", limits)
        return
    counting = [limit for limit in limits if _counts(config, limit)]
    evidence: dict[str, Any] = {
        "limits": [
            {"metric": each.metric, "unit": each.unit, "value": each.value, "dimensions": dict(each.dimensions)}
            for each in counting
        ]
    }
    zero = [limit for limit in counting if limit.value == 0]
    if zero:
        # A limit of this very model decides; a general one may be overruled by what no one here can see.
        own = [limit for limit in zero if "base_model" in limit.dimensions]
        first = (own or zero)[0]
        found = LIMITS.failed if own else LIMITS.warned
        summary = f"{first.metric} is limited to 0 a minute"
        yield found(summary, "QUOTA_IS_ZERO", **evidence, metric=first.metric, unit=first.unit)
        return
    lowest = min((limit.value for limit in counting if limit.value > 0), default=0)
    summary = f"at least {lowest:,} requests a minute" if lowest else "no limit per minute of its own"
    yield LIMITS.passed(summary, **evidence)


def _counts(config: Config, limit: Limit) -> bool:
    """Whether asking the configured model counts against a limit: as far as its dimensions are of this request."""
    name = limit.metric.rpartition("/")[2]
    if not any(part in name for part in _ASKING):
        return False
    # A metric for each model says nothing of this one but in the value that names it.
    if name.endswith("_per_base_model") and "base_model" not in limit.dimensions:
        return False
    if name.startswith("global_") != (config.model_location == "global") and name.endswith("_per_base_model"):
        return False
    model = config.model.partition("/")[2]
    return (
        limit.dimensions.get("base_model", model) in {model, model.removesuffix("-maas")}
        and limit.dimensions.get("region", config.model_location) == config.model_location
    )
