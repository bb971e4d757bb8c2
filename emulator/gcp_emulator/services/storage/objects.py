"""Objects: written whole, read, listed and deleted, with the preconditions that a lock needs.

Uploads are `uploadType=media` and `multipart`; resumable ones go on in `uploads.py`. An object is also read by
`/{bucket}/{object}`, as Google's client for Go does. https://cloud.google.com/storage/docs/json_api/v1/objects,
https://cloud.google.com/storage/docs/request-preconditions
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from email import message_from_bytes
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from gcp_emulator import errors, paging
from gcp_emulator.call import Raw
from gcp_emulator.clock import timestamp
from gcp_emulator.errors import ApiError
from gcp_emulator.services.storage import buckets
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Answer, Call, Json
    from gcp_emulator.services.storage.buckets import Bucket
    from gcp_emulator.store import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One object.

    Args:
        key: `{bucket}/{name}`.
        content: in base64.
        about: what was said of it: content type, metadata.
        generation: microseconds; grows with each that has this name.
    """

    key: str
    content: str
    about: Json
    generation: int

    @property
    def name(self) -> str:
        """Its name in the bucket."""
        return self.key.partition("/")[2]


OBJECTS: Final = Table("storage.objects", Object, key="key")
SYNTAX: Final = b"MIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n%s"


def insert(call: Call) -> Json:
    """`objects.insert`: the content with what is said of it, or alone."""
    bucket = buckets.fetch(call, "storage.objects.create")
    about, content = _uploaded(call)
    return put(call, bucket, named(call, about), about, content)


def named(call: Call, about: Json) -> str:
    """Return the name of a new object, from the query or from what is said of it."""
    name = call.text("name") or str(about.pop("name", ""))
    if not name:
        raise ApiError("INVALID_ARGUMENT", "Required parameter: name", listed="required")
    return name


def put(call: Call, bucket: Bucket, name: str, about: Json, content: bytes) -> Json:
    """Write an object, if the conditions of the request hold."""
    old = call.state[OBJECTS].get(f"{bucket.name}/{name}")
    check(call, old)
    kept = {
        field: about[field]
        for field in ("contentType", "metadata", "cacheControl", "contentEncoding")
        if about.get(field)
    }
    found = Object(
        key=f"{bucket.name}/{name}",
        content=base64.b64encode(content).decode(),
        about={"contentType": "application/octet-stream", **kept},
        generation=max(int(call.clock.now() * 1_000_000), old.generation + 1 if old else 0),
    )
    call.state[OBJECTS].put(found)
    return render(bucket, found)


def _uploaded(call: Call) -> tuple[Json, bytes]:
    kind = call.text("uploadType") or call.headers.get("x-goog-upload-protocol", "")
    content, media = call.text("content").encode("latin-1"), call.headers.get("content-type", "")
    if kind == "media":
        return ({"contentType": media} if media else {}), content
    if kind != "multipart":
        raise errors.unimplemented(f"storage.objects.insert with uploadType={kind or 'none'}")
    parts = [each for each in message_from_bytes(SYNTAX % (media.encode(), content)).walk() if not each.is_multipart()]
    if len(parts) != 2:
        text = "Multipart body must have two parts: metadata and media."
        raise ApiError("INVALID_ARGUMENT", text, listed="badContent")
    try:
        about = json.loads(str(parts[0].get_payload()) or "{}")
    except ValueError:
        about = None
    if not isinstance(about, dict):
        raise ApiError("INVALID_ARGUMENT", "Metadata part is not valid JSON.", listed="parseError")
    about.setdefault("contentType", parts[1].get_content_type())
    return about, _media(content, media)


def _media(content: bytes, media: str) -> bytes:
    """The second part of a multipart body, byte for byte: a parser of mail would change its line ends."""
    found = re.search(r"""boundary=(?:"([^"]+)"|([^;\s]+))""", media)
    mark = b"--" + ((found[1] or found[2]) if found else "").encode()
    second = content.split(mark)[2]
    return second.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


def get(call: Call) -> Answer:
    """`objects.get`: what is said of it, or with `alt=media` itself."""
    bucket, found = _fetch(call, "storage.objects.get")
    if call.text("alt") == "media":
        return _content(call, found)
    return render(bucket, found)


def read(call: Call) -> Answer:
    """Read an object by its path, as the XML API does."""
    return _content(call, _fetch(call, "storage.objects.get")[1])


RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


