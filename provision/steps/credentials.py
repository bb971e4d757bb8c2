"""Find out who is calling, and whether Google accepts it now.

Everything else is asked with these credentials, so nothing can be known while they do not work. The calls that
look after projects are charged to the project the credentials belong to, not to the one being looked at: where
the control APIs are off *there*, every one of them is refused, however ready the other project is.

Permissions: `serviceusage.services.get` on the project that calls are charged to, to see whether the control
APIs are on there; without it that one check is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.checks import CheckSpec, permissions_of, public
from provision.clients import Clients, ask_all, ask_for_token
from provision.diagnoses import consumer, diagnose, facts_of
from provision.errors import ErrorStatus, NoAnswer
from provision.google.errors import is_service_disabled
from provision.plan import Check, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from provision.config import Config
    from provision.google.auth import Identity

REQUIRES: Final = ("network",)
FOUND: Final = CheckSpec(
    id="credentials.found",
    passes_when="There are credentials, and they can be read.",
    evidence=public("kind", "source"),  # a file is known by its spelling
)
USABLE: Final = CheckSpec(id="credentials.usable", passes_when="Google gives and accepts a token for them, now.")
PRINCIPAL: Final = CheckSpec(
    id="credentials.principal",
    passes_when="It is known whose they are.",
    weight="advisory",
    evidence={"principal": "person"},
)
SCOPES: Final = CheckSpec(
    id="credentials.scopes",
    passes_when="The token may be used for everything that its owner may do.",
    weight="advisory",
    evidence={"scopes": "public"},
    diagnoses=("SCOPES_TOO_NARROW",),
)
CLOCK: Final = CheckSpec(
    id="credentials.clock",
    passes_when="This machine's clock agrees with Google's, within five minutes.",
    weight="advisory",
    evidence={"ahead_s": "public", "stated": "public"},
    diagnoses=("CLOCK_WRONG",),
)
CONSUMER: Final = CheckSpec(
    id="credentials.consumer",
    passes_when="The project that calls are charged to can be used for that.",
    weight="required when it fails",
    evidence={"quota_project": "person", "consumer_project": "person", "set_quota_project": "public"},
    diagnoses=("NO_QUOTA_PROJECT", "CONTROL_APIS_DISABLED", *consumer.INSTEAD.values()),
    permissions=(
        RequiredPermission(permission="serviceusage.services.use", level="consumer"),
        RequiredPermission(permission="serviceusage.services.get", level="consumer", advisory=True),
    ),
)
CHECKS: Final = (FOUND, USABLE, PRINCIPAL, SCOPES, CLOCK, CONSUMER)
PERMISSIONS: Final[tuple[RequiredPermission, ...]] = (
    *permissions_of(CHECKS),
    RequiredPermission(permission="serviceusage.services.use", level="consumer", purpose="delete"),
)
LOAD: Final = "LoadCredentials"
CLOUD_PLATFORM: Final = "https://www.googleapis.com/auth/cloud-platform"
CLOCK_TOLERANCE_S: Final = 300.0  # what the token endpoint accepts
CONTROL_SERVICES: Final = (
    "cloudbilling.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "serviceusage.googleapis.com",
)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the credentials are, and what Google says to them.

    Attributes:
        token: None once a fresh one was given.
        scopes: what the token may be used for, as Google tells.
        clock_skew_s: how far this machine's clock is ahead of Google's; None if no answer told.
        control_services: their states in the project that calls are charged to; None where that is Google's own.
    """

    identity: Identity | ErrorStatus
    token: ErrorStatus | None = None
    principal: str | NoAnswer = ""
    scopes: tuple[str, ...] | NoAnswer = ()
    clock_skew_s: float | None = None
    control_services: dict[str, str] | NoAnswer | None = None


UNOBSERVED: Final = Observed(identity=ErrorStatus(service="google-auth", method=LOAD, status="CREDENTIALS"))


def observe(config: Config, clients: Clients) -> Observed:
    """Load the credentials, get a token, and ask whose it is."""
    credentials = ask_for_token(lambda: clients.credentials)
    if isinstance(credentials, ErrorStatus):
        return Observed(identity=credentials)
    token = ask_for_token(credentials.fresh_token)
    if isinstance(token, ErrorStatus):
        return Observed(identity=credentials.identity, token=token, clock_skew_s=credentials.clock_skew_s)
    consumer = credentials.identity.consumer_project
    calls: dict[str, Callable[[], Any]] = {
        "principal": clients.principal,
        "scopes": lambda: clients.token_info().scopes,
    }
    if consumer:
        calls["control_services"] = lambda: clients.service_usage.states(consumer, CONTROL_SERVICES)
    return Observed(
        identity=credentials.identity,
        clock_skew_s=credentials.clock_skew_s,
        **ask_all(calls, deadline_s=config.check_timeout_s),
    )


