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
from provision.diagnoses.models import KEYS
from provision.errors import ErrorStatus, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.catalog import Lookup, Model
    from provision.config import Config
    from provision.plan import Check

REQUIRES: Final = ("credentials",)
OFFERED: Final = CheckSpec(
    id="model.offered",
    passes_when="The catalog says that the model lives, and is offered in this location.",
    evidence=public(
        *("nearest", "stage", "locations", "reported_locations", "source", "as_of", "successor", "offered_at"),
        *("retired_on", "retires_on", "enable", "enable_evidence"),
    ),
    diagnoses=(
        "MODEL_UNKNOWN",
        "MODEL_RETIRED",
        "MODEL_DEPRECATED",
        "MODEL_RETIRES_SOON",
        "WRONG_LOCATION",
        "MODEL_OTHER_ROUTE",
        "MODEL_NEEDS_OFFER",
        "WRONG_PUBLISHER",
    ),
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
    found = catalog.lookup(config.model, config.model_location, today)
    row = found.row
    if found.outcome == "wrong_publisher":
        maker = found.publisher.title if found.publisher else "another publisher"
        return OFFERED.warned(
            f"{config.model} is no model of its publisher, but of {maker}",
            "WRONG_PUBLISHER",
            nearest=found.successor,
        )
    if row is None and found.outcome in {"other_route", "needs_offer"}:
        return OFFERED.warned(f"{config.model} is not asked by chat completions", KEYS[found.outcome])
    if row is None:
        return OFFERED.warned(f"{config.model} is not in the catalog", "MODEL_UNKNOWN", nearest=found.successor)
    return _of_row(config, row, found, today)


def _of_row(config: Config, row: Model, found: Lookup, today: date) -> Check:
    stage, retires = row.stage(today), row.retires
    evidence: dict[str, Any] = {
        "stage": stage,
        "locations": list(row.locations),
        "reported_locations": dict(row.reported_locations),
        "source": row.source,
        "as_of": row.last_read.isoformat(),
        "successor": found.successor or row.successor,
        "offered_at": " or ".join(found.offered_at),
        "enable": row.enable,
        "enable_evidence": row.enable_evidence,
    }
    if retires and stage == "retired":
        instead = f"; use {found.successor}" if found.successor else ""
        summary = f"{row.id} was retired on {retires}{instead}"
        return OFFERED.failed(summary, "MODEL_RETIRED", **evidence, retired_on=retires.isoformat())
    if retires and stage == "deprecated":
        summary = f"{row.id} will be retired on {retires}"
        return OFFERED.warned(summary, "MODEL_DEPRECATED", **evidence, retires_on=retires.isoformat())
    if found.outcome in {"other_route", "needs_offer"}:
        return OFFERED.warned(f"{row.id} is not asked by chat completions", KEYS[found.outcome], **evidence)
    if found.outcome == "elsewhere":
        summary = f"{row.id} is served at {', '.join(found.offered_at)}, not at {config.model_location}"
        return OFFERED.warned(summary, "WRONG_LOCATION", **evidence)
    if retires and (retires - today).days <= SOON_DAYS:
        summary = f"{row.id} will be retired on {retires}, in {(retires - today).days} days"
        return OFFERED.warned(summary, "MODEL_RETIRES_SOON", **evidence, retires_on=retires.isoformat())
    return OFFERED.passed(f"{row.id} at {config.model_location}{_doubts(config, row, today)}", **evidence)


def _doubts(config: Config, row: Model, today: date) -> str:
    """Return how sure the catalog is."""
    doubts = []
    if config.model_location in row.reported_locations:
        doubts.append(f"reported, not documented: {row.reported_locations[config.model_location]}")
    if row in catalog.outdated(today):
        doubts.append(f"the catalog was read on {row.last_read}: provision models --update")
    return f" ({'; '.join(doubts)})" if doubts else ""
