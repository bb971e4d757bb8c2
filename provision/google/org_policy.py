"""Organization Policy v2: what is in force for a project, whatever level it was set at.

https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/projects.policies/getEffectivePolicy
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.google.responses import fits, listed, mapped, reading, text, texts

if TYPE_CHECKING:
    from provision.google.transport import Transport

SERVICE: Final = "orgpolicy.googleapis.com"


@dataclass(frozen=True, kw_only=True)
class Effective:
    """What is in force for one constraint.

    Attributes:
        enforced: of a boolean constraint.
        allows_all, denies_all: of a list constraint, where one of the two is said.
        allowed, denied: the values of a list constraint.
    """

    enforced: bool = False
    allows_all: bool = False
    denies_all: bool = False
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


class OrgPolicy:
    """Effective policies. Every method raises `ApiError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def effective(self, project_id: str, constraint: str) -> Effective:
        """Return what is in force for a project; needs ``orgpolicy.policy.get``.

        Args:
            constraint: without ``constraints/``, such as ``vertexai.allowedModels``.
        """
        answer = self._transport.rest(
            SERVICE,
            "GetEffectivePolicy",
            f"/v2/projects/{project_id}/policies/{constraint}:getEffectivePolicy",
            verb="GET",
            fields=("name", "spec", "etag"),
            may_be_empty=False,
        )
        with reading(SERVICE, "GetEffectivePolicy"):
            if "name" in answer:
                kind, _, whose = text(answer, "name").partition("/")
                fits("the policy", whose.rpartition("/")[2], constraint)
                if kind == "projects":
                    self._transport.same_project(project_id, whose.partition("/")[0])
            return read_rules(listed(mapped(answer, "spec"), "rules"))


def read_rules(rules: list[dict[str, Any]]) -> Effective:
    """Put the rules of an effective policy together.

    A rule with a condition asks for tags of the resource, which are not looked at: it is passed over.
    """
    counting = [rule for rule in rules if not rule.get("condition")]
    values = [rule.get("values") or {} for rule in counting]
    return Effective(
        enforced=any(rule.get("enforce") is True for rule in counting),
        allows_all=any(rule.get("allowAll") is True for rule in counting),
        denies_all=any(rule.get("denyAll") is True for rule in counting),
        allowed=tuple(each for rule_values in values for each in texts(rule_values, "allowedValues")),
        denied=tuple(each for rule_values in values for each in texts(rule_values, "deniedValues")),
    )
