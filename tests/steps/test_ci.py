"""Federation for the pipelines of one repository, against a sandbox; tokens are really exchanged."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from gcp_emulator.iam import POLICIES
from gcp_emulator.server import Running

from provision.clients import Clients
from provision.commands.apply import apply as run_apply
from provision.commands.check import check as run_check
from provision.commands.plan import plan
from provision.commands.verify import verify as run_verify
from provision.config import Config
from provision.errors import ApiError, UsageError
from provision.federation import rules, tokens
from provision.journal import Journal
from provision.plan import Check, Run
from tests import issuer
from tests.accounts import LONG_ENOUGH_S, api, policy_of
from tests.conftest import clients_for, config_for


def wanted(sandbox: Running, **more: Any) -> Config:
    given = {"ci__provider": "github", "ci__repository": "my-team/chat", "ci__jwks": issuer.jwks()} | more
    return config_for(sandbox, **given)


def apply(config: Config, clients: Clients | None = None) -> Run:
    return run_apply(
        config,
        clients or clients_for(config),
        journal=Journal(Path("journal.jsonl")),
        approve=lambda _: True,
        smoke=False,
    )


def audience(sandbox: Running, name: str = "github") -> str:
    number = api(sandbox, "GET", f"/v3/projects/{sandbox['project']}")["name"].partition("/")[2]
    pool = f"projects/{number}/locations/global/workloadIdentityPools/provision-ci"
    return f"https://iam.googleapis.com/{pool}/providers/{name}"


def verify(config: Config, token: str, **more: Any) -> dict[str, Check]:
    run = run_verify(config, clients_for(config), token, **more)
    return {check.id: check for check in run.checks}


def status(found: dict[str, Check]) -> dict[str, str]:
    return {name: check.status for name, check in found.items() if name.startswith("ci.") and check.status != "pass"}


@pytest.fixture
def federated(sandbox: Running) -> Running:
    assert apply(wanted(sandbox)).root_cause is None
    sandbox.advance(LONG_ENOUGH_S)
    return sandbox


def pool_path(sandbox: Running, below: str = "") -> str:
    return f"/v1/projects/{sandbox['project']}/locations/global/workloadIdentityPools/provision-ci{below}"


def test_a_pipeline_of_the_repository_becomes_the_service_account(federated: Running) -> None:
    found = verify(wanted(federated), issuer.github(audience(federated)), exchange=True)
    assert status(found) == {}
    assert found["ci.impersonation"].status == "pass"


def test_gitlab_s_pipelines_come_in_too(sandbox: Running) -> None:
    config = wanted(
        sandbox, ci__provider="gitlab", ci__repository="my-group/chat", ci__issuer=issuer.GITLAB, ci__branch="main"
    )
    assert apply(config).root_cause is None
    sandbox.advance(LONG_ENOUGH_S)
    assert status(verify(config, issuer.gitlab(audience(sandbox, "gitlab")), exchange=True)) == {}
    tagged = verify(config, issuer.gitlab(audience(sandbox, "gitlab"), ref_type="tag"), exchange=True)
    assert "ref_type is 'tag', not 'branch'" in tagged["ci.token_condition"].summary


WRONG: dict[str, tuple[Callable[[str], str], str, str]] = {
    "another repository": (
        lambda aud: issuer.github(aud, repository="someone/else"),
        "ci.token_condition",
        "repository is 'someone/else', not 'my-team/chat'",
    ),
    "casing": (
        lambda aud: issuer.github(aud, repository="My-Team/chat"),
        "ci.token_condition",
        "upper and lower case count",
    ),
    "a claim is missing": (
        lambda aud: issuer.sign({k: v for k, v in issuer._github(aud).items() if k != "repository"}),
        "ci.token_condition",
        "the token has no 'repository'",
    ),
    "the project's id in the audience": (
        lambda aud: issuer.github(aud.replace(aud.split("/")[4], "sandbox-ready")),
        "ci.token_audience",
        "names the project by its id 'sandbox-ready'; it must be the number",
    ),
    "the audience of another provider": (
        lambda aud: issuer.github(aud.replace("/github", "/gitlab")),
        "ci.token_audience",
        "another pool or provider",
    ),
    "no audience asked for": (
        lambda _: issuer.github("https://github.com/my-team"),
        "ci.token_audience",
        "where no audience is asked for",
    ),
    "expired": (
        lambda aud: issuer.github(aud, iat=1_700_000_000, nbf=1_700_000_000, exp=1_700_000_300),
        "ci.token_times",
        "it expired",
    ),
    "another issuer": (
        lambda aud: issuer.github(aud, iss=issuer.GITHUB + "/"),
        "ci.token_issuer",
        "differ in a slash",
    ),
}


IMMUTABLE = "repo:my-team@987654/chat@123456789:ref:refs/heads/main"


@pytest.mark.parametrize("subject", [IMMUTABLE, "repo:my-team/chat:ref:refs/heads/" + "x" * 200])
def test_a_token_of_any_subject_comes_in_since_the_repository_is_what_counts(federated: Running, subject: str) -> None:
    """GitHub puts numbers into the subjects of repositories made or renamed since 2026-07-15; a branch is long."""
    token = issuer.github(audience(federated), sub=subject)
    assert status(verify(wanted(federated), token, exchange=True)) == {}


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("assertion.x.all(a, assertion.x.all(b, assertion.x.all(c, true)))", "more than 2 loops"),
        ("assertion.sub != '" + "x" * 5000 + "'", "longer than 4096 characters"),
    ],
)
def test_a_condition_that_could_take_hours_is_not_evaluated_here(sandbox: Running, condition: str, why: str) -> None:
    provider = replace(provider_of(wanted(sandbox)), condition=condition)
    token = issuer.github(f"https://iam.googleapis.com/{provider.name}", x=list(range(1000)))
    found = {check.id: check for check in tokens.evaluate(token, provider, now=time.time())}
    assert found["ci.token_condition"].status == "unknown"
    assert why in found["ci.token_condition"].summary


def test_a_condition_that_the_library_may_evaluate_otherwise_than_google_is_unknown(sandbox: Running) -> None:
    """https://github.com/google/cel-spec/blob/master/doc/langdef.md: each of these is true."""
    provider = provider_of(wanted(sandbox))
    token = issuer.github(f"https://iam.googleapis.com/{provider.name}")
    for condition in (
        "[{}, {'name': 'x'}].exists(each, each.name == 'x')",
        "9007199254740993 > 9007199254740992.0",
        "{1: 'a'}[1u] == 'a'",
        "size('Zoë') == 3",
    ):
        checks = tokens.evaluate(token, replace(provider, condition=condition), now=time.time())
        assert {each.id: each.status for each in checks}["ci.token_condition"] == "unknown", condition


