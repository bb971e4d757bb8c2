"""Which services are enabled where, and from when on that is in force.

Enabling is an operation; when it is done, the list says ENABLED at once, and the API becomes usable only
after a window of propagation in which some calls see the new state and some the old.
https://github.com/googleapis/googleapis/blob/master/google/api/serviceusage/v1/serviceusage.proto
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, operations, paging, usage
from gcp_emulator.errors import ApiError
from gcp_emulator.operations import Outcome
from gcp_emulator.services.billing import state as billing
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage.catalog import BILLED, needed_by, titles, with_dependencies
from gcp_emulator.store import State, Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.seed_data import SeedData
    from gcp_emulator.services.resourcemanager.state import Project

TYPE: Final = "type.googleapis.com/google.api.serviceusage.v1."
EMPTY: Final = {"@type": "type.googleapis.com/google.protobuf.Empty"}
SECONDS: Final = 1.0  # how long enabling takes before propagation begins
DONE: Final = "operations/finished.DONE_OPERATION"
MOST_ENABLED: Final = 20
MOST_READ: Final = 30

HOST_SERVICES: Final = (
    "accesscontextmanager",
    "aiplatform",  # publisher models stand under no project: asking for one is charged to the caller's
    "apikeys",
    "billingbudgets",
    "cloudasset",
    "cloudbilling",
    "cloudkms",
    "cloudquotas",
    "cloudresourcemanager",
    "essentialcontacts",
    "iam",
    "iamcredentials",
    "logging",
    "monitoring",
    "orgpolicy",
    "privilegedaccessmanager",
    "pubsub",
    "securitycenter",
    "securitycentermanagement",
    "servicemanagement",
    "serviceusage",
    "sts",
)
READY_SERVICES: Final = (
    "aiplatform",
    "cloudapis",
    "cloudbilling",
    "cloudresourcemanager",
    "iam",
    "iamcredentials",
    "sts",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enablement:
    """The state of one service in one project; a service without one is and was DISABLED.

    Args:
        key: `<project number>/<service>`.
        enabled: what the list says.
        before: what it said before.
        changed: when it changed (sandbox time).
        settled: when the change is in force everywhere.
    """

    key: str
    number: str
    service: str
    enabled: bool
    before: bool
    changed: float
    settled: float


ENABLEMENTS: Final = Table("serviceusage.enablements", Enablement, key="key")

FirstTime = Callable[[State, str, float], None]
FIRST_TIME: Final[dict[str, FirstTime]] = {}
"""What a service makes in a project when it is enabled there for the first time, by the project's number."""


def first_time(service: str) -> Callable[[FirstTime], FirstTime]:
    """Declare what a service makes in a project when it is enabled there for the first time."""

    def declare(function: FirstTime) -> FirstTime:
        FIRST_TIME[service] = function
        return function

    return declare


def seed(state: State, seed_data: SeedData) -> None:
    """Enable the control APIs on the host and the usual ones on the ready project, long since in force."""
    for number, names in ((seed_data.host_number, HOST_SERVICES), (seed_data.ready_number, READY_SERVICES)):
        enable_at_once(state, number, [f"{name}.googleapis.com" for name in names])


def enable_at_once(state: State, number: str, services: list[str]) -> None:
    """Enable services and what they need, as if long ago."""
    for service in with_dependencies(services):
        _set(state, number, service, enabled=True, when=state.clock.now(), propagation=0)


def is_enabled(state: State, number: str, service: str) -> bool:
    """Tell what the list says."""
    row = state[ENABLEMENTS].get(f"{number}/{service}")
    return row is not None and row.enabled


def usable(state: State, number: str, service: str, call_number: int) -> bool:
    """Tell whether this very call finds the API on.

    Inside the window about half of the calls see the new state and the others the old one: which, is
    decided by the state's seed and the number of the call, so that a run can be repeated.
    """
    row = state[ENABLEMENTS].get(f"{number}/{service}")
    if row is None:
        return False
    if row.before == row.enabled or state.clock.now() >= row.settled:
        return row.enabled
    coin = hashlib.blake2b(f"{state.seed}/{row.key}/{call_number}".encode(), digest_size=1).digest()[0]
    return row.enabled if coin % 2 else row.before


