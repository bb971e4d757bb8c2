"""From the row that fits the words to the one that fits the matter: what the catalogs say of the names in an error.

The role follows from the permission, the kind of account from its address, the level from the role, and what is wrong
with a model from the catalog of models. Nothing here asks Google.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from provision import catalog
from provision.catalog import roles, service_agents
from provision.diagnoses import denials, granting
from provision.diagnoses.models import KEYS, of_past_generation, why_not_found
from provision.gcloud import add_binding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provision.diagnoses.row import Diagnosis

_LEVELS: Final = (
    (r"roles/billing\.(?!projectManager$)", "billing account", "billingAccounts/{billing_account_id}"),
    (
        r"roles/(orgpolicy\.policyAdmin|resourcemanager\.(organization|folder|projectCreator|tagAdmin)|iam\.organizationRole|iam\.(denyAdmin|workforcePool)|accesscontextmanager\.|securitycenter\.)",
        "organization or folder",
        "organizations/{organization_id}",
    ),
    (r"roles/iam\.workloadIdentityUser$", "service account", "serviceAccounts/{email}"),
)
_GCLOUDS_OWN: Final = frozenset({"764086051850", "618104708054", "32555940559"})
"""Numbers of the projects that gcloud's and Google's own logins are of."""
_SHORT_SUBJECTS: Final = {
    "gitlab": "--attribute-mapping=\"google.subject=assertion.project_id + '::' + assertion.job_id,attribute.project_path=assertion.project_path\", and trust by attribute.project_path (both numbers are short)",
    "github": "--attribute-mapping=\"google.subject=assertion.repository_id + '::' + assertion.run_id,attribute.repository=assertion.repository\", and trust by attribute.repository (both numbers are short)",
    "": "a claim that is short for certain (GitHub: google.subject=assertion.repository_id + '::' + assertion.run_id; GitLab: google.subject=assertion.project_id + '::' + assertion.job_id), and trust by an attribute",
}


def refined(row: Diagnosis, facts: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the key of the row that says most, and the facts with what follows from them.

    Args:
        row: what the words alone lead to.
        facts: what the error, and the text around it, tell, under the names of `provision.diagnoses.facts`.
    """
    known = {**facts, **_granting(row, facts), "scope": _scope(facts)}
    narrow = _NARROWER.get(row.key)
    return (narrow(row.key, known) if narrow else "") or row.key, known


def _by_permission(_key: str, known: dict[str, str]) -> str:
    if "has not been used in project" in known.get("message", ""):  # the reason of what gcloud says before it
        return "SERVICE_DISABLED"
    if not known.get("permission") and re.fullmatch(r"(//[\w.]+/)?projects/[\w:.-]+", known.get("resource", "")):
        return "PROJECT_NOT_VISIBLE"  # no permission is named: the project itself was not found, or not shown
    return "UNDELETE_DENIED" if known.get("permission", "").endswith(".undelete") else ""


def _project_of_ones_own(_key: str, known: dict[str, str]) -> str:
    """Forget the project of gcloud's own that the error names: the calls are to be charged to another."""
    for name in ("consumer", "project_id", "consumer_project"):
        if known.get(name, "") in _GCLOUDS_OWN:
            known[name] = ""
    return ""


def _pushed_or_pulled(_key: str, known: dict[str, str]) -> str:
    pushed = re.search(r"\bpush", known.get("message", ""))
    permission = "uploadArtifacts" if pushed else "downloadArtifacts"
    known |= _grant_of(f"artifactregistry.repositories.{permission}", known)
    return ""


def _denied(_key: str, known: dict[str, str]) -> str:
    """Say which permission it is about, where the error names none and the command or the resource tells."""
    permission = known.get("permission", "")
    if not roles.known_permission(permission):
        wordless = re.search(r"The caller does not have permission|Permission denied\W*$", known.get("message", ""))
        call = (known.get("method", ""), known.get("terraform_resource", ""))
        permission = denials.permission_of_call(*call) if wordless else ""
    if not permission:
        return ""
    known |= _grant_of(permission, known)
    return "IAM_PERMISSION_DENIED"


def _not_visible(_key: str, known: dict[str, str]) -> str:
    """Tell a project that cannot be seen from one that may be seen and not changed: gcloud's command says which."""
    permission = known.get("permission", "")
    asked = permission.startswith("resourcemanager.projects.") and not permission.endswith(".get")
    return "IAM_PERMISSION_DENIED" if asked else ""


def _model_not_servable(key: str, known: dict[str, str]) -> str:
    found = _which_model(key, known)  # that it is the location is Google's word; only where else is open
    return found if found in {"WRONG_LOCATION", "MODEL_RETIRED"} else ""


def _pool_in_full(_key: str, known: dict[str, str]) -> str:
    known["full_member"] = _full_member(known.get("asked_member", ""))
    return ""


def _for_everyone(_key: str, known: dict[str, str]) -> str:
    return "ALL_USERS_FORBIDDEN" if known.get("public_member") else ""


def _short_subject(_key: str, known: dict[str, str]) -> str:
    words = known.get("around", "").lower()
    known["shorter_mapping"] = next(text for name, text in _SHORT_SUBJECTS.items() if name in words)
    return ""


def _account_there(_key: str, known: dict[str, str]) -> str:
    if not known.get("account_id") and known.get("email"):
        known["account_id"] = known["email"].partition("@")[0]
    return ""


