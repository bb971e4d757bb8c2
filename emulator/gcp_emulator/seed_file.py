"""`--seed-file FILE`: what is in a fresh state in addition to what every sandbox has.

The file is read and checked whole before anything is built, so that every problem is told at once, with its place.
`seed_model` says what may be in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from pydantic import ValidationError

from gcp_emulator import seed_yaml
from gcp_emulator.seed_data import EMPTY, HOST, READY
from gcp_emulator.seed_model import PARTS, READER, SECTIONS, SeedFile, keys
from gcp_emulator.seed_plan import Plan, above
from gcp_emulator.services.resourcemanager import state as projects
from gcp_emulator.shown import shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

DEEPEST: Final = 20
LARGEST: Final = 100_000
"""Places that aliases may stand for, beyond what is written there."""

KEY: Final = "[key]"
"""How pydantic marks that a place is a mapping's key and not the value under it."""

SEEDED: Final = {
    "organizations": (projects.DOMAIN,),
    "projects": (HOST, READY, EMPTY),
    "billing_accounts": ("open", "closed"),
}
"""What every sandbox has, by the names that a file calls it by."""


class BadSeedFileError(ValueError):
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

    def wrong(self, place: Place, message: str) -> None:
        line = next((self.lines[place[:end]] for end in range(len(place), -1, -1) if place[:end] in self.lines), 0)
        name = ".".join(map(str, place)) or "the state"
        self.problems.append((line, f"{self.file}:{line}: {name}: {message}" if self.file else f"{name}: {message}"))


def read(given: Any) -> Plan:
    """Read a YAML file, or the content of one, and check it.

    Raises:
        BadSeedFileError: with every problem.
    """
    reader = _Reader()
    content = given
    if isinstance(given, Path):
        quick = seed_yaml.quickly(given, DEEPEST)
        plan = None if quick is None else _checked(reader, quick)
        if plan is not None:
            return plan
        reader = _Reader(str(given))  # once more, for the lines
        content = _load(given, reader)
    plan = None if reader.problems else _checked(reader, content)
    if plan is None:
        raise BadSeedFileError([message for _, message in sorted(reader.problems)])
    return plan


def _load(path: Path, reader: _Reader) -> Any:
    try:
        loader = _Loader(path.read_text("utf-8"))
        node = loader.get_single_node()
        if node is None:
            return None
        if _size(node, {}) > LARGEST + node.end_mark.index:
            reader.problems.append((0, f"{path} cannot be read: its aliases stand for more than there is room for"))
            return None
        return _value(loader, node, (), reader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        reader.problems.append((line, f"{path}:{line}: {error.problem}"))
    except RecursionError:
        reader.problems.append((0, f"{path} cannot be read: it is nested too deeply"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        reader.problems.append((0, f"{path} cannot be read: {error}"))
    return None


class _Loader(yaml.SafeLoader):
    """Stops where it is nested too deeply, before anything is made of the rest."""

    deep = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.deep += 1
        if self.deep > 2 * DEEPEST:  # what is a little too deep is told with its place
            raise RecursionError
        try:
            return super().compose_node(parent, index)
        finally:
            self.deep -= 1


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Return how many places there are once each alias is written out; without end where one holds itself."""
    size = known.get(id(node))
    if size is None:
        known[id(node)] = math.inf  # until it is known: whoever comes by here meanwhile is inside
        below = node.value if isinstance(node, yaml.SequenceNode | yaml.MappingNode) else ()
        inner = [each for pair in below for each in pair] if isinstance(node, yaml.MappingNode) else below
        size = known[id(node)] = 1.0 + sum(_size(each, known) for each in inner)
    return size


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
            reader.wrong((*place, key), "it is here twice")
        found[key] = value
    return found


def _checked(reader: _Reader, content: Any) -> Plan | None:
    """Return a plan, or None after every problem was told."""
    state = None
    try:
        state = READER.validate_python({} if content is None else content)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            reader.wrong(tuple(part for part in problem["loc"] if part != KEY), _wording(problem))
    _check_names(reader, content if isinstance(content, dict) else {})
    return None if state is None or reader.problems else Plan(state=state)


def _wording(problem: ErrorDetails) -> str:
    kind, got = problem["type"], f", got {shown(problem['input'])}"
    if kind == "unexpected_keyword_argument":
        return f"there is no such key; there are {', '.join(keys(_model(problem['loc'])))}"
    if kind == "entry":
        return problem["msg"]
    if kind == "missing":
        return f"it is missing: {keys(_model(problem['loc']))[str(problem['loc'][-1])]}"
    if kind in {"dataclass_type", "dict_type"}:
        return f"must be a mapping{got}"
    if kind == "tuple_type":
        return f"must be a list{got}"
    return problem["msg"].replace("Input should be", "must be") + got


def _model(place: Place) -> type[Any]:
    """Return the model of the record in which a key is."""
    if len(place) == 1:
        return SeedFile
    inside = (PARTS[str(part)] for part in reversed(place[2:-1]) if part in PARTS)
    return next(inside, SECTIONS[str(place[0])])


def _records(state: dict[str, Any], section: str) -> dict[str, dict[str, Any]]:
    """Return what is in a section, by name; what is not a record is an empty one, and told elsewhere."""
    found = state.get(section)
    if not isinstance(found, dict):
        return {}
    return {str(key): each if isinstance(each, dict) else {} for key, each in found.items()}


def _check_names(reader: _Reader, state: dict[str, Any]) -> None:
    """Check what names something else, and that nothing is there twice."""
    held = {name: _records(state, name) for name in SECTIONS}
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
    parents = {name: each.get("parent") for name, each in held["folders"].items()}
    for name in parents:
        if name in above(parents, name):
            reader.wrong(("folders", name, "parent"), "it is in itself")


def _check_unique(reader: _Reader, section: str, key: str, held: dict[str, dict[str, Any]]) -> None:
    seen: dict[str, str] = {}
    for name, each in held.items():
        identifier = str(each.get(key, ""))
        if identifier and seen.setdefault(identifier, name) != name:
            reader.wrong((section, name, key), f"{seen[identifier]} has it already")


def _check_known(reader: _Reader, place: Place, name: Any, known: set[str]) -> None:
    if isinstance(name, str) and name not in known:
        reader.wrong(place, f"there is no {name!r}; there are {', '.join(sorted(known))}")
