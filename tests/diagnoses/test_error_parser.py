from __future__ import annotations

import json
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.diagnoses import PLACEHOLDERS, ROWS, diagnose, facts_of
from provision.diagnoses.error_parser import read
from provision.errors import ErrorStatus
from provision.explain import explain_row, explain_text, rows_for
from tests.diagnoses.catalog import CASES
from tests.diagnoses.test_surfaces import curl, gcloud, terraform

TOKENS = (
    "ya29.a0AfB_byC-secret_secret_secret",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJzZWNyZXQifQ.c2VjcmV0",
    "AIzaSyA-secretsecretsecretsecretsecret1",
    "-----BEGIN PRIVATE KEY-----\nsecretsecret\n-----END PRIVATE KEY-----",
)
SAMPLES = [curl(case) for case in CASES if case.kind == "server"][::7]


def keys(text: str) -> list[str]:
    return [each.key for each in explain_text(text)[1]]


@pytest.mark.parametrize(
    "text",
    [
        "An error occurred (AccessDeniedException) when calling the InvokeModel operation: User: arn:aws:iam::1:user/x "
        "is not authorized to perform: bedrock:InvokeModel; permission denied",
        '{"error": {"code": "AuthorizationFailed", "message": "The client does not have authorization", "host": '
        '"management.azure.com"}}',
        '{"error":"invalid_grant","error_description":"AADSTS70008: The provided authorization code has expired."}',
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please check "
        "your plan and billing details. https://platform.openai.com/account', 'type': 'insufficient_quota'}}",
        "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided. You can find "
        "your key at https://platform.openai.com/account/api-keys.', 'code': 'invalid_api_key'}}",
        "bash: permission denied: ./deploy.sh",
        "npm ERR! 404 Not Found",
        "the weather is fine today",
        "ImportError: No module named requests",
    ],
)
def test_what_is_not_google_s_is_not_guessed_at(text: str) -> None:
    assert keys(text) == []


def test_another_cloud_is_named() -> None:
    assert read("botocore.exceptions.ClientError: arn:aws:iam::1:user/x").foreign == "Amazon Web Services"


def test_of_several_errors_the_root_cause_comes_first() -> None:
    by_row = {case.row: case for case in CASES}
    text = "\n\n".join(terraform(by_row[row]) for row in ("72", "93", "42", "24"))
    assert keys(text)[:3] == ["CONSUMER_INVALID", "UREQ_PROJECT_BILLING_NOT_OPEN", "PREDICT_DENIED"]
    assert keys("\n\n".join(gcloud(by_row[row]) for row in ("21", "9")))[0] == "TOKEN_REVOKED"


def test_a_quota_error_is_never_a_matter_of_login() -> None:
    for case in CASES:
        if case.status == "RESOURCE_EXHAUSTED" or case.oauth.get("error") == "quota_exceeded":
            row = diagnose(
                ErrorStatus(
                    service=case.service, method="M", code=429, status="RESOURCE_EXHAUSTED", message=case.message
                )
            )
            assert row is not None
            assert row.fix_owner != "you" or row.key in {
                "SHARED_PROJECT_THROTTLED",
                "PROVISIONED_THROUGHPUT",
                "GEMINI_DEVELOPER_API",
            }
            assert "login" not in row.fix


def test_ids_of_the_paste_are_in_the_fix() -> None:
    (finding,) = explain_text(
        "ERROR: (gcloud.billing.projects.link) [ann@example.com] does not have permission to access projects instance "
        "[my-team-chat] (or it may not exist): The caller does not have permission. This command is authenticated as "
        'ann@example.com which is the active account. missing permission on "billingAccounts/012345-6789AB-CDEF01": '
        "billing.resourceAssociations.create"
    )[1]
    assert finding.key == "BILLING_PERMISSION"
    assert "012345-6789AB-CDEF01 --member=user:ann@example.com --role=roles/billing.user" in finding.request
    assert "my-team-chat" in finding.request
    assert finding.placeholders == {}


def test_the_project_of_the_command_is_in_the_fix() -> None:
    (finding,) = explain_text(
        "$ gcloud ai endpoints list --project=my-team-chat --region=us-central1\n"
        "ERROR: (gcloud.ai.endpoints.list) PERMISSION_DENIED: Permission 'aiplatform.endpoints.list' denied on "
        "resource '//aiplatform.googleapis.com/projects/my-team-chat/locations/us-central1' (or it may not exist)."
    )[1]
    assert "add-iam-policy-binding my-team-chat --member=MEMBER" in finding.request
    assert set(finding.placeholders) == {"MEMBER"}


def test_an_error_in_the_middle_of_a_long_log_is_found() -> None:
    noise = [f"[INFO] step {number}: compiled in {number % 97} ms, error count 0" for number in range(20_000)]
    error = (
        "Error: Error enabling service: googleapi: Error 403: Permission denied to enable service"
        ' [aiplatform.googleapis.com]\nDetails:\n[{"@type": "type.googleapis.com/google.rpc.ErrorInfo",'
        ' "domain": "googleapis.com",\n"reason": "AUTH_PERMISSION_DENIED"}]'
    )
    log = "\n".join([*noise[:10_000], error, *noise[10_000:]])
    assert [each.key for each in explain_text(log)[1]] == ["AUTH_PERMISSION_DENIED"]


