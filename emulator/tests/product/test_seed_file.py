"""`--seed-file FILE`: what it may hold, what comes of it, and every problem at once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gcp_emulator import seed_file
from gcp_emulator.seed_file import BadSeedFileError
from gcp_emulator.seed_model import PARTS, SECTIONS, keys
from gcp_emulator.server import BadFileError, running

from emulator.tests.conftest import Cloud

PAGE = Path(__file__).parents[2] / "docs" / "seed-file.md"


@pytest.fixture(scope="module")
def example() -> str:
    """The example of the page."""
    return PAGE.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]


@pytest.fixture
def shop(example: str, tmp_path: Path) -> Iterator[Cloud]:
    file = tmp_path / "seed.yaml"
    file.write_text(example)
    with running(clock=0, grpc=False, seed_file=file) as ready:
        cloud = Cloud(ready)
        with cloud.session:
            yield cloud


def test_the_page_has_an_example_of_every_key(example: str) -> None:
    for section in SECTIONS:
        assert f"{section}:" in example
    for model in (*SECTIONS.values(), *PARTS.values()):
        assert [name for name in keys(model) if f"{name}:" not in example] == []


def test_the_page_tells_every_key() -> None:
    page = PAGE.read_text("utf-8")
    for model in (*SECTIONS.values(), *PARTS.values()):
        for name, message in keys(model).items():
            assert f"| `{name}` | {message}" in page, name


def test_projects_are_where_the_example_puts_them(shop: Cloud) -> None:
    project = shop.get("/v3/projects/shop-prod")
    assert project["displayName"] == "Shop live"
    assert project["name"] == "projects/300000000001"
    assert project["parent"] == "folders/200000000001"
    assert project["labels"] == {"env": "prod"}
    folder = shop.get("/v3/folders/200000000001")
    assert folder["displayName"] == "Teams"
    assert folder["parent"] == "organizations/100000000001"
    assert shop.get("/v3/projects/shop-old")["state"] == "DELETE_REQUESTED"


def test_billing_is_as_the_example_says(shop: Cloud) -> None:
    info = shop.get("/v1/projects/shop-prod/billingInfo")
    assert info["billingAccountName"] == "billingAccounts/0A1B2C-3D4E5F-678901"
    assert info["billingEnabled"] is True
    assert shop.get("/v1/projects/shop-late/billingInfo")["billingEnabled"] is False
    assert shop.get("/v1/billingAccounts/0A1B2C-3D4E5F-678901")["currencyCode"] == "EUR"


def test_accelerators_are_those_of_the_example(shop: Cloud) -> None:
    quota = "services/aiplatform.googleapis.com/quotaInfos/CustomModelServingH100GPUsPerProjectPerRegion"
    info = shop.get(f"/v1/projects/shop-prod/locations/global/{quota}")
    assert {each["details"]["value"] for each in info["dimensionsInfos"]} == {"2"}


def test_services_are_usable_and_endpoints_answer(shop: Cloud) -> None:
    assert "aiplatform.googleapis.com" in shop.enabled("shop-prod")
    endpoints = shop.get("/v1/projects/shop-prod/locations/europe-west4/endpoints")["endpoints"]
    assert [each["displayName"] for each in endpoints] == ["assistant"]
    assert endpoints[0]["dedicatedEndpointEnabled"] is True
    chat = {"model": "openai/gpt-oss-120b-maas", "messages": [{"role": "user", "content": "hello"}]}
    path = "/v1/projects/shop-prod/locations/global/endpoints/openapi/chat/completions"
    assert shop.post(path, chat)["choices"]


def test_policies_groups_and_service_accounts_decide_who_may(shop: Cloud) -> None:
    def asked(member: str, project: str) -> int:
        token = shop.ready.token_for(member)
        url = f"{shop['rest_url']}/v3/projects/{project}"
        with shop.session.get(url, headers={"authorization": f"Bearer {token}"}, timeout=30) as answer:
            return answer.status_code

    assert asked("user:ann@acme.example.com", "shop-prod") == 200  # in the group that may, from the folder down
    assert asked("user:bob@acme.example.com", "shop-prod") == 200  # of the domain
    assert asked("user:bob@elsewhere.example", "shop-prod") == 403
    assert asked("user:ann@acme.example.com", "sandbox-ready") == 403
    account = shop.get("/v1/projects/shop-prod/serviceAccounts/ci-deploy@shop-prod.iam.gserviceaccount.com")
    assert account["displayName"] == "Deploys"


def test_organization_policies_are_in_force(shop: Cloud) -> None:
    name = "projects/300000000001/policies/iam.disableServiceAccountKeyCreation"
    assert shop.get(f"/v2/{name}")["spec"]["rules"] == [{"enforce": True}]


def test_a_reset_begins_with_the_same_state(shop: Cloud) -> None:
    before = shop.get("/sandbox/v1/state")
    shop("DELETE", "/v3/projects/shop-prod")
    shop.post("/sandbox/v1/reset")
    after = shop.get("/sandbox/v1/state")
    assert after["resourcemanager.projects"] == before["resourcemanager.projects"]


@pytest.mark.parametrize("content", ["", "# nothing\n", "projects:\n", "groups: {}\n"])
def test_a_state_of_nothing_is_the_usual_one(content: str, tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(content)
    with running(grpc=False, seed_file=file) as ready:
        assert list(ready.state()["resourcemanager.projects"]) == ["sandbox-empty", "sandbox-host", "sandbox-ready"]


ANYTHING: list[Any] = [None, [None], {"a": []}, 1.5]

WRONG = """\
organisations: {}
folders:
  a: {parent: b}
  b: {parent: a}
  c: {}
