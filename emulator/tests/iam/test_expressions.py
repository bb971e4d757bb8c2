"""Expressions have the value that the language's definition gives them, or it is said that it cannot be told."""

from __future__ import annotations

from typing import Any

import pytest
from gcp_emulator import expressions

CLAIMS: dict[str, Any] = {
    "groups": [7, "admins"],
    "roles": [{"id": 1}, {"name": "deployer"}],
    "large": 2**53 + 1,
    "ratio": 1.0,
    "name": "Zoë",
}
ERROR, UNDECIDED = "no value", "cannot be told"

# https://github.com/google/cel-spec/blob/master/doc/langdef.md: macros, numeric values, string sizes
VALUES: dict[str, Any] = {
    "assertion.groups.exists(g, g.startsWith('adm'))": True,
    "assertion.groups.exists(g, g.startsWith('x'))": ERROR,
    "assertion.groups.all(g, g.startsWith('x'))": False,
    "assertion.groups.all(g, g.startsWith('adm'))": ERROR,
    "assertion.roles.exists(role, role.name == 'deployer')": True,
    "assertion['roles'].exists(role, role.name == 'deployer') && assertion.name != ''": True,
    "'x' in assertion.groups || assertion.roles.exists(r, r.name == 'deployer' && r.name.size() > 2)": True,
    "[[0], [1]].exists(row, row.exists(each, 1 / each == 1))": True,
    "[0, 1].filter(x, x > 0).all(x, 1 / x == 1)": True,
    "{'a': 0, 'b': 1}.exists(k, 1 / {'a': 0, 'b': 1}[k] == 1)": True,
    "[0, 1].exists_one(x, 1 / x == 1)": ERROR,
    "assertion.missing.exists(x, x == 1)": ERROR,
    "assertion.missing.exists(x, x == 1) || true": True,
    "[].exists(x, 1 / x == 1)": False,
    "[1, 0].exists(x, 1 / x == 1) && '.exists(x, y)' != ''": True,
    "size(assertion.name) == 3 && assertion.name.size() == 3": True,
    "1 == 1.0 && 1u == 1 && -1 < 1u": True,
    "1 in [1.0]": True,
    "assertion.large == 9007199254740993": True,
    "9007199254740993 > 9007199254740992.0": UNDECIDED,
    "assertion.large > 9007199254740992.0": UNDECIDED,
    "assertion.large == 9007199254740992 + 1 || assertion.ratio == 1": UNDECIDED,
    "{1: 'a'}[1u] == 'a'": UNDECIDED,
    "{1: 'a'}[1] == 'a'": True,
    "{1: 'a'}[assertion.ratio] == 'a'": UNDECIDED,
}


@pytest.mark.parametrize("expression", VALUES)
def test_an_expression_has_the_value_of_the_definition_or_none_is_claimed(expression: str) -> None:
    try:
        value = expressions.evaluate(expression, {"assertion": CLAIMS})
    except expressions.UndecidedError:
        value = UNDECIDED
    except expressions.ExpressionError:
        value = ERROR
    assert value == VALUES[expression]


def test_macros_over_very_many_elements_are_not_written_out() -> None:
    with pytest.raises(expressions.ExpressionError):
        expressions.evaluate("assertion.ids.exists(x, 1 / x == 1)", {"assertion": {"ids": [0] * 300 + [1]}})
