"""What the steps that make service accounts share: seeing one with its roles, making it, granting, waiting.

Grants are only ever added, never replaced: what someone else granted stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from provision.checks import CheckSpec
from provision.clients import Clients, ask
from provision.errors import ApiError, ErrorStatus, NoAnswer
from provision.google.errors import is_service_disabled
from provision.google.iam_admin import ServiceAccount, email_of
from provision.google.iam_policy import Grant, add_members, missing, read
from provision.plan import Change, Check, RequiredPermission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from provision.config import Config

Answer = TypeVar("Answer")

MADE_BY: Final = "Made by provision"
# What a service account, a pool or a service that is seconds old is refused with, until all of Google knows of it.
RECENTLY_CREATED: Final = frozenset({"NOT_FOUND"})
UNKNOWN_MEMBER: Final = "does not exist"
ONE_ROLE: Final = "roles/aiplatform.user"
PROBES: Final = 3  # permissions of each role that a new account is asked about


@dataclass(frozen=True, kw_only=True)
class Account:
    """One service account, and which of its roles the project's own policy lacks.

    Attributes:
        found: None if it is not there.
        missing: roles, in the order they were asked for.
    """

    found: ServiceAccount | NoAnswer | None = None
    missing: tuple[str, ...] | NoAnswer = ()


def checks(step: str, when: str, whose: str) -> tuple[CheckSpec, CheckSpec]:
    """Declare the two checks of an account: that it is there, and that it has its roles.

    Args:
        when: the attribute of the configuration without which there is no account.
        whose: the owner, as it begins a sentence.
    """
    return (
        CheckSpec(
            id=f"{step}.account",
            passes_when=f"{whose} service account exists and is not disabled.",
            evidence={"account": "id", "account_id": "public"},  # the setting that names it is private itself
            diagnoses=("SERVICE_ACCOUNT_MISSING", "SERVICE_ACCOUNT_DISABLED"),
            permissions=(RequiredPermission(permission="iam.serviceAccounts.get", when=(when,)),),
        ),
        CheckSpec(
            id=f"{step}.roles",
            passes_when="It has every configured role on the project.",
            evidence={"account": "id", "account_id": "public", "missing": "public", "role": "public"},
            diagnoses=("ROLES_NOT_GRANTED",),
            permissions=(RequiredPermission(permission="resourcemanager.projects.getIamPolicy", when=(when,)),),
        ),
    )


def required_permissions(when: str) -> tuple[RequiredPermission, ...]:
    """Return what it takes to make the account, and to take it away again, if the setting ``when`` is set."""
    return (
        RequiredPermission(
            permission="iam.serviceAccounts.create",
            purpose="write",
            when=(when,),
            actions=("create",),
            collection="serviceAccounts",
        ),
        RequiredPermission(
            permission="resourcemanager.projects.setIamPolicy",
            purpose="write",
            when=(when,),
            actions=("grant",),
            collection="projects",
        ),
        *(
            RequiredPermission(permission=permission, purpose="delete", when=(when,))
            for permission in (
                "iam.serviceAccounts.get",
                "iam.serviceAccounts.getIamPolicy",
                "iam.serviceAccountKeys.list",
                "iam.serviceAccounts.delete",
                "resourcemanager.projects.getIamPolicy",
                "resourcemanager.projects.setIamPolicy",
            )
        ),
    )


def resource_of(project_id: str, account_id: str) -> str:
    """Return the account's full resource name."""
    return f"projects/{project_id}/serviceAccounts/{email_of(account_id, project_id)}"


def member_of(project_id: str, account_id: str) -> str:
    """Return the account as IAM writes a member."""
    return f"serviceAccount:{email_of(account_id, project_id)}"


def calls(clients: Clients, project_id: str, account_id: str, roles: tuple[str, ...]) -> dict[str, Callable[[], Any]]:
    """Return the reads that make an `Account`, to be made at once with others."""
    return {
        "found": lambda: find(clients, project_id, account_id),
        "missing": lambda: _missing(clients, project_id, account_id, roles),
    }


def find(clients: Clients, project_id: str, account_id: str) -> ServiceAccount | None:
    """Return the account; None if Google says that it is not there."""
    try:
        return clients.iam_admin.get_service_account(resource_of(project_id, account_id))
    except ApiError as error:
        if error.status.status == "NOT_FOUND":
            return None
        raise


