"""The catalogs of services, their agents and their paths: `python -m emulator.generate.catalogs`, or `make catalogs`.

Services and their titles are taken from three things that Google publishes, the first that has one deciding its title:

- what `by_hand.json` holds, each row with its own source: services that stand in none of the other two;
- the discovery documents that google-api-python-client ships;
- the service configurations (`type: google.api.Service`) of a clone of https://github.com/googleapis/googleapis.

The addresses of agents stand on https://docs.cloud.google.com/iam/docs/service-agents. Cloud Foundation Fabric keeps
that page as a list (`modules/project/service-agents.yaml`), which `--agents` names; the services in it are known too.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from gcp_emulator.unserved import key

from emulator.generate.documents import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER: Final = Path(__file__).parents[1] / "gcp_emulator" / "services" / "serviceusage"
UNSERVED: Final = FOLDER.parents[1] / "unserved.json"
BY_HAND: Final = Path(__file__).with_name("by_hand.json")
HOST: Final = re.compile(r"[a-z][a-z0-9-]*\.googleapis\.com")
MOST_APIS: Final = 8
NO_SERVICE: Final = "www.googleapis.com"  # several APIs at one address, which is not what is enabled


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--googleapis", type=Path, required=True, metavar="DIR", help="a clone of googleapis/googleapis"
    )
    parser.add_argument("--agents", type=Path, required=True, metavar="FILE", help="the list of service agents")
    parser.add_argument("--agents-source", required=True, metavar="TEXT", help="where that list is from, and of when")
    given = parser.parse_args()
    agents = list(_agents(yaml.safe_load(given.agents.read_text("utf-8"))))
    titles = {agent["api"]: agent["api"] for agent in agents} | _configured(given.googleapis) | _discovered()
    titles |= {name: row["title"] for name, row in json.loads(BY_HAND.read_text("utf-8")).items()}
    today = datetime.now(UTC).date().isoformat()
    about = [
        f"discovery documents of google-api-python-client {version('google-api-python-client')}",
        f"service configurations of https://github.com/googleapis/googleapis, read {today}",
        f"services of the list of agents: {given.agents_source}",
        "emulator/generate/by_hand.json",
    ]
    _write("services.json", about, {name: titles[name] for name in sorted(titles)})
    write_unserved(about[0])
    _write(
        "agents.json",
        ["https://docs.cloud.google.com/iam/docs/service-agents", given.agents_source],
        {
            api: [[each["address"], each["role"], each["primary"]] for each in agents if each["api"] == api]
            for api in sorted({each["api"] for each in agents})
        },
    )


def write_unserved(about: str) -> None:
    """Write the APIs of the paths that nothing serves."""
    collections = _collections()
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(collections[name])}" for name in sorted(collections))
    UNSERVED.write_text(f'{{\n "about": {json.dumps([about])},\n "rows": {{\n{lines}\n }}\n}}\n', "utf-8")


def _write(name: str, about: list[str], rows: Mapping[str, Any]) -> None:
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in rows.items())
    (FOLDER / name).write_text(f'{{\n "about": {json.dumps(about)},\n "rows": {{\n{lines}\n }}\n}}\n', "utf-8")


def _documents() -> Iterator[tuple[str, Any]]:
    """The host and the text of each discovery document, the newest version of an API last."""
    found = find_spec("googleapiclient")
    assert found is not None
    assert found.submodule_search_locations is not None
    folder = Path(found.submodule_search_locations[0]) / "discovery_cache" / "documents"
    for path in sorted(folder.glob("*.json")):
        if path.name == "index.json":
            continue
        document = json.loads(path.read_text("utf-8"))
        host = document.get("rootUrl", "").removeprefix("https://").strip("/")
        if HOST.fullmatch(host) and host != NO_SERVICE:
            yield host, document


def _discovered() -> dict[str, str]:
    return {host: document["title"] for host, document in _documents()}


def _collections() -> dict[str, str]:
    """The APIs of each collection, by `unserved.key` of its paths, where not more than a few have it."""
    found: dict[str, set[str]] = {}
    for host, document in _documents():
        for method in walk(document):
            path = document.get("servicePath", "") + (method.get("flatPath") or method["path"])
            if named := key(path):
                found.setdefault(named, set()).add(host)
    return {name: " ".join(sorted(hosts)) for name, hosts in found.items() if len(hosts) <= MOST_APIS}


def _configured(clone: Path) -> dict[str, str]:
    titles = {}
    for path in sorted(clone.rglob("*.yaml")):
        text = path.read_text("utf-8", "replace")
        if not text.startswith("type: google.api.Service\n"):
            continue
        name = re.search(r"^name: (\S+)$", text, re.MULTILINE)
        title = re.search(r"^title: (.+)$", text, re.MULTILINE)
        if name and title and HOST.fullmatch(name[1]):
            titles[name[1]] = title[1].strip("'\" ")
    return titles


def _agents(listed: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in listed:
        if row["api"]:
            address = row["identity"].replace("${universe_domain}", "").replace("${project_number}", "{number}")
            yield {"api": row["api"], "address": address, "role": row["role"] or "", "primary": row["is_primary"]}


if __name__ == "__main__":
    main()
