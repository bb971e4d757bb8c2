"""Who can be made an owner of a project by `setIamPolicy`, and who has to be invited in the console.

Rules: comments of SetIamPolicy, google/cloud/resourcemanager/v3/projects.proto. The error:
https://github.com/hashicorp/terraform-provider-google/issues/4276,
https://github.com/googleapis/google-api-python-client/issues/537; its type for an organization is in public logs of
Deployment Manager, that for the last owner in public scripts. That v3 tells v1's type is assumed. A person counts as
someone who has accepted the terms, which is assumed too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.errors import ApiError, invalid_argument
from gcp_emulator.services.resourcemanager import hierarchy

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.iam import Policy
    from gcp_emulator.store import State

OWNER: Final = "roles/owner"
TYPE: Final = "type.googleapis.com/google.cloudresourcemanager.v1.ProjectIamPolicyError"


def check(state: State, parent: str, old: Policy | None, bindings: list[Json]) -> None:
    """Refuse new owners that have to be invited, and a project of no organization without a person among its owners.

    Args:
        state: the state.
        parent: of the project whose policy it is; empty where it has none.
        old: the policy so far.
        bindings: what it shall hold.

    Raises:
        Refused: INVALID_ARGUMENT with a ProjectIamPolicyError for each.
    """
    before, after = _owners(old.bindings if old else []), _owners(bindings)
    domain = _domain(state, parent)
    added = sorted(each for each in after - before if each.startswith("user:") and not _is_of(each, domain))
    if added:
        kind = "ORG_MUST_INVITE_EXTERNAL_OWNERS" if domain else "SOLO_MUST_INVITE_OWNERS"
        raise _error(*({"type": kind, "member": each, "role": OWNER} for each in added))
    if not domain and _people(before) and not _people(after):
        raise _error({"type": "SOLO_REQUIRE_TOS_ACCEPTOR", "role": OWNER})


def _owners(bindings: list[Json]) -> set[str]:
    return {member for binding in bindings if binding["role"] == OWNER for member in binding["members"]}


def _people(members: set[str]) -> set[str]:
    return {each for each in members if each.startswith("user:")}


def _is_of(member: str, domain: str) -> bool:
    return bool(domain) and member.rpartition("@")[2].lower() == domain


def _domain(state: State, parent: str) -> str:
    """Return the domain of the organization that a project is in, empty where it is in none."""
    top = hierarchy.above(state, parent)
    organization = state[hierarchy.ORGANIZATIONS].get(top[-1]) if top else None
    return organization.display_name.lower() if organization else ""


def _error(*problems: Json) -> ApiError:
    return invalid_argument(
        "Request contains an invalid argument.",
        *({"@type": TYPE, **problem} for problem in problems),
    )
