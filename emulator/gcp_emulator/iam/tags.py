"""Tags in conditions: what a resource is bound to, as whoever keeps tags says.

https://cloud.google.com/iam/docs/conditions-attribute-reference#resource-tags
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from gcp_emulator.store import State


class Held(NamedTuple):
    """A tag of a resource, bound or inherited: its key's namespaced name and id, its value's short name and id."""

    key: str
    key_id: str
    value: str
    value_id: str


TagFinder = Callable[["State", str], Sequence[Held]]
"""Returns the tags of a resource by its relative name."""

TAG_FINDERS: Final[list[TagFinder]] = []


def finds_tags(find: TagFinder) -> TagFinder:
    """Declare where tags are kept."""
    TAG_FINDERS.append(find)
    return find


def held_by(state: State, resource: str) -> list[Held]:
    """Return the tags that count for a resource."""
    return [each for find in TAG_FINDERS for each in find(state, resource)]


def functions(held: Callable[[], Sequence[Held]]) -> dict[str, Callable[..., Any]]:
    """Return the functions of conditions that ask for tags; the first argument is `resource`."""

    def any_of(*wanted: tuple[str, Any]) -> bool:
        if not all(isinstance(value, str) for _, value in wanted):
            raise TypeError("tags are asked for by texts")
        return any(all(getattr(each, name) == value for name, value in wanted) for each in held())

    return {
        "hasTagKey": lambda _, key: any_of(("key", key)),
        "hasTagKeyId": lambda _, key: any_of(("key_id", key)),
        "matchTag": lambda _, key, value: any_of(("key", key), ("value", value)),
        "matchTagId": lambda _, key, value: any_of(("key_id", key), ("value_id", value)),
    }


NAMES: Final = frozenset(functions(list))
"""What the functions are called."""
