"""Resources of IAM that are kept and told as they were sent: workforce pools, OAuth clients, managed identities, keys.

No rule of theirs reaches further than their own life: create, read, change by a mask, delete softly for 30 days,
restore. What Google adds is declared with each kind; what it never tells again (`plainText` of a secret) is replaced
by what it tells instead. Names and fields are those of the discovery document, which refuses what it does not know.
https://cloud.google.com/iam/docs/reference/rest
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, operations, paging
from gcp_emulator.api import serve
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome
from gcp_emulator.services.iam.common import denied
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resourcemanager.hierarchy import find_parent
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.api import Methods, Served
    from gcp_emulator.call import Call, Json
    from gcp_emulator.operations import Operation
    from gcp_emulator.store import State

KEPT: Final = 30 * 86400.0
SECONDS: Final = 0.5
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource: its name, what it is in (an organization for what has no project), and what is told of it."""

    name: str
    within: str
    body: dict[str, Any] = field(default_factory=dict)
    deleted: float | None = None


RESOURCES: Final = Table("iam.resources", Resource, key="name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of resource.

    Args:
        collection: its segment in a name, which is also the name of its list.
        listed: the name of the list in an answer, where it is another.
        id_field: the query parameter with the id of a new one.
        permission: what its permissions begin with; a verb follows.
        document: the id of its methods in the discovery document, up to the verb.
        body: the name of the message in a request.
        operation: whether changes answer an operation.
        soft: whether what was deleted is kept and can be restored.
        completes: adds what Google adds to a new or changed one.
        once: what a creation tells and nothing after it does.
        expiry: the field that tells when a deleted one is gone for good.
    """

    collection: str
    id_field: str
    permission: str
    document: str
    body: str
    listed: str = ""
    operation: bool = True
    soft: bool = True
    completes: Callable[[Call, Json], None] = lambda _call, _body: None
    once: tuple[str, ...] = ()
    expiry: str = "expireTime"

    def methods(self, *, patch: bool = True) -> Methods:
        """Declare its methods."""
        rules: dict[str, Any] = {
            "create": serve(lambda call: create(call, self), body=self.body),
            "get": lambda call: get(call, self),
            "list": lambda call: list_all(call, self),
            "delete": lambda call: delete(call, self),
        }
        if patch:
            rules["patch"] = serve(lambda call: update(call, self), body=self.body)
        if self.soft:
            rules["undelete"] = lambda call: undelete(call, self)
        if self.operation:
            rules["operations.get"] = get_operation
        declared: dict[str | tuple[str, ...], Callable[[Call], Any] | Served | None] = {
            f"{self.document}.{verb}": rule for verb, rule in rules.items()
        }
        return declared


def _is_place(state: State, parent: str) -> bool:
    return parent.rpartition("/")[2] == "global" or find(state, parent) is not None


PARENTS: Final[list[Callable[[State, str], bool]]] = [_is_place]
"""What tells whether a parent is there: a location, one of these resources, a pool or provider of another kind."""


def create(call: Call, kind: Kind) -> Json:
    """Create one, whose id is in the query."""
    given = copy.deepcopy(call.message(kind.body))
    parent, within = _parent(call, given)
    _require(call, f"{kind.permission}.create", within)
    name = f"{parent}/{kind.collection}/{call.text(kind.id_field)}"
    if not call.text(kind.id_field):
        message = f"Missing required field: {kind.id_field}"
        raise errors.invalid_argument(message, errors.bad_request((kind.id_field, message)))
    if not any(there(call.state, parent) for there in PARENTS):
        raise errors.not_found()
    if _find(call.state, name) or name in call.state.claims:
        raise errors.already_exists()
    body = {"name": name, **{key: value for key, value in given.items() if key != "name"}}
    kind.completes(call, body)
    answer = _answer(call, kind, Resource(name=name, within=within, body=_without(body, kind.once)))
    return answer if kind.operation else {**answer, **{key: body[key] for key in kind.once if key in body}}


def get(call: Call, kind: Kind) -> Json:
    """Read one; a deleted one too, as long as it can be restored."""
    return render(_fetch(call, f"{kind.permission}.get", kind), kind)


def list_all(call: Call, kind: Kind) -> Json:
    """List those of a parent, in pages of 50."""
    parent, within = _parent(call, {"parent": call.text("parent")})
    _require(call, f"{kind.permission}.list", within)
    shown_too = call.flag("showDeleted")
    prefix = f"{parent}/{kind.collection}/"
    found = [
        each
        for each in call.state[RESOURCES]
        if each.name.startswith(prefix)
        and "/" not in each.name.removeprefix(prefix)
        and each.within == within
        and _find(call.state, each.name)
        and (shown_too or each.deleted is None)
    ]
    found.sort(key=lambda each: each.name)
    shown, following = paging.page(call, found, lambda each: each.name, default=50, most=1000)
    answer: Json = {kind.listed or kind.collection: [render(each, kind) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": following} if following else {})


def update(call: Call, kind: Kind) -> Json:
    """Change the fields that the mask names; without one those that are given."""
    found = _alive(_fetch(call, f"{kind.permission}.update", kind))
    given = copy.deepcopy(call.message(kind.body))
    mask = [part.strip() for part in call.text("updateMask").split(",") if part.strip()] or sorted(
        set(given) - {"name"}
    )
    body = copy.deepcopy(found.body)
    for path in mask:
        _copy(given, body, [_camel(part) for part in path.split(".")])
    kind.completes(call, body)
    return _answer(call, kind, Resource(name=found.name, within=found.within, body=_without(body, kind.once)))


def _camel(part: str) -> str:
    head, *rest = part.split("_")
    return head + "".join(each[:1].upper() + each[1:] for each in rest)


def _copy(given: Json, into: Json, path: list[str]) -> None:
    """Set a field as it is in what was given, or clear it where that has none."""
    *outer, last = path
    for part in outer:
        given = given.get(part) if isinstance(given.get(part), dict) else {}  # type: ignore[assignment] # is a dict
        if not isinstance(into.get(part), dict):
            into[part] = {}
        into = into[part]
    if last in given:
        into[last] = given[last]
    else:
        into.pop(last, None)


def delete(call: Call, kind: Kind) -> Json:
    """Delete one, softly where its kind can be restored."""
    found = _alive(_fetch(call, f"{kind.permission}.delete", kind))
    if not kind.soft:
        call.state[RESOURCES].remove(found.name)
        return {}
    gone = Resource(name=found.name, within=found.within, body=found.body, deleted=call.clock.now())
    return _answer(call, kind, gone)


def undelete(call: Call, kind: Kind) -> Json:
    """Restore one."""
    found = _fetch(call, f"{kind.permission}.undelete", kind)
    if found.deleted is None:
        raise errors.failed_precondition()
    return _answer(call, kind, Resource(name=found.name, within=found.within, body=found.body))


def render(found: Resource, kind: Kind) -> Json:
    """Return a resource as it is told."""
    answer = copy.deepcopy(found.body)
    if kind.soft or "state" in answer:
        answer["state"] = "DELETED" if found.deleted is not None else "ACTIVE"
    if found.deleted is not None:
        answer[kind.expiry] = timestamp(found.deleted + KEPT)
    return {key: value for key, value in answer.items() if value not in (False, "", None)}


def _answer(call: Call, kind: Kind, row: Resource) -> Json:
    """Put a resource, at once or by an operation."""
    if not kind.operation:
        call.state[RESOURCES].put(row)
        return render(row, kind)
    operation = operations.start(
        call,
        name=f"{row.name}/operations/{token(call.state)}",
        effect="iam.put_resource",
        args={"name": row.name, "within": row.within, "body": row.body, "deleted": row.deleted},
        seconds=SECONDS,
        claim=row.name if row.name not in call.state[RESOURCES] else "",
    )
    return told(operation)


@operations.effect("iam.put_resource")
def _put(state: State, args: Json, when: float) -> Outcome:  # noqa: ARG001 - every effect is told the time
    state[RESOURCES].put(Resource(**args))
    return Outcome(response={})


def get_operation(call: Call) -> Json:
    """Answer an operation as those of pools are recorded: its name, and `done` when it is."""
    operation = call.state[operations.OPERATIONS].get(numbered(call.state, call.text("name")))
    if operation is None:
        raise errors.not_found()
    return told(operation)


def token(state: State) -> str:
    """Return the last part of a new operation's name."""
    value = int.from_bytes(state.draw() + b"\0\0\0\0", "big")
    return "".join(ALPHABET[value >> (5 * place) & 31] for place in range(32))


def told(operation: Operation) -> Json:
    """Return an operation as those of pools are recorded: without response and metadata."""
    answer: Json = {"name": operation.name}
    if operation.done:
        answer["done"] = True
        if operation.error is not None:
            answer["error"] = operation.error
    return answer


def find(state: State, name: str) -> Resource | None:
    """Return a resource that is there and not deleted."""
    found = _find(state, name)
    return None if found is None or found.deleted is not None else found


def _find(state: State, name: str) -> Resource | None:
    found = state[RESOURCES].get(name)
    gone = found is not None and found.deleted is not None and state.clock.now() > found.deleted + KEPT
    return None if gone else found


def _fetch(call: Call, permission: str, kind: Kind) -> Resource:
    """Return the one in the path; a change has its name in the message, as its path does."""
    name = numbered(call.state, call.text("name") or str(call.message(kind.body).get("name", "")))
    found = _find(call.state, name)
    within = found.within if found else _within(call.state, name)
    _require(call, permission, within)
    if found is None:
        raise errors.not_found()
    return found


def _alive(found: Resource) -> Resource:
    if found.deleted is not None:
        raise errors.not_found()
    return found


def _require(call: Call, permission: str, within: str) -> None:
    call.require(permission, within, denied(permission, within))


def _parent(call: Call, given: Json) -> tuple[str, str]:
    """Return what a new one or a list is under, and what it is in: a project, or the organization of a pool."""
    parent = numbered(call.state, call.text("location") or call.text("parent"))
    if parent.startswith("projects/"):
        return parent, _within(call.state, parent)
    if parent.count("/") > 1:
        return parent, _within(call.state, parent)
    organization = str(given.get("parent", ""))
    if find_parent(call.state, organization) is None:
        raise denied("iam.workforcePools.create", organization)
    return parent, organization


def _within(state: State, name: str) -> str:
    if name.startswith("projects/"):
        return "/".join(name.split("/")[:2])
    top = state[RESOURCES].get("/".join(name.split("/")[:4]))
    return top.within if top else name


def numbered(state: State, name: str) -> str:
    """Return a name with the project's number, however the project was named."""
    kind, _, rest = name.partition("/")
    identifier, _, below = rest.partition("/")
    project = projects.find(state, identifier) if kind == "projects" else None
    return f"projects/{project.number}/{below}" if project and below else name


def _without(body: Json, names: tuple[str, ...]) -> Json:
    return {key: value for key, value in body.items() if key not in names}


def hide_secrets(body: Any) -> None:
    """Replace the text of every client secret by its thumbprint, which is all that is told of one."""
    if isinstance(body, dict):
        text = body.pop("plainText", None)
        if text is not None:
            body["thumbprint"] = hashlib.sha256(str(text).encode()).hexdigest()
        for value in body.values():
            hide_secrets(value)
    elif isinstance(body, list):
        for value in body:
            hide_secrets(value)
