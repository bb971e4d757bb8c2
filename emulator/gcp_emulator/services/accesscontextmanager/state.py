"""Access policies of organizations, with what is in them, kept as they were sent.

Making, changing and deleting are operations, done at once here. An organization has one policy without scopes, and one
for each project or folder in a scope. Nothing is evaluated: no call is refused by a perimeter.
https://cloud.google.com/access-context-manager/docs/overview; discovery document of accesscontextmanager v1. Names of
operations and sentences of errors are assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.services.resources import Kind, Place, Resource, drawn_id

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State

SERVICE: Final = "accesscontextmanager.googleapis.com"
DOCUMENT: Final = "accesscontextmanager.v1"
PROTO: Final = "google.identity.accesscontextmanager.v1."


def _operation(call: Call, found: Resource) -> str:
    policy = found.key.split("/")[1]
    return f"operations/accessPolicies/{policy}/{found.key.split('/')[-2]}/{call.state.digits(16)}"


def _own_id(call: Call) -> str:
    return call.text("name").rpartition("/")[2]


class Policies(Kind):
    """Access policies, which are at the top, and in an organization."""

    def parent(self, call: Call, verb: str) -> Place:
        """Ask for the permission in the organization that the request names."""
        organization = call.text("parent")
        permission = f"{self.permission}.{verb}"
        denied = errors.permission_denied(permission, organization, SERVICE)
        if not organization.startswith("organizations/") or not iam.lineage(call.state, organization):
            raise denied
        call.require(permission, organization, denied)
        return Place("", "")

    def of(self, state: State, parent: str) -> list[Resource]:
        """Return all: which of them are an organization's is in them."""
        return [each for each in state[self.rows] if parent in {"", each.body["parent"]}]

    def list_all(self, call: Call) -> Json:
        """Answer those of one organization."""
        self.parent(call, "list")
        found = self.of(call.state, call.text("parent"))
        return {self.collection: [self.render(call, each) for each in found]} if found else {}

    def _place(self, call: Call, place: Place) -> Place:  # noqa: ARG002 - overrides
        return place


def _policy(call: Call, given: Json, old: Resource | None) -> Json:
    """An organization has one policy for all of it, and one for each scope."""
    if old is not None:
        return {**given, "parent": old.body["parent"]}
    for each in POLICIES.of(call.state, given["parent"]):
        if each.body.get("scopes", []) == given.get("scopes", []):
            raise errors.already_exists(f"Policy already exists with parent {given['parent']}")
    return given


def _level(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    if ("basic" in given) == ("custom" in given):
        raise errors.invalid_argument("An access level is either basic or custom.")
    return given


def _perimeter(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    usual: Json = {"perimeterType": "PERIMETER_TYPE_REGULAR"}
    return usual | given


POLICIES: Final = Policies(
    "accesscontextmanager.policies",
    document=DOCUMENT,
    schema="AccessPolicy",
    path="accessPolicies/{policy}",
    needs={"title": "The policy's title is required."},
    prepare=_policy,
    new_id=lambda call: call.state.digits(12),
    operation=_operation,
    message=f"{PROTO}AccessPolicy",
)
LEVELS: Final = Kind(
    "accesscontextmanager.accessLevels",
    document=DOCUMENT,
    schema="AccessLevel",
    path="accessLevels/{level}",
    needs={"title": "The access level's title is required."},
    prepare=_level,
    new_id=_own_id,
    operation=_operation,
    message=f"{PROTO}AccessLevel",
)
PERIMETERS: Final = Kind(
    "accesscontextmanager.servicePerimeters",
    document=DOCUMENT,
    schema="ServicePerimeter",
    path="servicePerimeters/{perimeter}",
    needs={"title": "The service perimeter's title is required."},
    prepare=_perimeter,
    new_id=_own_id,
    operation=_operation,
    message=f"{PROTO}ServicePerimeter",
)
AUTHORIZED: Final = Kind(
    "accesscontextmanager.authorizedOrgsDescs",
    document=DOCUMENT,
    schema="AuthorizedOrgsDesc",
    path="authorizedOrgsDescs/{desc}",
    new_id=_own_id,
    operation=_operation,
    message=f"{PROTO}AuthorizedOrgsDesc",
)
BINDINGS: Final = Kind(
    "accesscontextmanager.gcpUserAccessBindings",
    document=DOCUMENT,
    schema="GcpUserAccessBinding",
    path="gcpUserAccessBindings/{binding}",
    new_id=drawn_id,
    operation=_operation,
    message=f"{PROTO}GcpUserAccessBinding",
)


@iam.node("accessPolicies")
def _node(state: State, identifier: str) -> tuple[str, str] | None:
    found = state[POLICIES.rows].get(f"accessPolicies/{identifier}")
    return None if found is None else (found.key, found.body["parent"])
