"""Who may be named in an allow policy: members of a form that Google knows, and who exist.

What exists in the emulator's world:
- service accounts and pools that were made in it, and service agents that its services say are there
  (`finds_accounts`, `finds_pools`);
- people and groups: a *directory*, which is everyone with addresses of one domain, is known once a seed file names
  someone of it (in `users`, `groups`, or a policy), and then holds those alone who are named. Of other domains the
  emulator knows nothing, so everyone there exists.

Sentences are Google's, each seen in the thread beside it; what is new in a policy is asked about, not what it held.
https://cloud.google.com/iam/docs/principal-identifiers
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gcp_emulator.errors import ApiError, invalid_argument
from gcp_emulator.iam.members import GROUPS
from gcp_emulator.iam.tree import lineage
from gcp_emulator.identity import ACCOUNTS
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person by the address, in lower case; `seeded` where a seed file names the person."""

    email: str
    seeded: bool = False


USERS: Final = Table("iam.users", User, key="email")

AccountFinder = Callable[["State", str], bool]
"""Tells whether a service account of Google's own is there, by its address."""
PoolFinder = Callable[["State", str], bool]
"""Tells whether a pool is there, by the name in a member."""

ACCOUNT_FINDERS: Final[list[AccountFinder]] = []
POOL_FINDERS: Final[list[PoolFinder]] = []


def finds_accounts(find: AccountFinder) -> AccountFinder:
    """Declare service accounts that are no rows of `ACCOUNTS`."""
    ACCOUNT_FINDERS.append(find)
    return find


def finds_pools(find: PoolFinder) -> PoolFinder:
    """Declare pools that members may come from."""
    POOL_FINDERS.append(find)
    return find


SERVICE_ACCOUNT: Final = ".gserviceaccount.com"
KUBERNETES: Final = re.compile(r"([a-z0-9.:-]+\.svc\.id\.goog)\[[^/\]]+/[^/\]]+\]")
POOL: Final = r"projects/[^/]+/locations/global/workloadIdentityPools/[^/]+|locations/global/workforcePools/[^/]+"
FORMS: Final = re.compile(
    rf"principal://iam\.googleapis\.com/({POOL})/subject/.+"
    rf"|principalSet://iam\.googleapis\.com/({POOL})/(?:\*|group/.+|attribute\.[a-z0-9_]+/.+"
    r"|namespace/.+|kubernetes\.cluster/.+)"
)
MANAGED: Final = re.compile(
    r"principal(?:Set)?://(?:[a-z0-9.-]+\.id\.goog|cloudresourcemanager\.googleapis\.com/(?:projects|folders|organizations)/\d+)/.+"
)
"""Managed workload identities, agents, and the service accounts of a part of the hierarchy: their form alone counts."""


def check(state: State, resource: str, members: Iterable[str], propagation: float) -> None:
    """Refuse members that Google would refuse.

    Args:
        state: the state.
        resource: whose policy it is.
        members: those that are new in it.
        propagation: seconds during which a service account that was just made is not known everywhere.

    Raises:
        Refused: INVALID_ARGUMENT with Google's sentence.
    """
    for member in members:
        kind, _, rest = member.partition(":")
        if member in {"allUsers", "allAuthenticatedUsers"}:
            _check_public(resource, member)
        elif kind in {"user", "group"}:
            _check_address(state, kind, rest)
        elif kind == "serviceAccount":
            _check_account(state, rest, propagation)
        elif kind in {"principal", "principalSet"}:
            _check_federated(state, member)
        elif kind == "deleted":
            _check_deleted(state, member)


def _check_public(resource: str, member: str) -> None:
    """What is in the hierarchy has no `allUsers` (comments of SetIamPolicy in projects.proto; sentence assumed)."""
    if resource.count("/") == 1:
        raise invalid_argument(f"The member {member} is not supported for this resource.")


def unknown_type(member: object) -> ApiError:
    """https://github.com/DefangLabs/defang/issues/1541."""
    return invalid_argument(
        f"The member {member} is of an unknown type. Please set a valid type prefix for the member."
    )


