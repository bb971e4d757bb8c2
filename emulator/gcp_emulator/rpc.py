"""A method of an API, as it is served over REST and gRPC.

It is declared in `services/<api>/methods.py` (see `api.py`) by its name and a function, such as

    def get_project(call: Call) -> dict[str, Any]:
        project = find(call.state, call.vars["project"])
        if project is None:
            raise errors.caller_lacks_permission()
        call.require("resourcemanager.projects.get", f"projects/{project.id}", ...)
        return render(project)

`call.request` is the request message as proto-JSON with camelCase names and enums by name, whichever way it came:
path, query and body are merged on REST; on gRPC it is `MessageToDict` of the message. `call.vars` holds the variables
of the path; on gRPC they are read from the same field of the message. A handler answers proto-JSON (int64 as strings,
unset fields absent, enum names), or `Raw`, or is a coroutine function that does; it refuses by raising
`errors.ApiError`. It is called only when the caller is known and the API is usable for the consumer (and, where
`billed`, the project has billing). It checks everything first and writes last, with no `await` in between.

Paths are written as Google writes them, with one addition: the pattern of a field may name its variables.

    /v3/{name=projects/{project}}                  field `name` is "projects/X", vars["project"] is X
    /v1/{parent=projects/{project}}/services:batchEnable
    /v3/{project.name=projects/{project}}          a nested field
    /v1/projects/{projectId={project}}             field `projectId` and vars["project"] are X
    /v1/{name=operations/{operation=cp.*}}         only operations whose name begins so
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gcp_emulator.caller import CLOUD_PLATFORM

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gcp_emulator.call import Answer, Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of one API.

    Args:
        name: the full gRPC name, `package.Service/Method`; for calls that exist only on REST the discovery
            id (`cloudresourcemanager.projects.get`). `google.longrunning.Operations/GetOperation` is declared
            once by each API, distinguished by the pattern of the operation's name.
        http: its REST bindings, `VERB /path`.
        handle: the rule; None for a method that is known and not served, which answers UNIMPLEMENTED.
        service: the API it belongs to, which must be usable for the consumer.
        source: where its behavior is documented or recorded.
        body: the request field that a REST body fills; `*` merges it into the request.
        request: `module:Class` of the gRPC request, imported at the API's first gRPC call.
        response: the same of the answer; empty for `google.protobuf.Empty`.
        stream: the gRPC answer is a stream of messages.
        mutates: it changes something; the request log says so.
        auth: it needs a credential.
        consumer: whose API must be on: the caller's (a quota project, else the service account's own, else
            the path's), always the path's, or no one's.
        billed: the path's project must have open billing.
        scopes: OAuth scopes of which the credential must have one.
        errors: how REST writes an error: Google's object, the object with the older list (`legacy`),
            a list of one object, or OAuth's own shape (`error`, `error_description`).
        form: the REST body may be form-encoded.
        raw: the REST body is no JSON: it is handed on as the field `content`, each byte a character, with the
            system parameters `alt` and `uploadType`.
        document: the data file that describes its messages.
        takes: the name of the request's message there, empty where a request may hold anything.
        gives: the same of the answer.
    """

    name: str
    http: tuple[str, ...] = ()
    handle: Callable[[Call], Answer | Awaitable[Answer]] | None
    service: str
    source: str
    body: str = "*"
    request: str = ""
    response: str = ""
    stream: bool = False
    mutates: bool = False
    auth: bool = True
    consumer: Literal["caller", "path", "none"] = "caller"
    billed: bool = False
    scopes: tuple[str, ...] = (CLOUD_PLATFORM,)
    errors: Literal["object", "legacy", "list", "oauth"] = "object"
    form: bool = False
    raw: bool = False
    document: str = ""
    takes: str = ""
    gives: str = ""

    @property
    def dotted(self) -> str:
        """The name as `ErrorInfo.metadata.method` writes it."""
        return self.name.replace("/", ".")

    def samples(self) -> list[str]:
        """Return a call of each of its REST bindings, every variable an `x`."""
        found = []
        for text in self.http:
            sample = re.sub(r"\{[^{}=]+=([^{}]*)\}", lambda match: match[1].replace("*", "x"), text)
            while "{" in sample:
                sample = re.sub(r"\{(?:[^{}=]+=([^{}]*)|[^{}=]+)\}", lambda match: match[1] or "x", sample)
            found.append(sample)
        return found
