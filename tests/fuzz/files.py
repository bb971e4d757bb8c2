"""Hostile and damaged files of every kind that the toolkit reads, drawn from a seed.

``python -m tests.fuzz.files --cases 2000`` reads them all; `make test` a small sample. A file may be taken or refused
with one of our errors; anything else that comes out of it, and whatever takes longer than `PATIENCE_S`, is a mistake.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import yaml
from gcp_emulator.cli.options import faults_in
from gcp_emulator.faults import BadFaultError
from gcp_emulator.secret import Secrets
from gcp_emulator.server import Instance, Options, StartError

from provision import baseline
from provision.commands import plan_file
from provision.config import load, read_target
from provision.errors import ProvisionError
from provision.journal import Scope, ledger, read_whole
from provision.undo import made, owned_resources, unmade

PATIENCE_S: Final = 10
CONFIG: Final[dict[str, Any]] = {
    "project": {"id": "my-team-chat", "labels": {"team": "chat"}},
    "billing": {"account": "000000-AAAAAA-111111"},
    "services": ["aiplatform.googleapis.com"],
    "model": {"id": "openai/gpt-oss-120b-maas"},
    "ci": {"provider": "github", "repository": "a/b", "attributes": {"ref": "assertion.ref"}},
    "limits": {"call_timeout": 5},
    "waivers": [{"check": "billing.account", "owner": "ann", "reason": "soon", "expires": "2027-01-01"}],
}
_HEAD: Final = {"version": 3, "time": "2026-11-30T12:00:00+00:00", "run": "r"}
JOURNAL: Final[list[dict[str, Any]]] = [
    {
        **_HEAD,
        "record": "run",
        "command": "apply",
        "target": "sandbox",
        "target_address": "",
        "project_id": "p",
        "pid": 1,
    },
    {**_HEAD, "record": "intent", "id": "i", "change": {"action": "enable", "resource": "projects/p/services"}},
    {
        **_HEAD,
        "record": "call",
        "id": "c",
        "mutation": {
            "service": "serviceusage.googleapis.com",
            "method": "BatchEnableServices",
            "resource": "projects/p",
            "does": {"services": ["a.googleapis.com"]},
            "before": None,
        },
    },
    {**_HEAD, "record": "answer", "id": "c", "status": "OK", "operation": "operations/1"},
    {**_HEAD, "record": "operation", "operation": "operations/1", "status": "OK"},
    {**_HEAD, "record": "deleted", "names": ["projects/p/services/a.googleapis.com"]},
    {**_HEAD, "record": "outcome", "id": "i", "outcome": "done", "detail": "", "measured": {"x": 1.0}},
    {**_HEAD, "record": "end", "result": "ready"},
]
SCOPE: Final = Scope(target="sandbox", address="", project_id="p")
PLAN: Final[dict[str, Any]] = {
    "format": plan_file.FORMAT,
    "version": plan_file.VERSION,
    "created": "2026-11-30",
    "target": "sandbox",
    "target_address": "",
    "project_id": "p",
    "principal": "ann@example.com",
    "config": "sha256:0",
    "settings": {"project.id": "p"},
    "given": {"project.id": "option --project"},
    "changes": [{"step": "billing", "action": "link", "resource": "projects/p/billingInfo", "why": "because"}],
}
READY: Final = {"rest_url": "http://127.0.0.1:1", "credentials_file": "/x", "project": "p"}
BASELINE: Final = {
    "schema_version": 1,
    "command": "check",
    "project_id": "p",
    "target": "sandbox",
    "started": "2026-01-01",
    "verdict": "ready",
    "checks": [{"id": "a.b", "status": "pass"}],
}
WORLD: Final[dict[str, Any]] = {
    "organizations": {"corp.example": {"policy": [{"role": "roles/viewer", "members": ["user:ann@corp.example"]}]}},
    "folders": {"team": {"parent": "corp.example", "id": "123456"}},
    "billing_accounts": {"corp": {"open": True, "currency": "EUR", "parent": "corp.example"}},
    "projects": {
        "team-chat": {
            "parent": "team",
            "number": "1234567",
            "billing": "corp",
            "services": ["aiplatform.googleapis.com"],
            "labels": {"team": "chat"},
            "service_accounts": {"runtime": {"display_name": "runs"}},
            "endpoints": [{"location": "us-central1", "display_name": "own"}],
            "organization_policies": {"gcp.resourceLocations": {"rules": [{"allowAll": True}]}},
        }
    },
    "groups": {"team@corp.example": ["user:ann@corp.example"]},
}
FAULTS: Final[list[dict[str, Any]]] = [
    {"method": "*/GetProject", "first": 2, "status": 429, "reason": "R", "metadata": {"a": "b"}},
    {"error": "BILLING_DISABLED", "match": {"project": "p"}},
    {"method": "*/ChatCompletions", "cut_stream_after": 1, "latency_ms": {"p50": 1, "p95": 2}},
    {"method": "*/CreateProject", "lro_error": {"code": 7, "message": "no", "details": [{"@type": "t/x"}]}},
    {"method": "GET /v3/projects/*", "probability": 0.5, "raw_body": "{}", "content_type": "text/html"},
]
# What a value is replaced with: the wrong kind, too much, or what breaks a reader that trusts it.
VALUES: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 2**63, 10**400, 1e308, float("nan"), "", " ", "\x00", "\ud800", "x" * 100_000, "../../x",
    "${HOME}", "$(id)", "'; DROP", "\x1b]0;x\x07", [], {}, [[]], {"": {}}, [None], "2026-13-45", "\u202e", "0o17",
)  # fmt: skip


def _mutated(document: Any, rng: random.Random) -> Any:
    """Return the document with one of its parts replaced, removed or doubled."""
    document = copy.deepcopy(document)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            places.append((node, key))
            walk(value)

    walk(document)
    if places:
        node, key = rng.choice(places)
        if rng.random() < 0.2:
            del node[key]
        else:
            node[key] = copy.deepcopy(rng.choice(VALUES))
            if isinstance(node, dict) and rng.random() < 0.2:
                node[rng.choice(["", "\x00", "unknown", "__class__"])] = node[key]
    return document


JUNK: Final = (
    b"\xff\xfe", b"\x00" * 20, b"\xef\xbb\xbf", b"{" * 5000, b"[" * 100_000, b"9" * 5000, b"\r", b"\t\t", b"&a *a",
    b"!!python/object:os.system x\n",
)  # fmt: skip


def _damaged(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes cut off, doubled, or with something in the middle."""
    at, junk = rng.randrange(len(content) + 1), rng.choice(JUNK)
    return rng.choice([content[:at], content[:at] + junk + content[at:], content[at:], content + content, junk])


