"""Records of the journal's versions 1 and 2, under the names that version 3 gives to what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS: Final = {"deed": "mutation", "retried_for": "retried_statuses", "proven": "confirmed"}
_RECORDS: Final = {"gone": "deleted", "along": "implicit"}
_STATUSES: Final = {"NOT_SENT": "NOT_ATTEMPTED", "GARBLED": "MALFORMED_RESPONSE"}


def current(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as this version writes it."""
    found = {_KEYS.get(key, key): value for key, value in record.items()}
    found["record"] = _RECORDS.get(str(found["record"]), found["record"])
    if found["record"] == "answer":
        found["status"] = _STATUSES.get(str(found.get("status")), found.get("status"))
        found["retried_statuses"] = [_STATUSES.get(each, each) for each in found.get("retried_statuses", ())]
    return found
