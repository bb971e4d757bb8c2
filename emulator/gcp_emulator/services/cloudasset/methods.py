"""The methods of Cloud Asset that are served, over REST.

The consumer is the project that runs the search, where the API has to be on:
https://cloud.google.com/asset-inventory/docs/searching-resources#before_you_begin
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.api import Api, Handle, Methods, Served, serve
from gcp_emulator.services.cloudasset import state

LEVELS: Final = ("projects/{project}", "folders/{folder}", "organizations/{organization}")
UNSERVED: Final = (
    ("analyzeIamPolicy", "GET", ":analyzeIamPolicy"),
    ("analyzeIamPolicyLongrunning", "POST", ":analyzeIamPolicyLongrunning"),
    ("analyzeMove", "GET", ":analyzeMove"),
    ("analyzeOrgPolicies", "GET", ":analyzeOrgPolicies"),
    ("analyzeOrgPolicyGovernedAssets", "GET", ":analyzeOrgPolicyGovernedAssets"),
    ("analyzeOrgPolicyGovernedContainers", "GET", ":analyzeOrgPolicyGovernedContainers"),
    ("batchGetAssetsHistory", "GET", ":batchGetAssetsHistory"),
    ("exportAssets", "POST", ":exportAssets"),
    ("queryAssets", "POST", ":queryAssets"),
    ("effectiveIamPolicies.batchGet", "GET", "/effectiveIamPolicies:batchGet"),
)
"""What is known and refused by name."""


def _at_each_level(handle: Handle, path: str) -> Served:
    """A method of a project, a folder or an organization; the documents say no more than `{scope=*/*}`."""
    return serve(handle, http=tuple(f"GET /v1/{path.format(level=level)}" for level in LEVELS))


FEEDS: Final[Methods] = {
    f"feeds.{verb}": serve(handle, http=tuple(f"{http} /v1/{path.format(level=level)}" for level in LEVELS))
    for verb, handle, http, path in (
        ("create", state.FEEDS.create, "POST", "{{parent={level}}}/feeds"),
        ("list", state.FEEDS.list_all, "GET", "{{parent={level}}}/feeds"),
        ("get", state.FEEDS.get, "GET", "{{name={level}/feeds/{{feed}}}}"),
        ("patch", state.FEEDS.update, "PATCH", "{{feed.name={level}/feeds/{{feed}}}}"),
        ("delete", state.FEEDS.delete, "DELETE", "{{name={level}/feeds/{{feed}}}}"),
    )
}

APIS: Final = (
    Api(
        document="cloudasset.v1",
        service=state.SERVICE,
        rest="cloudasset.",
        reference="https://cloud.google.com/asset-inventory/docs/reference/rest/v1/",
        methods={
            "searchAllResources": _at_each_level(state.search_resources, "{{scope={level}}}:searchAllResources"),
            "searchAllIamPolicies": _at_each_level(state.search_policies, "{{scope={level}}}:searchAllIamPolicies"),
            **{
                name: serve(None, http=tuple(f"{verb} /v1/{level}{rest}" for level in LEVELS))
                for name, verb, rest in UNSERVED
            },
            **FEEDS,
            "assets.list": _at_each_level(state.list_assets, "{{parent={level}}}/assets"),
        },
    ),
)
