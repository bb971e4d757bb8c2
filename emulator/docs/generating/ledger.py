"""ledger.md: what each behavior of the sandbox rests on."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gcp_emulator import services

from emulator.docs.generating.markdown import code, page, sources, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcp_emulator.rpc import Method


SANDBOX: Final = Path(__file__).parents[2] / "gcp_emulator"
EXCHANGES: Final = Path(__file__).parents[2] / "tests" / "truth" / "recorded" / "exchanges.json"

ENFORCEMENT: Final = {  # what the sandbox refuses and delays by -> where its rules stand
    "Gating and billing": ("admission.py", "errors.py", "services/billing", "services/serviceusage"),
    "Permissions": ("iam", "services/iam"),
    "Identity": ("identity.py", "services/oauth2", "services/sts", "services/iamcredentials", "services/metadata"),
    "Quotas": ("quotas.py", "allocations.py", "services/cloudquotas", "services/monitoring"),
    "Organization policy": ("services/orgpolicy",),
    "Life cycle of projects and folders": ("services/resourcemanager", "operations.py"),
    "Vertex AI": ("services/aiplatform",),
    "Errors on request": ("error_cases",),
    "Budgets": ("services/billingbudgets",),
    "What modules make beside a project": (
        "services/resources.py",
        "services/compute",
        "services/storage",
        "services/bigquery",
        "services/logging",
        "services/pubsub",
        "services/essentialcontacts",
        "services/accesscontextmanager",
        "services/privilegedaccessmanager",
        "services/appengine",
        "services/securitycenter",
        "services/apikeys",
        "services/cloudkms",
        "services/cloudasset",
    ),
}

GRADES: Final = {  # in a docstring or a `source` -> the grade of what is there
    "recorded": r"\brecord(ed|ing)",
    "page": r"https?://[\w.-]*(google\.(com|dev|aip\.dev)|aip\.dev|openid\.net)|\bRFC \d",
    "proto": r"\.proto\b|github\.com/googleapis|discovery document",
    "reported": r"github\.com/(?!googleapis)|\bpublic (logs|repositor)|\busers\b.* (seen|met)",
    "assumed": r"\bassum|\bwords are ours\b|\bown words\b|\bnot established\b",
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A function of the sandbox that refuses, with what its docstring, or its module's, says of its source."""

    place: str
    says: str
    text: str
    inherited: bool

    @property
    def grades(self) -> list[str]:
        """What it rests on."""
        return _grades(self.text)


def ledger() -> str:
    """Return what each behavior of the sandbox rests on; what is assumed comes first."""
    served = [method for method in services.registry().methods if method.handle is not None]
    replayed = _replayed()
    counts = Counter(grade for method in served for grade in _method_grades(method, replayed))
    return page(
        "What the sandbox rests on",
        "the docstrings and methods in `emulator/gcp_emulator/`",
        "Each behavior has a grade.\n"
        "*recorded*: what Google answered was recorded, and a test replays it and compares field by field.\n"
        "*page*: a page of Google's says so.\n"
        "*proto*: a proto or discovery document of Google's says so.\n"
        "*reported*: someone met it on Google Cloud and told so in public.\n"
        "*assumed*: nothing that is published says so; it is what seemed most likely.",
        "As well, every answer over REST is held against Google's discovery documents by a test, field by field; "
        "the grades below are of what an answer *means*.",
        f"Of {len(served)} served methods, "
        + ", ".join(f"{counts[grade]} are {grade}" for grade in GRADES)
        + " (a method can rest on several).",
        "## Assumed",
        "Do not build on these before Google Cloud has confirmed them.",
        table(("what", "where"), ((text, code(place)) for place, text in assumptions())),
        "Rules that name no source, nor does their module:",
        table(("rule", "where"), ((rule.says, code(rule.place)) for rule in _all_rules() if not rule.grades)),
        "## Rules",
        "Every function of the sandbox that refuses something.\n"
        "Where it names no source of its own, that of its module counts, in brackets.",
        *(_rules(title, places) for title, places in ENFORCEMENT.items()),
        "## Methods",
        table(
            ("method", "grade", "source"),
            (
                (code(method.name), ", ".join(_method_grades(method, replayed)), sources(method.source))
                for method in served
            ),
        ),
    )


