"""Other people than the owner: clients that speak with their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gcp_emulator.server import running

from emulator.tests.conftest import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANN = "user:ann@sandbox.example.com"
BOB = "user:bob@elsewhere.example"


@pytest.fixture
def someone(cloud: Cloud) -> Iterator[Callable[[str], Cloud]]:
    """Gives a client that speaks as a member."""
    made = []

    def speak(member: str) -> Cloud:
        other = Cloud(cloud.ready)
        other.session.headers["authorization"] = f"Bearer {cloud.ready.token_for(member)}"
        made.append(other)
        return other

    yield speak
    for other in made:
        other.session.close()


@pytest.fixture
def at_once() -> Iterator[Cloud]:
    """A sandbox in which a change of a policy is in force everywhere as it is answered."""
    with running(clock=0, grpc=False, propagation=0) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            yield cloud


def give(cloud: Cloud, path: str, role: str, *members: str, condition: Any = None) -> None:
    """Add a binding to the policy at a path, and wait until it is in force."""
    verb = "GET" if "billingAccounts" in path else "POST"
    body = None if verb == "GET" else {"options": {"requestedPolicyVersion": 3}}
    status, policy = cloud(verb, f"{path}:getIamPolicy", body)
    assert status == 200, policy
    binding = {"role": role, "members": list(members), **({"condition": condition} if condition else {})}
    policy["bindings"] = [*policy.get("bindings", []), binding]
    policy["version"] = 3
    status, answer = cloud("POST", f"{path}:setIamPolicy", {"policy": policy})
    assert status == 200, answer
    cloud.advance(3)
