"""What is in force for a resource: its own policy, what it inherits, and the default of the constraint.

The nearest policy decides. One of a list constraint that says `inheritFromParent` is merged with what is in force
above it: values add up, and a denied value is denied whoever allows it. `reset` brings the default back.
https://docs.cloud.google.com/resource-manager/docs/organization-policy/understanding-hierarchy

A rule with a condition asks for tags of the resource; the sandbox's resources have none, so it never counts.
A changed policy is in force at once (Google takes a minute or two).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import iam
from gcp_emulator.services.orgpolicy.constraints import Constraint, constraints
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.call import Json
    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy of one resource for one constraint.

    Args:
        name: `projects/{number}/policies/{constraint}`.
        policy: all of it, as `GetPolicy` answers.
        stamp: microseconds; grows with every change, and makes the etags.
        v1: what only v1 of the API knows of it: `version`, `suggestedValue`.
    """

    name: str
    policy: Json
    stamp: int
    v1: Json = field(default_factory=dict)


POLICIES: Final = Table("orgpolicy.policies", Policy, key="name")


@dataclass(frozen=True, kw_only=True)
class Effective:
    """What is in force: for a boolean constraint whether it is enforced, else which values pass."""

    enforced: bool = False
    parameters: Json = field(default_factory=dict)
    everything: bool | None = None
    """All values are allowed, or all are denied; None where lists say which."""
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


def effective(state: State, resource: str, constraint: str) -> Effective:
    """What is in force for a resource, such as `projects/123`, `folders/1` or `organizations/1`."""
    known = constraints().get(constraint)
    default = Effective(enforced=known is not None and not known.allows)
    if known and not known.boolean:
        default = Effective(everything=known.allows)
    specs = []
    for place in iam.lineage(state, resource):
        found = state[POLICIES].get(f"{place}/policies/{constraint}")
        spec = found.policy.get("spec") if found else None
        if spec is None:
            continue
        specs.append(spec)
        if not spec.get("inheritFromParent"):
            break
    merged = default
    for spec in reversed(specs):
        merged = _under(merged, spec, default, known)
    return merged


def _under(above: Effective, spec: Json, default: Effective, constraint: Constraint | None) -> Effective:
    """What a policy makes of what is in force above it."""
    if spec.get("reset"):
        return default
    rules = [rule for rule in spec.get("rules", ()) if "condition" not in rule]
    if constraint is None or constraint.boolean:
        if not rules:
            return above
        return Effective(enforced=bool(rules[0].get("enforce")), parameters=rules[0].get("parameters", {}))
    own = _of_rules(rules)
    return _merged(above, own) if spec.get("inheritFromParent") and above is not default else own


def _merged(above: Effective, own: Effective) -> Effective:
    """A policy that inherits: what denies all wins, what allows all adds nothing, lists add up."""
    if own.everything is False or above.everything is False:
        return Effective(everything=False)
    if above.everything:
        return own
    if own.everything:
        return own if not above.denied else Effective(denied=above.denied)
    return Effective(
        allowed=tuple(dict.fromkeys((*above.allowed, *own.allowed))),
        denied=tuple(dict.fromkeys((*above.denied, *own.denied))),
    )


def _of_rules(rules: Iterable[Json]) -> Effective:
    allowed: dict[str, None] = {}
    denied: dict[str, None] = {}
    everything: bool | None = None
    for rule in rules:
        if rule.get("denyAll"):
            return Effective(everything=False)
        if rule.get("allowAll"):
            everything = True
        values = rule.get("values", {})
        allowed |= dict.fromkeys(values.get("allowedValues", ()))
        denied |= dict.fromkeys(values.get("deniedValues", ()))
    if denied and everything:
        return Effective(denied=tuple(denied))
    return Effective(everything=everything, allowed=tuple(allowed), denied=tuple(denied))


def rules(found: Effective, *, boolean: bool) -> list[Json]:
    """What is in force, as the rules of an effective policy."""
    if boolean:
        return [{"enforce": found.enforced} | ({"parameters": found.parameters} if found.parameters else {})]
    if found.everything is not None:
        return [{"allowAll": True} if found.everything else {"denyAll": True}]
    values: dict[str, Any] = {}
    if found.allowed:
        values["allowedValues"] = list(found.allowed)
    if found.denied:
        values["deniedValues"] = list(found.denied)
    return [{"values": values}] if values else [{"denyAll": True}]


def passes(found: Effective, spellings: Iterable[str]) -> bool:
    """Tell whether a value, in any of its spellings, is allowed; a denied one is not, whatever allows it.

    A policy that allows nothing by name and only denies lets everything else pass.
    """
    if found.everything is not None:
        return found.everything
    names = set(spellings)
    names |= {f"is:{each}" for each in names}
    if names & set(found.denied):
        return False
    return bool(names & set(found.allowed)) if found.allowed else bool(found.denied)
