"""The methods of Cloud Storage that are served, over REST.

Reads of an object are told by `alt`, and uploads are no JSON: both are handed on raw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from gcp_emulator.api import Api, Handle, Served, serve
from gcp_emulator.bindings import Binding
from gcp_emulator.rpc import Method
from gcp_emulator.services.storage import buckets, objects, uploads

if TYPE_CHECKING:
    from gcp_emulator.store import State


def _raw(handle: Handle, *http: str) -> Served:
    """A method whose body is no JSON."""
    return serve(handle, http=http, raw=True)


RESUMABLE: Final = "https://cloud.google.com/storage/docs/performing-resumable-uploads"

APIS: Final = (
    Api(
        document="storage.v1",
        service=buckets.SERVICE,
        rest="storage.",
        reference="https://cloud.google.com/storage/docs/json_api/v1/",
        facts={"consumer": "none", "errors": "legacy"},  # a bucket's project is in no path, and its API not asked for
        methods={
            "buckets.insert": buckets.insert,
            "buckets.get": buckets.get,
            "buckets.list": buckets.list_all,
            "buckets.patch": buckets.patch,
            "buckets.update": buckets.update,
            "buckets.delete": objects.delete_bucket,
            "buckets.getIamPolicy": buckets.get_iam_policy,
            "buckets.setIamPolicy": buckets.set_iam_policy,
            "buckets.testIamPermissions": buckets.test_iam_permissions,
            "projects.serviceAccount.get": serve(buckets.get_service_account, consumer="path"),
            "objects.insert": _raw(
                uploads.insert,
                "POST /upload/storage/v1/b/{bucket={bucket}}/o",
                "POST /storage/v1/b/{bucket={bucket}}/o",
            ),
            "objects.get": _raw(
                objects.get,
                "GET /storage/v1/b/{bucket={bucket}}/o/{object={object}}",
                "GET /download/storage/v1/b/{bucket={bucket}}/o/{object={object}}",
            ),
            "objects.delete": objects.delete,
            "objects.list": objects.list_all,
        },
    ),
    Api(
        service=buckets.SERVICE,
        rest="storage.",
        facts={"consumer": "none", "errors": "legacy", "auth": False, "source": RESUMABLE},  # its address is secret
        methods={
            f"objects.uploads.{verb.lower()}": _raw(handle, f"{verb} /upload/storage/v1/b/{{bucket}}/o")
            for verb, handle in (("PUT", uploads.write), ("DELETE", uploads.cancel))
        },
    ),
)

BY_PATH: Final = Method(
    name="storage.objects.get",
    handle=objects.read,
    service=buckets.SERVICE,
    source="https://cloud.google.com/storage/docs/xml-api/get-object-download",
    consumer="none",
    errors="legacy",
    raw=True,
)
"""Reading an object by its bucket and name alone, which is how Google's client for Go reads."""


def read_by_path(state: State, verb: str, path: str) -> tuple[Binding, dict[str, str]] | None:
    """Return the method and variables of a path that begins with the name of a bucket."""
    bucket, _, name = path[1:].partition("/")
    if verb != "GET" or not name or bucket not in state[buckets.BUCKETS]:
        return None
    return Binding.parse(BY_PATH, "GET /"), {"bucket": bucket, "object": unquote(name)}
