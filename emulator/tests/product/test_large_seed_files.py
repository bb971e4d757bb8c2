"""A large seed file is read another way, and says the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from gcp_emulator import seed_file, seed_yaml

PROJECT = """\
  seeded-{0:05d}:
    billing: open
    display_name: "Number {0}"
    services: [aiplatform.googleapis.com]
    labels: {{team: '{0}', on: "yes"}}
    policy:
      - {{role: roles/viewer, members: ["user:ann@example.com"]}}
"""


def large(tmp_path: Path, more: str = "") -> Path:
    path = tmp_path / "seed.yaml"
    path.write_text("projects:\n" + "".join(map(PROJECT.format, range(300))) + more)
    return path


def test_both_ways_read_the_same(tmp_path: Path) -> None:
    path = large(tmp_path, "  seeded-last: {state: DELETE_REQUESTED, number: 300000000001, endpoints: []}\n")
    quick = seed_yaml.quickly(path, seed_file.DEEPEST)
    reader = seed_file._Reader()
    assert quick == seed_file._load(path, reader)
    assert reader.problems == []
    assert quick["projects"]["seeded-00007"]["labels"] == {"team": "7", "on": "yes"}


def test_problems_are_reported_with_their_line(tmp_path: Path) -> None:
    path = large(tmp_path, "  seeded-last:\n    billing: nowhere\n")
    line = len(path.read_text().splitlines())
    with pytest.raises(seed_file.BadSeedFileError, match=rf"seed\.yaml:{line}: projects\.seeded-last\.billing"):
        seed_file.read(path)


@pytest.mark.parametrize(
    "unusual",
    [
        "  seeded-last: &anchor {}\n  seeded-more: *anchor\n",
        "  seeded-last: !!map {}\n",
        "  seeded-00001: {}\n",
        "  seeded-last: {<<: {billing: open}}\n",
        "---\nprojects: {}\n",
        "  seeded-last: " + "[" * 5000,
        "  seeded-last: [\n",
    ],
)
def test_what_is_unusual_is_left_to_the_other_parser(tmp_path: Path, unusual: str) -> None:
    assert seed_yaml.quickly(large(tmp_path, unusual), seed_file.DEEPEST) is None


def test_a_small_file_needs_no_other_way(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text("projects: {}\n")
    assert seed_yaml.quickly(path, seed_file.DEEPEST) is None
    assert seed_file.read(path).state.projects == {}
