"""What an error tells, under the names that causes and fixes use, and what is where nothing is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision import catalog
from provision.catalog import roles
from provision.diagnoses import denials
from provision.gcloud import add_binding

if TYPE_CHECKING:
    from provision.errors import ErrorStatus


@dataclass(frozen=True)
class Placeholder:
    """One blank of a cause, a fix or a request.

    Attributes:
        placeholder: what is there when the value is not known: capitals that a person replaces, or a plain word.
        where: where a person finds the value; empty for a plain word, which needs no replacing.
        else_use: other facts that serve as well, in this order.
    """

    placeholder: str
    where: str = ""
    else_use: tuple[str, ...] = ()


_PROJECT: Final = "your project's id: gcloud projects list"
PLACEHOLDERS: Final[dict[str, Placeholder]] = {
    "project_id": Placeholder("PROJECT_ID", _PROJECT, ("consumer", "email_project")),
    "consumer": Placeholder("PROJECT_ID", _PROJECT, ("project_id",)),
    "consumer_project": Placeholder("PROJECT_ID", _PROJECT, ("consumer", "project_id")),
    "set_quota_project": Placeholder("gcloud auth application-default set-quota-project PROJECT_ID"),
    "billing_account": Placeholder("billingAccounts/BILLING_ACCOUNT_ID", "", ("account",)),
    "billing_account_id": Placeholder(
        "BILLING_ACCOUNT_ID", "the id of an open billing account: gcloud billing accounts list --filter=open=true"
    ),
    "open_account_id": Placeholder(
        "BILLING_ACCOUNT_ID", "the id of an open billing account: gcloud billing accounts list --filter=open=true"
    ),
    "apply_with": Placeholder("run `provision apply` with --billing-account=BILLING_ACCOUNT_ID"),
    "create_with": Placeholder("add --create-project to `provision apply`"),
    "create_without": Placeholder("leave --create-project out"),
    "relink_with": Placeholder("add --relink-billing to `provision apply`"),
    "undelete_with": Placeholder("provision apply --undelete-project"),
    "account": Placeholder("ACCOUNT", "the account's name, as the finding gives it"),
    "member": Placeholder("MEMBER", "who calls, as user:EMAIL or serviceAccount:EMAIL: gcloud auth list"),
    "principal": Placeholder("the caller"),
    "principal_email": Placeholder(
        "SERVICE_ACCOUNT_EMAIL",
        "the service account's address: gcloud iam service-accounts list",
        ("email",),
    ),
    "email": Placeholder("SERVICE_ACCOUNT_EMAIL", "the service account's address: gcloud iam service-accounts list"),
    "parent": Placeholder("the organization"),
    "service": Placeholder(
        "SERVICE",
        "the API's name, such as aiplatform.googleapis.com: gcloud services list --available",
        ("called_service",),
    ),
    "called_service": Placeholder("Google", "", ("service",)),
    "method": Placeholder("the call"),
    "message": Placeholder("(without a word)"),
    "code": Placeholder("error"),
    "permission": Placeholder("a permission"),
    "resource": Placeholder("the resource"),
    "quota_limit": Placeholder("that the message names", "", ("quota_metric",)),
    "uid": Placeholder("UNIQUE_ID", "the vpcServiceControlsUniqueIdentifier of the full message"),
    "location": Placeholder("LOCATION", "such as `global` or us-central1", ("model_location",)),
    "model": Placeholder("MODEL", "such as openai/gpt-oss-120b-maas: provision models"),
    "publisher": Placeholder("PUBLISHER", "the first half of the model's name, such as openai"),
    "model_name": Placeholder("MODEL_NAME", "the second half of the model's name, such as gpt-oss-120b-maas"),
    "model_location": Placeholder("the location that was asked", "", ("location",)),
    "offered_at": Placeholder("LOCATION", "such as `global` or us-central1"),
    # What follows is filled by a step that saw it; `explain KEY` shows the rows without one.
    "missing": Placeholder(
        "SERVICE", "the API's name, such as aiplatform.googleapis.com: gcloud services list --available"
    ),
    "offered_first": Placeholder("LOCATION", "such as `global` or us-central1: provision models"),
    "nearest": Placeholder("MODEL", "such as openai/gpt-oss-120b-maas: provision models"),
    "candidates": Placeholder("correct the name"),
    "instead": Placeholder("--model MODEL", "a model that is served: provision models"),
    "misspelled": Placeholder(": the id is probably misspelled"),
    "maker": Placeholder("another publisher"),
    "other_route": Placeholder("another address"),
    "ask_for": Placeholder("that it be enabled"),
    "enable_evidence": Placeholder("none is in the catalog"),
    "successor": Placeholder("MODEL", "such as openai/gpt-oss-120b-maas: provision models"),
    "retired_on": Placeholder("a day that has passed"),
    "retires_on": Placeholder("a day that is near"),
    "max_tokens": Placeholder("all its"),
    "actual_parent": Placeholder("another place"),
    "without_model": Placeholder("some"),
    "in_no_state": Placeholder("some of them"),
    "measured_s": Placeholder("more"),
    "max_latency_s": Placeholder("fewer"),
    "finish_reason": Placeholder("for no known reason"),
    "other_model": Placeholder("another one"),
    "endpoint": Placeholder("of that id"),
    "locations": Placeholder("that location", "", ("location",)),
    "account_id": Placeholder("ACCOUNT_ID", "the part of the service account's address before the @"),
    "role": Placeholder(
        "ROLE", "a role that holds the permission: https://docs.cloud.google.com/iam/docs/roles-permissions"
    ),
    "roles": Placeholder("ROLES", "the roles that the finding names, with blanks in between"),
    "parent_number": Placeholder("NUMBER", "the number of the organization or folder: gcloud organizations list"),
    "pool": Placeholder("POOL", "gcloud iam workload-identity-pools list --location=global"),
    "pool_provider": Placeholder(
        "PROVIDER", "gcloud iam workload-identity-pools providers list --workload-identity-pool=POOL --location=global"
    ),
    "difference": Placeholder("in some point"),
    "others": Placeholder("see the finding"),
    "trusted": Placeholder("PRINCIPAL_SET", "the principalSet:// that the finding names"),
    "problem": Placeholder("see the finding"),
    "issuer": Placeholder("ISSUER_URL", "the claim `iss` of the token"),
    "expected": Placeholder("the provider's own"),
    "constraint": Placeholder("CONSTRAINT", "the constraint that the finding names"),
    "value": Placeholder("VALUE", "the value that the finding names"),
    "forbidden": Placeholder("some services"),
    "outside": Placeholder("some locations"),
    "stated": Placeholder("as the finding says"),
    "variables": Placeholder("VARIABLE", "the variables that the finding names"),
    "gcloud_account": Placeholder("the account of gcloud"),
    "host": Placeholder("Google's host"),
    "detail": Placeholder("as the finding says"),
    "proxy": Placeholder("in between"),
    "issuers": Placeholder("someone else"),
    "metric": Placeholder("METRIC", "the metric that the finding names"),
    "catalog_date": Placeholder("the day this was made"),
    # What follows from an error by `provision.diagnoses.refine`.
    "grant": Placeholder(add_binding("projects/PROJECT_ID", "MEMBER", "ROLE")),
    "grant_resource": Placeholder("projects/PROJECT_ID"),
    "gke_pool": Placeholder("PROJECT_ID.svc.id.goog"),
    "scope": Placeholder("--project=PROJECT_ID"),
    "full_member": Placeholder(
        "principalSet://iam.googleapis.com/projects/PROJECT_NUMBER/locations/global/workloadIdentityPools/POOL/attribute.NAME/VALUE"
    ),
    "asked_email": Placeholder("as the message says"),
    "asked_role": Placeholder("the role that was named"),
    "asked_permission": Placeholder("a permission"),
    "agent": Placeholder("that the message names"),
    "agent_service": Placeholder("SERVICE", "", ("service",)),
    "agent_project": Placeholder("PROJECT_ID", "", ("project_id",)),
    "first_use": Placeholder("the first use of its feature"),
    "role_level": Placeholder("billing account, the organization or a folder"),
    "grant_role": Placeholder("grant it there"),
    "nearest_role": Placeholder(""),
    "role_id": Placeholder("ROLE_ID", "the last part of the role's name"),
    "role_scope": Placeholder("--project=PROJECT_ID"),
    "email_project": Placeholder("PROJECT_ID", "", ("project_id",)),
    "field": Placeholder("that the message names"),
    "served_name": Placeholder("the one that was asked for"),
    "named_role": Placeholder("ROLE", "the role that the message names"),
    "registry": Placeholder("REGION-docker.pkg.dev"),
    "image_project": Placeholder("PROJECT_ID", "", ("project_id",)),
    "shorter_mapping": Placeholder(
        "a claim that is short for certain (GitHub: google.subject=assertion.repository_id + '::' + assertion.run_id; GitLab: google.subject=assertion.project_id + '::' + assertion.job_id), and trust by an attribute"
    ),
}

_EMAIL: Final = r"[\w.+-]+@[\w.-]+\w"
_PERMISSION: Final = r"(?:iam\.googleapis\.com/)?[a-z][\w-]*\.[a-zA-Z]\w*(?:\.[a-zA-Z]\w*)+"
# Named groups are facts. The words are Google's own, of errors that came without their details.
_MESSAGES: Final = (
    rf"Permissions? ['\"`\[]*(?P<permission>{_PERMISSION})['\"`\]]* denied",
    r"(?:missing permission on|Required|requires?|lacks|lacking|needs?) \S{0,80}?:? ?['\"`]?(?P<permission>[a-z]\w*\.[a-z]\w*\.[a-z]\w*)\b",
    rf"(?:[Mm]issing(?: (?:the )?(?:required|necessary|following))? permissions?|insufficient permissions?|does not have(?: the)?(?: required)? permissions?|without permissions?"
    rf"|do(?:es)? not have permissions?|requires one of|Permissions? (?:required|missing)):? ?[\[\(\"'`]*(?P<permission>{_PERMISSION})",
    rf"(?:does not have|do not have|lacks|needs) [\"'`]?(?P<permission>{_PERMISSION})[\"'`]? (?:access|permission)",
    rf"the [\"'`]?(?P<permission>{_PERMISSION})[\"'`]? permission",
    r"(?P<permission>\b(?!type\.|www\.)[a-z]\w+\.[a-zA-Z]+\.(?:get|list|create|delete|update|use|actAs|access|invoke|predict|setIamPolicy|getIamPolicy)\w*) (?:permission )?(?:is )?(?:denied|required|missing)",
    rf"(?:PERMISSION_DENIED|permission denied|Forbidden|403)\b.{{0,80}}[\"'`(](?P<permission>(?![\w.-]+\.(?:com|goog)\b){_PERMISSION})[\"'`)]",
    r"denied (?:on|for) (?:resource:? )?['\"`]?(?P<resource>(?://)?[\w.-]+/[^\s'\"`]+)",
    r"permission for ['\"`](?P<resource>(?:projects|folders|organizations|billingAccounts)/[^\s'\"`]+)",
    r"access to (?:the )?(?:\w+ ){0,4}(?P<resource>(?:projects|folders|organizations)/[^\s'\"`]+\w)",
    r"has not been used in project (?P<consumer>[\w:.-]+\w) before",
    r"/apis/api/(?P<service>[\w.-]+\.googleapis\.com)/overview",
    r"attempting to use service '(?P<service>[\w.-]+)'",
    r"API \[(?P<service>[\w.-]+)\] not enabled on project \[(?P<consumer>[\w:.-]+)\]",
    r"Cannot add the project \"(?P<consumer>[\w:.-]+)\" to application default credentials",
    r"Permission denied to enable service \[(?P<service>[\w.-]+)\]",
    r"of service '(?P<service>[\w.-]+)'",
    r"(?P<service>[\w.-]+\.googleapis\.com) (?:API )?requires a quota project",
    r"limit '(?P<quota_limit>[^']+)' of service",
    r"Quota '(?P<quota_limit>[\w-]+)' exceeded",
    r"for consumer '(?:projects/|project_number:)?(?P<consumer>[\w:.-]+)'",
    r"consumer container \[projects/(?P<consumer>[\w:.-]+)\]",
    r"billing on project #?(?P<consumer>[\w:.-]+\w) by",
    r"Project ['\"]?#?(?P<consumer>[\w:.-]+\w)['\"]? (?:\(#\d+\) )?(?:has billing disabled|not found or permission|has been deleted|is being deleted)",
    r"(?:Permission denied on resource|permission to use) project '?(?P<consumer>[\w:.-]*\w)",
    r"Billing account for project '?(?P<consumer>[\w:.-]+\w)'? is not",
    r"(?:projects|folders|organizations) instance \[(?P<project_id>[\w.-]+(?::(?!(?:[a-z]+[A-Z]\w*|undelete|move)\])[\w-]+)?)(?::\w+)?\]",
    r"vpcServiceControlsUniqueIdentifier:? ?\"?(?P<uid>[\w-]+)",
    r"on 'locations/(?P<location>[\w-]+)'",
    r"projects/(?P<project_id>[a-z][\w:.-]*\w)/locations/(?P<location>[\w-]+)",
    r"publishers/(?P<publisher>[\w-]+)/models/(?P<model_name>[\w.@-]+\w)",
    r"servable in region (?P<location>[\w-]+\w)",
    r"(?P<billing_account>billingAccounts/[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})",
    r"billing account \"?(?P<billing_account_id>[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})",
    r"--billing-account[= ](?P<billing_account_id>[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})",
    r"(?:serviceAccounts/|[Ss]ervice[ _][Aa]ccount:? [\"'`\[]?|act as [\"'`]?|not found for email |impersonate \[|Token for |token for |serviceAccount:)(?P<email>[\w.-]+@[\w.-]+\.gserviceaccount\.com)",
    rf"authenticated as (?P<principal>{_EMAIL})",
    rf"\[(?P<principal>{_EMAIL})\] does not have permission",
    rf"(?:^|[\s\"'`(:])(?P<principal>{_EMAIL}) (?:does not have|lacks|needs) (?!any valid)",
    rf"(?:User|Principal|Caller|Account|caller|account|principal|user) [\"'`\[]?(?P<principal>{_EMAIL})[\"'`\]]? (?:does not|lacks|is not|has no|cannot|was denied)",
    rf"User \"(?P<principal>{_EMAIL})\" cannot",
    r"[\"'`\[](?:constraints/)?(?P<constraint>(?:iam|gcp|compute|storage|vertexai|billing|run|sql|gke|container|essentialcontacts|resourcemanager|serviceuser|appengine|cloudbuild|cloudfunctions|bigquery|dataform|ainotebooks|pubsub|firestore)\.(?:managed\.)?[a-z]\w+)[\"'`\]]",
    r"constraints/(?P<constraint>[a-z]\w*\.[\w.]*\w)",
    r"customConstraints/(?P<constraint>custom\.\w+)",
    r"[Rr]ole \(?[\"'`]?(?P<asked_role>(?:roles|projects/[\w:.-]+/roles|organizations/\d+/roles)/[\w.]+\w)",
    r"\b(?P<asked_member>(?:principal|principalSet)://[^\s'\"`,]+\w)",
    r"[Uu]ser [\"'`]?(?P<asked_email>[\w.+-]+@[\w.-]+\w)[\"'`]? does not exist",
    r"[Gg]roup [\"'`]?(?P<asked_email>[\w.+-]+@[\w.-]+\w)[\"'`]? does not exist",
    r"\((?P<gke_pool>[a-z][\w.:-]+\.svc\.id\.goog)\)",
    r"Permission (?P<asked_permission>[a-z]\w*\.\w+\.\w+) is not (?:valid|supported)",
    r"(?:field \[|Invalid value (?:for field|at|for) [\['\"]*)(?P<field>[\w.\[\]]+\w)",
    r"(?<![\w.])(?P<field>(?:template|spec|config|metadata)\.[\w.\[\]]{3,80}): [A-Z]",
    r"Unknown name \\?\"(?P<field>\w+)\\?\"",
    r"[Ss]ervice account (?P<account_id>[a-z][\w-]{4,28}\w) already exists",
    r"the image is from project \[(?P<image_project>[\w.:-]+)\]",
    r"read the image,? [\w-]+-docker\.pkg\.dev/(?P<image_project>[\w.:-]+)/",
    r"[Mm]odel `(?P<served_name>[^`]+)` does not exist",
)


def facts_of(error: ErrorStatus) -> dict[str, str]:
    """Return what an error tells, under the names that fixes use: Google's details first, then its words."""
    facts = {key: value for key, value in error.metadata.items() if value}
    for name, value in denials.of_gcloud(error.message).items():
        facts.setdefault(name, value)
    for pattern in _MESSAGES:
        found = re.search(pattern, error.message, re.IGNORECASE)  # compiled once, when it is first needed
        if found:
            for name, value in found.groupdict().items():
                facts.setdefault(name, value)
    if not roles.known_permission(facts.get("permission", "")):
        permission = denials.permission_named(error.message)
        facts |= {"permission": permission} if permission else {}
    if "permission" not in facts:
        facts |= {"permission": denials.permission_of_doing(error.message)}
    asked = denials.role_named(error.message)
    facts |= asked if "principal" in asked else {name: value for name, value in asked.items() if name not in facts}
    title, cut_off, _ = error.message.partition(" has not been used in project ")
    if cut_off and "service" not in facts:  # the link with its name came after that
        facts["service"] = catalog.service_titled(title)
    facts["called_service"] = error.service
    facts["method"] = error.method
    facts["message"] = error.message
    facts["code"] = str(error.code or "")
    if "consumer" in facts:
        facts["consumer"] = facts["consumer"].removeprefix("projects/").removeprefix("project_number:")
    facts |= _that_follow(facts)
    return {name: value for name, value in facts.items() if value}


