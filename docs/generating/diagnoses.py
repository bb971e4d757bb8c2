"""diagnoses.md: every row, by subject."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final

from generating.markdown import FIX_OWNERS, code, link, page, table, title
from provision import diagnoses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from provision.diagnoses import Diagnosis, Match

APIS: Final = {  # a call that rows name -> the API that it belongs to
    "Cloud Resource Manager": ("CreateProject", "DeleteProject", "GetProject", "SetIamPolicy", "UndeleteProject"),
    "Cloud Billing": ("GetBillingAccount", "GetProjectBillingInfo", "ListBillingAccounts", "UpdateProjectBillingInfo"),
    "Service Usage": ("BatchEnableServices", "BatchGetServices", "DisableService"),
    "Organization Policy": ("CreatePolicy", "GetEffectivePolicy", "SetOrgPolicy", "UpdatePolicy"),
    "Service Networking": ("AddPeering",),
    "IAM": (
        "CreateRole",
        "CreateServiceAccount",
        "CreateServiceAccountKey",
        "CreateWorkloadIdentityPool",
        "CreateWorkloadIdentityPoolProvider",
        "GetServiceAccount",
    ),
    "IAM Credentials": ("GenerateAccessToken",),
    "Security Token Service": ("ExchangeToken",),
    "OAuth": ("Token",),
    "Credentials on this machine": ("LoadCredentials",),
    "Vertex AI": (
        "ChatCompletions",
        "Deploy",
        "GenerateContent",
        "GetEndpoint",
        "GetPublisherModel",
        "ListEndpoints",
        "Predict",
    ),
    "Long-running operations of every API": ("GetOperation",),
}


def diagnosis_page() -> str:
    """Return every row of the diagnoses, by subject."""
    modules = [each for each in vars(diagnoses).values() if inspect.ismodule(each) and hasattr(each, "ROWS")]
    modules.sort(key=lambda module: diagnoses.ROWS.index(module.ROWS[0]))
    return page(
        "Diagnoses",
        "`provision/diagnoses/`",
        "What an error means, who can fix it, and how.\n"
        "The most specific row wins: Google's own reason counts more than words, words more than a bare status.",
        "`provision explain` finds the row for a reason or a pasted error: `provision explain < error.txt`.\n"
        "`{placeholders}` are filled in from the run, or from the pasted text.\n"
        "*Waiting can fix it* means that the same call may be answered a moment later; "
        "for some, `apply` waits by itself after its changes.\n"
        "*Leaves it open* means that it does not show whether anything is wrong: the check is `unknown`, not `fail`.",
        "By subject:",
        "\n".join(f"- [{title(module)}](#{_anchor(title(module))})" for module in modules),
        "## By API",
        "Which diagnoses a refused call can lead to; those that any call can meet are in the last row.\n"
        "What a check finds without being refused is on [the check's page](checks.md).",
        table(("API", "call", "diagnoses"), _by_api()),
        *(_subject(module) for module in modules),
    )


def _by_api() -> Iterator[tuple[str, str, str]]:
    for api, calls in APIS.items():
        for call in calls:
            yield api, code(call), _met_by(call)
    yield "any", "any", _met_by("any")


def _met_by(call: str) -> str:
    keys = (row.key for row in diagnoses.ROWS if call in row.triggered_by)
    return ", ".join(f"[{key}](#{key.lower()})" for key in keys)


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _subject(module: ModuleType) -> str:
    return "\n\n".join((f"## {title(module)}", *(_diagnosis(row) for row in module.ROWS)))


def _diagnosis(row: Diagnosis) -> str:
    notes = ["`apply` waits for it."] if row.settles else ["Waiting can fix it."] if row.retryable else []
    notes += ["Leaves it open."] if row.verdict == "unknown" else []
    lines = (
        f"### {row.key}\n",
        "What was said: `{message}`." if row.cause == "{message}" else row.cause,
        "",
        f"- fix: {row.fix}",
        f"- who can fix it: {' '.join((FIX_OWNERS[row.fix_owner] + '.', *notes))}",
        *([f"- the request says: please {row.request.ask}; `{row.request.command}`"] if row.request else []),
        f"- recognized by: {'; or '.join(map(_recognized, row.matches)) or 'what a step sees itself'}",
        f"- met by: {', '.join(map(_trigger, row.triggered_by))}",
        f"- source: {link(row.source)}",
    )
    return "\n".join(lines)


def _recognized(match: Match) -> str:
    parts = (
        match.reason and f"reason {' or '.join(map(code, match.reason.split('|')))}",
        match.domain and f"domain {code(match.domain)}",
        match.violation and f"a violation of type {code(match.violation)}",
        match.subject and f"a violation whose subject fits {code(match.subject)}",
        match.text and f"words that fit {code(match.text)}",
        match.metadata and f"metadata {code(match.metadata[0])} that fits {code(match.metadata[1])}",
        match.service and f"an answer of {code(match.service)}",
        match.status and f"status {code(match.status)}",
        match.code and f"HTTP {match.code}",
    )
    return ", ".join(part for part in parts if part)


def _trigger(name: str) -> str:
    return name if " " in name or name == "any" else code(name)