ALIAS_BOMB: Final = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
)
WHOLE: Final[dict[str, tuple[bytes, ...]]] = {
    "config": (
        ALIAS_BOMB + b"project: {labels: *j}\n",
        b"project: &p {labels: *p}\n",
        b"services: " + b"[" * 3000,
        b"services:\n" + b"- x.googleapis.com\n" * 50_000,
        b"limits: {call_timeout: " + b"9" * 400 + b"}\n",
        b"? [a]\n: b\n",
        b"project: {id: !!binary AAAA}\n",
        b"--- a\n--- b\n",
        b"<<: {project: {id: x}}\n",
    ),
    "journal": (b"\n" * 10_000, b"[" * 200_000, b'{"version": 3, "record": "run", "pid": ' + b"9" * 5000 + b"}"),
    "plan": (b"[" * 200_000, b'{"format": "provision plan", "version": 1, "changes": 3}'),
    "ready": (b"[" * 200_000,),
    "baseline": (b"[" * 200_000,),
    "world": (
        ALIAS_BOMB + b"projects: *j\n",
        b"projects: &p {x: *p}\n",
        b"projects: " + b"[" * 100_000,
        b"projects: " + b"{a: " * 50_000,
        b"folders: {a: {parent: b}, b: {parent: a}}\n",
        b"? [a]\n: b\n",
        b"projects: {team-chat: {number: " + b"9" * 5000 + b"}}\n",
        b"<<: [{projects: {}}, {users: []}]\n",
        b"--- a\n--- b\n",
        b"projects: !!python/object:os.system {}\n",
        b"users: [a@b.c]\r\ngroups: {}\r\n",
    ),
    "faults": (
        b"[" * 200_000,
        b'[{"method": "*", "status": ' + b"9" * 5000 + b"}]",
        b'[{"method": "*", "status": 429, "metadata": ' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"}]",
        b'\xef\xbb\xbf[{"method": "*", "status": 429}]\r\n',
        b'[{"method": "*", "status": 429, "message": "\\ud800"}]',
        b'[{"method": "*", "status": 429, "content_type": "a\\r\\nb", "raw_body": ""}]',
        b'[{"method": "*", "status": 429, "details": [{"@type": 7}]}]',
        b'[{"method": "' + b"*?[" * 3000 + b'", "status": 429}]',
    ),
}


