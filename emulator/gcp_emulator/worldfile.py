"""`--world FILE`: what is in a fresh world besides what every sandbox has.

The file is read and checked whole before anything is built, so that every problem is told at once, with its place.
`SECTIONS` says what may stand in it; the rules for each value are those that the APIs apply.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from gcp_emulator import worldyaml
from gcp_emulator.allocations import ALLOCATIONS
from gcp_emulator.errors import Refused
from gcp_emulator.iam.members import MEMBER
from gcp_emulator.iam.policy import ROLE
from gcp_emulator.seeds import EMPTY, HOST, READY
from gcp_emulator.services.aiplatform.locations import LOCATIONS
from gcp_emulator.services.orgpolicy import state as orgpolicy
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.services.serviceusage.catalogue import TITLES
from gcp_emulator.worldplan import Plan, above, records

Place = tuple[str | int, ...]
Check = Callable[["_Reader", Place, Any], None]

DEEPEST: Final = 20
DOMAIN: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
HANDLE: Final = re.compile(r"[a-z][a-z0-9-]{0,61}")
EMAIL: Final = re.compile(r"[^\s:@]+@[^\s:@]+")
ACCOUNT_ID: Final = re.compile(r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
SERVICE_ACCOUNT_ID: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
SEEDED: Final = {
    "organizations": (projects.DOMAIN,),
    "projects": (HOST, READY, EMPTY),
    "billing_accounts": ("open", "closed"),
}
"""What every sandbox has, by the names that a file calls it by."""


class BadWorldError(ValueError):
    """A description that cannot be built.

    Args:
        problems: each with its place.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(slots=True)
