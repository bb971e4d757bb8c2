"""Tags: keys and values of organizations and projects, and what they are bound to.

Making and deleting one is an operation, changing it is done at once (recorded: crm-tags--*). One that does not exist is
refused as if it were hidden (recorded). Rules: https://docs.cloud.google.com/resource-manager/docs/tags/tags-creating-and-managing
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from gcp_emulator import errors, iam, operations, paging
from gcp_emulator.clock import timestamp
from gcp_emulator.errors import ApiError
from gcp_emulator.operations import Outcome
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resourcemanager.hierarchy import SERVICE, etag_of
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json

SECONDS: Final = 1.0  # how long making and deleting take
SHORT_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._/() -]{0,254}[A-Za-z0-9)])?")
TYPE: Final = "type.googleapis.com/google.cloud.resourcemanager.v3."
HOST: Final = f"//{SERVICE}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A key (`tagKeys/1`) or a value (`tagValues/1`).

    Args:
        name: its own.
        parent: `organizations/1`, `projects/1` or the key of a value.
        short_name: what people call it.
        namespaced: that after the names of what it is in.
        body: description and purpose.
        created: sandbox time.
        updated: the same.
        revision: grows with every change.
    """

    name: str
    parent: str
    short_name: str
    namespaced: str
    body: Json
    created: float
    updated: float
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A value that is bound to a resource, by its full name with a project's number."""

    key: str
    resource: str
    value: str


TAGS: Final = Table("resourcemanager.tags", Tag, key="name", indexes=("namespaced",))
BINDINGS: Final = Table("resourcemanager.tag_bindings", Binding, key="key")


@iam.node("tagKeys")
def _key_node(state: State, identifier: str) -> tuple[str, str] | None:
    return _node(state, f"tagKeys/{identifier}")


@iam.node("tagValues")
def _value_node(state: State, identifier: str) -> tuple[str, str] | None:
    return _node(state, f"tagValues/{identifier}")


def _node(state: State, name: str) -> tuple[str, str] | None:
    found = state[TAGS].get(name)
    return None if found is None else (found.name, found.parent)


def render(tag: Tag) -> Json:
    """Return a TagKey or a TagValue."""
    return {
        "name": tag.name,
        "parent": tag.parent,
        "shortName": tag.short_name,
        "namespacedName": tag.namespaced,
        **tag.body,
        "createTime": timestamp(tag.created),
        "updateTime": timestamp(tag.updated),
        "etag": etag_of(tag.revision),
    }


def kind_of(call: Call) -> str:
    """Return `tagKeys` or `tagValues`, by the method."""
    return "tagKeys" if ".TagKeys/" in call.method.name else "tagValues"


def message_of(kind: str) -> str:
    """Return the name of the message of a kind."""
    return "TagKey" if kind == "tagKeys" else "TagValue"


def _given(call: Call) -> Json:
    """Return the key or value in a request."""
    return call.message("tagKey" if kind_of(call) == "tagKeys" else "tagValue")


def hidden(name: str) -> ApiError:
    """403 for what is not there, and for what may not be seen (recorded)."""
    return ApiError("PERMISSION_DENIED", f"Permission denied on resource '{name}' (or it may not exist).")


def create(call: Call) -> Json:
    """CreateTagKey, CreateTagValue: that the name is taken is said by the operation (recorded)."""
    kind, given = kind_of(call), _given(call)
    parent, prefix = _parent(call, str(given.get("parent", "")), f"resourcemanager.{kind}.create")
    short = str(given.get("shortName", ""))
    if not SHORT_NAME.fullmatch(short):
        raise errors.invalid_argument(f"Invalid short name: {short[:100]}")
    fields = ("description", "purpose", "purposeData", "allowedValuesRegex")
    body = {name: given[name] for name in fields if given.get(name)}
    name = f"{kind}/{call.state.digits(15)}"
    return _started(
        call,
        "resourcemanager.create_tag",
        {"name": name, "parent": parent, "short_name": short, "namespaced": f"{prefix}/{short}", "body": body},
        f"Create{message_of(kind)}Metadata",
    )


def _started(call: Call, effect: str, args: Json, metadata: str) -> Json:
    operation = operations.start(
        call,
        name=f"operations/tag.{call.state.digits(19)}",
        effect=effect,
        args=args,
        seconds=SECONDS,
        metadata={"@type": TYPE + metadata},
    )
    return operations.render(operation)


@operations.effect("resourcemanager.create_tag")
def _created(state: State, args: Json, when: float) -> Outcome:
    kind = message_of(args["name"].partition("/")[0])
    if state[TAGS].find("namespaced", args["namespaced"]):
        raise ApiError(
            "ALREADY_EXISTS",
            f"<eye3 title='ALREADY_EXISTS'/> generic::ALREADY_EXISTS: A {kind} with short name '{args['short_name']}' "
            f"already exists under parent '{args['parent']}'",
        )
    tag = Tag(**args, created=when, updated=when, revision=int(when * 1_000_000))
    state[TAGS].put(tag)
    return Outcome(response={"@type": TYPE + kind, **render(tag)})


