"""See that the caller may do what is asked of this tool, and name the smallest role where not.

Google says for each resource which of a list of permissions the caller has, and asks no permission for that. So what
is missing is known before anything is refused: to look, to ask the model, and to change what `apply` would change. Each
step says what it needs; each permission is tested where it lives: on the project, the billing account, the organization
or folder. What the caller may not do is no failure by itself: it explains the errors that come of it.

Permissions: none.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from provision.catalog.roles import smallest_roles
from provision.checks import CheckSpec, permissions_of, public
from provision.clients import Clients, ask_all
from provision.errors import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from provision.config import Config
    from provision.plan import Check, Level, Purpose, RequiredPermission

REQUIRES: Final = ("project",)


def _spec(what: str, passes_when: str, *diagnoses: str) -> CheckSpec:
    return CheckSpec(
        id=f"permissions.{what}",
        passes_when=passes_when,
        weight="advisory",
        evidence=public(
            "level", "granted", "missing_permissions", "missing", "roles", "role", "parent_number", "steps"
        ),
        diagnoses=diagnoses,
    )


INVOKE: Final = _spec("invoke", "The caller may ask the model.", "PERMISSION_MISSING", "PERMISSIONS_MISSING")
READ: Final = _spec(
    "read", "The caller may look at what a check looks at.", "PERMISSION_MISSING", "PERMISSIONS_MISSING"
)
WRITE: Final = _spec(
    "write",
    "The caller may make the changes to the project that `apply` would make now.",
    "PERMISSION_MISSING",
    "PERMISSIONS_MISSING",
)
BILLING: Final = _spec(
    "billing", "The caller may link the configured billing account.", "PERMISSION_MISSING_ON_ACCOUNT"
)
PARENT: Final = _spec(
    "parent",
    "The caller may create a project in the configured organization or folder.",
    "PERMISSION_MISSING_ON_FOLDER",
    "PERMISSION_MISSING_ON_ORGANIZATION",
)
CHECKS: Final = (INVOKE, READ, WRITE, BILLING, PARENT)
PERMISSIONS: Final = permissions_of(CHECKS)
_TESTED: Final[tuple[tuple[CheckSpec, Level, Purpose], ...]] = (
    (INVOKE, "project", "invoke"),
    (READ, "project", "read"),
    (WRITE, "project", "write"),
    (BILLING, "billing account", "write"),
    (PARENT, "parent", "write"),
)
_MESSAGES: Final[dict[Purpose, str]] = {
    "invoke": "the caller may ask the model",
    "read": "the caller may look",
    "write": "the caller may change what `apply` changes",
}


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What the caller may do.

    Attributes:
        granted: which of the tested permissions at each level; a level that is not configured is left out.
        required: what was tested, each with the step that needs it.
    """

    granted: dict[Level, frozenset[str] | NoAnswer] = field(default_factory=dict)
    required: tuple[tuple[str, RequiredPermission], ...] = ()


UNOBSERVED: Final = Observed()


def _resources(config: Config) -> dict[Level, str]:
    found: dict[Level, str] = {"project": f"projects/{config.project_id}"}
    if config.billing_account:
        found["billing account"] = config.billing_account
    if config.create_project and config.parent:
        found["parent"] = config.parent
    return found


def observe(config: Config, clients: Clients) -> Observed:
    """Test every permission that any step needs, at each level at once."""
    wanted = [required for _, required in clients.required_permissions]
    calls: dict[str, Any] = {
        level: partial(
            _test, clients, resource, {required.permission for required in wanted if required.level == level}
        )
        for level, resource in _resources(config).items()
    }
    granted = ask_all(calls, deadline_s=config.check_timeout_s)
    return Observed(
        granted={level: granted[level] for level in _resources(config)}, required=clients.required_permissions
    )


def _test(clients: Clients, resource: str, permissions: set[str]) -> frozenset[str]:
    return clients.iam.test_permissions(resource, permissions)


def evaluate(config: Config, observed: Observed) -> Iterator[Check]:
    """Evaluate what is missing for each purpose; what is only needed to see more is named, and nothing else."""
    for check, level, purpose in _TESTED:
        granted = observed.granted.get(level)
        wanted = [
            (step, required)
            for step, required in observed.required
            if (required.purpose, required.level) == (purpose, level)
        ]
        if granted is None or not wanted:
            continue
        if isinstance(granted, NoAnswer):
            yield check.unknown("what the caller may do could not be seen", granted)
        elif level == "project" and not granted:
            # So it is for a project that is not there, too; which of the two, `project` says.
            yield check.unknown("the caller may do nothing in the project", None)
        else:
            yield _evaluated(config, check, level, purpose, granted, wanted)


def refused(config: Config, observed: Observed, needed: Collection[RequiredPermission]) -> Iterator[Check]:
    """Yield, for each level, that the caller may not do what planned changes need, or that it could not be seen.

    A parent or an account that does not exist looks the same: no one may do anything there.
    """
    for check, level, purpose in _TESTED:
        granted = observed.granted.get(level)
        wanted = [pair for pair in observed.required if pair[1] in needed and pair[1].level == level]
        if purpose != "write" or granted is None or not wanted:
            continue
        if isinstance(granted, NoAnswer):
            what = "whether the caller may make the planned changes could not be seen"
            yield replace(check.unknown(what, granted), required=True)
        elif not {required.permission for _, required in wanted} <= granted:
            yield replace(_evaluated(config, check, level, purpose, granted, wanted), status="fail", required=True)


def _evaluated(
    config: Config,
    check: CheckSpec,
    level: Level,
    purpose: Purpose,
    granted: frozenset[str],
    wanted: list[tuple[str, RequiredPermission]],
) -> Check:
    missing = sorted({required.permission for _, required in wanted if not required.advisory} - granted)
    unseen = sorted({required.permission for _, required in wanted if required.advisory} - granted)
    evidence: dict[str, Any] = {
        "level": level,
        "granted": sorted({required.permission for _, required in wanted} & granted),
        "missing_permissions": unseen,
    }
    if missing:
        roles = smallest_roles(missing, level)
        found = check.warned if purpose == "write" else check.failed
        evidence |= {
            "missing": ", ".join(missing),
            "roles": " ".join(roles),
            "role": roles[0] if roles else "",
            "parent_number": config.parent.rpartition("/")[2],
            "steps": sorted({step for step, required in wanted if required.permission in missing}),
        }
        return found(f"missing: {', '.join(missing)}", _row(config, level, roles), **evidence)
    more = f" (more is visible with {', '.join(unseen)})" if unseen else ""
    return check.passed(f"{_MESSAGES[purpose]}{more}", **evidence)


def _row(config: Config, level: Level, roles: tuple[str, ...]) -> str:
    if level == "billing account":
        return "PERMISSION_MISSING_ON_ACCOUNT"
    if level == "parent":
        in_folder = config.parent.startswith("folders/")
        return "PERMISSION_MISSING_ON_FOLDER" if in_folder else "PERMISSION_MISSING_ON_ORGANIZATION"
    return "PERMISSION_MISSING" if len(roles) == 1 else "PERMISSIONS_MISSING"
