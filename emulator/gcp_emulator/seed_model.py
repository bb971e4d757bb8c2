"""What a seed file may hold, as models: the rules for each value are those that the APIs apply.

Validation, the keys of `docs/seed-file.md` and `docs/reference/seed-file.schema.json` come from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StrictBool,
    StrictStr,
    TypeAdapter,
    ValidationError,
)
from pydantic.dataclasses import dataclass
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from gcp_emulator.allocations import ALLOCATIONS
from gcp_emulator.errors import ApiError
from gcp_emulator.iam.members import MEMBER
from gcp_emulator.iam.policy import ROLE
from gcp_emulator.services.aiplatform.locations import LOCATIONS
from gcp_emulator.services.orgpolicy.state import check_spec
from gcp_emulator.services.resourcemanager.state import DISPLAY_NAME, DOMAIN, LABEL_KEY, LABEL_VALUE, PROJECT_ID
from gcp_emulator.services.serviceusage.catalog import titles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

ACCELERATORS: Final = sorted({each.accelerator for each in ALLOCATIONS})


class Fits(NamedTuple):
    """Text that a pattern fits as a whole; `what` names it after "must be"."""

    pattern: str
    what: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Ask for the pattern beside all that the type itself asks for."""
        schema: Any = {**handler(source), "pattern": f"^(?:{self.pattern})$"}
        return core_schema.custom_error_schema(
            schema, "pattern", custom_error_message="must be {what}", custom_error_context={"what": self.what}
        )


def _one_of(words: Collection[str], otherwise: str) -> AfterValidator:
    def check(value: str) -> str:
        if value in words:
            return value
        raise PydanticCustomError("unknown", "{otherwise}", {"otherwise": otherwise})

    return AfterValidator(check)


def _entries(check: Callable[[str, Any], None]) -> AfterValidator:
    """Check each entry of a mapping; what `check` raises is told at the entry's own place."""

    def validate(given: dict[str, Any]) -> dict[str, Any]:
        problems: list[InitErrorDetails] = []
        for name, each in given.items():
            try:
                check(name, each)
            except (ValueError, ApiError) as problem:
                error = PydanticCustomError("entry", "{problem}", {"problem": str(problem)})
                problems.append(InitErrorDetails(type=error, loc=(name,), input=each))
        if problems:
            raise ValidationError.from_exception_data("entries", problems)
        return given

    return AfterValidator(validate)


def _check_label(key: str, value: Any) -> None:
    if not (LABEL_KEY.fullmatch(key) and isinstance(value, str) and LABEL_VALUE.fullmatch(value)):
        raise ValueError("keys and values are lower case letters, digits, _ and -; a value is a string")


def _check_accelerator(name: str, count: Any) -> None:
    if name not in ACCELERATORS:
        raise ValueError(f"there is no such accelerator; there are {', '.join(ACCELERATORS)}")
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"must be a number, got {count!r}")


