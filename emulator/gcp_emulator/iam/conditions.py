"""Conditions of bindings: CEL about the time of a request and the name of its resource.

Known are `request.time` with its `getHours('Europe/Berlin')` and the like, `resource.name` with `startsWith`,
`endsWith`, `contains`, `matches` and `extract`, the functions that ask for tags (`tags.py`), and which
roles a change of a policy touches (`api.getAttribute`). An attribute or
function beside these makes a condition that cannot be evaluated here, so it does not grant, and the log of the process
says so once. As in CEL, what cannot be evaluated does not matter where the other side of `&&` or `||` decides.
https://cloud.google.com/iam/docs/conditions-overview, https://cloud.google.com/iam/docs/conditions-attribute-reference
"""

from __future__ import annotations

import functools
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from gcp_emulator import expression_text, expressions
from gcp_emulator.expressions import ExpressionError
from gcp_emulator.iam import tags

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gcp_emulator.store import State

_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Context:
    """What a condition is asked about.

    Args:
        time: emulated, Unix seconds.
        resource: its relative name.
        held: finds its tags.
        modified: the roles of whose bindings a call to `setIamPolicy` adds or takes away some.
    """

    time: float
    resource: str
    held: Callable[[], Sequence[tags.Held]] = tuple
    modified: Sequence[str] = ()


def context_of(state: State, resource: str, modified: Sequence[str] = ()) -> Context:
    """Return what conditions on a resource are asked about now."""
    return Context(state.clock.now(), resource, lambda: tags.held_by(state, resource), modified)


def holds(expression: str, context: Context) -> bool:
    """Tell whether a condition grants."""
    request = {"time": datetime.fromtimestamp(context.time, UTC)}
    variables = {"request": request, "resource": {"name": context.resource}, "api": {}}
    try:
        _check_functions(expression)
        known = FUNCTIONS | tags.functions(context.held) if "Tag" in expression else FUNCTIONS
        if MODIFIED in expression:
            known = known | _attributes(context)
        return expressions.evaluate(expression, variables, known) is True
    except ExpressionError as error:
        _warn_once(expression, str(error))
        return False


MODIFIED: Final = "iam.googleapis.com/modifiedGrantsByRole"
"""https://cloud.google.com/iam/docs/setting-limits-on-granting-roles"""


def _attributes(context: Context) -> dict[str, Callable[..., Any]]:
    """Return the functions that ask for an attribute of the call and hold a list to another."""

    def attribute(_: Any, name: str, default: Any) -> Any:
        if name != MODIFIED:
            raise ValueError(f"the attribute {name} is not modeled")
        return list(context.modified) or default

    def only(found: Any, allowed: Any) -> bool:
        return all(each in allowed for each in found)

    return {"getAttribute": attribute, "hasOnly": only}


MOST_OPERATORS: Final = 12
"""Logical operators in an expression: https://cloud.google.com/iam/quotas#limits."""


class Problem(NamedTuple):
    """Why a condition cannot be set: the name of the check, and its words, which are assumed."""

    check: str
    message: str


def problems(expression: str) -> list[Problem]:
    """Return why a condition cannot be set; nothing for one that can.

    https://cloud.google.com/iam/docs/reference/rest/v1/iamPolicies/lintPolicy
    """
    try:
        expressions.compiled(expression)
    except ExpressionError as error:
        return [Problem("ConditionCompileCheck", f"Expression compilation failed. Errors: {str(error)[:300]}")]
    found = expression_text.tokens(expression)
    if sum(each.text in {"&&", "||", "!"} for each in found) > MOST_OPERATORS:
        message = f"The condition has more than {MOST_OPERATORS} logical operators."
        return [Problem("ConditionComplexityCheck", message)]
    return []


@functools.lru_cache(maxsize=1024)
def _check_functions(expression: str) -> None:
    """Refuse functions that CEL has and Google does not document for conditions; operators have names with signs."""
    for name in expressions.compiled(expression).functions():
        if name.isidentifier() and name not in DOCUMENTED:
            raise ExpressionError(f"{name}() is not a function of conditions")


@functools.lru_cache(maxsize=1024)
def _warn_once(expression: str, why: str) -> None:
    _logger.warning("the sandbox cannot evaluate the condition %r (%s), so it does not grant", expression, why)


def _part(read: Callable[[datetime], int]) -> Callable[..., int]:
    def of(moment: Any, zone: str = "UTC") -> int:
        if not isinstance(moment, datetime):
            raise TypeError(f"{moment!r} is not a timestamp")
        return read(moment.astimezone(_zone(zone)))

    return of


def _zone(name: str) -> tzinfo:
    """Return a time zone by its name in the IANA database or its offset, `-08:00`."""
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", name)
    if match is None:
        return ZoneInfo(name)
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "extract": expressions.extract,
    "getFullYear": _part(lambda moment: moment.year),
    "getMonth": _part(lambda moment: moment.month - 1),
    "getDate": _part(lambda moment: moment.day),
    "getDayOfMonth": _part(lambda moment: moment.day - 1),
    "getDayOfWeek": _part(lambda moment: moment.isoweekday() % 7),
    "getDayOfYear": _part(lambda moment: moment.timetuple().tm_yday - 1),
    "getHours": _part(lambda moment: moment.hour),
    "getMinutes": _part(lambda moment: moment.minute),
    "getSeconds": _part(lambda moment: moment.second),
}
DOCUMENTED: Final = frozenset(
    {
        *FUNCTIONS,
        *tags.NAMES,
        "getAttribute",
        "hasOnly",
        "timestamp",
        "duration",
        "startsWith",
        "endsWith",
        "contains",
        "matches",
    }
)