def title(service: str) -> str:
    """Return a service's title, as SERVICE_DISABLED begins with it."""
    return titles().get(service, service)


def _set(state: State, number: str, service: str, *, enabled: bool, when: float, propagation: float) -> None:
    old = state[ENABLEMENTS].get(f"{number}/{service}")
    before = old.enabled if old else False
    if before == enabled:
        return
    if old is None and service in FIRST_TIME:
        FIRST_TIME[service](state, number, when)
    state[ENABLEMENTS].put(
        Enablement(
            key=f"{number}/{service}",
            number=number,
            service=service,
            enabled=enabled,
            before=before,
            changed=when,
            settled=when + propagation,
        )
    )


def render(state: State, number: str, service: str) -> Json:
    """Return a Service: its names carry the project number whatever the caller wrote (recorded)."""
    requirements = ["serviceusage.googleapis.com/tos/cloud"]
    if service in BILLED:
        requirements.append("serviceusage.googleapis.com/billing-enabled")
    return {
        "name": f"projects/{number}/services/{service}",
        "config": {
            "name": service,
            "title": title(service),
            "quota": {},
            "authentication": {},
            "usage": {"requirements": requirements},
            "monitoring": {},
        },
        "state": "ENABLED" if is_enabled(state, number, service) else "DISABLED",
        "parent": f"projects/{number}",
    }


def get(call: Call) -> Json:
    """GetService."""
    project = project_for(call, "serviceusage.services.get")
    service = call.vars["service"]
    _check_known([service])
    return render(call.state, project.number, service)


def list_services(call: Call) -> Json:
    """ListServices: in order of names; without a filter the whole catalog."""
    project = project_for(call, "serviceusage.services.list")
    wanted = call.text("filter")
    if wanted not in {"", "state:ENABLED", "state:DISABLED"}:
        raise errors.invalid_argument(f"Invalid filter: {wanted}")
    found = [
        service
        for service in titles()  # sorted, as the file is
        if not wanted or is_enabled(call.state, project.number, service) == (wanted == "state:ENABLED")
    ]
    shown, token = paging.page(call, found, str, default=50, most=200)
    answer: Json = {}
    if shown:
        answer["services"] = [render(call.state, project.number, service) for service in shown]
    return answer | ({"nextPageToken": token} if token else {})


def batch_get(call: Call) -> Json:
    """BatchGetServices: at most 30 full names, all of this project."""
    project = project_for(call, "serviceusage.services.get")
    names = call.texts("names")
    if not names:
        raise errors.invalid_argument(
            "At least one service name must be specified.",
            errors.error_info("SU_MISSING_NAMES", "serviceusage.googleapis.com"),
        )
    if len(names) > MOST_READ:
        raise errors.invalid_argument(f"At most {MOST_READ} services can be read at once.")
    services = []
    for name in names:
        parent, _, service = name.partition("/services/")
        if parent not in {f"projects/{project.id}", f"projects/{project.number}"} or not service:
            raise errors.invalid_argument(f"Invalid service name: {name}")
        services.append(service)
    _check_known(services)
    return {"services": [render(call.state, project.number, service) for service in services]}


def enable(call: Call) -> Json:
    """EnableService: what is enabled already is done at once."""
    project = project_for(call, "serviceusage.services.enable")
    return _enable(call, project, [call.vars["service"]], batch=False)


def batch_enable(call: Call) -> Json:
    """BatchEnableServices: at most 20, all or none."""
    project = project_for(call, "serviceusage.services.enable")
    services = call.texts("serviceIds")
    if not services or len(services) > MOST_ENABLED:
        raise errors.invalid_argument(f"Between 1 and {MOST_ENABLED} services can be enabled at once.")
    return _enable(call, project, services, batch=True)


