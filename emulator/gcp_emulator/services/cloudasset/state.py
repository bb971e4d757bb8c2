"""Search and list of assets, within a project, a folder or an organization; feeds are kept, and nothing is published.

https://cloud.google.com/asset-inventory/docs/searching-resources, discovery document of cloudasset v1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, fieldmask, iam, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.iam.roles import permissions
from gcp_emulator.services.cloudasset import inventory, query
from gcp_emulator.services.resources import Kind
from gcp_emulator.services.serviceusage import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.cloudasset.inventory import Asset

SERVICE: Final = "cloudasset.googleapis.com"
SEARCH_PAGE, LARGEST_SEARCH_PAGE = 100, 500
LIST_PAGE, LARGEST_LIST_PAGE = 100, 1000
UNASKED: Final = frozenset({"versionedResources"})
"""Fields that are shown only if a mask names them."""
SORTABLE: Final = (
    *("name", "assetType", "project", "displayName", "description", "location", "createTime", "updateTime", "state"),
    *("parentFullResourceName", "parentAssetType"),
)
SORTABLE_POLICIES: Final = ("resource", "assetType", "project")
CONTENT: Final = {"1": "RESOURCE", "2": "IAM_POLICY", "": "", "0": "", "CONTENT_TYPE_UNSPECIFIED": ""}

FEEDS: Final = Kind(
    "cloudasset.feeds",
    document="cloudasset.v1",
    schema="Feed",
    path="feeds/{feed}",
    id_field="feedId",
    body="feed",
    by_number=True,
    needs={"feedOutputConfig": "The feed's output config must be set."},  # assumed
)


def search_resources(call: Call) -> Json:
    """SearchAllResources."""
    test = query.parse(call.text("query"))
    found = [(each, _shown(each)) for each in _within(call, "scope", "cloudasset.assets.searchAllResources")]
    results = [shown for asset, shown in found if test(_lookup(shown, asset))]
    mask = call.text("readMask")
    page, token = _page(call, _sorted(call, results, SORTABLE, "name"))
    answer: Json = {"results": [_masked(each, mask) for each in page]} if page else {}
    return answer | ({"nextPageToken": token} if token else {})


def _shown(asset: Asset) -> Json:
    """Return a ResourceSearchResult."""
    parent, kind = asset.parent
    return {
        "name": asset.name,
        "assetType": asset.type,
        **asset.whereabouts(),
        **asset.shown,
        **({"parentFullResourceName": parent, "parentAssetType": kind} if parent else {}),
        "versionedResources": [{"version": asset.version, "resource": asset.data}],
    }


def _masked(shown: Json, mask: str) -> Json:
    if mask == "*":
        return shown
    if not mask:
        return {name: value for name, value in shown.items() if name not in UNASKED}
    try:
        selected: Json = fieldmask.select(shown, re.sub(r"_([a-z])", lambda match: match[1].upper(), mask))
    except errors.ApiError:
        raise errors.invalid_argument(f"Invalid read_mask: {mask[:200]}") from None
    return selected


def _lookup(shown: Json, asset: Asset) -> query.Lookup:
    labels: dict[str, str] = shown.get("labels", {})
    fields = {name: value for name, value in shown.items() if name not in UNASKED}

    def values(name: str) -> list[str]:
        if name.startswith("labels."):
            value = labels.get(name.partition(".")[2])
            return [] if value is None else [value]
        if name == "labels":
            return [*labels, *labels.values()]
        if not name:
            return [text for each in fields for text in values(each)]
        return _texts(fields.get(name, asset.data.get(name) if name not in fields else None))

    return values


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [] if value is None else [str(value)]


def search_policies(call: Call) -> Json:
    """SearchAllIamPolicies: of each policy the bindings that fit, one result for each resource."""
    test = query.parse(call.text("query"), negation=False)
    results = []
    for asset in _within(call, "scope", "cloudasset.assets.searchAllIamPolicies"):
        policy = call.state[iam.POLICIES].get(asset.policy) if asset.policy else None
        bindings = [each for each in (policy.bindings if policy else []) if test(_of_binding(call, asset, each))]
        if bindings:
            results.append(
                {
                    "resource": asset.name,
                    "assetType": asset.type,
                    **asset.whereabouts(),
                    "policy": {"bindings": bindings},
                    "explanation": {},
                }
            )
    page, token = _page(call, _sorted(call, results, SORTABLE_POLICIES, "resource"))
    answer: Json = {"results": page} if page else {}
    return answer | ({"nextPageToken": token} if token else {})


def _of_binding(call: Call, asset: Asset, binding: Json) -> query.Lookup:
    place = asset.whereabouts()

    def values(name: str) -> list[str]:
        if name in {"policy", ""}:
            return [binding["role"], *binding["members"], *_texts(binding.get("condition"))]
        if name == "roles":
            return [binding["role"]]
        if name == "memberTypes":
            return [each.partition(":")[0] for each in binding["members"]]
        if name == "policy.role.permissions":
            return sorted(permissions(call.state, binding["role"]))
        if name == "resource":
            return [asset.name]
        if name not in {"project", "folders", "organization"}:
            raise errors.invalid_argument(f"Invalid field in the query: {name[:100]}")
        return _texts(place.get(name))

    return values


def list_assets(call: Call) -> Json:
    """ListAssets, as they are now: names, with their resources or their allow policies where that is asked for."""
    content = CONTENT.get(call.text("contentType"), call.text("contentType"))
    if content not in CONTENT.values():
        raise errors.unimplemented(f"cloudasset.assets.list with contentType={content[:40]}")
    if call.text("readTime"):
        raise errors.unimplemented("cloudasset.assets.list with a readTime")
    verb = {"RESOURCE": "listResource", "IAM_POLICY": "listIamPolicy"}.get(content, "listResource")
    found = sorted(_within(call, "parent", f"cloudasset.assets.{verb}"), key=_key)
    if content == "IAM_POLICY":
        found = [each for each in found if each.policy and each.policy in call.state[iam.POLICIES]]
    page, token = paging.page(call, found, _key, default=LIST_PAGE, most=LARGEST_LIST_PAGE)
    now = timestamp(call.clock.now())
    listed = [_listed(call, each, content) for each in page]
    answer: Json = {"readTime": now} | ({"assets": listed} if listed else {})
    return answer | ({"nextPageToken": token} if token else {})


def _listed(call: Call, asset: Asset, content: str) -> Json:
    answer: Json = {
        "name": asset.name,
        "assetType": asset.type,
        "ancestors": list(asset.places),
        "updateTime": timestamp(call.clock.now()),
    }
    if content == "RESOURCE":
        answer["resource"] = {
            "version": asset.version,
            "discoveryDocumentUri": f"https://{asset.type.partition('/')[0]}/$discovery/rest",
            "discoveryName": asset.type.partition("/")[2],
            **({"parent": asset.parent[0]} if asset.parent[0] else {}),
            "data": asset.data,
            **({"location": asset.shown["location"]} if "location" in asset.shown else {}),
        }
    elif content == "IAM_POLICY":
        answer["iamPolicy"] = iam.render(call.state[iam.POLICIES].get(asset.policy))
    return answer


def _key(asset: Asset) -> str:
    return f"{asset.type} {asset.name}"


def _within(call: Call, name: str, permission: str) -> list[Asset]:
    """Return the assets of the types and in the scope that are asked for."""
    scope = call.text(name)
    places = iam.lineage(call.state, scope)
    denied = errors.permission_denied(permission, scope, SERVICE)
    if not places:
        raise denied
    call.require(permission, scope, denied)
    wanted = _types(call)
    return [each for each in inventory.assets(call.state) if places[0] in each.places and wanted(each.type)]


def _types(call: Call) -> Callable[[str], bool]:
    """Return a test of types; one that no service of Google's could have is refused."""
    asked = call.texts("assetTypes")
    for each in asked:
        service = re.fullmatch(r"([a-z0-9-]+\.googleapis\.com)/\w+", each)
        if service and service[1] not in catalog.titles():
            raise errors.invalid_argument(f"Invalid asset type: {each[:100]}")
    try:
        patterns = [re.compile(each) for each in asked]
    except re.error:
        raise errors.invalid_argument(f"Invalid asset types: {', '.join(asked)[:200]}") from None
    return lambda kind: not patterns or any(pattern.fullmatch(kind) for pattern in patterns)


def _sorted(call: Call, results: list[Json], sortable: tuple[str, ...], name: str) -> list[Json]:
    found = sorted(results, key=lambda each: (each["assetType"], each[name]))
    for part in reversed([each.split() for each in call.text("orderBy").split(",") if each.strip()]):
        if part[0] not in sortable or len(part) > 2 or part[1:] not in ([], ["DESC"], ["desc"], ["ASC"], ["asc"]):
            raise errors.invalid_argument(f"Invalid order_by: {call.text('orderBy')[:200]}")
        field, down = part[0], part[1:] in (["DESC"], ["desc"])
        found.sort(key=lambda each, field=field: str(each.get(field, "")), reverse=down)  # type: ignore[misc] # bound now
    return found


def _page(call: Call, results: list[Json]) -> tuple[list[Json], str]:
    """Return a page of results in their order; a size that is not positive is Google's own choice."""
    call.request["pageSize"] = max(call.integer("pageSize"), 0)
    numbered = [(f"{position:09d}", each) for position, each in enumerate(results)]
    page, token = paging.page(call, numbered, lambda each: each[0], default=SEARCH_PAGE, most=LARGEST_SEARCH_PAGE)
    return [each for _, each in page], token
