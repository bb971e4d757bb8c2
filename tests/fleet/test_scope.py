"""Which projects a fleet command is about."""

from __future__ import annotations

from typing import Any

import pytest

from provision.errors import UsageError
from provision.fleet.scope import Scope, Shard, read

NOTHING: dict[str, Any] = {
    **dict.fromkeys(("organizations", "folders", "billing_accounts", "projects", "labels"), ()),
    "shard": "",
    "environment": {},
}


def scope(**given: Any) -> Scope:
    return read(**{**NOTHING, **given})


def test_roots_are_named_by_their_numbers_with_or_without_what_they_are() -> None:
    found = scope(organizations=["organizations/12", "12"], folders=["34"], billing_accounts=["0A1B2C-3D4E5F-678901"])
    assert found.roots == ("organizations/12", "folders/34")
    assert found.billing_accounts == ("billingAccounts/0A1B2C-3D4E5F-678901",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "no projects are named"),
        ({"organizations": ["example.com"]}, "--organization example.com: no number"),
        ({"folders": ["team a"]}, "--folder team a: no number"),
        ({"projects": ["My Project"]}, "My Project: no id of a project"),
        ({"folders": ["1"], "labels": ["ENV=prod"]}, "--label ENV=prod: no label"),
        ({"projects": ["team-app"], "labels": ["env=prod"]}, "--label chooses among the projects of an organization"),
        ({"folders": ["1"], "shard": "0/3"}, "--shard 0/3: no part"),
        ({"folders": ["1"], "shard": "4/3"}, "--shard 4/3: no part"),
        ({"folders": ["1"], "shard": "one"}, "--shard one: no part"),
    ],
)
def test_what_cannot_be_is_told_before_any_call(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        scope(**given)


@pytest.mark.parametrize(
    ("environment", "shard"),
    [
        ({"CLOUD_RUN_TASK_INDEX": "0", "CLOUD_RUN_TASK_COUNT": "4"}, Shard(index=1, count=4)),
        ({"JOB_COMPLETION_INDEX": "3", "JOB_COMPLETIONS": "4"}, Shard(index=4, count=4)),
        (
            {"SLURM_ARRAY_TASK_ID": "11", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "10"},
            Shard(index=2, count=3),
        ),
        ({"JOB_COMPLETION_INDEX": "3"}, Shard()),  # Kubernetes does not say how many there are
    ],
)
def test_an_array_job_knows_its_part(environment: dict[str, str], shard: Shard) -> None:
    assert scope(folders=["1"], environment=environment).shard == shard
    assert scope(folders=["1"], environment=environment, shard="2/9").shard == Shard(index=2, count=9)


def test_every_project_is_in_exactly_one_part() -> None:
    parts = [Shard(index=index, count=7) for index in range(1, 8)]
    held = [sum(part.holds(str(number)) for part in parts) for number in range(1000)]
    assert set(held) == {1}
    sizes = [sum(part.holds(str(number)) for number in range(1000)) for part in parts]
    assert min(sizes) > 100


def test_labels_are_all_wanted_and_an_empty_value_is_any() -> None:
    wanted = scope(folders=["1"], labels=["env=prod", "team"])
    assert wanted.has({"env": "prod", "team": "chat"})
    assert not wanted.has({"env": "prod"})
    assert not wanted.has({"env": "dev", "team": "chat"})