def _enable(call: Call, project: Project, services: list[str], *, batch: bool) -> Json:
    state, number = call.state, project.number
    _check_known(services)
    wanted = [each for each in with_dependencies(services) if not is_enabled(state, number, each)]
    billed = [each for each in wanted if each in BILLED]
    if billed and not billing.enabled(state, project):
        raise errors.billing_required(number, billed, linked=billing.linked(state, project))
    args = {"number": number, "services": services, "wanted": wanted, "batch": batch, "beta": _is_beta(call)}
    if not wanted:
        return {"name": DONE, "done": True, "response": _enabled_response(state, args)}
    operation = operations.start(
        call,
        name=f"operations/acat.p2-{number}-{state.uuid()}",
        effect="serviceusage.enable",
        args={**args, "propagation": call.settings.propagation},
        seconds=SECONDS,
        metadata={"@type": "type.googleapis.com/google.protobuf.Empty"},
    )
    return {"name": operation.name}  # no more than that at first (recorded)


@operations.effect("serviceusage.enable")
def _enabled(state: State, args: Json, when: float) -> Outcome:
    _require_still_there(state, args["number"])
    for service in args["wanted"]:
        _set(state, args["number"], service, enabled=True, when=when, propagation=args["propagation"])
    return Outcome(response=_enabled_response(state, args))


def _is_beta(call: Call) -> bool:
    """Tell whether v1beta1 was called, whose operations end in nothing (serviceusage/v1beta1/serviceusage.proto)."""
    return call.method.name.startswith("serviceusage.v1beta1.")


def _enabled_response(state: State, args: Json) -> Json:
    if args["beta"]:
        return EMPTY
    rendered = [render(state, args["number"], service) for service in args["services"]]
    if args["batch"]:
        return {"@type": TYPE + "BatchEnableServicesResponse", "services": rendered}
    return {"@type": TYPE + "EnableServiceResponse", "service": rendered[0]}


def disable(call: Call) -> Json:
    """DisableService: refused while an enabled service needs it, unless those shall go too.

    If asked to (gcloud does), it is also refused where one of them was used in the last 30 days:
    `DisableServiceRequest.CheckIfServiceHasUsage`, google/api/serviceusage/v1/serviceusage.proto
    https://github.com/hashicorp/terraform-provider-google/issues/5424
    """
    project = project_for(call, "serviceusage.services.disable")
    state, number, service = call.state, project.number, call.vars["service"]
    _check_known([service])
    if not is_enabled(state, number, service):
        raise errors.failed_precondition(f"The service {service} is not enabled for project {number}.")
    dependents = [each for each in needed_by(service) if is_enabled(state, number, each)]
    if dependents and not call.flag("disableDependentServices"):
        raise has_dependents(service, dependents)
    if call.text("checkIfServiceHasUsage") == "CHECK":
        _check_unused(call, number, [service, *dependents])
    operation = operations.start(
        call,
        name=f"operations/acat.p17-{number}-{state.uuid()}",
        effect="serviceusage.disable",
        args={
            "number": number,
            "service": service,
            "wanted": [service, *dependents],
            "beta": _is_beta(call),
            "propagation": call.settings.propagation,
        },
        seconds=SECONDS,
        metadata={"@type": "type.googleapis.com/google.protobuf.Empty"},
    )
    return {"name": operation.name}


@operations.effect("serviceusage.disable")
def _disabled(state: State, args: Json, when: float) -> Outcome:
    _require_still_there(state, args["number"])
    for service in args["wanted"]:
        _set(state, args["number"], service, enabled=False, when=when, propagation=args["propagation"])
    if args["beta"]:
        return Outcome(response=EMPTY)
    rendered = render(state, args["number"], args["service"])
    return Outcome(response={"@type": TYPE + "DisableServiceResponse", "service": rendered})


def _check_unused(call: Call, number: str, services: list[str]) -> None:
    for service in services:
        if usage.counts(call.state, number, service, call.clock.now()):
            raise has_usage(service)


