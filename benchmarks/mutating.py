"""Change the rules in small ways, one at a time, and see whether a test notices.

    python benchmarks/mutating.py --sample 60 --seed 1
    python benchmarks/mutating.py --sample 20 --only 'provision/steps/*' --jobs 1

mutmut and cosmic-ray start a process for each mutant, which here is seconds of imports before the first test, and
draw no sample. So: libraries are imported once, and each mutant is a fork in which the loader of one module compiles
a changed tree. Only the tests that reach the changed line are run, the shortest first, until one fails.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import fnmatch
import importlib
import importlib.machinery
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import CodeType, FrameType, ModuleType

ROOT: Final = Path(__file__).parents[1]
TESTS: Final = "emulator/tests"
RULES: Final = (f"{TESTS}/truth/test_rules.py", f"{TESTS}/truth/test_answers.py", f"{TESTS}/iam/test_strangers.py")
IDENTITY: Final = (f"{TESTS}/identity", f"{TESTS}/test_identity.py", f"{TESTS}/conformance/test_key_file.py")

TARGETS: Final[dict[str, tuple[str, ...]]] = {
    # which modules -> the tests that are to notice, the nearest first
    "emulator/gcp_emulator/services/resourcemanager/*.py": (
        f"{TESTS}/resourcemanager", f"{TESTS}/test_projects.py", f"{TESTS}/conformance/test_resourcemanager.py", *RULES,
    ),
    "emulator/gcp_emulator/services/billing/*.py": (
        f"{TESTS}/test_billing.py", f"{TESTS}/conformance/test_billing.py", *RULES,
    ),
    "emulator/gcp_emulator/services/serviceusage/*.py": (
        f"{TESTS}/serviceusage", f"{TESTS}/test_services.py", f"{TESTS}/conformance/test_serviceusage.py", *RULES,
    ),
    "emulator/gcp_emulator/services/aiplatform/*.py": (
        f"{TESTS}/aiplatform", f"{TESTS}/conformance/test_vertex.py", f"{TESTS}/quotas", *RULES,
    ),
    "emulator/gcp_emulator/services/iam/*.py": (f"{TESTS}/identity", f"{TESTS}/iam", *RULES),
    "emulator/gcp_emulator/services/orgpolicy/*.py": (f"{TESTS}/orgpolicy", f"{TESTS}/test_policies.py", *RULES),
    "emulator/gcp_emulator/services/cloudquotas/*.py": (f"{TESTS}/quotas", *RULES),
    "emulator/gcp_emulator/services/billingbudgets/*.py": (f"{TESTS}/budgets", *RULES),
    "emulator/gcp_emulator/services/sts/*.py": (*IDENTITY, *RULES),
    "emulator/gcp_emulator/services/oauth2/*.py": (*IDENTITY, *RULES),
    "emulator/gcp_emulator/services/iamcredentials/*.py": (*IDENTITY, *RULES),
    "emulator/gcp_emulator/iam/*.py": (f"{TESTS}/iam", f"{TESTS}/test_policies.py", *RULES),
    "provision/graph.py": ("tests/test_graph.py", "tests/conformance/test_laws.py"),
    "provision/steps/*.py": ("tests/steps", "tests/commands/test_commands.py", "tests/conformance", "tests/matrix"),
    "provision/steps/chat/*.py": ("tests/steps", "tests/commands/test_commands.py", "tests/conformance"),
    "provision/diagnoses/*.py": ("tests/diagnoses", "tests/test_diagnoses.py", "tests/conformance/test_fixes.py"),
}  # fmt: skip
TABLES: Final = ("*/methods.py", "*_methods.py", "*services/*/__init__.py")
"""Modules that only declare: what they say is compared with Google's documents by other tests."""

LIBRARIES: Final = (
    "pytest", "hypothesis", "requests", "yaml", "click", "pydantic", "openai", "httpx2", "uvicorn", "grpc",
    "cryptography.hazmat.primitives.asymmetric.rsa", "google.auth.transport.requests", "google.cloud.billing_v1",
    "google.cloud.resourcemanager_v3", "google.cloud.service_usage_v1", "google.cloud.aiplatform_v1",
)  # fmt: skip

LONGEST_S: Final = 240
"""A mutant that keeps its tests for so long is one that never ends."""

NOT_LOADED: Final = 71
"""The exit code of tests that never loaded the changed module, and so prove nothing."""

FAILED: Final = 2
"""The highest exit code of pytest that tells of the tests: 1 for one that failed, 2 for one that cannot be imported."""

COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of one module: its place in the order of all that can be changed there, and what it is."""

    file: str
    number: int
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


class Changer(ast.NodeTransformer):
    """Lists what can be changed in a module, and changes one of it."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted = wanted
        self.found: list[tuple[int, str]] = []

    def _offer(self, node: ast.AST, what: str, changed: Callable[[], ast.AST]) -> ast.AST | None:
        """Note a possible change; return the changed node if it is the wanted one."""
        self.found.append((node.lineno, what))  # type: ignore[attr-defined] # every node offered has a line
        return ast.copy_location(changed(), node) if len(self.found) - 1 == self.wanted else None

    def visit_If(self, node: ast.If) -> ast.AST:
        """Negate a condition; what only the type checker sees is left alone."""
        if ast.unparse(node.test) == "TYPE_CHECKING":
            return node
        changed = self._offer(
            node,
            f"if not ({ast.unparse(node.test)})",
            lambda: ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse),
        )
        return changed or self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Compare otherwise."""
        other = COMPARED[type(node.ops[0])]
        changed = self._offer(
            node,
            f"{ast.unparse(node)} -> {other.__name__}",
            lambda: ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators),
        )
        return changed or self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Ask for all instead of any, or the other way round."""
        other: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        changed = self._offer(node, f"and <-> or: {ast.unparse(node)}", lambda: ast.BoolOp(other, node.values))
        return changed or self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Another number, the other truth."""
        if isinstance(node.value, bool):
            changed = self._offer(node, f"{node.value} -> {not node.value}", lambda: ast.Constant(not node.value))
        elif isinstance(node.value, int):
            number = node.value
            changed = self._offer(node, f"{number} -> {number + 1}", lambda: ast.Constant(number + 1))
        else:
            return node
        return changed or node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        """Return nothing."""
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            changed = self._offer(node, f"{ast.unparse(node)} -> None", lambda: ast.Return(ast.Constant(None)))
            if changed:
                return changed
        return self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Do not raise."""
        return self._offer(node, f"without: {ast.unparse(node)}", ast.Pass) or node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Leave out a call that is made for what it does."""
        if isinstance(node.value, ast.Call):
            changed = self._offer(node, f"without: {ast.unparse(node)}", ast.Pass)
            if changed:
                return changed
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """A type is not what runs."""
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Neither are a function's decorators and annotations."""
        node.body = [self.visit(each) for each in node.body]
        node.args.defaults = [self.visit(each) for each in node.args.defaults]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Nor a class's."""
        node.body = [self.visit(each) for each in node.body]
        return node


def mutants(file: str) -> list[Mutant]:
    """Return all mutants of a module."""
    changer = Changer()
    changer.visit(ast.parse((ROOT / file).read_text("utf-8")))
    return [Mutant(file=file, number=number, line=line, what=what) for number, (line, what) in enumerate(changer.found)]


class Loader(importlib.machinery.SourceFileLoader):
    """Loads one module with a change in it."""

    mutant: Mutant

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the interface's
        """Compile the changed tree."""
        tree = Changer(self.mutant.number).visit(ast.parse((ROOT / self.mutant.file).read_text("utf-8")))
        code: CodeType = compile(ast.fix_missing_locations(tree), self.path, "exec")
        return code


class Finder:
    """Finds the one module that is changed."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = (
            mutant.file.removeprefix("emulator/").removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
        )
        self.asked = False

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> Any:  # noqa: ARG002 - likewise
        """Return how the module is loaded; None for every other."""
        if name != self.name:
            return None
        self.asked = True
        loader = Loader(name, str(ROOT / self.mutant.file))
        loader.mutant = self.mutant
        return importlib.util.spec_from_file_location(name, loader.path, loader=loader)


class Recorder:
    """A plugin of pytest that notes which tests reach which lines, and how long each takes."""

    def __init__(self, files: Sequence[str]) -> None:
        self.files = {str(ROOT / file): file for file in files}
        self.reached: dict[str, set[str]] = defaultdict(set)
        self.took: dict[str, float] = defaultdict(float)
        self.now = ""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Begin a test."""
        self.now = nodeid

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add up what it takes."""
        self.took[report.nodeid] += report.duration

    def trace(self, frame: FrameType, event: str, arg: Any) -> Any:  # noqa: ARG002 - the interface's
        """Follow a function of the files that are asked for."""
        return self._line if frame.f_code.co_filename in self.files else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Any:  # noqa: ARG002 - likewise
        if event == "line":
            self.reached[f"{self.files[frame.f_code.co_filename]}:{frame.f_lineno}"].add(self.now)
        return self._line


def _forked(work: Callable[[], int], log: Path, limit_s: int) -> int:
    """Do something in a process of its own, which ends after a while whatever happens; return its id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        signal.alarm(limit_s)
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.chdir(ROOT)
        code = work()
    except BaseException:  # noqa: BLE001 - whatever it is, it is told, and the process ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _pytest(tests: Sequence[str], scratch: Path, *plugins: Any) -> int:
    import pytest

    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(scratch / "hypothesis")
    # Named by themselves, the emulator's tests would get its folder as their root, and names that are not found again.
    root = [f"--rootdir={ROOT}", "-c", str(ROOT / "pyproject.toml")]
    # pytest would load the package of its plugin, which is the emulator, by itself, to rewrite its assertions.
    words = ["-q", "-x", "-n0", "--assert=plain", "-k", "not gcloud"]
    apart = ["-p", "no:cacheprovider", f"--basetemp={scratch / 'tmp'}"]
    return int(pytest.main([*root, *words, *apart, *tests], plugins=list(plugins)))


