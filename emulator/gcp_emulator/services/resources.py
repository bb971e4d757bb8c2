"""Resources that are kept as they were sent: created, read, listed, changed and deleted as the documents say.

A service declares a kind of them once, and below whom it has which methods:

    TOPICS = Kind("pubsub.topics", document="pubsub.v1", schema="Topic", path="topics/{topic}")
    methods=TOPICS.methods("projects", policy=True)

What such a resource does at Google, other than being there, it does not do here; where Google would refuse for what it
holds, `prepare` says so. Which fields there are is in the data file of the API, from the discovery document.
Masks: https://google.aip.dev/134; parents and permissions: https://google.aip.dev/211 and IAM's page of permissions.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, iam, operations, paging
from gcp_emulator.api import load, serve
from gcp_emulator.clock import timestamp
from gcp_emulator.operations import Outcome
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gcp_emulator.api import Handle, Methods, Served
    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State

SCOPES: Final = {
    "project": "projects",
    "folder": "folders",
    "organization": "organizations",
    "account": "billingAccounts",
    "policy": "accessPolicies",
}
"""Variables of a path that say whose a resource is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource.

    Args:
        key: its name with the project's number, by which policies know it too.
        name: as answers write it.
        body: what was sent, and what was made of it.
        created: sandbox time.
        stamp: microseconds of its last change; grows, and makes etags.
    """

    key: str
    name: str
    body: Json
    created: float
    stamp: int

    @property
    def etag(self) -> str:
        """Eight bytes in base64."""
        return base64.b64encode(self.stamp.to_bytes(8, "big")).decode()


@dataclass(frozen=True, slots=True)
class Place:
    """A name in its two spellings."""

    key: str
    name: str

    def below(self, path: str) -> Place:
        """Return the place of something inside."""
        return Place(f"{self.key}/{path}".lstrip("/"), f"{self.name}/{path}".lstrip("/"))


def same(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    """Keep what was sent as it is."""
    return given


def named(call: Call, found: Resource) -> Json:  # noqa: ARG001 - what `render` is called with
    """Show the name, and what is kept."""
    return {"name": found.name, **found.body}


def timed(call: Call, found: Resource) -> Json:
    """Show also when it was made and changed."""
    return {**named(call, found), **times(found)}


def created(call: Call, found: Resource) -> Json:
    """Show also when it was made."""
    return {**named(call, found), "createTime": timestamp(found.created)}


def drawn_id(call: Call) -> str:
    """Choose nineteen digits."""
    return call.state.digits(19)


VERBS: Final = {"create": "create", "get": "get", "list": "list_all", "patch": "update", "delete": "delete"} | {
    "getIamPolicy": "get_iam_policy",
    "setIamPolicy": "set_iam_policy",
    "testIamPermissions": "test_iam_permissions",
}
"""Methods of a kind: as the documents call them, and here."""
PLAIN: Final = ("create", "get", "list", "patch", "delete")
POLICY: Final = ("getIamPolicy", "setIamPolicy", "testIamPermissions")

LOCATIONS: Final = r"global|[a-z]+|[a-z]+[0-9]+|[a-z]+-[a-z]+[0-9]+"


class Kind:
    """A kind of resources.

    Args:
        table: the name of its table.
        document: the API's data file.
        schema: the name of its message there, with the package where it is a proto's.
        path: below whom it belongs to: `locations/{location}/keyRings/{ring}`, its own id last.
        permission: what its permissions begin with, where that is not the name of the table.
        id_field: the field of a request that holds the id of a new one; empty where the path does.
        body: the field of a request that holds it, where it is not the request itself.
        by_number: answers name a project by its number.
        verbs: permissions that are called otherwise: `{"list": "get"}`.
        needs: fields that have to be there, and what is said where one is not.
        prepare: checks what it shall hold and returns that; the old one is None where it is new.
        render: what is answered.
        new_id: chooses the id of a new one.
        missing: what is answered where there is none, with `{name}`, `{id}` and `{owner}`, the project's id.
        exists: what is answered where there is one, the same.
        operation: names the operation that making, changing or deleting one answers, done at once; else none is.
        message: the type of what such an operation ends in.
        locations: where one can be made, as a pattern; which regions there are is not looked up.
    """

    def __init__(  # noqa: PLR0913 - each is a way in which kinds differ
        self,
        table: str,
        *,
        document: str,
        schema: str,
        path: str,
        permission: str = "",
        id_field: str = "",
        body: str = "",
        by_number: bool = False,
        verbs: Mapping[str, str] | None = None,
        needs: Mapping[str, str] | None = None,
        prepare: Callable[[Call, Json, Resource | None], Json] = same,
        render: Callable[[Call, Resource], Json] = named,
        new_id: Callable[[Call], str] | None = None,
        missing: str = "Requested entity was not found.",
        exists: str = "Resource '{name}' already exists.",
        operation: Callable[[Call, Resource], str] | None = None,
        message: str = "",
        locations: str = LOCATIONS,
    ) -> None:
        self.rows: Table[Resource] = Table(table, Resource, key="key")
        self.document = document
        self.schema = schema
        self.id = ".".join(path.split("/")[::2])
        self.above, _, own = path.rpartition("/")
        self.above, _, self.collection = self.above.rpartition("/")
        self.variable = own.strip("{}")
        self.permission = permission or table
        self.id_field = id_field
        self.body = body
        self.by_number = by_number
        self.verbs = verbs or {}
        self.needs = needs or {}
        self.prepare = prepare
        self.render = render
        self.new_id = new_id
        self.missing = missing
        self.exists = exists
        self.operation = operation
        self.message = message
        self.locations = re.compile(locations)

    def methods(
        self, *within: str, verbs: Iterable[str] = PLAIN, policy: bool = False, **own: Handle | Served | None
    ) -> Methods:
        """Return its methods by their ids in the document.

        Args:
            within: whom it belongs to: `projects`, `folders`; empty for what is at the top.
            verbs: which of them there are.
            policy: it has an allow policy.
            own: others, and those that do more than `Kind` does; None is known and not served.
        """
        served = {verb: getattr(self, VERBS[verb]) for verb in (*verbs, *(POLICY if policy else ()))} | own
        return {f"{each}.{self.id}.{verb}".lstrip("."): handle for each in within for verb, handle in served.items()}

    def rpcs(self, service: str, *, only: str = "") -> Methods:
        """Return the same by their names on gRPC, for what no document has: `Service/CreateMessage`.

        Args:
            service: the service in the API's package.
            only: which paths are served: those that hold this text.
        """
        message = self.schema.rpartition(".")[2]
        return {
            f"{service}/{verb}{message}{'s' if verb == 'List' else ''}": serve(handle, only=only)
            for verb, handle in (
                ("Create", self.create),
                ("Get", self.get),
                ("List", self.list_all),
                ("Update", self.update),
                ("Delete", self.delete),
            )
        }

    def create(self, call: Call) -> Json:
        """Make one, if the caller may and there is none of that name."""
        return self.answer(call, self.made(call))

    def answer(self, call: Call, found: Resource, *, gone: bool = False) -> Json:
        """Answer one that was made or changed, or nothing for one that is gone; some are told by an operation."""
        shown = {} if gone else self.render(call, found)
        if self.operation is None:
            return shown
        return done(call, self.operation(call, found), "google.protobuf.Empty" if gone else self.message, shown)

    def made(self, call: Call) -> Resource:
        """Make one and return it as it is kept."""
        parent = self.parent(call, "create")
        if not self.locations.fullmatch(call.vars.get("location", "global")):
            raise errors.not_found(f"Location '{call.vars['location'][:100]}' was not found.")  # the words are ours
        own = (
            self.new_id(call)
            if self.new_id
            else call.text(self.id_field)
            if self.id_field
            else call.vars[self.variable]
        )
        if not own:
            raise errors.invalid_argument(f"The field '{self.id_field}' is required.")
        place = parent.below(f"{self.collection}/{own}")
        if place.key in call.state[self.rows]:
            raise errors.already_exists(_said(self.exists, place.name))
        return self.put(call, place, self._checked(call, self.given(call), None), None)

    def _checked(self, call: Call, body: Json, old: Resource | None) -> Json:
        for name, words in self.needs.items():
            if not body.get(name):
                raise errors.invalid_argument(words)
        return self.prepare(call, body, old)

    def put(self, call: Call, place: Place, body: Json, old: Resource | None) -> Resource:
        """Write one."""
        now = call.clock.now()
        found = Resource(
            key=place.key,
            name=place.name,
            body=pruned(body),
            created=old.created if old else now,
            stamp=max(int(now * 1_000_000), old.stamp + 1 if old else 0),
        )
        call.state[self.rows].put(found)
        return found

    def get(self, call: Call) -> Json:
        """Answer one."""
        return self.render(call, self.fetch(call, "get"))

    def update(self, call: Call) -> Json:
        """Change what the mask names, without one all that was sent."""
        return self.answer(call, self.changed(call))

    def changed(self, call: Call) -> Resource:
        """Change one and return it as it is kept."""
        old = self.fetch(call, "update")
        given = self.given(call)
        check_etag(call, old, self.body if isinstance(call.request.get(self.body), dict) else "")
        body = self._checked(call, overwritten(old.body, given, mask_of(call)), old)
        return self.rewritten(call, old, body)

    def rewritten(self, call: Call, old: Resource, body: Json) -> Resource:
        """Write one anew under its name."""
        return self.put(call, Place(old.key, old.name), body, old)

    def delete(self, call: Call) -> Json:
        """Remove one, and its policy."""
        return self.answer(call, self.removed(call), gone=True)

    def removed(self, call: Call) -> Resource:
        """Remove one and return it as it was."""
        old = self.fetch(call, "delete")
        check_etag(call, old)
        call.state[self.rows].remove(old.key)
        call.state[iam.POLICIES].remove(old.key)
        return old

    def list_all(self, call: Call) -> Json:
        """Answer a page of those of one parent, in the order of their names."""
        parent = self.parent(call, "list")
        found = sorted(self.of(call.state, parent.key), key=_name)
        shown, token = paging.page(call, found, _name, default=100, most=1000)
        answer: Json = {self.collection: [self.render(call, each) for each in shown]} if shown else {}
        return answer | ({"nextPageToken": token} if token else {})

    def of(self, state: State, parent: str) -> list[Resource]:
        """Return those of one parent."""
        prefix = f"{parent}/{self.collection}/"
        return [each for each in state[self.rows] if each.key.startswith(prefix) and "/" not in each.key[len(prefix) :]]

    def get_iam_policy(self, call: Call) -> Json:
        """Answer its policy."""
        found = self.fetch(call, "getIamPolicy")
        return iam.get_policy(call, found.key)

    def set_iam_policy(self, call: Call) -> Json:
        """Replace its policy."""
        return iam.set_policy(call, self.fetch(call, "setIamPolicy").key)

    def test_iam_permissions(self, call: Call) -> Json:
        """Answer which of the permissions asked for the caller has."""
        return iam.test_permissions(call, self._place(call, scope(call)).key)

    def fetch(self, call: Call, verb: str) -> Resource:
        """Return the one in the path, if the caller may do this to it."""
        place = self._place(call, scope(call))
        self._require(call, verb, place)
        found = call.state[self.rows].get(place.key)
        if found is None:
            raise errors.not_found(_said(self.missing, place.name))
        return found

    def parent(self, call: Call, verb: str) -> Place:
        """Return what it is in, if the caller may do this there."""
        place = self._above(call, scope(call))
        self._require(call, verb, place)
        return place

    def _above(self, call: Call, place: Place) -> Place:
        shown = Place(place.key, place.key if self.by_number else place.name)
        return shown.below(self.above.format_map(call.vars)) if self.above else shown

    def _place(self, call: Call, place: Place) -> Place:
        return self._above(call, place).below(f"{self.collection}/{call.vars[self.variable]}")

    def _require(self, call: Call, verb: str, place: Place) -> None:
        permission = f"{self.permission}.{self.verbs.get(verb, verb)}"
        denied = errors.permission_denied(permission, place.name, call.method.service)
        if not iam.lineage(call.state, place.key):
            raise denied
        call.require(permission, place.key, denied)

    def given(self, call: Call) -> Json:
        """Return the fields of the message that a request holds, but its name."""
        held = call.request.get(self.body)
        sent = held if isinstance(held, dict) else call.request
        named = self.schema if "." in self.schema else f"{self.document}.{self.schema}"
        fields = load(self.document)["messages"][named]
        return {name: value for name, value in sent.items() if name in fields and name not in {"name", "etag"}}


def _said(words: str, name: str) -> str:
    return words.format(name=name, id=name.rpartition("/")[2], owner=name.split("/")[1])


def scope(call: Call) -> Place:
    """Return whose a resource is, by the path of the call: a project, a folder, a billing account and so on."""
    variable = next(each for each in SCOPES if each in call.vars)
    asked = call.vars[variable]
    if variable != "project":
        return Place(f"{SCOPES[variable]}/{asked}", f"{SCOPES[variable]}/{asked}")
    project = projects.find(call.state, asked)
    if project is None:
        return Place(f"projects/{asked}", f"projects/{asked}")
    return Place(f"projects/{project.number}", f"projects/{project.id}")


def check_etag(call: Call, old: Resource | None, body: str = "") -> None:
    """Refuse a change of what someone else has changed since: https://google.aip.dev/154."""
    sent = call.message(body) if body else call.request
    if sent.get("etag") not in {None, "", old.etag if old else None}:
        raise errors.ApiError("ABORTED", "The etag provided does not match the current etag of the resource.")


