"""`--data-dir`: what was acknowledged is there again, whatever ended the process."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest
import requests
from gcp_emulator import services
from gcp_emulator.clock import Clock
from gcp_emulator.persistence import Database
from gcp_emulator.server import Running, StartError, running
from gcp_emulator.store import State, Table


def _state(ready: Running) -> Any:
    def dump(sandbox: Any) -> Any:
        state: State = sandbox.state
        return {name: [asdict(row) for row in state[table]] for name, table in Table.declared.items()}

    return ready.do(dump)


def _call(ready: Any, verb: str, path: str, body: Any = None) -> Any:
    answer = requests.request(
        verb, ready["rest_url"] + path, json=body, headers={"authorization": f"Bearer {ready['token']}"}, timeout=10
    )
    return answer.json()


def test_a_state_comes_back_as_it_was(tmp_path: Path) -> None:
    with running(grpc=False, clock=0, data_dir=tmp_path / "data") as ready:
        operation = _call(ready, "POST", "/v3/projects", {"projectId": "my-team-chat"})
        ready.advance(100)
        _call(ready, "GET", f"/v3/{operation['name']}")
        _call(ready, "DELETE", f"/v1/projects/{ready['empty_project']}")
        before, message, now = _state(ready), dict(ready), ready.do(lambda sandbox: sandbox.state.clock.now())
        serial = ready.do(lambda sandbox: sandbox.state.serial)
    with running(grpc=False, clock=0, data_dir=tmp_path / "data") as ready:
        assert _state(ready) == before
        assert ready["token"] == message["token"]
        assert {name: ready[name] for name in ("project", "organization", "billing_account")} == {
            name: message[name] for name in ("project", "organization", "billing_account")
        }
        assert ready.do(lambda sandbox: sandbox.state.serial) == serial
        assert ready.do(lambda sandbox: sandbox.state.clock.now()) >= now
        assert _call(ready, "GET", "/v3/projects/my-team-chat")["state"] == "ACTIVE"


def test_an_operation_that_was_running_goes_on(tmp_path: Path) -> None:
    with running(grpc=False, clock=0, data_dir=tmp_path) as ready:
        operation = _call(ready, "POST", "/v3/projects", {"projectId": "my-team-chat"})
    with running(grpc=False, clock=0, data_dir=tmp_path) as ready:
        taken = _call(ready, "POST", "/v3/projects", {"projectId": "my-team-chat"})
        assert taken["error"]["status"] == "ALREADY_EXISTS"
        ready.advance(1)
        assert _call(ready, "GET", f"/v3/{operation['name']}")["done"] is True


def test_a_reset_is_kept_too(tmp_path: Path) -> None:
    with running(grpc=False, clock=0, data_dir=tmp_path) as ready:
        _call(ready, "POST", "/v3/projects", {"projectId": "my-team-chat"})
        ready.reset()
        before = _state(ready)
    with running(grpc=False, clock=0, data_dir=tmp_path) as ready:
        assert _state(ready) == before


def test_a_state_keeps_its_seed_whatever_the_next_start_says(tmp_path: Path) -> None:
    with running(grpc=False, seed=7, data_dir=tmp_path) as ready:
        organization = ready["organization"]
    with running(grpc=False, seed=8, data_dir=tmp_path) as ready:
        ready.reset()
        assert organization in ready.do(lambda sandbox: sandbox.state.state()["resourcemanager.organizations"])


def test_a_state_of_another_version_is_said_so(tmp_path: Path) -> None:
    with running(grpc=False, data_dir=tmp_path):
        pass
    with sqlite3.connect(tmp_path / "state.sqlite3") as connection:
        connection.execute("UPDATE rows SET body = '{\"color\": \"red\"}' WHERE name = 'billing.accounts'")
    connection.close()
    with pytest.raises(StartError) as error, running(grpc=False, data_dir=tmp_path):
        pass
    assert "another version" in error.value.cause


def test_two_sandboxes_do_not_share_a_state(tmp_path: Path) -> None:
    with (
        running(grpc=False, data_dir=tmp_path),
        pytest.raises(StartError) as error,
        running(grpc=False, data_dir=tmp_path),
    ):
        pass
    assert "another sandbox works on it" in error.value.cause


def test_a_directory_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError) as error, running(grpc=False, data_dir=tmp_path / "file"):
        pass
    assert "--data-dir" in error.value.fix


def test_what_is_on_disk_is_for_its_owners_eyes(tmp_path: Path) -> None:
    with running(grpc=False, data_dir=tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "data" / "state.sqlite3").stat().st_mode & 0o777 == 0o600


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    ready_file, data = tmp_path / "ready.json", tmp_path / "data"
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    command = [
        sys.executable,
        "-m",
        "gcp_emulator",
        "serve",
        "--ready-file",
        str(ready_file),
        "--data-dir",
        str(data),
    ]

    def start() -> tuple[subprocess.Popen[bytes], Any]:
        ready_file.unlink(missing_ok=True)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not ready_file.exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return process, json.loads(ready_file.read_text())

    process, ready = start()
    acknowledged = []
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {ready['token']}"
        for number in range(40):
            name = f"name {number:03}"
            answer = session.put(f"{ready['rest_url']}/v1/projects/{ready['project']}", json={"name": name}, timeout=10)
            assert answer.status_code == 200
            acknowledged.append(name)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process, ready = start()
    try:
        assert _call(ready, "GET", f"/v1/projects/{ready['project']}")["name"] == acknowledged[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_full_disk_refuses_writes_and_serves_reads(tmp_path: Path) -> None:
    with running(grpc=False, clock=0, propagation=0, data_dir=tmp_path / "data") as ready:
        project = f"/v1/projects/{ready['project']}"
        pages(ready, 1)
        refused: Any = {}
        for number in range(40):  # until no page has room
            account = {"accountId": f"my-robot-{number}", "serviceAccount": {"description": "x" * 250}}
            refused = _call(ready, "POST", f"{project}/serviceAccounts", account)
            if "error" in refused:
                break
        assert "database or disk is full" in refused["error"]["message"]
        full = _state(ready)
        named = {"projectId": "my-team-chat", "parent": ready["organization"]}
        assert "error" in _call(ready, "POST", "/v3/projects", named)
        kept = _call(ready, "POST", "/sandbox/v1/snapshots/full")
        assert "cannot write its snapshots (database or disk is full)" in kept["error"]
        assert _call(ready, "GET", "/sandbox/v1/snapshots") == []
        assert {**_state(ready), "serviceusage.uses": ...} == {**full, "serviceusage.uses": ...}
        assert _call(ready, "GET", project)["projectId"] == ready["project"]
        pages(ready, 100_000)
        made = _call(ready, "POST", "/v3/projects", named)
        ready.advance(5)
        assert _call(ready, "GET", f"/v3/{made['name']}")["done"]


def pages(ready: Running, most: int) -> None:
    """Let the file have no more pages than this, or than it has."""

    def limit(sandbox: Any) -> None:
        sandbox.database._connection.execute(f"PRAGMA max_page_count = {most}")

    ready.do(limit)


@pytest.mark.parametrize("damage", ["all of it", "its pages"])
def test_a_damaged_file_is_said_so(tmp_path: Path, damage: str) -> None:
    with running(grpc=False, data_dir=tmp_path):
        pass
    file = tmp_path / "state.sqlite3"
    content = file.read_bytes()
    file.write_bytes(b"not a database" * 100 if damage == "all of it" else content[:4096] + b"A" * len(content[4096:]))
    with pytest.raises(StartError) as refused, running(grpc=False, data_dir=tmp_path):
        pass
    assert "is damaged" in refused.value.cause


SYNTHETIC = {"str": "x", "int": 1, "float": 1.5, "bool": True, "dict": {"k": 1}, "list": ["k"], "Json": {"k": 1}}


def _row(table: Table[Any]) -> Any:
    """A row with a value in every field, none of them its default."""
    values = {each.name: SYNTHETIC[re.split(r"\W", str(each.type))[0]] for each in fields(table.record)}
    return table.record(**values | {table.key: "a row of every table"})


def write_and_die(directory: str) -> None:
    """Write a row of every table, and be killed as soon as that is acknowledged."""
    services.import_all()
    state = State(Clock(0))
    for table in Table.declared.values():
        if table.name != CARRIED_OUT:
            state[table].put(_row(table))
    Database(Path(directory)).commit(state)
    os.kill(os.getpid(), signal.SIGKILL)


CARRIED_OUT = "operations"
"""A row of this one is carried out, so it cannot be made up; another test has one that goes on."""
WRITE = "import sys; from emulator.tests.test_persistence import write_and_die; write_and_die(sys.argv[1])"
READ = """
import sys
from pathlib import Path
from gcp_emulator import server
from gcp_emulator.clock import Clock
from gcp_emulator.store import State, Table
state = State(Clock(0))
server._load(server._open(Path(sys.argv[1])), state)
print(sorted(name for name, table in Table.declared.items() if "a row of every table" in state[table]))
"""


def test_a_row_of_every_table_there_is_outlives_a_killed_process(tmp_path: Path) -> None:
    services.import_all()
    source = Path(services.__file__).parent.parent
    named = {
        name
        for path in source.rglob("*.py")
        for name in re.findall(r"= Table\(\s*\"([^\"]+)\"", path.read_text("utf-8"))
    }
    assert named <= set(Table.declared)
    killed = subprocess.run([sys.executable, "-c", WRITE, tmp_path], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    command = [sys.executable, "-c", READ, str(tmp_path)]
    read = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert read.stdout.strip() == str(sorted(set(Table.declared) - {CARRIED_OUT})), read.stderr