@dataclass(frozen=True, kw_only=True)
class Connectivity:
    """Which tests reach which line, as `file:line`, and how many seconds each takes."""

    lines: dict[str, list[str]]
    took: dict[str, float]

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Return the tests that reach a mutant's line, the shortest first; all, if it runs when it is imported."""
        names = self.lines.get(f"{mutant.file}:{mutant.line}", [])
        found = list(self.took) if "" in names else names
        return sorted(found, key=lambda name: self.took.get(name, 0.0))


def reached(files: Sequence[str], tests: Sequence[str], scratch: Path) -> Connectivity:
    """Run the tests as they are, and see which lines each reaches.

    Raises:
        RuntimeError: they do not pass.
    """
    out = scratch / "reached.json"

    def work() -> int:
        recorder = Recorder(files)
        threading.settrace(recorder.trace)
        sys.settrace(recorder.trace)
        code = _pytest(tests, scratch, recorder)
        sys.settrace(None)
        lines = {line: sorted(names) for line, names in recorder.reached.items()}
        out.write_text(json.dumps({"lines": lines, "took": recorder.took}))
        return code

    log = scratch / "reached.log"
    _, status = os.waitpid(_forked(work, log, 3600), 0)
    if status:
        raise RuntimeError(f"the tests do not pass as they are:\n{log.read_text('utf-8')[-3000:]}")
    return Connectivity(**json.loads(out.read_text()))


def survivors(chosen: Sequence[tuple[Mutant, list[str]]], jobs: int, scratch: Path) -> Iterator[tuple[Mutant, bool]]:
    """Yield each mutant with whether it survived its tests."""
    waiting, at_work = list(reversed(chosen)), dict[int, Mutant]()
    while waiting or at_work:
        while waiting and len(at_work) < jobs:
            mutant, tests = waiting.pop()
            if not tests:
                yield mutant, True
                continue
            folder = Path(tempfile.mkdtemp(dir=scratch))

            def work(mutant: Mutant = mutant, tests: list[str] = tests, folder: Path = folder) -> int:
                finder = Finder(mutant)
                sys.meta_path.insert(0, finder)
                code = _pytest(tests, folder)
                return code if finder.asked else NOT_LOADED

            at_work[_forked(work, folder / "log", LONGEST_S)] = mutant
        if at_work:
            pid, status = os.wait()
            code = os.waitstatus_to_exitcode(status)
            if code > FAILED:
                raise RuntimeError(f"nothing was tried with {at_work[pid]}: exit code {code}")
            yield at_work.pop(pid), code == 0


def run(
    sample: int, seed: int, only: str = "*", jobs: int = 1, progress: Callable[[str], None] = print
) -> list[Mutant]:
    """Try a sample of all mutants; return those that survived.

    Raises:
        RuntimeError: the tests do not pass as they are.
    """
    for name in LIBRARIES:
        importlib.import_module(name)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for pattern, tests in TARGETS.items():
        files = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(pattern))]
        groups[tests] += [
            file
            for file in files
            if fnmatch.fnmatch(file, only)
            and (not any(fnmatch.fnmatch(file, each) for each in TABLES) or "chat" in file)
        ]
    everything = [mutant for files in groups.values() for file in files for mutant in mutants(file)]
    drawn = random.Random(seed).sample(everything, min(sample, len(everything)))  # noqa: S311 - not a secret
    lived: list[Mutant] = []
    with tempfile.TemporaryDirectory() as made:
        for tests, files in groups.items():
            mine = [mutant for mutant in drawn if mutant.file in files]
            if not mine:
                continue
            began = time.monotonic()
            map_ = reached(sorted({mutant.file for mutant in mine}), tests, Path(made))
            progress(f"{tests[0]}: {len(mine)} mutants; the tests took {time.monotonic() - began:.0f} s as they are")
            for mutant, survived in survivors([(each, map_.tests_for(each)) for each in mine], jobs, Path(made)):
                lived += [mutant] if survived else []
                progress(f"{'SURVIVED' if survived else 'killed  '} {mutant}")
    killed = len(drawn) - len(lived)
    share = killed / max(len(drawn), 1)
    progress(f"{killed} of {len(drawn)} killed ({share:.1%}), drawn from {len(everything)} by seed {seed}")
    return lived


def main() -> int:
    """Try what was asked for; 1 if a mutant survived."""
    parser = argparse.ArgumentParser(description="Change the rules in small ways, and see whether a test notices.")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=0, help="what they are drawn by")
    parser.add_argument("--only", default="*", help="a glob over the paths of modules")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many are tried at once")
    given = parser.parse_args()
    with contextlib.suppress(BrokenPipeError):
        return 1 if run(given.sample, given.seed, given.only, given.jobs) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
