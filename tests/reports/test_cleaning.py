"""No secret reaches a report, wherever it was; with --redact, neither does an id or a person."""

from __future__ import annotations

import json
import string
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provision.checks import CheckSpec
from provision.errors import ErrorStatus
from provision.federation import tokens
from provision.plan import Change, Check, Run, Setting, Waiver
from provision.reports import FORMATS
from provision.reports.cleaning import without_ids
from provision.reports.github import render_summary
from provision.steps import ci, endpoints, model, project
from tests.reports.runs import ANSWER, RUNS, hostile, run

BODY = st.text(string.ascii_letters + string.digits, min_size=40, max_size=60)
# How a secret looks, with what must not be seen in its middle.
SHAPES = (
    "ya29.{0}",
    "ya29.c.b0{0}",
    "eyJhbGciOiJSUzI1NiJ9.eyJ{0}.{0}",
    "AIza{0}",
    "sk-{0}",
    "GOCSPX-{0}",
    "1//0{0}",
    "ghp_{0}",
    "github_pat_{0}",
    "-----BEGIN PRIVATE KEY-----\n{0}\n{0}\n-----END PRIVATE KEY-----\n",
    "-----BEGIN RSA PRIVATE KEY-----\\n{0}\\n-----END RSA PRIVATE KEY-----",
    "Authorization: Bearer {0}",
    "authorization: bearer {0}",
    "https://x.test/cb?access_token={0}&state=1",
    "refresh_token={0}",
    '{{"access_token": "{0}", "expires_in": 3599}}',
    "{{'client_secret': '{0}'}}",
    '"private_key": "{0}"',
    "x-goog-api-key: {0}",
    "https://me:{0}@proxy.test:3128",
    "password={0}",
)
FULL = RUNS["apply-failed"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a run where a text can be, keys of maps included."""
    if isinstance(value, str):
        return [path]
    if is_dataclass(value) and not isinstance(value, type):
        return [found for each in fields(value) for found in places(getattr(value, each.name), (*path, each.name))]
    if isinstance(value, tuple | list):
        return [found for number, each in enumerate(value) for found in places(each, (*path, number))]
    if isinstance(value, dict):
        inner = [found for key, each in value.items() for found in places(each, (*path, key))]
        return [*inner, (*path, "a key of its own")]
    return []


def put(value: Any, path: tuple[Any, ...], secret: str) -> Any:
    """Return the run with a text added at one place."""
    if not path:
        return f"{value} {secret}"
    first, *rest = path
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{first: put(getattr(value, first), tuple(rest), secret)})
    if isinstance(value, tuple | list):
        return type(value)(
            put(each, tuple(rest), secret) if number == first else each for number, each in enumerate(value)
        )
    if first not in value:
        return {**value, secret: "x"}
    return {**value, first: put(value[first], tuple(rest), secret)}


WHOLE = hostile()
# What is ours and never holds text from elsewhere.
OURS = {
    "status",
    "kind",
    "status_before",
    "status_after",
    "verdict",
    "action",
    "outcome",
    "fix_owner",
    "command",
    "started",
}
PLACES = [place for place in places(WHOLE) if not OURS & set(map(str, place)) and place[0] != "requires"]


def rendered(shown: Run) -> dict[str, str]:
    return {name: render(shown) for name, render in FORMATS.items()} | {
        "summary": render_summary(json_free(shown)),
    }


def json_free(shown: Run) -> Run:
    from provision.reports.cleaning import without_secrets

    return without_secrets(shown)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shape=st.sampled_from(SHAPES), body=BODY, place=st.sampled_from(PLACES))
def test_no_secret_survives_in_any_format(shape: str, body: str, place: tuple[Any, ...]) -> None:
    shown = put(WHOLE, place, shape.format(body))
    for name, report in rendered(shown).items():
        assert body[5:35] not in report, f"{name} shows what was in {place}"


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from(["token", "accessToken", "client_secret", "private_key", "password", "Cookie"]), body=BODY)
def test_what_is_called_a_secret_is_one_whatever_it_looks_like(name: str, body: str) -> None:
    error = ErrorStatus(service="s", method="m", metadata={name: body})
    shown = run("check", checks=(Check(id="a.b", status="unknown", summary="", evidence={name: body}, error=error),))
    assert all(body not in report for report in rendered(shown).values())


def test_numbers_of_tokens_are_no_secrets() -> None:
    shown = run("check", checks=(replace(ANSWER, evidence={"completion_tokens": 91, "first_token_s": 0.25}),))
    evidence = json.loads(FORMATS["json"](shown))["checks"][0]["evidence"]
    assert evidence == {"completion_tokens": 91, "first_token_s": 0.25}


IDS = {
    "my-team-chat": "project",
    "123456789012": "number",
    "alice.smith+x@corp.example.com": "user",
    "ci-bot@my-team-chat.iam.gserviceaccount.com": "service-account",
    "000000-AAAAAA-111111": "billing-account",
    "987654321098": "organization",
    "another-project-7": "project",
    "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci/x": "principal",
}


def private() -> Run:
    words = ", ".join(IDS)
    return run(
        "check",
        settings=(
            Setting(name="project.id", value="my-team-chat", source="option --project"),
            Setting(name="project.parent", value="organizations/987654321098", source="provision.yaml:3"),
            Setting(name="billing.account", value="billingAccounts/000000-AAAAAA-111111", source="default"),
        ),
        checks=(
            Check(
                id="project.active",
                status="fail",
                summary=f"projects/another-project-7 and {words}",
                cause=f"Because of {words}.",
                fix="gcloud projects describe my-team-chat --account=alice.smith+x@corp.example.com",
                fix_owner="admin",
                request=f"Please: {words}",
                evidence={"key": "/home/alice/key.json", "projects/another-project-7": list(IDS)},
                error=ErrorStatus(
                    service="s", method="m", message=words, metadata={"consumer": "projects/123456789012"}
                ),
            ),
        ),
    )


def test_with_redact_no_id_and_no_person_is_left_in_any_format(subtests: pytest.Subtests) -> None:
    for form in FORMATS:
        with subtests.test(form=form):
            report = FORMATS[form](without_ids(private()))
            assert [name for name in (*IDS, "alice") if name in report] == []
            if form in {"json", "text", "html"}:
                assert all(f"{kind}-1" in report for kind in IDS.values() if kind != "principal")


def test_the_same_thing_keeps_the_same_placeholder() -> None:
    cleaned = without_ids(private())
    assert cleaned.project_id == "project-1"
    assert cleaned.settings[0].value == "project-1"
    assert "gcloud projects describe project-1" in cleaned.checks[0].fix
    assert cleaned.redacted
    assert without_ids(private()) == cleaned


def test_a_project_named_like_a_word_of_ours_changes_no_word_of_ours() -> None:
    shown = replace(
        RUNS["ready"], project_id="project", checks=(Check(id="project.active", status="pass", summary="x"),)
    )
    cleaned = without_ids(shown)
    assert (cleaned.checks[0].id, cleaned.project_id) == ("project.active", "project-1")


def test_what_names_no_one_stays() -> None:
    kept = "openai/gpt-oss-120b-maas at us-central1: aiplatform.endpoints.predict, roles/aiplatform.user, 2027-03-31"
    shown = run("check", checks=(Check(id="a.b", status="fail", summary=kept),))
    assert without_ids(shown).checks[0].summary == kept


CHOSEN: dict[str, Any] = {
    "project.display_name": "Acme Live",
    "project.labels": {"team": "acme-shop"},
    "identity.service_account": "acme-bot",
    "ci.repository": "acmecorp/acmeapp",
    "ci.pool": "acme-pool",
    "ci.issuer": "https://gitlab.acme.test",
    "ci.jwks": "keys/acme",
    "auth.quota_project": "acmequota",
    "model.endpoint": "acme-endpoint",
    "waivers": ({"check": "quota.limits", "owner": "Alice Smith", "reason": "Acme needs it", "expires": "2027-01-01"},),
}
TOLD = (
    "File /srv/acme-corp/acme-shop-prod-1a2b3c.json was not found",
    r"C:\Users\alice\acme.json",
    "GOOGLE_CLOUD_PROJECT is acmeother, and my-team-chat is checked",
    "gcloud's calls are charged to acmebilling, the libraries' to acmequotas",
    "https://4242424242424.us-central1-123456789012.prediction.vertexai.goog",
    "It is project 123456789013.",
)


def test_with_redact_nothing_that_someone_named_is_left(subtests: pytest.Subtests) -> None:
    for form in FORMATS:
        with subtests.test(form=form):
            names = [each for value in CHOSEN.values() for each in ([value] if isinstance(value, str) else [])]
            shown = run(
                "check",
                settings=tuple(
                    Setting(name=name, value=value, source="provision.yaml:1") for name, value in CHOSEN.items()
                ),
                checks=(
                    Check(
                        id="network.connectivity",
                        status="fail",
                        summary=f"through proxy.acme.test:3128, signed by Acme Root CA: {'; '.join(names)}",
                        cause="; ".join(TOLD),
                        evidence={
                            "proxy": "proxy.acme.test:3128",
                            "issuers": "Acme Root CA",
                            "configuration": "acme-gcloud",
                        },
                        waiver=Waiver(
                            check="quota.limits", owner="Alice Smith", reason="Acme needs it", expires="2027-01-01"
                        ),
                    ),
                ),
            )
            report = FORMATS[form](without_ids(shown)).lower()
            found = [
                word for word in ("acme", "alice", "4242424242424", "123456789012", "123456789013") if word in report
            ]
            assert found == [], report


def test_a_default_and_a_short_word_are_no_one_s_name() -> None:
    shown = run(
        "check",
        settings=(
            Setting(name="ci.pool", value="provision-ci", source="default"),
            Setting(name="ci.pool_provider", value="github", source="provision.yaml:1"),
            Setting(name="project.labels", value={"team": "chat"}, source="provision.yaml:2"),
        ),
        checks=(
            Check(id="a.b", status="fail", summary="provision-ci at https://github.com asks the chat, 0.123456789"),
        ),
    )
    assert without_ids(shown).checks == shown.checks


def test_no_text_commands_the_terminal_that_shows_the_report(subtests: pytest.Subtests) -> None:
    for form in FORMATS:
        with subtests.test(form=form):
            shown = run(
                "check",
                checks=(Check(id="a.b", status="fail", summary="x\x1b[2J\x9b\x07\u202e\ud800y", fix="\r\x1bc"),),
            )
            report = FORMATS[form](shown)
            assert not set("\x1b\x9b\x07\u202e\ud800\r") & set(report)
            report.encode()


MARK = "Zyx"
NAMED: dict[str, Any] = {
    "display_name": f"{MARK} Live: all of us",
    "labels": {f"{MARK.lower()}-key": f"{MARK.lower()}-value"},
    "endpoints": [
        {
            "name": f"projects/1/locations/us-central1/endpoints/{MARK.lower()}-endpoint",
            "display_name": f"{MARK} endpoint",
            "deployed_models": [f"{MARK} model", f"{MARK.lower()}/tuned"],
            "traffic": {f"{MARK.lower()}-deployed": 100},
            "dedicated_dns": f"{MARK.lower()}-dns.us-central1-1.prediction.vertexai.goog",
            "base_url": f"https://{MARK.lower()}-dns.us-central1-1.prediction.vertexai.goog/v1",
        }
    ],
    "condition": f"assertion.repository == '{MARK.lower()}-org/old' && assertion.ref in ['refs/heads/{MARK.lower()}']",
    "others": f"{MARK.lower()}-other, {MARK.lower()}-more",
    "difference": f"its issuer is https://git.{MARK.lower()}.test, not https://token.actions.githubusercontent.com",
    "claims": {
        "iss": f"https://git.{MARK.lower()}.test",
        "repository": f"{MARK.lower()}-corp/app",
        "actor": f"{MARK}Ann",
    },
    "a key of tomorrow": f"{MARK} will be",
}


# As the steps declare them; of a key of tomorrow nothing is declared.
DECLARED: dict[str, Any] = {
    **project.ACTIVE.evidence,
    **model.OFFERED.evidence,
    **ci.POOL.evidence,
    **ci.PROVIDER.evidence,
    **tokens.TOKEN.evidence,
    **endpoints.LISTED.evidence,
}


def every_text(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [
            text for key, each in value.items() for text in (*([key] if MARK.lower() in key else []), *every_text(each))
        ]
    if isinstance(value, list):
        return [text for each in value for text in every_text(each)]
    return [value] if isinstance(value, str) else []


def test_with_redact_no_name_that_google_told_is_left(subtests: pytest.Subtests) -> None:
    for form in FORMATS:
        for key, told_value in NAMED.items():
            with subtests.test(form=form, key=key):
                message = [text.rpartition("/endpoints/")[2] for text in every_text(told_value)]
                shown = run(
                    "check",
                    checks=(
                        Check(
                            id="a.b",
                            status="warn",
                            summary="; ".join(message),
                            fix=f"`gcloud {message[0]}`",
                            evidence={key: told_value},
                            privacy=DECLARED,
                        ),
                    ),
                    changes=(
                        Change(
                            step="ci", action="update", resource="x", before={key: told_value}, why="; ".join(message)
                        ),
                    ),
                )
                report = FORMATS[form](without_ids(shown)).lower()
                assert MARK.lower() not in report, report


def test_what_a_changed_provider_let_in_and_the_host_of_an_issuer_are_names_too(subtests: pytest.Subtests) -> None:
    for form in FORMATS:
        with subtests.test(form=form):
            before: Any = {
                "attributeCondition": "assertion.repository == 'zyx-secret/legacy'",
                "oidc": {"issuerUri": "https://git.zyxold.test", "jwksJson": '{"keys": [{"kid": "zyx-1"}]}'},
            }
            shown = run(
                "plan",
                settings=(
                    Setting(name="ci.issuer", value="https://gitlab.zyx.test/", source="provision.yaml:1"),
                    Setting(name="project.labels", value={"zyx-team": "one"}, source="provision.yaml:2"),
                ),
                checks=(
                    Check(id="ci.token", status="fail", summary="gitlab.zyx.test or zyx-secret, labelled zyx-team"),
                ),
                changes=(
                    Change(step="ci", action="update", resource="x", before=before, after={}, why="git.zyxold.test"),
                ),
            )
            assert "zyx" not in FORMATS[form](without_ids(shown)).lower()


def test_what_everyone_has_stays_and_so_do_our_own_keys() -> None:
    message: Any = {
        "locations": ["us-central1"],
        "model": "openai/gpt-oss-120b-maas",
        "endpoints": [
            {"name": "projects/1/locations/l/endpoints/7", "display_name": "location", "location": "us-central1"}
        ],
    }
    declared: Any = DECLARED | {"model": "public"}
    summary = "us-central1 asks openai/gpt-oss-120b-maas; see https://cloud.google.com/iam/docs"
    cleaned = without_ids(
        run("check", checks=(Check(id="a.b", status="pass", summary=summary, evidence=message, privacy=declared),))
    ).checks[0]
    assert cleaned.summary == summary
    assert set(cleaned.evidence["endpoints"][0]) == {"name", "display_name", "location"}  # type: ignore[index,arg-type] # evidence is of any shape
    assert cleaned.evidence["locations"] == ["us-central1"]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_declared_a_secret_is_never_shown(form: str) -> None:
    key = CheckSpec(id="a.b", passes_when="It is.", evidence={"key": "secret", "stated": "public"})
    report = FORMATS[form](run("check", checks=(key.passed("fine", key="s3same", stated="open"),)))
    assert "s3same" not in report


def test_an_id_that_its_spelling_does_not_show_is_hidden_where_it_is_named() -> None:
    check = CheckSpec(id="a.b", passes_when="It is.", evidence={"endpoint": "id"}).passed(
        "my-endpoint", endpoint="my-endpoint"
    )
    assert without_ids(run("check", checks=(check,))).checks[0].summary == "endpoint-1"
