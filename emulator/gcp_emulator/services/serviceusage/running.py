"""Operations of Service Usage beside `get`: list, cancel, delete.

https://cloud.google.com/service-usage/docs/reference/rest/v1/operations
What a canceled operation says is assumed to be what the comments of google/longrunning/operations.proto say.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, operations, paging
from gcp_emulator.operations import OPERATIONS

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.operations import Operation

NAME: Final = re.compile(r"operations/acat\.p\d+-(\d+)-.*")
CANCELED: Final = {"code": 1, "message": "The operation was cancelled."}  # google.rpc.Code CANCELLED


def list_all(call: Call) -> Json:
    """`operations.list`: those of all projects whose operations the caller may list; a filter is not served."""
    if call.text("filter"):
        raise errors.unimplemented("serviceusage.operations.list with a filter")
    found = sorted((each for each in call.state[OPERATIONS] if _may(call, each.name, "list")), key=_name)
    shown, token = paging.page(call, found, _name, default=100, most=1000)
    answer: Json = {"operations": [operations.render(each) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def cancel(call: Call) -> Json:
    """`operations.cancel`: what is done stays as it is."""
    operation = _fetch(call, "cancel")
    if not operation.done:
        operations.end(call.state, replace(operation, pending_error=CANCELED))
    return {}


def delete(call: Call) -> Json:
    """`operations.delete`: forgets what is done; one that runs goes on."""
    operation = _fetch(call, "delete")
    if operation.done:
        call.state[OPERATIONS].remove(operation.name)
    return {}


def _fetch(call: Call, verb: str) -> Operation:
    """Return the one in the path; of a project one may not look into it is not there (assumed)."""
    found = call.state[OPERATIONS].get(call.text("name"))
    if found is None or not _may(call, found.name, verb):
        raise errors.not_found()
    return found


def _may(call: Call, name: str, verb: str) -> bool:
    of = NAME.fullmatch(name)
    return of is not None and call.may(f"serviceusage.operations.{verb}", f"projects/{of[1]}")


def _name(operation: Operation) -> str:
    return operation.name
