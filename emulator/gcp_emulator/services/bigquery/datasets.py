"""Datasets, kept as they were sent; tables, jobs and queries are not served.

Defaults, names of roles and sentences: https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets, `Dataset`;
who gets access to a new one: https://cloud.google.com/bigquery/docs/access-control-basic-roles#dataset-basic-roles.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors
from gcp_emulator.call import Raw
from gcp_emulator.services.resources import Kind, check_etag

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resources import Resource

ID: Final = re.compile(r"\w{1,1024}", re.ASCII)
LEGACY: Final = {
    "roles/bigquery.dataOwner": "OWNER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataViewer": "READER",
}
"""Roles that an access entry tells under the names from before there was IAM."""
OUTPUT: Final = ("kind", "id", "selfLink", "creationTime", "lastModifiedTime", "datasetReference", "type")


def _id(call: Call) -> str:
    own = str(call.message("datasetReference").get("datasetId", ""))
    if not ID.fullmatch(own):
        raise errors.invalid_argument(
            f'Invalid dataset ID "{own[:100]}". Dataset IDs must be alphanumeric (plus underscores) and must be at '
            "most 1024 characters long."
        )
    return own


def _dataset(call: Call, given: Json, old: Resource | None) -> Json:
    body = {name: value for name, value in given.items() if name not in OUTPUT}
    place = str(body.get("location") or (old.body["location"] if old else "US"))
    if old is not None and place.lower() != str(old.body["location"]).lower():
        raise errors.invalid_argument("Cannot change the location of a dataset.")  # assumed
    access = body.get("access") or (old.body["access"] if old else _usual(call))
    return {
        **body,
        "location": place if old is None else old.body["location"],
        "access": [_entry(each) for each in access],
    }


def _usual(call: Call) -> list[Json]:
    """Who has access to a new one: the project's three groups, and who made it."""
    groups = (("WRITER", "projectWriters"), ("OWNER", "projectOwners"), ("READER", "projectReaders"))
    own = [{"role": "OWNER", "userByEmail": call.caller.email}] if call.caller.email else []
    return [*({"role": role, "specialGroup": group} for role, group in groups), *own]


def _entry(given: Json) -> Json:
    return {**given, "role": LEGACY.get(given["role"], given["role"])} if "role" in given else given


def _shown(call: Call, found: Resource) -> Json:  # noqa: ARG001 - a renderer's form
    _, project, _, own = found.name.split("/")
    return {
        "kind": "bigquery#dataset",
        "etag": found.etag,
        "id": f"{project}:{own}",
        "selfLink": f"https://bigquery.googleapis.com/bigquery/v2/{found.name}",
        **found.body,
        "datasetReference": {"datasetId": own, "projectId": project},
        "creationTime": str(int(found.created * 1000)),
        "lastModifiedTime": str(found.stamp // 1000),
        "type": "DEFAULT",
    }


DATASETS: Final = Kind(
    "bigquery.datasets",
    document="bigquery.v2",
    schema="Dataset",
    path="datasets/{dataset}",
    verbs={"list": "get"},  # there is no permission to list; what may not be read is left out at Google
    prepare=_dataset,
    render=_shown,
    new_id=_id,
    missing="Not found: Dataset {owner}:{id}",
    exists="Already Exists: Dataset {owner}:{id}",
)


def replace(call: Call) -> Json:
    """`datasets.update`: what is not sent is taken away, but who has access and where it is."""
    old = DATASETS.fetch(call, "update")
    check_etag(call, old)
    body = _dataset(call, DATASETS.given(call), old)
    return _shown(call, DATASETS.rewritten(call, old, body))


def delete(call: Call) -> Raw:
    """`datasets.delete`: there is nothing in it here, so `deleteContents` changes nothing."""
    DATASETS.removed(call)
    return Raw(body=b"", content_type="application/json", status=204)


def list_all(call: Call) -> Json:
    """`datasets.list`: less of each."""
    call.request.setdefault("pageSize", call.request.get("maxResults", 0))
    answer = DATASETS.list_all(call)
    fields = ("kind", "id", "datasetReference", "labels", "friendlyName", "location")
    shown: list[Any] = [{name: each[name] for name in fields if name in each} for each in answer.get("datasets", ())]
    return {"kind": "bigquery#datasetList", **answer, **({"datasets": shown} if shown else {})}