def test_a_token_without_end_is_none(sandbox: Running) -> None:
    (found,) = tokens.evaluate("a." * 100_000, provider_of(wanted(sandbox)), now=time.time())
    assert "no token is" in str(found.evidence["problem"])


def provider_of(config: Config) -> tokens.Provider:
    pool = "projects/1/locations/global/workloadIdentityPools/p"
    return tokens.Provider(
        name=f"{pool}/providers/q",
        issuer=issuer.GITHUB,
        mapping=rules.mapping(config) | {"google.subject": "assertion.sub"},
        condition=rules.condition(config),
        account="a@b",
        trusted=(f"principal://iam.googleapis.com/{pool}/subject/repo:my-team/chat:ref:refs/heads/main",),
    )


def test_a_long_subject_and_a_policy_on_the_old_one_are_told_where_someone_maps_it(sandbox: Running) -> None:
    provider = provider_of(wanted(sandbox))
    aud = f"https://iam.googleapis.com/{provider.name}"
    long, new = (
        {check.id: check for check in tokens.evaluate(issuer.github(aud, sub=subject), provider, now=time.time())}
        for subject in ("repo:my-team/chat:ref:refs/heads/" + "x" * 100, IMMUTABLE)
    )
    assert "127 are allowed" in long["ci.token_mapping"].summary
    assert f"and this token's is {IMMUTABLE}" in new["ci.token_trust"].summary
    assert new["ci.token_signature"].summary == "not checked (use --exchange)"


def test_a_subject_of_someone_s_choice_stays_and_the_token_s_own_is_replaced(sandbox: Running) -> None:
    config = wanted(sandbox, ci__attributes={"ref": "assertion.ref"})
    apply(config)
    name, changes = rules.provider_name(config), plan(config, clients_for(config)).changes
    for subject, planned in (("'r:' + assertion.repository_id", 0), ("assertion.sub", 1)):
        mapping = rules.mapping(config) | {"google.subject": subject, "attribute.extra": "assertion.actor"}
        api(sandbox, "PATCH", f"/v1/{name}?updateMask=attributeMapping", {"attributeMapping": mapping})
        sandbox.advance(LONG_ENOUGH_S)
        changes = plan(config, clients_for(config)).changes
        assert len(changes) == planned
    after = cast("dict[str, Any]", changes[0].after)["attributeMapping"]
    assert after["google.subject"] == "assertion.repository_id"
    assert (after["attribute.extra"], after["attribute.ref"]) == ("assertion.actor", "assertion.ref")


