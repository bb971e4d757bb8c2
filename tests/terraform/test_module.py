"""The module by itself: its format, its own tests, in both versions of Terraform."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gcp_emulator.server import Running

from tests.terraform.conftest import working_in
from tests.terraform.working import MODULE, Working, copy_module

EXAMPLES = sorted(path.name for path in (MODULE / "examples").iterdir())
SUITES = sorted(path.stem.partition(".")[0] for path in (MODULE / "tests").glob("*.tftest.hcl"))


def test_everything_is_formatted_as_terraform_formats(both: tuple[str, ...], tmp_path: Path) -> None:
    Working(MODULE, both, {}).must("fmt", "-check", "-recursive", "-diff")


def passes(suite: str, module: Working) -> None:
    done = module.must("test", f"-filter=tests/{suite}.tftest.hcl")
    runs = re.findall(r'^run "', (MODULE / "tests" / f"{suite}.tftest.hcl").read_text("utf-8"), re.MULTILINE)
    assert f"{len(runs)} passed, 0 failed" in done.message


@pytest.mark.parametrize("suite", [each for each in SUITES if each != "end_to_end"])
def test_the_module_s_own_tests_pass(suite: str, module: Working) -> None:
    passes(suite, module)


def test_the_module_works_from_end_to_end_in_both_versions(
    cloud: Running, both: tuple[str, ...], tmp_path: Path
) -> None:
    with working_in(cloud, copy_module(tmp_path), both) as module:
        passes("end_to_end", module)


def test_there_are_three_suites_and_five_examples() -> None:
    assert SUITES == ["end_to_end", "logic", "validation"]
    assert EXAMPLES == ["existing-project", "fleet", "keyless-ci", "new-project", "provision-yaml"]


def test_no_provider_is_configured_inside_the_module() -> None:
    text = "".join(path.read_text("utf-8") for path in MODULE.glob("*.tf"))
    assert not re.search(r"^provider ", text, re.MULTILINE)
    assert "local-exec" not in text
    assert "google-beta" not in re.sub(r"#.*", "", text)
