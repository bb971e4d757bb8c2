"""Which models there are, where, and whether they answer: the catalog, beside what Vertex AI says today."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from provision import catalog
from provision.clients import ask
from provision.concurrency import DeadlinePassed, run_all
from provision.errors import ApiError, ErrorStatus, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from provision.catalog import Model, Stage
    from provision.chat.probe import Probe
    from provision.clients import Clients
    from provision.config import Config


@dataclass(frozen=True, kw_only=True)
class ModelAvailability:
    """One model.

    Attributes:
        stage: by the published dates.
        published: the launch stage that Model Garden tells, or why it does not; None if it was not asked.
        probes: what it answered, by location.
    """

    model: Model
    stage: Stage
    published: str | NoAnswer | None = None
    probes: Mapping[str, Probe] = field(default_factory=dict)

    @property
    def after_enable(self) -> bool:
        """Model Garden shows it, it is asked where it is offered, and the project is told that it is not for it."""
        for place, probe in self.probes.items():
            message = probe.error.message if probe.error else ""
            hidden = probe.outcome == "not there" and "Publisher Model" in message and "was not found" in message
            if "not allowed to use Publisher Model" in message:
                return True
            if (
                hidden
                and isinstance(self.published, str)
                and self.model.offered_in(place)
                and self.model.enable != "no"
            ):
                return True
        return False


def read_catalog(
    location: str = "", *, retired: bool = True, today: date | None = None
) -> tuple[ModelAvailability, ...]:
    """Return every model of the catalog, or those that are offered in one location; makes no calls.

    Args:
        retired: with those that are retired.
    """
    day = today or datetime.now(UTC).date()
    rows = (ModelAvailability(model=row, stage=row.stage(day)) for row in catalog.models().values())
    return tuple(
        row for row in rows if (not location or row.model.offered_in(location)) and (retired or row.stage != "retired")
    )


def candidates(config: Config) -> tuple[str, ...]:
    """Return where a publisher model may be asked: where any is documented, and where the config asks."""
    rows = catalog.models().values()
    documented = (place for row in rows for place in (*row.locations, *row.reported_locations))
    return tuple(dict.fromkeys((config.model_location, "global", *documented)))


def chat_models(config: Config, clients: Clients) -> tuple[Model, ...]:
    """Return the living models that chat completions serve where the config asks, but for what Model Garden denies.

    What it does not answer leaves a model in: the catalog knows it.
    """
    rows = tuple(
        row
        for row in read_catalog(config.model_location, retired=False)
        if row.model.route == "openapi" and row.model.id != config.model
    )
    asked = model_availability(config, clients, rows)
    return tuple(
        row.model
        for row in asked
        if not (isinstance(row.published, ErrorStatus) and row.published.code == HTTPStatus.NOT_FOUND)
    )


def model_availability(
    config: Config, clients: Clients, rows: Iterable[ModelAvailability], *, probe_in: tuple[str, ...] = ()
) -> tuple[ModelAvailability, ...]:
    """Ask Vertex AI about each model, all at once; what it does not say is an error in its place.

    Args:
        probe_in: the locations in which to ask each model that may answer there for one token; costs a token or two
            each.

    Raises:
        ApiError: there are no credentials to ask with.
    """
    rows = tuple(rows)
    clients.credentials.fresh_token()
    clients.progress(f"asking {config.target.name} about {len(rows)} models")
    probers = _probers(config, clients, probe_in)
    calls: dict[str, Callable[[], Any]] = {}
    for row in rows:
        calls[row.model.id] = partial(ask, partial(_published, row.model, clients))
        for place, prober in probers.items():
            if _may_answer(config, row, place):
                calls[f"{place} {row.model.id}"] = partial(prober.ask, row.model.id)
    answers = run_all(calls, deadline_s=config.check_timeout_s)
    return tuple(
        replace(
            row,
            published=_answer(answers[row.model.id], row.model.id),
            probes={
                place: _probe(answers[f"{place} {row.model.id}"], row.model.id)
                for place in probers
                if f"{place} {row.model.id}" in answers
            },
        )
        for row in rows
    )


def _may_answer(config: Config, row: ModelAvailability, place: str) -> bool:
    """Whether a model is asked by chat completions, and at this place, for all that is known."""
    model = row.model
    unknown = not model.locations or (model.id == config.model and place == config.model_location)
    return model.route == "openapi" and (unknown or model.offered_in(place))


def _published(model: Model, clients: Clients) -> str:
    return clients.vertex.get_publisher_model(model.name, model.locations[0] if model.locations else "global")


def _probers(config: Config, clients: Clients, places: tuple[str, ...]) -> dict[str, Any]:
    if not places:
        return {}
    from provision.chat.probe import Prober
    from provision.chat.serving import published

    return {
        place: Prober(clients.transport, published(replace(config, model_location=place), clients.transport))
        for place in places
    }


def _answer(answer: Any, what: str) -> Any:
    if isinstance(answer, DeadlinePassed):
        return ErrorStatus(service="Google Cloud", method=what, status="TIMEOUT", message=str(answer))
    if isinstance(answer, ApiError):
        return answer.status
    if isinstance(answer, Exception):
        raise answer
    return answer


def _probe(answer: Any, what: str) -> Probe:
    from provision.chat.probe import Probe

    settled = _answer(answer, what)
    if isinstance(settled, Probe):
        return settled
    return Probe(outcome="no answer", error=settled)