@pytest.mark.parametrize("case", WRONG)
def test_the_part_that_refuses_is_named_and_google_refuses_too(federated: Running, case: str) -> None:
    make, name, words = WRONG[case]
    found = verify(wanted(federated), make(audience(federated)), exchange=True)
    assert found[name].status == "fail"
    assert words in found[name].summary
    assert found[name].cause
    assert found[name].fix
    # What is evaluated here is what Security Token Service does.
    assert found["ci.exchange"].status in {"fail", "unknown", "blocked"}
    assert "ci.impersonation" not in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        ("ya29.something", "access token of Google's"),
        ("a.b", "not three parts"),
        ("a.b.c", "not base64 of JSON"),
        (issuer.sign({"iss": "x"}, alg="HS256"), "signed with HS256"),
    ],
)
def test_what_is_no_token_is_told_without_repeating_it(sandbox: Running, text: str, words: str) -> None:
    found = verify(wanted(sandbox), text, offline="123")
    assert found["ci.token"].status == "fail"
    assert words in found["ci.token"].cause
    assert set(found) == {"ci.token"}


def test_github_s_answer_is_taken_as_it_is(federated: Running) -> None:
    text = '{"count": 1, "value": "' + issuer.github(audience(federated)) + '"}\n'
    assert status(verify(wanted(federated), text, exchange=True)) == {}


def test_numbers_are_pinned_where_they_are_given_and_a_rename_changes_nothing(sandbox: Running) -> None:
    config = wanted(sandbox, ci__repository_id="123456789", ci__owner_id="987654", ci__branch="main")
    assert apply(config).root_cause is None
    sandbox.advance(LONG_ENOUGH_S)
    good = audience(sandbox)
    assert status(verify(config, issuer.github(good, repository="renamed/chat"), exchange=True)) == {}
    squatter = verify(config, issuer.github(good, repository_id="666"), exchange=True)
    assert "repository_id is '666', not '123456789'" in squatter["ci.token_condition"].summary
    branch = verify(config, issuer.github(good, ref="refs/pull/1/merge"), exchange=True)
    assert set(status(branch)) == {"ci.token_condition", "ci.exchange"}


def test_what_would_be_made_can_be_evaluated_without_asking_google(sandbox: Running) -> None:
    token = issuer.github(audience(sandbox).replace(audience(sandbox).split("/")[4], "123"))
    found = verify(wanted(sandbox), token, offline="123")
    assert status(found) == {"ci.token_signature": "skipped"}
    assert sandbox.requests()[-1]["method"].endswith("GetProject")  # the test's own


def test_all_is_right_and_google_does_not_know_it_yet(federated: Running) -> None:
    token = issuer.github(audience(federated))
    federated.fail_next("sts.token", 400, raw_body='{"error": "invalid_target", "error_description": "not yet"}')
    found = verify(wanted(federated), token, exchange=True)
    assert (found["ci.exchange"].status, found["ci.exchange"].diagnosis) == ("unknown", "PROPAGATION_PENDING")
    assert found["ci.exchange"].fix_owner == "google"


def test_a_trust_that_names_the_project_by_its_id_is_found(federated: Running) -> None:
    resource = (
        f"projects/{federated['project']}/serviceAccounts/provision-ci@{federated['project']}.iam.gserviceaccount.com"
    )
    number = audience(federated).split("/")[4]
    text = policy_of(federated, resource)["bindings"][0]["members"][0].replace(
        f"/{number}/", f"/{federated['project']}/"
    )

    def write(sandbox: Any) -> None:  # by hand: setIamPolicy takes no such name
        policies = sandbox.state[POLICIES]
        policy = policies.get(resource.replace(f"projects/{federated['project']}", f"projects/{number}"))
        policies.put(replace(policy, bindings=[{**policy.bindings[0], "members": [text]}], history=[]))

    federated.do(write)
    found = verify(wanted(federated), issuer.github(audience(federated)))
    assert found["ci.token_trust"].status == "fail"
    assert "names the project by its id" in found["ci.token_trust"].summary


def test_the_provider_that_is_there_is_evaluated_and_not_the_one_that_is_configured(federated: Running) -> None:
    other = wanted(federated, ci__repository="my-team/other")
    found = verify(other, issuer.github(audience(federated), repository="my-team/other"))
    assert found["ci.provider"].diagnosis == "PROVIDER_DIFFERS"
    assert found["ci.token_condition"].status == "fail"


def test_a_provider_of_ours_follows_the_configuration(federated: Running) -> None:
    config = wanted(federated, ci__branch="main")
    run = apply(config)
    assert [str(each.change).partition(" ")[0] for each in run.applied] == ["update"]
    assert "its condition is" in run.applied[0].change.why
    assert run.root_cause is None
    assert apply(config).changes == ()