def test_an_api_that_is_off_in_the_caller_s_project_is_told_from_one_in_the_project_looked_at() -> None:
    url = "GET https://aiplatform.googleapis.com/v1/projects/my-team-chat/locations/global/endpoints\n"
    message = "Agent Platform API has not been used in project {} before or it is disabled. Enable it by visiting"
    assert keys(url + message.format("my-team-chat")) == ["SERVICE_DISABLED"]
    assert keys(url + message.format("host-project")) == ["CALLERS_SERVICE_DISABLED"]


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("HTTP/2 403 \n\n", "EDGE_ERROR"),
        ("HTTP/1.1 407 Proxy Authentication Required\nProxy-Authenticate: Basic\n\n", "PROXY_AUTHENTICATION"),
        ("HTTP/1.1 403 Forbidden\nServer: squid/5.7\n\n<html><title>ERROR: Access denied</title></html>", "PROXY_PAGE"),
        ("HTTP/1.1 503 Service Unavailable\n\n<html><body>Zscaler: blocked</body></html>", "PROXY_PAGE"),
        (
            "HTTP/1.1 502 Bad Gateway\n\n<html><title>502 Server Error</title><h1>Error: Server Error</h1></html>",
            "HTML_PAGE",
        ),
        ("HTTP/1.1 500 Internal Server Error\ncontent-length: 0\n\n", "EMPTY_BODY"),
    ],
)
def test_answers_that_are_no_api_s_are_distinguished(answer: str, key: str) -> None:
    assert keys(f"$ curl -i https://aiplatform.googleapis.com/v1/x\n{answer}")[:1] == [key]


PIECES = st.sampled_from(
    [
        *SAMPLES,
        '{"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [',
        '\\"error\\": \\"invalid_grant\\"',
        "HTTP/2 403 \n\n<html>",
        "reason: SERVICE_DISABLED\ndomain: googleapis.com\nmetadata:\n  consumer: ",
        "[[[[{{{{((((",
        '[{"a": ',
        "googleapi: Error 403: ",
        "\x1b[31m│ Error: ",
        "StatusCode.UNAVAILABLE",
    ]
)


@given(st.lists(PIECES | st.text(max_size=60), max_size=8))
def test_whatever_is_parsed_nothing_breaks_and_no_placeholder_stays(pieces: list[str]) -> None:
    _, findings = explain_text("\n".join(pieces))
    for finding in findings:
        for message in (finding.cause, finding.fix, finding.request):
            assert not re.search(r"\{[a-z_]+\}", re.sub(r"\{[^{}]*[\"':][^{}]*\}", "", message)) or "{" in "".join(
                pieces
            )


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["error", "details", "code", "status", "@type", "message", "reason", "metadata"]), inner
            )
        ),
    )
)
def test_whatever_json_is_parsed_is_read(value: object) -> None:
    explain_text(f"google {json.dumps(value)}")


@given(st.sampled_from(SAMPLES), st.sampled_from(TOKENS), st.integers(min_value=0), st.booleans())
def test_no_token_leaves_a_paste(sample: str, token: str, where: int, escaped: bool) -> None:
    place = where % len(sample)
    text = f"{sample[:place]} Authorization: Bearer {token} {sample[place:]}"
    reading, findings = explain_text(json.dumps(text) if escaped else text)
    message = repr((reading, findings))
    assert "secret" not in message
    assert "c2VjcmV0" not in message


def test_a_row_without_any_facts_reads_as_a_sentence(subtests: pytest.Subtests) -> None:
    for row in ROWS:
        with subtests.test(row=row.key):
            finding = explain_row(row, {})
            for message in (finding.cause, finding.fix, finding.request):
                left = {name for _, name, _, _ in string.Formatter().parse(message.replace("{id-token", "")) if name}
                assert not left
            for placeholder in PLACEHOLDERS.values():
                if (
                    placeholder.placeholder.isupper()
                    and placeholder.where
                    and re.search(rf"\b{placeholder.placeholder}\b", finding.fix)
                ):
                    assert placeholder.placeholder in finding.placeholders
            assert finding.cause[:1].isupper() or finding.cause.startswith("gcloud ")
            assert (finding.fix_owner == "admin") == bool(finding.request)


def test_a_request_names_who_what_where_why_and_how(subtests: pytest.Subtests) -> None:
    for row in [row for row in ROWS if row.request]:
        with subtests.test(row=row.key):
            known = {"principal": "ann@example.com", "member": "user:ann@example.com", "project_id": "my-team-chat"}
            request = explain_row(row, known).request
            titles = [line.partition(":")[0] for line in request.splitlines()]
            assert titles == ["Please", "On", "For", "Reason", "Command"]
            assert "ann@example.com" in request
            command = request.splitlines()[4]
            assert re.search(r"Command: (for role in |printf .* \| gcloud |gcloud |https://)", command)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("SERVICE_DISABLED", "SERVICE_DISABLED"),
        ("service_disabled", "SERVICE_DISABLED"),
        ("GCP_SUSPENDED", "CONSUMER_SUSPENDED"),
        ("invalid_grant", "INVALID_GRANT"),
        ("PERMISSION_DENIED", "PERMISSION_DENIED"),
        ("429", "RESOURCE_EXHAUSTED"),
        ("billing.enabled", "BILLING_NOT_LINKED"),
    ],
)
def test_a_word_leads_to_its_row(word: str, key: str) -> None:
    assert rows_for(word)[0].key == key


def test_an_unknown_word_leads_nowhere() -> None:
    assert rows_for("NO_SUCH_THING") == ()


def test_google_s_words_fill_placeholders_that_its_details_leave() -> None:
    message = facts_of(
        ErrorStatus(
            service="aiplatform.googleapis.com",
            method="M",
            message="Quota exceeded for quota metric 'R' and limit 'Read requests per minute' of service "
            "'iam.googleapis.com' for consumer 'project_number:42'.",
        )
    )
    assert (message["service"], message["consumer"], message["quota_limit"]) == (
        "iam.googleapis.com",
        "42",
        "Read requests per minute",
    )