def _that_follow(facts: dict[str, str]) -> dict[str, str]:
    """Return what follows from the facts of an error, under the names that fixes use."""
    known = dict(facts)
    named = known.get("customConstraints") or known.get("constraint", "")
    if named:
        known["constraint"] = named.partition("/")[2] or named
    owner = re.search(r"@([a-z][a-z0-9-]+[a-z0-9])\.iam\.gserviceaccount\.com", known.get("email", ""))
    if owner and not owner[1].startswith("gcp-sa-"):
        known.setdefault("email_project", owner[1])
    if known.get("billing_account"):
        known.setdefault("billing_account_id", known["billing_account"].removeprefix("billingAccounts/"))
    if known.get("publisher") and known.get("model_name"):
        known.setdefault("model", f"{known['publisher']}/{known['model_name']}")
    if known.get("principal"):
        known.setdefault("member", member(known["principal"]))
    of_resource = re.search(r"\bprojects/([a-z][a-z0-9-]{4,28}[a-z0-9])\b", known.get("resource", ""))
    if of_resource:
        known.setdefault("project_id", of_resource[1])
    return known


def member(principal: str) -> str:
    """Return a principal as IAM's commands take it."""
    if not principal or ":" in principal:
        return principal
    return f"{'serviceAccount' if principal.endswith('gserviceaccount.com') else 'user'}:{principal}"
