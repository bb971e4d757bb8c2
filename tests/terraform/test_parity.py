"""From one `provision.yaml`, `provision apply` and `terraform apply` end in the same project."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from provision.settings import SETTINGS
from tests.terraform.parity import DRAWN, EXPLAINED, Outcome, drawn_settings, twins

NEW = {"id": "my-team-chat", "create": True, "parent": "organizations/100000000001"}
PAID = {"account": "0A1B2C-3D4E5F-678901"}
CASES: dict[str, dict[str, Any]] = {
    "new, and all of it": {
        "project": {**NEW, "display_name": "Team chat", "labels": {"team": "chat"}},
        "billing": PAID,
        "identity": {"service_account": "chat-runtime", "roles": ["roles/aiplatform.user", "roles/browser"]},
        "ci": {"provider": "github", "repository": "my-team/chat", "repository_id": "1234", "branch": "main"},
    },
    "adopted, by another account before": {
        "project": {"id": "paid-by-another"},
        "billing": {**PAID, "relink": True},
        "ci": {
            "provider": "gitlab",
            "repository": "group/chat",
            "owner_id": "56",
            "issuer": "https://gitlab.example.com",
        },
    },
}


@pytest.mark.parametrize("drawn", CASES.values(), ids=CASES)
def test_both_ways_end_in_the_same_project(drawn: dict[str, Any], both: tuple[str, ...]) -> None:
    assert twins(drawn, both).differences() == []


@settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(drawn_settings())
def test_whatever_is_drawn(drawn: dict[str, Any]) -> None:
    """A sample; `make proof` draws hundreds."""
    assert twins(drawn).differences() == []


def test_a_difference_is_seen() -> None:
    left = {"iam.service_accounts": {"a": {"description": "Made by provision"}}}
    assert Outcome(left, {"iam.service_accounts": {"a": {}}}).differences() == [
        "/iam.service_accounts/a/description: 'Made by provision' by provision, None by Terraform"
    ]
    assert Outcome(left, {}).differences()


def test_the_list_of_what_may_differ_is_short_and_explained() -> None:
    assert len(EXPLAINED) + len(DRAWN) <= 5
    assert all([*EXPLAINED.values(), *DRAWN.values()])


def test_every_setting_that_both_carry_out_is_drawn() -> None:
    """A setting that is new must be drawn, or be one that is not about what the project is."""
    elsewhere = (
        "project.undelete",
        "auth.",
        "chat.",
        "endpoints.",
        "limits.",
        "model.",
        "waivers",
        "quota",
        "network",
        "baseline",
    )
    drawn = {
        "billing.account", "billing.relink", "project.create", "project.display_name", "project.id", "project.labels",
        "project.parent", "services",
        *(f"identity.{name}" for name in ("service_account", "display_name", "roles")),
        *(
            f"ci.{name}"
            for name in (
                "provider", "repository", "repository_id", "owner_id", "branch", "service_account", "roles", "pool",
                "pool_provider", "issuer", "jwks", "attributes",
            )
        ),
    }  # fmt: skip
    both = {row.key for row in SETTINGS if not row.terraform and not row.key.startswith(elsewhere)}
    assert both == drawn
