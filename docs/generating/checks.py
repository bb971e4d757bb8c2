"""steps.md, checks.md, and a page for each check."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final

from generating.markdown import FIX_OWNERS, code, page, prose, table
from provision import diagnoses, steps
from provision.commands import run_checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from provision.checks import CheckSpec
    from provision.plan import Privacy

HIDDEN: Final = {
    "public": "words of Google's or ours",
    "id": "an id, an address or a number",
    "person": "a name that someone chose",
    "secret": "a secret, which is never shown",
}


def step_pages() -> str:
    """Return each step's docstring, with the graph of what requires what."""
    edges = [f"    {needed} --> {steps.name_of(step)}" for step in steps.STEPS for needed in step.REQUIRES]
    return page(
        "Steps",
        "the docstrings in `provision/steps/`",
        "A step is one requirement and all that belongs to it.\n"
        "`check` looks at all of them at once; `apply` goes along the arrows.\n"
        "Where a step has failed, what is below it and was refused an answer is shown as `blocked`, not as failed.",
        "```mermaid\ngraph TD\n" + "\n".join(edges) + "\n```",
        *(_step(step) for step in steps.STEPS),
    )


def _step(step: steps.Step) -> str:
    name = steps.name_of(step)
    requirements = ", ".join(f"[{needed}](#{needed})" for needed in step.REQUIRES) or "nothing"
    does = "looks, and changes what is missing" if steps.changing(step) else "only looks"
    return "\n\n".join(
        (
            f"## {name}",
            prose(inspect.getdoc(step) or ""),
            f"Requires: {requirements}.\nIt {does}.",
            table(("check", "passes when"), ((code(check.id), check.passes_when) for check in step.CHECKS)),
        )
    )


def checks() -> str:
    """Return every check, with what it counts for."""
    rows = []
    for step in steps.STEPS:
        name = steps.name_of(step)
        for check in step.CHECKS:
            seen = " ".join(f"[{key}](diagnoses.md#{key.lower()})" for key in _keys(check))
            where = f"[{code(check.id)}](checks/{check.id}.md)"
            rows.append((where, check.passes_when, f"[{name}](steps.md#{name})", _weight(check), seen))
    return page(
        "Checks",
        "`provision/steps/`",
        "`--only` and `--skip` of `provision check` take these ids, or the names of [steps](steps.md).",
        "A *required* check decides the verdict.\n"
        "An *advisory* one does not, except that one which could not be seen is in the way of `ready` "
        "until a chat answer has proven the whole path.",
        table(("check", "passes when", "step", "counts as", "what the step sees itself"), rows),
        "Where Google refused what a check asked, the error decides the [diagnosis](diagnoses.md).",
        "## Made by the run itself",
        "These appear only where they do not pass. `STEP` stands for the name of a step.",
        table(
            ("check", "passes when", "counts as"),
            ((code(check.id), check.passes_when, _weight(check)) for check in run_checks.CHECKS),
        ),
    )


def _keys(check: CheckSpec) -> list[str]:
    """Return the diagnoses that the step makes itself, and those that say that this check meets them."""
    return list(dict.fromkeys((*check.diagnoses, *(row.key for row in diagnoses.ROWS if check.id in row.triggered_by))))


def _weight(check: CheckSpec) -> str:
    if check.weight in {"required", "advisory"}:
        return check.weight
    return f"advisory; {check.weight}"


def check_page(step: steps.Step, check: CheckSpec) -> str:
    """Return the page of one check: what it says and counts for, what it takes, what can be wrong, what fixes it."""
    name = steps.name_of(step)
    blocks = [
        f"Passes when: {check.passes_when}",
        f"It is {_weight(check)}.\nBy itself: `provision check --only {check.id}`; "
        f"without it: `provision check --skip {check.id}`.",
        "## How it is seen",
        prose(inspect.getdoc(step) or ""),
    ]
    if check.permissions:
        requirements = (f"{code(required.permission)} on the {required.level}" for required in check.permissions)
        blocks.append(f"It takes {', '.join(requirements)}.")
    if step.REQUIRES:
        above = ", ".join(f"[{each}](../steps.md#{each})" for each in step.REQUIRES)
        blocks.append(f"Where one of {above} has failed and this could not be seen, it is `blocked`, not failed.")
    if check.evidence:
        blocks += [
            "## What it tells",
            "With `--redact`, what is a name, an id or a secret is hidden.",
            _evidence(check),
        ]
    blocks.append("## What can be wrong")
    for key in _keys(check):
        row = diagnoses.by_key(key)
        more = f"[diagnoses](../diagnoses.md#{key.lower()})"
        blocks.append(
            f"### {key}\n\n{row.cause}\n\n- fix: {row.fix}\n- who can fix it: {FIX_OWNERS[row.fix_owner]}\n- more: "
            f"{more}"
        )
    blocks.append(
        "Where Google refused what it asked, the error decides: "
        "[every error that is understood](../diagnoses.md), or `provision explain < error.txt`."
    )
    return page(check.id, f"the step `{name}` in `provision/steps/` and `provision/diagnoses/`", *blocks)


def _evidence(check: CheckSpec) -> str:
    def lines(declared: Mapping[str, Privacy], above: str = "") -> Iterator[tuple[str, str]]:
        for key, privacy in declared.items():
            if isinstance(privacy, str):
                yield ("every other" if key == "*" else code(f"{above}{key}")), HIDDEN[privacy]
            else:
                yield from lines(privacy, f"{above}{key}.")

    return table(("evidence", "holds"), lines(check.evidence))
