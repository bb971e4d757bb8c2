"""Plans as data: one JSON file per situation, in a folder per step; `observed` and `config` in, `changes` out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provision.config import load
from provision.errors import ErrorStatus
from provision.google.cloud_billing import BillingInfo
from provision.google.iam_admin import Pool, Provider, ServiceAccount
from provision.google.resource_manager import Project
from provision.service_accounts import Account
from provision.steps import STEPS, billing, changing, ci, identity, name_of, project, services

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.json"))


def error(given: dict[str, Any]) -> ErrorStatus:
    defaults: dict[str, Any] = {"service": "s", "method": "m", "code": 403, "status": "PERMISSION_DENIED"}
    return ErrorStatus(**(defaults | given))


def or_error(given: Any, make: Callable[..., Any]) -> Any:
    return error(given["error"]) if isinstance(given, dict) and "error" in given else make(given)


def account(seen: dict[str, Any]) -> Account:
    return Account(
        found=or_error(seen["found"], lambda row: ServiceAccount(**row)) if seen["found"] else None,
        missing=or_error(seen["missing"], tuple),
    )


OBSERVED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "project": lambda seen: project.Observed(project=or_error(seen["project"], lambda row: Project(**row))),
    "billing": lambda seen: billing.Observed(
        info=or_error(seen["info"], lambda row: BillingInfo(**row)),
        account_open=or_error(seen.get("account_open"), bool) if seen.get("account_open") is not None else None,
    ),
    "ci": lambda seen: ci.Observed(
        account=account(seen["account"]) if seen["account"] else None,
        pool=or_error(seen["pool"], lambda row: Pool(**row)) if seen["pool"] else None,
        providers=or_error(seen["providers"], lambda rows: tuple(Provider(**row) for row in rows)),
        trusted=or_error(seen["trusted"], tuple),
    ),
    "identity": lambda seen: identity.Observed(account=account(seen) if seen else None),
    "services": lambda seen: services.Observed(
        states=or_error(seen["states"], dict), usable=or_error(seen["usable"], bool) if "usable" in seen else None
    ),
}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}: {path.stem}")
def test_the_plan_is_as_written(path: Path) -> None:
    case = json.loads(path.read_text())
    step = changing(next(each for each in STEPS if name_of(each) == path.parent.name))
    assert step is not None
    config = load(options={"project.id": "my-team-chat"} | case["config"])
    planned = list(step.plan(config, OBSERVED[path.parent.name](case["observed"])))
    assert [str(change) for change in planned] == case["changes"]
    for change, details in zip(planned, case.get("details", []), strict=False):
        assert {name: getattr(change, name) for name in details} == details
    assert all(change.why for change in planned)


@pytest.mark.parametrize("name", [name_of(step) for step in STEPS if changing(step)])
def test_every_step_that_changes_something_has_a_case_with_nothing_to_do(name: str) -> None:
    own = [json.loads(path.read_text()) for path in CASES if path.parent.name == name]
    assert any(not case["changes"] for case in own)
    assert any(case["changes"] for case in own)