def _missing(clients: Clients, project_id: str, account_id: str, roles: tuple[str, ...]) -> tuple[str, ...]:
    policy = read(clients.transport, f"projects/{project_id}")
    member = member_of(project_id, account_id)
    return tuple(grant.role for grant in missing(policy, [Grant(role=role, member=member) for role in roles]))


def not_yet_on(error: object) -> bool:
    """Whether the API itself is off: what `apply` enables before this step cannot be asked yet."""
    return isinstance(error, ErrorStatus) and is_service_disabled(error)


def as_nothing(account: Account, roles: tuple[str, ...]) -> Account:
    """Return what is taken to be there while the API is off: nothing."""
    return Account(
        found=None if not_yet_on(account.found) else account.found,
        missing=roles if not_yet_on(account.missing) else account.missing,
    )


def evaluate(
    checks: tuple[CheckSpec, CheckSpec], project_id: str, account_id: str, account: Account
) -> Iterator[Check]:
    """Evaluate whether the account is there, may be used, and has its roles."""
    there, roles = checks
    email = email_of(account_id, project_id)
    evidence: dict[str, Any] = {"account": email, "account_id": account_id}
    found = account.found
    if isinstance(found, NoAnswer):
        yield there.unknown(f"{email} could not be seen", found, **evidence)
    elif found is None:
        yield there.failed(f"{email} does not exist", "SERVICE_ACCOUNT_MISSING", **evidence)
    elif found.disabled:
        yield there.failed(f"{email} is disabled", "SERVICE_ACCOUNT_DISABLED", **evidence)
    else:
        yield there.passed(email, **evidence)
    missing = account.missing
    if isinstance(missing, NoAnswer):
        yield roles.unknown(f"the roles of {email} could not be seen", missing, **evidence)
    elif missing:
        evidence |= {"missing": " ".join(missing), "role": missing[0]}
        yield roles.failed(f"{email} lacks {', '.join(missing)}", "ROLES_NOT_GRANTED", **evidence)
    else:
        yield roles.passed("every role is granted", **evidence)


def plan(
    step: str, project_id: str, account_id: str, account: Account, *, display_name: str, roles: Iterable[str], why: str
) -> Iterator[Change]:
    """Make the account, grant what is lacking, and wait until it can be used."""
    if isinstance(account.found, NoAnswer) or isinstance(account.missing, NoAnswer):
        return
    if account.found is not None and account.found.disabled:
        return  # someone switched it off; that is theirs to undo
    resource = resource_of(project_id, account_id)
    missing = account.missing
    if account.found is None:
        missing = tuple(roles)
        yield Change(step=step, action="create", resource=resource, after={"display_name": display_name}, why=why)
    if missing:
        yield Change(
            step=step,
            action="grant",
            resource=f"projects/{project_id}",
            after=[f"{role} to {member_of(project_id, account_id)}" for role in missing],
            why="it may do nothing until it is granted something; what others were granted stays",
        )
        yield Change(
            step=step,
            action="wait",
            resource=resource,
            why="a new account or grant is not known everywhere in Google for some minutes",
        )


def apply(config: Config, change: Change, clients: Clients, account_id: str, roles: tuple[str, ...]) -> str:
    """Make one of the changes that `plan` yields.

    Raises:
        ApiError: Google refused for good, or the deadline passed.
    """
    if change.action == "create":
        after = cast("dict[str, str]", change.after)
        clients.progress(f"creating {change.resource.rpartition('/')[2]}")
        made = settled(
            clients,
            lambda: clients.iam_admin.create_service_account(
                change.resource, display_name=after["display_name"], description=f"{MADE_BY} for this project."
            ),
        )
        return "" if made else "it was there already"
    if change.action == "grant":
        grants = [_grant(text) for text in cast("list[str]", change.after)]
        clients.progress(f"granting {', '.join(grant.role for grant in grants)}")
        added = settled(clients, lambda: add_members(clients.transport, change.resource, grants))
        return "" if added else "it was granted already"
    return _wait_until_usable(config, clients, account_id, roles)


def _grant(text: str) -> Grant:
    role, _, member = text.partition(" to ")
    return Grant(role=role, member=member)


