"""See that the model exists, is offered where it is asked, and is not about to go.

A retired model, a misspelled one, one in the wrong location and one never enabled get the same 404 from Google.
The catalog that comes with this tool tells them apart: it holds the published life cycle of each model it knows, with
the date it was read. `global` is a location with a host of its own, not a region.

Permissions: none documented for looking at publisher models.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from provision import catalog
from provision.checks import CheckSpec, permissions_of, public
from provision.clients import Clients, ask
from provision.errors import ErrorStatus, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config
    from provision.plan import Check

REQUIRES: Final = ("credentials",)
OFFERED: Final = CheckSpec(
    id="model.offered",
    passes_when="The catalog says that the model lives, and is offered in this location.",
    evidence=public(
        "nearest", "stage", "locations", "source", "as_of", "successor", "offered_at", "retired_on", "retires_on"
    ),
    diagnoses=("MODEL_UNKNOWN", "MODEL_RETIRED", "MODEL_DEPRECATED", "MODEL_RETIRES_SOON", "WRONG_LOCATION"),
)
PUBLISHED: Final = CheckSpec(
    id="model.published",
    passes_when="Model Garden shows the model.",
    weight="advisory",
    evidence={"launch_stage": "public"},
    diagnoses=("PUBLISHER_MODEL_NOT_FOUND",),
)
CHECKS: Final = (OFFERED, PUBLISHED)
PERMISSIONS: Final = permissions_of(CHECKS)
SOON_DAYS: Final = 90


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The day, by which life cycles are evaluated, and the launch stage that Model Garden tells."""

    today: date
    launch_stage: str | NoAnswer = ""


UNOBSERVED: Final = Observed(today=date.min)


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


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate by the catalog, then by what Model Garden says; of a self-deployed endpoint neither knows."""
    if config.endpoint:
        yield OFFERED.skipped(f"endpoint {config.endpoint} is asked, and no publisher model")
        return
    yield _offered(config, observed.today)
    stage = observed.launch_stage
    if isinstance(stage, ErrorStatus) and stage.status == "NOT_FOUND":
        yield PUBLISHED.warned("Model Garden does not show it", "PUBLISHER_MODEL_NOT_FOUND")
    elif isinstance(stage, NoAnswer):
        yield PUBLISHED.unknown("Model Garden could not be asked", stage)
    else:
        yield PUBLISHED.passed(f"Model Garden shows it ({stage})", launch_stage=stage)


def _offered(config: Config, today: date) -> Check:
    model = config.model
    row = catalog.models().get(model)
    if row is None:
        nearest = catalog.nearest(model, tuple(catalog.models()))
        return OFFERED.warned(f"{model} is not in the catalog", "MODEL_UNKNOWN", nearest=nearest)
    stage, retires = row.stage(today), row.retires
    evidence: dict[str, Any] = {
        "stage": stage,
        "locations": list(row.locations),
        "source": row.source,
        "as_of": row.as_of.isoformat(),
        "successor": row.successor,
        "offered_at": " or ".join(row.locations),
    }
    if retires and stage == "retired":
        summary = f"{model} was retired on {retires}; use {row.successor}"
        return OFFERED.failed(summary, "MODEL_RETIRED", **evidence, retired_on=retires.isoformat())
    if retires and stage == "deprecated":
        summary = f"{model} will be retired on {retires}"
        return OFFERED.warned(summary, "MODEL_DEPRECATED", **evidence, retires_on=retires.isoformat())
    if retires and (retires - today).days <= SOON_DAYS:
        summary = f"{model} will be retired on {retires}, in {(retires - today).days} days"
        return OFFERED.warned(summary, "MODEL_RETIRES_SOON", **evidence, retires_on=retires.isoformat())
    if config.model_location not in row.locations:
        summary = f"{model} is documented at {', '.join(row.locations)}, not at {config.model_location}"
        return OFFERED.warned(summary, "WRONG_LOCATION", **evidence)
    return OFFERED.passed(f"{model} at {config.model_location}", **evidence)
