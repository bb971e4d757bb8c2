"""Buckets with their policies, and objects as Terraform's state needs them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from emulator.tests.conftest import Cloud

B = "/storage/v1/b"
UPLOAD = "/upload/storage/v1/b/my-state/o"


@pytest.fixture
def state(cloud: Cloud) -> Cloud:
    cloud.post(f"{B}?project=sandbox-ready", {"name": "my-state", "location": "eu"})
    return cloud


def write(cloud: Cloud, name: str, content: bytes, query: str = "") -> tuple[int, Any]:
    kind = {"content-type": "text/plain"}
    answer = cloud.raw("POST", f"{UPLOAD}?uploadType=media&name={name}{query}", data=content, headers=kind)
    return answer.status_code, answer.json()


def test_a_bucket_is_made_shown_changed_and_deleted(cloud: Cloud) -> None:
    body = {"name": "my-state", "location": "us-central1", "labels": {"a": "b"}}
    body |= {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}}}
    made = cloud.post(f"{B}?project=sandbox-ready", body)
    assert (made["location"], made["locationType"], made["storageClass"]) == ("US-CENTRAL1", "region", "STANDARD")
    assert made["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"]
    assert cloud.get(f"{B}/my-state") == made
    status, changed = cloud("PATCH", f"{B}/my-state", {"versioning": {"enabled": True}, "labels": {"c": "d"}})
    assert (status, changed["labels"], changed["metageneration"]) == (200, {"a": "b", "c": "d"}, "2")
    assert changed["versioning"] == {"enabled": True}
    assert [each["name"] for each in cloud.get(f"{B}?project=sandbox-ready")["items"]] == ["my-state"]
    assert cloud.raw("DELETE", f"{B}/my-state").status_code == 204
    error = cloud.error("GET", f"{B}/my-state")
    assert (error["code"], error["errors"][0]["reason"]) == (404, "notFound")


@pytest.mark.parametrize(
    ("project", "body", "code", "reason"),
    [
        ("sandbox-ready", {"name": "my-state"}, 409, "conflict"),
        ("sandbox-ready", {"name": "Not_A_Bucket"}, 400, "invalid"),
        ("sandbox-empty", {"name": "no-billing"}, 403, "accountDisabled"),
        ("no-such-project", {"name": "no-project"}, 403, "forbidden"),
    ],
)
def test_what_is_no_bucket_is_refused(state: Cloud, project: str, body: Any, code: int, reason: str) -> None:
    error = state.error("POST", f"{B}?project={project}", body)
    assert (error["code"], error["errors"][0]["reason"]) == (code, reason)


def test_organization_policies_have_a_say(cloud: Cloud) -> None:
    organization = cloud["organization"]
    rules: tuple[tuple[str, dict[str, Any]], ...] = (
        ("gcp.resourceLocations", {"values": {"allowedValues": ["in:eu-locations"]}}),
        ("storage.uniformBucketLevelAccess", {"enforce": True}),
    )
    for constraint, rule in rules:
        body = {"name": f"{organization}/policies/{constraint}", "spec": {"rules": [rule]}}
        cloud.post(f"/v2/{organization}/policies", body)
    uniform = {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}}}
    path = f"{B}?project=sandbox-ready"
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"location": "us", **uniform}, "'us' violates constraint 'constraints/gcp.resourceLocations'"),
        ({"location": "europe-west1"}, "Request violates constraint 'constraints/storage.uniformBucketLevelAccess'"),
    )
    for body, message in cases:
        error = cloud.error("POST", path, {"name": "my-bucket", **body})
        assert (error["code"], error["message"]) == (412, message)
    assert cloud.post(path, {"name": "my-bucket", "location": "europe-west1", **uniform})["location"] == "EUROPE-WEST1"


def test_its_policy_begins_with_the_projects_members(state: Cloud) -> None:
    policy = state.get(f"{B}/my-state/iam")
    assert (policy["kind"], policy["resourceId"]) == ("storage#policy", "projects/_/buckets/my-state")
    assert policy["bindings"][0]["members"] == ["projectEditor:sandbox-ready", "projectOwner:sandbox-ready"]
    policy["bindings"].append(
        {"role": "roles/storage.objectAdmin", "members": ["serviceAccount:owner@sandbox-host.iam.gserviceaccount.com"]}
    )
    assert state.put(f"{B}/my-state/iam", policy)["bindings"] == policy["bindings"]
    asked = "permissions=storage.objects.get&permissions=storage.buckets.get"
    assert len(state.get(f"{B}/my-state/iam/testPermissions?{asked}")["permissions"]) == 2


def test_an_object_is_written_read_listed_and_deleted(state: Cloud) -> None:
    status, made = write(state, "env/default.tfstate", b"one\r\ntwo")
    assert (status, made["size"], made["contentType"]) == (200, "8", "text/plain")
    metadata = f"{B}/my-state/o/env%2Fdefault.tfstate"
    assert state.get(metadata) == made
    for path in (f"{metadata}?alt=media", f"/download{metadata}?alt=media", "/my-state/env/default.tfstate"):
        answer = state.raw("GET", path)
        assert (answer.status_code, answer.content) == (200, b"one\r\ntwo"), path
        assert answer.headers["x-goog-generation"] == made["generation"]
    assert state.get(f"{B}/my-state/o?prefix=env/&delimiter=/")["items"] == [made]
    assert state.get(f"{B}/my-state/o?delimiter=/")["prefixes"] == ["env/"]
    assert state.error("DELETE", f"{B}/my-state")["message"] == "The bucket you tried to delete is not empty."
    assert state.raw("DELETE", metadata).status_code == 204
    assert state.error("GET", metadata)["message"] == "No such object: my-state/env/default.tfstate"
    assert state.raw("GET", "/my-state/env/default.tfstate").status_code == 404


def test_a_lock_is_taken_once(state: Cloud) -> None:
    status, lock = write(state, "default.tflock", b"{}", "&ifGenerationMatch=0")
    assert status == 200
    status, answer = write(state, "default.tflock", b"{}", "&ifGenerationMatch=0")
    assert (status, answer["error"]["errors"][0]["reason"]) == (412, "conditionNotMet")
    path = f"{B}/my-state/o/default.tflock?ifGenerationMatch="
    assert state.error("DELETE", f"{path}1")["code"] == 412
    assert state.raw("DELETE", f"{path}{lock['generation']}").status_code == 204


def test_an_upload_in_two_parts_keeps_every_byte(state: Cloud) -> None:
    content = bytes(range(256)) * 2
    metadata = b'{"name": "a/b", "contentType": "application/json", "metadata": {"x": "y"}}'
    body = b"--mark\r\nContent-Type: application/json\r\n\r\n" + metadata
    body += b"\r\n--mark\r\nContent-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--mark--\r\n"
    kind = {"content-type": "multipart/related; boundary=mark"}
    made = state.raw("POST", f"{UPLOAD}?uploadType=multipart", data=body, headers=kind).json()
    assert (made["name"], made["contentType"], made["metadata"]) == ("a/b", "application/json", {"x": "y"})
    assert state.raw("GET", f"{B}/my-state/o/a%2Fb?alt=media").content == content


def test_a_resumable_upload_goes_on_from_what_has_arrived(state: Cloud) -> None:
    """https://cloud.google.com/storage/docs/performing-resumable-uploads."""
    content = bytes(range(256)) * 4
    query = "uploadType=resumable&name=a/b&ifGenerationMatch=0"
    begun = state.raw(
        "POST", f"{UPLOAD}?{query}", json={"metadata": {"x": "y"}}, headers={"x-upload-content-type": "a/b"}
    )
    session = begun.headers["location"]
    assert (begun.status_code, session.startswith(state["rest_url"])) == (200, True)

    def put(data: bytes, part: str) -> requests.Response:
        return requests.put(session, data=data, headers={"content-range": f"bytes {part}"}, timeout=30)

    nothing = put(b"", "*/1024")
    assert (nothing.status_code, nothing.headers.get("range")) == (308, None)
    first = put(content[:256], "0-255/*")
    assert (first.status_code, first.headers["range"]) == (308, "bytes=0-255")
    assert put(content[300:], "300-1023/1024").status_code == 400
    assert put(b"", "*/1024").headers["range"] == "bytes=0-255"
    last = put(content[256:], "256-1023/1024")
    assert (last.json()["size"], last.json()["contentType"], last.json()["metadata"]) == ("1024", "a/b", {"x": "y"})
    assert put(b"", "*/1024").json() == last.json()
    assert state.raw("GET", f"{B}/my-state/o/a%2Fb?alt=media").content == content
    assert state.raw("POST", f"{UPLOAD}?{query}", json={}).status_code == 412
    other = state.raw("POST", f"{UPLOAD}?uploadType=resumable&name=c", json={}).headers["location"]
    assert [requests.delete(other, timeout=30).status_code for _ in range(2)] == [499, 404]


def test_googles_client_uploads_in_pieces(state: Cloud) -> None:
    storage: Any = import_module("google.cloud.storage")
    credentials: Any = import_module("google.auth.credentials")
    client = storage.Client(
        project="sandbox-ready",
        credentials=credentials.AnonymousCredentials(),
        client_options={"api_endpoint": state["rest_url"]},
        _http=state.session,
    )
    blob = client.bucket("my-state").blob("large", chunk_size=256 * 1024)
    with blob.open("wb") as file:
        for number in range(3):
            file.write(bytes([number]) * 200_000)
    assert blob.download_as_bytes() == b"".join(bytes([number]) * 200_000 for number in range(3))
