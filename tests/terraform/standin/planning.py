"""What a provider built with Terraform's SDK makes of a configuration when it plans.

Defaults are filled in; what only Google tells is unknown until it has; no value equals the zero value; what cannot
be changed in place asks for a replacement; and differences that mean nothing are suppressed.
https://developer.hashicorp.com/terraform/plugin/sdkv2/schemas/schema-behaviors
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.terraform.standin import schema
from tests.terraform.standin.values import UNKNOWN, is_known, is_zero, same

if TYPE_CHECKING:
    from collections.abc import Callable

Path = tuple[str | int, ...]


@dataclass
class Planned:
    """The planned state, and the places whose change asks for a replacement."""

    state: dict[str, Any]
    replace: list[Path] = field(default_factory=list)


def plan(block: schema.Block, prior: dict[str, Any] | None, config: dict[str, Any]) -> Planned:
    """Plan one resource: `prior` is None where there is none yet."""
    planned = Planned(state={})
    planned.state = _block(block, prior, config, (), planned)
    if prior is None:
        planned.replace = []
    return planned


def _block(
    block: schema.Block, prior: dict[str, Any] | None, config: dict[str, Any], path: Path, planned: Planned
) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for name, attribute in schema.attributes(block).items():
        before = prior[name] if prior is not None else None
        state[name] = _attribute(attribute, before, config.get(name), is_new=prior is None)
        if attribute.get("force_new") and prior is not None and not same(before, state[name]):
            planned.replace.append((*path, name))
    for name, inner in schema.blocks(block).items():
        given, old = config.get(name), prior[name] if prior is not None else None
        if inner["nesting"] == "single":
            state[name] = given
        elif given is UNKNOWN:
            state[name] = UNKNOWN
        else:
            olds = old if isinstance(old, list) else []
            state[name] = [
                _block(inner, olds[index] if index < len(olds) else None, each, (*path, name, index), planned)
                for index, each in enumerate(given or [])
            ]
            if inner.get("force_new") and prior is not None and len(olds) != len(state[name]):
                planned.replace.append((*path, name))
    return state


def _attribute(attribute: dict[str, Any], before: Any, given: Any, *, is_new: bool) -> Any:
    if given is UNKNOWN:
        return UNKNOWN
    if given is not None:
        suppress = SUPPRESSED.get(attribute.get("diff_suppress", ""))
        message = not is_new and is_known(given)
        if message and (same(before, given) or (suppress and before is not None and suppress(before, given))):
            return before
        return given
    if "default" in attribute:
        return attribute["default"]
    if schema.is_computed(attribute):
        return UNKNOWN if is_new else before
    return before if is_zero(before) else None


def _same_name(left: str, right: str) -> bool:
    return left.rpartition("/")[2] == right.rpartition("/")[2]


def _same_member(left: str, right: str) -> bool:
    return left.lower() == right.lower()


def _same_keys(left: str, right: str) -> bool:
    return bool(json.loads(left) == json.loads(right))


SUPPRESSED: Final[dict[str, Callable[[str, str], bool]]] = {
    "CompareResourceNames": _same_name,
    "CompareSelfLinkOrResourceName": _same_name,
    "iamMemberCaseDiffSuppress": _same_member,
    "jwksJsonDiffSuppress": _same_keys,
}
"""Differences that the provider overlooks, by the name that the schema gives the rule."""
