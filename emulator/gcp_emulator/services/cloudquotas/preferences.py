"""Quota preferences: what a project would like a limit to be, and when it is granted.

Rules: the comments of google/api/cloudquotas/v1/cloudquotas.proto and resources.proto. A smaller limit is granted at
once; more takes a while and is granted where the project may ask for more, that is: where it has billing. How long,
and that it is granted, is assumed; so are the words of errors.
"""

from __future__ import annotations

import base64
import functools
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, filters, paging, quota_overrides
from gcp_emulator.allocations import Allocation
from gcp_emulator.clock import timestamp
from gcp_emulator.quota_overrides import PREFERENCES, UNLIMITED, Preference
from gcp_emulator.services.aiplatform import capacity
from gcp_emulator.services.aiplatform.locations import LOCATIONS
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.cloudquotas import state

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.services.resourcemanager.state import Project
    from gcp_emulator.store import State

UPDATE: Final = "cloudquotas.quotas.update"
READ: Final = "cloudquotas.quotas.get"
SECONDS: Final = 5.0
"""Sandbox seconds until more is granted, which takes Google minutes to days: assumed."""

ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
"""With capitals, as in `compute_googleapis_com-CPUS-per-project_us-east1`, and what else is allowed is not established:
https://github.com/hashicorp/terraform-provider-google/blob/main/website/docs/r/cloud_quotas_quota_preference.html.markdown"""

BELOW_USAGE: Final = "QUOTA_DECREASE_BELOW_USAGE"
TOO_HIGH: Final = "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"
REQUEST: Final = frozenset({"quotaConfig", "quotaConfig.preferredValue"})
REPORTED: Final = {
    "justification": frozenset({"justification"}),
    "annotations": frozenset({"quotaConfig", "quotaConfig.annotations"}),
}
"""The fields that are only kept, and the paths of a mask under which each is."""

CHANGEABLE: Final = frozenset(
    {*REQUEST, *(path for paths in REPORTED.values() for path in paths), "contactEmail", "etag"}
)


def create(call: Call) -> Json:
    """CreateQuotaPreference: one for each set of dimensions of a quota."""
    project = state.project_of(call, UPDATE)
    identity = call.text("quotaPreferenceId") or call.state.uuid()
    return _create(call, project, identity, call.message("quotaPreference"))


def _create(call: Call, project: Project, identity: str, given: Json) -> Json:
    if not ID.fullmatch(identity):
        raise errors.invalid_argument(f"Invalid quota_preference_id: {identity[:100]}")
    service, quota = str(given.get("service", "")), str(given.get("quotaId", ""))
    state.check_modeled(service)
    limit = state.limit(service, quota)
    if limit is None:
        raise errors.not_found(f"Quota {quota!r} of service {service!r} was not found.")
    dimensions = _dimensions(given, limit)
    key = f"{project.number}/{identity}"
    same = (project.number, service, quota, dimensions)
    for row in call.state[PREFERENCES]:
        if row.key == key or (row.number, row.service, row.quota, row.dimensions) == same:
            raise errors.already_exists(f"Quota preference {_name(row)} already exists.")
    now = call.clock.now()
    blank = Preference(
        key=key,
        number=project.number,
        service=service,
        quota=quota,
        dimensions=dimensions,
        preferred=0,
        before=quota_overrides.in_force(call.state, project.number, limit, dimensions.get("region", "")),
        approved=True,
        decided=now,
        message={},
        trace="",
        created=now,
        updated=now,
        stamp=int(now * 1_000_000),
    )
    requested = replace(_requested(call, project, blank, given), message=_reported({}, given, frozenset()))
    return _put(call, requested)


def get(call: Call) -> Json:
    """GetQuotaPreference."""
    project = state.project_of(call, READ)
    return render(_fetch(call, project), call.clock.now())


