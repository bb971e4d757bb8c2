"""Commands of gcloud that do the same wherever they are pasted: on any project, and with no terminal to ask at.

`gcloud … add-iam-policy-binding` refuses on a policy that holds a condition, unless the command says which condition is
meant, and asks only where there is a terminal: seen with gcloud 528. ``--condition=None`` is right on a policy without
conditions too. Billing accounts have no conditional bindings, and their command no such flag.
https://docs.cloud.google.com/sdk/gcloud/reference/projects/add-iam-policy-binding
"""

from __future__ import annotations

import re
from typing import Final

_GROUPS: Final = {
    "projects": "projects",
    "folders": "resource-manager folders",
    "organizations": "organizations",
    "serviceAccounts": "iam service-accounts",
    "billingAccounts": "billing accounts",
}
# What is in a project and has a policy of its own: its name, and how gcloud's command names it.
_IN_PROJECT: Final[tuple[tuple[str, str, bool], ...]] = (
    (r"(?:projects/_/)?buckets/(?P<bucket>[^/]+)$", "storage buckets {} gs://{bucket}", True),
    (r"projects/(?P<project>[^/]+)/secrets/(?P<name>[^/]+)$", "secrets {} {name} --project={project}", True),
    (r"projects/(?P<project>[^/]+)/topics/(?P<name>[^/]+)$", "pubsub topics {} {name} --project={project}", False),
    (
        r"projects/(?P<project>[^/]+)/subscriptions/(?P<name>[^/]+)$",
        "pubsub subscriptions {} {name} --project={project}",
        False,
    ),
    (
        r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)/keyRings/(?P<ring>[^/]+)/cryptoKeys/(?P<name>[^/]+)$",
        "kms keys {} {name} --keyring={ring} --location={location} --project={project}",
        True,
    ),
    (
        r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)/repositories/(?P<name>[^/]+)$",
        "artifacts repositories {} {name} --location={location} --project={project}",
        True,
    ),
    (
        r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)/services/(?P<name>[^/]+)$",
        "run services {} {name} --region={location} --project={project}",
        True,
    ),
)
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
    for pattern, words, conditional in _IN_PROJECT:
        if found := re.fullmatch(pattern, resource):
            command = words.format(f"{verb}-iam-policy-binding", **found.groupdict())
            return f"gcloud {command} --member={member} --role={role}" + (f" {condition}" if conditional else "")
    parent, _, name = resource.rpartition("/")
    kind = parent.rpartition("/")[2]
    tail = "" if kind == "billingAccounts" else f" {condition}"
    where = f" --project={parent.split('/')[1]}" if kind == "serviceAccounts" and parent.startswith("projects/") else ""
    return f"gcloud {_GROUPS[kind]} {verb}-iam-policy-binding {name}{where} --member={member} --role={role}{tail}"