def get(call: Call) -> Json:
    """GetTagKey, GetTagValue."""
    return render(fetch(call, "get"))


def get_namespaced(call: Call) -> Json:
    """GetNamespacedTagKey, GetNamespacedTagValue."""
    kind, name = kind_of(call), call.text("name")
    found = call.state[TAGS].find("namespaced", name)
    if found is None or not found.name.startswith(kind):
        raise hidden(name)
    call.require(f"resourcemanager.{kind}.get", found.name, hidden(name))
    return render(found)


def list_all(call: Call) -> Json:
    """ListTagKeys, ListTagValues of one parent."""
    kind = kind_of(call)
    parent, _ = _parent(call, call.text("parent"), f"resourcemanager.{kind}.list")
    found = sorted(
        (each for each in call.state[TAGS] if each.parent == parent and each.name.startswith(kind)), key=_name
    )
    shown, token = paging.page(call, found, _name, default=100, most=300)
    answer: Json = {kind: [render(each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def update(call: Call) -> Json:
    """UpdateTagKey, UpdateTagValue: the description, done at once."""
    tag, given = fetch(call, "update"), _given(call)
    _check_etag(tag, str(given.get("etag", "")))
    paths = [each.strip() for each in call.text("updateMask").split(",") if each.strip()]
    if any(path not in {"description", "*"} for path in paths):
        raise errors.invalid_argument(f"Invalid update mask: {call.text('updateMask')}")
    kept = {name: value for name, value in tag.body.items() if name != "description"}
    description = given.get("description")
    now = call.clock.now()
    changed = replace(
        tag,
        body=kept | ({"description": description} if description else {}),
        updated=now,
        revision=max(int(now * 1_000_000), tag.revision + 1),
    )
    if not call.flag("validateOnly"):
        call.state[TAGS].put(changed)
    kind = message_of(kind_of(call))
    name = f"operations/tag.{call.state.digits(19)}"
    outcome = Outcome(response={"@type": TYPE + kind, **render(changed)})
    return operations.render(operations.finished(call, name=name, outcome=outcome))


def delete(call: Call) -> Json:
    """DeleteTagKey, DeleteTagValue: refused while it has values, or is bound."""
    tag = fetch(call, "delete")
    _check_etag(tag, call.text("etag"))
    if any(each.parent == tag.name for each in call.state[TAGS]):
        raise errors.failed_precondition(f"Cannot delete tag key {tag.name}: it still has tag values.")
    if any(each.value == tag.name for each in call.state[BINDINGS]):
        raise errors.failed_precondition(f"Cannot delete tag value {tag.name}: it is still attached to resources.")
    kind = message_of(kind_of(call))
    return _started(call, "resourcemanager.delete_tag", {"name": tag.name}, f"Delete{kind}Metadata")


@operations.effect("resourcemanager.delete_tag")
def _deleted(state: State, args: Json, when: float) -> Outcome:  # noqa: ARG001 - all effects are called alike
    tag = state[TAGS].get(args["name"])
    if tag is None:
        raise hidden(args["name"])
    state[TAGS].remove(tag.name)
    state[iam.POLICIES].remove(tag.name)
    return Outcome(response={"@type": TYPE + message_of(tag.name.partition("/")[0]), **render(tag)})


def get_iam_policy(call: Call) -> Json:
    """GetIamPolicy of a key or a value."""
    return iam.get_policy(call, fetch(call, "getIamPolicy").name)


def set_iam_policy(call: Call) -> Json:
    """SetIamPolicy of a key or a value."""
    return iam.set_policy(call, fetch(call, "setIamPolicy").name)


def test_iam_permissions(call: Call) -> Json:
    """TestIamPermissions of a key or a value."""
    return iam.test_permissions(call, call.text("resource"))


def fetch(call: Call, verb: str) -> Tag:
    """Return the one in the path, if the caller may do this to it."""
    kind = kind_of(call)
    name = f"{kind}/{call.vars[kind.removeprefix('tag').lower().removesuffix('s')]}"
    found = call.state[TAGS].get(name)
    if found is None:
        raise hidden(name)
    call.require(f"resourcemanager.{kind}.{verb}", name, hidden(name))
    return found


def _check_etag(tag: Tag, etag: str) -> None:
    if etag not in {"", etag_of(tag.revision)}:
        raise ApiError("ABORTED", "The etag provided does not match the current etag of the resource.")


def _parent(call: Call, asked: str, permission: str) -> tuple[str, str]:
    """Return what a tag is in, and what its namespaced name begins with."""
    places = iam.lineage(call.state, asked)
    if not places or asked.startswith("folders/"):
        raise hidden(asked)
    call.require(permission, asked, hidden(asked))
    if asked.startswith("tagKeys/"):
        key = call.state[TAGS].get(asked)
        assert key is not None  # noqa: S101 - it has a lineage
        return asked, key.namespaced
    if asked.startswith("projects/"):
        project = projects.find(call.state, asked.partition("/")[2])
        return places[0], project.id if project else asked.partition("/")[2]
    return asked, asked.partition("/")[2]


def _name(tag: Tag) -> str:
    return tag.name


def bind(call: Call) -> Json:
    """CreateTagBinding: done at once (recorded); a resource has one value of each key."""
    given = call.message("tagBinding")
    parent = str(given.get("parent", ""))
    resource = canonical(call.state, parent)
    value = _value(call, given)
    call.require("resourcemanager.tagValueBindings.create", value.name, hidden(value.name))
    _require_node(call, resource, "createTagBinding")
    for each in of(call.state, resource):
        other = call.state[TAGS].get(each.value)
        if other and other.parent == value.parent:
            if other.name == value.name:
                raise errors.already_exists("The tag value is already bound to the resource.")
            raise errors.failed_precondition(f"{parent} has a value of {value.parent} already: {other.name}.")
    if not call.flag("validateOnly"):
        call.state[BINDINGS].put(Binding(key=f"{resource} {value.name}", resource=resource, value=value.name))
    shown = _bound(resource, value) | {"tagValueNamespacedName": value.namespaced}
    return {"done": True, "response": {"@type": TYPE + "TagBinding", **shown}}


def _bound(resource: str, value: Tag) -> Json:
    return {
        "name": f"tagBindings/{quote(resource, safe='')}/{value.name}",
        "parent": resource,
        "tagValue": value.name,
    }


def unbind(call: Call) -> Json:
    """DeleteTagBinding: done at once (recorded)."""
    resource = canonical(call.state, unquote(unquote(call.vars["binding"])))
    value = f"tagValues/{call.vars['value']}"
    found = call.state[BINDINGS].get(f"{resource} {value}")
    if found is None:
        raise hidden(f"tagBindings/{resource}/{value}")
    call.require("resourcemanager.tagValueBindings.delete", value, hidden(value))
    _require_node(call, resource, "deleteTagBinding")
    call.state[BINDINGS].remove(found.key)
    return {"done": True, "response": {"@type": "type.googleapis.com/google.protobuf.Empty"}}


def list_bindings(call: Call) -> Json:
    """ListTagBindings: those of the resource itself."""
    resource = canonical(call.state, call.text("parent"))
    _require_node(call, resource, "listTagBindings")
    found = [_bound(resource, tag) for each in of(call.state, resource) if (tag := call.state[TAGS].get(each.value))]
    return {"tagBindings": found} if found else {}


def list_effective(call: Call) -> Json:
    """ListEffectiveTags: also what is inherited."""
    resource = canonical(call.state, call.text("parent"))
    _require_node(call, resource, "listEffectiveTags")
    found = []
    for tag, own in effective(call.state, resource):
        key = call.state[TAGS].get(tag.parent)
        shown: Json = {"tagValue": tag.name, "namespacedTagValue": tag.namespaced, "tagKey": tag.parent}
        shown |= {"namespacedTagKey": key.namespaced, "tagKeyParentName": key.parent} if key else {}
        found.append(shown | ({} if own else {"inherited": True}))
    return {"effectiveTags": found} if found else {}


def effective(state: State, resource: str) -> list[tuple[Tag, bool]]:
    """Return the values that a resource has, its own before those above it, and whether each is its own."""
    held: dict[str, tuple[Tag, bool]] = {}
    names = [HOST + each for each in iam.lineage(state, resource.removeprefix(HOST))] or [resource]
    for place in names:
        for each in of(state, place):
            tag = state[TAGS].get(each.value)
            if tag:
                held.setdefault(tag.parent, (tag, place == names[0]))
    return list(held.values())


@iam.finds_tags
def _held(state: State, resource: str) -> list[iam.Held]:
    """Return the tags that conditions on a resource ask for; what is below a project has the project's."""
    found = []
    if not len(state[BINDINGS]):
        return []
    for tag, _ in effective(state, HOST + resource):
        key = state[TAGS].get(tag.parent)
        if key:
            found.append(iam.Held(key.namespaced, key.name, tag.short_name, tag.name))
    return found


def of(state: State, resource: str) -> list[Binding]:
    """Return what is bound to a resource itself."""
    return [each for each in state[BINDINGS] if each.resource == resource]


def canonical(state: State, resource: str) -> str:
    """Return a full resource name with a project's number."""
    found = re.fullmatch(rf"{HOST}projects/([^/]+)", resource)
    project = projects.find(state, found[1]) if found else None
    return f"{HOST}projects/{project.number}" if project else resource


def _value(call: Call, given: Json) -> Tag:
    name, namespaced = str(given.get("tagValue", "")), str(given.get("tagValueNamespacedName", ""))
    found = call.state[TAGS].get(name) if name else call.state[TAGS].find("namespaced", namespaced)
    if found is None or not found.name.startswith("tagValues/"):
        raise hidden(name or namespaced)
    return found


def _require_node(call: Call, resource: str, verb: str) -> None:
    """Ask on what is in the hierarchy; of what is below it, its own API would be asked."""
    if not resource.startswith("//"):
        raise errors.invalid_argument(f"Invalid resource name: {resource[:200]}")
    if resource.startswith(HOST):
        name = resource.removeprefix(HOST)
        if not iam.lineage(call.state, name):
            raise hidden(name)
        call.require(f"resourcemanager.hierarchyNodes.{verb}", name, hidden(name))