def settled(clients: Clients, call: Callable[[], Answer]) -> Answer:
    """Make a call, again while Google does not know yet what was made or enabled a moment ago.

    Raises:
        ApiError: any other error, or the deadline passed.
    """
    deadline = clients.clock() + clients.config.usable_timeout_s
    while True:
        try:
            return call()
        except ApiError as error:
            if not _is_recently_created(error.status) or clients.clock() + clients.config.usable_interval_s > deadline:
                raise
            what = error.status.message[:80]
        clients.progress(f"waiting until Google knows what was just made: {what}")
        clients.transport.wait(max(clients.config.usable_interval_s, 0.05), "Google to know what was just made")


def _is_recently_created(error: ErrorStatus) -> bool:
    if error.status in RECENTLY_CREATED or is_service_disabled(error):
        return True
    # A policy takes a new account only after up to a minute: https://cloud.google.com/iam/docs/service-accounts-create
    return error.status == "INVALID_ARGUMENT" and UNKNOWN_MEMBER in error.message


def _wait_until_usable(config: Config, clients: Clients, account_id: str, roles: tuple[str, ...]) -> str:
    """Wait until the account is found, and, where the caller may become it, until it holds what it was granted."""
    project_id = config.project_id
    email = email_of(account_id, project_id)
    began = clients.clock()
    in_a_row = 0
    while in_a_row < config.usable_answers:
        settled(clients, lambda: clients.iam_admin.get_service_account(resource_of(project_id, account_id)))
        in_a_row += 1
        clients.progress(f"waiting for {email}: found {in_a_row} of {config.usable_answers} times in a row")
        if in_a_row < config.usable_answers:
            clients.transport.wait(config.usable_interval_s, f"{email} to be known")
    probes = _probes(clients, roles)
    if not probes:
        return f"known after {clients.clock() - began:.1f} s; that its roles are in force was not proven: none is known"
    deadline = began + config.usable_timeout_s
    while True:
        held = ask(lambda: clients.iam_credentials.held(email, project_id, probes))
        if isinstance(held, NoAnswer):
            if open_question := _why_unverified(config, email, held):
                known_s = clients.clock() - began
                return f"known after {known_s:.1f} s; that its roles are in force was not proven: {open_question}"
        elif held >= probes:
            return f"holds its roles, proven as {email}, after {clients.clock() - began:.1f} s"
        if clients.clock() + config.usable_interval_s > deadline:
            raise ApiError(
                ErrorStatus(
                    service="iam.googleapis.com",
                    method="TestIamPermissions",
                    status="TIMEOUT",
                    reason="NOT_USABLE_IN_TIME",
                    message=f"{email} did not hold the roles it was granted within {config.usable_timeout_s:g} s.",
                )
            )
        clients.progress(f"waiting for the roles of {email} to be in force")
        clients.transport.wait(max(config.usable_interval_s, 0.05), f"the roles of {email} to be in force")


def _why_unverified(config: Config, email: str, held: NoAnswer) -> str:
    """Return why waiting does not prove what an account holds; empty where it may."""
    if not isinstance(held, ErrorStatus):
        return str(held)
    if held.reason == "IAM_PERMISSION_DENIED" and "getAccessToken" in str(held.metadata) + held.message:
        return f"you may not act as {email} (a grant takes up to seven minutes)"
    # An API that no one asked for stays off, however long one waits.
    off = is_service_disabled(held) and held.metadata.get("service", held.service) not in config.services
    if off or not (_is_recently_created(held) or held.reason == "IAM_PERMISSION_DENIED"):
        return f"{held.service} answered {held.reason or held.status}"
    return ""


def _probes(clients: Clients, roles: tuple[str, ...]) -> frozenset[str]:
    """Return a few permissions of each role, of its own API, by which it can be seen that the role is in force."""
    found: set[str] = set()
    for role in roles:
        held = ask(lambda role=role: clients.iam_admin.role_permissions(role))  # type: ignore[misc] # bound now, on purpose
        if isinstance(held, NoAnswer):
            continue
        own = role.partition("/")[2].partition(".")[0]
        # Where a permission can be tested, only the API knows: those of the role's own API can be on a project.
        named = [each for each in held if each.startswith(f"{own}.")] or [
            each for each in held if each == "resourcemanager.projects.get"
        ]
        found.update(sorted(named)[:PROBES])
    return frozenset(found)