def _content(call: Call, found: Object) -> Raw:
    """Return all of it, or the part that a `Range` header asks for (RFC 9110, section 14)."""
    content = base64.b64decode(found.content)
    first, end = 0, len(content)
    asked = RANGE.fullmatch(call.headers.get("range", ""))
    if asked and asked[1]:
        first, end = int(asked[1]), min(int(asked[2]) + 1 if asked[2] else end, end)
    elif asked and asked[2]:
        first = max(end - int(asked[2]), 0)
    if asked and first >= max(end, 1):
        raise ApiError(
            "OUT_OF_RANGE", "Requested range not satisfiable", http=416, listed="requestedRangeNotSatisfiable"
        )
    sums = f"crc32c={_crc32c(content)},md5={_md5(content)}"
    return Raw(
        body=content[first:end],
        content_type=str(found.about["contentType"]),
        status=206 if asked else 200,
        headers=(
            *((("content-range", f"bytes {first}-{end - 1}/{len(content)}"),) if asked else ()),
            ("x-goog-generation", str(found.generation)),
            ("x-goog-metageneration", "1"),
            ("x-goog-hash", sums),
            ("x-goog-stored-content-length", str(len(content))),
            ("x-goog-stored-content-encoding", "identity"),
            ("etag", f'"{found.generation}"'),
        ),
    )


def delete(call: Call) -> Answer:
    """`objects.delete`."""
    _, found = _fetch(call, "storage.objects.delete")
    call.state[OBJECTS].remove(found.key)
    return Raw(body=b"", content_type="application/json", status=204)


def list_all(call: Call) -> Json:
    """`objects.list`: by prefix; with a delimiter what is below is told as a prefix."""
    bucket = buckets.fetch(call, "storage.objects.list")
    prefix, delimiter = call.text("prefix"), call.text("delimiter")
    items: list[Object] = []
    prefixes: dict[str, None] = {}
    for found in sorted(of(call.state, bucket), key=_name):
        if not found.name.startswith(prefix):
            continue
        head, below, _ = found.name[len(prefix) :].partition(delimiter) if delimiter else (found.name, "", "")
        if below:
            prefixes[prefix + head + delimiter] = None
        else:
            items.append(found)
    call.request["pageSize"] = call.integer("maxResults")
    shown, token = paging.page(call, items, _name, default=1000, most=1000)
    answer: Json = {"kind": "storage#objects"} | ({"items": [render(bucket, each) for each in shown]} if shown else {})
    return answer | ({"prefixes": list(prefixes)} if prefixes else {}) | ({"nextPageToken": token} if token else {})


def delete_bucket(call: Call) -> Answer:
    """`buckets.delete`."""
    bucket = call.state[buckets.BUCKETS].get(call.vars["bucket"])
    buckets.delete(call, empty=bucket is None or not of(call.state, bucket))
    return Raw(body=b"", content_type="application/json", status=204)


def of(state: State, bucket: Bucket) -> list[Object]:
    """Return the objects of a bucket."""
    return [each for each in state[OBJECTS] if each.key.startswith(f"{bucket.name}/")]


def _fetch(call: Call, permission: str) -> tuple[Bucket, Object]:
    bucket = buckets.fetch(call, permission)
    name = unquote(call.vars["object"])
    found = call.state[OBJECTS].get(f"{bucket.name}/{name}")
    if found is None or (call.text("generation") and call.text("generation") != str(found.generation)):
        raise ApiError("NOT_FOUND", f"No such object: {bucket.name}/{name}", listed="notFound")
    check(call, found)
    return bucket, found


def check(call: Call, found: Object | None) -> None:
    """Refuse what was asked for under conditions that do not hold; generation 0 is that there is none."""
    own = str(found.generation) if found else "0"
    wanted, unwanted = call.text("ifGenerationMatch"), call.text("ifGenerationNotMatch")
    if (wanted and wanted != own) or (unwanted and unwanted == own):
        raise buckets.condition_not_met()


def render(bucket: Bucket, found: Object) -> Json:
    """Return an Object."""
    content = base64.b64decode(found.content)
    moment = timestamp(found.generation / 1_000_000)
    link = f"{buckets.SITE}{bucket.name}/o/{quote(found.name, safe='')}"
    return {
        "kind": "storage#object",
        "id": f"{found.key}/{found.generation}",
        "selfLink": link,
        "mediaLink": f"{link.replace('/storage/v1/', '/download/storage/v1/')}?generation={found.generation}&alt=media",
        "name": found.name,
        "bucket": bucket.name,
        "generation": str(found.generation),
        "metageneration": "1",
        **found.about,
        "storageClass": bucket.body["storageClass"],
        "size": str(len(content)),
        "md5Hash": _md5(content),
        "crc32c": _crc32c(content),
        "etag": base64.b64encode(str(found.generation).encode()).decode(),
        "timeCreated": moment,
        "updated": moment,
    }


def _name(found: Object) -> str:
    return found.name


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _crc32c(content: bytes) -> str:
    """The checksum of RFC 3720, appendix B.4, in base64, first byte first."""
    found = 0xFFFFFFFF
    for byte in content:
        found = TABLE[(found ^ byte) & 0xFF] ^ (found >> 8)
    return base64.b64encode((found ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


def _row(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value


TABLE: Final = tuple(_row(value) for value in range(256))