class _Reader:
    """Collects problems, and knows on which line a place is."""

    file: str = ""
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def wrong(self, place: Place, told: str) -> None:
        line = next((self.lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in self.lines), 0)
        name = ".".join(map(str, place)) or "the world"
        self.problems.append((line, f"{self.file}:{line}: {name}: {told}" if self.file else f"{name}: {told}"))

    def mapping(self, place: Place, value: Any) -> dict[str, Any]:
        """Return a mapping with names for keys; what is left empty is one without any."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(place, f"it is a mapping, not {_shown(value)}")
            return {}
        return {str(key): each for key, each in value.items()}

    def listed(self, place: Place, value: Any) -> list[Any]:
        if isinstance(value, list):
            return value
        self.wrong(place, f"it is a list, not {_shown(value)}")
        return []

    def record(self, place: Place, value: Any, fields: dict[str, Field]) -> None:
        """Check a mapping whose keys are known."""
        given = self.mapping(place, value)
        for name, each in given.items():
            if name in fields:
                fields[name].check(self, (*place, name), each)
            else:
                self.wrong((*place, name), f"there is no such key; there are {', '.join(fields)}")
        for name, known in fields.items():
            if known.needed and name not in given:
                self.wrong(place, f"{name} is missing: {known.help}")


def _shown(value: Any) -> str:
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."


def _text(pattern: re.Pattern[str], what: str) -> Check:
    def check(reader: _Reader, place: Place, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, str | int) or not pattern.fullmatch(str(value)):
            reader.wrong(place, f"it is {what}, not {_shown(value)}")

    return check


def _one_of(*words: str) -> Check:
    def check(reader: _Reader, place: Place, value: Any) -> None:
        if value not in words:
            reader.wrong(place, f"it is one of {', '.join(words)}, not {_shown(value)}")

    return check


def _yes_or_no(reader: _Reader, place: Place, value: Any) -> None:
    if not isinstance(value, bool):
        reader.wrong(place, f"it is true or false, not {_shown(value)}")


def _members(reader: _Reader, place: Place, value: Any) -> None:
    for number, each in enumerate(reader.listed(place, value)):
        if not isinstance(each, str) or not MEMBER.fullmatch(each):
            reader.wrong((*place, number), f"it is a member such as user:ann@example.com, not {_shown(each)}")


def _policy(reader: _Reader, place: Place, value: Any) -> None:
    for number, binding in enumerate(reader.listed(place, value)):
        reader.record((*place, number), binding, BINDING)


def _condition(reader: _Reader, place: Place, value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("expression"), str):
        reader.wrong(place, "it is a mapping with title and expression")


def _constraints(reader: _Reader, place: Place, value: Any) -> None:
    for name, spec in reader.mapping(place, value).items():
        try:
            orgpolicy.check_spec(name, spec)
        except Refused as refused:
            reader.wrong((*place, name), refused.message)


def _services(reader: _Reader, place: Place, value: Any) -> None:
    for number, each in enumerate(reader.listed(place, value)):
        if not isinstance(each, str) or each not in TITLES:
            reader.wrong((*place, number), f"the sandbox knows no service {_shown(each)}")


def _labels(reader: _Reader, place: Place, value: Any) -> None:
    given = reader.mapping(place, value)
    if len(given) > 64:
        reader.wrong(place, "at most 64 labels are allowed")
    for key, each in given.items():
        good = projects.LABEL_KEY.fullmatch(key) and isinstance(each, str) and projects.LABEL_VALUE.fullmatch(each)
        if not good:
            reader.wrong((*place, key), "keys and values are lower case letters, digits, _ and -; a value is a string")


def _service_accounts(reader: _Reader, place: Place, value: Any) -> None:
    for name, account in reader.mapping(place, value).items():
        if not SERVICE_ACCOUNT_ID.fullmatch(name):
            reader.wrong((*place, name), "its id is 6 to 30 lower case letters, digits and hyphens")
        reader.record((*place, name), account, SERVICE_ACCOUNT)


def _endpoints(reader: _Reader, place: Place, value: Any) -> None:
    for number, endpoint in enumerate(reader.listed(place, value)):
        reader.record((*place, number), endpoint, ENDPOINT)


def _accelerators(reader: _Reader, place: Place, value: Any) -> None:
    known = sorted({each.accelerator for each in ALLOCATIONS})
    for name, count in reader.mapping(place, value).items():
        if name not in known:
            reader.wrong((*place, name), f"there is no such accelerator; there are {', '.join(known)}")
        elif isinstance(count, bool) or not isinstance(count, int) or count < 0:
            reader.wrong((*place, name), f"it is a number, not {_shown(count)}")


def _known_later(reader: _Reader, place: Place, value: Any) -> None:
    """Check nothing but that it is a name: whom it names is known once all is read."""
    if not isinstance(value, str):
        reader.wrong(place, f"it is a name, not {_shown(value)}")


class Field(NamedTuple):
    """One key: how its value is checked, what it is for, whether it must be there."""

    check: Check
    help: str
    needed: bool = False


_ID: Final = _text(re.compile(r"[1-9]\d{5,18}"), "a number of 6 to 19 digits")
_NAME: Final = _text(re.compile(r"[^\n]{1,100}"), "one line of text")

BINDING: Final = {
    "role": Field(_text(ROLE, "a role such as roles/viewer"), "which role", needed=True),
    "members": Field(_members, "who has it", needed=True),
    "condition": Field(_condition, "when it holds: title and expression"),
}

SERVICE_ACCOUNT: Final = {
    "display_name": Field(_NAME, "its display name"),
    "disabled": Field(_yes_or_no, "whether it is disabled"),
}

ENDPOINT: Final = {
    "location": Field(_one_of(*LOCATIONS), "where it is", needed=True),
    "display_name": Field(_NAME, "its display name", needed=True),
    "dedicated": Field(_yes_or_no, "whether it has a host name of its own"),
}

_POLICY: Final = Field(_policy, "bindings, as `gcloud … get-iam-policy` prints them")
_RULES: Final = Field(_constraints, "organization policies: a constraint and its spec")
_PARENT: Final = Field(_known_later, "the domain of an organization, or a folder's name", needed=True)

SECTIONS: Final[dict[str, dict[str, Field]]] = {
    "organizations": {
        "id": Field(_ID, "its number"),
        "policy": _POLICY,
        "organization_policies": _RULES,
    },
    "folders": {
        "parent": _PARENT,
        "id": Field(_ID, "its number"),
        "display_name": Field(_NAME, "its display name; else the name here"),
        "policy": _POLICY,
        "organization_policies": _RULES,
    },
    "billing_accounts": {
        "id": Field(_text(ACCOUNT_ID, "an id such as 012345-6789AB-CDEF01"), "its id"),
        "open": Field(_yes_or_no, "whether it can be charged; true if left out"),
        "display_name": Field(_NAME, "its display name; else the name here"),
        "parent": Field(_known_later, "the domain of its organization; the sandbox's own if left out"),
        "currency": Field(_text(re.compile("[A-Z]{3}"), "a currency such as EUR"), "its currency; USD if left out"),
        "policy": _POLICY,
    },
    "projects": {
        "parent": Field(_known_later, "as a folder's; the sandbox's own organization if left out"),
        "number": Field(_ID, "its number"),
        "display_name": Field(
            _text(projects.DISPLAY_NAME, "4 to 30 letters, digits, quotes, hyphens, spaces and !"),
            "its display name; else its id",
        ),
        "state": Field(_one_of("ACTIVE", "DELETE_REQUESTED"), "ACTIVE if left out"),
        "billing": Field(_known_later, "the name of a billing account; `open` and `closed` are the sandbox's own"),
        "services": Field(_services, "what is enabled, long since in force"),
        "labels": Field(_labels, "its labels"),
        "policy": _POLICY,
        "organization_policies": _RULES,
        "service_accounts": Field(_service_accounts, "its service accounts, by id"),
        "endpoints": Field(_endpoints, "its Vertex AI endpoints, each with a model deployed"),
        "accelerators": Field(_accelerators, "how many of an accelerator its endpoints may hold in each region"),
    },
}
"""What may stand in a file, but for `groups`, which holds lists of members by address."""

_NAMED: Final = {
    "organizations": _text(DOMAIN, "a domain such as example.com"),
    "folders": _text(HANDLE, "a name of lower case letters, digits and hyphens"),
    "billing_accounts": _text(HANDLE, "a name of lower case letters, digits and hyphens"),
    "projects": _text(projects.PROJECT_ID, "a project id of 6 to 30 lower case letters, digits and hyphens"),
}


def read(given: Any) -> Plan:
    """Read a YAML file, or the content of one, and check it.

    Raises:
        BadWorldError: with every problem.
    """
    reader = _Reader()
    content = given
    if isinstance(given, Path):
        quick = worldyaml.quickly(given, DEEPEST)
        if quick is not None:
            _check(reader, quick)
            if not reader.problems:
                return Plan(content=quick)
            reader = _Reader()  # once more, for the lines
        reader.file = str(given)
        content = _load(given, reader)
    if not reader.problems:
        _check(reader, content)
    if reader.problems:
        raise BadWorldError([told for _, told in sorted(reader.problems)])
    return Plan(content=content or {})


def _load(path: Path, reader: _Reader) -> Any:
    try:
        loader = yaml.SafeLoader(path.read_text("utf-8"))
        node = loader.get_single_node()
        return None if node is None else _value(loader, node, (), reader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        reader.problems.append((line, f"{path}:{line}: {error.problem}"))
    except RecursionError:
        reader.problems.append((0, f"{path} cannot be read: it is nested too deeply"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        reader.problems.append((0, f"{path} cannot be read: {error}"))
    return None


def _value(loader: yaml.SafeLoader, node: yaml.Node, place: Place, reader: _Reader) -> Any:
    """Return the value of a node, and note on which line each place begins."""
    reader.lines[place] = node.start_mark.line + 1
    if len(place) > DEEPEST:
        reader.wrong(place, "it is nested too deeply")
        return None
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, each, (*place, number), reader) for number, each in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    loader.flatten_mapping(node)
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(getattr(key_node, "value", ""))
        value = _value(loader, value_node, (*place, key), reader)
        reader.lines[*place, key] = key_node.start_mark.line + 1
        if key in found:
            reader.wrong((*place, key), "it stands here twice")
        found[key] = value
    return found


def _check(reader: _Reader, content: Any) -> None:
    world = reader.mapping((), content)
    for name in world:
        if name not in SECTIONS and name != "groups":
            reader.wrong((name,), f"there is no such key; there are {', '.join([*SECTIONS, 'groups'])}")
    for section, fields in SECTIONS.items():
        for name, each in reader.mapping((section,), world.get(section)).items():
            _NAMED[section](reader, (section, name), name)
            reader.record((section, name), each, fields)
    for email, members in reader.mapping(("groups",), world.get("groups")).items():
        if not EMAIL.fullmatch(email):
            reader.wrong(("groups", email), "a group is named by its address")
        _members(reader, ("groups", email), members)
    _check_names(reader, world)


def _check_names(reader: _Reader, world: dict[str, Any]) -> None:
    """Check what names something else, and that nothing is there twice."""
    held = {name: records(world, name) for name in SECTIONS}
    domains = {*held["organizations"], projects.DOMAIN}
    anywhere = {*domains, *held["folders"]}
    accounts = {*held["billing_accounts"], *SEEDED["billing_accounts"]}
    for section, names in SEEDED.items():
        for name in sorted(held[section].keys() & names):
            reader.wrong((section, name), "every sandbox has one already")
    for section, key, known in (
        ("folders", "parent", anywhere),
        ("projects", "parent", anywhere),
        ("projects", "billing", accounts),
        ("billing_accounts", "parent", domains),
    ):
        for name, each in held[section].items():
            _check_known(reader, (section, name, key), each.get(key), known)
    for section in SECTIONS:
        _check_unique(reader, section, "number" if section == "projects" else "id", held[section])
    for name in held["folders"]:
        if name in above(held["folders"], name):
            reader.wrong(("folders", name, "parent"), "it stands in itself")


def _check_unique(reader: _Reader, section: str, key: str, held: dict[str, dict[str, Any]]) -> None:
    seen: dict[str, str] = {}
    for name, each in held.items():
        identifier = str(each.get(key, ""))
        if identifier and seen.setdefault(identifier, name) != name:
            reader.wrong((section, name, key), f"{seen[identifier]} has it already")


def _check_known(reader: _Reader, place: Place, name: Any, known: set[str]) -> None:
    if isinstance(name, str) and name not in known:
        reader.wrong(place, f"there is no {name!r}; there are {', '.join(sorted(known))}")
