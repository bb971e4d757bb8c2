"""List resources as Vertex AI lists them: filter, order, mask, pages.

Source: the comments of `ListEndpointsRequest`, google/cloud/aiplatform/v1/endpoint_service.proto
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

from provision.sandbox import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provision.sandbox.rpc import Call, Json

PAGE: Final = 100
"""Resources on a page unless the request says otherwise; also the most, as for most lists of Google's."""

_TERM: Final = re.compile(r'\s*([\w.]+|labels\."[^"]+")\s*(!=|=|:)\s*("[^"]*"|\S+)\s*')
_ORDERS: Final = {"create_time": "createTime", "display_name": "displayName", "update_time": "updateTime"}


def page(call: Call, found: list[Json], field: str) -> Json:
    """One page of resources under a field's name, with the token of the next; an empty page is `{}`."""
    size = call.integer("pageSize") or PAGE
    if size < 0:
        raise errors.invalid_argument("List page size must not be negative.")
    start = _start(call.text("pageToken"))
    end = start + min(size, PAGE)
    answer: Json = {field: found[start:end]} if found[start:end] else {}
    if end < len(found):
        answer["nextPageToken"] = base64.urlsafe_b64encode(str(end).encode()).decode()
    return answer


def filtered(resources: Iterable[Json], expression: str) -> list[Json]:
    """The resources that every term of a filter accepts; terms are joined with AND."""
    terms = [_term(part) for part in re.split(r"\s+AND\s+", expression.strip())] if expression.strip() else []
    return [each for each in resources if all(_accepts(each, *term) for term in terms)]


def ordered(resources: list[Json], order: str) -> list[Json]:
    """The resources in the order asked for: fields separated by commas, each may be followed by `desc`."""
    for part in reversed([part for part in order.split(",") if part.strip()]):
        name, _, direction = part.strip().partition(" ")
        field = _ORDERS.get(name, name)
        if field not in _ORDERS.values() or direction not in ("", "desc"):
            raise errors.invalid_argument(f"Invalid order_by: {order}")
        resources = sorted(resources, key=lambda each: str(each.get(field, "")), reverse=direction == "desc")
    return resources


def masked(resource: Json, mask: str) -> Json:
    """The fields a read mask names; all where it names none."""
    names = {re.sub(r"_(\w)", lambda m: m[1].upper(), part.strip().split(".")[0]) for part in mask.split(",")}
    return (
        {name: value for name, value in resource.items() if name in names} if names - {"", "*"} else resource
    )


def _start(token: str) -> int:
    if not token:
        return 0
    try:
        return max(int(base64.urlsafe_b64decode(token)), 0)
    except (ValueError, binascii.Error):
        raise errors.invalid_argument("Invalid page token.") from None


def _term(text: str) -> tuple[str, str, str]:
    match = _TERM.fullmatch(text)
    if not match:
        raise errors.invalid_argument(f"Invalid filter: {text}")
    name, operator, value = match.groups()
    key = "endpoint" if name == "endpoint" else re.sub(r"^display_name$", "displayName", name)
    if key not in ("endpoint", "displayName", "labels") and not key.startswith("labels."):
        raise errors.invalid_argument(f"Invalid filter: field {name} is not supported.")
    return key, operator, value.strip('"')


def _accepts(resource: Json, key: str, operator: str, value: str) -> bool:
    labels: dict[str, Any] = resource.get("labels", {})
    if key == "labels":
        return value in labels
    if key.startswith("labels."):
        label = key.removeprefix("labels.").strip('"')
        if value == "*" and operator == ":":
            return label in labels
        return bool((labels.get(label) == value) is (operator != "!="))
    held = str(resource["name"]).rsplit("/", 1)[-1] if key == "endpoint" else resource.get(key, "")
    return bool((held == value) is (operator != "!="))