def _name(found: Resource) -> str:
    return found.name


def mask_of(call: Call) -> list[str]:
    """Return the paths of a request's update mask, in camel case; none is all that was sent."""
    paths = [each.strip() for each in call.text("updateMask").split(",") if each.strip()]
    return [] if "*" in paths else [re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), path) for path in paths]


def overwritten(old: Json, given: Json, paths: list[str]) -> Json:
    """Return what was, with the fields at these paths as they were sent; one that was not sent is taken away."""
    if not paths:
        return {**old, **given}
    merged = dict(old)
    for path in paths:
        target: Json = merged
        source: Any = given
        *outer, last = path.split(".")
        for name in outer:
            inner = target.get(name)
            target[name] = dict(inner) if isinstance(inner, dict) else {}
            target = target[name]
            source = source.get(name, {}) if isinstance(source, dict) else {}
        if isinstance(source, dict) and last in source:
            target[last] = source[last]
        else:
            target.pop(last, None)
    return merged


def pruned(value: Any) -> Any:
    """Return a message without what says nothing: null, false, empty texts, lists and maps.

    A message that was sent empty is kept: of a oneof it says which. https://protobuf.dev/programming-guides/json/
    """
    if not isinstance(value, dict):
        return [pruned(each) for each in value] if isinstance(value, list) else value
    return {name: pruned(each) for name, each in value.items() if each not in (None, "", []) and each is not False}


def times(found: Resource) -> Json:
    """Return when it was made and changed, as most messages tell it."""
    return {"createTime": timestamp(found.created), "updateTime": timestamp(found.stamp / 1_000_000)}


def done(call: Call, name: str, kind: str, response: Json, metadata: Json | None = None) -> Json:
    """Answer an operation that is done, and remember it.

    Args:
        call: the call.
        name: the operation's.
        kind: the type of the response, such as `google.api.apikeys.v2.Key`.
        response: what it ends in.
        metadata: what it says of itself.
    """
    typed = {"@type": f"type.googleapis.com/{kind}", **response}
    return operations.render(operations.finished(call, name=name, outcome=Outcome(response=typed, metadata=metadata)))