def _which_model(_key: str, known: dict[str, str]) -> str:
    """Say why a model is not found, from the catalog alone: Model Garden is not asked, so what it would show is open."""
    model, location = known.get("model", ""), known.get("model_location") or known.get("location", "")
    if not model:
        return ""
    if f"{model}-maas" in catalog.models() and model not in catalog.models():
        return "MODEL_WITHOUT_MAAS"
    if of_past_generation(model):
        known |= {"retired_on": "a day before the catalog begins, as all Gemini of its generation were"}
        known["instead"] = f"--model {known['nearest']}" if known.get("nearest") else "a model of `provision models`"
        return "MODEL_RETIRED"
    sure = why_not_found(model, location, shown=None, by_chat=False)
    outcome = catalog.lookup(model, location).outcome
    return sure or (KEYS[outcome] if outcome in {"misspelled", "near"} else "")


def _granting(row: Diagnosis, facts: Mapping[str, str]) -> dict[str, str]:
    """Return the role, the place and the command that follow from the permission."""
    permission = facts.get("permission", "")
    if not roles.known_permission(permission):
        permission = row.permission or permission
    if permission:
        return _grant_of(permission, facts)
    if facts.get("grant"):
        return {}
    if facts.get("named_role"):
        place = granting.place_of_role(facts["named_role"], facts)
        member = facts.get("member") or "MEMBER"
        return {
            "role": facts["named_role"],
            "grant": add_binding(place, member, facts["named_role"]),
            "grant_resource": place,
        }
    project = f"projects/{facts.get('project_id') or 'PROJECT_ID'}"
    return {"grant": add_binding(project, facts.get("member") or "MEMBER", "ROLE"), "grant_resource": project}


def _grant_of(permission: str, facts: Mapping[str, str]) -> dict[str, str]:
    grant = granting.grant_for(permission, facts)
    found = {"permission": permission, "role": grant.role, "grant_resource": grant.resource}
    return {**found, "grant": grant.command}


def _scope(known: Mapping[str, str]) -> str:
    """Return how gcloud's commands are told the project, folder or organization that the text speaks of."""
    if not known.get("project_id"):
        for kind in ("folder", "organization"):
            if known.get(f"{kind}_id"):
                return f"--{kind}={known[f'{kind}_id']}"
    return f"--project={known.get('project_id') or 'PROJECT_ID'}"


def _full_member(member: str) -> str:
    found = re.match(
        r"(principal(?:Set)?)://iam\.googleapis\.com/(?:projects/[^/]+/locations/global/workloadIdentityPools/)?([^/\s]+)(/\S*)?",
        member,
    )
    if not found:
        return "principalSet://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/attribute.NAME/VALUE"
    return f"{found[1]}://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/{found[2]}{found[3] or ''}"


def _which_account(_key: str, known: dict[str, str]) -> str:
    """Tell an account that Google makes from one that someone makes."""
    email = known.get("email", "")
    agent = service_agents.agent(email)
    if agent is None:
        return ""
    project = known.get("project_id") or agent.number
    known |= {"agent": email, "agent_service": agent.service, "agent_project": project or "PROJECT_ID"}
    known |= {"first_use": agent.first_use} if agent.first_use else {}
    return {
        "by command": "SERVICE_AGENT_NOT_YET",
        "by first use": "SERVICE_AGENT_OF_FIRST_USE",
        "with its API": "DEFAULT_ACCOUNT_NOT_YET",
    }[agent.making]


def _which_role(key: str, known: dict[str, str]) -> str:
    """Tell a role of another level from one that does not exist, and say which was probably meant."""
    asked = known.get("asked_role", "")
    parent = re.match(r"(project|organization)s/([^/]+)/roles/", asked)
    if parent:
        known["role_scope"] = f"--{parent[1]}={parent[2]}"
    if asked:
        known["role_id"] = asked.rpartition("/")[2]
    if key != "ROLE_NOT_SUPPORTED":
        return key
    for pattern, level, place in _LEVELS:
        if re.match(pattern, asked) and asked in roles.names():
            facts = {name: known.get(name) or name.upper() for name in ("billing_account_id", "organization_id")}
            facts["email"] = known.get("email") or "SERVICE_ACCOUNT_EMAIL"
            member = known.get("granted_member") or "MEMBER"
            known |= {"role_level": level, "grant_role": add_binding(place.format_map(facts), member, asked)}
            return "ROLE_OF_ANOTHER_LEVEL"
    near = get_close_matches(asked, sorted(roles.names() - {asked}), n=1, cutoff=0.8)
    known["nearest_role"] = f"; did you mean {near[0]}?" if near and asked not in roles.names() else " "
    return key


_NARROWER: Final[dict[str, Callable[[str, dict[str, str]], str]]] = {
    "QUOTA_PROJECT_MISSING": _project_of_ones_own,
    "IAM_PERMISSION_DENIED": _by_permission,
    "REGISTRY_DENIED": _pushed_or_pulled,
    "PERMISSION_DENIED": _denied,
    "PROJECT_NOT_VISIBLE": _not_visible,
    "PUBLISHER_MODEL_NOT_FOUND": _which_model,
    "PUBLISHER_MODEL_NOT_ALLOWED": _which_model,
    "WRONG_PUBLISHER": _which_model,
    "PUBLISHER_MODEL_NOT_SERVABLE": _model_not_servable,
    "MEMBER_POOL_NAME": _pool_in_full,
    "SERVICE_ACCOUNT_NOT_THERE": _which_account,
    "ROLE_NAME_OF_CUSTOM_ROLE": _which_role,
    "ROLE_MISSING": _which_role,
    "ROLE_NOT_SUPPORTED": _which_role,
    "MEMBER_DOMAIN_FORBIDDEN": _for_everyone,
    "STS_SUBJECT_TOO_LONG": _short_subject,
    "SERVICE_ACCOUNT_EXISTS": _account_there,
}
"""What looks closer at the facts of a row: it adds what follows from them, and returns a narrower row's key or nothing."""
