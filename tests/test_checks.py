"""What a check declares is all that a finding of it may hold, and everything else reads it from there."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import provision
from provision import diagnoses, steps
from provision.checks import CheckSpec, Explanation, permissions_of
from provision.commands import run_checks
from provision.errors import ErrorStatus
from provision.plan import RequiredPermission

NEED = RequiredPermission(permission="a.b.get")
SPEC = CheckSpec(
    id="a.b",
    passes_when="It is.",
    weight="required when it fails",
    evidence={"account": "id"},
    diagnoses=("BILLING_NOT_LINKED",),
    permissions=(NEED,),
)
ERROR = ErrorStatus(service="s", method="m", code=403)
BUILDERS = {"passed", "warned", "failed", "unknown", "skipped"}


def test_a_finding_carries_what_was_declared() -> None:
    found = SPEC.failed("no", "BILLING_NOT_LINKED", account="x")
    assert (found.id, found.status, found.required, found.diagnosis) == ("a.b", "fail", True, "BILLING_NOT_LINKED")
    assert (found.evidence, found.privacy) == ({"account": "x"}, {"account": "id"})


@pytest.mark.parametrize(
    ("weight", "fails", "warns"),
    [("required", True, True), ("required when it fails", True, False), ("advisory", False, False)],
)
def test_the_weight_says_which_findings_are_required(weight: str, fails: bool, warns: bool) -> None:
    check = CheckSpec(id="a.b", passes_when="It is.", weight=weight)  # type: ignore[arg-type] # a parameter is any text
    assert (check.failed("no", ERROR).required, check.warned("hm", None).required) == (fails, warns)
    assert check.asked_for(by_name=True).warned("hm", None).required
    assert not check.asked_for(by_name=False).failed("no", ERROR).required


def test_a_finding_is_explained_by_a_diagnosis_a_error_or_by_itself() -> None:
    own = Explanation(cause="why", fix="how", owner="admin")
    assert SPEC.failed("no", ERROR).error == ERROR
    assert (SPEC.failed("no", own).cause, SPEC.failed("no", own).fix, SPEC.failed("no", own).fix_owner) == (
        "why",
        "how",
        "admin",
    )
    both = SPEC.failed("no", "BILLING_NOT_LINKED", error=ERROR)
    assert (both.diagnosis, both.error) == ("BILLING_NOT_LINKED", ERROR)
    narrowed = SPEC.unknown("?", ERROR, diagnosis="BILLING_NOT_LINKED")
    assert (narrowed.status, narrowed.diagnosis, narrowed.error) == ("unknown", "BILLING_NOT_LINKED", ERROR)
    assert (SPEC.skipped("-").status, SPEC.unknown("?", None).error) == ("skipped", None)


@pytest.mark.parametrize("diagnosis", ["", "BILLING_DISABLED"])
def test_a_diagnosis_that_the_page_would_not_list_is_refused(diagnosis: str) -> None:
    with pytest.raises(ValueError, match=r"a\.b declares no diagnosis"):
        SPEC.failed("no", diagnosis)


def test_evidence_of_unknown_privacy_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a\.b declares no evidence email"):
        SPEC.passed("yes", email="alice@example.com")


def test_permissions_of_several_checks_are_named_once() -> None:
    assert permissions_of([SPEC, SPEC]) == (NEED,)


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(provision.__path__, "provision."):
        if not found.name.endswith("__main__") and not found.name.startswith("provision.cli"):
            yield importlib.import_module(found.name)


def test_every_check_that_a_step_declares_is_listed() -> None:
    listed = {check.id for step in steps.STEPS for check in step.CHECKS}
    assert all(check.id.startswith(f"{steps.name_of(step)}.") for step in steps.STEPS for check in step.CHECKS)
    declared = {
        value.id
        for step in steps.STEPS
        for value in vars(importlib.import_module(step.__name__)).values()
        if isinstance(value, CheckSpec)
    }
    assert declared <= listed


def test_every_declared_diagnosis_is_a_row() -> None:
    known = {row.key for row in diagnoses.ROWS}
    checks = (*run_checks.CHECKS, *(check for step in steps.STEPS for check in step.CHECKS))
    assert {key for check in checks for key in check.diagnoses} <= known


def test_findings_are_built_by_their_declaration_only() -> None:
    """By hand a finding could forget what it gives away, or what it means."""
    made_by_hand = {
        module.__name__
        for module in modules()
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Check"
    }
    # The builder itself, and what a step is said to be that was left out: no check was evaluated.
    assert made_by_hand == {CheckSpec.__module__, "provision.commands.check"}


def test_what_findings_name_by_hand_is_declared() -> None:
    """Where a finding is built with plain names, its declaration holds them: also on paths that no test takes."""
    seen = 0
    for module in modules():
        specs = {name: value for name, value in vars(module).items() if isinstance(value, CheckSpec)}
        for node in ast.walk(ast.parse(inspect.getsource(module))) if specs else ():
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BUILDERS):
                continue
            spec = specs.get(node.func.value.id) if isinstance(node.func.value, ast.Name) else None
            if spec is None:
                continue
            seen += 1
            named = {each.arg for each in node.keywords if each.arg} - {"error", "diagnosis"}
            assert named <= set(spec.evidence) or "*" in spec.evidence, (spec.id, named)
            keys = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "diagnosis")]
            for key in keys:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    assert key.value in spec.diagnoses, (spec.id, key.value)
    assert seen > 100