def list_all(call: Call) -> Json:
    """ListQuotaPreferences, the oldest first; the filter knows `reconciling`, `service` and `quota_id`."""
    project, now = state.project_of(call, READ), call.clock.now()
    if call.text("orderBy"):
        raise errors.unimplemented("An order of quota preferences (ListQuotaPreferencesRequest.order_by)")
    accepts = filters.parse(call.text("filter"))
    rows = sorted((each for each in call.state[PREFERENCES] if each.number == project.number), key=_age)
    found = [each for each in rows if accepts(functools.partial(_values, render(each, now)))]
    shown, token = paging.page(call, found, _age, default=100, most=1000)
    answer: Json = {"quotaPreferences": [render(each, now) for each in shown]} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def update(call: Call) -> Json:
    """UpdateQuotaPreference; with `allowMissing` one that is not there is made."""
    project = state.project_of(call, UPDATE)
    given = call.message("quotaPreference")
    row = call.state[PREFERENCES].get(f"{project.number}/{call.vars['preference']}")
    if row is None and call.flag("allowMissing"):
        return _create(call, project, call.vars["preference"], given)
    row = row or _fetch(call, project)
    if given.get("etag") and given["etag"] != _etag(row):
        raise errors.ApiError("ABORTED", f"The etag sent for {_name(row)} is not the current one.")
    for field, kept in (("service", row.service), ("quotaId", row.quota), ("dimensions", row.dimensions)):
        if given.get(field) not in (None, "", {}, kept):
            raise errors.invalid_argument(f"Field {field} of a quota preference cannot be changed.")
    masked, now = _mask(call), call.clock.now()
    changed = replace(
        row, message=_reported(row.message, given, masked), updated=now, stamp=max(int(now * 1_000_000), row.stamp + 1)
    )
    if not masked or masked & REQUEST:
        changed = _requested(call, project, replace(changed, before=row.granted(now)), given)
    return _put(call, changed)


def _mask(call: Call) -> frozenset[str]:
    """Return the paths of the update mask, in the spelling of JSON; all of a preference is none."""
    paths = {part.strip() for part in call.text("updateMask").split(",") if part.strip()}
    named = frozenset(re.sub(r"_([a-z])", lambda match: match[1].upper(), each) for each in paths)
    if unknown := named - CHANGEABLE - {"*"}:
        raise errors.invalid_argument(f"Invalid update_mask: {', '.join(sorted(unknown))}")
    return frozenset() if "*" in named else named


def _reported(before: Json, given: Json, masked: frozenset[str]) -> Json:
    """Return the fields that are only kept: as before, but for those in the mask, which are cleared if not sent."""
    sent = {"justification": given.get("justification"), "annotations": _config(given).get("annotations")}
    found = {
        name: before.get(name) if masked and not masked & paths else sent[name] for name, paths in REPORTED.items()
    }
    return {name: value for name, value in found.items() if value}


def _config(given: Json) -> Json:
    config = given.get("quotaConfig")
    return config if isinstance(config, dict) else {}


def _requested(call: Call, project: Project, row: Preference, given: Json) -> Preference:
    """Return a preference with a new request in it, if it may be asked for.

    A config without a value requests for 0, which on gRPC is not sent.
    """
    if not isinstance(given.get("quotaConfig"), dict):
        raise errors.invalid_argument("Field quota_config is required.")
    sent = _config(given).get("preferredValue")
    wanted = 0 if sent is None else _value(sent)
    now, more = call.clock.now(), _exceeds(wanted, row.before)
    if more and not given.get("contactEmail"):
        raise errors.invalid_argument("contact_email is required when a quota increase is requested.")
    if not more:
        _check_decrease(call, row, wanted)
    approved = not more or billing.enabled(call.state, project)
    return replace(
        row,
        preferred=wanted,
        approved=approved,
        decided=now + (SECONDS if more else 0),
        trace=call.state.draw().hex() if more else "",
    )


