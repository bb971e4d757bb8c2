"""Every served REST method answers what its discovery document says that it answers."""

from __future__ import annotations

from functools import cache

import pytest
from gcp_emulator import services
from gcp_emulator.server import running
from gcp_emulator.services.aiplatform import responses

from emulator.tests.truth.stories import STORIES
from emulator.tests.truth.teller import Heard, Teller

ALWAYS_REFUSED = (responses.of_publisher, responses.openapi)
"""What is known of each model is said, and none answers."""

SERVED = sorted(
    {
        (method.service, method.name)
        for method in services.registry().methods
        if method.handle and method.http and method.handle not in ALWAYS_REFUSED
    }
)


@cache
def heard() -> Heard:
    """What all stories were answered: each is told once, to a sandbox of its own."""
    found = Heard()
    for name, story in STORIES.items():
        with running(clock=0, grpc=False) as sandbox:
            tell = Teller(sandbox, found)
            try:
                story(tell)
            except (AssertionError, KeyError, TypeError) as broken:
                found.problems[name, "the story"] = [repr(broken)]
            tell.close()
    return found


def test_a_served_method_answers_as_its_document_says(subtests: pytest.Subtests) -> None:
    for key in SERVED:
        with subtests.test(key=key):
            assert not heard().problems.get(key)
            assert key in heard().answered, f"no story in stories.py tells {key[1]} of {key[0]}: bring one"


def test_a_story_is_reported_to_its_end(subtests: pytest.Subtests) -> None:
    for name in STORIES:
        with subtests.test(name=name):
            assert not heard().problems.get((name, "the story"))
