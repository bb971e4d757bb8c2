"""The application of a project: one, made once, and never deleted.

https://cloud.google.com/appengine/docs/standard/managing-projects-apps-billing; fields: discovery document of appengine
v1. Making and changing are operations, done at once here. What Google fills in (host name, buckets) and sentences of
errors are assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.resources import Resource, done, mask_of, overwritten, pruned
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project

SERVICE: Final = "appengine.googleapis.com"
APPS: Final = Table("appengine.apps", Resource, key="key")
GIVEN: Final = (
    *("authDomain", "databaseType", "defaultCookieExpiration", "dispatchRules", "featureSettings", "iap"),
    *("locationId", "serviceAccount", "servingStatus", "sslPolicy"),
)
MESSAGE: Final = "google.appengine.v1.Application"


def create(call: Call) -> Json:
    """`apps.create`: for the project whose id it has; its location stays."""
    project = _project(call, call.text("id"), "create")
    if not call.text("locationId"):
        raise errors.invalid_argument("The application's location is required.")
    if f"apps/{project.id}" in call.state[APPS]:
        raise errors.already_exists("This application already exists and cannot be re-created.")
    given = {name: call.request[name] for name in GIVEN if name in call.request}
    usual: Json = {
        "authDomain": "gmail.com",
        "databaseType": "CLOUD_DATASTORE_COMPATIBILITY",
        "featureSettings": {"splitHealthChecks": True},
        "servingStatus": "SERVING",
        "serviceAccount": f"{project.id}@appspot.gserviceaccount.com",
        "sslPolicy": "DEFAULT",
    }
    return _written(call, project, usual | given, None)


def get(call: Call) -> Json:
    """`apps.get`."""
    return _shown(_fetch(call, "get")[1])


def update(call: Call) -> Json:
    """`apps.patch`."""
    project, old = _fetch(call, "update")
    given: Json = {name: call.request[name] for name in GIVEN if name in call.request and name != "locationId"}
    return _written(call, project, overwritten(old.body, given, mask_of(call)), old)


def _written(call: Call, project: Project, body: Json, old: Resource | None) -> Json:
    now = call.clock.now()
    app = Resource(
        key=f"apps/{project.id}",
        name=f"apps/{project.id}",
        body=pruned(body),
        created=old.created if old else now,
        stamp=int(now * 1_000_000),
    )
    call.state[APPS].put(app)
    return done(call, f"{app.name}/operations/{call.state.uuid()}", MESSAGE, _shown(app))


def _shown(app: Resource) -> Json:
    own = app.name.partition("/")[2]
    return {
        "name": app.name,
        "id": own,
        **app.body,
        "codeBucket": f"staging.{own}.appspot.com",
        "defaultBucket": f"{own}.appspot.com",
        "defaultHostname": f"{own}.appspot.com",
        "gcrDomain": "gcr.io",
    }


def _fetch(call: Call, verb: str) -> tuple[Project, Resource]:
    project = _project(call, call.vars["app"], verb)
    found = call.state[APPS].get(f"apps/{project.id}")
    if found is None:
        raise errors.not_found(f'Could not find Application "{project.id}".')
    return project, found


def _project(call: Call, project_id: str, verb: str) -> Project:
    project = projects.find(call.state, project_id)
    denied = errors.ApiError(
        "PERMISSION_DENIED", f"You do not have permission to act on 'apps/{project_id}' (or it may not exist)."
    )
    if project is None:
        raise denied
    call.require(f"appengine.applications.{verb}", f"projects/{project.number}", denied)
    return project