projects:
  shop-prod: {parent: nowhere, number: 300000000001, billing: no one, state: GONE}
  shop-test: {number: 300000000001, labels: {Env: prod}, services: [nope], policy: [{role: viewer, members: [ann]}]}
  shop-test: {display_name: x}
  sandbox-ready: {}
  Shop: []
billing_accounts:
  main: {id: "123", open: maybe}
groups:
  team: [ann]
"""


def test_what_stands_twice_is_reported_first(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(WRONG)
    with pytest.raises(BadSeedFileError) as caught:
        seed_file.read(file)
    assert [each.removeprefix(f"{file}:") for each in caught.value.problems] == [
        "9: projects.shop-test: it is here twice"
    ]


def test_every_problem_is_reported_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(WRONG.replace("  shop-test: {display_name: x}\n", ""))
    with pytest.raises(BadSeedFileError) as caught:
        seed_file.read(file)
    places = {tuple(each.removeprefix(f"{file}:").split(": ")[:2]) for each in caught.value.problems}
    assert places == {
        ("1", "organisations"),
        ("3", "folders.a.parent"),
        ("4", "folders.b.parent"),
        ("5", "folders.c.parent"),
        ("7", "projects.shop-prod.parent"),
        ("7", "projects.shop-prod.billing"),
        ("7", "projects.shop-prod.state"),
        ("8", "projects.shop-test.number"),
        ("8", "projects.shop-test.labels.Env"),
        ("8", "projects.shop-test.services.0"),
        ("8", "projects.shop-test.policy.0.role"),
        ("8", "projects.shop-test.policy.0.members.0"),
        ("9", "projects.sandbox-ready"),
        ("10", "projects.Shop"),
        ("12", "billing_accounts.main.id"),
        ("12", "billing_accounts.main.open"),
        ("14", "groups.team"),
        ("14", "groups.team.0"),
    }


@pytest.mark.parametrize(
    "content", ["a: [", "\x00", "- a\n- b\n", "just text", "&a [*a]", "a: &a {b: *a}", "42", "[" * 500]
)
def test_what_is_no_state_is_reported_and_never_breaks(content: str, tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(content)
    with pytest.raises(BadSeedFileError) as caught:
        seed_file.read(file)
    assert all(str(file) in each for each in caught.value.problems)


@pytest.mark.parametrize(
    "given",
    [{"projects": {"shop-prod": {key: value}}} for key in keys(SECTIONS["projects"]) for value in ANYTHING],
)
def test_no_value_breaks_it(given: dict[str, Any]) -> None:
    """Each is refused, or a state comes of it."""
    with contextlib.suppress(BadFileError), running(grpc=False, seed_file=given) as ready:
        assert "shop-prod" in ready.state()["resourcemanager.projects"]


def test_the_command_tells_all_and_exits_2(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text("projects:\n  shop-prod: {parent: nowhere}\n  x: {}\n")
    words = [sys.executable, "-m", "gcp_emulator", "run", "--seed-file", str(file), "--", "true"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"{file}:2: projects.shop-prod.parent: there is no 'nowhere'" in done.stderr
    assert f"{file}:3: projects.x:" in done.stderr