def _check_address(state: State, kind: str, address: str) -> None:
    """https://github.com/GoogleCloudPlatform/pbmm-on-gcp-onboarding/issues/432 (the group)."""
    found = kind_of(state, address)
    if found == kind or (not found and not _directory(state, address)):
        return
    if found:
        raise _other_type(address, found)
    raise invalid_argument(f"{kind.capitalize()} {address} does not exist.")


def _other_type(address: str, kind: str) -> ApiError:
    """https://github.com/GoogleCloudPlatform/terraform-splunk-log-export/issues/41."""
    return invalid_argument(
        f'Principal {address} is of type "{kind}". The principal should appear as "{kind}:{address}". See '
        "https://cloud.google.com/iam/help/members/types for additional documentation."
    )


def kind_of(state: State, address: str) -> str:
    """Return what kind of member has this address, empty where no one is known to have it."""
    address = address.lower()
    if address.endswith(SERVICE_ACCOUNT):
        return "serviceAccount" if account_exists(state, address) else ""
    if address in state[USERS]:
        return "user"
    return "group" if any(group.email.lower() == address for group in state[GROUPS]) else ""


def _directory(state: State, address: str) -> bool:
    """Tell whether all who have addresses of this domain are known."""
    domain = address.lower().partition("@")[2]
    if domain.endswith(SERVICE_ACCOUNT.removeprefix(".")):
        return True
    version = state[USERS].version, state[GROUPS].version
    kept = state.memo.get("iam.directories")
    if kept is None or kept[0] != version:
        named = {user.email for user in state[USERS] if user.seeded} | {group.email for group in state[GROUPS]}
        kept = state.memo["iam.directories"] = (version, {each.lower().partition("@")[2] for each in named})
    return domain in kept[1]


def _check_account(state: State, address: str, propagation: float) -> None:
    """https://github.com/GoogleCloudPlatform/cdmc/issues/50, https://github.com/google/kctf/issues/193 (Kubernetes)."""
    if match := KUBERNETES.fullmatch(address):
        raise no_pool(match[1])
    address_there = address.lower()
    account = state[ACCOUNTS].get(address_there)
    fresh = account is not None and account.created and state.clock.now() < account.created + propagation
    if fresh or not account_exists(state, address_there):
        kind = "" if address_there.endswith(SERVICE_ACCOUNT) else kind_of(state, address_there)
        raise (_other_type(address, kind) if kind else invalid_argument(f"Service account {address} does not exist."))


def account_exists(state: State, address: str) -> bool:
    """Tell whether a service account or agent is there; its project's age does not matter."""
    return address in state[ACCOUNTS] or any(find(state, address) for find in ACCOUNT_FINDERS)


def _check_federated(state: State, member: str) -> None:
    if MANAGED.fullmatch(member):
        return
    match = FORMS.fullmatch(member)
    if match is None:  # https://github.com/google-github-actions/auth/issues/495
        raise unknown_type(member)
    name = match[1] or match[2]
    if not any(find(state, name) for find in POOL_FINDERS):
        raise no_pool(name)


def no_pool(name: str) -> ApiError:
    """https://github.com/terraform-google-modules/terraform-google-kubernetes-engine/issues/916."""
    return invalid_argument(
        f"Identity Pool does not exist ({name}). Please check that you specified a valid resource name as returned in "
        "the `name` attribute in the configuration API."
    )


def _check_deleted(state: State, member: str) -> None:
    """A deleted member is kept in a policy and not added to one, except as it reads there: with its `?uid=`.

    https://cloud.google.com/iam/docs/understanding-roles#deleted-principals (that others are refused is assumed)
    """
    if "?uid=" not in member and "principal" not in member:
        raise unknown_type(member)
    kind, _, address = member.removeprefix("deleted:").partition(":")
    plain, _, _ = address.partition("?")
    if kind == "serviceAccount" and plain.endswith(SERVICE_ACCOUNT):
        project = plain.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        if not lineage(state, f"projects/{project}"):
            raise invalid_argument(f"Service account {plain} does not exist.")