def no_token(refused: ErrorStatus) -> Check:
    """Evaluate what kept another step from asking: there are no credentials, or no token for them."""
    if refused.method == LOAD:
        return FOUND.unknown("no usable credentials", refused)
    return USABLE.unknown("Google gives no token for them", refused)


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate whether they are there, accepted, and charged to a project that can be used."""
    identity = observed.identity
    if isinstance(identity, ErrorStatus):
        yield no_token(identity)
        return
    yield FOUND.passed(f"{identity.kind} ({identity.source})", kind=identity.kind, source=identity.source)
    if observed.clock_skew_s is not None:
        yield _clock(observed.clock_skew_s)
    if observed.token is not None:
        yield no_token(observed.token)
        return
    yield USABLE.passed("Google gives a token for them")
    yield _principal(observed.principal)
    yield _scopes(observed.scopes)
    yield _consumer(config, identity, observed.control_services)


def _principal(principal: str | NoAnswer) -> Check:
    if isinstance(principal, NoAnswer):
        return PRINCIPAL.unknown("whose they are could not be seen", principal)
    if not principal:  # a token without the email scope; it may do all that its owner may
        return PRINCIPAL.warned("Google does not say whose they are", None)
    return PRINCIPAL.passed(principal, principal=principal)


def _clock(ahead_s: float) -> Check:
    minutes = f"{abs(ahead_s) / 60:.0f} minutes {'ahead of' if ahead_s > 0 else 'behind'} Google's"
    if abs(ahead_s) > CLOCK_TOLERANCE_S:
        summary = f"this machine's clock is {minutes}"
        return CLOCK.failed(summary, "CLOCK_WRONG", ahead_s=round(ahead_s), stated=minutes)
    return CLOCK.passed("this machine's clock agrees with Google's", ahead_s=round(ahead_s), stated=minutes)


def _scopes(scopes: tuple[str, ...] | NoAnswer) -> Check:
    if isinstance(scopes, NoAnswer):
        return SCOPES.unknown("what the token may be used for could not be seen", scopes)
    if CLOUD_PLATFORM in scopes:
        return SCOPES.passed("cloud-platform", scopes=list(scopes))
    short = ", ".join(each.rpartition("/")[2] for each in scopes) or "none"
    summary = f"the token lacks the scope cloud-platform; it has: {short}"
    return SCOPES.failed(summary, "SCOPES_TOO_NARROW", scopes=list(scopes))


def _consumer(config: Config, identity: Identity, states: dict[str, str] | NoAnswer | None) -> Check:
    consumer_project = identity.consumer_project
    evidence = _charged(config, identity)
    if states is None:
        if identity.kind == "user":
            return CONSUMER.warned("no quota project is set", "NO_QUOTA_PROJECT", **evidence)
        return CONSUMER.passed("calls are charged to the project the credentials belong to", **evidence)
    if isinstance(states, ErrorStatus):
        return _consumer_refused(config, identity, states)
    if isinstance(states, NoAnswer):
        summary = f"whether calls may be charged to {consumer_project} could not be seen"
        return CONSUMER.unknown(summary, states, **evidence)
    off = sorted(name for name in CONTROL_SERVICES if states.get(name) != "ENABLED")
    # Where the project looked at pays for its own calls, `services` enables what is off.
    if off and consumer_project != config.project_id:
        summary = f"{', '.join(off)} off in {consumer_project}, which calls are charged to"
        return CONSUMER.failed(summary, "CONTROL_APIS_DISABLED", **evidence)
    return CONSUMER.passed(f"calls are charged to {consumer_project}", **evidence)


def _consumer_refused(config: Config, identity: Identity, states: ErrorStatus) -> Check:
    consumer_project = identity.consumer_project
    if found := not_chargeable(config, identity, states):
        return found
    if is_service_disabled(states):
        summary = f"the control APIs are off in {consumer_project}, which calls are charged to"
        return CONSUMER.failed(summary, "CONTROL_APIS_DISABLED", **_charged(config, identity))
    summary = f"whether the control APIs are on in {consumer_project} could not be seen"
    return CONSUMER.unknown(summary, states, **_charged(config, identity))


def not_chargeable(config: Config, identity: Identity, error: ErrorStatus, project_number: str = "") -> Check | None:
    """Evaluate an error of any call that is about the project it was charged to; None where it is about another.

    Every call that is charged to it is refused so, whatever it asks.
    """
    charged = identity.consumer_project
    row = diagnose(error)
    means = consumer.INSTEAD.get(row.key, "") if row else ""
    if not means or not charged or charged == config.project_id:
        return None
    named = facts_of(error).get("consumer", "")
    if named in {config.project_id, project_number} - {""}:
        return None
    # By its number alone no one can tell whose it is: what looks after projects is charged to the caller's own.
    if named not in {"", charged} and not project_number and error.service not in CONTROL_SERVICES:
        return None
    summary = f"calls cannot be charged to {charged}"
    return CONSUMER.failed(summary, means, error=error, **_charged(config, identity))


def _charged(config: Config, identity: Identity) -> dict[str, Any]:
    """Return whom calls are charged to, and the command that has them charged to another project."""
    charged = identity.consumer_project
    other = config.project_id if config.project_id != charged else "PROJECT_ID"
    if config.sources.get("auth.quota_project", "").startswith("option"):
        instead = f"provision check --project {config.project_id} --quota-project {other}"
    elif identity.kind == "user" and not config.quota_project:
        instead = f"gcloud auth application-default set-quota-project {other}"
    else:
        instead = f"export GOOGLE_CLOUD_QUOTA_PROJECT={other}"
    return {"quota_project": identity.quota_project, "consumer_project": charged, "set_quota_project": instead}
