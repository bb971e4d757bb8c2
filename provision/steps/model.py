"""See that the model exists, is offered where it is asked, and is not about to go.

A retired model, a misspelt one, one in the wrong location and one that was never enabled get the same 404 from Google.
The catalogue that comes with this tool tells them apart: it holds the published life cycle of each model it knows, with
the date it was read. `global` is a location with a host of its own, not a region.

Permissions: none documented for looking at publisher models.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from provision import catalog
from provision.clients import Clients, ask
from provision.errors import Refusal
from provision.plan import Check, Need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config

REQUIRES: Final = ("credentials",)
CHECKS: Final = {
    "model.offered": "The catalogue says that the model lives, and is offered in this location.",
    "model.published": "Model Garden shows the model.",
}
PERMISSIONS: Final[tuple[Need, ...]] = ()
SOON_DAYS: Final = 90


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The day, by which life cycles are judged, and the launch stage that Model Garden tells."""

    today: date
    launch_stage: str | Refusal = ""


NOTHING: Final = Observed(today=date.min)


def observe(config: Config, clients: Clients) -> Observed:
    """Ask Model Garden."""
    if config.endpoint:
        return Observed(today=datetime.now(UTC).date())
    publisher, _, name = config.model.partition("/")
    return Observed(
        today=datetime.now(UTC).date(),
        launch_stage=ask(
            lambda: clients.vertex.get_publisher_model(f"publishers/{publisher}/models/{name}", config.model_location)
        ),
    )


def judge(config: Config, observed: Observed) -> Iterator[Check]:
    """Judge by the catalogue, then by what Model Garden says; of a self-deployed endpoint neither knows."""
    if config.endpoint:
        yield Check(
            id="model.offered",
            status="skipped",
            required=False,
            summary=f"endpoint {config.endpoint} is asked, and no publisher model",
        )
        return
    yield _offered(config, observed.today)
    stage = observed.launch_stage
    if isinstance(stage, Refusal) and stage.status == "NOT_FOUND":
        yield Check(
            id="model.published",
            status="warn",
            required=False,
            summary="Model Garden does not show it",
            diagnosis="PUBLISHER_MODEL_NOT_FOUND",
        )
    elif isinstance(stage, Refusal):
        yield Check(
            id="model.published",
            status="unknown",
            required=False,
            summary="Model Garden could not be asked",
            refusal=stage,
        )
    else:
        yield Check(
            id="model.published",
            status="pass",
            required=False,
            summary=f"Model Garden shows it ({stage})",
            evidence={"launch_stage": stage},
        )


def _offered(config: Config, today: date) -> Check:
    name = "model.offered"
    row = catalog.models().get(config.model)
    if row is None:
        return Check(
            id=name,
            status="warn",
            diagnosis="MODEL_UNKNOWN",
            summary=f"{config.model} is not in the catalogue",
            evidence={"nearest": catalog.nearest(config.model, tuple(catalog.models()))},
        )
    evidence: dict[str, Any] = {
        "stage": row.stage(today),
        "locations": list(row.locations),
        "source": row.source,
        "as_of": row.as_of.isoformat(),
        "successor": row.successor,
        "offered_at": " or ".join(row.locations),
    }
    if row.retires and row.stage(today) == "retired":
        return Check(
            id=name,
            status="fail",
            diagnosis="MODEL_RETIRED",
            summary=f"{config.model} was retired on {row.retires}; use {row.successor}",
            evidence=evidence | {"retired_on": row.retires.isoformat()},
        )
    if row.retires and row.stage(today) == "deprecated":
        return Check(
            id=name,
            status="warn",
            diagnosis="MODEL_DEPRECATED",
            summary=f"{config.model} will be retired on {row.retires}",
            evidence=evidence | {"retires_on": row.retires.isoformat()},
        )
    if row.retires and (row.retires - today).days <= SOON_DAYS:
        return Check(
            id=name,
            status="warn",
            diagnosis="MODEL_RETIRES_SOON",
            summary=f"{config.model} will be retired on {row.retires}, in {(row.retires - today).days} days",
            evidence=evidence | {"retires_on": row.retires.isoformat()},
        )
    if config.model_location not in row.locations:
        return Check(
            id=name,
            status="warn",
            diagnosis="MODEL_ELSEWHERE",
            evidence=evidence,
            summary=f"{config.model} is documented at {', '.join(row.locations)}, not at {config.model_location}",
        )
    return Check(id=name, status="pass", summary=f"{config.model} at {config.model_location}", evidence=evidence)
