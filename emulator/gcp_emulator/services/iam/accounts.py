"""Service accounts.

A new account can be read at once by some calls and not yet by others (recorded: 404 between 200s). A deleted one
can be restored for 30 days by its unique id, unless its address was taken anew; policies then name it
`deleted:serviceAccount:…?uid=…` (recorded).
https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, iam, paging
from gcp_emulator.errors import ApiError
from gcp_emulator.identity import ACCOUNTS, KEYS, TOKENS, Account
from gcp_emulator.services.iam.common import check_text, denied, mask_of, project_of
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.store import State

ID: Final = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])")
ETAG: Final = "MDEwMjE5MjA="  # the same for every account (recorded)
MOST: Final = 100  # accounts in a project, by default
RESTORABLE: Final = 30 * 86400.0
MASK: Final = {
    "displayName": "displayName",
    "display_name": "displayName",
    "description": "description",
    "etag": "etag",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A service account that was deleted."""

    unique_id: str
    email: str
    project: str
    display_name: str
    description: str
    disabled: bool
    created: float
    deleted: float


DELETED: Final = Table("iam.deleted_service_accounts", Deleted, key="unique_id")


def render(account: Account) -> Json:
    """Return a ServiceAccount; what is unset is absent (recorded)."""
    answer: Json = {
        "name": f"projects/{account.project}/serviceAccounts/{account.email}",
        "projectId": account.project,
        "uniqueId": account.unique_id,
        "email": account.email,
        "displayName": account.display_name,
        "etag": ETAG,
        "description": account.description,
        "oauth2ClientId": account.unique_id,
        "disabled": account.disabled,
    }
    return {name: value for name, value in answer.items() if value}


def named(state: State, reference: str) -> Account | None:
    """Return the account with this address or unique id."""
    return state[ACCOUNTS].find("unique_id", reference) if reference.isdigit() else state[ACCOUNTS].get(reference)


def fetch(call: Call, permission: str) -> Account:
    """Return the account in the path, if the caller may do this to it.

    Under `projects/-` an account that does not exist is refused like one that is hidden; under its project it is
    "Unknown service account" (recorded).
    """
    asked, reference = call.vars["project"], call.vars["account"]
    account = named(call.state, reference)
    if asked == "-":
        if account is None:
            raise denied(permission, f"projects/-/serviceAccounts/{reference}")
        _require(call, permission, account)
        return account
    project = projects.find(call.state, asked)
    if account is None or project is None or account.project != project.id:
        project_of(call, permission)
        raise errors.not_found("Unknown service account")
    _require(call, permission, account)
    return account


def _require(call: Call, permission: str, account: Account) -> None:
    resource = f"projects/{account.project}/serviceAccounts/{account.email}"
    call.require(permission, resource, denied(permission, resource))


def create(call: Call) -> Json:
    """CreateServiceAccount."""
    project = project_of(call, "iam.serviceAccounts.create")
    enforcement.check(call, "iam.disableServiceAccountCreation", f"projects/{project.id}")
    account_id = call.text("accountId")
    given = call.message("serviceAccount")
    _check_id(account_id)
    display_name = check_text(given.get("displayName"), "display_name", 100)
    description = check_text(given.get("description"), "description", 256)
    email = f"{account_id}@{project.id}.iam.gserviceaccount.com"
    name = f"projects/{project.id}/serviceAccounts/{email}"
    if email in call.state[ACCOUNTS]:
        raise ApiError(
            "ALREADY_EXISTS",
            f"Service account {account_id} already exists within project projects/{project.id}.",
            {"@type": errors.TYPE + "ResourceInfo", "resourceName": name},
        )
    if sum(each.project == project.id for each in call.state[ACCOUNTS]) >= MOST:
        raise ApiError("RESOURCE_EXHAUSTED", "Maximum number of service accounts on project reached.")
    _forget(call.state, email)
    call.state[iam.POLICIES].remove(f"projects/{project.number}/serviceAccounts/{email}")
    account = Account(
        email=email,
        project=project.id,
        unique_id=call.state.digits(21),
        display_name=display_name,
        description=description,
        created=call.clock.now(),
    )
    call.state[ACCOUNTS].put(account)
    return render(account)


def _check_id(account_id: str) -> None:
    """Refuse an id that breaks the rules; the sentences are assumed."""
    if not 6 <= len(account_id) <= 30:
        message = f'The account ID "{account_id[:100]}" does not have a length between 6 and 30.'
        raise errors.invalid_argument(message, errors.bad_request(("account_id", message)))
    if not ID.fullmatch(account_id):
        message = f'The account ID "{account_id}" does not match the pattern "[a-z]([-a-z0-9]*[a-z0-9])".'
        raise errors.invalid_argument(message, errors.bad_request(("account_id", message)))


def _forget(state: State, email: str) -> None:
    """Make sure that nothing of an account that had this address works for its next owner."""
    for key in state[KEYS]:
        if key.email == email:
            state[KEYS].remove(key.id)
    for token in state[TOKENS]:
        if token.email == email and not token.member:
            state[TOKENS].remove(token.value)


def get(call: Call) -> Json:
    """GetServiceAccount: inside the window of propagation, about half of the calls do not find a new one."""
    account = fetch(call, "iam.serviceAccounts.get")
    if call.clock.now() < account.created + call.settings.propagation and account.created:
        coin = hashlib.blake2b(f"{call.state.seed}/{account.email}/{call.number}".encode(), digest_size=1).digest()[0]
        if coin % 2:
            name = f"projects/{account.project}/serviceAccounts/{account.email}"
            raise errors.not_found(f"Service account {name} does not exist.")
    return render(account)


