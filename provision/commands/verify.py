"""``provision ci verify``: would this token be let in, before a pipeline finds out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from provision.clients import ask
from provision.commands.run import Flow, evaluate_step
from provision.errors import ErrorStatus, NoAnswer, UsageError
from provision.federation import rules, tokens
from provision.federation.tokens import EXCHANGE, IMPERSONATION, Provider
from provision.google.iam_admin import Pool, email_of
from provision.plan import Check, Run
from provision.steps import ci

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.checks import CheckSpec
    from provision.clients import Clients
    from provision.config import Config
    from provision.plan import Check, Run


def verify(
    config: Config, clients: Clients, token: str, *, offline: str = "", exchange: bool = False, now: float | None = None
) -> Run:
    """Hold a token against the provider as it is; changes nothing.

    Args:
        token: the pipeline's, as it got it.
        offline: the project's number: ask Google nothing, and evaluate by what the configuration would make.
        exchange: whether to have Google exchange it, and to become the service account, too.
        now: seconds since 1970.

    Raises:
        UsageError: no federation is configured, or the library for conditions is missing.
    """
    if not rules.is_federated(config):
        raise UsageError(
            "there is no token to verify",
            cause="`ci.provider` is neither github nor gitlab",
            fix="run `provision ci github --repository OWNER/NAME`, or set it in provision.yaml",
        )
    flow = Flow("ci verify", config, clients)
    moment = time.time() if now is None else now
    if offline:
        checks = list(tokens.evaluate(token, _wanted(config, offline), now=moment, exchanged=exchange))
        if exchange:
            checks.extend(_exchange(clients, _wanted(config, offline), token, spreading=False))
        return flow.run(flow.evaluate({}, checks), partial=True)
    clients.progress(f"asking {config.target.name} about the provider")
    observed = flow.observe(("credentials", "ci"))
    provider = _provider(config, observed["ci"])
    if provider is None:  # what is there could not be seen, or is not there: the step says which, the token waits
        wanted = _wanted(config, "0")
        checks = [
            each
            for each in tokens.evaluate(token, wanted, now=moment, exchanged=exchange)
            if each.id not in {tokens.AUDIENCE.id, tokens.TRUST.id}
        ]
        return flow.run(flow.evaluate(observed, checks))
    checks = list(tokens.evaluate(token, provider, now=moment, exchanged=exchange))
    if exchange:
        good = not any(
            each.status in {"fail", "unknown"} for each in (*checks, *evaluate_step(ci, config, observed["ci"]))
        )
        clients.progress("exchanging the token")
        checks.extend(_exchange(clients, provider, token, spreading=good))
    return flow.run(flow.evaluate(observed, checks))


def _wanted(config: Config, number: str) -> Provider:
    """Return the provider that the configuration would make in the project with this number."""
    pool = rules.pool_name(config, number)
    return Provider(
        name=rules.provider_name(config, number),
        issuer=config.ci_issuer,
        mapping=rules.mapping(config),
        condition=rules.condition(config),
        account=email_of(config.ci_service_account, config.project_id),
        trusted=(rules.member(pool, rules.attribute(config)),),
    )


def _provider(config: Config, observed: object) -> Provider | None:
    """Return the provider as it is; None where it was not seen."""
    if not isinstance(observed, ci.Observed) or not isinstance(observed.pool, Pool):
        return None
    provider = ci.own_provider(config, observed)
    if provider is None or provider.kind != "oidc":
        return None
    return Provider(
        name=provider.name,
        issuer=provider.issuer,
        mapping=provider.mapping,
        condition=provider.condition,
        audiences=provider.audiences,
        account=email_of(config.ci_service_account, config.project_id),
        trusted=None if isinstance(observed.trusted, NoAnswer) else observed.trusted,
    )


def _exchange(clients: Clients, provider: Provider, token: str, *, spreading: bool) -> Iterator[Check]:
    """Try it for real; where all else is right, an error means that Google does not know it everywhere yet."""
    text = tokens.decoded(token)
    federated = ask(lambda: clients.sts.exchange(provider.name, text))
    if isinstance(federated, NoAnswer):
        yield _refused(EXCHANGE, "Google does not exchange the token", federated.told, {"invalid_target"}, spreading)
        return
    yield EXCHANGE.passed("Google exchanges the token")
    became = ask(lambda: clients.sts.become(provider.account, federated))
    if isinstance(became, NoAnswer):
        what = f"the bearer does not become {provider.account}"
        yield _refused(IMPERSONATION, what, became.told, {"IAM_PERMISSION_DENIED"}, spreading)
        return
    yield IMPERSONATION.passed(f"the bearer becomes {provider.account}")


def _refused(check: CheckSpec, summary: str, error: ErrorStatus, recently_created: set[str], spreading: bool) -> Check:  # noqa: FBT001 - private, one call
    if spreading and error.reason in recently_created:
        message = error.message or error.reason
        return check.unknown(summary, error, diagnosis="PROPAGATION_PENDING", problem=message)
    return check.unknown(summary, error)
