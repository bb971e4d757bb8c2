"""steps.md, checks.md, and a page for each check."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from generating.markdown import WHO, code, page, prose, table
from provision import diagnoses, steps

if TYPE_CHECKING:
    from collections.abc import Iterator


# Made by the run, not by a step, so they stand in no step's CHECKS.
OF_THE_RUN: Final = (
    ("STEP.observed", "Only when a step could not look at all: its call broke, or its time ran out.", "required"),
    ("STEP.planned", "Only when a step broke over what it would change; then it changes nothing.", "required"),
    ("STEP.applied", "Only when a change that `apply` made did not succeed.", "required"),
    ("waivers.valid", "Only when a [waiver](settings.md) has expired.", "required"),
    ("waivers.used", "Only when a waiver has nothing left to waive.", "advisory"),
    ("quota.throttled", "Only when Google throttled a call and a later try went through.", "advisory"),
)


def step_pages() -> str:
    """Return each step's docstring, with the graph of what requires what."""
    edges = [f"    {needed} --> {steps.name_of(step)}" for step in steps.STEPS for needed in step.REQUIRES]
    return page(
        "Steps",
        "the docstrings in `provision/steps/`",
        "A step is one requirement and all that belongs to it.\n"
        "`check` looks at all of them at once; `apply` goes along the arrows.\n"
        "Where a step has failed, what stands below it and was refused an answer is shown as `blocked`, not as failed.",
        "```mermaid\ngraph TD\n" + "\n".join(edges) + "\n```",
        *(_step(step) for step in steps.STEPS),
    )


def _step(step: steps.Step) -> str:
    name = steps.name_of(step)
    needs = ", ".join(f"[{needed}](#{needed})" for needed in step.REQUIRES) or "nothing"
    does = "looks, and changes what is missing" if steps.changing(step) else "only looks"
    return "\n\n".join(
        (
            f"## {name}",
            prose(inspect.getdoc(step) or ""),
            f"Requires: {needs}.\nIt {does}.",
            table(("check", "passes when"), ((code(check), text) for check, text in step.CHECKS.items())),
        )
    )


def checks() -> str:
    """Return every check, with what it counts for."""
    rows = []
    for step in steps.STEPS:
        name = steps.name_of(step)
        for check, text in step.CHECKS.items():
            weight, keys = _judged(step, check)
            seen = " ".join(f"[{key}](diagnoses.md#{key.lower()})" for key in keys)
            rows.append((f"[{code(check)}](checks/{check}.md)", text, f"[{name}](steps.md#{name})", weight, seen))
    return page(
        "Checks",
        "`provision/steps/`",
        "`--only` and `--skip` of `provision check` take these ids, or the names of [steps](steps.md).",
        "A *required* check decides the verdict.\n"
        "An *advisory* one does not, except that one which could not be seen stands in the way of `ready` "
        "until a chat answer has proven the whole path.",
        table(("check", "passes when", "step", "counts as", "what the step sees itself"), rows),
        "Where Google refused what a check asked, the refusal decides the [diagnosis](diagnoses.md).",
        "## Made by the run itself",
        table(("check", "appears", "counts as"), ((code(name), *more) for name, *more in OF_THE_RUN)),
    )


def _judged(step: steps.Step, check: str) -> tuple[str, list[str]]:
    """Return what a check counts for, and the diagnoses that its step makes itself."""
    mine = [verdict for verdict in _verdicts(step) if verdict.check in ("", check)]
    keys = dict.fromkeys(key for verdict in mine for key in verdict.diagnoses if key)
    keys |= dict.fromkeys(row.key for row in diagnoses.ROWS if check in row.provoked_by)
    return _weight(mine), list(keys)


def check_page(step: steps.Step, check: str) -> str:
    """Return the page of one check: what it says and counts for, what it takes, what can be wrong, what cures it."""
    name = steps.name_of(step)
    weight, keys = _judged(step, check)
    needs = [need for need in step.PERMISSIONS if need.purpose in {"look", "run"}]
    blocks = [
        f"Passes when: {step.CHECKS[check]}",
        f"It is {weight}.\nBy itself: `provision check --only {check}`; without it: `provision check --skip {check}`.",
        "## How it is seen",
        prose(inspect.getdoc(step) or ""),
    ]
    if needs:
        blocks.append("It takes " + ", ".join(f"{code(need.permission)} on the {need.level}" for need in needs) + ".")
    if step.REQUIRES:
        above = ", ".join(f"[{each}](../steps.md#{each})" for each in step.REQUIRES)
        blocks.append(f"Where one of {above} has failed and this could not be seen, it is `blocked`, not failed.")
    blocks.append("## What can be wrong")
    for key in keys:
        row = diagnoses.by_key(key)
        more = f"[diagnoses](../diagnoses.md#{key.lower()})"
        blocks.append(f"### {key}\n\n{row.cause}\n\n- fix: {row.fix}\n- who: {WHO[row.who]}\n- more: {more}")
    blocks.append(
        "Where Google refused what it asked, the refusal decides: "
        "[every refusal that is understood](../diagnoses.md), or `provision explain < error.txt`."
    )
    return page(check, f"the step `{name}` in `provision/steps/` and `provision/diagnoses/`", *blocks)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One place where a step's source makes a check; any of its checks where ``check`` is empty."""

    check: str
    statuses: list[str]
    required: bool
    by_name: bool
    diagnoses: list[str]


def _weight(verdicts: list[Verdict]) -> str:
    """Return whether a check is required or advisory, as the step's source writes it."""
    if any(verdict.by_name for verdict in verdicts):
        return "advisory; required when it is asked for by name"
    if all(verdict.required for verdict in verdicts):
        return "required"
    blocking = {status for verdict in verdicts if verdict.required for status in verdict.statuses}
    matters = sorted(blocking & {"fail", "unknown"})
    return f"advisory; required when it is {' or '.join(map(code, matters))}" if matters else "advisory"


def _verdicts(step: steps.Step) -> Iterator[Verdict]:
    for function in (node for source in _code_of(step) for node in ast.walk(ast.parse(source))):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = dict(_named_texts(function))
        for call in ast.walk(function):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "Check":
                continue
            given = {each.arg: each.value for each in call.keywords}
            required = given.get("required")
            yield Verdict(
                check=next(iter(_texts(given["id"], names)), ""),
                statuses=_texts(given["status"], names),
                required=not (isinstance(required, ast.Constant) and required.value is False),
                by_name=required is not None and not isinstance(required, ast.Constant),
                diagnoses=_texts(given["diagnosis"], names) if "diagnosis" in given else [],
            )


def _code_of(step: steps.Step) -> list[str]:
    """Return a step's source; where it is a package, of all its modules."""
    module: Any = step
    places = [Path(each) for each in getattr(module, "__path__", ())]
    return [each.read_text("utf-8") for place in places for each in sorted(place.glob("*.py"))] or [
        inspect.getsource(module)
    ]


def _named_texts(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        pairs = (
            zip(target.elts, value.elts, strict=True)
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            else [(target, value)]
        )
        for name, text in pairs:
            if isinstance(name, ast.Name) and isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield name.id, text.value


def _texts(node: ast.expr, names: dict[str, str]) -> list[str]:
    """Return the texts that an expression can be."""
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body, names), *_texts(node.orelse, names)]
    if isinstance(node, ast.Name):
        return [names[node.id]] if node.id in names else []
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
