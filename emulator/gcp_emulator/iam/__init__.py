"""IAM: allow policies, roles, members, conditions, and the one question every handler asks.

A policy belongs to a resource by name, with the project's number where there is one (`projects/123`,
`organizations/1`, `projects/123/serviceAccounts/…`). What a kind of resource inherits from is declared with `node`;
who may be a member is also asked of what `guards_members` has declared, who exists of what `finds_accounts` and
`finds_pools` have, and what tags a resource has of what `finds_tags` has. Custom roles are rows of `CUSTOM_ROLES`,
groups rows of `GROUPS`.
"""

from gcp_emulator.iam.deny import DENY_POLICIES, DenyPolicy
from gcp_emulator.iam.evaluate import allows, test_permissions
from gcp_emulator.iam.members import GROUPS, Group
from gcp_emulator.iam.policy import POLICIES, Policy, get_policy, grant, guards_members, render, set_policy
from gcp_emulator.iam.principals import USERS, User, finds_accounts, finds_pools
from gcp_emulator.iam.roles import CUSTOM_ROLES, CustomRole, predefined
from gcp_emulator.iam.tags import Held, finds_tags
from gcp_emulator.iam.tree import lineage, node

__all__ = [
    "CUSTOM_ROLES",
    "DENY_POLICIES",
    "GROUPS",
    "POLICIES",
    "USERS",
    "CustomRole",
    "DenyPolicy",
    "Group",
    "Held",
    "Policy",
    "User",
    "allows",
    "finds_accounts",
    "finds_pools",
    "finds_tags",
    "get_policy",
    "grant",
    "guards_members",
    "lineage",
    "node",
    "predefined",
    "render",
    "set_policy",
    "test_permissions",
]
