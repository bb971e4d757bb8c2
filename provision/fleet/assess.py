"""What is to be said of one project, by what is known of it.

The findings are those of `provision check`: its steps evaluate what the inventory told as they evaluate what they saw
themselves. What only the inventory told is never "ready", and what it does not list is unknown: it can be hours behind.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from provision.checks import Explanation
from provision.clients import ask
from provision.commands.run import BY_NAME, REQUIRES, Flow
from provision.diagnoses import EXPLAINS
from provision.errors import ApiError, ErrorStatus, NoAnswer, ProvisionError
from provision.explain import explain, facts
from provision.fleet.store import Assessment
from provision.google.cloud_billing import BillingInfo
from provision.google.errors import is_service_disabled
from provision.google.resource_manager import Project
from provision.graph import find_causes
from provision.plan import Run
from provision.steps import billing, project, services

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from provision.clients import Clients
    from provision.config import Config
    from provision.fleet.store import FleetVerdict, ProjectFacts, Source
    from provision.plan import Check

_VERDICTS: Final[Mapping[str, FleetVerdict]] = {"ready": "ready", "not ready": "not ready", "unknown": "unknown"}
_NOT_LISTED: Final = Explanation(
    cause="The inventory does not list it. What was enabled in the last hours may be missing there.",
    fix="ask the project itself: `provision fleet check --confirm all`, or `provision check` for this one",
    owner="you",
)


def by_inventory(config: Config, known: ProjectFacts) -> Assessment:
    """Say what the inventory makes of a project; nothing is asked."""
    config = replace(config, project_id=known.project_id)
    checks = _settled(config, known.project_number, _checks(config, known))
    assessment = _assessment(config, checks, "inventory")
    return replace(assessment, verdict="looks ready") if assessment.verdict == "ready" else assessment


def _checks(config: Config, known: ProjectFacts) -> Iterator[Check]:
    if known.state:
        seen = Project(
            project_id=known.project_id,
            project_number=known.project_number,
            state=known.state,
            parent=known.parent,
            display_name=known.display_name,
            labels=dict(known.labels),
        )
        yield from project.evaluate(config, project.Observed(project=seen))
    if known.billing_enabled is None:
        yield billing.ENABLED.unknown("the inventory does not say who pays", _NOT_LISTED)
    else:
        info = BillingInfo(billing_account=known.billing_account, enabled=known.billing_enabled)
        yield from billing.evaluate(config, billing.Observed(info=info))
    missing = [each for each in config.services if each not in (known.services or ())]
    if known.services is None:
        yield services.ENABLED.unknown("what is enabled was not asked", _NOT_LISTED)
    elif missing:
        yield services.ENABLED.unknown(
            f"not listed as enabled: {', '.join(missing)}", _NOT_LISTED, missing=" ".join(missing)
        )
    else:
        states = dict.fromkeys(known.services, "ENABLED")
        yield from services.evaluate(config, services.Observed(states=states))


def _settled(config: Config, number: str, checks: Iterable[Check]) -> tuple[Check, ...]:
    known = facts(config, None, "", number)
    return find_causes([explain(each, known) for each in checks], REQUIRES, EXPLAINS)


def explained(error: ApiError, config: Config) -> ProvisionError:
    """Return what a person is told of an error that leaves nothing to look at."""
    finding = services.USABLE.unknown("it could not be looked at", error.status)
    found = explain(finding, facts(config, None, ""))
    return ProvisionError(str(error.status), cause=found.cause, fix=found.fix)


class Asking:
    """Asks projects themselves; what is the caller's own, such as the accounts that can pay, is asked once."""

    def __init__(self, config: Config, clients: Clients) -> None:
        self._config, self._clients = config, clients

    @cached_property
    def _open_accounts(self) -> tuple[str, ...]:
        found = ask(self._clients.cloud_billing.open_accounts)
        return () if isinstance(found, NoAnswer) else found

    def assess(self, known: ProjectFacts) -> Assessment:
        """Make one real call to Vertex AI, and where that is refused ask what can be the cause.

        It is answered only where the project is active, billing and the service are on, and the caller may.
        """
        config, clients = replace(self._config, project_id=known.project_id), self._clients
        also = [each for each in config.services if each != services.VERTEX_AI and each not in (known.services or ())]
        answer = ask(lambda: services.vertex_answers(config, clients))
        if answer is True and not also:
            return _assessment(config, (services.USABLE.passed("Vertex AI answers"),), "direct")
        flow = Flow("check", config, clients)
        observed: dict[str, Any] = {}
        if not isinstance(answer, ErrorStatus) or not (
            is_service_disabled(answer) or answer.reason == "BILLING_DISABLED"
        ):
            observed["project"] = project.observe(config, clients)
        observed["billing"] = self._billing(config)
        states = ask(lambda: clients.service_usage.states(config.project_id, config.services))
        observed["services"] = services.Observed(states=states, usable=answer)
        return _assessment(config, flow.evaluate(observed), "direct")

    def _billing(self, config: Config) -> billing.Observed:
        info = ask(lambda: self._clients.cloud_billing.get_billing_info(config.project_id))
        paid = not isinstance(info, NoAnswer) and info.enabled
        return billing.Observed(info=info, open_accounts=() if paid else self._open_accounts)


def _assessment(config: Config, checks: tuple[Check, ...], basis: Source) -> Assessment:
    run = Run(
        command="check",
        target=config.target.name,
        target_address=config.target.address,
        project_id=config.project_id,
        started="",
        duration_s=0.0,
        checks=checks,
        requires={name: REQUIRES[name] for name in BY_NAME},
    )
    return assessment_of(config, run, basis)


def assessment_of(config: Config, run: Run, basis: Source) -> Assessment:
    """Return what a run says of its project."""
    cause = run.root_cause
    verdict = _VERDICTS[run.verdict]
    if cause is None:
        return Assessment(project_id=config.project_id, verdict=verdict, basis=basis)
    return Assessment(
        project_id=config.project_id,
        verdict=verdict,
        basis=basis,
        finding=cause.id,
        diagnosis=cause.diagnosis,
        summary=cause.summary,
        cause=cause.cause,
        fix=cause.fix,
        fix_owner=cause.fix_owner,
    )
