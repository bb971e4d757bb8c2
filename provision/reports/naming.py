"""What in a run is a name that someone gave: a person, a company, or a thing of theirs.

What is in a finding's evidence counts as one, unless the check declares that it holds Google's words or ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from provision.redaction import shows_what_it_is
from provision.settings import BY_KEY, CI_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.plan import Privacy, Run, Setting

# Keys of what a change replaces behind which someone's names are.
_OF_CHANGES: Final = frozenset(
    {"attributeCondition", "condition", "displayName", "display_name", "issuerUri", "jwksJson", "labels", "oidc"}
)
# Says what kind of thing a name is of, where its key does not.
_ANY: Final = "name"
# Maps in which a key is a name too.
_NAMED_KEYS: Final = frozenset({"labels", "traffic"})
# Whole names, of which a part may be anything, such as a publisher or a model that everyone has.
_WHOLE: Final = frozenset({"deployed_models", "display_name", "displayName", "traffic"})
# Words of so few letters, such as the labels `prod` and `chat`, name no one and stand in many a sentence of ours.
_SHORT: Final = 4
# What tokens, conditions and addresses are made of everywhere.
_COMMON: Final = frozenset(
    {
        *CI_PROVIDERS, "branch", "environment", "false", "github-hosted", "heads", "https", "internal",
        "merge_requests", "private", "public", "pull_request", "repository", "schedule", "self-hosted",
        "workflow_dispatch", "workflows",
    }
)  # fmt: skip
_HOST: Final = re.compile(r"\bhttps?://(?:[^\s/@\"'`]*@)?([A-Za-z0-9.-]+)")
# Who does not tell whose project it is by being named: Google, the two that run pipelines, whom our advice links to.
_EVERYBODYS: Final = re.compile(
    r"(?:[\w.-]+\.)?(?:google(?:apis)?\.com|google|goog|google\.dev|aip\.dev|ai\.google\.dev)"
    r"|(?:docs\.|api\.)?(?:github|gitlab)\.com|token\.actions\.githubusercontent\.com"
    r"|(?:[\w.-]+\.)?(?:readthedocs\.io|python\.org|hashicorp\.com|terraform\.io|microsoft\.com|ietf\.org)"
    r"|opentelemetry\.io|grpc\.io|time\.is|localhost|127\.0\.0\.1|host|gitlab|user"
)
# An endpoint's own DNS name begins with its id.
_DEDICATED: Final = re.compile(r"\.prediction\.vertexai\.goog\Z|\.prediction\.p\.vertexai\.goog\Z")
_SAYS_A_CONDITION: Final = re.compile(r"\b(?:assertion|attribute|google)\.\w")
_LITERAL: Final = re.compile(r"(?:==|!=|\bin\b|[(\[,])\s*(['\"])([^'\"\n]+)\1|(['\"])([^'\"\n]+)\3\s*(?:==|!=)")
# GitHub gives an enterprise that wants it an issuer of its own: its name is behind the host.
_ENTERPRISE: Final = re.compile(r"token\.actions\.githubusercontent\.com/([\w-]+)")
_ENDPOINT: Final = re.compile(r"/endpoints/(?!openapi\b)([\w-]+)")
_CUSTOM_ROLE: Final = re.compile(r"(?:projects|organizations)/[^/\s]+/roles/([\w.]+)")


def names(run: Run) -> Iterator[tuple[str, str]]:
    """Yield each name with what kind of thing it names; the same one may come several times."""
    shown = {each.value for each in run.settings if isinstance(each.value, str) and not _is_private(each)}
    for kind, name in _all(run):
        if len(name) > _SHORT and name not in _COMMON and name not in shown:
            yield kind, name


def _is_private(setting: Setting) -> bool:
    row = BY_KEY.get(setting.name)
    return row is None or row.private


def _all(run: Run) -> Iterator[tuple[str, str]]:
    for setting in run.settings:
        yield from _set(setting)
    for check in run.checks:
        for key, value in check.evidence.items():
            yield from _field(value, key, check.privacy)
    for change in (*run.changes, *(each.change for each in run.applied)):
        yield from _replaced(change.before)
    for text in texts(run):
        yield from _announced(text)


def _set(setting: Setting) -> Iterator[tuple[str, str]]:
    """Yield what the configuration names."""
    row = BY_KEY.get(setting.name)
    if row is None or setting.source.startswith("default"):
        return
    kind = setting.name.rpartition(".")[2].replace("_", "-")
    records = setting.value if isinstance(setting.value, list | tuple) else (setting.value,)
    for each in records:
        if row.private and isinstance(each, str):
            yield kind, each
            yield from ((kind, part) for part in each.split("/") if kind == "repository")
        elif isinstance(each, dict):
            private = each if row.private else [field.name for field in row.fields if field.private]
            yield from ((kind if row.private else name, str(each.get(name, ""))) for name in private)
            yield from ((kind, str(name)) for name in each if row.private)


def our_keys(run: Run) -> frozenset[str]:
    """Return the keys of evidence and of changes that are ours, whatever they are called."""
    return frozenset((*_OF_CHANGES, *(key for check in run.checks for key in _keys(check.privacy))))


def _keys(privacy: Mapping[str, Privacy]) -> Iterator[str]:
    for key, declared in privacy.items():
        yield key
        if isinstance(declared, Mapping):
            yield from _keys(declared)


def _message(value: Any, key: str, privacy: Privacy) -> Iterator[tuple[str, str]]:
    """Yield the names in a field of evidence; ids that their spelling does not show are names too."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _message(each, key, privacy)
    elif isinstance(value, dict):
        for name, each in value.items():
            if privacy == "person" and key in _NAMED_KEYS:
                yield _kind(key), str(name)
                yield from _message(each, key, privacy)
            elif isinstance(privacy, Mapping):
                yield from _field(each, name, privacy)
            else:
                yield from _message(each, name if name in _OF_CHANGES | _NAMED_KEYS else _ANY, privacy)
    elif isinstance(value, str) and privacy != "public" and not _is_everybodys(value):
        if privacy == "person" or not (re.search(r"\s", value) or shows_what_it_is(value)):
            yield _kind(key), value
        if privacy == "person" and key not in _WHOLE:
            yield from ((_kind(key), part) for part in _parts(value))


