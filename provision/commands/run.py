"""One run in the making: what was observed, evaluated, explained and distinguished into causes and symptoms."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision.commands.internal_error import internal_error
from provision.commands.required_permissions import required_permissions
from provision.commands.run_checks import INTERNAL_ERROR, OBSERVED, THROTTLED, of_step
from provision.concurrency import DeadlinePassed, run_all
from provision.diagnoses import EXPLAINS
from provision.errors import ApiError, ErrorStatus
from provision.explain import explain, facts
from provision.google.errors import is_service_disabled
from provision.graph import CREDENTIALS, find_causes
from provision.plan import Run
from provision.steps import STEPS, Step, credentials, name_of
from provision.waivers import notes, waive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import AppliedChange, Change, Check

REQUIRES: Final = {name_of(step): step.REQUIRES for step in STEPS}
BY_NAME: Final = {name_of(step): step for step in STEPS}
CHECKS: Final = {check.id: check for step in STEPS for check in step.CHECKS}
COSTS_MONEY: Final = "chat"
_NOT_SEEN: Final = frozenset({"fail", "unknown"})

Observations = dict[str, Any]


class Flow:
    """One run in the making."""

    def __init__(self, command: str, config: Config, clients: Clients) -> None:
        self.command = command
        self.config = config
        self.clients = clients
        clients.required_permissions = required_permissions(config)
        self.started = datetime.now(UTC)
        self.began = time.monotonic()
        self.seen: set[str] = set()

    def observe(self, names: Iterable[str]) -> Observations:
        """Observe the named steps, all at once; what broke is an exception in its place."""
        names = tuple(names)
        self.seen.update(names)
        return dict(
            run_all(
                {name: partial(BY_NAME[name].observe, self.config, self.clients) for name in names},
                deadline_s=self.config.check_timeout_s,
            )
        )

    def evaluate(self, observed: Observations, instead: Iterable[Check] = ()) -> tuple[Check, ...]:
        """Evaluate what was observed, explain it, and tell causes from symptoms.

        Checks in ``instead`` are added; one that was evaluated too is replaced.
        """
        evaluated = [
            check
            for step in STEPS
            if name_of(step) in observed
            for check in evaluate_step(step, self.config, observed[name_of(step)])
        ]
        instead = tuple(instead)
        known_better = {check.id for check in instead}
        order = list(BY_NAME)
        found = (*instead, *(check for check in evaluated if check.id not in known_better))
        checks = sorted(
            self._with_the_consumer(_with_the_token(found), observed), key=lambda check: order.index(check.step)
        )
        known = self._facts(observed)
        explained = [explain(check, known) for check in _early_checks(checks)]
        # A mistake of ours is no symptom of what is wrong with the project.
        ours = {check.id: check for check in explained if INTERNAL_ERROR in check.evidence}
        settled = (ours.get(check.id, check) for check in find_causes(explained, REQUIRES, EXPLAINS))
        return waive(without_control_apis(tuple(settled)), self.config.waivers, self.started.date())

    def _with_the_consumer(self, checks: Iterable[Check], observed: Observations) -> Iterable[Check]:
        """Yield the checks; where calls were refused for the project they are charged to, with that finding.

        Google says the same words of it as of the project that is looked at.
        """
        checks = tuple(checks)
        identity, number = self.clients.known_identity, self.project_number(observed)
        found = None
        if identity is not None:
            errors = (check.error for check in checks if check.error is not None and check.step != CREDENTIALS)
            refused = (credentials.not_chargeable(self.config, identity, error, number) for error in errors)
            found = next((each for each in refused if each is not None), None)
        if found is not None and any(check.id == found.id and check.status == "fail" for check in checks):
            found = None
        if found is not None:
            yield found
        yield from (check for check in checks if found is None or check.id != found.id)

    def _facts(self, observed: Observations) -> dict[str, str]:
        return facts(self.config, self.clients.known_identity, self.principal(observed), self.project_number(observed))

    def project_number(self, observed: Observations) -> str:
        """Return the project's number; empty where it was not seen."""
        return str(getattr(getattr(observed.get("project"), "project", None), "project_number", "") or "")

    def principal(self, observed: Observations) -> str:
        """Return who calls; empty if Google did not say."""
        principal = getattr(observed.get("credentials"), "principal", "")
        return principal if isinstance(principal, str) else ""

    def run(
        self,
        checks: Iterable[Check] = (),
        *,
        changes: Iterable[Change] = (),
        applied: Iterable[AppliedChange] = (),
        blockers: tuple[str, ...] = (),
        partial: bool = False,
    ) -> Run:
        """Close the run."""
        checks = tuple(checks)
        calls = sorted(self.clients.log.records, key=lambda call: call.started_s)
        throttled = [call for call in calls if call.status == "OK" and "RESOURCE_EXHAUSTED" in call.retried_statuses]
        warning = [
            THROTTLED.warned(f"{call.service} throttled {call.method}; a later try went through", None)
            for call in throttled[:1]
        ]
        return Run(
            command=self.command,
            target=self.config.target.name,
            target_address=self.config.target.address,
            project_id=self.config.project_id,
            started=self.started.isoformat(timespec="seconds"),
            duration_s=round(time.monotonic() - self.began, 3),
            settings=self.config.settings(),
            checks=(*checks, *warning, *notes(checks, self.seen, self.config.waivers, self.started.date())),
            requires={name: REQUIRES[name] for name in BY_NAME if name in self.seen},
            changes=tuple(changes),
            applied=tuple(applied),
            calls=tuple(calls),
            waits=tuple(sorted(self.clients.log.waits, key=lambda wait: wait.started_s)),
            blockers=blockers,
            partial=partial,
        )