def has_usage(service: str) -> ApiError:
    """400 COMMON_SU_SERVICE_HAS_USAGE (error code 100002).

    https://github.com/GoogleCloudPlatform/magic-modules/pull/11494, where Terraform's name of the option is in the
    place of the API's; the reason: public scripts that pass --force because of it.
    """
    subject = f"?error_code=100002&service_name={service}"
    return errors.failed_precondition(
        f"The service {service} has usage in the last 30 days. Please specify check_if_service_has_usage=SKIP if you "
        f"want to proceed with disabling the service.\n{errors.help_token(subject)}",
        errors.precondition("googleapis.com", subject),
        errors.error_info("COMMON_SU_SERVICE_HAS_USAGE", "serviceusage.googleapis.com", service_name=service),
    )


def has_dependents(service: str, dependents: list[str]) -> ApiError:
    """400 COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES (error code 100001), seen in public logs."""
    names = ",".join(dependents)
    subject = f"?error_code=100001&service_name={service}&services={names}"
    return errors.failed_precondition(
        f"The service {service} is depended on by the following active service(s): {names}; Please specify "
        "disable_dependent_services=true if you want to proceed with disabling all services.\n"
        + errors.help_token(subject),
        errors.precondition("googleapis.com", subject),
        errors.error_info(
            "COMMON_SU_SERVICE_HAS_DEPENDENT_SERVICES",
            "serviceusage.googleapis.com",
            service_name=service,
            services=names,
        ),
    )


def project_not_found(reference: str) -> ApiError:
    """403 RESOURCES_NOT_FOUND (error code 210002): Service Usage's words for an unknown or hidden project."""
    subject = f"?error_code=210002&type=Project&resource_id={reference}"
    return ApiError(
        "PERMISSION_DENIED",
        f"Project '{reference}' not found or permission denied.\n{errors.help_token(subject)}",
        errors.precondition("googleapis.com", subject),
        errors.error_info("RESOURCES_NOT_FOUND", "serviceusage.googleapis.com", type="Project", resource_id=reference),
    )


def auth_denied(text: str, permission: str, project: Project) -> ApiError:
    """403 AUTH_PERMISSION_DENIED (error code 110002).

    https://github.com/su-kaka/gcli2api/issues/283
    """
    subject = f"?error_code=110002&permission={permission}&resource=projects/{project.number}"
    return ApiError(
        "PERMISSION_DENIED",
        f"{text}\n{errors.help_token(subject)}",
        errors.precondition("googleapis.com", subject),
        errors.error_info(
            "AUTH_PERMISSION_DENIED",
            "serviceusage.googleapis.com",
            permission=permission,
            resource=f"projects/{project.number}",
        ),
    )


def project_for(call: Call, permission: str) -> Project:
    """Return the project in the path, if the caller may do this to its services."""
    reference = call.vars["project"]
    project = projects.find(call.state, reference)
    held = project is not None and call.may(permission, f"projects/{project.id}")
    if project is None or not (held or projects.visible(call, project)):
        raise project_not_found(reference)
    if project.state != "ACTIVE":
        raise errors.project_deleted("serviceusage.googleapis.com", project.number)
    verb = permission.rpartition(".")[2]
    what = {
        "list": f"list services for consumer container [projects/{project.number}]",
        "get": f"get service [{call.vars.get('service', '')}]",
    }.get(verb, f"{verb} service [{call.vars.get('service', '')}]")
    if not held:
        raise auth_denied(f"Permission denied to {what}", permission, project)
    return project


def _check_known(services: list[str]) -> None:
    unknown = [service for service in services if service not in titles()]
    if unknown:
        raise errors.services_not_found(unknown)


def _require_still_there(state: State, number: str) -> None:
    project = projects.find(state, number)
    if project is None or project.state != "ACTIVE":
        raise errors.project_deleted("serviceusage.googleapis.com", number)


def get_operation(call: Call) -> Any:
    """`operations.get`; the shortcut for "nothing had to change" is always done.

    That the operation of a project one may not look into is answered as if it were not there is assumed.
    """
    if call.text("name") == DONE:
        return {
            "name": DONE,
            "done": True,
            "response": {"@type": "type.googleapis.com/google.protobuf.Empty"},
        }
    of = re.match(r"operations/acat\.p\d+-(\d+)-", call.text("name"))
    if of and not call.may("serviceusage.operations.get", f"projects/{of[1]}"):
        raise errors.not_found()
    return operations.get(call)