def test_someone_else_s_provider_is_left_as_it_is(federated: Running) -> None:
    body = {"description": "made by Ann", "attributeCondition": "assertion.repository == 'ann/x'"}
    api(federated, "PATCH", pool_path(federated, "/providers/github?updateMask=description,attributeCondition"), body)
    federated.advance(LONG_ENOUGH_S)
    run = apply(wanted(federated))
    assert (run.blocking_check, run.changes) == ("ci.provider", ())
    assert run.root_cause is not None
    assert run.root_cause.diagnosis == "PROVIDER_NOT_OWNED"
    assert api(federated, "GET", pool_path(federated, "/providers/github"))["attributeCondition"].endswith("'ann/x'")


def test_what_was_deleted_comes_back_though_its_id_is_taken(federated: Running) -> None:
    api(federated, "DELETE", pool_path(federated, "/providers/github"))
    federated.advance(LONG_ENOUGH_S)
    api(federated, "DELETE", pool_path(federated))
    federated.advance(LONG_ENOUGH_S)
    run = apply(wanted(federated))
    assert [each.change.action for each in run.applied] == ["restore", "restore"]
    assert run.root_cause is None
    federated.advance(LONG_ENOUGH_S)
    assert status(verify(wanted(federated), issuer.github(audience(federated)), exchange=True)) == {}


def test_a_deleted_pool_of_someone_else_is_not_brought_back(sandbox: Running) -> None:
    api(sandbox, "POST", pool_path(sandbox).replace("/provision-ci", "?workloadIdentityPoolId=provision-ci"), {})
    sandbox.advance(LONG_ENOUGH_S)
    api(sandbox, "DELETE", pool_path(sandbox))
    sandbox.advance(LONG_ENOUGH_S)
    run = apply(wanted(sandbox))
    assert (run.blocking_check, run.changes) == ("ci.pool", ())
    assert run.root_cause is not None
    assert run.root_cause.diagnosis == "POOL_NOT_OWNED"


def test_what_is_disabled_stays_disabled(federated: Running) -> None:
    api(federated, "PATCH", pool_path(federated, "?updateMask=disabled"), {"disabled": True})
    federated.advance(LONG_ENOUGH_S)
    run = apply(wanted(federated))
    assert (run.blocking_check, run.changes) == ("ci.pool", ())
    found = verify(wanted(federated), issuer.github(audience(federated)), exchange=True)
    assert found["ci.pool"].diagnosis == "POOL_DISABLED"
    assert found["ci.exchange"].status in {"fail", "blocked"}


def test_a_second_provider_in_the_pool_is_a_warning(federated: Running) -> None:
    body = {"oidc": {"issuerUri": "https://evil.example"}, "attributeMapping": {"google.subject": "assertion.sub"}}
    api(federated, "POST", pool_path(federated, "/providers?workloadIdentityPoolProviderId=other"), body)
    federated.advance(LONG_ENOUGH_S)
    run = run_check(wanted(federated), clients_for(wanted(federated)), only=("ci",))
    pool = next(check for check in run.checks if check.id == "ci.pool")
    assert (pool.status, pool.diagnosis) == ("warn", "POOL_SHARED")


def test_on_cloud_build_the_account_is_enough(sandbox: Running) -> None:
    config = config_for(sandbox, ci__provider="cloud-build")
    run = apply(config)
    assert run.root_cause is None
    assert not [each for each in run.applied if "workloadIdentityPools" in each.change.resource]
    member = f"serviceAccount:provision-ci@{sandbox['project']}.iam.gserviceaccount.com"
    granted = {
        b["role"] for b in policy_of(sandbox, f"projects/{sandbox['project']}")["bindings"] if member in b["members"]
    }
    assert granted == set(config.ci_roles)
    assert "roles/logging.logWriter" in granted
    with pytest.raises(UsageError, match="no token to verify"):
        verify(config, "x")


def test_the_organization_may_forbid_the_issuer_and_that_is_told(sandbox: Running) -> None:
    sandbox.fail_next(
        "iam.projects.locations.workloadIdentityPools.providers.create",
        400,
        first=9,
        message="Org Policy violated for value: 'https://token.actions.githubusercontent.com'.",
    )
    run = apply(wanted(sandbox))
    failed = [each for each in run.applied if each.outcome == "failed"]
    assert [each.change.action for each in failed] == ["create"]
    assert "Org Policy violated" in failed[0].detail


def test_a_federated_token_of_another_repository_becomes_no_one(federated: Running) -> None:
    token = issuer.github(audience(federated), repository="someone/else")
    name = audience(federated).removeprefix("https://iam.googleapis.com/")
    with pytest.raises(ApiError) as caught:
        clients_for(wanted(federated)).sts.exchange(name, token)
    assert caught.value.status.reason == "unauthorized_client"