def without_control_apis(checks: tuple[Check, ...]) -> Iterable[Check]:
    """Yield the checks; where the model has answered, APIs that only look after projects and are off are a warning.

    The model needs none of them.
    """
    answered = any(check.id == "chat.answers" and check.status == "pass" for check in checks)
    off = {check.id for check in checks if answered and _only_control_apis_are_off(check)}
    for check in checks:
        if check.id in off and check.status == "fail":
            yield replace(check, status="warn", required=False)
        elif check.id in off or (check.blocked_by and check.blocked_by in off):
            yield replace(check, required=False)
        else:
            yield check


def _only_control_apis_are_off(check: Check) -> bool:
    if check.id == "services.enabled" and check.diagnosis == "SERVICES_NOT_ENABLED":
        return set(str(check.evidence.get("missing", "")).split()) <= {*credentials.CONTROL_SERVICES}
    if check.diagnosis == "CONTROL_APIS_DISABLED":
        return True
    error = check.error
    service = (error.metadata.get("service") or error.service) if error is not None else ""
    return error is not None and is_service_disabled(error) and service in credentials.CONTROL_SERVICES


def _with_the_token(checks: tuple[Check, ...]) -> Iterable[Check]:
    """Yield the checks; where calls were not made for want of a token, with the finding that says so."""
    refused = next((check.not_sent for check in checks if check.not_sent is not None), None)
    of_token = [check for check in checks if check.step == CREDENTIALS and check.required and check.status in _NOT_SEEN]
    if refused is None or of_token:
        yield from checks
        return
    found = credentials.no_token(refused)  # such as one that was good when the step looked
    yield found
    yield from (check for check in checks if check.id != found.id)


def _early_checks(checks: list[Check]) -> Iterable[Check]:
    """Yield the checks; a service that refuses as disabled, and is listed as enabled, is only not yet usable."""
    enabled = {
        name
        for check in checks
        if check.id == "services.enabled" and isinstance(listed := check.evidence.get("enabled"), list)
        for name in listed
    }
    for check in checks:
        error = check.error
        if (
            error is not None
            and is_service_disabled(error)
            and error.service in enabled
            # The project of the path; a control API can be off where the call is charged to.
            and error.service == "aiplatform.googleapis.com"
        ):
            yield replace(check, diagnosis="SERVICE_NOT_YET_USABLE", status="fail" if check.required else check.status)
        else:
            yield check


def evaluate_step(step: Step, config: Config, observed: Any) -> list[Check]:
    """Evaluate one step; what broke, while observing or here, is that step's unknown and no one else's."""
    if isinstance(observed, Exception):
        return [_broken(name_of(step), observed)]
    try:
        return list(step.evaluate(config, observed))
    except Exception as error:  # noqa: BLE001 - a crash in one check is that check's unknown and no one else's
        return [_broken(name_of(step), error)]


def _broken(name: str, error: Exception) -> Check:
    if isinstance(error, DeadlinePassed):
        refused = ErrorStatus(service="Google Cloud", method=name, status="TIMEOUT", message=str(error))
        return of_step(OBSERVED, name).unknown("no answer in time", refused)
    if isinstance(error, ApiError):
        return of_step(OBSERVED, name).unknown("could not be seen", error.status)
    return internal_error(OBSERVED, name, "the check itself broke", error)