def _check_decrease(call: Call, row: Preference, wanted: int) -> None:
    """Refuse a decrease that Google would ask to be confirmed: `QuotaSafetyCheck`."""
    ignored = call.texts("ignoreSafetyChecks")
    if BELOW_USAGE not in ignored and _exceeds(_used(call.state, row), wanted):
        raise errors.failed_precondition(f"The quota would be below its usage. Ignore {BELOW_USAGE} to have it so.")
    if TOO_HIGH not in ignored and wanted < row.before * 0.9:
        raise errors.failed_precondition(
            f"The quota would decrease by more than 10 percent. Ignore {TOO_HIGH} to have it so."
        )


def _used(store: State, row: Preference) -> int:
    limit = state.limit(row.service, row.quota)
    if not isinstance(limit, Allocation):
        return 0
    regions = [row.dimensions["region"]] if row.dimensions else LOCATIONS
    return max(capacity.used(store, row.number, limit, region) for region in regions)


def _exceeds(value: int, other: int) -> bool:
    """Compare limits, of which -1 is none at all."""
    return other != UNLIMITED and (value == UNLIMITED or value > other)


def _value(value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise errors.invalid_argument("Field quota_config.preferred_value must be a whole number.") from None
    if number < UNLIMITED:
        raise errors.invalid_argument("Field quota_config.preferred_value must be greater than or equal to -1.")
    return number


def _dimensions(given: Json, limit: state.Known) -> dict[str, str]:
    dimensions = given.get("dimensions") or {}
    known = {"region": LOCATIONS} if limit.regional else {}
    if not isinstance(dimensions, dict) or any(value not in known.get(name, ()) for name, value in dimensions.items()):
        raise errors.invalid_argument(f"Invalid dimensions: {dimensions!r}"[:200])
    return dimensions


def _fetch(call: Call, project: Project) -> Preference:
    row = call.state[PREFERENCES].get(f"{project.number}/{call.vars['preference']}")
    if row is None:
        raise errors.not_found()
    return row


def _put(call: Call, row: Preference) -> Json:
    """Keep a preference, unless it was only to be validated, and answer it."""
    if not call.flag("validateOnly"):
        call.state[PREFERENCES].put(row)
    return render(row, call.clock.now())


def _age(row: Preference) -> str:
    return f"{row.created:020.6f}/{row.key}"


def _name(row: Preference) -> str:
    return f"projects/{row.number}/locations/global/quotaPreferences/{row.key.partition('/')[2]}"


def _etag(row: Preference) -> str:
    return base64.b64encode(row.stamp.to_bytes(8, "big")).decode()


def _values(shown: Json, field: str) -> list[str]:
    known = {"reconciling": str(shown.get("reconciling", False)).lower(), "service": shown["service"]}
    known |= {"quota_id": shown["quotaId"], "quotaid": shown["quotaId"], "quotaId": shown["quotaId"]}
    if field not in known:
        raise errors.invalid_argument(f"Invalid filter: {field} is not known.")
    return [known[field]]


def render(row: Preference, now: float) -> Json:
    """Return a preference as it is answered; `contact_email` is never."""
    pending = now < row.decided
    config: Json = {"preferredValue": str(row.preferred), "grantedValue": str(row.granted(now))}
    if not pending and not row.approved:
        config["stateDetail"] = "The request was denied: the project has no valid billing account."
    if row.trace:
        config["traceId"] = row.trace
    if "annotations" in row.message:
        config["annotations"] = row.message["annotations"]
    return {
        "name": _name(row),
        **({"dimensions": row.dimensions} if row.dimensions else {}),
        "quotaConfig": config,
        "etag": _etag(row),
        "createTime": timestamp(row.created),
        "updateTime": timestamp(row.updated),
        "service": row.service,
        "quotaId": row.quota,
        **({"reconciling": True} if pending else {}),
        **({"justification": row.message["justification"]} if "justification" in row.message else {}),
    }
