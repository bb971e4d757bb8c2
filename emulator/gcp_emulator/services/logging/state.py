"""Sinks, exclusions, log buckets, views, links, scopes, metrics and settings, kept as sent; no log is routed.

What each project, folder, organization and billing account begins with (`_Default`, `_Required`): https://cloud.google.com/logging/docs/routing/overview#sinks,
https://cloud.google.com/logging/docs/store-log-entries#default-bucket. Writers' identities:
https://cloud.google.com/logging/docs/export/configure_export_v2#dest-auth. Sentences of errors: public reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors, iam
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resourcemanager.hierarchy import find_parent
from gcp_emulator.services.resources import (
    Kind,
    Place,
    Resource,
    created,
    done,
    mask_of,
    overwritten,
    pruned,
    scope,
    timed,
    times,
)
from gcp_emulator.services.serviceusage.agents import AGENTS, Agent
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State

SERVICE: Final = "logging.googleapis.com"
DOCUMENT: Final = "logging.v2"
SHARED_WRITER: Final = "serviceAccount:cloud-logs@system.gserviceaccount.com"
AUDIT: Final = (
    'LOG_ID("cloudaudit.googleapis.com/activity") OR LOG_ID("externalaudit.googleapis.com/activity") OR '
    'LOG_ID("cloudaudit.googleapis.com/system_event") OR LOG_ID("externalaudit.googleapis.com/system_event") OR '
    'LOG_ID("cloudaudit.googleapis.com/access_transparency") OR '
    'LOG_ID("externalaudit.googleapis.com/access_transparency")'
)


class WithDefaults(Kind):
    """A kind of which each level has some from the beginning; they are rows once they have been changed."""

    def defaults(self, place: Place) -> Mapping[str, Json]:
        """Return what is there from the beginning in a place, by id."""
        raise NotImplementedError

    def of(self, state: State, parent: str) -> list[Resource]:
        """Return those of one parent, also those that no one has changed."""
        stored = super().of(state, parent)
        held = {each.key for each in stored}
        return [*stored, *(each for each in self._born(state, Place(parent, parent)) if each.key not in held)]

    def fetch(self, call: Call, verb: str) -> Resource:
        """Return the one in the path, also one that no one has changed."""
        place = self._place(call, scope(call))
        above = Place(place.key.rpartition(f"/{self.collection}/")[0], place.name.rpartition(f"/{self.collection}/")[0])
        found = next((each for each in self._born(call.state, above) if each.key == place.key), None)
        if found is None or place.key in call.state[self.rows]:
            return super().fetch(call, verb)
        self._require(call, verb, place)
        return found

    def _born(self, state: State, parent: Place) -> list[Resource]:
        kind, _, rest = parent.key.partition("/")
        own = rest.partition("/")[0]
        above = iam.lineage(state, f"{kind}/{own}")
        if not above:
            return []
        project = projects.find(state, own) if kind == "projects" else None
        level = project or find_parent(state, f"{kind}/{own}") or find_parent(state, above[-1])
        born = level.created if level else 0.0
        name = parent.key.replace(f"projects/{project.number}", f"projects/{project.id}", 1) if project else parent.key
        shown = Place(parent.key, name)
        return [
            Resource(
                key=f"{shown.key}/{self.collection}/{own}",
                name=f"{shown.name}/{self.collection}/{own}",
                body=body,
                created=born,
                stamp=int(born * 1_000_000),
            )
            for own, body in self.defaults(shown).items()
        ]


class Sinks(WithDefaults):
    """Sinks of projects, folders, organizations and billing accounts."""

    def defaults(self, place: Place) -> Mapping[str, Json]:
        """The two sinks of each level."""
        where = f"logging.googleapis.com/{place.name}/locations/global/buckets"
        return {
            "_Default": {"destination": f"{where}/_Default", "filter": f"NOT {AUDIT.replace(' OR ', ' AND NOT ')}"},
            "_Required": {"destination": f"{where}/_Required", "filter": AUDIT},
        }


class Buckets(WithDefaults):
    """Log buckets."""

    def defaults(self, place: Place) -> Mapping[str, Json]:
        """The two buckets of each level, at the location `global`."""
        if not place.name.endswith("/locations/global"):
            return {}
        return {
            "_Default": {"retentionDays": 30, "lifecycleState": "ACTIVE"},
            "_Required": {"retentionDays": 400, "locked": True, "lifecycleState": "ACTIVE"},
        }


def _sink(call: Call, given: Json, old: Resource | None) -> Json:
    place = scope(call)
    own = f"logging.googleapis.com/{place.name}/locations/"
    in_same = str(given["destination"]).startswith((own, own.replace(place.name, place.key, 1)))
    writer = ""
    if not in_same:
        before = old.body.get("writerIdentity", "") if old else ""
        keep = before if before and before != SHARED_WRITER else ""
        writer = call.text("customWriterIdentity") or keep or SHARED_WRITER
        if call.flag("uniqueWriterIdentity") and not call.text("customWriterIdentity"):
            writer = f"serviceAccount:{_agent(call, place)}"
    return {**given, "writerIdentity": writer}


def _agent(call: Call, place: Place) -> str:
    """The address of the agent that writes for a place, which is made where there is none."""
    kind, _, own = place.key.partition("/")
    before = {"projects": "service", "folders": "service-folder", "organizations": "service-org"}.get(
        kind, "service-billing"
    )
    email = f"{before}-{own.lower()}@gcp-sa-logging.iam.gserviceaccount.com"
    if email not in call.state[AGENTS]:
        number = own if kind == "projects" else ""
        call.state[AGENTS].put(Agent(email=email, number=number, service=SERVICE, unique_id=call.state.digits(21)))
    return email


def _shown_sink(call: Call, found: Resource) -> Json:  # noqa: ARG001 - a renderer's form
    return {"name": found.name.rpartition("/")[2], **found.body, **times(found)}


def _bucket(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    if old and old.body.get("locked"):
        raise errors.failed_precondition("Bucket is locked and cannot be modified.")
    days = int(given.get("retentionDays") or 30)
    if not 1 <= days <= 3650:
        raise errors.invalid_argument("Retention days must be between 1 and 3650.")
    return {**given, "retentionDays": days, "lifecycleState": "ACTIVE"}


def _in_a_bucket(call: Call, given: Json, old: Resource | None) -> Json:  # noqa: ARG001 - what `prepare` is called with
    """What is in a bucket is made where that is there."""
    where = scope(call).below(f"locations/{call.vars['location']}")
    own = call.vars["bucket"]
    if not any(each.key == f"{where.key}/buckets/{own}" for each in BUCKETS.of(call.state, where.key)):
        raise errors.not_found(f"Bucket {own} does not exist")
    return given


def _link(call: Call, given: Json, old: Resource | None) -> Json:
    """A link makes a dataset of its own name, which holds the bucket's logs: the document's `BigQueryDataset`."""
    _in_a_bucket(call, given, old)
    own = f"bigquery.googleapis.com/{scope(call).name}/datasets/{call.text('linkId')}"
    return {**given, "lifecycleState": "ACTIVE", "bigqueryDataset": {"datasetId": own}}


def _operation(call: Call, found: Resource) -> str:
    return f"{found.name.rpartition('/buckets/')[0]}/operations/{call.state.uuid()}"


SINKS: Final = Sinks(
    "logging.sinks",
    document=DOCUMENT,
    schema="LogSink",
    path="sinks/{sink}",
    needs={"destination": "The sink's destination must not be empty."},
    prepare=_sink,
    render=_shown_sink,
    new_id=lambda call: call.text("name"),
    missing="Sink {id} does not exist",
    exists="Sink {id} already exists",
)
BUCKETS: Final = Buckets(
    "logging.buckets",
    document=DOCUMENT,
    schema="LogBucket",
    path="locations/{location}/buckets/{bucket}",
    id_field="bucketId",
    prepare=_bucket,
    render=timed,
    missing="Bucket {id} does not exist",
    exists="Bucket {id} already exists",
)

EXCLUSIONS: Final = Kind(
    "logging.exclusions",
    document=DOCUMENT,
    schema="LogExclusion",
    path="exclusions/{exclusion}",
    needs={"filter": "The exclusion's filter must not be empty."},  # assumed
    render=_shown_sink,
    new_id=lambda call: call.text("name"),
    missing="Exclusion {id} does not exist",
    exists="Exclusion {id} already exists",
)


VIEWS: Final = Kind(
    "logging.views",
    document=DOCUMENT,
    schema="LogView",
    path="locations/{location}/buckets/{bucket}/views/{view}",
    id_field="viewId",
    prepare=_in_a_bucket,
    render=timed,
)
LINKS: Final = Kind(
    "logging.links",
    document=DOCUMENT,
    schema="Link",
    path="locations/{location}/buckets/{bucket}/links/{link}",
    id_field="linkId",
    prepare=_link,
    render=created,
    operation=_operation,
    message="google.logging.v2.Link",
)
LOG_SCOPES: Final = Kind(
    "logging.logScopes",
    document=DOCUMENT,
    schema="LogScope",
    path="locations/{location}/logScopes/{scope}",
    id_field="logScopeId",
    needs={"resourceNames": "At least one resource name is required."},  # assumed
    render=timed,
    locations="global",
)
METRICS: Final = Kind(
    "logging.logMetrics",
    document=DOCUMENT,
    schema="LogMetric",
    path="metrics/{metric}",
    needs={"filter": "The metric's filter must not be empty."},  # assumed
    render=_shown_sink,
    new_id=lambda call: call.text("name"),
    missing="Metric {id} does not exist",
    exists="Metric {id} already exists",
)


def delete_sink(call: Call) -> Json:
    """`sinks.delete`: the two that each project has stay."""
    found = SINKS.fetch(call, "delete")
    if found.name.endswith(("/_Default", "/_Required")):
        raise errors.invalid_argument(f"Sink {found.name.rpartition('/')[2]} cannot be deleted")
    return SINKS.delete(call)


def delete_bucket(call: Call) -> Json:
    """`buckets.delete`: it is marked, and goes after a week."""
    found = BUCKETS.fetch(call, "delete")
    if found.name.endswith(("/_Default", "/_Required")):
        raise errors.invalid_argument(f"Bucket {found.name.rpartition('/')[2]} cannot be deleted")
    if found.body.get("locked"):
        raise errors.failed_precondition("Bucket is locked and cannot be deleted.")
    BUCKETS.rewritten(call, found, {**found.body, "lifecycleState": "DELETE_REQUESTED"})
    return {}


def undelete_bucket(call: Call) -> Json:
    """`buckets.undelete`."""
    found = BUCKETS.fetch(call, "undelete")
    BUCKETS.rewritten(call, found, {**found.body, "lifecycleState": "ACTIVE"})
    return {}


def create_bucket_async(call: Call) -> Json:
    """`buckets.createAsync`, done at once."""
    return _done(call, BUCKETS.create(call))


def update_bucket_async(call: Call) -> Json:
    """`buckets.updateAsync`, done at once."""
    return _done(call, BUCKETS.update(call))


def _done(call: Call, bucket: Json) -> Json:
    where = bucket["name"].rpartition("/buckets/")[0]
    return done(call, f"{where}/operations/{call.state.uuid()}", "google.logging.v2.LogBucket", bucket)


SETTINGS: Final = Table("logging.settings", Resource, key="key")


def get_settings(call: Call) -> Json:
    """`getSettings`: also who writes and who encrypts, which is made where it is asked for first."""
    place = scope(call)
    _require(call, "logging.settings.get", place)
    return _settings(call, place)


def update_settings(call: Call) -> Json:
    """`updateSettings` of an organization or a folder."""
    place = scope(call)
    _require(call, "logging.settings.update", place)
    old = call.state[SETTINGS].get(place.key)
    fields = ("kmsKeyName", "storageLocation", "disableDefaultSink", "defaultSinkConfig")
    given = {name: value for name, value in call.request.items() if name in fields}
    body = pruned(overwritten(old.body if old else {}, given, mask_of(call)))
    now = call.clock.now()
    call.state[SETTINGS].put(
        Resource(key=place.key, name=f"{place.name}/settings", body=body, created=now, stamp=int(now * 1_000_000))
    )
    return _settings(call, place)


def _require(call: Call, permission: str, place: Place) -> None:
    denied = errors.permission_denied(permission, place.name, SERVICE)
    if not iam.lineage(call.state, place.key):
        raise denied
    call.require(permission, place.key, denied)


def _settings(call: Call, place: Place) -> Json:
    kind, _, own = place.key.partition("/")
    stored = call.state[SETTINGS].get(place.key)
    letter = {"projects": "p", "folders": "f", "organizations": "o"}.get(kind, "b")
    return {
        "name": f"{place.name}/settings",
        "kmsServiceAccountId": f"cmek-{letter}{own}@gcp-sa-logging.iam.gserviceaccount.com",
        "loggingServiceAccountId": _agent(call, place),
        **(stored.body if stored else {}),
    }
