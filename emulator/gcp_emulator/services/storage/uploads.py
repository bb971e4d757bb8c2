"""Resumable uploads: begun by a call that names the object, then written by requests to the address it answers.

That address is the credential of what follows. A piece that is not the last is answered 308 with what has arrived.
https://cloud.google.com/storage/docs/performing-resumable-uploads, https://cloud.google.com/storage/docs/resumable-uploads
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gcp_emulator.call import Raw
from gcp_emulator.errors import ApiError
from gcp_emulator.services.storage import buckets, objects
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Answer, Call, Json

LIFE: Final = 7 * 86400.0
"""Seconds for which a session can be written to."""
CONDITIONS: Final = ("ifGenerationMatch", "ifGenerationNotMatch")
RANGE: Final = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<total>\d+|\*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A session.

    Args:
        id: of the session.
        bucket: where the object shall be.
        name: of the object.
        about: what was said of it.
        conditions: those of the first request, which hold or not when the last piece has come.
        content: what has arrived, in base64.
        begun: sandbox time.
        answer: the object, once all of it has arrived.
    """

    id: str
    bucket: str
    name: str
    about: Json
    conditions: dict[str, str]
    content: str
    begun: float
    answer: Json | None = None


UPLOADS: Final = Table("storage.uploads", Upload, key="id", secret=True)


def insert(call: Call) -> Answer:
    """`objects.insert`: at once, or the beginning of a session."""
    if call.text("uploadType") != "resumable" and call.headers.get("x-goog-upload-protocol") != "resumable":
        return objects.insert(call)
    bucket = buckets.fetch(call, "storage.objects.create")
    try:
        about = json.loads(call.text("content") or "{}")
    except ValueError:
        about = None
    if not isinstance(about, dict):
        raise ApiError("INVALID_ARGUMENT", "Metadata part is not valid JSON.", listed="parseError")
    if kind := call.headers.get("x-upload-content-type"):
        about.setdefault("contentType", kind)
    name = objects.named(call, about)
    objects.check(call, call.state[objects.OBJECTS].get(f"{bucket.name}/{name}"))
    identity = call.state.draw().hex() + call.state.draw().hex()
    call.state[UPLOADS].put(
        Upload(
            id=identity,
            bucket=bucket.name,
            name=name,
            about=about,
            conditions={each: call.text(each) for each in CONDITIONS if call.text(each)},
            content="",
            begun=call.clock.now(),
        )
    )
    host = call.headers.get("host", "localhost")
    scheme = "https" if host.endswith(".googleapis.com") else "http"
    where = f"{scheme}://{host}/upload/storage/v1/b/{quote(bucket.name)}/o?uploadType=resumable"
    location = f"{where}&name={quote(name, safe='')}&upload_id={identity}"
    headers = (("location", location), ("x-guploader-uploadid", identity))
    return Raw(body=b"", content_type="text/plain; charset=utf-8", headers=headers)


def write(call: Call) -> Answer:
    """Take a piece, all of it, or the question how much has arrived (`Content-Range: bytes */100`)."""
    upload = _fetch(call)
    if upload.answer is not None:
        return _told(upload.answer)
    piece, held = call.text("content").encode("latin-1"), base64.b64decode(upload.content)
    sent = call.headers.get("content-range", "")
    match = RANGE.fullmatch(sent) if sent else None
    if sent and match is None:
        raise ApiError("INVALID_ARGUMENT", f"Invalid Content-Range: {sent[:100]}", listed="badRequest")
    total = int(match["total"]) if match and match["total"] != "*" else None
    if match is None:
        held, total = piece, len(piece)
    elif match["first"] is not None:
        first, last = int(match["first"]), int(match["last"])
        if first > len(held) or last - first + 1 != len(piece):
            raise ApiError("INVALID_ARGUMENT", f"Invalid Content-Range: {sent[:100]}", listed="badRequest")
        held = held[:first] + piece
    if total is None or len(held) < total:
        call.state[UPLOADS].put(replace(upload, content=base64.b64encode(held).decode()))
        arrived = (("range", f"bytes=0-{len(held) - 1}"),) if held else ()
        return Raw(body=b"", content_type="text/plain; charset=utf-8", status=308, headers=arrived)
    bucket = call.state[buckets.BUCKETS].get(upload.bucket)
    if bucket is None:
        raise _gone()
    call.request.update(upload.conditions)
    answer = objects.put(call, bucket, upload.name, dict(upload.about), held)
    call.state[UPLOADS].put(replace(upload, content="", answer=answer))
    return _told(answer)


def cancel(call: Call) -> Answer:
    """Give a session up, which is answered 499."""
    upload = _fetch(call)
    call.state[UPLOADS].remove(upload.id)
    return Raw(body=b"", content_type="text/plain; charset=utf-8", status=499)


def _told(answer: Json) -> Raw:
    return Raw(body=json.dumps(answer).encode(), content_type="application/json; charset=UTF-8")


def _fetch(call: Call) -> Upload:
    found = call.state[UPLOADS].get(call.text("upload_id"))
    if found is None or found.bucket != call.vars["bucket"] or call.clock.now() > found.begun + LIFE:
        raise _gone()
    return found


def _gone() -> ApiError:
    return ApiError("NOT_FOUND", "The upload session was not found.", listed="notFound")  # the words are ours
