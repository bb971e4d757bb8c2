"""Apply and destroy in a sandbox that refuses, forgets answers and is shared, by a program that is killed.

One seed is one history: what is there before, which calls are refused, lost or slow, when the program is killed, and
who else is at work. `live` lives it and raises `Broken` where a promise was not kept.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from gcp_emulator.server import Running, running

from provision.clients import Clients
from provision.commands.apply import apply
from provision.commands.destroy import destroy
from provision.commands.recovery import scope_of
from provision.config import Config, Target, load
from provision.errors import ProvisionError
from provision.google.transport import CallLog, Transport
from provision.journal import Journal, ledger, read
from provision.plan import Run
from provision.undo import DestroyOptions
from tests.comparing import without_traces

ATTEMPTS = 12  # of one command, until it must have got there
FOREIGN_SERVICE = "storage.googleapis.com"
CALLS = {
    "CreateProject": "*Projects/CreateProject",
    "UpdateProjectBillingInfo": "*UpdateProjectBillingInfo",
    "BatchEnableServices": "*BatchEnableServices",
    "SetIamPolicy": "*resourcemanager.v3.Projects/SetIamPolicy",
    "CreateServiceAccount": "google.iam.admin.v1.IAM/CreateServiceAccount",
}
UNDOING = {
    "DisableService": "*ServiceUsage/DisableService",
    "UpdateProjectBillingInfo": "*UpdateProjectBillingInfo",
    "SetIamPolicy": "*resourcemanager.v3.Projects/SetIamPolicy",
    "DeleteServiceAccount": "google.iam.admin.v1.IAM/DeleteServiceAccount",
    "DeleteProject": "*Projects/DeleteProject",
}
READS = (
    "*Projects/GetProject",
    "*GetProjectBillingInfo",
    "*BatchGetServices",
    "*Projects/GetIamPolicy",
    "*ListEndpoints",
)
# The sandbox's names of the methods whose mutations the journal holds.
NAMES = {
    "google.cloud.resourcemanager.v3.Projects/CreateProject": "CreateProject",
    "google.cloud.resourcemanager.v3.Projects/DeleteProject": "DeleteProject",
    "google.cloud.resourcemanager.v3.Projects/SetIamPolicy": "SetIamPolicy",
    "google.cloud.billing.v1.CloudBilling/UpdateProjectBillingInfo": "UpdateProjectBillingInfo",
    "google.api.serviceusage.v1.ServiceUsage/BatchEnableServices": "BatchEnableServices",
    "google.api.serviceusage.v1.ServiceUsage/DisableService": "DisableService",
    "google.iam.admin.v1.IAM/CreateServiceAccount": "CreateServiceAccount",
    "google.iam.admin.v1.IAM/DeleteServiceAccount": "DeleteServiceAccount",
}


class Broken(AssertionError):
    """A promise was not kept."""


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Tally:
    """What one history held."""

    seed: int = 0
    faults: int = 0
    kills: int = 0
    real_kills: int = 0
    torn_lines: int = 0
    foreign_writes: int = 0
    second_applies: int = 0
    attempts: int = 0
    destroyed: int = 0
    destroy_kills: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: value + getattr(other, name) for name, value in vars(self).items()})


class Mortal(Transport):
    """A transport that ends at its n-th call, before it is sent or after it was carried out."""

    def __init__(self, like: Transport, fatal: int, *, sent: bool) -> None:
        super().__init__(
            credentials=like.credentials,
            address=like.address,
            call_timeout_s=like.call_timeout_s,
            retry_budget_s=like.retry_budget_s,
            log=like.log,
            sleep=like.sleep,
        )
        self.__dict__.update(fatal=fatal, sent=sent, count=0, lock=threading.Lock())

    def call(self, *arguments: Any, **named: Any) -> Any:
        with self.__dict__["lock"]:
            self.__dict__["count"] += 1
            mine = self.__dict__["count"]
        if mine < self.__dict__["fatal"]:
            return super().call(*arguments, **named)
        if mine == self.__dict__["fatal"] and self.__dict__["sent"]:
            log = self.log

            class Dead(CallLog):
                """No one is left to write the answer down."""

                def end(self, *_: Any, **__: Any) -> None:
                    raise Killed

            dead = Dead(recorder=log.recorder)
            Transport(
                credentials=self.credentials, address=self.address, call_timeout_s=self.call_timeout_s, log=dead
            ).call(*arguments, **named)
        raise Killed


@dataclass
class History:
    """One seed's history in one sandbox."""

    seed: int
    folder: Path
    sandbox: Running
    real: bool
    chance: random.Random = field(init=False)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - so that a history can be lived again
        self.tally = Tally(seed=0)
        self.fresh = self.chance.random() < 0.4
        self.project = f"chaos-{self.seed}" if self.fresh else self.sandbox["empty_project"]
        self.journals = [self.folder / "journal.jsonl", self.folder / "other-machine.jsonl"]
        self.stop = threading.Event()
        self.added: list[str] = []
        self.broken: list[BaseException] = []
        self.writes = 0

        parent, account = self.sandbox["organization"], self.sandbox["billing_account"]
        lines = [
            f"project: {{id: {self.project}, create: {str(self.fresh).lower()}, parent: {parent}}}",
            f"billing: {{account: {account}}}",
            "limits: {usable_interval: 0, call_timeout: 3, usable_timeout: 20}",
            *(["identity: {service_account: chaos-runtime}"] if self.seed % 2 else []),
        ]
        (self.folder / "provision.yaml").write_text("\n".join(lines) + "\n")

    @property
    def config(self) -> Config:
        target = Target(
            name="sandbox",
            address=self.sandbox["rest_url"],
            credentials_file=Path(self.sandbox["credentials_file"]),
            project_id=self.project,
        )
        return load(file=self.folder / "provision.yaml", target=target)

    # What others own.

    def ask(self, verb: str, path: str, body: Any = None) -> requests.Response:
        headers = {"authorization": f"Bearer {self.sandbox['token']}"}
        return requests.request(verb, self.sandbox["rest_url"] + path, json=body, headers=headers, timeout=10)

    def settle_in(self) -> None:
        """Put there what is foreign before anything else happens."""
        if self.fresh:
            return
        policy = self.policy()
        expression = 'request.time < timestamp("2031-01-01T00:00:00Z")'
        theirs = [
            {"role": "roles/viewer", "members": ["user:before@example.com", "group:team@example.com"]},
            {
                "role": "roles/aiplatform.user",
                "members": ["user:soon-over@example.com"],
                "condition": {"title": "soon over", "expression": expression},
            },
        ]
        policy["bindings"] = [*policy.get("bindings", []), *theirs[: self.chance.randint(0, 2)]]
        policy["auditConfigs"] = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]
        body = {"policy": {**policy, "version": 3}, "updateMask": "bindings,etag,auditConfigs"}
        require(self.ask("POST", f"/v1/projects/{self.project}:setIamPolicy", body).ok, "the stage could not be set")
        labels = {"labels": {"team": "theirs", "cost": str(self.seed)}}
        answer = self.ask("PATCH", f"/v3/projects/{self.project}?updateMask=labels", labels)
        require(answer.ok, answer.text)
        wait_for(lambda: "team" in self.ask("GET", f"/v3/projects/{self.project}").json().get("labels", {}))
        if self.chance.random() < 0.5:
            self.ask("POST", f"/v1/projects/{self.project}/services/{FOREIGN_SERVICE}:enable", {})
            wait_for(lambda: self.enabled(FOREIGN_SERVICE))
        if self.chance.random() < 0.3:
            amount = {"specifiedAmount": {"currencyCode": "USD", "units": "10"}}
            path = f"/v1/{self.sandbox['billing_account']}/budgets"
            answer = self.ask("POST", path, {"displayName": "theirs", "amount": amount})
            require(answer.ok, answer.text)

    def enabled(self, service: str) -> bool:
        answer = self.ask("GET", f"/v1/projects/{self.project}/services/{service}")
        return bool(answer.json().get("state") == "ENABLED")

    def policy(self) -> dict[str, Any]:
        body = {"options": {"requestedPolicyVersion": 3}}
        answer = self.ask("POST", f"/v1/projects/{self.project}:getIamPolicy", body)
        return answer.json() if answer.ok else {}

    def meddle(self) -> None:
        """Add members of one's own to the policy, over and over, as gcloud does it."""
        try:
            for number in range(self.writes):
                member = f"user:meanwhile-{number}@example.com"
                while not self.stop.is_set():
                    policy = self.policy()
                    if policy:
                        entry = {"role": "roles/logging.viewer", "members": [member]}
                        policy["bindings"] = [*policy.get("bindings", []), entry]
                        body = {"policy": {**policy, "version": 3}}
                        if self.ask("POST", f"/v1/projects/{self.project}:setIamPolicy", body).ok:
                            self.added.append(member)
                            break
                    time.sleep(0.01)
        except BaseException as error:  # noqa: BLE001 - a thread has no one else to tell
            self.broken.append(error)

    # The programs.

    def clients(self) -> Clients:
        return Clients(config=self.config, log=CallLog(), sleep=lambda seconds: time.sleep(min(seconds, 0.005)))

    def apply_once(self, journal: Path, clients: Clients) -> Run | None:
        self.tally.attempts += 1
        try:
            return apply(self.config, clients, journal=Journal(journal), approve=lambda _: True)
        except ProvisionError:
            return None

    def apply_until_ready(self, journal: Path) -> None:
        run: Run | None = None
        for _ in range(ATTEMPTS):
            run = self.apply_once(journal, self.clients())
            if run is not None and run.verdict == "ready":
                return
        what = "refused" if run is None else f"{run.root_cause}"
        raise Broken(f"apply did not get there in {ATTEMPTS} attempts: {what}")

    def second_apply(self) -> None:
        try:
            self.apply_until_ready(self.journals[1])
        except BaseException as error:  # noqa: BLE001 - a thread has no one else to tell
            self.broken.append(error)

    def killed(self, act: Any) -> None:
        """Do something with a program that is killed on the way, perhaps."""
        clients = self.clients()
        fatal, sent = self.chance.randint(3, 45), self.chance.random() < 0.6
        clients.__dict__["transport"] = Mortal(clients.transport, fatal, sent=sent)
        try:
            act(clients)
        except Killed:
            self.tally.kills += 1
            self.tear()

    def tear(self) -> None:
        """Let the last line be cut off, as far as it can have been: what was on disk before a call was sent stays."""
        path = self.journals[0]
        if self.chance.random() < 0.4 and path.exists():
            lines = path.read_bytes().splitlines(keepends=True)
            whole = lines[-1].endswith(b"\n")
            if whole and json.loads(lines[-1])["record"] in {"answer", "operation", "outcome", "found"}:
                path.write_bytes(b"".join(lines[:-1]) + lines[-1][: self.chance.randint(1, len(lines[-1]) - 2)])
                self.tally.torn_lines += 1

    def really_killed(self, *words: str) -> None:
        """Run the command line and send it SIGKILL after some lines of progress."""
        ready = self.folder / "ready.json"
        ready.write_text(json.dumps(dict(self.sandbox)))
        process = subprocess.Popen(
            [sys.executable, "-m", "provision", *words, "--yes", "--journal", str(self.journals[0])],
            cwd=self.folder,
            env={**os.environ, "PROVISION_TARGET": str(ready)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for _ in range(self.chance.randint(1, 14)):
            if not process.stderr.readline():
                break
        time.sleep(self.chance.random() * 0.03)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        require(process.returncode != 2, f"{words[0]} was refused as wrong usage")
        if process.returncode == -signal.SIGKILL:
            self.tally.real_kills += 1
            self.tally.kills += 1

    def misbehave(self, calls: dict[str, str], *, reads: bool) -> None:
        """Have some calls refused, lost or slow."""
        globs = [*calls.values(), *(READS if reads else ())]
        for _ in range(self.chance.randint(0, 5)):
            kind: dict[str, Any] = self.chance.choice(
                [
                    {"drop": True},
                    {"drop": True, "after": True},
                    {"drop": True, "after": True},
                    {"status": 503},
                    {"status": 503, "after": True},
                    {"status": 500, "after": True},
                    {"status": 429},
                    {"status": 409},
                    {"latency_ms": 40},
                ]
            )
            glob = self.chance.choice(globs)
            if glob in READS:
                kind = {key: value for key, value in kind.items() if key != "after"}
            self.sandbox.fail_next(glob, **{"first": self.chance.randint(1, 2), **kind})
        if "BatchEnableServices" in calls and self.chance.random() < 0.3:
            self.sandbox.fail_next(
                CALLS["BatchEnableServices"],
                "FAILED_PRECONDITION",
                message="Another activation or deactivation is in progress for the service(s). Please try again later.",
                first=self.chance.randint(1, 2),
            )
        if "BatchEnableServices" in calls and self.chance.random() < 0.2:
            error = {"code": 13, "message": "encountered internal error 160009"}
            self.sandbox.fail_next(CALLS["BatchEnableServices"], lro_error=error)

    # The story, and what is promised at its end.

    def live(self) -> Tally:
        self.settle_in()
        before = self.state()
        self.writes = self.chance.randint(1, 6) if self.chance.random() < 0.6 else 0
        others = [threading.Thread(target=self.meddle)]
        if self.chance.random() < 0.35:
            self.tally.second_applies += 1
            others.append(threading.Thread(target=self.second_apply))
        self.misbehave(CALLS, reads=True)
        for other in others:
            other.start()
        if self.real:
            self.really_killed("apply")
        for _ in range(self.chance.randint(0, 3)):
            self.killed(lambda clients: self.apply_once(self.journals[0], clients))
        self.apply_until_ready(self.journals[0])
        for other in others[1:]:
            other.join()
        self.stop_meddling(others[0])
        self.count_faults()
        self.evaluate_apply(before)
        if self.chance.random() < 0.5:
            self.undo()
            self.evaluate_destroy(before)
        return self.tally

    def stop_meddling(self, other: threading.Thread) -> None:
        other.join(timeout=20)
        self.stop.set()
        other.join()
        if self.broken:
            raise Broken(f"another actor broke: {self.broken[0]!r}") from self.broken[0]
        require(len(self.added) == self.writes, "someone else could not write")
        self.tally.foreign_writes += len(self.added)

    def count_faults(self) -> None:
        faults = self.sandbox.do(lambda sandbox: sandbox.faults.show())
        self.tally.faults += sum(each["fired"] for each in faults)
        self.sandbox.do(lambda sandbox: sandbox.faults.rules.clear())

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", "/sandbox/v1/state?comparable=true").json()
        return without_traces(found)

    def evaluate_apply(self, before: dict[str, Any]) -> None:
        # The world is what the config asks.
        run = self.apply_once(self.folder / "unused.jsonl", self.clients())
        require(run is not None and run.verdict == "ready", "it is not ready at the end")
        require(run is not None and not run.changes, "there is something left to do at the end")
        # All that was foreign is there.
        after = self.state()
        for table, rows in before.items():
            for key, row in rows.items():
                if table == "iam.policies":
                    require(entries(row) <= entries(after[table].get(key, {})), f"a binding of {key} was lost")
                    require(
                        row["audit_configs"] == after[table][key]["audit_configs"], f"audit configs of {key} were lost"
                    )
                elif table != "billing.links":
                    require(
                        after[table].get(key) == row, f"{table} {key} was changed: {row} is {after[table].get(key)}"
                    )
        held = {member for binding in self.policy()["bindings"] for member in binding["members"]}
        require(set(self.added) <= held, f"what someone else added meanwhile was lost: {set(self.added) - held}")
        self.check_journals()

    def check_journals(self) -> None:
        """Every change that was carried out is in a journal, and none was made twice."""
        mutations = [
            mutation for path in self.journals for mutation in ledger.mutations(read(path), scope_of(self.config))
        ]
        tried = Counter(
            mutation.mutation.method for mutation in mutations for _ in range(1 + len(mutation.retried_statuses))
        )
        happened = Counter(
            NAMES[entry["method"]] for entry in self.sandbox.requests() if entry["changed"] and entry["method"] in NAMES
        )
        unknown = {
            entry["method"]
            for entry in self.sandbox.requests()
            if entry["changed"] and entry["mutates"] and entry["method"] not in NAMES and not foreign(entry["method"])
        }
        require(not unknown, f"changed by a method that no mutation names: {unknown}")
        # A call of which no answer was written down was tried no one knows how often.
        unanswered = {mutation.mutation.method for mutation in mutations if not mutation.status}
        for method, count in happened.items():
            message = f"{method} was carried out {count} times, and written down {tried[method]} times"
            require(tried[method] > 0 and (count <= tried[method] or method in unanswered), message)
        for method in ("CreateProject", "CreateServiceAccount", "DeleteProject"):
            require(happened[method] <= 1, f"{method} was carried out {happened[method]} times")
        granted = Counter(
            (mutation.mutation.resource, json.dumps(each, sort_keys=True))
            for mutation in mutations
            if mutation.confirmed
            and mutation.mutation.method == "SetIamPolicy"
            and isinstance(mutation.mutation.does, dict)
            for each in mutation.mutation.does.get("add") or ()  # type: ignore[union-attr] # a list of grants
        )
        require(all(count == 1 for count in granted.values()), f"granted twice: {granted}")

    def undo(self) -> None:
        self.tally.destroyed += 1
        before = self.tally.kills
        self._undo()
        self.tally.destroy_kills += self.tally.kills - before

    def _undo(self) -> None:
        self.misbehave(UNDOING, reads=False)
        options = DestroyOptions(project_id=self.project, delete_project=True, force=True)
        if self.real:
            self.really_killed("destroy", "--include-unverified", "--force")
        for journal in self.journals:

            def once(clients: Clients, journal: Path = journal) -> int:
                self.tally.attempts += 1
                try:
                    return destroy(
                        self.config,
                        clients,
                        journal=Journal(journal),
                        options=options,
                        include_unverified=True,
                        approve=lambda _: True,
                    ).exit_code
                except ProvisionError:
                    return 1

            if journal == self.journals[0]:
                for _ in range(self.chance.randint(0, 2)):
                    self.killed(once)
            codes = []
            for _ in range(ATTEMPTS):
                codes.append(once(self.clients()))
                if codes[-1] == 0:
                    break
            require(codes[-1] == 0 or self.project_is_deleted(), f"destroy did not get there: {codes}")
        self.count_faults()

    def project_is_deleted(self) -> bool:
        return bool(self.ask("GET", f"/v3/projects/{self.project}").json().get("state") != "ACTIVE")

    def evaluate_destroy(self, before: dict[str, Any]) -> None:
        if not self.fresh:
            # What others added meanwhile was not there before; it must be there now, and nothing of ours.
            policy = self.policy()
            held = {member for binding in policy["bindings"] for member in binding["members"]}
            require(set(self.added) <= held, "what someone else added was undone")
            for binding in policy["bindings"]:
                binding["members"] = [each for each in binding["members"] if each not in self.added]
            policy["bindings"] = [each for each in policy["bindings"] if each["members"]]
            body = {"policy": {**policy, "version": 3}}
            require(self.ask("POST", f"/v1/projects/{self.project}:setIamPolicy", body).ok, "could not tidy up")
        after = self.state()
        for table in {*before, *after}:
            was, now = before.get(table, {}), after.get(table, {})
            differing = {key: (was.get(key), now.get(key)) for key in {*was, *now} if was.get(key) != now.get(key)}
            require(not differing, f"destroy left {table} different: {differing}")
        self.check_journals()


def foreign(method: str) -> bool:
    return method in {
        "cloudresourcemanager.projects.setIamPolicy",
        "google.cloud.resourcemanager.v3.Projects/UpdateProject",
        "google.api.serviceusage.v1.ServiceUsage/EnableService",
        "google.cloud.billing.budgets.v1.BudgetService/CreateBudget",
    } or method.startswith(("oauth2", "sts", "google.identity"))


def entries(policy: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (each["role"], member, repr(each.get("condition")))
        for each in policy.get("bindings", [])
        for member in each["members"]
    }


def require(kept: bool, message: str) -> None:
    if not kept:
        raise Broken(message)


def wait_for(met: Any) -> None:
    for _ in range(400):
        if met():
            return
        time.sleep(0.005)
    raise Broken("the stage could not be set")


def live(seed: int, folder: Path, *, real: bool = False) -> Tally:
    """Live one history; ``real`` kills a process of its own too. Raises `Broken` where a promise was not kept."""
    folder = folder.absolute()  # a process of its own begins elsewhere
    folder.mkdir(parents=True, exist_ok=True)
    with running(clock=60.0, propagation=float(seed % 4) * 0.2, grpc=False, seed=seed) as sandbox:
        history = History(seed=seed, folder=folder.resolve(), sandbox=sandbox, real=real)
        return history.live()
