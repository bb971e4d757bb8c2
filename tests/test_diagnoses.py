from __future__ import annotations

import json
import re
import string
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from provision import catalog
from provision.diagnoses import PLACEHOLDERS, ROWS, by_key, diagnose, facts_of, fill
from provision.errors import ErrorStatus

REAL = {"gcloud", "provision", "sudo", "unset", "chmod"}


def error(**more: Any) -> ErrorStatus:
    given: dict[str, Any] = {
        "service": "aiplatform.googleapis.com",
        "method": "ChatCompletions",
        "code": 403,
        "status": "PERMISSION_DENIED",
    }
    return ErrorStatus(**(given | more))


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (error(reason="SERVICE_DISABLED", metadata={"consumer": "projects/123"}), "SERVICE_DISABLED"),
        (error(reason="SERVICE_DISABLED", metadata={"consumer": "projects/764086051850"}), "QUOTA_PROJECT_MISSING"),
        (error(reason="BILLING_DISABLED"), "BILLING_DISABLED"),
        (
            error(reason="IAM_PERMISSION_DENIED", metadata={"permission": "aiplatform.endpoints.predict"}),
            "PREDICT_DENIED",
        ),
        (error(reason="IAM_PERMISSION_DENIED", metadata={"permission": "x.y"}), "IAM_PERMISSION_DENIED"),
        (
            error(message="Agent Platform API has not been used in project 1 before or it is disabled."),
            "SERVICE_DISABLED",
        ),
        (
            error(code=404, status="NOT_FOUND", message="Publisher Model `x` was not found or"),
            "PUBLISHER_MODEL_NOT_FOUND",
        ),
        (
            error(code=429, status="RESOURCE_EXHAUSTED", message="Resource exhausted, please try again later."),
            "SHARED_CAPACITY",
        ),
        (error(code=429, status="RESOURCE_EXHAUSTED", reason="RATE_LIMIT_EXCEEDED"), "RATE_LIMIT_EXCEEDED"),
        (
            error(
                code=429,
                status="RESOURCE_EXHAUSTED",
                message="Quota exceeded for aiplatform.googleapis.com/x with base model: m.",
            ),
            "MODEL_QUOTA",
        ),
        (error(code=401, status="UNAUTHENTICATED"), "UNAUTHENTICATED"),
        (error(code=401, status="UNAUTHENTICATED", reason="ACCESS_TOKEN_EXPIRED"), "ACCESS_TOKEN_EXPIRED"),
        (error(service="cloudresourcemanager.googleapis.com", code=409, status="ALREADY_EXISTS"), "PROJECT_ID_TAKEN"),
        (error(code=200, status="FAILED_PRECONDITION", violations=(("TOS", "cloud", ""),)), "TOS"),
        (
            error(code=400, status="FAILED_PRECONDITION", reason="UREQ_PROJECT_BILLING_NOT_OPEN"),
            "UREQ_PROJECT_BILLING_NOT_OPEN",
        ),
        (error(code=0, status="TIMEOUT"), "TIMEOUT"),
        (error(code=0, status="UNREACHABLE", reason="TLS"), "TLS"),
        (
            error(code=0, status="UNREACHABLE", reason="TLS", message="CA cert does not include key usage extension"),
            "TLS_STRICT",
        ),
        (
            error(code=400, status="CREDENTIALS", reason="invalid_grant", message="Invalid JWT Signature."),
            "INVALID_JWT_SIGNATURE",
        ),
        (
            error(
                code=400,
                status="CREDENTIALS",
                reason="invalid_grant",
                message="Invalid JWT: iat (issued at) is not set.",
            ),
            "CLOCK_SKEW",
        ),
        (
            error(
                code=400, status="CREDENTIALS", reason="invalid_grant", message="reauth related error (invalid_rapt)"
            ),
            "INVALID_RAPT",
        ),
    ],
)
def test_a_error_is_explained_by_its_row(given: ErrorStatus, key: str) -> None:
    row = diagnose(given)
    assert row is not None
    assert row.key == key


def test_a_error_that_no_one_foresaw_is_not_guessed_at() -> None:
    assert diagnose(error(code=418, status="UNKNOWN", message="I'm a teapot")) is None


def test_keys_are_unique() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)


def test_every_row_is_complete(subtests: pytest.Subtests) -> None:
    for row in ROWS:
        with subtests.test(row=row.key):
            found = by_key(row.key)
            assert found.cause.strip()
            assert found.fix.strip()
            assert found.fix_owner in {"you", "admin", "google"}
            assert found.source.startswith("https://")
            assert found.triggered_by
            texts = [found.cause, found.fix]
            if found.request:
                texts += [found.request.ask, found.request.resource, found.request.reason, found.request.command]
            placeholders = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
            assert placeholders <= set(PLACEHOLDERS), (
                f"nothing stands in for {placeholders - set(PLACEHOLDERS)} where it is not known"
            )


def test_fixes_name_commands_that_exist() -> None:
    for row in ROWS:
        for command in re.findall(
            r"(?:^|`)([a-z]+) (?:auth|projects|services|billing|iam|apply|models|endpoints)\b", row.fix
        ):
            assert command in REAL, f"{row.key}: {command}"


def test_what_is_not_known_stands_in_capitals() -> None:
    assert fill("--project={project_id} {nothing}", {"project_id": "p", "nothing": ""}) == "--project=p NOTHING"


def test_a_consumer_is_named_as_commands_take_it() -> None:
    assert facts_of(error(metadata={"consumer": "projects/123"}))["consumer"] == "123"


@pytest.mark.parametrize(
    ("message", "service"),
    [
        ("Cloud Billing API has not been used in project 12 before or it is disabled", "cloudbilling.googleapis.com"),
        (
            "ERROR: (gcloud.ai) PERMISSION_DENIED: Vertex AI API has not been used in project my-p before",
            "aiplatform.googleapis.com",
        ),
        ("Dance API has not been used in project 12 before or it is disabled", ""),
        (
            "Cloud Billing API has not been used in project 12 before or it is disabled. Enable it by visiting "
            "https://console.developers.google.com/apis/api/other.googleapis.com/overview?project=12 then retry.",
            "other.googleapis.com",
        ),
    ],
)
def test_a_service_is_known_by_its_title_where_the_text_was_cut_off(message: str, service: str) -> None:
    assert facts_of(ErrorStatus(service="", method="", message=message)).get("service", "") == service


@pytest.mark.parametrize("name", ["cloudbilling", "cloudresourcemanager", "iam", "iamcredentials", "serviceusage"])
def test_the_titles_are_those_of_google_s_own_descriptions(name: str) -> None:
    package = find_spec("googleapiclient")
    assert package is not None
    assert package.origin is not None
    documents = (Path(package.origin).parent / "discovery_cache" / "documents").glob(f"{name}.v*.json")
    titles = {json.loads(path.read_text("utf-8"))["title"] for path in documents}
    assert titles == {title for title, service in catalog.services().items() if service == f"{name}.googleapis.com"}