def _yaml(document: Any) -> bytes:
    try:
        return yaml.safe_dump(document).encode("utf-8", "surrogatepass")
    except yaml.YAMLError:
        return repr(document).encode("utf-8", "surrogatepass")


def _json(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8", "surrogatepass")


def _lines(records: Any) -> bytes:
    return b"".join(_json(record) + b"\n" for record in records)


def _read_config(path: Path) -> None:
    load(file=path, file_required=True, check_ids=lambda: ("billing.account",))


def _read_journal(path: Path) -> None:
    contents = read_whole(path)
    mutations = ledger.mutations(contents.records, SCOPE)
    for each in mutations:
        made(each.mutation)
        unmade(each.mutation)
    owned_resources(mutations, ledger.deleted(contents.records, SCOPE))
    ledger.headless(contents.records)
    ledger.elsewhere(contents.records, SCOPE)
    ledger.median_s(contents.records, "x")
    ledger.runs(contents.records)


def _read_world(path: Path) -> None:
    Instance(Options(seed_file=path), _secrets)  # it is built, and does not listen


def _read_faults(path: Path) -> None:
    active = _instance().sandbox.faults
    active.add(faults_in(path))
    active.show()
    active.rules.clear()


@cache
def _secrets() -> Secrets:
    return Secrets.new()  # a key takes a while to make


@cache
def _instance() -> Instance:
    return Instance(Options(), _secrets)


@dataclass(frozen=True)
class Kind:
    """One kind of file: a good one, how it is written, and who reads it."""

    good: Any
    write: Callable[[Any], bytes]
    read: Callable[[Path], object]


KINDS: Final = {
    "config": Kind(CONFIG, _yaml, _read_config),
    "journal": Kind(JOURNAL, _lines, _read_journal),
    "plan": Kind(PLAN, _json, plan_file.read),
    "ready": Kind(READY, _json, read_target),
    "baseline": Kind(BASELINE, _json, lambda path: baseline.read(path, project_id="p", target="sandbox")),
    "world": Kind(WORLD, _yaml, _read_world),
    "faults": Kind(FAULTS, _json, _read_faults),
}


def cases(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield files with their kind: first those that are whole attacks, then drawn ones."""
    for kind, contents in WHOLE.items():
        for content in contents:
            yield kind, content
    rng = random.Random(seed)  # noqa: S311 - drawn again from the same seed
    names = list(KINDS)
    for number in range(count):
        name = names[number % len(names)]
        document = KINDS[name].good
        for _ in range(rng.choice([1, 1, 2, 3])):
            document = _mutated(document, rng)
        content = KINDS[name].write(document)
        if name == "plan" and rng.random() < 0.7:
            with contextlib.suppress(ValueError, UnicodeError, AttributeError):
                body = json.loads(json.dumps(document))
                body.pop("digest", None)
                content = _json({**body, "digest": plan_file._digest(body)})
        yield name, _damaged(content, rng) if rng.random() < 0.4 else content


TOLD: Final = (ProvisionError, StartError, BadFaultError, click.UsageError)
"""How a file is refused: these are told in words, without a traceback."""


def _late(signum: int, frame: object) -> None:
    raise TimeoutError(f"more than {PATIENCE_S} s")


def failures(count: int, seed: int, folder: Path) -> Iterator[tuple[str, bytes, BaseException]]:
    """Read each file; yield those that ended otherwise than well or in one of our errors."""
    path = folder / "file"
    before = signal.signal(signal.SIGALRM, _late)
    try:
        for kind, content in cases(count, seed):
            path.write_bytes(content)
            signal.alarm(PATIENCE_S)
            try:
                KINDS[kind].read(path)
            except TOLD as error:
                if not str(error).strip() or len(str(error)) > 20_000:
                    yield kind, content, error
            except Exception as error:  # noqa: BLE001 - that is what is looked for
                yield kind, content, error
            finally:
                signal.alarm(0)
    finally:
        signal.signal(signal.SIGALRM, before)


def main() -> int:
    """Read as many as were asked for, and say what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = list(failures(options.cases, options.seed, Path(folder)))
    for kind, content, error in found[:20]:
        sys.stdout.write(f"{kind}: {type(error).__name__}: {str(error)[:200]}\n    {content[:600]!r}\n")
    total = options.cases + sum(map(len, WHOLE.values()))
    counted = Counter(f"{kind} {type(error).__name__}" for kind, _, error in found)
    sys.stdout.write(f"{total} files: {len(found)} tracebacks or hangs {dict(counted) or ''}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
