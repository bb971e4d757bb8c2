"""Contacts of projects, folders and organizations.

Constraints on their domains: https://docs.cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints
The sentence of the legacy one is assumed. Fields: discovery document of essentialcontacts v1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.clock import timestamp
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.services.resources import Kind, scope

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resources import Resource

SERVICE: Final = "essentialcontacts.googleapis.com"


def _next_id(call: Call) -> str:
    taken = (int(each.key.rpartition("/")[2]) for each in CONTACTS.of(call.state, scope(call).key))
    return str(max(taken, default=0) + 1)


def _contact(call: Call, given: Json, old: Resource | None) -> Json:
    email = str(given["email"])
    if "@" not in email:
        raise errors.invalid_argument("Email address is invalid.")
    if old is not None and email != old.body["email"]:
        raise errors.invalid_argument("Email address of a contact cannot be changed.")
    place = scope(call)
    if old is None and any(each.body["email"] == email for each in CONTACTS.of(call.state, place.key)):
        raise errors.already_exists()
    enforcement.check_contact(call, place.key, email)
    return {**given, "validationState": "VALID"}


def _shown(call: Call, found: Resource) -> Json:  # noqa: ARG001 - a renderer's form
    return {"name": found.name, **found.body, "validateTime": timestamp(found.stamp / 1_000_000)}


CONTACTS: Final[Kind] = Kind(
    "essentialcontacts.contacts",
    document="essentialcontacts.v1",
    schema="GoogleCloudEssentialcontactsV1Contact",
    path="contacts/{contact}",
    by_number=True,
    needs={
        "email": "Email address is invalid.",
        "notificationCategorySubscriptions": "Notification category subscriptions must not be empty.",
        "languageTag": "Language tag must not be empty.",
    },
    prepare=_contact,
    render=_shown,
    new_id=_next_id,
)


def compute(call: Call) -> Json:
    """`contacts.compute`: those of the resource and of all above it that subscribe to one of the categories."""
    place = CONTACTS.parent(call, "list")
    wanted = {*call.texts("notificationCategories")}
    found = [
        _shown(call, each)
        for above in iam.lineage(call.state, place.key)
        for each in CONTACTS.of(call.state, above)
        if {"ALL", *wanted} & {*each.body["notificationCategorySubscriptions"]} or not wanted
    ]
    return {"contacts": found} if found else {}