def require_known(call: Call, account: Account) -> None:
    """Refuse what needs an account to be known everywhere while it is not yet.

    https://cloud.google.com/iam/docs/service-accounts-create (eventually consistent)
    """
    if account.created and call.clock.now() < account.created + call.settings.propagation:
        name = f"projects/{account.project}/serviceAccounts/{account.email}"
        raise errors.not_found(f"Service account {name} does not exist.")


def list_accounts(call: Call) -> Json:
    """ListServiceAccounts: pages of 20, at most 100."""
    project = project_of(call, "iam.serviceAccounts.list")
    found = sorted(
        (each for each in call.state[ACCOUNTS] if each.project == project.id), key=lambda account: account.email
    )
    shown, token = paging.page(call, found, lambda account: account.email, default=20, most=100)
    answer: Json = {"accounts": [render(account) for account in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def update(call: Call) -> Json:
    """UpdateServiceAccount, which Google calls deprecated: it sets the display name alone."""
    account = fetch(call, "iam.serviceAccounts.update")
    return _changed(call, account, display_name=check_text(call.request.get("displayName"), "display_name", 100))


def patch(call: Call) -> Json:
    """PatchServiceAccount: the mask is in the body, in either spelling, and the answer holds what it names.

    https://github.com/GoogleCloudPlatform/k8s-config-connector (its mock of IAM, written after recordings)
    """
    account = fetch(call, "iam.serviceAccounts.update")
    given = call.message("serviceAccount")
    fields = mask_of(call, MASK)
    if not fields:
        raise errors.invalid_argument("The update mask must name at least one field.")
    changes: dict[str, Any] = {}
    if "displayName" in fields:
        changes["display_name"] = check_text(given.get("displayName"), "display_name", 100)
    if "description" in fields:
        changes["description"] = check_text(given.get("description"), "description", 256)
    shown = _changed(call, account, **changes)
    return {name: shown[name] for name in ("name", *fields) if name in shown}


def _changed(call: Call, account: Account, **changes: Any) -> Json:
    changed = replace(account, **changes)
    call.state[ACCOUNTS].put(changed)
    return render(changed)


def enable(call: Call) -> Json:
    """EnableServiceAccount."""
    _changed(call, fetch(call, "iam.serviceAccounts.enable"), disabled=False)
    return {}


def disable(call: Call) -> Json:
    """DisableServiceAccount: from now on its credentials are refused with ACCOUNT_STATE_INVALID."""
    _changed(call, fetch(call, "iam.serviceAccounts.disable"), disabled=True)
    return {}


def delete(call: Call) -> Json:
    """DeleteServiceAccount."""
    account = fetch(call, "iam.serviceAccounts.delete")
    state = call.state
    state[DELETED].put(
        Deleted(
            unique_id=account.unique_id,
            email=account.email,
            project=account.project,
            display_name=account.display_name,
            description=account.description,
            disabled=account.disabled,
            created=account.created,
            deleted=call.clock.now(),
        )
    )
    state[ACCOUNTS].remove(account.email)
    member = f"serviceAccount:{account.email}"
    _rename(state, member, f"deleted:{member}?uid={account.unique_id}")
    return {}


def undelete(call: Call) -> Json:
    """UndeleteServiceAccount: by its unique id, for 30 days."""
    unique_id, state = call.vars["account"], call.state
    found = state[DELETED].get(unique_id)
    asked = call.vars["project"]
    project = projects.find(state, found.project if found and asked == "-" else asked)
    resource = f"projects/{project.id if project else asked}"
    call.require("iam.serviceAccounts.undelete", resource, denied("iam.serviceAccounts.undelete", resource))
    if found is None or project is None or found.project != project.id or _is_purged(state, found):
        raise errors.not_found("Unknown service account")
    if found.email in state[ACCOUNTS]:
        raise errors.failed_precondition()
    account = Account(
        email=found.email,
        project=found.project,
        unique_id=unique_id,
        display_name=found.display_name,
        description=found.description,
        disabled=found.disabled,
        created=found.created,
    )
    state[DELETED].remove(unique_id)
    state[ACCOUNTS].put(account)
    member = f"serviceAccount:{account.email}"
    _rename(state, f"deleted:{member}?uid={unique_id}", member)
    return {"restoredAccount": render(account)}


def _is_purged(state: State, found: Deleted) -> bool:
    return state.clock.now() > found.deleted + RESTORABLE


def _rename(state: State, old: str, new: str) -> None:
    """Write a member's other name into every policy that has it."""
    for policy in state[iam.POLICIES]:
        if any(old in binding["members"] for binding in policy.bindings):
            bindings = [
                {**binding, "members": sorted(new if each == old else each for each in binding["members"])}
                for binding in policy.bindings
            ]
            state[iam.POLICIES].put(replace(policy, bindings=bindings))


def policy_resource(call: Call, account: Account) -> str:
    """Return the name under which an account's policy is kept."""
    project: Project | None = projects.find(call.state, account.project)
    number = project.number if project else account.project
    return f"projects/{number}/serviceAccounts/{account.email}"


def get_iam_policy(call: Call) -> Json:
    """GetIamPolicy of an account."""
    account = fetch(call, "iam.serviceAccounts.getIamPolicy")
    return iam.get_policy(call, policy_resource(call, account))


def set_iam_policy(call: Call) -> Json:
    """SetIamPolicy of an account."""
    account = fetch(call, "iam.serviceAccounts.setIamPolicy")
    return iam.set_policy(call, policy_resource(call, account))


def test_iam_permissions(call: Call) -> Json:
    """TestIamPermissions of an account: it needs no permission."""
    account = named(call.state, call.vars["account"])
    if account is None:
        raise errors.not_found("Unknown service account")
    return iam.test_permissions(call, f"projects/{account.project}/serviceAccounts/{account.email}")
