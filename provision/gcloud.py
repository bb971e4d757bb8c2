"""Commands of gcloud that do the same wherever they are pasted: on any project, and with no terminal to ask at.

`gcloud … add-iam-policy-binding` refuses on a policy that holds a condition, unless the command says which condition is
meant, and asks only where there is a terminal: seen with gcloud 528. ``--condition=None`` is right on a policy without
conditions too. Billing accounts have no conditional bindings, and their command no such flag.
https://docs.cloud.google.com/sdk/gcloud/reference/projects/add-iam-policy-binding
"""

from __future__ import annotations

from typing import Final

_GROUPS: Final = {
    "projects": "projects",
    "folders": "resource-manager folders",
    "organizations": "organizations",
    "serviceAccounts": "iam service-accounts",
    "billingAccounts": "billing accounts",
}
_ANY: Final = "--all"
_NO_CONDITION: Final = "--condition=None"


def add_binding(resource: str, member: str, role: str) -> str:
    """Return the command that grants a role, without a condition.

    Args:
        resource: the full resource name, such as ``projects/my-team-chat`` or ``serviceAccounts/EMAIL``; blanks such
            as ``projects/{project_id}`` stay.
    """
    return _binding("add", resource, member, role, _NO_CONDITION)


def remove_binding(resource: str, member: str, role: str) -> str:
    """Return the command that takes a role from a member, with and without conditions; arguments as `add_binding`.

    Without a flag it refuses on a policy with conditions, and with ``--condition=None`` where the binding has one.
    """
    return _binding("remove", resource, member, role, _ANY)


def _binding(verb: str, resource: str, member: str, role: str, condition: str) -> str:
    parent, _, name = resource.rpartition("/")
    kind = parent.rpartition("/")[2]
    tail = "" if kind == "billingAccounts" else f" {condition}"
    where = f" --project={parent.split('/')[1]}" if kind == "serviceAccounts" and parent.startswith("projects/") else ""
    return f"gcloud {_GROUPS[kind]} {verb}-iam-policy-binding {name}{where} --member={member} --role={role}{tail}"