def _grades(text: str) -> list[str]:
    return [grade for grade, pattern in GRADES.items() if re.search(pattern, text)]


def _method_grades(method: Method, replayed: set[tuple[str, str]]) -> list[str]:
    recorded = ["recorded"] if (method.service, method.name) in replayed else []
    message = [grade for grade in _grades(method.source) if grade != "recorded"]
    return [*recorded, *message] or ["assumed"]


def _replayed() -> set[tuple[str, str]]:
    """Return the methods of which a recorded exchange is replayed, by API and name."""
    found = set()
    registry = services.registry()
    for scenario in json.loads(EXCHANGES.read_text("utf-8")):
        for exchange in scenario["exchanges"]:
            path = "/" + exchange["url"].split("/", 3)[3].partition("?")[0]
            route = registry.route(exchange["method"], re.sub(r"\$\{\w+\}", "x", path))
            if route is not None:
                found.add((route[0].method.service, route[0].method.name))
    return found


def _all_rules() -> list[Rule]:
    return [rule for places in ENFORCEMENT.values() for place in places for rule in rules(place)]


def _rules(title: str, places: tuple[str, ...]) -> str:
    rows = [
        (rule.says, f"({grades})" if rule.inherited and rule.grades else grades, code(rule.place))
        for place in places
        for rule in rules(place)
        for grades in (", ".join(rule.grades) or "none named",)
    ]
    return f"### {title}\n\n" + table(("rule", "grade", "where"), rows)


def rules(place: str) -> Iterator[Rule]:
    """Return the rules in a module or a package of the sandbox, by its path."""
    top = SANDBOX / place
    for path in [top] if top.suffix else sorted(top.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        above = ast.get_docstring(tree) or ""
        for node in ast.walk(tree):
            refuses = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
                any(isinstance(each, ast.Raise) and _is_error(each) for each in ast.walk(node))
                or ast.unparse(node.returns or ast.Constant(value="")).endswith("ApiError")
            )
            if not refuses or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            own = ast.get_docstring(node) or ""
            if own:
                inherited = not _grades(own)
                yield Rule(
                    place=f"{path.relative_to(SANDBOX)}: {node.name}",
                    says=_first_sentence(own),
                    text=above if inherited else own,
                    inherited=inherited,
                )


def _is_error(statement: ast.Raise) -> bool:
    """Tell whether an error is raised, and not an exception that some function above it understands."""
    return statement.exc is not None and "Error" not in ast.unparse(statement.exc).partition("(")[0]


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.])\s(?=[A-Z*`])", " ".join(text.split("\n\n", maxsplit=1)[0].split()))[0]


def assumptions() -> list[tuple[str, str]]:
    """Return every sentence in the sandbox's source that calls something assumed, with its place."""
    found = []
    for path in sorted(SANDBOX.rglob("*.py")):
        source = path.read_text("utf-8")
        names = _functions(ast.parse(source))
        for line, text in _prose_of(source):
            name = names.get(line, "")
            place = f"{path.relative_to(SANDBOX)}{': ' if name else ''}{name}"
            kept = re.sub(r"^ *https?://.*$", "", text, flags=re.MULTILINE)
            paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n|\n\s*(?=\w+: )", kept))
            sentences = (each for part in paragraphs for each in re.split(r"(?<=[.])\s(?=[A-Z*`])", part))
            found += [(place, each) for each in sentences if re.search(GRADES["assumed"], each)]
    return found


def _functions(tree: ast.Module) -> dict[int, str]:
    """Return the name of the function or class that each line is in."""
    return {
        line: node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _prose_of(source: str) -> Iterator[tuple[int, str]]:
    """Return what is told in docstrings and in comments, with the line where it begins; a comment with its code."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            message = token.line.strip() if token.line.strip() != token.string else token.string.lstrip("# ")
            yield token.start[0], message
        elif token.type == tokenize.STRING and token.string.startswith('"""'):
            yield token.start[0], token.string.strip('"')
