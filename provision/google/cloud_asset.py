"""Cloud Asset Inventory v1: what is in a whole organization or folder, many projects to a page.

What it tells is not of this moment: projects and billing links lag by minutes, services by hours.
https://cloud.google.com/asset-inventory/docs/reference/rest/v1/TopLevel/searchAllResources,
https://cloud.google.com/asset-inventory/docs/asset-types
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from provision.google.pagination import stream_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.google.transport import Transport

SERVICE: Final = "cloudasset.googleapis.com"
PROJECT_BILLING: Final = "cloudbilling.googleapis.com/ProjectBillingInfo"
ENABLED_SERVICE: Final = "serviceusage.googleapis.com/Service"
LARGEST_PAGE: Final = 500
"""Results on a page; Google cuts a larger page to this without a word."""
MOST_COMPARISONS: Final = 10
"""Comparisons in one query: https://cloud.google.com/asset-inventory/docs/query-syntax."""


class CloudAsset:
    """Searches. Every method raises `ApiError`; needs ``cloudasset.assets.searchAllResources`` on the scope.

    The API has to be on in the project that the calls are charged to, not in those that are looked at.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def search(self, scope: str, asset_type: str, *, query: str, fields: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the results, page by page.

        Args:
            scope: ``organizations/NUMBER``, ``folders/NUMBER`` or ``projects/ID``.
            query: such as ``state:ENABLED``; empty for everything of the type.
            fields: which fields of a result are asked for, with commas between them.
        """
        asked = {
            "assetTypes": asset_type,
            "pageSize": str(LARGEST_PAGE),
            "readMask": fields,
            **({"query": query} if query else {}),
        }
        path = f"/v1/{scope}:searchAllResources"
        yield from stream_pages(self._transport, SERVICE, "SearchAllResources", path, "results", query=asked)