def _field(value: Any, key: str, declared: Mapping[str, Privacy]) -> Iterator[tuple[str, str]]:
    """Yield the names in a field of evidence by what was declared of it; what no one declared may be anyone's name."""
    if key in declared:
        yield from _message(value, key, declared[key])
    else:  # such a key may be a name itself
        yield from _message(value, _ANY, declared.get("*", "person"))


def _replaced(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the names in what a change replaces."""
    for key, each in value.items() if isinstance(value, dict) else ():
        if key in _OF_CHANGES:
            yield from _message(each, key, "person")


def _is_everybodys(value: str) -> bool:
    found = _HOST.fullmatch(value)
    return found is not None and _EVERYBODYS.fullmatch(found[1]) is not None


def _kind(key: str) -> str:
    return "project" if key.endswith("_project") else key.replace("_", "-")


def _parts(name: str) -> list[str]:
    """Return what a list or a path is made of."""
    listed = name.split(", ")
    paths = [each for each in listed if re.fullmatch(r"[\w.:-]+(/[\w.:-]+)+", each)]
    return [*listed, *(part for each in paths for part in re.split("[/:]", each))]


def _announced(text: str) -> Iterator[tuple[str, str]]:
    """Yield what a text names and shows to be a name: hosts, what a condition compares with, endpoints, roles."""
    for host in _HOST.findall(text):
        if not _EVERYBODYS.fullmatch(host.rstrip(".")) or _DEDICATED.search(host):
            yield "host", host.rstrip(".")
    if _SAYS_A_CONDITION.search(text):
        for _, first, _, second in _LITERAL.findall(text):
            yield from (("literal", part) for part in (first or second, *_parts(first or second)))
    yield from (("endpoint", found) for found in _ENDPOINT.findall(text))
    yield from (("issuer", found) for found in _ENTERPRISE.findall(text))
    yield from (("role", found) for found in _CUSTOM_ROLE.findall(text))


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a record, keys of maps included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from texts(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from texts(getattr(value, field.name))
