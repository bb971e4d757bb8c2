"""Conditions: what is known is evaluated as CEL does it, what is not does not grant and is said."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from gcp_emulator.iam import conditions

NOON = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC).timestamp()  # a Saturday
CONTEXT = conditions.Context(NOON, "projects/my-team/locations/global/endpoints/1")


@pytest.mark.parametrize(
    "expression",
    [
        "request.time < timestamp('2026-11-21T12:30:16Z')",
        'request.time >= timestamp("2026-11-21T13:30:15+01:00")',
        "request.time > timestamp('2026-01-01T00:00:00Z') && request.time < timestamp('2027-01-01T00:00:00Z')",
        "request.time.getHours() == 12 && request.time.getHours('Europe/Berlin') == 13",
        "request.time.getHours('-08:00') == 4",
        "request.time.getDayOfWeek() == 6 && request.time.getMonth() == 10 && request.time.getDate() == 21",
        "request.time.getDayOfMonth() == 20 && request.time.getFullYear() == 2026",
        "request.time.getMinutes() == 30 && request.time.getSeconds() == 15 && request.time.getDayOfYear() == 324",
        "resource.name == 'projects/my-team/locations/global/endpoints/1'",
        "resource.name.startsWith('projects/my-team/') && !resource.name.endsWith('/2')",
        'resource.name.contains("endpoints") && resource.name.matches(r"endpoints/\\d+$")',
        "(true || false) && !(!true)",
        "true",
        "resource.type == 'x' || true",
        "!(resource.type == 'x' && false)",
        "duration('90s') == duration('1.5m')",
        "3 > 2",
        "request.time + duration('1h') > timestamp('2026-11-21T13:00:00Z')",
        "resource.name.extract('locations/{location}/') in ['global', 'us-central1']",
        "(resource.name != '' ? 1 : 2) == 1",
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/viewer'])",
        "(" * 60 + "true" + ")" * 60,
    ],
)
def test_what_is_true_grants(expression: str) -> None:
    assert conditions.holds(expression, CONTEXT)


@pytest.mark.parametrize(
    "expression",
    [
        "request.time < timestamp('2026-11-21T12:30:15Z')",
        "resource.name.startsWith('projects/other/')",
        "!true",
        "false || false",
        "request.time.getHours('Asia/Tokyo') < 20",
    ],
)
def test_what_is_false_does_not(expression: str) -> None:
    assert not conditions.holds(expression, CONTEXT)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "resource.type == 'aiplatform.googleapis.com/Endpoint'",
        "true || ",
        "request.auth.claims.x == 'y'",
        "resource.service == 'aiplatform.googleapis.com' && true",
        "timestamp('soon') < request.time",
        "timestamp('2026-01-01T00:00:00') < request.time",
        "duration('long') == duration('1s')",
        "'a' < 3",
        "'a'",
        "!'a'",
        "resource.name.size() == 3",
        "resource.name.startsWith(3)",
        "resource.name.startsWith('a', 'b')",
        "resource.name.matches('(')",
        "request.time.getHours('Nowhere/AtAll') == 3",
        "request.time.getHours('-99:00') == 3",
        "resource.name.getHours() == 3",
        "(true",
        "true false",
        "§",
        "(" * 10_000 + "true" + ")" * 10_000,
        "1 / 0 == 1",
        "resource.name.extract('{a}{b}') == ''",
        "api.getAttribute('credentials.type', []).hasOnly(['x'])",
    ],
)
def test_what_cannot_be_evaluated_does_not_grant_and_is_said(expression: str, caplog: pytest.LogCaptureFixture) -> None:
    conditions._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        assert not conditions.holds(expression, CONTEXT)
        assert not conditions.holds(expression, CONTEXT)
    assert len(caplog.records) == (0 if expression == "'a'" else 1)
    assert all("does not grant" in record.getMessage() for record in caplog.records)
