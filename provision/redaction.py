"""Keep tokens and keys out of everything that is printed, logged or stored; and, where asked, ids and people."""

from __future__ import annotations

import re
from typing import Final

from provision import secret_values

# Google access tokens, JSON web tokens, API keys, private keys, and whatever follows the words that announce one.
# Beginnings are enough: a message may have been cut in the middle of a token.
_SECRETS: Final = re.compile(
    r"ya29\.[\w.~+/-]+=*"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"
    r"|\bAIza[\w-]{20,}"
    r"|\bAQ\.[\w-]{10,}"  # an API key of express mode
    r"|(?<=[?&]key=)(?!\[redacted\])[^&\s\"'<>]+"
    r"|\bsk-[\w-]{16,}"
    r"|(?<=[?&]key=)[\w.~%+/-]{8,}"
    r"|\bGOCSPX-[\w-]{16,}"
    r"|(?<![\w/:])[14]//?0[\w-]{20,}"  # OAuth refresh tokens and authorization codes
    r"|\b(?:gh[opsur]_|github_pat_|glpat-)\w{16,}"
    r"|\bMII[A-Za-z0-9+/]{40,}=*"
    r"|(?<=Bearer )[\w.~+/=-]{8,}"
    r"|(?<=bearer )[\w.~+/=-]{20,}"
    r"|(?P<name>(?i:\b(?:(?:access|refresh|id|subject|identity)_?token|assertion|client_?secret|private_?key|"
    r"(?:x-goog-)?api[_-]?key|password|passwd|proxy-authorization|authorization)\b"
    r"""\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|basic)\s+)?))(?!\[redacted\]|(?i:(?:bearer|basic)\s+)?\$[({])[^\s&"',;\\}<>)]+""",
    re.DOTALL,
)
# Taken out before anything else: words that announce a secret must not eat a key's first line, and only that.
_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
# Who a URL is asked as, such as a proxy's user and password. People forget to escape an @ or a slash in a password:
# what follows a colon and is no port goes up to the last @. Without a colon the @ is before the path, where there
# is one: a path or a query may hold an e-mail address.
_IN_URL: Final = re.compile(
    r"""(?<=://)(?:[^\s"'/?#@:\[]*:(?![0-9]{0,5}(?:[\s"'/?#,;)]|\Z))[^\s"']*|[^\s"'/?#]+)(?=@)"""
)


# What moves a terminal's cursor, recolors it, renames its window or answers in a person's name. A line's end and a tab
# stay. https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
_CONTROL: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]P^_X]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


def printable(text: str) -> str:
    """Return ``text`` without what a terminal would obey instead of showing it."""
    return _CONTROL.sub("", text)


def redact(text: str) -> str:
    """Return ``text`` with every token and key replaced by ``[redacted]``: those it holds, and what looks like one."""
    text = secret_values.hide(text, "[redacted]")
    text = _PRIVATE_KEY.sub("[redacted]", text)
    text = _SECRETS.sub(lambda found: f"{found['name'] or ''}[redacted]", text)
    return _IN_URL.sub("[redacted]", text)


# What names a person, a project or a company. The first pattern that fits names the kind; longer things come first.
_IDS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("principal", re.compile(r"\bprincipal(?:Set)?://[^\s\"',;)]+")),
    ("service-account", re.compile(r"[\w.+-]+@[\w.-]+\.gserviceaccount\.com\b")),
    ("user", re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}\b")),
    # A file with credentials is often named after its project, and is in a person's or a company's folder.
    (
        "file",
        re.compile(
            r"(?<![\w:/.])(?:/[^\s\"'/:,;()]+)+\.(?:json|pem|p12|key|crt|cer|ya?ml|toml|txt|token)\b"
            r"|\b[A-Za-z]:\\[^\s\"',;()]+"
        ),
    ),
    ("user", re.compile(r"(?:(?<=/home/)|(?<=/Users/))[^/\s\"']+")),
    ("billing-account", re.compile(r"\b[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}\b")),
    ("organization", re.compile(r"(?<=organizations/)[0-9]+")),
    ("folder", re.compile(r"(?<=folders/)[0-9]+")),
    ("customer", re.compile(r"\bC0[0-9a-z]{7}\b")),
    ("domain", re.compile(r"(?:(?<=\bdomain:)|(?<=\bhd=))[\w.-]+")),
    ("endpoint", re.compile(r"(?<=/endpoints/)(?!openapi\b)[\w-]+")),
)
# A project id is known where Google's own spelling announces it.
_PROJECTS: Final = (
    re.compile(r"\bprojects/([a-z][a-z0-9-]{4,28}[a-z0-9])\b"),
    re.compile(r"@([a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com"),
    re.compile(r"(?:--project|\bproject(?:_id)?)[= ]['\"]?([a-z][a-z0-9-]{4,28}[a-z0-9])(?![\w-])(?=.*[-0-9])"),
    re.compile(r"PROJECT(?:_ID)?(?: is |=)['\"]?([a-z][a-z0-9-]{4,28}[a-z0-9])(?![\w-])"),
    re.compile(r"\bcharged to ([a-z][a-z0-9-]{4,28}[a-z0-9])(?![\w-]), the libraries' to"),
    re.compile(r", the libraries' to ([a-z][a-z0-9-]{4,28}[a-z0-9])(?![\w-])"),
)
# Not the digits of a decimal number; but a number at a sentence's end, and those in an endpoint's own DNS name.
_NUMBER: Final = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]{9,}(?![0-9])(?!\.[0-9])")


def tells_its_kind(text: str) -> bool:
    """Whether ``text`` is an id, a number or an e-mail address, which is found wherever it is."""
    return any(pattern.fullmatch(text) for pattern in (_NUMBER, *(pattern for _, pattern in _IDS)))


def shows_what_it_is(text: str) -> bool:
    """Whether `Placeholders` finds something to hide in ``text`` by its spelling alone."""
    return any(pattern.search(text) for pattern in (_NUMBER, *_PROJECTS, *(pattern for _, pattern in _IDS)))


class Placeholders:
    """Replaces what names someone by a word that stays the same for the same thing, such as ``project-1``."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._known: dict[str, re.Pattern[str]] = {}

    def learn(self, text: str) -> None:
        """Note the project ids that ``text`` announces, so that they are also known where nothing does."""
        for pattern in _PROJECTS:
            for found in pattern.finditer(text):
                self.add("project", found[1])

    def add(self, kind: str, name: str) -> None:
        """Note what stands for a person, a company or something of theirs, such as a project's id."""
        if name and name not in self._known:
            self._word(kind, name)
            self._known[name] = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
            # What holds another name comes first, or a part of it would be left.
            self._known = dict(sorted(self._known.items(), key=lambda known: -len(known[0])))

    def hide(self, text: str) -> str:
        """Return ``text`` with ids and e-mail addresses replaced."""
        for kind, pattern in _IDS:
            text = pattern.sub(lambda found, kind=kind: self._word(kind, found[0]), text)  # type: ignore[misc] # mypy wants no default in a lambda
        for name, pattern in self._known.items():
            text = pattern.sub(self._words[name], text)
        return _NUMBER.sub(lambda found: self._word("number", found[0]), text)

    def _word(self, kind: str, value: str) -> str:
        if value not in self._words:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._words[value] = f"{kind}-{self._counts[kind]}"
        return self._words[value]
