"""What holds for every method that changes something, whichever API it is of."""

from __future__ import annotations

from functools import cache

import pytest
from gcp_emulator import services
from gcp_emulator.rpc import Method
from gcp_emulator.server import running

from emulator.tests.truth.probing import (
    FREE,
    MASKS,
    SESSIONS,
    UNMARKED,
    Probed,
    Prober,
    etag_of,
    fields_of,
    is_named,
    mask_rule,
)
from emulator.tests.truth.stories import STORIES

CHANGING = [
    method
    for method in services.registry().methods
    if method.handle and method.http and method.mutates and method.errors != "oauth"
    if not method.name.startswith(SESSIONS)
]
RULES = {
    "unknown": "a field that the message does not have is refused, and nothing is changed",
    "missing": "a change of what is not there is refused, and nothing is changed",
    "hidden": "a change by someone who was given nothing is refused as if nothing were there",
    "etag": "a change on top of a state that is not the last one is refused with 409",
    "again": "what was made under a name is not made again: 409, and nothing is changed",
    "mask": "what the mask names is written, and nothing else",
}


@cache
def probed() -> Probed:
    """What came of all probes: each story is told once, to a sandbox of its own."""
    found = Probed()
    for story in STORIES.values():
        with running(clock=0, grpc=False, rate_limits=False) as sandbox:
            prober = Prober(sandbox, found)
            story(prober)
            prober.close()
    return found


def applies(rule: str, method: Method) -> bool:
    if rule == "etag":
        return etag_of(method) is not None
    if rule == "mask":
        return mask_rule(method) is not None
    if rule == "again":
        return is_named(method)
    return rule != "hidden" or not method.name.endswith(tuple(FREE))


@pytest.mark.parametrize("rule", RULES)
def test_every_method_that_changes_something_keeps_the_rule(subtests: pytest.Subtests, rule: str) -> None:
    for method in CHANGING:
        if applies(rule, method):
            with subtests.test(method.name):
                assert method.name in probed().sent[rule], "no story tells it: bring one"
                assert not probed().problems.get((rule, method.name)), RULES[rule]


def test_every_mask_is_tried() -> None:
    with_mask = {method.name for method in CHANGING if "updateMask" in fields_of(method)}
    assert all(name.endswith((*MASKS, *UNMARKED)) for name in with_mask)
    assert all(any(name.endswith(end) for name in with_mask) for end in (*MASKS, *UNMARKED))
