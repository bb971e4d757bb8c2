"""Every URL, command and path in a text is one: declared here, or parsed by the tool that it names.

A fix is typed by someone at the worst moment, and a search and replace once made `_services` of an address to
`values.services`, which no test read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import pytest

from provision import gcloud
from provision.cli import commands, main
from tests.texts import gcloud_commands, reading
from tests.texts.reading import VALUE

ROOT: Final = Path(__file__).parents[2]

# Where documentation is read; a page of theirs has a path of plain words.
DOCUMENTATION: Final = {
    "admin.google.com", "ai.google.dev", "cloud.google.com", "console.cloud.google.com", "datatracker.ietf.org",
    "developers.google.com", "docs.cloud.google.com", "docs.github.com", "docs.gitlab.com", "docs.oasis-open.org",
    "docs.python.org", "github.com", "google-auth.readthedocs.io", "grpc.io", "json-schema.org", "learn.microsoft.com",
    "pki.goog", "requests.readthedocs.io", "status.cloud.google.com", "support.google.com", "www.rfc-editor.org",
    "openai.com", "platform.openai.com", "registry.terraform.io", "developer.hashicorp.com", "issuetracker.google.com",
    "docs.vllm.ai", "sre.google", "aistudio.google.com",
}  # fmt: skip
# What is called, or typed into a setting, as the one who runs it has declared it.
CALLED: Final = {
    "http://", "https://", "http://127.0.0.1", "http://localhost", "http://metadata", "http://USER:PASSWORD@PROXY:PORT",
    "http://localhost:3000", "https://HOST/FILE.whl#sha256=DIGEST", "https://HOST/OWNER/REPOSITORY@",
    "https://HOST/OWNER/REPOSITORY@COMMIT", "https://HOST/REPOSITORY@COMMIT",
    "https://HOST", "https://HOST/", "https://HOST/_services/token", "https://LOCATION-aiplatform.googleapis.com",
    "https://aiplatform.googleapis.com/v1/projects/PROJECT_ID/locations/global/endpoints/openapi",
    "https://aiplatform.googleapis.com", "https://aiplatform.eu.rep.googleapis.com", "https://gitlab",
    "https://api.github.com/users/OWNER", "https://gitlab.com", "https://gitlab.example.com", "https://time.is",
    "https://oauth2.googleapis.com/", "https://token.actions.githubusercontent.com", "https://www.googleapis.com",
    "https://www.googleapis.com/auth/cloud-platform",
}  # fmt: skip
_SEGMENT: Final = re.compile(r"[\w~%+@:-]*|[\w.-]+\.(?:html|json|md)|v\d+(?:\.\d+)*")
_OF_AN_API: Final = re.compile(r"[a-z]+(?:\.[a-zA-Z]+)+")  # `projects.serviceAccounts`, in Google's reference
# Words that follow the name of a tool in a sentence.
PROSE: Final = {
    "gcloud": {"acts", "and", "asks", "has", "itself", "leaves", "may", "or", "login", "s", "is", "itself:"},
    "provision": {"broke", "does", "itself", "reads", "report", "that", "explain'"},
}


def check_address(url: str) -> None:
    """Raise AssertionError where no one declared it, and no documentation has pages so named."""
    if VALUE in url or "{" in url or url in CALLED:
        assert not re.search(r"[a-z]\.[a-z_]+/", urlsplit(url).path), f"{url}: a path is no attribute"
        return
    parts = urlsplit(url)
    assert parts.scheme == "https", f"{url}: documentation is read by https"
    assert parts.hostname in DOCUMENTATION, f"{url}: declare its host in {Path(__file__).name}"
    before = ""
    for segment in parts.path.split("/"):
        named = (
            _SEGMENT.fullmatch(segment)
            or ("/rest/" in before and _OF_AN_API.fullmatch(segment))
            or ("/blob/" in before and re.fullmatch(r"[\w.-]+", segment))
        )
        assert named, f"{url}: {segment!r} is no part of a page's address"
        before += f"/{segment}"


def check_gcloud(words: list[str]) -> None:
    """Raise AssertionError where gcloud has no such command, or the command no such flag."""
    known = gcloud_commands.commands()
    command = gcloud_commands.named(words, known)
    line = " ".join(words)
    if not command and words[0] in PROSE["gcloud"]:
        return
    assert command, f"gcloud {line}: no such command (or run tests/texts/gcloud_commands.py, where gcloud is installed)"
    flags = {word.partition("=")[0] for word in words if word.startswith("--")}
    allowed = {*known[""], *known[command]}
    allowed |= {f"--no-{flag[2:]}" for flag in allowed}
    assert flags <= allowed, f"gcloud {line}: no flag {flags - allowed}"


def check_provision(words: list[str]) -> None:
    """Raise AssertionError or what click raises where our own command line does not take it."""
    if words[0] not in commands():
        assert words[0] in PROSE["provision"], f"provision {' '.join(words)}: no such command"
        return
    context, rest = click.Context(main, info_name="provision"), list(words)
    while isinstance(context.command, click.Group) and rest:
        inner = context.command.get_command(context, rest[0])
        if inner is None:
            break
        context = click.Context(inner, info_name=rest.pop(0), parent=context)
    context.command.make_parser(context).parse_args(rest)


@pytest.mark.parametrize("url", sorted({url for _, url in reading.addresses()}))
def test_every_address_is_declared_or_a_page_of_documentation(url: str) -> None:
    check_address(url)


def test_gcloud_has_every_command_and_flag_that_is_named() -> None:
    for place, words in reading.gcloud_lines():
        try:
            check_gcloud(words)
        except AssertionError as error:
            raise AssertionError(f"{place}: {error}") from None


KINDS: Final = (
    "projects/p", "folders/1", "organizations/1", "billingAccounts/A", "serviceAccounts/a@b.c",
    "projects/p/serviceAccounts/a@b.c",
)  # fmt: skip


@pytest.mark.parametrize("make", [gcloud.add_binding, gcloud.remove_binding])
def test_gcloud_has_the_commands_that_grant_and_revoke(make: Callable[[str, str, str], str]) -> None:
    for resource in KINDS:
        line = make(resource, "user:ann@example.com", "roles/viewer")
        check_gcloud(line.split()[1:])
        named = "--condition=None" in line or "--all" in line.split()
        assert named or resource.startswith("billingAccounts/"), f"{line}: asks at a terminal, on a conditional policy"


def test_no_text_grants_a_role_by_a_command_of_its_own() -> None:
    own = [place for place, _ in reading.found(r"((?:add|remove)-iam-policy-binding \S)")]
    assert own == [], "provision.gcloud makes these commands, so that they run without a terminal on any policy"


def test_provision_has_every_command_and_option_that_is_named() -> None:
    for place, words in reading.provision_lines():
        try:
            check_provision(words)
        except (AssertionError, click.UsageError) as error:
            raise AssertionError(f"{place}: provision {' '.join(words)}: {error}") from None


def test_every_file_that_is_named_is_there() -> None:
    named = set(
        reading.found(r"(?<![\w./-])((?:docs|terraform|emulator|benchmarks)/[\w./-]+\.(?:md|json|ya?ml|tf|py))")
    )
    assert named
    assert [each for each in named if not (ROOT / each[1]).exists()] == []


def test_every_extra_that_is_named_can_be_installed() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = dict(reading.found(r"vertex-provision\[(\w+)\]")).values()
    assert named
    assert set(named) <= set(extras)


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {name for _, name in reading.found(r"`make ([\w-]+)")} <= targets


@pytest.mark.parametrize(
    ("check", "wrong"),
    [
        (check_address, "https://HOST/values.services/token"),
        (check_address, "https://cloud.google.com/values.services/token"),
        (check_address, "https://clowd.google.com/iam/docs"),
        (check_address, "http://cloud.google.com/iam/docs"),
        (check_gcloud, ["project", "list"]),
        (check_gcloud, ["projects", "list", "--projct=x"]),
        (check_provision, ["chek"]),
        (check_provision, ["check", "--projct", "x"]),
        (check_provision, ["ci", "verify", "--tokn", "x"]),
    ],
)
def test_what_no_one_has_is_found(check: Callable[[object], None], wrong: object) -> None:
    with pytest.raises((AssertionError, click.UsageError)):
        check(wrong)


def test_the_stored_commands_are_gclouds() -> None:
    table = gcloud_commands.installed()
    if table is None:
        pytest.skip("gcloud is not installed")
    known = gcloud_commands.read(table)
    deleted = {name for name in gcloud_commands.stored() if name not in known}
    assert deleted == set()
    assert all(
        not words or gcloud_commands.named(words, gcloud_commands.stored()) or words[0] in PROSE["gcloud"]
        for _, words in reading.gcloud_lines()
    ), "run tests/texts/gcloud_commands.py"
