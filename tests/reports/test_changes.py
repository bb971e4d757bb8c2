"""What a change adds, takes away and replaces."""

from __future__ import annotations

from provision.plan import Change, JsonValue
from provision.reports.changes import difference_of


def lines(before: JsonValue, after: JsonValue) -> list[str]:
    return difference_of(
        Change(step="ci", action="update", resource="projects/p", before=before, after=after, why="because")
    )


def test_each_thing_that_is_added_has_a_line() -> None:
    assert lines(None, ["roles/a to user:x", "roles/b to user:x"]) == ["+ roles/a to user:x", "+ roles/b to user:x"]


def test_a_value_is_added_replaced_or_taken_away() -> None:
    assert lines(None, "account A") == ["+ account A"]
    assert lines("account A", "account B") == ["account A -> account B"]
    assert lines("account A", None) == ["- account A"]
    assert lines(None, None) == []


def test_of_an_update_only_what_differs_is_told_down_to_the_field() -> None:
    before: JsonValue = {"condition": "x", "oidc": {"issuerUri": "a", "jwksJson": "keys"}, "mapping": {"s": "sub"}}
    after: JsonValue = {"condition": "y", "oidc": {"issuerUri": "a"}, "mapping": {"s": "sub", "r": "repository"}}
    assert lines(before, after) == ["condition: x -> y", "- oidc.jwksJson: keys", "+ mapping.r: repository"]


def test_what_is_empty_on_both_sides_is_not_told() -> None:
    assert lines(None, {"parent": "folders/1", "labels": {}, "display_name": ""}) == ["+ parent: folders/1"]
