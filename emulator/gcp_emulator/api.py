"""Declare the methods of an API that are served: a name and a function each; the rest is in a data file.

`services/<api>/methods.py` holds `APIS`:

    APIS = (
        Api(
            document="cloudresourcemanager.v3",
            service="cloudresourcemanager.googleapis.com",
            rpc="google.cloud.resourcemanager.v3",
            reference="https://cloud.google.com/resource-manager/reference/rest/v3/",
            methods={
                "Projects/GetProject": v3.get,
                "Projects/CreateProject": v3.create,
                ...
            },
        ),
    )

`python -m emulator.generate` (`make api`) then writes `apis/cloudresourcemanager.v3.json`: paths, bodies, messages,
enums and scopes, from Google's discovery document and the protos that Google's clients ship. Beside the function
is only what neither says (`serve`), with its reason.
"""

from __future__ import annotations

import fnmatch
import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from gcp_emulator.rpc import Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.call import Call

Handle = Callable[["Call"], Any]


Methods = dict[str | tuple[str, ...], "Handle | Served | None"]
"""What an API declares: see `Api.methods`."""


@functools.cache
def load(document: str) -> Any:
    """Return the data file of an API and version: `methods`, `messages` and `enums`."""
    return json.loads(files("gcp_emulator").joinpath("apis", f"{document}.json").read_text("utf-8"))


@dataclass(frozen=True, kw_only=True)
class Served:
    """A function and what no document says of its method; see `serve`."""

    handle: Handle | None
    http: tuple[str, ...] = ()
    only: str = ""
    versions: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def serve(
    handle: Handle | None,
    *,
    http: tuple[str, ...] = (),
    only: str = "",
    versions: tuple[str, ...] = (),
    **facts: Any,
) -> Served:
    """Declare a method of which something is to be said by hand.

    Args:
        handle: its function, None for a method that is known and not served.
        http: its bindings, where no document has them or where they have to be told from another API's.
        only: which of its bindings are served: those that hold this text. The others are known and not served.
        versions: others under which the same paths are served.
        facts: any argument of `rpc.Method`.
    """
    return Served(handle=handle, http=http, only=only, versions=versions, facts=facts)


@dataclass(frozen=True, kw_only=True)
class Declared(Served):
    """The same with its name: the full one, and the ids of discovery documents that it has on REST."""

    name: str
    ids: tuple[str, ...] = ()

    @property
    def service(self) -> str:
        """The gRPC service, empty for a method that is on REST alone."""
        return self.name.rpartition("/")[0]

    def fits(self, name: str) -> bool:
        """Tell whether a full name is this one, which may hold `*`."""
        return fnmatch.fnmatchcase(name, self.name)

    def named(self, name: str) -> Declared:
        """Return the same under another name."""
        return replace(self, name=name)


@dataclass(frozen=True, kw_only=True)
class Api:
    """One version of an API.

    Args:
        document: its data file, named as Google's discovery document; empty where there is nothing to read.
        service: its host name, which is what is enabled.
        methods: what is served, by name: `Service/Method` on gRPC, else the id in the discovery document without the
            name of the API. A tuple is the name on gRPC and the ids on REST, for APIs whose client speaks no REST; a
            name with `*` is all of them, and unserved.
        reference: where its pages begin.
        rpc: the package of its protos.
        rest: what the names begin with of methods that are on REST alone.
        protos_only: it is served over REST, but there is no document; names, paths and messages are the protos'.
        narrow: patterns of resource names -> the part of them that is served.
        facts: arguments of `rpc.Method` for all methods.
    """

    document: str = ""
    service: str
    methods: Methods
    reference: str = ""
    rpc: str = ""
    rest: str = ""
    protos_only: bool = False
    narrow: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def declared(self) -> Iterator[Declared]:
        """Yield what is declared, under full names."""
        for key, value in self.methods.items():
            name, *ids = (key,) if isinstance(key, str) else key
            served = value if isinstance(value, Served) else Served(handle=value)
            if "/" not in name:
                ids, full = [name], self.rest + name
            else:
                full = name if name.startswith("google.") else f"{self.rpc}.{name}"
            yield Declared(
                name=full,
                ids=tuple(ids),
                handle=served.handle,
                http=served.http,
                only=served.only,
                versions=served.versions,
                facts={**self.facts, **served.facts},
            )

    def all(self) -> Iterator[Method]:
        """Yield the methods, with what the data file says of them.

        Raises:
            LookupError: the data file does not have one.
        """
        known = load(self.document)["methods"] if self.document else {}
        for declared in self.declared():
            if "*" in declared.name:
                yield from (self._method(declared.named(name), known[name]) for name in known if declared.fits(name))
            elif self.document and declared.name not in known:
                raise LookupError(f"{self.document}.json does not have {declared.name}: run `make api`")
            else:
                yield from self._split(declared, known.get(declared.name, {}))

    def _split(self, declared: Declared, known: Mapping[str, Any]) -> Iterator[Method]:
        """Yield a method, and another for those of its bindings that are not served."""
        http = known.get("http", declared.http)
        served = [text for text in http if declared.only in text]
        own = self.document.partition(".")[2]
        twins = [text.replace(f"/{own}/", f"/{other}/", 1) for other in declared.versions for text in served]
        yield self._method(declared, {**known, "http": [*served, *twins]})
        if len(served) < len(http):
            rest = [text for text in http if declared.only not in text]
            yield self._method(replace(declared, handle=None), {**known, "http": rest})

    def _method(self, declared: Declared, known: Mapping[str, Any]) -> Method:
        facts = {
            "source": self.reference + known.get("page", ""),
            **{name: value for name, value in known.items() if name != "page"},
            "http": tuple(known["http"]),
            **declared.facts,
        }
        if "scopes" in facts:
            facts["scopes"] = tuple(facts["scopes"])
        return Method(name=declared.name, handle=declared.handle, service=self.service, document=self.document, **facts)