def _check_condition(given: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(given.get("expression"), str):
        raise PydanticCustomError("condition", "must be a mapping with title and expression")
    return given


def _empty(given: Any) -> Any:
    """Read what is left empty as a mapping without entries."""
    return {} if given is None else given


def _key(what: str, default: Any = ...) -> Any:
    """Declare a key by what it is for; without a default it has to be there."""
    return Field(default_factory=dict, description=what) if default == {} else Field(default=default, description=what)


Empty = BeforeValidator(_empty)
K = TypeVar("K")
V = TypeVar("V")
Mapping = Annotated[dict[K, Annotated[V, Empty]], Empty]
Account = Annotated[str, Fits(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}", "an id such as 012345-6789AB-CDEF01")]
AccountId = Annotated[str, Fits(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "6 to 30 lower case letters, digits and hyphens")]
Currency = Annotated[str, Fits("[A-Z]{3}", "a currency such as EUR")]
Domain = Annotated[str, Fits(r"[a-z0-9-]+(\.[a-z0-9-]+)+", "a domain such as example.com")]
Email = Annotated[str, Fits(r"[^\s:@]+@[^\s:@]+", "the address of a group")]
Handle = Annotated[str, Fits(r"[a-z][a-z0-9-]{0,61}", "a name of lower case letters, digits and hyphens")]
Location = Annotated[str, _one_of(LOCATIONS, "must be one of " + ", ".join(LOCATIONS))]
Members = tuple[Annotated[StrictStr, Fits(MEMBER.pattern, "a member such as user:ann@example.com")], ...]
Name = Annotated[str, Fits(r"[^\n]{1,100}", "one line of text")]
Number = Annotated[str, Fits(r"[1-9]\d{5,18}", "a number of 6 to 19 digits")]
Person = Annotated[StrictStr, Fits(r"[^\s:@]+@[^\s:@]+", "a person's address")]
ProjectId = Annotated[str, Fits(PROJECT_ID.pattern, "a project id of 6 to 30 lower case letters, digits and hyphens")]
ProjectName = Annotated[str, Fits(DISPLAY_NAME.pattern, "4 to 30 letters, digits, quotes, hyphens, spaces and !")]
Role = Annotated[str, Fits(ROLE.pattern, "a role such as roles/viewer")]
Service = Annotated[StrictStr, _one_of(titles(), "must be a service that the sandbox knows")]

Accelerators = Annotated[dict[str, Any], Empty, _entries(_check_accelerator)]
Condition = Annotated[dict[str, Any], AfterValidator(_check_condition)]
Labels = Annotated[dict[str, Any], Field(max_length=64), Empty, _entries(_check_label)]
Rules = Annotated[dict[str, Any], Empty, _entries(check_spec)]

CONFIG: Final = ConfigDict(extra="forbid", coerce_numbers_to_str=True, defer_build=True)


@dataclass(config=CONFIG, slots=True)
class Binding:
    """A binding of a `policy`."""

    role: Role = _key("which role")
    members: Members = _key("who has it")
    condition: Condition | None = _key("when it holds: title and expression", None)


@dataclass(config=CONFIG, slots=True)
class ServiceAccount:
    """A service account, by the first part of its address."""

    display_name: Name = _key("its display name", "")
    disabled: StrictBool = _key("whether it is disabled", default=False)


@dataclass(config=CONFIG, slots=True)
class Endpoint:
    """An endpoint."""

    location: Location = _key("where it is")
    display_name: Name = _key("its display name")
    dedicated: StrictBool = _key("whether it has a host name of its own", default=False)


@dataclass(config=CONFIG, slots=True)
class Governed:
    """What policies can be set on."""

    policy: tuple[Binding, ...] = _key("bindings, as `gcloud … get-iam-policy` prints them", ())
    organization_policies: Rules = _key("organization policies: a constraint and its spec", {})


@dataclass(config=CONFIG, slots=True)
class Organization(Governed):
    """An organization."""

    id: Number = _key("its number", "")


@dataclass(config=CONFIG, slots=True)
class Folder(Governed):
    """A folder."""

    parent: StrictStr = _key("the domain of an organization, or a folder's name")
    id: Number = _key("its number", "")
    display_name: Name = _key("its display name; else the name here", "")


@dataclass(config=CONFIG, slots=True)
class BillingAccount:
    """A billing account."""

    id: Account = _key("its id", "")
    open: StrictBool = _key("whether it can be charged; true if left out", default=True)
    display_name: Name = _key("its display name; else the name here", "")
    parent: StrictStr = _key("the domain of its organization; the sandbox's own if left out", DOMAIN)
    currency: Currency = _key("its currency; USD if left out", "USD")
    policy: tuple[Binding, ...] = _key("bindings, as `gcloud … get-iam-policy` prints them", ())


@dataclass(config=CONFIG, slots=True)
class Project(Governed):
    """A project."""

    parent: StrictStr = _key("as a folder's; the sandbox's own organization if left out", DOMAIN)
    number: Number = _key("its number", "")
    display_name: ProjectName = _key("its display name; else its id", "")
    state: Literal["ACTIVE", "DELETE_REQUESTED"] = _key("ACTIVE if left out", "ACTIVE")
    billing: StrictStr = _key("the name of a billing account; `open` and `closed` are the sandbox's own", "")
    services: tuple[Service, ...] = _key("what is enabled, long since in force", ())
    labels: Labels = _key("its labels", {})
    service_accounts: Mapping[AccountId, ServiceAccount] = _key("its service accounts, by id", {})
    endpoints: tuple[Endpoint, ...] = _key("its Vertex AI endpoints, each with a model deployed", ())
    accelerators: Accelerators = _key("how many of an accelerator its endpoints may hold in each region", {})


@dataclass(config=CONFIG, slots=True)
class SeedFile:
    """What is in a fresh state in addition to what every emulator has."""

    organizations: Mapping[Domain, Organization] = _key("organizations, by domain", {})
    folders: Mapping[Handle, Folder] = _key("folders, by a name of yours", {})
    billing_accounts: Mapping[Handle, BillingAccount] = _key("billing accounts, by a name of yours", {})
    projects: Mapping[ProjectId, Project] = _key("projects, by id", {})
    groups: Annotated[dict[Email, Members], Empty] = _key("lists of members, by the group's address", {})
    users: tuple[Person, ...] = _key("people who exist, beside those whom policies and groups here name", ())


READER: Final = TypeAdapter(SeedFile)

SECTIONS: Final[dict[str, type[Any]]] = {
    "organizations": Organization,
    "folders": Folder,
    "billing_accounts": BillingAccount,
    "projects": Project,
}
PARTS: Final[dict[str, type[Any]]] = {"policy": Binding, "service_accounts": ServiceAccount, "endpoints": Endpoint}
"""The records inside those of the sections, by the key under which they are."""


def keys(model: type[Any]) -> dict[str, str]:
    """Return the keys of a record, each with what it is for."""
    return {name: str(known.description) for name, known in model.__pydantic_fields__.items()}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a seed file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **READER.json_schema()}
