"""The data file of each API: the facts of its methods, and their messages.

Which methods those are, `services/<api>/methods.py` declares. A method on gRPC is found among those that Google's
clients call (`clients.py`), one that is on REST alone in a discovery document (`documents.py`); scopes and the page of
the reference are always a document's, where there is one.
"""

from __future__ import annotations

import importlib
import json
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import services

from emulator.generate import clients, documents
from emulator.generate.messages import Messages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.api import Api, Declared

    from emulator.generate.clients import Rpc
    from emulator.generate.documents import Known

Entry = dict[str, Any]

FOLDER: Final = Path(__file__).parents[1] / "gcp_emulator" / "apis"
READS: Final = re.compile(
    r"get|list|search|query|test|lint|sign|check|count|batchGet|predict|rawPredict", re.IGNORECASE
)
"""How the verbs begin of methods that change nothing although they are no GET."""


def files() -> dict[str, str]:
    """Return the text of each file by its name."""
    apis = sorted((api for api in services.apis() if api.document), key=lambda api: api.document)
    return {f"{name}.json": text(name, list(same)) for name, same in groupby(apis, key=lambda api: api.document)}


def text(name: str, apis: list[Api]) -> str:
    """Return the text of one file.

    Raises:
        LookupError: something that is declared is in no document of Google's, and no client calls it.
    """
    messages = Messages()
    methods: dict[str, Entry] = {}
    for api in apis:
        for declared in _expanded(api):
            methods[declared.name] = _Method(api, declared, messages).entry()
    about = _about(name, apis)
    parts = [f' "about": {json.dumps(about)}']
    for title, held in (("methods", methods), ("messages", messages.messages), ("enums", messages.enums)):
        lines = ",\n".join(f'  "{each}": {_line(held[each], title)}' for each in sorted(held))
        parts.append(f' "{title}": {{\n{lines}\n }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any, title: str) -> str:
    return json.dumps(value, sort_keys=title == "messages", separators=(",", ":"))


def _about(name: str, apis: list[Api]) -> list[str]:
    """What the file was written from, with dates and versions."""
    api, _, version = name.partition(".")
    found = []
    if version in documents.VERSIONS.get(api, ()):
        found.append(f"discovery document of {api} {version}, revision {documents.document(name)['revision']}")
    for package in sorted({api.rpc for api in apis} & clients.PACKAGES.keys()):
        python = clients.PACKAGES[package]
        installed = importlib.import_module(f"{python}.gapic_version").__version__
        found.append(f"{python} {installed}")
    return found


def _expanded(api: Api) -> Iterator[Declared]:
    """What an API declares, each `*` in a name replaced by the methods that a client has."""
    for declared in api.declared():
        if "*" not in declared.name:
            yield declared
            continue
        for name in sorted(clients.methods(declared.service)):
            if declared.fits(name):
                yield declared.named(name)


def _rpc(api: Api, declared: Declared) -> Rpc | None:
    """The method on gRPC; one of a mixin is found with any service whose client has it."""
    if "/" not in declared.name:
        return None
    own = declared.service.rpartition(".")[0] in clients.PACKAGES
    found = [clients.methods(each).get(declared.name) for each in ([declared.service] if own else _services(api))]
    if not any(found):
        raise LookupError(f"no client of Google's calls {declared.name}")
    return next(each for each in found if each)


def _services(api: Api) -> list[str]:
    """The services that an API names a method of."""
    named = [declared.service for declared in api.declared() if "/" in declared.name]
    return [each for each in dict.fromkeys(named) if each.rpartition(".")[0] in clients.PACKAGES]


class _Method:
    """The facts of one method."""

    def __init__(self, api: Api, declared: Declared, messages: Messages) -> None:
        self.api = api
        self.declared = declared
        self.messages = messages
        self.rpc = _rpc(api, declared)
        self.known: list[Known] = []
        self.body = declared.facts.get("body", "")
        self.http = list(self._http())
        if not self.http:
            raise LookupError(f"no document has {declared.name}; name its ids, or its paths in `http`")

    def entry(self) -> Entry:
        """Return them, without those that are as in most methods."""
        verb = self.http[0].partition(" ")[0]
        last = re.split(r"[./]", self.declared.name)[-1]
        entry: Entry = {"http": self.http}
        if self.rpc is not None and not self.api.protos_only:
            entry["request"] = _reference(self.rpc.request)
            entry["response"] = "" if self.rpc.response is None else _reference(self.rpc.response)
            entry["stream"] = self.rpc.stream
        entry |= {
            "body": self.body,
            "mutates": verb != "GET" and not READS.match(last),
            "page": self._page(),
            "scopes": self._scopes(),
        }
        if self.declared.handle is not None:
            self._describe(entry)
        return {name: value for name, value in entry.items() if value}

    def _http(self) -> Iterator[str]:
        if self.declared.http:
            for text in self.declared.http:
                verb, _, path = text.partition(" ")
                if known := documents.method_for(self.api.service, verb, _sample(path)):
                    self.known.append(known)
                yield text
            if not self.known:  # a path that is written otherwise than the document's
                named = (f"{self.api.document.partition('.')[0]}.{each}" for each in self.declared.ids)
                self.known += [known for each in named if (known := documents.by_id(self.api.document, each))]
        elif self.rpc is not None and self.rpc.bindings:
            for verb, uri, body in self.rpc.bindings:
                text = self._named(uri)
                if known := documents.method_for(self.api.service, verb, _sample(text)):
                    self.known.append(known)
                self.body = self.body or _camel(body)
                yield f"{verb} {text}"
        else:
            for each in self.declared.ids:
                known = documents.by_id(self.api.document, f"{self.api.document.partition('.')[0]}.{each}")
                if known is None:
                    raise LookupError(f"{self.api.document} has no {each}")
                self.known.append(known)
                yield f"{known.verb} {self._documented(known)}"

    def _documented(self, known: Known) -> str:
        """A document's path, its patterns in the place of its fields, as a proto would write it."""
        field = self._field_with_the_name(known)

        def pattern(match: re.Match[str]) -> str:
            name = match[1].removeprefix("+")
            written: str = known.described["parameters"][name].get("pattern", "")
            stars = written.strip("^$").replace("[^/]+", "*").replace(".*", "**")
            stars = "*" if "(" in stars or "[" in stars else stars  # what a name may hold, which no path tells
            return f"{{{field}.name={stars}}}" if name == "name" and field else f"{{{name}={stars or '*'}}}"

        path = documents.document(known.document).get("servicePath", "") + known.described["path"]
        return self._named("/" + re.sub(r"\{(\+?\w+)\}", pattern, path))

    def _field_with_the_name(self, known: Known) -> str:
        """The request's field that has the name of what is updated; a document writes it as if it were the request's.

        https://google.aip.dev/134; the field that a body fills is not told by a document either.
        """
        if self.rpc is None:
            return self.body if known.verb == "PATCH" and self.body not in {"", "*"} else ""
        described = _descriptor(self.rpc.request)
        sent = known.described.get("request", {}).get("$ref", "")
        held = [each for each in described.fields if each.message_type]
        inner = next((each for each in held if sent.endswith(each.message_type.name)), None)
        if inner is not None and not sent.endswith(described.name):
            self.body = self.body or inner.json_name
        if "name" in described.fields_by_name or known.verb not in {"PATCH", "PUT"}:
            return ""
        field: str
        [field] = [each.json_name for each in held if "name" in each.message_type.fields_by_name]
        return field

    def _named(self, uri: str) -> str:
        """A path whose variables have names: `{name=projects/*}` is `{name=projects/{project}}`."""

        def name(match: re.Match[str]) -> str:
            pattern = self.api.narrow.get(match[2] or "*", match[2] or "*")
            for wide, narrow in self.api.narrow.items():
                if pattern.startswith(f"{wide}/"):
                    pattern = narrow + pattern.removeprefix(wide)
            before = uri[: match.start()].rstrip("/").rpartition("/")[2]
            before = match[1] if len(before) == 1 else before  # Cloud Storage: `/b/{bucket}/o/{object}`
            return f"{{{_camel(match[1])}={_variables(pattern, before)}}}"

        return re.sub(r"\{([\w.]+)(?:=([^{}]*))?\}", name, uri)

    def _page(self) -> str:
        if not self.known:
            return ""
        collection, _, verb = self.known[0].id.partition(".")[2].rpartition(".")
        return f"{collection or 'TopLevel'}/{verb}"

    def _scopes(self) -> list[str]:
        for known in self.known:
            if known.described.get("scopes"):
                return sorted(known.described["scopes"])
        return sorted(self.rpc.scopes) if self.rpc else []

    def _describe(self, entry: Entry) -> None:
        """Describe the messages of request and answer."""
        rpc = self.rpc or self._twin()
        if rpc is None and any(
            known.described.get("request", {}).get("$ref") == "GoogleApiHttpBody" for known in self.known
        ):
            return  # a body that is passed on as it is
        takes = gives = ""
        if rpc is not None:
            if _holds_anything(rpc.request):
                entry["body"] = ""
            else:
                takes = self.messages.proto(_descriptor(rpc.request))
            if (
                rpc.response is not None
                and not self._is_plain()
                and _descriptor(rpc.response).full_name != "google.api.HttpBody"
            ):
                gives = self.messages.proto(_descriptor(rpc.response))
        for known in self.known:
            takes = self._takes(takes, known, own=rpc is None)
            own = known.document == self.api.document and not self._is_plain()
            if own and known.response and known.response != "GoogleApiHttpBody":
                if gives:
                    self.messages.merge(gives, known.document, known.response)
                else:
                    gives = self.messages.schema(known.document, known.response)
        entry["takes"], entry["gives"] = takes, gives

    def _is_plain(self) -> bool:
        """Tell whether it is declared that its answer needs no description: a list that is always empty."""
        return bool(self.declared.facts.get("gives") == "")

    def _takes(self, takes: str, known: Known, *, own: bool) -> str:
        """The name of the request's message, to which is added what a document says of it."""
        if own and not takes:
            takes = self.declared.name
            self.messages.messages.setdefault(takes, {})
        if not takes or known.document.partition(".")[0] != self.api.document.partition(".")[0]:
            return takes
        for name, parameter in known.described.get("parameters", {}).items():
            if parameter["location"] == "query" or own:
                self.messages.parameter(takes, name, known.document, parameter)
        sent = known.described.get("request", {}).get("$ref", "")
        if sent and self.body not in {"", "*"}:
            self.messages.field(takes, self.body, known.document, known.described["request"])
        elif sent:
            self.messages.merge(takes, known.document, sent)
        return takes

    def _twin(self) -> Rpc | None:
        """The gRPC method with the same path, of one that is served over REST alone: its proto tells oneofs."""
        for rpc in (rpc for service in _services(self.api) for rpc in clients.methods(service).values()):
            if any(f"{verb} {self._named(uri)}" in self.http for verb, uri, _ in rpc.bindings):
                return rpc
        return None


def _holds_anything(request: Any) -> bool:
    """Tell whether a body is handed on as it is."""
    return any(
        field.message_type and field.message_type.full_name == "google.api.HttpBody"
        for field in _descriptor(request).fields
    )


def _descriptor(message: Any) -> Any:
    return (message.pb() if hasattr(message, "pb") else message).DESCRIPTOR


def _reference(message: Any) -> str:
    return f"{message.__module__}:{message.__name__}"


def _variables(pattern: str, before: str) -> str:
    """A pattern whose stars are variables, each named after the collection before it."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if part in {"*", "**"}:
            name = _singular(before) if before and not before.startswith("{") else "resource"
            taken = sum(each.startswith(f"{{{name}") for each in parts)
            parts.append(f"{{{name}{taken + 1 if taken else ''}}}")
        else:
            parts.append(part)
        before = parts[-1]
    return "/".join(parts)


def _singular(collection: str) -> str:
    """`serviceAccounts` is `account`, `policies` is `policy`."""
    word = re.split(r"(?=[A-Z])", collection)[-1].lower()
    return re.sub(r"ies$", "y", word) if word.endswith("ies") else word.removesuffix("s")


def _sample(path: str) -> str:
    """A path with an `x` in the place of each variable."""
    path = re.sub(r"\{[^{}=]+=([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}", lambda match: match[1], path)
    return re.sub(r"\{[^{}]*\}", "x", path).replace("*", "x")


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)
